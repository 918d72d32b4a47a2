# frozen_string_literal: true

# Errors that come again: raised again, reported and then fatal, many different ones at once. Run by ../repeats.test.ts.
require_relative "../../ruby/mayday"

def fail_at(depth)
  fail_at(depth - 1) if depth.positive?
  raise ArgumentError, "at depth"
end

def inner
  fail_at(0)
rescue ArgumentError => e
  Mayday.report(e)
  raise
end

scenario = ARGV[0]
Mayday.install(exit_ms: scenario == "no_wait" ? 0 : 2000, tags: { "shop" => "north" },
               ignore: scenario == "ignored" ? ["backend down"] : [])
case scenario
when "fatal" then inner
when "outward"
  begin
    inner
  rescue ArgumentError => e
    Mayday.report(e)
  end
when "again"
  cached = IOError.new("backend down")
  5.times do
    raise cached
  rescue IOError => e
    Mayday.report(e)
  end
when "notes"
  60.times { |turn| Mayday.breadcrumb("step #{turn}", { "password" => "hunter" + "2" }, "desk") }
  begin
    fail_at(0)
  rescue ArgumentError => e
    Mayday.report(e)
  end
when "ignored"
  Mayday.report(IOError.new("the backend down again"))
when "burst"
  80.times do |turn|
    fail_at(turn)
  rescue ArgumentError => e
    Mayday.report(e, "turn" => turn)
  end
else
  fail_at(0)
end
