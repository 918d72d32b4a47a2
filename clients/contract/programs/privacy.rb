# frozen_string_literal: true

# Prints what the library makes of each of the privacy vectors, as JSON. Run by ../privacy.test.ts.
require "json"
require_relative "../../ruby/mayday"

Client = Struct.new(:secrets)

def result(vector)
  secrets = Mayday::Secrets.new(vector["more"] || [])
  case vector["as"]
  when nil, "value" then Mayday::Collector.new(Client.new(secrets)).send(:clean, vector["in"])
  when "cookies" then vector["in"].transform_values { |value| secrets.hidden(value) }
  else secrets.text(vector["in"], vector["as"].to_sym)
  end
end

puts JSON.generate(JSON.parse(File.read(ARGV[0], encoding: "UTF-8")).map { |vector| result(vector) })
