# frozen_string_literal: true

# The sample application of the Ruby client: an order desk that fails in the way its first argument says.

require_relative "../mayday"

class OrderError < StandardError
end

class Desk
  def read_amount(text)
    Integer(text)
  end

  def read(text)
    read_amount(text)
  rescue ArgumentError
    raise OrderError, "the order cannot be read"
  end
end

def take_order
  Desk.new.read("twelve")
end

def report_order
  take_order
rescue OrderError => e
  Mayday.report(e, "order" => 17, "password" => "hunter" + "2")
end

def main(scenario)
  Mayday.install(version: "1.2.3")
  Mayday.set_context(user: { "id" => "u-17" }, configuration: { "port" => 8000, "password" => "hunter" + "2" })
  case scenario
  when "crash"
    puts "taking an order"
    take_order
  when "report"
    report_order
    puts "still running"
  when "repeat"
    25.times { report_order }
    puts "still running"
  when "flush"
    Mayday.flush
    puts "flushed"
  when "idle"
    puts "idle"
  else
    abort "unknown scenario: #{scenario}"
  end
end

main(ARGV.fetch(0, "crash"))
