# Ruby's frameworks with the packages of Debian: bridges.rb SCENARIO SNIPPETS; started by ruby-bridges.test.ts.
require_relative "../../ruby/mayday"
SNIPPETS = ARGV[1]
Mayday.install(version: "1.2.3")

def fail_deep(message)
  raise IndexError, message
end

def rails_application
  require "logger"
  require "action_controller/railtie"
  application = Class.new(Rails::Application) do
    config.eager_load = false
    config.consider_all_requests_local = false
    config.secret_key_base = "x"
    config.logger = Logger.new(File::NULL)
    config.hosts.clear
    routes.append { get "/orders/:id", to: ->(_) { fail_deep("in a request") } }
  end
  yield application if block_given?
  load "#{SNIPPETS}/rails.rb"
  application.initialize!
end

case ARGV[0]
when "rails"
  application = rails_application
  require "rack/mock"
  %w[/orders/7?amount=3 /missing].each { |path| puts "answer #{Rack::MockRequest.new(application).get(path).status}" }
when "rails_error"
  # What ActiveSupport::ErrorReporter of Rails 7 and 8 does: subscribe(subscriber), which gets report(error, handled:, severity:, context:, source:).
  reporter = Class.new do
    attr_reader :subscriber

    def subscribe(subscriber)
      @subscriber = subscriber
    end
  end.new
  rails_application { Rails.define_singleton_method(:error) { reporter } }
  begin
    fail_deep("handled by Rails.error")
  rescue IndexError => error
    reporter.subscriber.report(error, handled: true, severity: :warning, context: { order: 17 }, source: "application")
    reporter.subscriber.report(StandardError.new("not worth it"), handled: true, severity: :info, context: {}, source: "application")
  end
when "active_job"
  require "active_job"
  load "#{SNIPPETS}/mayday_job.rb"
  ActiveJob::Base.logger = Logger.new(File::NULL)
  ActiveJob::Base.queue_adapter = :inline
  class OrderJob < ActiveJob::Base
    include MaydayJob
    queue_as :orders

    def perform(number)
      fail_deep("in job #{number}")
    end
  end
  begin
    OrderJob.perform_later(17)
  rescue IndexError => error
    puts "raised on #{error.message}"
  end
when "sidekiq"
  require "sidekiq/cli"
  require "sidekiq/exception_handler"
  Sidekiq.logger = Logger.new(File::NULL)
  load "#{SNIPPETS}/sidekiq.rb"
  # What Sidekiq's processor does with the error of a job; the processor itself needs a Redis.
  begin
    fail_deep("in a job")
  rescue IndexError => error
    Class.new { include Sidekiq::ExceptionHandler }.new.handle_exception(
      error, { context: "Job raised exception", job: { "class" => "OrderJob", "jid" => "7a", "queue" => "orders" } })
  end
  Sidekiq.options[:lifecycle_events][:shutdown].each(&:call)
  puts "goes on"
end
