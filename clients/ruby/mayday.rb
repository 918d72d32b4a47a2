# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

# Mayday crash reports for Ruby 2.7 and newer: one file, no dependencies.
#
#     require_relative "mayday"
#     Mayday.install(url: "http://localhost:8080", product: "my-app", version: "1.2.3")
#
# Reports uncaught errors (of the program, of its threads, of Rack requests) to a Mayday server, and those handed to
# Mayday.report. It never raises, never waits for the network in report, and changes nothing that the program prints.

require "digest"
require "etc"
require "fileutils"
require "json"
require "monitor"
require "securerandom"
require "tmpdir"
require "uri"

module Mayday
  VERSION = "1.0.0"

  # Bounds. A report is at most MAX_BODY bytes; the queue at most QUEUE_FILES reports and QUEUE_BYTES bytes.
  MAX_CAUSES = 10
  MAX_LOCATIONS = 100
  MAX_ENTRIES = 100
  MAX_SECTION_ENTRIES = 400
  MAX_ITEMS = 50
  MAX_DEPTH = 5
  MAX_MESSAGE = 8192
  MAX_STRING = 2048
  MAX_SOURCE_LINE = 300
  MAX_LOCAL = 500
  MAX_BODY = 256 * 1024
  MAX_ANSWER = 64 * 1024
  MAX_SOURCE_FILE = 4 * 1024 * 1024
  SOURCE_CONTEXT = 5
  MAX_PLACES = 2000
  PLACES_SECONDS = 30
  MAX_BREADCRUMBS = 50
  QUEUE_FILES = 50
  QUEUE_BYTES = 5 * 1024 * 1024
  QUEUE_SECONDS = 14 * 24 * 3600
  TMP_SECONDS = 3600
  MERGE_SECONDS = 60
  THREADS_SECONDS = 1
  FIRST_BACKOFF = 30
  MAX_BACKOFF = 3600
  # Before this time (2020) no clock can be right: the library did not exist.
  EARLIEST_CLOCK = 1_577_836_800
  # A handled error may still turn out to be what the program dies of.
  GRACE_SECONDS = 0.15

  FILTERED = "[filtered]"
  TEXT_KEYS = %w[id name email url number revision build edition].freeze
  UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
  NEW_FILE = /\A([0-9a-f]{16})\.(#{UUID})\.new\z/.freeze
  TRIED_FILE = /\A#{UUID}\.json\z/.freeze
  # What the library itself survives; an interrupt or an exit passes.
  PROBLEMS = [StandardError, ScriptError, SystemStackError, NoMemoryError].freeze
  ROLES = %w[customer tester disabled].freeze
  SECTIONS = %w[user account configuration request host environment tags].freeze

  @client = nil
  @hooks = false
  @crumbs = []
  @crumbs_lock = Mutex.new

  # --- What an application calls ------------------------------------------------------------------------------------

  class << self
    # Starts reporting. Calling it again changes the options. Returns whether reports will be sent.
    def install(url: nil, product: nil, version: nil, account: nil, role: nil, token: nil, debug: nil, queue_dir: nil,
                timeout_ms: 3000, locals: false, ownership: nil, secrets: [], before_send: nil, hooks: true,
                key: nil, variables: [], exit_ms: nil, environment_name: nil, tags: nil, ignore: [], sample_rate: nil,
                sessions: nil)
      queue_dir ||= present(ENV["MAYDAY_QUEUE_DIR"])
      role = Setup.role(role, queue_dir)
      if role == "disabled"
        @client = nil
        return false
      end
      debug = Setup.on?(ENV["MAYDAY_DEBUG"]) if present(ENV["MAYDAY_DEBUG"])
      client = Client.new(
        url: url || ENV["MAYDAY_URL"], account: account || present(ENV["MAYDAY_ACCOUNT"]) || "default",
        product: product || present(ENV["MAYDAY_PRODUCT"]), version: version || present(ENV["MAYDAY_VERSION"]), role: role,
        environment_name: environment_name || present(ENV["MAYDAY_ENVIRONMENT"]), ignore: Array(ignore),
        sample_rate: Setup.number(sample_rate || present(ENV["MAYDAY_SAMPLE_RATE"]), 1, 1),
        token: token || present(ENV["MAYDAY_TOKEN"]), key: key || present(ENV["MAYDAY_KEY"]), debug: debug ? true : false, queue_dir: queue_dir,
        timeout: (timeout_ms.to_f / 1000).clamp(0.1, 60), 
        exit_wait: Setup.number(exit_ms || present(ENV["MAYDAY_EXIT_MS"]), 2000, 60_000) / 1000, locals: locals, ownership: ownership,
        secrets: Secrets.new(secrets), before_send: before_send,
        variables: Variables.new(ENV["MAYDAY_VARIABLES"].to_s.split(",").map(&:strip) + Array(variables).map(&:to_s))
      )
      sessions = Setup.on?(ENV["MAYDAY_SESSIONS"]) if present(ENV["MAYDAY_SESSIONS"])
      client.session = @client&.session || Session.new if sessions && client.can_send?
      client.take_over(@client) if @client
      client.context = client.context.merge("tags" => (client.context["tags"] || {}).merge(tags)) if tags
      @client = client
      install_hooks(locals) if hooks
      client.sender.wake if client.session && !client.session.told
      client.sender.wake_if_work_waits
      client.can_send?
    rescue *PROBLEMS
      @client = nil
      false
    end

    # Reports an error (the one being handled when none is given) with a map of data. Returns the occurrence's id.
    def report(error = $!, data = nil)
      NilClass === error ? nil : capture(error, data, "normal")
    rescue *PROBLEMS
      nil
    end

    # Tries to send everything that waits, now. Returns whether nothing is left.
    def flush(timeout_ms = nil)
      client = @client
      return true unless client

      client.sender.drain(timeout_ms ? timeout_ms / 1000.0 : client.timeout, true)
    rescue *PROBLEMS
      false
    end

    # Sets what every later report carries: user, account, configuration, request, host (maps; nil removes one).
    def set_context(**sections)
      client = @client
      return unless client

      client.context = client.context.merge(sections.transform_keys(&:to_s)).compact
      nil
    end

    # Notes what the program did; the last 50 notes go with each report.
    def breadcrumb(message, data = nil, category = nil)
      crumb = { "time" => now, "message" => message.to_s[0, MAX_STRING] }
      crumb["category"] = category.to_s[0, 100] if category
      crumb["data"] = data if data
      @crumbs_lock.synchronize { @crumbs = (@crumbs + [crumb]).last(MAX_BREADCRUMBS) }
      nil
    rescue *PROBLEMS
      nil
    end

    # For the library itself.
    attr_reader :crumbs

    def now
      Time.now.utc.strftime("%Y-%m-%dT%H:%M:%S.%LZ")
    end

    # Like set_context, for the thread (or fiber) inside the block only.
    def context(**sections)
      outer = Thread.current[:mayday_context]
      Thread.current[:mayday_context] = (outer || {}).merge(sections.transform_keys(&:to_s))
      yield
    ensure
      Thread.current[:mayday_context] = outer
    end

    # For the library's own handlers, which name themselves.
    def capture(error, data, severity, scope = nil, handler = nil)
      client = @client
      return nil if client.nil? || Thread.current.thread_variable_get(:mayday_busy)

      begin
        Thread.current.thread_variable_set(:mayday_busy, true)
        place = handler || place_outside
        seen = Seen.of(error)
        if seen && !seen.places.include?(place)
          # The same error passes several handlers on its way out; it is one occurrence, and fatal when it ends the program.
          seen.places << place
          if severity == "major" && seen.severity != "major"
            seen.severity = severity
            client.sender.upgrade(seen.fingerprint)
          end
          return seen.occurrence_id
        end
        return nil if client.ignored?(error) || (client.sample_rate < 1 && rand >= client.sample_rate)

        # At the same place again, it was raised again: a cached failure, say.
        made = Collector.new(client).report(error, data, severity, scope || Thread.current[:mayday_context])
        made = client.before_send.call(made) if client.before_send
        return nil unless made.is_a?(Hash)

        fingerprint = Body.fingerprint(made)
        Seen.mark(error, Seen.new([place], severity, fingerprint, made["occurrence_id"]))
        client.session&.count
        client.sender.accept(made, fingerprint)
        made["occurrence_id"]
      rescue *PROBLEMS => problem
        client.say("could not report: #{problem.class}")
        client.sender.drop("failed")
        nil
      ensure
        Thread.current.thread_variable_set(:mayday_busy, nil)
      end
    end

    # For the library's own handlers: an error that ends a program or a thread, and is no wish to end it.
    def crash?(error)
      Exception === error && !error.is_a?(SystemExit) && !error.is_a?(SignalException)
    end

    private

    def place_outside
      place = caller_locations(2, 10)&.find { |candidate| candidate.path != __FILE__ }
      place && "#{place.path}:#{place.lineno}"
    end

    def present(text)
      text.nil? || text.empty? ? nil : text
    end

    def install_hooks(locals)
      watch_raises if locals
      return if @hooks

      @hooks = true
      at_exit do
        error = $!
        client = @client
        if client
          client.sender.look_at_ended_threads
          capture(error, nil, "major", nil, :at_exit) if crash?(error)
          client.session&.finish(crash?(error) ? "crashed" : "exited")
          begin
            client.sender.drain(client.exit_wait, false)
          rescue *PROBLEMS
            nil
          end
        end
      end
      watch_threads
    end

    # A wrapper around every thread's block would show in its backtraces, and Ruby has no event for a thread that
    # dies of an error. So threads are noted when they begin, and looked at once a second; join tells the error.
    def watch_threads
      @thread_watch = TracePoint.new(:thread_begin) do
        client = @client
        client.sender.thread_began(Thread.current) if client && client.can_send?
      end
      @thread_watch.enable
    rescue *PROBLEMS
      nil # A Ruby without this trace point.
    end

    # Ruby forgets local variables while an error climbs; they are noted, as bounded texts, where it is raised.
    def watch_raises
      @raise_watch ||= TracePoint.new(:raise) do |point|
        client = @client
        if client && !Thread.current.thread_variable_get(:mayday_busy)
          begin
            Thread.current.thread_variable_set(:mayday_busy, true)
            error = point.raised_exception
            unless error.frozen? || error.instance_variable_defined?(:@mayday_locals)
              error.instance_variable_set(:@mayday_locals, Collector.new(client).locals_of(point.binding))
            end
          rescue *PROBLEMS
            nil
          ensure
            Thread.current.thread_variable_set(:mayday_busy, nil)
          end
        end
      end
      @raise_watch.enable unless @raise_watch.enabled?
    end
  end

  # --- Rack: Rails, Sinatra, Roda, Hanami ---------------------------------------------------------------------------

  # Reports errors that leave a Rack application, and gives its reports the request. The errors are raised on.
  class Middleware
    def initialize(app)
      @app = app
    end

    def call(env)
      scope = { "request" => Lazy.new(RackRequest.method(:details), env),
                "environment" => Lazy.new(RackRequest.method(:variables), env) }
      outer = Thread.current[:mayday_context]
      Thread.current[:mayday_context] = (outer || {}).merge(scope)
      begin
        answer = @app.call(env)
      rescue Exception => error # rubocop:disable Lint/RescueException
        Mayday.capture(error, nil, "major", nil, self) if Mayday.crash?(error)
        raise
      ensure
        inner = Thread.current[:mayday_context]
        Thread.current[:mayday_context] = outer
      end
      # Frameworks that answer with an error page leave the error here.
      hidden = env["rack.exception"] || env["sinatra.error"]
      Mayday.capture(hidden, nil, "major", inner, self) if Mayday.crash?(hidden) && answer.is_a?(Array) && answer[0].to_i >= 500
      guarded(answer, scope)
    end

    private

    def guarded(answer, scope)
      return answer unless answer.is_a?(Array) && answer.length == 3 && !answer.frozen?

      body = answer[2]
      return answer if body.is_a?(Array) || body.respond_to?(:to_path) || body.respond_to?(:call) || !body.respond_to?(:each)

      [answer[0], answer[1], Body.new(body, scope)]
    end

    # A body that is made while it is sent: its errors come from each.
    class Body
      def initialize(body, scope)
        @body = body
        @scope = scope
      end

      def each(&block)
        @body.each(&block)
      rescue Exception => error # rubocop:disable Lint/RescueException
        Mayday.capture(error, nil, "major", @scope, self) if Mayday.crash?(error)
        raise
      end

      def close
        @body.close if @body.respond_to?(:close)
      end

      def respond_to_missing?(name, all = false)
        name != :to_ary && @body.respond_to?(name, all)
      end

      def method_missing(name, *arguments, &block)
        name == :to_ary ? super : @body.__send__(name, *arguments, &block)
      end
      ruby2_keywords(:method_missing) if respond_to?(:ruby2_keywords, true)
    end
  end

  # A section of the context that is computed only when a report is made.
  Lazy = Struct.new(:compute, :argument)

  # What a report says about a Rack request; only what the application has read already.
  module RackRequest
    def self.details(env)
      host = env["HTTP_HOST"] || env["SERVER_NAME"]
      query = env["QUERY_STRING"].to_s
      found = {
        "method" => env["REQUEST_METHOD"],
        "url" => "#{env["rack.url_scheme"] || "http"}://#{host}#{env["SCRIPT_NAME"]}#{env["PATH_INFO"]}" \
                 "#{"?#{query}" unless query.empty?}"
      }
      pairs(query).each { |name, value| found["G_#{name}"] = value }
      form = env["rack.request.form_hash"]
      form.first(MAX_ENTRIES).each { |name, value| found["P_#{name}"] = value } if form.is_a?(Hash)
      env["HTTP_COOKIE"].to_s.split(/;\s*/).first(MAX_ENTRIES).each do |pair|
        found["C_#{pair.split("=", 2)[0]}"] = FILTERED
      end
      session(env["rack.session"]).first(MAX_ENTRIES).each { |name, value| found["S_#{name}"] = value }
      found
    end

    def self.variables(env)
      # Some servers copy the variables of the process among them.
      env.select { |name, value| name.is_a?(String) && value.is_a?(String) && Variables::CGI.match?(name) }
    end

    def self.pairs(query)
      query.split("&").first(MAX_ENTRIES).map do |pair|
        pair.split("=", 2).map { |part| URI.decode_www_form_component(part) rescue part }
      end
    end

    def self.session(session)
      return {} if session.respond_to?(:loaded?) && !session.loaded?

      session.respond_to?(:to_hash) ? session.to_hash : {}
    end
  end

  # --- Options and folders ------------------------------------------------------------------------------------------

  # What is read once, when the library is installed.
  module Setup
    class << self
      def on?(text)
        !["", "0", "false", "no"].include?(text.to_s)
      end

      def number(given, default, most)
        Float(given || default).clamp(0.0, most.to_f)
      rescue ArgumentError, TypeError
        default.to_f
      end

      def role(given, queue_dir)
        return "disabled" if on?(ENV["MAYDAY_DISABLED"])

        named = [ENV["MAYDAY_ROLE"], role_file(queue_dir), given.to_s].select { |role| ROLES.include?(role) }
        named.include?("disabled") ? "disabled" : named.first || "customer"
      end

      # A folder that only this user can read, or nil.
      def home(queue_dir)
        candidates = queue_dir ? [queue_dir] : default_homes
        candidates.each do |folder|
          FileUtils.mkdir_p(folder, mode: 0o700)
          # In a shared temporary folder somebody else may have made it first.
          next unless queue_dir || File.lstat(folder).owned?
          return File.expand_path(folder) if File.writable?(folder)
        rescue SystemCallError
          next
        end
        nil
      end

      def installation_id(home)
        fresh = SecureRandom.uuid
        return fresh unless home

        path = File.join(home, "installation-id")
        temporary = "#{path}.#{fresh}.tmp"
        2.times do
          known = read_start(path)
          return known if known&.match?(/\A#{UUID}\z/)

          begin
            File.unlink(path) if known
            # Written whole and linked into place, so that two first starts agree on one id.
            Setup.write(temporary, "#{fresh}\n")
            File.link(temporary, path)
          rescue SystemCallError, NotImplementedError
            nil
          ensure
            File.unlink(temporary) if File.exist?(temporary)
          end
        end
        fresh
      end

      def write(path, body)
        File.open(path, File::WRONLY | File::CREAT | File::EXCL, 0o600) do |file|
          file.binmode
          file.write(body)
        end
      end

      def folder_name(name)
        plain = name.to_s.gsub(/[^A-Za-z0-9._-]/, "_")[0, 100]
        plain.match?(/[^.]/) ? plain : "_"
      end

      private

      def default_homes
        found = [File.join(Dir.tmpdir, "mayday-#{Process.uid}")]
        begin
          found.unshift(File.join(Dir.home, ".mayday"))
        rescue ArgumentError
          nil # No home folder.
        end
        found
      end

      def role_file(queue_dir)
        read_start(File.join(queue_dir || File.join(Dir.home, ".mayday"), "role"))
      rescue ArgumentError
        nil
      end

      def read_start(path)
        text = File.binread(path, 100)
        text&.strip
      rescue SystemCallError
        nil
      end
    end
  end

  # What became of an error that was reported; it lives on the error itself, so that the library keeps no error alive.
  Seen = Struct.new(:places, :severity, :fingerprint, :occurrence_id) do
    def self.of(error)
      Exception === error ? error.instance_variable_get(:@mayday_seen) : nil
    end

    def self.mark(error, seen)
      error.instance_variable_set(:@mayday_seen, seen) if Exception === error && !error.frozen?
    end
  end

  # The options, and what lives as long as they do.
  class Client
    attr_reader :environment_name, :sample_rate, :role, :debug, :timeout, :exit_wait, :locals, :ownership, :before_send, :version, :host_id, :sender, :folder, :secrets, :variables
    attr_accessor :session, :context, :hostname, :runtime

    def initialize(url:, account:, product:, version:, role:, token:, key:, debug:, queue_dir:, timeout:, locals:, ownership:,
                   secrets:, before_send:, variables:, exit_wait:, environment_name:, ignore:, sample_rate:)
      @url = url.to_s.match?(%r{\Ahttps?://}) ? url.to_s.sub(%r{/+\z}, "") : nil
      @account = account.to_s
      @product = product&.to_s
      @version = version.nil? || version.is_a?(Hash) ? version : { "number" => version.to_s }
      @role = role
      @token = token
      @key = key
      @debug = debug
      @timeout = timeout
      @exit_wait = exit_wait
      @environment_name = environment_name
      @ignore = ignore
      @sample_rate = sample_rate
      @locals = locals
      @ownership = ownership || default_ownership
      @secrets = secrets
      @variables = variables
      @before_send = before_send.respond_to?(:call) ? before_send : nil
      @context = {}
      @places = {}
      @places_since = 0
      home = can_send? ? Setup.home(queue_dir) : nil
      @host_id = Setup.installation_id(home)
      @folder = home && File.join(home, "queue", Setup.folder_name(@account), Setup.folder_name(@product))
      @sender = Sender.new(self)
      say("nothing will be sent: set url (http://...) and product") unless can_send?
    end

    # What was found out about lines of the program, for a while: its files change where code is loaded anew.
    def places
      now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      if now - @places_since > PLACES_SECONDS || @places.size > MAX_PLACES
        @places_since = now
        @places = {}
      end
      @places
    end

    def can_send?
      !@url.nil? && !@product.nil?
    end

    def endpoint(dropped)
      query = []
      query << "dropped=#{dropped.sort.map { |reason, count| "#{reason}:#{count}" }.join(",")}" unless dropped.empty?
      query << "debug=1" if @debug
      query << "token=#{URI.encode_www_form_component(@token)}" if @token
      query << "key=#{URI.encode_www_form_component(@key)}" if @key
      path = address("reports")
      query.empty? ? path : "#{path}?#{query.join("&")}"
    end

    def address(resource)
      "#{@url}/api/1/#{quote(@account)}/products/#{quote(@product)}/#{resource}"
    end

    # One sender for one folder: two would send the same reports.
    def take_over(previous)
      @context = previous.context
      return unless @folder && previous.folder == @folder

      @sender = previous.sender
      @sender.client = self
    end

    # Whether one of the ignored texts is in "kind: message", an expression is found in it, or the class is one of those.
    def ignored?(error)
      return false if @ignore.empty?

      text = Exception === error ? "#{error.class}: #{error.message}" : error.to_s
      @ignore.any? { |known| known.is_a?(Module) ? known === error : (known.is_a?(Regexp) ? known.match?(text) : text.include?(known.to_s)) }
    end

    def say(text)
      return unless @debug

      $stderr.write("mayday: #{text}\n")
      $stderr.flush
    rescue *PROBLEMS
      nil
    end

    private

    def quote(text)
      URI.encode_www_form_component(text).gsub("+", "%20")
    end

    # The program's own folder is the application's; gems and Ruby's own files are not.
    def default_ownership
      external = [__FILE__, *(Gem.path if defined?(Gem)), RbConfig::CONFIG["rubylibdir"], RbConfig::CONFIG["vendordir"]]
      paths = external.compact.uniq.map { |path| { "absolute_path" => File.expand_path(path), "kind" => "external" } }
      folder = $PROGRAM_NAME && File.exist?($PROGRAM_NAME) ? File.dirname(File.expand_path($PROGRAM_NAME)) : Dir.pwd
      { "paths" => paths + [{ "absolute_path" => folder, "kind" => "application" }] }
    rescue *PROBLEMS
      nil
    end
  end

  # --- Making a report ----------------------------------------------------------------------------------------------

  # Turns one error into one report. Every part may fail alone.
  # One run of the program, for crash-free rates. Its whole state is sent when it begins and when it ends.
  class Session
    # Whether the server has been told the state, or will not be.
    attr_reader :told

    def initialize
      @sid = SecureRandom.uuid
      @pid = Process.pid
      @started = Mayday.now
      @status = "ok"
      @errors = 0
      @seq = 0
      @told = false
    end

    def count
      @errors += 1
    end

    # A forked child is no run of its own.
    def finish(status)
      return unless @status == "ok" && @pid == Process.pid

      @status = status
      @told = false
    end

    def body(client)
      @told = true
      @seq += 1
      made = { "sid" => @sid, "status" => @status, "errors" => @errors, "started" => @started, "seq" => @seq }
      user = client.context["user"]
      number = client.version["number"] || client.version[:number] if client.version.is_a?(Hash)
      id = user["id"] || user[:id] if user.is_a?(Hash)
      { "release" => number, "environment" => client.environment_name, "user" => id }.each do |name, value|
        made[name] = value.to_s[0, 200] unless value.nil?
      end
      JSON.generate(made)
    end
  end

  class Collector
    def initialize(client)
      @client = client
    end

    def report(error, data, severity, scope)
      sections = sections(scope || {})
      made = {
        "occurrence_id" => SecureRandom.uuid,
        "date" => Time.now.utc.strftime("%Y-%m-%d"),
        "time" => Mayday.now,
        "language" => "ruby",
        "client_version" => VERSION,
        "role" => @client.role,
        "severity" => severity,
        "host" => { "id" => @client.host_id, "hostname" => @client.hostname ||= text(Etc.uname[:nodename]) }.merge(sections.delete("host") || {}),
        "data" => clean(case data
                        when Hash then data
                        when nil then {}
                        else { "value" => data }
                        end),
        "env" => (@client.runtime ||= runtime).dup,
        "stacktrace" => stacktrace(error)
      }
      made["version"] = texts(clean(@client.version)) if @client.version
      variables = ENV.select { |name, _| @client.variables.allow?(name) }.to_h.merge(sections.delete("environment") || {})
      environment = variables.empty? ? {} : { "variables" => clean(variables, 0, MAX_SECTION_ENTRIES) }
      environment["name"] = cut(@client.environment_name.to_s, 200) if @client.environment_name
      made["environment"] = environment unless environment.empty?
      made["sample_rate"] = @client.sample_rate if @client.sample_rate < 1
      crumbs = Mayday.crumbs
      made["breadcrumbs"] = crumbs.map { |crumb| clean(crumb) } unless crumbs.empty?
      sections.each { |name, value| made[name] = %w[user account].include?(name) ? texts(value) : value }
      made["ownership"] = @client.ownership if @client.ownership
      made
    end

    # The local variables of a binding as bounded texts.
    def locals_of(binding)
      binding.local_variables.first(MAX_ITEMS).to_h do |name|
        secret = @client.secrets.secret?(name.to_s)
        [name.to_s, secret ? FILTERED : limit(representation(binding.local_variable_get(name)), MAX_LOCAL)]
      end
    end

    private

    def sections(scope)
      found = {}
      @client.context.merge(scope).each do |name, value|
        next unless SECTIONS.include?(name)

        value = value.compute.call(value.argument) if Lazy === value
        next unless Hash === value

        # The variables are cleaned together with those of the process.
        found[name] = name == "environment" ? value : clean(value, 0, MAX_SECTION_ENTRIES)
      rescue *PROBLEMS
        next
      end
      found
    end

    def runtime
      system = Etc.uname
      { "ruby_version" => RUBY_VERSION, "ruby_engine" => RUBY_ENGINE, "os_kernel_name" => text(system[:sysname]),
        "os_kernel_version" => text(system[:release]), "cpu_arch" => text(system[:machine]) }
    end

    def stacktrace(error)
      unless Exception === error
        return [{ "kind" => class_of(error), "message" => limit(to_text(error), MAX_MESSAGE),
                  "locations" => locations(caller_locations(0) || []) }]
      end

      causes(error).map do |item|
        places = item.backtrace_locations || item.backtrace || (item.equal?(error) ? caller_locations(0) : [])
        found = { "kind" => limit(item.class.name || "Exception", 200), "message" => limit(message_of(item), MAX_MESSAGE),
                  "locations" => locations(places) }
        noted = item.instance_variable_get(:@mayday_locals)
        found["locations"].first["locals"] = noted if noted && @client.locals && !found["locations"].empty?
        found
      end
    end

    # The error and what caused it, root cause first.
    def causes(error)
      found = []
      while error && found.length < MAX_CAUSES && found.none? { |known| known.equal?(error) }
        found << error
        error = error.cause
      end
      found.reverse
    end

    def locations(places)
      # Calls inside the library (a report's own stack) come first.
      places = places.drop_while { |place| place_of(place)[0] == __FILE__ }
      places = places.first(MAX_LOCATIONS / 2) + places.last(MAX_LOCATIONS / 2) if places.length > MAX_LOCATIONS
      found = places.map { |place| place_of(place) }
      # What Ruby has written in Ruby ("<internal:kernel>") stands where it was called, as what it has in C: its lines differ between versions.
      (found.length - 2).downto(0) { |at| found[at][0, 2] = found[at + 1][0, 2] if found[at][0].to_s.start_with?("<internal:") }
      found.map { |place| location(*place) }
    end

    # File, line and label of a Thread::Backtrace::Location or of a line of Exception#backtrace.
    def place_of(place)
      return [place.absolute_path || place.path, place.lineno, place.label] unless place.is_a?(String)

      match = /\A(.*?):(\d+)(?::in [`'](.*)')?\z/m.match(text(place))
      match ? [match[1], match[2].to_i, match[3]] : [text(place), 0, nil]
    end

    # before_send may change what it gets: the parts are known, not the whole.
    def location(file, line, label)
      (@client.places[[file, line, label]] ||= place(file, line, label)).transform_values(&:dup)
    end

    # What is said of every frame at this line.
    def place(file, line, label)
      file = text(file.to_s)
      # Ruby 3.4 says "Desk#read"; before, the class is not known. "block (2 levels) in read", "rescue in read".
      label = text(label.to_s).sub(/\A(?:(?:block|rescue|ensure)(?: \(\d+ levels\))? in )+/, "")
      owner, separator, method = label.rpartition(/[#.]/)
      found = { "absolute_file" => cut(file) }
      found["class"] = cut(owner, 200) unless separator.empty? || owner.start_with?("<")
      found["method"] = cut(separator.empty? ? label : method, 200)
      found["line"] = line.to_i
      name = module_of(file)
      found["module"] = cut(name) if name
      source = source_around(file, line.to_i)
      found["source"] = source if source
      found
    end

    # The name under which the file is required: the same on every machine.
    def module_of(file)
      @folders ||= ($LOAD_PATH.first(1000).map(&:to_s) + [program_folder]).compact.sort_by { |folder| -folder.length }
      folder = @folders.find { |candidate| file.start_with?("#{candidate}/") }
      folder && file[(folder.length + 1)..-1]
    end

    def program_folder
      $PROGRAM_NAME && File.exist?($PROGRAM_NAME) ? File.dirname(File.expand_path($PROGRAM_NAME)) : nil
    end

    def source_around(file, line)
      @files ||= {}
      lines = @files.fetch(file) { @files[file] = lines_of(file) }
      return nil if lines.nil? || line < 1 || line > lines.length

      ((line - 1 - SOURCE_CONTEXT)..(line - 1 + SOURCE_CONTEXT)).map do |index|
        index.negative? ? "" : @client.secrets.source_line(text(lines[index].to_s.chomp[0, 4 * MAX_SOURCE_LINE]))
      end
    end

    def lines_of(file)
      return nil unless File.file?(file) && File.size(file) <= MAX_SOURCE_FILE

      File.binread(file).lines
    rescue *PROBLEMS
      nil
    end

    # Plain JSON of bounded size, secrets filtered.
    def clean(value, depth = 0, entries = MAX_ENTRIES)
      case value
      when nil, true, false then value
      when Integer then value.abs < 2**53 ? value : limit(value.to_s)
      when Float then value.finite? ? value : value.to_s
      when String, Symbol then limit(value.to_s)
      when Hash
        return "[too deep]" if depth >= MAX_DEPTH

        value.first(entries).to_h do |key, item|
          name = cut(to_text(key), 200)
          [name, named(name, item, depth)]
        end
      when Array
        depth >= MAX_DEPTH ? "[too deep]" : list(value.first(MAX_ITEMS), depth)
      else limit(to_text(value))
      end
    end

    def named(name, item, depth)
      secrets = @client.secrets
      return secrets.hidden(item) if secrets.secret?(name)
      return cut(secrets.text(text(item[0, 4 * MAX_STRING]), :query)) if String === item && name.end_with?("QUERY_STRING")

      clean(item, depth + 1)
    end

    # A list; one of pairs is read by their names, one of a command's arguments by its options.
    def list(items, depth)
      secrets = @client.secrets
      if !items.empty? && items.all? { |item| Secrets.pair?(item) }
        return items.map { |name, item| [name, named(name, item, depth + 1)] }
      end

      before = ""
      items.map do |item|
        option = String === item ? Secrets::ARGUMENT.match(text(item)) : nil
        name = option ? option[1].sub(/\A-+/, "") : ""
        if String === item && ((!before.empty? && !item.start_with?("-") && secrets.secret?(before)) ||
                               (before == "p" && Secrets.mixed?(item)))
          before = ""
          next secrets.hidden(item)
        end
        before = option && option[2].nil? && item.start_with?("-") ? name : ""
        next "#{cut(option[1], 200)}=#{secrets.hidden(option[2])}" if option && option[2] && secrets.secret?(name)

        clean(item, depth + 1)
      end
    end

    def texts(section)
      # The API wants these as strings, also where an application counts its users with integers.
      return section unless section.is_a?(Hash)

      section.to_h { |name, value| [name, TEXT_KEYS.include?(name) && value.is_a?(Numeric) ? value.to_s : value] }
    end

    # Of bounded length, secrets filtered.
    def limit(value, length = MAX_STRING)
      cut(@client.secrets.any_text(text(value[0, Secrets::MAX_INNER_JSON]), 2 * length), length)
    end

    def cut(value, length = MAX_STRING)
      value = text(value)
      value.length > length ? "#{value[0, length - 1]}\u2026" : value
    end

    # UTF-8, whatever the bytes are.
    def text(value)
      value = value.to_s
      return value if value.encoding == Encoding::UTF_8 && value.valid_encoding?
      return value.encode("UTF-8", invalid: :replace, undef: :replace) unless [Encoding::UTF_8, Encoding::BINARY, Encoding::US_ASCII].include?(value.encoding)

      value.dup.force_encoding("UTF-8").scrub
    rescue EncodingError
      value.dup.force_encoding("UTF-8").scrub
    end

    def message_of(error)
      to_text(error.message)
    rescue *PROBLEMS
      "<unprintable #{error.class}>"
    end

    def class_of(value)
      Object === value ? limit(value.class.name || "Object", 200) : "BasicObject"
    end

    def to_text(value)
      text(value.to_s)
    rescue *PROBLEMS
      "<unprintable>"
    end

    def representation(value)
      case value
      when Hash then value = value.first(MAX_ITEMS).to_h { |key, item| [key, @client.secrets.secret?(to_text(key)) ? FILTERED : item] }
      when String then value = value[0, MAX_LOCAL]
      when Array then value = value.first(MAX_ITEMS)
      end
      text(value.inspect)[0, MAX_LOCAL + 1]
    rescue *PROBLEMS
      "<unprintable>"
    end
  end

  # --- Secrets: the rules of the server, which testdata/privacy-vectors.json shows by example -----------------------

  # Tells secrets by their names and by what texts show; `more` are the application's own (parts of) names.
  class Secrets
    MAX_INNER_JSON = 64 * 1024
    WORDS = %w[
      password passwords passwd passphrase pwd pass pw secret secrets token tokens auth authorization authentication
      authenticate cookie cookies session sessions sessionid sessid phpsessid jsessionid sid card cards cardnumber
      creditcard cvv cvc iban key keys apikey accesskey secretkey privatekey credential credentials creds csrf xsrf
      csrftoken jwt bearer otp mfa totp pin ssn signature dsn connectionstring mysqlpwd pgpassword sig
    ].to_h { |word| [word, true] }.freeze
    PAIRS = %w[ccnumber ccnum creditnumber].to_h { |word| [word, true] }.freeze
    # In running text "key" and "session" say too little.
    STRICT_WORDS = %w[
      password passwd passphrase pwd pw secret token authorization apikey accesskey secretkey privatekey credential
      credentials cookie csrftoken jwt cvv cvc sessionid sessid phpsessid jsessionid pgpassword mysqlpwd
    ].to_h { |word| [word, true] }.freeze
    STRICT_PAIRS = %w[
      apikey accesskey secretkey privatekey sessionid cardnumber creditcard accountkey masterkey signingkey
      encryptionkey ccnumber
    ].to_h { |word| [word, true] }.freeze
    HARMLESS = %w[public_key publickey auth_type key_type token_type].freeze
    FOLDERS = %w[PWD OLDPWD].freeze
    GLUED = /passw(?:or)?d|passphrase|(?:secret|token|apikey|cookie|credential)s?\z/.freeze
    # Most texts end with one look for these words, in lower case; all that is filtered has one of them, or digits or signs.
    TELLING = %w[
      pass pw secret token auth cookie key credential sess bearer basic jwt cvv cvc eyj akia asia aiza ghp_ gho_ ghu_ ghs_
      ghr_ github_pat_ glpat- xox sk- sk_ rk_live pk_live sntry npm_ -p
    ].freeze
    # What a line of a program holds between quotes is text.
    LITERAL = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/.freeze
    CARDLIKE = /[3-6]\d{3}[\d -]{9}/.freeze
    MAX_KNOWN_TEXT = 300
    QUERY = /([?&;])([A-Za-z0-9_.\[\]%-]{1,60})=([^&;#\s"'<>\\)]{1,4000})/.freeze
    WHOLE_QUERY = /([?&;])([A-Za-z0-9_.\[\]%-]{1,60})=([^&;#]+)/.freeze
    CREDENTIALS = %r{(://[^/\s:@?\#"']{0,100}):([^/\s?\#"']{1,200})@}.freeze
    SLASHED_CREDENTIALS =
      %r{(://[^/\s:@?\#"']{0,100}):(?!\d{1,5}(?:[/?\#]|\z))(?=[^\s?\#"'@/]{0,200}/)([^\s?\#"'@]{1,200})@}.freeze
    OPTION = /(^|\s)(--?)([A-Za-z][\w.-]{1,60})([ \t]{1,3})(?!-)([^\s"'`;|&]{1,400})/.freeze
    # mysql, sshpass and docker login call their password -p; ports, folders and words are no mix of letters and digits.
    SHORT_OPTION = %r{(^|\s)(-p[ \t]{0,3})(?![-./~])(?=\S{0,60}[A-Za-z])(?=\S{0,60}\d)([^\s"'`;|&]{4,400})}.freeze
    ASSIGNED = /(["'`]?)([A-Za-z_][\w.-]{0,60})(["'`]?\]?)(\s{0,3}(?:=>|:=|[:=])\s{0,3})/.freeze
    HEADER_LINE = /^([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]{0,3}(\S[^\r\n]{0,4000})$/.freeze
    HEADER = /\A(?:(?:proxy-)?authorization|(?:set-)?cookie2?)\z/i.freeze
    TOKENS = [
      /\beyJ[\w-]{8,2000}\.[\w-]{4,4000}(?:\.[\w-]{0,2000})?/,
      # "Basic validation" is prose: a credential has a digit, a sign or padding in it.
      %r{\b(?:Bearer|Basic)[ ]{1,3}(?=[A-Za-z~+/-]{0,200}[0-9._=])[A-Za-z0-9._~+/=-]{6,4000}}i,
      /\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,64}|npm_[A-Za-z0-9]{30,60})\b/,
      /\b(?:sk|rk|pk)_live_[A-Za-z0-9]{10,128}\b/,
      /\bsk-[A-Za-z0-9_-]{20,200}\b/,
      /\bxox[abprs]-[A-Za-z0-9-]{10,200}\b/,
      /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
      /\bAIza[\w-]{35}\b/,
      %r{\bsntry[su]_[A-Za-z0-9_=+/-]{20,500}},
      /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,10000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/
    ].freeze
    CARD = /(?<![\w.-])[3-6]\d{3}(?:[ -]?\d){9,12}(?![\w-]|\.\d)/.freeze
    MIXED = /\A(?=[^\s"'`]{0,60}[A-Za-z])(?=[^\s"'`]{0,60}\d)[^\s"'`()\[\]{}<>]{6,}/.freeze
    NO_LITERAL = /\A(?:null|none|nil|undefined|true|false|=.*)\z/im.freeze
    WORD = /\G[^\s,;&)}\]"']{1,4000}/.freeze
    ARGUMENT = /\A(--?[A-Za-z][\w.-]{0,60}|[A-Za-z_][A-Za-z0-9_]{1,60})(?:=(.*))?\z/m.freeze

    def self.pair?(value)
      Array === value && value.length == 2 && String === value[0] && value[0].length <= 100 && !value[0].match?(/\s|\A-/)
    rescue ArgumentError, EncodingError
      false
    end

    def self.mixed?(text)
      text.length >= 4 && !text.match?(%r{\A[-./~]}) && text.match?(/[A-Za-z]/) && text.match?(/[0-9]/)
    end

    def initialize(more = [])
      @more = more.map { |name| name.to_s.downcase }.reject(&:empty?)
      @known = {}
      @lines = {}
      @texts = {} # The same short texts come with each report: names, headers, variables.
    end

    def secret?(name)
      @known.clear if @known.size > 5000
      @known.fetch(name) { @known[name.dup.freeze] = has?(name, WORDS, PAIRS) }
    rescue ArgumentError, RegexpError, EncodingError
      true # A name that is no text.
    end

    def secret_in_text?(name)
      has?(name, STRICT_WORDS, STRICT_PAIRS)
    end

    # What stands in the place of a secret; nothing, yes and no, and an empty text are none.
    def hidden(value)
      value.nil? || value == true || value == false || value == "" || value == {} ? value : FILTERED
    end

    # A line of a program, in which only literals are values; the same lines come again and again.
    def source_line(line)
      @lines.clear if @lines.size > 2000
      @lines[line] ||= begin
        found = text(line, :source)
        found.length > MAX_SOURCE_LINE ? "#{found[0, MAX_SOURCE_LINE - 1]}\u2026" : found
      end
    end

    # A text; one that is JSON itself is looked into.
    def any_text(text, length)
      return looked_into(text, length) if text.length > MAX_KNOWN_TEXT

      @texts.clear if @texts.size > 2000
      @texts[text] ||= looked_into(text, length)
    end

    # A text without its secrets. `kind`: :text, :query (a=b&c=d) or :source (a line of a program).
    def text(text, kind = :text, level = 0)
      return text unless kind == :query || telling?(text)

      out = kind == :query ? query("&#{text}", WHOLE_QUERY, level)[1..-1] : query(text, QUERY, level)
      [CREDENTIALS, SLASHED_CREDENTIALS].each do |pattern|
        out = out.gsub(pattern) { |all| $2.include?(FILTERED) ? all : "#{$1}:#{FILTERED}@" }
      end
      TOKENS.each { |pattern| out = out.gsub(pattern) { |all| all.include?(FILTERED) ? all : FILTERED } }
      out = out.gsub(CARD) { |all| card?(all) ? FILTERED : all }
      out = headers(out) if kind == :text
      out = assigned(out, kind == :source)
      return out.gsub(LITERAL) { |all| literal(all, level) } if kind == :source

      kind == :text ? options(out) : out
    end

    private

    def literal(all, level)
      mark = all[0]
      plain = all[1..-2].gsub(/\\(["'`\\])/) { $1 }
      after = text(plain, :text, level)
      after == plain ? all : mark + after.gsub(mark) { "\\#{mark}" } + mark
    end

    def looked_into(text, length)
      if text.length.between?(4, MAX_INNER_JSON) && text.match?(/\A\s*[{\[]/)
        begin
          parsed = JSON.parse(text)
          after = inner(parsed, 0)
          return after == parsed ? text : JSON.generate(after)
        rescue JSON::JSONError, SystemStackError
          nil
        end
      end
      text(text[0, length])
    end

    def telling?(text)
      return true if text.include?("=") && text.match?(/[?&;]/)
      return true if text.include?("://") && text.include?("@")

      lower = text.downcase
      TELLING.any? { |word| lower.include?(word) } || text.match?(CARDLIKE)
    end

    def has?(name, single, pairs)
      lower = name[0, 200].downcase
      return false if HARMLESS.include?(lower) || FOLDERS.include?(name)

      words = name[0, 200].gsub(/([a-z0-9])([A-Z])/, '\1 \2').downcase.split(/[^a-z0-9\u0080-\uffff]+/).reject(&:empty?)
      words.each_with_index.any? do |word, index|
        plain = word.sub(/[0-9]+\z/, "")
        single.key?(plain) || GLUED.match?(plain) || pairs.key?(word + words[index + 1].to_s)
      end || @more.any? { |own| lower.include?(own) }
    end

    def inner(value, depth)
      case value
      when String then any_text(value, MAX_MESSAGE)
      when Hash
        return FILTERED if depth > 20

        value.to_h { |name, item| [name, secret?(name) ? hidden(item) : inner(item, depth + 1)] }
      when Array
        return FILTERED if depth > 20

        if !value.empty? && value.all? { |item| Secrets.pair?(item) }
          value.map { |name, item| [name, secret?(name) ? hidden(item) : inner(item, depth + 1)] }
        else
          value.map { |item| inner(item, depth + 1) }
        end
      else value
      end
    end

    def query(text, pattern, level)
      text.gsub(pattern) do |all|
        mark, name, value = $1, $2, $3
        next all if value == FILTERED
        next "#{mark}#{name}=#{FILTERED}" if secret?(decoded(name))
        next all if level == 2 || !value.include?("%")

        plain = decoded(value)
        hidden = text(plain, :text, level + 1)
        next all if hidden == plain

        "#{mark}#{name}=#{hidden.split(FILTERED, -1).map { |part| URI.encode_www_form_component(part).gsub("+", "%20") }.join(FILTERED)}"
      end
    end

    def decoded(text)
      return text unless text.include?("%")

      plain = text.gsub(/%\h\h/) { |code| code[1, 2].hex.chr }.dup.force_encoding("UTF-8")
      plain.valid_encoding? ? plain : text
    rescue EncodingError, ArgumentError
      text
    end

    def headers(text)
      text.gsub(HEADER_LINE) do |all|
        name, value = $1, $2
        told = HEADER.match?(name) || (name.include?("-") && secret_in_text?(name))
        told && !value.start_with?(FILTERED) ? "#{name}: #{FILTERED}" : all
      end
    end

    def options(text)
      text = text.gsub(OPTION) do |all|
        before, dashes, name, gap, value = $1, $2, $3, $4, $5
        !value.include?(FILTERED) && secret?(name) ? "#{before}#{dashes}#{name}#{gap}#{FILTERED}" : all
      end
      text.gsub(SHORT_OPTION) { |all| $3.include?(FILTERED) ? all : "#{$1}#{$2}#{FILTERED}" }
    end

    def assigned(text, literals_only)
      out = +""
      done = at = 0
      while (match = ASSIGNED.match(text, at))
        at = match.end(0)
        opened, name, closed, operator = match.captures
        prose = operator.include?(":") && !operator.include?("=") && opened.empty? && closed.empty?
        # `word: text` without quotes is prose, unless the text is no word ("password: hunter2").
        next unless secret_in_text?(name) && (!prose || MIXED.match?(text[at, 100]))

        from, to = value_at(text, at, literals_only)
        next if to <= from || text[from...to] == FILTERED

        out << text[done...from] << FILTERED
        done = at = [at, to].max
      end
      done.zero? ? text : out << text[done..-1]
    end

    # Where the value that begins here stands: a quoted literal, else what comes before the next space or separator.
    def value_at(text, at, literals_only)
      return [at, at] if text[at, FILTERED.length] == FILTERED

      mark = text[at]
      if mark && "\"'`".include?(mark)
        to = at + 1
        to += text[to] == "\\" ? 2 : 1 while to < text.length && to - at < 4000 && text[to] != mark
        return [at + 1, [to, text.length].min]
      end
      match = literals_only ? nil : WORD.match(text, at)
      match && !NO_LITERAL.match?(match[0]) ? [at, match.end(0)] : [at, at]
    end

    # The check digit of ISO/IEC 7812 (Luhn).
    def card?(text)
      sum = text.scan(/\d/).reverse.each_with_index.sum do |digit, index|
        value = digit.to_i * (index.odd? ? 2 : 1)
        value > 9 ? value - 9 : value
      end
      (sum % 10).zero?
    end
  end

  # Which variables of the process are sent: those that tell where it runs and how it was started, and what `more` names,
  # `X_*` and `*` many at once. All others are left out: every secret of a service may be one.
  class Variables
    SENT = %w[
      LANG LANGUAGE TZ TERM SHELL PATH PWD HOSTNAME COMPUTERNAME OS PROCESSOR_ARCHITECTURE CI DYNO KUBERNETES_SERVICE_HOST
      K_SERVICE K_REVISION FUNCTION_NAME WEBSITE_SITE_NAME AWS_REGION AWS_DEFAULT_REGION AWS_LAMBDA_FUNCTION_NAME
      AWS_EXECUTION_ENV FLY_REGION FLY_APP_NAME MAYDAY_PRODUCT MAYDAY_ACCOUNT MAYDAY_ROLE MAYDAY_VERSION MAYDAY_ENVIRONMENT
      NODE_ENV APP_ENV APP_DEBUG RAILS_ENV RACK_ENV DJANGO_SETTINGS_MODULE FLASK_ENV FLASK_DEBUG ENVIRONMENT
      ASPNETCORE_ENVIRONMENT DOTNET_ENVIRONMENT DOTNET_VERSION SPRING_PROFILES_ACTIVE JAVA_HOME JAVA_VERSION VIRTUAL_ENV
      CONDA_DEFAULT_ENV PYTHONPATH PYTHONHASHSEED PYTHON_VERSION RUBY_VERSION RUBY_ENGINE GEM_HOME PHP_VERSION NODE_VERSION
    ].freeze
    CGI = /\A(?:HTTP_\w+|HTTPS|REQUEST_\w+|QUERY_STRING|SERVER_\w+|REMOTE_\w+|SCRIPT_\w+|PATH_INFO|PATH_TRANSLATED|DOCUMENT_\w+
            |CONTENT_\w+|CONTEXT_\w+|GATEWAY_INTERFACE|AUTH_TYPE|REDIRECT_(?:STATUS|URL|QUERY_STRING)|PHP_SELF)\z/x.freeze

    def initialize(more = [])
      many, single = more.partition { |name| name.end_with?("*") }
      @names = (SENT + single).to_h { |name| [name, true] }
      @starts = ["LC_"] + many.map { |name| name[0..-2] }
    end

    def allow?(name)
      @names.key?(name) || name.start_with?(*@starts)
    end
  end

  # The JSON of a report, without its less important parts where it is too large; nil where nothing helps.
  module Body
    def self.of(made)
      body = JSON.generate(made)
      return body if body.bytesize <= MAX_BODY

      smaller = JSON.parse(body)
      places = smaller["stacktrace"].flat_map { |item| item["locations"] }
      steps = [
        -> { places.each { |place| place.delete("locals") } },
        -> { places.each { |place| place.delete("source") } },
        lambda {
          smaller["data"] = {}
          %w[request environment configuration ownership breadcrumbs].each { |name| smaller.delete(name) }
        },
        -> { smaller["stacktrace"].each { |item| item["locations"] = item["locations"].first(10) } }
      ]
      steps.each do |step|
        step.call
        body = JSON.generate(smaller)
        return body if body.bytesize <= MAX_BODY
      end
      nil
    end

    # The same for repeats of one error: kinds and locations of all causes, not messages.
    def self.fingerprint(made)
      parts = (made["stacktrace"] || []).flat_map do |item|
        [item["kind"]] + (item["locations"] || []).map { |place| place.values_at("absolute_file", "method", "line").join(":") }
      end
      Digest::SHA256.hexdigest(parts.join("\n"))[0, 16]
    end
  end

  # --- The queue and the sender -------------------------------------------------------------------------------------

  # Reports on disk; names and rules are those of the contract's README. put and make_room may raise SystemCallError.
  class Queue
    def initialize(folder)
      @folder = folder
      @counting = Monitor.new
      @unsaved = {} # Dropped reports by reason that are in no file yet.
      @saved_at = -1.0
      @made = false
      @known = {} # What waiting found last.
    end

    def path(name)
      "#{@folder}/#{name}"
    end

    def put(name, body)
      FileUtils.mkdir_p(@folder, mode: 0o700) unless @made
      @made = true
      temporary = path("#{name}.#{SecureRandom.hex(4)}.tmp")
      Setup.write(temporary, body)
      @known.delete(name)
      File.rename(temporary, path(name))
    rescue SystemCallError
      @made = false
      File.unlink(temporary) if temporary && File.exist?(temporary)
      raise
    end

    # [changed, name, size] of the reports, oldest first, after dropping what is too old. `anew`: asks the disk for all of them.
    def waiting(anew: true)
      now = Time.now.to_f
      found = []
      before = anew ? {} : @known
      known = {}
      names = begin
        Dir.children(@folder)
      rescue SystemCallError
        []
      end
      names.each do |name|
        entry = before[name]
        if entry && now - entry[0] < QUEUE_SECONDS
          found << (known[name] = entry)
          next
        end
        report = NEW_FILE.match?(name) || TRIED_FILE.match?(name)
        next unless report || name.end_with?(".tmp")

        begin
          stat = File.stat(path(name))
          changed = stat.mtime.to_f
          if changed > now + 60 || changed < EARLIEST_CLOCK
            File.utime(now, now, path(name))
            changed = now
          end
          if now - changed > (report ? QUEUE_SECONDS : TMP_SECONDS)
            remove(name)
            drop("expired") if report
          elsif report then found << (known[name] = [changed, name, stat.size])
          end
        rescue SystemCallError
          next # Another process was faster.
        end
      end
      @known = known
      found.sort
    end

    # Whether there is room for one more; the first of each kind stay, and what lies here from earlier goes.
    def make_room(size, fatal)
      files = waiting(anew: false)
      total = files.sum { |entry| entry[2] } + size
      until files.empty? || (files.length < QUEUE_FILES && total <= QUEUE_BYTES)
        old = files.find { |changed, name, _| fatal || (TRIED_FILE.match?(name) && Time.now.to_f - changed > MERGE_SECONDS) }
        drop("queue_full")
        return false unless old

        files.delete(old)
        total -= old[2]
        remove(old[1])
      end
      true
    end

    # Counts a report that will never be sent; what is counted goes with the next one that is.
    def drop(reason)
      @counting.synchronize do
        @unsaved[reason] = @unsaved.fetch(reason, 0) + 1
        save_dropped if Process.clock_gettime(Process::CLOCK_MONOTONIC) - @saved_at > 0.5
      end
    end

    # What was dropped and has not been told, after what has been told just now. Kept in a file, for the next run.
    def save_dropped(sent = {})
      @counting.synchronize do
        @saved_at = Process.clock_gettime(Process::CLOCK_MONOTONIC)
        before = read_dropped
        after = [before, @unsaved, sent.transform_values(&:-@)].reduce { |all, more| all.merge(more) { |_, a, b| a + b } }
        after = after.select { |_, count| count.positive? }
        if after.empty? then remove("dropped")
        elsif after != before then put("dropped", JSON.generate(after))
        end
        @unsaved = {}
        after
      rescue SystemCallError
        after || {}
      end
    end

    def unsaved_drops?
      !@unsaved.empty?
    end

    def find_untried(fingerprint)
      Dir.children(@folder).find { |name| name.start_with?(fingerprint) && NEW_FILE.match?(name) }
    rescue SystemCallError
      nil
    end

    # The body of a report; nil where the file is gone, or was no report and is removed.
    def read(name)
      parse(name, File.binread(path(name), 2 * MAX_BODY))
    rescue SystemCallError
      nil
    end

    # Yields the body of a report that this process alone has; the lock ends with the process, however that ends.
    def locked(name)
      File.open(path(name), "r+b") do |file|
        return unless file.flock(File::LOCK_EX | File::LOCK_NB)

        body = parse(name, file.read(2 * MAX_BODY))
        yield body if body
      ensure
        # A forked child shares the handle: closing ours would not be enough.
        file.flock(File::LOCK_UN)
      end
    rescue SystemCallError
      nil
    end

    # Marks a report as tried. Returns its new name, or nil where another process was faster.
    def claim(name)
      match = NEW_FILE.match(name)
      return name unless match

      tried = "#{match[2]}.json"
      File.rename(path(name), path(tried))
      tried
    rescue SystemCallError
      nil
    end

    def exist?(name)
      File.exist?(path(name))
    end

    def remove(name)
      File.unlink(path(name))
    rescue SystemCallError
      nil
    end

    # Seconds since 1970 before which nothing is tried, and how many failures led to it.
    def not_before
      state = JSON.parse(File.binread(path("state.json"), 1000).to_s)
      return [0, 0] unless state.is_a?(Hash)

      till = state["not_before"].to_f / 1000
      [till > Time.now.to_f + MAX_BACKOFF ? 0 : till, [state["failures"].to_i, 0].max]
    rescue SystemCallError, JSON::ParserError, NoMethodError, EncodingError
      [0, 0]
    end

    def failed(retry_after)
      failures = not_before[1] + 1
      pause = [MAX_BACKOFF, FIRST_BACKOFF * 2**[failures - 1, 20].min].min
      pause = [MAX_BACKOFF, [pause, retry_after].max].min if retry_after
      put("state.json", JSON.generate("failures" => failures, "not_before" => ((Time.now.to_f + pause) * 1000).to_i))
    rescue SystemCallError
      nil
    end

    def succeeded
      remove("state.json")
    end

    private

    def read_dropped
      read = JSON.parse(File.binread(path("dropped"), 4000).to_s)
      read.is_a?(Hash) ? read.select { |_, count| count.is_a?(Integer) } : {}
    rescue SystemCallError, JSON::ParserError, EncodingError
      {}
    end

    def parse(name, body)
      return body if body && JSON.parse(body.dup.force_encoding("UTF-8")).is_a?(Hash)

      remove(name)
      nil
    rescue JSON::ParserError, EncodingError
      remove(name)
      nil
    end
  end

  # Puts reports into the queue at once and sends them from a thread of its own.
  class Sender
    # A report that waits with the number of its repeats.
    Held = Struct.new(:name, :made, :count, :written_at)

    attr_writer :client

    def initialize(client)
      @client = client
      @queue = client.folder && Queue.new(client.folder)
      @exit_until = nil
      @thread = nil
      start_over
    end

    def wake_if_work_waits
      wake if @client.can_send? && @queue && !@queue.waiting.empty?
    end

    def accept(made, fingerprint)
      ensure_process
      @client.say("report:\n#{JSON.pretty_generate(made)}") if @client.debug
      return unless @client.can_send?

      @lock.synchronize do
        unless merge(fingerprint)
          body = Body.of(made)
          body ? store(fingerprint, made, body) : drop("too_large")
        end
        wake_locked
      end
    end

    def drop(reason)
      @queue&.drop(reason)
    end

    # A report that was handled turned out to be what ended the program.
    def upgrade(fingerprint)
      @lock.synchronize do
        held = @held[fingerprint]
        held.made["severity"] = "major" if held
        name = @queue&.find_untried(fingerprint)
        body = name && @queue.read(name)
        @queue.put(name, JSON.generate(JSON.parse(body.dup.force_encoding("UTF-8")).merge("severity" => "major"))) if body
      end
    rescue SystemCallError
      nil
    end

    def wake
      ensure_process
      @lock.synchronize { wake_locked }
    end

    # Waits until what can be sent has been tried, at most so long. Returns whether nothing is left.
    def drain(seconds, force)
      return true unless @client.can_send?

      ensure_process
      @queue&.save_dropped if @queue&.unsaved_drops?
      till = clock + seconds
      # An uncaught error and the end that follows it share one wait.
      @exit_until = till = [till, @exit_until || till].min unless force
      @lock.synchronize do
        @changed.wait(@lock, [till - clock, 0.001].max) while @looking.positive? && clock < till
        untold = @client.session && !@client.session.told
        if force || untold || @soon || @active || !@held.empty? || !@memory.empty? || @done < @wanted
          @release = true
          @force ||= force
          wake_locked
          goal = @wanted
          @changed.wait(@lock, [till - clock, 0.001].max) while @done < goal && clock < till
          @held.each_value { |held| write_count(held) } unless @thread&.alive?
        end
        if !force && @done < @wanted && @in_flight && !@counted && @queue
          # The program ends while the server is silent: the next start shall not wait for it again.
          @counted = true
          @queue.failed(nil)
        end
      end
      @memory.empty? && (@queue.nil? || @queue.waiting.empty?)
    end

    # Called in a thread that has just begun.
    def thread_began(thread)
      return if thread.equal?(@thread) || @starting

      ensure_process
      @begun << thread
      @lock.synchronize do
        start_thread
        @changed.broadcast
      end
    rescue *PROBLEMS
      nil
    end

    # Reports what has ended the threads that are over.
    def look_at_ended_threads
      over = @lock.synchronize do
        @looking += 1
        @watched << @begun.pop until @begun.empty?
        ended, @watched = @watched.partition { |thread| !thread.alive? }
        ended
      end
      over.each { |thread| look_at(thread) }
    ensure
      @lock.synchronize do
        @looking -= 1
        @changed.broadcast
      end
    end

    private

    def look_at(thread)
      thread.join(0) if thread.status.nil? # It died of an error, and join raises the same one.
    rescue Exception => error # rubocop:disable Lint/RescueException
      Mayday.capture(error, nil, "major", nil, :thread) if Mayday.crash?(error)
    end

    def clock
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end

    # After a fork the child has no sender thread, and nothing of what its parent has under way.
    def ensure_process
      start_over if @pid != Process.pid
    end

    def start_over
      @pid = Process.pid
      @lock = Mutex.new
      @changed = ConditionVariable.new
      @begun = ::Queue.new
      @watched = []
      @starting = false
      @looking = 0
      @thread = nil
      @memory = [] # Bodies that could not be written to disk.
      @held = {} # fingerprint => Held: repeats that wait for the end of their minute
      @sent_at = {} # fingerprint => when it was last sent
      @wanted = 0 # Rounds that somebody asked for; @done follows.
      @done = 0
      @force = false
      @release = false
      @in_flight = false
      @counted = false
      @soon = false # Whether a report is too fresh to be sent.
      @active = false # Whether a round is under way.
    end

    def store(fingerprint, made, body)
      name = "#{fingerprint}.#{made["occurrence_id"]}.new"
      raise Errno::ENOENT, "no folder" unless @queue

      return unless @queue.make_room(body.bytesize, made["severity"] == "major")

      @queue.put(name, body)
      @held[fingerprint] = Held.new(name, made, made["count"] || 1, clock) if recent?(fingerprint) && @held.length < QUEUE_FILES
    rescue SystemCallError
      @memory.length < QUEUE_FILES ? @memory << body : drop("queue_full")
    end

    # Whether the report became a repeat of one that has not been tried yet.
    def merge(fingerprint)
      return false unless @queue

      held = @held[fingerprint]
      if held && @queue.exist?(held.name)
        held.count += 1
        # Often enough that a kill loses few, seldom enough for a loop that fails a thousand times a second.
        write_count(held) if clock - held.written_at > 0.5
        return true
      end
      name = @queue.find_untried(fingerprint)
      body = name && @queue.read(name)
      return false unless body

      known = JSON.parse(body.dup.force_encoding("UTF-8"))
      count = known["count"].is_a?(Integer) ? known["count"] : 1
      held = Held.new(name, known, count + 1, 0)
      write_count(held)
      @held[fingerprint] = held if @held.length < QUEUE_FILES
      true
    end

    def write_count(held)
      held.written_at = clock
      held.made["count"] = held.count
      body = Body.of(held.made)
      @queue.put(held.name, body) if body
    rescue SystemCallError
      nil
    end

    def recent?(fingerprint)
      at = @sent_at[fingerprint]
      !at.nil? && clock - at < MERGE_SECONDS
    end

    def wake_locked
      @wanted += 1
      start_thread
      @changed.broadcast
    end

    def start_thread
      return if @thread&.alive?

      @starting = true
      @thread = Thread.new do
        Thread.current.report_on_exception = false
        Thread.current.name = "mayday"
        run
      end
    rescue ThreadError, NotImplementedError
      @done = @wanted # No thread can be made (any more): the queue keeps the report.
    ensure
      @starting = false
    end

    def run
      due = 0
      loop do
        look_at_ended_threads
        goal, force, release = @lock.synchronize { take_wishes }
        due = clock + guarded_round(force, release) if goal > @done || clock >= due
        @lock.synchronize do
          @done = [@done, goal].max
          @changed.broadcast
          if @begun.empty? && @done == @wanted
            pause = due - clock
            pause = [pause, THREADS_SECONDS].min unless @watched.empty?
            @changed.wait(@lock, [pause, 0.01].max)
          end
        end
      end
    end

    def take_wishes
      wishes = [@wanted, @force, @release]
      @force = @release = false
      wishes
    end

    # What the library itself raises here is not reported.
    def guarded_round(force, release)
      @active = true
      Thread.current.thread_variable_set(:mayday_busy, true)
      round(force, release)
    rescue *PROBLEMS => problem
      @client.say("could not send: #{problem.class}")
      MAX_BACKOFF
    ensure
      @active = false
      Thread.current.thread_variable_set(:mayday_busy, nil)
    end

    # Sends what may be sent. Returns the seconds until there may be more.
    def round(force, release)
      return MAX_BACKOFF unless @client.can_send?

      ping
      bodies = @lock.synchronize { @memory.slice!(0..-1) }
      bodies.each { |body| post(body) }
      return MAX_BACKOFF unless @queue

      @soon = false
      @queue.waiting.each do |changed, name, _|
        till = @queue.not_before[0]
        return [till - Time.now.to_f, 0.1].max if till > Time.now.to_f && !force

        if !release && !force && NEW_FILE.match?(name) && (Time.now.to_f - changed).between?(0, GRACE_SECONDS)
          @soon = true
          next
        end
        tried = @lock.synchronize { take(name, release || force) }
        next unless tried

        outcome, retry_after = send_file(tried)
        next unless outcome == :later

        @lock.synchronize { @queue.failed(retry_after) unless @counted }
        return [@queue.not_before[0] - Time.now.to_f, 0.1].max
      end
      return GRACE_SECONDS if @soon

      @lock.synchronize { @held.empty? ? MAX_BACKOFF : MERGE_SECONDS }
    end

    # Marks a report as tried, with the count it has by now. Nil: not now.
    def take(name, now)
      fingerprint = NEW_FILE.match(name)&.[](1)
      return @queue.claim(name) unless fingerprint
      return nil if !now && recent?(fingerprint)

      held = @held.delete(fingerprint)
      write_count(held) if held && held.name == name && held.made.fetch("count", 1) != held.count
      tried = @queue.claim(name)
      if tried
        @sent_at.clear if @sent_at.length > 1000
        @sent_at[fingerprint] = clock
      end
      tried
    end

    def send_file(name)
      answer = [:none, nil]
      @queue.locked(name) do |body|
        answer = post(body)
        if answer[0] == :done
          @queue.remove(name)
          @queue.succeeded
        end
      end
      answer
    end

    # Posts one body: [:done or :later, seconds the server wants us to wait].
    # Tells the state of the session, once; a state that does not arrive is not told again.
    def ping
      session = @client.session
      return if session.nil? || session.told

      body = session.body(@client)
      return if @queue && @queue.not_before[0] > Time.now.to_f

      outcome, retry_after = post(body, @client.address("session"))
      @lock.synchronize { @queue.failed(retry_after) unless @counted } if outcome == :later && @queue
    end

    def post(body, address = nil)
      require "net/http"
      require "timeout"
      @lock.synchronize do
        @in_flight = true
        @counted = false
      end
      dropped = @queue && !address ? @queue.save_dropped : {}
      status, answer, retry_after = Timeout.timeout(@client.timeout) { exchange(body, dropped, address) }
      @client.say("server said #{status} #{answer[0, 2000].dup.force_encoding("UTF-8").scrub}")
      accepted = (200..299).cover?(status) && answer.strip.split("&").include?("response=ok")
      @queue.save_dropped(dropped) if accepted && !dropped.empty?
      refused = [400, 413, 422].include?(status) || (address && (400..499).cover?(status) && status != 429)
      [accepted || refused ? :done : :later, retry_after]
    rescue *PROBLEMS => problem
      @client.say("server said nothing: #{problem.class}")
      [:later, nil]
    ensure
      @in_flight = false
    end

    def exchange(body, dropped, address)
      uri = URI.parse(address || @client.endpoint(dropped))
      http = Net::HTTP.new(uri.hostname, uri.port)
      http.use_ssl = uri.scheme == "https"
      http.open_timeout = http.read_timeout = @client.timeout
      http.write_timeout = @client.timeout if http.respond_to?(:write_timeout=)
      http.max_retries = 0
      request = Net::HTTP::Post.new(uri.request_uri, "Content-Type" => "application/json", "Connection" => "close",
                                                     "User-Agent" => "mayday-ruby/#{VERSION}", "Accept-Encoding" => "identity")
      request.body = body
      http.start do
        answer = +""
        http.request(request) do |response|
          response.read_body do |chunk|
            answer << chunk.b
            break if answer.bytesize > MAX_ANSWER
          end
          pause = response["Retry-After"].to_s
          return [response.code.to_i, answer, pause.match?(/\A[0-9]{1,6}\z/) ? pause.to_i : nil]
        end
      end
    end
  end
end
