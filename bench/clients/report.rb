# CPU of report in the calling thread, in microseconds: report.rb LIBRARY TIMES prints one JSON object, case => microseconds.
require "json"
require "tmpdir"

library, times = ARGV[0], Integer(ARGV[1])
require File.expand_path(library)
# Nobody listens there, and a pause after the first failure keeps the sender still.
Mayday.install(url: "http://127.0.0.1:9", product: "bench", version: "1.2.3", queue_dir: Dir.mktmpdir, exit_ms: 0)
Mayday.set_context(user: { "id" => "u-17" }, configuration: { "port" => 8000, "password" => "x" })

def deep(levels, error)
  return deep(levels - 1, error) if levels > 0

  raise error
end

def raised(levels, error)
  deep(levels, error)
rescue StandardError => caught
  caught
end

def caused(levels)
  begin
    deep(levels, KeyError.new("root"))
  rescue KeyError
    raise ArgumentError, "the order cannot be read"
  end
rescue ArgumentError => caught
  caught
end

# A kind of its own for each, so that none is a repeat of another.
def distinct(number)
  kind = Object.const_set("Distinct#{number}", Class.new(StandardError))
  raised(8, kind.new("order #{number} of #{3 * number} cannot be placed"))
end

ENVIRON = {
  "REQUEST_METHOD" => "POST", "PATH_INFO" => "/orders/7", "QUERY_STRING" => "amount=3&page=2", "HTTP_HOST" => "shop.example",
  "HTTP_USER_AGENT" => "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
  "HTTP_ACCEPT" => "text/html,application/xhtml+xml", "HTTP_COOKIE" => "sid=1; theme=dark", "SERVER_NAME" => "shop.example",
  "SERVER_PORT" => "80", "REMOTE_ADDR" => "127.0.0.1", "rack.url_scheme" => "http"
}.freeze

def request(number)
  Mayday::Middleware.new(->(_) { deep(20, RuntimeError.new("order #{number}")) }).call(ENVIRON.dup)
rescue RuntimeError
  nil
end

CASES = {
  "repeat of a handled error" => [->(number) { raised(8, IndexError.new("order #{number}")) }, Mayday.method(:report)],
  "error with a cause, 60 frames" => [->(_) { caused(60) }, Mayday.method(:report)],
  "distinct errors" => [method(:distinct), Mayday.method(:report)],
  "web request" => [->(number) { number }, method(:request)]
}.freeze

cpu = -> { Process.clock_gettime(Process::CLOCK_THREAD_CPUTIME_ID) }
found = CASES.to_h do |name, (make, run)|
  run.call(make.call(0))
  used = 0.0
  (1..times).each do |number|
    made = make.call(number)
    started = cpu.call
    run.call(made)
    used += cpu.call - started
  end
  [name, used / times * 1e6]
end
puts JSON.generate(found)
