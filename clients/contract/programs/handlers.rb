# frozen_string_literal: true

# Small programs, one per handler of the Ruby library; started by ruby.test.ts.

require_relative "../../ruby/mayday"

# In two pieces, because source lines are sent.
PASSWORD = %w[hunter 2].join

def fail_deep(message = "deep inside")
  secret_word = PASSWORD
  amount = 12
  raise IndexError, message if secret_word && amount
end

def ask(app, path: "/orders/7?amount=3&api_key=#{PASSWORD}")
  require "rack"
  answer = Rack::MockRequest.new(app).get(path, "HTTP_COOKIE" => "sid=#{PASSWORD}; theme=dark",
                                                "HTTP_AUTHORIZATION" => "Bearer #{PASSWORD}")
  puts "answer #{answer.status}"
rescue IndexError => e
  puts "raised on #{e.message}"
end

PROGRAMS = {
  "thread" => lambda {
    worker = Thread.new { fail_deep("in a thread") }
    begin
      worker.join
    rescue IndexError => e
      puts "joined #{e.message}"
    end
    Thread.new { :fine }.join
    Thread.new { Thread.exit }.join
    puts "main goes on"
  },
  "thread_unjoined" => lambda {
    Thread.new { fail_deep("in a thread") }
    sleep 0.1
    puts "main goes on"
  },
  "thread_aborts" => lambda {
    Thread.abort_on_exception = true
    Thread.new { fail_deep("in a thread") }
    sleep 5
  },
  "at_exit_order" => lambda {
    at_exit { puts "theirs: #{$!.message}" }
    fail_deep
  },
  "rack" => -> { ask(Mayday::Middleware.new(->(_env) { Mayday.context(user: { "id" => 42 }) { fail_deep("in a request") } })) },
  "rack_body" => lambda {
    body = Enumerator.new do |out|
      out << "first"
      fail_deep("in the body")
    end
    ask(Mayday::Middleware.new(->(_env) { [200, { "Content-Type" => "text/plain" }, body] }))
  },
  "rack_hidden" => lambda {
    app = lambda do |env|
      fail_deep("behind an error page")
    rescue IndexError => e
      env["sinatra.error"] = e
      [500, {}, ["sorry"]]
    end
    ask(Mayday::Middleware.new(app))
  },
  "rack_fine" => lambda {
    answer = Mayday::Middleware.new(->(_env) { [200, { "A" => "b" }, ["fine"]] }).call({})
    p answer
  },
  "locals" => lambda {
    Mayday.install(locals: true)
    fail_deep
  },
  "twice" => lambda {
    begin
      fail_deep
    rescue IndexError => e
      Mayday.report(e)
      raise
    end
  },
  # A program that lives on, and whose end nobody sees.
  "stay" => lambda {
    Mayday.report(IndexError.new("first"))
    sleep 0.7
    Mayday.report(KeyError.new("second"))
    sleep 2.5
    exit! 0
  },
  "leave" => -> { exit 3 },
  "aborted" => -> { abort "aborted" },
  "interrupted" => -> { Process.kill("INT", Process.pid) && sleep(1) },
  "recursion" => lambda {
    def forever
      forever
    end
    forever
  },
  "fork" => lambda {
    Mayday.report(IndexError.new("parent"))
    Process.wait(fork { Mayday.report(KeyError.new("child")) })
  },
  "hostile" => lambda {
    unprintable = Class.new(StandardError) do
      def message
        raise "no text"
      end
      alias_method :to_s, :message
      alias_method :inspect, :message
    end
    loop_map = {}
    loop_map["self"] = loop_map
    data = {
      "loop" => loop_map, "long" => "x" * 10_000_000, "many" => (0..5000).to_h { |n| [n.to_s, "y" * 1000] },
      "bytes" => "\xFF\x00".b, "nan" => Float::NAN, "huge" => 10**400, "broken" => "\xED\xA0\x80", "object" => unprintable.new,
      5 => "number as key", "list" => (0..100_000).to_a, "password" => PASSWORD, "url" => "http://a:#{PASSWORD}@b/c",
      "utf16" => "text".encode("UTF-16LE"), "plain" => BasicObject.new
    }
    Mayday.set_context(user: %w[not a map], configuration: nil, request: { "odd" => unprintable.new })
    begin
      raise unprintable
    rescue StandardError => e
      Mayday.report(e, data)
    end
    Mayday.report("only a text", 5)
    Mayday.report(nil)
    Mayday.report(Object.new, "text")
    Mayday.install(before_send: ->(_made) { fail_deep("in before_send") })
    Mayday.report(ArgumentError.new("dropped"))
    Mayday.install(before_send: ->(_made) {})
    Mayday.report(ArgumentError.new("dropped"))
    puts "goes on"
  }
}.freeze

Mayday.install(version: { "number" => 7, "edition" => "pro" })
PROGRAMS.fetch(ARGV.fetch(0)).call
