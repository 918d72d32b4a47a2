// SPDX-License-Identifier: Apache-2.0
// Mayday client for .NET Standard 2.0 (C# 8), in one file: catches what nobody caught, keeps it on disk, and posts it to a
// Mayday server over the CrashKit 1.0 API. See README.md beside this file for set-up. No dependencies.
// Written by scripts/client-files.ts from ../Mayday.cs.
#nullable enable

using System;
using System.Collections;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;

/// <summary>
/// The whole public interface is static: Start, Report, Set, Wrap, Watch, Guard, Attach, Flush. Every method swallows its own
/// failures: whatever happens here, the application goes on as if this class were absent.
/// </summary>
public sealed class Mayday
{
    public const string ClientVersion = "1.0.0";

    // Bounds, the same in every language (see ../contract/README.md).
    const int MaxReportBytes = 256 * 1024;
    const int MaxCauses = 10;
    const int MaxFrames = 100;
    const int MaxMessageChars = 8192;
    const int MaxStringChars = 2048;
    const int MaxEntries = 100;
    const int MaxItems = 50;
    const int MaxDepth = 5;
    // In one section: five levels of a hundred entries would be too many.
    const int MaxValues = 2000;
    const int MaxSourceBytes = 1024 * 1024;
    const int SourceContext = 5;
    const int MaxSourceLineChars = 300;
    const int MaxWaiting = 100;
    const int MaxAnswerBytes = 64 * 1024;
    const string Filtered = "[filtered]";

    static readonly UTF8Encoding Utf8 = new UTF8Encoding(false);
    static readonly object StartLock = new object();
    static volatile Mayday? current;
    [ThreadStatic] static bool inside;
    static readonly AsyncLocal<Scope?> ScopeHere = new AsyncLocal<Scope?>();

    readonly Options options;
    readonly string role;
    readonly SecretRules secrets;
    readonly Dictionary<string, Dictionary<string, object?>> sections = new Dictionary<string, Dictionary<string, object?>>();
    // Occurrences by fingerprint that came while the first of them was still waiting to be written.
    readonly Dictionary<string, int> unwritten = new Dictionary<string, int>();
    readonly Queue queue;
    readonly Worker writer = new Worker("mayday-writer");
    readonly Worker sender = new Worker("mayday-sender");
    readonly ConditionalWeakTable<Exception, Seen> seen = new ConditionalWeakTable<Exception, Seen>();
    // A handled error may still turn out to be what the program dies of.
    const int GraceMs = 150;
    int accepted;

    /// <summary>Settings; what is not set here comes from the environment (MAYDAY_URL, MAYDAY_PRODUCT, …), then from defaults.</summary>
    public sealed class Options
    {
        /// <summary>Base address of the server, as in http://host:8080.</summary>
        public string? Url { get; set; }
        public string? Account { get; set; }
        public string? Product { get; set; }
        /// <summary>The version that users know; revision, build and edition go into <see cref="VersionDetails"/>.</summary>
        public string? Version { get; set; }
        public IDictionary<string, object?>? VersionDetails { get; set; }
        /// <summary>customer (default), tester or disabled.</summary>
        public string? Role { get; set; }
        /// <summary>Test token, with which latest-report?token= finds the reports of this program.</summary>
        public string? Token { get; set; }
        /// <summary>The product's upload key, where the server asks for it.</summary>
        public string? Key { get; set; }
        /// <summary>Prints to standard error what is sent and what the server answered, and asks it for a strict check.</summary>
        public bool Debug { get; set; }
        public string? QueueDir { get; set; }
        /// <summary>The longest time that one request may take.</summary>
        public int TimeoutMs { get; set; } = 3000;
        /// <summary>The longest time that sending may hold up the end of the program; 0: not at all.</summary>
        public int ExitMs { get; set; } = 2000;
        /// <summary>Accepted for the sake of one configuration in all languages: .NET programs cannot read each other's locals.</summary>
        public bool Locals { get; set; }
        /// <summary>More words which make a name secret, besides password, token, cookie and the like.</summary>
        public IList<string> Secrets { get; } = new List<string>();
        /// <summary>Ownership rules, sent as they are: <c>paths</c>, <c>packages</c> (namespaces), <c>modules</c> (assemblies).</summary>
        public IDictionary<string, object?>? Ownership { get; set; }
        /// <summary>The name of the environment, such as production.</summary>
        public string? EnvironmentName { get; set; }
        public IDictionary<string, object?> Tags { get; } = new Dictionary<string, object?>();
        /// <summary>Reports nothing whose class name and message have one of these texts in them.</summary>
        public IList<string> Ignore { get; } = new List<string>();
        /// <summary>The share of errors that are reported, from 0 to 1.</summary>
        public double SampleRate { get; set; } = 1;
        /// <summary>Tells the server that the program runs and how it ends, for crash-free rates.</summary>
        public bool Sessions { get; set; }
        /// <summary>Sees each report last, may change it, and drops it by returning null.</summary>
        public Func<IDictionary<string, object?>, IDictionary<string, object?>?>? BeforeSend { get; set; }
        /// <summary>Further environment variables that are sent beside the harmless ones that everybody has; <c>X_*</c> names many.</summary>
        public IList<string> Variables { get; } = new List<string>();
        /// <summary>False keeps the process's environment variables out of reports.</summary>
        public bool EnvironmentVariables { get; set; } = true;
        /// <summary>False installs no handler: only what is passed to Report is reported.</summary>
        public bool Handlers { get; set; } = true;
    }

    // ---- Public interface -------------------------------------------------------------------------------------------

    /// <summary>Starts with what the environment says alone.</summary>
    public static void Start() { Start(new Options()); }

    /// <summary>Installs the handlers and sends what earlier runs left behind. Without url or product nothing happens at all.</summary>
    public static void Start(Options? options)
    {
        try
        {
            lock (StartLock)
            {
                Stop();
                if (options == null) options = new Options();
                if (Truthy(Env("MAYDAY_DISABLED"))) return;
                options.Url = options.Url ?? Env("MAYDAY_URL");
                options.Account = options.Account ?? Env("MAYDAY_ACCOUNT") ?? "default";
                options.Product = options.Product ?? Env("MAYDAY_PRODUCT");
                options.Token = options.Token ?? Env("MAYDAY_TOKEN");
                options.EnvironmentName = options.EnvironmentName ?? Env("MAYDAY_ENVIRONMENT");
                options.Version = options.Version ?? Env("MAYDAY_VERSION");
                int exitMs;
                if (options.ExitMs == 2000 && int.TryParse(Env("MAYDAY_EXIT_MS"), NumberStyles.None, CultureInfo.InvariantCulture, out exitMs)) options.ExitMs = exitMs;
                options.ExitMs = Math.Max(0, Math.Min(options.ExitMs, 60000));
                double rate;
                if (options.SampleRate == 1 && double.TryParse(Env("MAYDAY_SAMPLE_RATE"), NumberStyles.Float, CultureInfo.InvariantCulture, out rate)) options.SampleRate = rate;
                options.Key = options.Key ?? Env("MAYDAY_KEY");
                options.TimeoutMs = Math.Max(1, Math.Min(options.TimeoutMs, 60000));
                // The person at the machine has the last word here.
                if (Env("MAYDAY_SESSIONS") != null) options.Sessions = Truthy(Env("MAYDAY_SESSIONS"));
                if (Env("MAYDAY_DEBUG") != null) options.Debug = Truthy(Env("MAYDAY_DEBUG"));
                if (options.Url == null || options.Product == null)
                {
                    if (options.Debug) Say("not started, " + (options.Url == null ? "url" : "product") + " is not set");
                    return;
                }
                options.QueueDir = options.QueueDir ?? Env("MAYDAY_QUEUE_DIR") ?? DefaultQueueDir();
                var role = RoleOf(options);
                if (role == "disabled") return;
                var client = new Mayday(options, role);
                client.sections["tags"] = new Dictionary<string, object?>(options.Tags);
                current = client;
                if (options.Handlers) client.Install();
                if (options.Sessions && session == null) session = new Session();
                if (client.queue.HasFiles() || client.IsSessionUntold()) client.Send(Pass.Normal, 0);
            }
        }
        catch (Exception)
        {
            // A client that cannot start must not keep the program from starting.
        }
    }

    /// <summary>Removes the handlers, for programs that are unloaded; what waits stays on disk.</summary>
    public static void Stop()
    {
        try
        {
            lock (StartLock)
            {
                var client = current;
                current = null;
                if (client != null) client.Uninstall();
            }
        }
        catch (Exception)
        {
            // The domain is unloading already.
        }
    }

    /// <summary>Reports an exception that the application caught. Returns at once; sending happens on a thread of its own.</summary>
    public static void Report(Exception? error) { Report(error, null); }

    /// <summary>The same with details of this occurrence.</summary>
    public static void Report(Exception? error, IDictionary<string, object?>? data)
    {
        var client = current;
        if (client != null && error != null) client.Accept(error, data, null, "normal", Caller());
    }

    /// <summary>The same with the HttpContext (System.Web or ASP.NET Core) in which it happened.</summary>
    public static void ReportRequest(Exception? error, object? httpContext)
    {
        var client = current;
        if (client != null && error != null) client.Accept(error, null, httpContext, "major", Caller());
    }

    static void ReportRequest(Exception error, object? httpContext, string handler)
    {
        var client = current;
        if (client != null && error != null) client.Accept(error, null, httpContext, "major", handler);
    }

    /// <summary>
    /// Adds to one of host, user, account, version, configuration, request or env. Within a web request it holds for this
    /// request, elsewhere for the whole program.
    /// </summary>
    public static void Set(string section, IDictionary<string, object?> values)
    {
        try
        {
            var client = current;
            if (client == null || section == null || values == null) return;
            var scope = CurrentScope();
            var target = scope != null ? scope.Sections : client.sections;
            lock (target)
            {
                var merged = target.ContainsKey(section) ? new Dictionary<string, object?>(target[section]) : new Dictionary<string, object?>();
                foreach (var pair in values) merged[pair.Key] = pair.Value;
                target[section] = merged;
            }
        }
        catch (Exception)
        {
            // Data that cannot be copied is left out.
        }
    }

    const int MaxBreadcrumbs = 50;
    static readonly Queue<Dictionary<string, object?>> Breadcrumbs = new Queue<Dictionary<string, object?>>();

    /// <summary>Notes what the program did; the last 50 notes go with each report.</summary>
    public static void Breadcrumb(string message, IDictionary<string, object?>? data = null, string? category = null)
    {
        try
        {
            var crumb = new Dictionary<string, object?> { { "time", Now() }, { "message", Head(message ?? "", MaxStringChars) } };
            if (category != null) crumb["category"] = Head(category, 100);
            if (data != null) crumb["data"] = new Dictionary<string, object?>(data);
            lock (Breadcrumbs)
            {
                Breadcrumbs.Enqueue(crumb);
                if (Breadcrumbs.Count > MaxBreadcrumbs) Breadcrumbs.Dequeue();
            }
        }
        catch (Exception)
        {
            // A note is no reason to fail.
        }
    }

    /// <summary>
    /// For loggers: what is an error is reported, with its exception where there is one; what is less is noted as a breadcrumb. An
    /// exception that is logged and then goes on its way is reported once.
    /// </summary>
    public static void Logged(bool isError, string logger, string level, string message, Exception? error)
    {
        try
        {
            var client = current;
            if (client == null || inside) return;
            if (!isError)
            {
                Breadcrumb(message, null, logger);
                return;
            }
            var frames = LoggedMessage.OutsideOfLoggers(new StackTrace(true).GetFrames() ?? new StackFrame?[0]);
            var data = new Dictionary<string, object?> { { "logger", logger }, { "level", level } };
            if (error != null) data["message"] = message;
            var first = frames.Length == 0 ? null : frames[0];
            var place = first == null ? "" : first.ToString();
            client.Accept(error ?? new LoggedMessage(level, message, frames), data, null, "normal", "log " + place);
        }
        catch (Exception)
        {
            // A logger is no place to fail.
        }
    }

    /// <summary>A message that was logged without an exception, with the stack of who logged it.</summary>
    sealed class LoggedMessage : Exception
    {
        static readonly string[] Loggers = { "Microsoft.Extensions.Logging.", "Serilog.", "NLog.", "log4net.", "System.Diagnostics.Trace" };
        public readonly string Kind;
        public readonly StackFrame?[] Frames;

        public LoggedMessage(string level, string message, StackFrame?[] frames) : base(message)
        {
            Kind = "logging." + level;
            Frames = frames;
        }

        /// <summary>Of it the fingerprint is made.</summary>
        public override string StackTrace
        {
            get { return Kind + string.Join("\n", Array.ConvertAll(Frames, frame => frame == null ? "" : frame.ToString())); }
        }

        /// <summary>Behind the last call of a logger, among the calls in which one can stand.</summary>
        public static StackFrame?[] OutsideOfLoggers(StackFrame?[] frames)
        {
            var from = 0;
            for (var i = 0; i < frames.Length && i < 60; i++)
            {
                var frame = frames[i];
                var method = frame == null ? null : frame.GetMethod();
                var type = method == null || method.DeclaringType == null ? "" : method.DeclaringType.FullName ?? "";
                if (type == "Mayday" || type.StartsWith("Mayday+", StringComparison.Ordinal)) from = i + 1;
                foreach (var logger in Loggers) if (type.StartsWith(logger, StringComparison.Ordinal)) from = i + 1;
            }
            var outside = new StackFrame?[frames.Length - from];
            Array.Copy(frames, from, outside, 0, outside.Length);
            return outside;
        }
    }

    static string Now() { return DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture); }

    static readonly Random Chance = new Random();

    bool IsLeftOut(Exception error)
    {
        if (options.SampleRate < 1) lock (Chance) if (Chance.NextDouble() >= options.SampleRate) return true;
        if (options.Ignore.Count == 0) return false;
        var text = error.GetType().FullName + ": " + error.Message;
        foreach (var known in options.Ignore) if (!string.IsNullOrEmpty(known) && text.Contains(known)) return true;
        return false;
    }

    /// <summary>Tries at once to send whatever is waiting, within the set timeout; true when nothing is left.</summary>
    public static bool Flush()
    {
        var client = current;
        return client == null || client.Drain(Pass.Flush, client.options.TimeoutMs);
    }

    /// <summary>An action whose exception is reported and then thrown on, for schedulers that would bury it.</summary>
    public static Action Wrap(Action action)
    {
        return () =>
        {
            try
            {
                action();
            }
            catch (Exception error)
            {
                Report(error);
                throw;
            }
        };
    }

    /// <summary>The same for asynchronous work.</summary>
    public static Func<Task> Wrap(Func<Task> work)
    {
        return async () =>
        {
            try
            {
                await work().ConfigureAwait(false);
            }
            catch (Exception error)
            {
                Report(error);
                throw;
            }
        };
    }

    /// <summary>
    /// Reports what a task fails with, as soon as it fails; returns the very task. Without it a failure that nobody awaits is
    /// reported when the garbage collector finds the task. The failure then counts as observed.
    /// </summary>
    public static T Watch<T>(T task) where T : Task
    {
        try
        {
            task.ContinueWith(failed => Report(Unwrapped(failed.Exception!)), CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
        catch (Exception)
        {
            // A task that takes no more continuations.
        }
        return task;
    }

    /// <summary>ASP.NET Core: <c>app.Use((context, next) => Mayday.Guard(context, next));</c></summary>
    public static async Task Guard(object httpContext, Func<Task> next)
    {
        ScopeHere.Value = new Scope { Context = httpContext };
        try
        {
            await next().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            ReportRequest(error, httpContext, "guard");
            throw;
        }
    }

    /// <summary>OWIN: <c>app.Use(new Func&lt;AppFunc, AppFunc&gt;(Mayday.Owin));</c></summary>
    public static Func<IDictionary<string, object?>, Task> Owin(Func<IDictionary<string, object?>, Task> next)
    {
        return environment => Guard(environment, () => next(environment));
    }

    /// <summary>ASP.NET: in Global.asax, <c>public override void Init() { base.Init(); Mayday.Attach(this); }</c></summary>
    public static void Attach(object httpApplication)
    {
        try
        {
            EventHandler onError = (application, _) =>
            {
                var context = Get(application, "Context");
                var error = Get(context, "Error") as Exception;
                // What the pages of the application throw arrives wrapped.
                if (error != null && error.GetType().Name == "HttpUnhandledException" && error.InnerException != null) error = error.InnerException;
                if (error != null) ReportRequest(error, context, "application");
            };
            httpApplication.GetType().GetEvent("Error")!.AddEventHandler(httpApplication, onError);
        }
        catch (Exception)
        {
            // Not an HttpApplication.
        }
    }

    // ---- Handlers ---------------------------------------------------------------------------------------------------

    /// <summary>What Set adds during one request, and its context.</summary>
    sealed class Scope
    {
        public readonly Dictionary<string, Dictionary<string, object?>> Sections = new Dictionary<string, Dictionary<string, object?>>();
        public object? Context;
    }

    Mayday(Options options, string role)
    {
        this.options = options;
        this.role = role;
        secrets = new SecretRules(options.Secrets);
        foreach (var name in (Env("MAYDAY_VARIABLES") ?? "").Split(',')) if (name.Trim().Length > 0) options.Variables.Add(name.Trim());
        queue = new Queue(options);
    }

    void Install()
    {
        AppDomain.CurrentDomain.UnhandledException += OnUnhandled;
        TaskScheduler.UnobservedTaskException += OnUnobserved;
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        AppDomain.CurrentDomain.DomainUnload += OnExit;
    }

    void Uninstall()
    {
        AppDomain.CurrentDomain.UnhandledException -= OnUnhandled;
        TaskScheduler.UnobservedTaskException -= OnUnobserved;
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        AppDomain.CurrentDomain.DomainUnload -= OnExit;
    }

    void OnUnhandled(object? source, UnhandledExceptionEventArgs arguments)
    {
        var error = arguments.ExceptionObject as Exception;
        if (error != null) Accept(error, null, null, "major", "unhandled");
        if (error != null && IsOnlyHandlerOfMono()) PrintAsMono(error);
        // After this event the process is gone, in most runtimes without a ProcessExit.
        if (arguments.IsTerminating && session != null) session.Crashed = true;
        if (arguments.IsTerminating) Finish();
    }

    /// <summary>
    /// Mono leaves out the first half of what it prints as soon as anybody handles this event; .NET prints all of it always.
    /// </summary>
    static bool IsOnlyHandlerOfMono()
    {
        try
        {
            if (Type.GetType("Mono.Runtime") == null) return false;
            var field = typeof(AppDomain).GetField("UnhandledException", BindingFlags.Instance | BindingFlags.NonPublic);
            var handlers = field == null ? null : field.GetValue(AppDomain.CurrentDomain) as Delegate;
            return handlers != null && handlers.GetInvocationList().Length == 1;
        }
        catch (Exception)
        {
            return false;
        }
    }

    static void PrintAsMono(Exception error)
    {
        try
        {
            Console.Error.Write("\nUnhandled Exception:\n" + error + "\n");
        }
        catch (Exception)
        {
            // No console, or an exception that cannot be shown.
        }
    }

    void OnUnobserved(object? source, UnobservedTaskExceptionEventArgs arguments)
    {
        // Looked at, not marked as observed: that stays the application's decision.
        Accept(Unwrapped(arguments.Exception!), null, null, "major", "unobserved");
    }

    void OnExit(object? source, EventArgs arguments) { Finish(); }

    void Finish()
    {
        if (session != null) session.End();
        if (options.ExitMs > 0) Drain(Pass.Final, options.ExitMs);
        else WaitForWriter(250);
        queue.SaveDropped(null);
    }

    static Exception Unwrapped(AggregateException error)
    {
        return error.InnerExceptions.Count == 1 ? error.InnerExceptions[0] : error;
    }

    /// <summary>The scope of an async flow, or of the System.Web request on this thread.</summary>
    static Scope? CurrentScope()
    {
        if (ScopeHere.Value != null) return ScopeHere.Value;
        var context = SystemWebContext();
        var items = Get(context, "Items") as IDictionary;
        if (items == null) return null;
        var scope = items["mayday"] as Scope;
        if (scope == null) items["mayday"] = scope = new Scope { Context = context };
        return scope;
    }

    static object? SystemWebContext()
    {
        try
        {
            foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
            {
                if (assembly.GetName().Name != "System.Web") continue;
                var type = assembly.GetType("System.Web.HttpContext");
                var property = type == null ? null : type.GetProperty("Current");
                return property == null ? null : property.GetValue(null, null);
            }
        }
        catch (Exception)
        {
            // As if there were no web.
        }
        return null;
    }

    /// <summary>Collects on the calling thread; writing and sending happen on others.</summary>
    /// <summary>The first place outside of this class.</summary>
    static string Caller()
    {
        for (var depth = 1; depth < 12; depth++)
        {
            var frame = new StackFrame(depth, false);
            var method = frame.GetMethod();
            if (method == null) break;
            var type = method.DeclaringType;
            while (type != null && type.DeclaringType != null && type != typeof(Mayday)) type = type.DeclaringType;
            if (type != typeof(Mayday)) return method.Module.ModuleVersionId + ":" + method.MetadataToken + ":" + frame.GetILOffset();
        }
        return "";
    }

    /// <summary>What became of an exception that was reported.</summary>
    sealed class Seen
    {
        public readonly HashSet<string> Places = new HashSet<string>();
        public string? Fingerprint;
        public bool IsMajor;
    }

    /// <summary>False: the exception passes one more handler on its way out; it is one occurrence, and fatal when it ends the program.</summary>
    bool IsAnother(Exception error, string severity, string place, out string fingerprint)
    {
        var known = seen.GetValue(error, _ => new Seen());
        lock (known)
        {
            if (known.Fingerprint != null && known.Places.Add(place))
            {
                fingerprint = known.Fingerprint;
                if (severity != "major" || known.IsMajor) return false;
                known.IsMajor = true;
                var first = fingerprint;
                writer.Post(() => queue.Upgrade(first));
                return false;
            }
            // At the same place again, it was thrown again: a cached failure, say.
            known.Places.Clear();
            known.Places.Add(place);
            known.IsMajor = severity == "major";
            fingerprint = known.Fingerprint = Fingerprint(error);
            return true;
        }
    }

    void Accept(Exception error, IDictionary<string, object?>? data, object? httpContext, string severity, string place)
    {
        if (inside) return;
        inside = true;
        string? waiting = null;
        try
        {
            string fingerprint;
            if (!IsAnother(error, severity, place, out fingerprint) || IsLeftOut(error)) return;
            lock (unwritten)
            {
                // A flood of the same error costs one report and a counter.
                if (unwritten.ContainsKey(fingerprint))
                {
                    unwritten[fingerprint]++;
                    return;
                }
                if (unwritten.Count >= MaxWaiting)
                {
                    queue.Drop("queue_full");
                    return;
                }
                unwritten[fingerprint] = 1;
            }
            waiting = fingerprint;
            var report = Collect(error, data, httpContext, severity);
            Interlocked.Increment(ref accepted);
            if (session != null) Interlocked.Increment(ref session.Errors);
            waiting = null;
            try
            {
                writer.Post(() => Write(fingerprint, report));
            }
            catch (Exception)
            {
                // No thread is to be had: a crash that is worth a report too.
                Write(fingerprint, report);
            }
        }
        catch (Exception)
        {
            queue.Drop("failed");
        }
        finally
        {
            if (waiting != null) TakeCount(waiting);
            inside = false;
        }
    }

    int TakeCount(string fingerprint)
    {
        lock (unwritten)
        {
            int count;
            if (!unwritten.TryGetValue(fingerprint, out count)) return 1;
            unwritten.Remove(fingerprint);
            return count;
        }
    }

    void Write(string fingerprint, IDictionary<string, object?>? report)
    {
        inside = true;
        var counted = false;
        try
        {
            if (options.BeforeSend != null && report != null) report = options.BeforeSend(report);
            if (report == null) return;
            var id = Convert.ToString(report["occurrence_id"], CultureInfo.InvariantCulture) ?? "";
            string json;
            try
            {
                json = Bounded(report);
            }
            catch (InvalidOperationException)
            {
                queue.Drop("too_large");
                return;
            }
            if (options.Debug) Say("report " + json);
            // From here on a repeat is a report of its own, which is merged on disk.
            counted = true;
            if (!queue.Add(fingerprint, id, json, TakeCount(fingerprint), "major".Equals(report["severity"]))) return;
            var wait = queue.RepeatWaitMs(fingerprint);
            // Sent lately: it waits for its repeats, and only the first of them sets a timer.
            if (wait <= 0) Send(Pass.Normal, GraceMs);
            else if (queue.PlanRepeat(fingerprint)) Send(Pass.Normal, wait);
        }
        catch (Exception)
        {
            queue.Drop("failed");
        }
        finally
        {
            if (!counted) TakeCount(fingerprint);
            inside = false;
        }
    }

    // ---- Collecting -------------------------------------------------------------------------------------------------

    Dictionary<string, object?> Collect(Exception error, IDictionary<string, object?>? data, object? httpContext, string severity)
    {
        var scope = CurrentScope();
        if (httpContext == null && scope != null) httpContext = scope.Context;
        var report = new Dictionary<string, object?>
        {
            { "occurrence_id", Guid.NewGuid().ToString("D") }, { "language", "csharp" }, { "client_version", ClientVersion },
            { "role", role }, { "severity", severity }, { "time", Now() }, { "date", DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) },
        };
        var sources = new Dictionary<string, string[]?>();
        var stacktrace = new List<object?>();
        foreach (var cause in Chain(error)) stacktrace.Add(OneException(cause, sources));
        report["stacktrace"] = stacktrace;
        var host = Section("host", scope);
        if (!host.ContainsKey("id")) host["id"] = queue.Installation();
        if (!host.ContainsKey("hostname")) host["hostname"] = Environment.MachineName;
        report["host"] = host;
        var version = new Dictionary<string, object?>();
        if (options.Version != null) version["number"] = options.Version;
        if (options.VersionDetails != null) foreach (var pair in Texts(Plain(options.VersionDetails))) version[pair.Key] = pair.Value;
        foreach (var pair in Section("version", scope)) version[pair.Key] = pair.Value;
        AddIfAny(report, "version", version);
        AddIfAny(report, "user", Section("user", scope));
        AddIfAny(report, "account", Section("account", scope));
        AddIfAny(report, "configuration", Section("configuration", scope));
        AddIfAny(report, "tags", Section("tags", scope));
        var crumbs = new List<object?>();
        lock (Breadcrumbs) foreach (var crumb in Breadcrumbs) crumbs.Add(Plain(crumb));
        if (crumbs.Count > 0) report["breadcrumbs"] = crumbs;
        if (options.SampleRate < 1) report["sample_rate"] = options.SampleRate;
        var request = Section("request", scope);
        var variables = new Dictionary<string, object?>();
        if (httpContext != null)
        {
            var found = new Dictionary<string, object?>();
            ReadContext(httpContext, found, variables);
            foreach (var pair in Plain(found)) request[pair.Key] = pair.Value;
        }
        AddIfAny(report, "request", request);
        report["data"] = data == null ? new Dictionary<string, object?>() : Plain(data);
        var env = Section("env", scope);
        env["csharp_version"] = RuntimeInformation.FrameworkDescription;
        env["os_kernel_name"] = RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? "Windows" : RuntimeInformation.IsOSPlatform(OSPlatform.OSX) ? "Darwin" : "Linux";
        env["os_kernel_version"] = Environment.OSVersion.Version.ToString();
        env["cpu_arch"] = RuntimeInformation.ProcessArchitecture.ToString();
        env["cpu_count"] = Environment.ProcessorCount;
        if (!string.IsNullOrEmpty(Thread.CurrentThread.Name)) env["thread"] = Cut(Thread.CurrentThread.Name, 200);
        report["env"] = env;
        if (options.EnvironmentVariables)
        {
            foreach (var pair in Entries(Environment.GetEnvironmentVariables()))
            {
                var name = pair.Key as string;
                if (name != null && IsSent(name) && !variables.ContainsKey(name)) variables[name] = pair.Value;
            }
        }
        var environment = new Dictionary<string, object?>();
        if (variables.Count > 0) environment["variables"] = Plain(variables);
        if (options.EnvironmentName != null) environment["name"] = Cut(options.EnvironmentName, 200);
        AddIfAny(report, "environment", environment);
        report["ownership"] = options.Ownership ?? DefaultOwnership();
        return report;
    }

    /// <summary>The entry assembly, and the one into which this file was compiled, are the application.</summary>
    static IDictionary<string, object?> DefaultOwnership()
    {
        var modules = new List<object?>();
        foreach (var prefix in new[] { "mscorlib", "netstandard", "System", "Microsoft", "Mono", "WindowsBase", "PresentationCore", "PresentationFramework" })
        {
            modules.Add(new Dictionary<string, object?> { { "module_prefix", prefix }, { "kind", "external" } });
        }
        var own = typeof(Mayday).Assembly.GetName().Name;
        var entry = Assembly.GetEntryAssembly();
        modules.Add(new Dictionary<string, object?> { { "module_prefix", own }, { "kind", "application" } });
        if (entry != null && entry.GetName().Name != own) modules.Add(new Dictionary<string, object?> { { "module_prefix", entry.GetName().Name }, { "kind", "application" } });
        return new Dictionary<string, object?> { { "modules", modules } };
    }

    static IEnumerable<DictionaryEntry> Entries(IDictionary map)
    {
        var each = map.GetEnumerator();
        while (each.MoveNext()) yield return each.Entry;
    }

    /// <summary>Root cause first, each exception once.</summary>
    static List<Exception> Chain(Exception error)
    {
        var chain = new List<Exception>();
        for (var cause = error; cause != null && chain.Count < 1000 && !Contains(chain, cause); cause = cause.InnerException) chain.Add(cause);
        // Of a chain that is too long, the root and the outermost exceptions are worth most.
        if (chain.Count > MaxCauses) chain.RemoveRange(MaxCauses / 2, chain.Count - MaxCauses);
        chain.Reverse();
        return chain;
    }

    static bool Contains(List<Exception> chain, Exception error)
    {
        foreach (var one in chain) if (ReferenceEquals(one, error)) return true;
        return false;
    }

    Dictionary<string, object?> OneException(Exception error, Dictionary<string, string[]?> sources)
    {
        var logged = error as LoggedMessage;
        var kind = logged != null ? logged.Kind : error.GetType().FullName ?? error.GetType().Name;
        var one = new Dictionary<string, object?> { { "kind", Cut(kind, 500) } };
        string message;
        try
        {
            message = error.Message ?? "";
        }
        catch (Exception broken)
        {
            message = "(Message threw " + broken.GetType().FullName + ")";
        }
        one["message"] = secrets.Safe(message, MaxMessageChars);
        var data = new Dictionary<string, object?>();
        try
        {
            foreach (var pair in Entries(error.Data))
            {
                if (data.Count < MaxEntries) data[Convert.ToString(pair.Key, CultureInfo.InvariantCulture) ?? ""] = pair.Value;
            }
        }
        catch (Exception)
        {
            // Some exceptions override Data.
        }
        data = Plain(data);
        var aggregate = error as AggregateException;
        if (aggregate != null && aggregate.InnerExceptions.Count > 1)
        {
            // The first one is in the chain.
            var others = new List<object?>();
            for (var i = 1; i < aggregate.InnerExceptions.Count && i <= 10; i++)
            {
                others.Add(secrets.Safe(aggregate.InnerExceptions[i].GetType().FullName + ": " + aggregate.InnerExceptions[i].Message, MaxStringChars));
            }
            data["other_exceptions"] = others;
        }
        var frames = logged != null ? logged.Frames : new StackTrace(error, true).GetFrames() ?? new StackFrame?[0];
        var locations = new List<object?>();
        for (var i = 0; i < frames.Length; i++)
        {
            if (frames.Length > MaxFrames && i >= MaxFrames / 2 && i < frames.Length - MaxFrames / 2) continue;
            locations.Add(Location(frames[i], sources));
        }
        if (frames.Length > MaxFrames) data["frames_omitted"] = frames.Length - MaxFrames;
        AddIfAny(one, "data", data);
        one["locations"] = locations;
        return one;
    }

    Dictionary<string, object?> Location(StackFrame? frame, Dictionary<string, string[]?> sources)
    {
        var location = new Dictionary<string, object?>();
        var method = frame == null ? null : frame.GetMethod();
        var type = method == null ? null : method.DeclaringType;
        if (type != null)
        {
            var full = type.FullName ?? type.Name;
            // Arguments of generic types carry assembly versions.
            var generic = full.IndexOf("[[", StringComparison.Ordinal);
            if (generic > 0) full = full.Substring(0, generic);
            if (!string.IsNullOrEmpty(type.Namespace))
            {
                location["package"] = Cut(type.Namespace, 500);
                if (full.StartsWith(type.Namespace + ".", StringComparison.Ordinal)) full = full.Substring(type.Namespace.Length + 1);
            }
            location["class"] = Cut(full, 500);
            location["module"] = Cut(type.Assembly.GetName().Name ?? "", 500);
        }
        if (method != null) location["method"] = Cut(method.Name, 500);
        string? file = null;
        try
        {
            file = frame == null ? null : frame.GetFileName();
        }
        catch (Exception)
        {
            // Not permitted to know paths.
        }
        var line = frame == null ? 0 : Math.Max(0, frame.GetFileLineNumber());
        location["line"] = string.IsNullOrEmpty(file) ? 0 : line;
        if (!string.IsNullOrEmpty(file))
        {
            location["absolute_file"] = Cut(file, 1000);
            var around = Around(file, line, sources);
            if (around != null) location["source"] = around;
        }
        return location;
    }

    /// <summary>2n + 1 lines with the given 1-based line in the middle; places before the first and after the last are empty.</summary>
    List<object?>? Around(string file, int line, Dictionary<string, string[]?> sources)
    {
        string[]? lines;
        if (!sources.TryGetValue(file, out lines))
        {
            try
            {
                var info = new FileInfo(file);
                if (info.Exists && info.Length <= MaxSourceBytes) lines = Regex.Split(File.ReadAllText(file), "\r\n|\r|\n");
            }
            catch (Exception)
            {
                // Built elsewhere: no source, no lines.
            }
            sources[file] = lines;
        }
        if (lines == null || line < 1 || line > lines.Length) return null;
        var result = new List<object?>();
        for (var i = line - SourceContext; i <= line + SourceContext; i++)
        {
            result.Add(i >= 1 && i <= lines.Length ? secrets.SourceLine(lines[i - 1]) : "");
        }
        return result;
    }

    /// <summary>Global data of a section under this request's, cleaned.</summary>
    Dictionary<string, object?> Section(string name, Scope? scope)
    {
        var result = new Dictionary<string, object?>();
        lock (sections)
        {
            if (sections.ContainsKey(name)) foreach (var pair in sections[name]) result[pair.Key] = pair.Value;
        }
        if (scope != null)
        {
            lock (scope.Sections)
            {
                if (scope.Sections.ContainsKey(name)) foreach (var pair in scope.Sections[name]) result[pair.Key] = pair.Value;
            }
        }
        return name == "host" || name == "user" || name == "account" || name == "version" ? Texts(Plain(result)) : Plain(result);
    }

    /// <summary>The keys that the API knows are texts, and ids are often numbers or GUIDs.</summary>
    static Dictionary<string, object?> Texts(Dictionary<string, object?> section)
    {
        foreach (var key in new[] { "id", "hostname", "name", "email", "url", "number", "revision", "build", "edition" })
        {
            object? value;
            if (section.TryGetValue(key, out value) && value is ValueType) section[key] = Convert.ToString(value, CultureInfo.InvariantCulture);
        }
        return section;
    }

    Dictionary<string, object?> Plain(IEnumerable<KeyValuePair<string, object?>> values)
    {
        var left = MaxValues;
        var result = new Dictionary<string, object?>();
        try
        {
            foreach (var pair in values)
            {
                if (result.Count >= MaxEntries)
                {
                    result["..."] = "(more)";
                    break;
                }
                result[Cut(pair.Key ?? "null", 200)] = Clean(pair.Key ?? "", pair.Value, 1, ref left);
            }
        }
        catch (Exception broken)
        {
            result["..."] = "(reading it threw " + broken.GetType().FullName + ")";
        }
        return result;
    }

    /// <summary>Bounded, filtered copy that holds only maps, lists, strings, numbers and booleans.</summary>
    object? Clean(string name, object? value, int depth, ref int left)
    {
        if (name.StartsWith("C_", StringComparison.Ordinal) || secrets.IsSecret(name)) return SecretRules.Hidden(value);
        if (--left < 0) return "(more)";
        try
        {
            if (value == null || value is bool || value is int || value is long || value is short || value is byte || value is uint || value is ulong || value is decimal) return value;
            if (value is double || value is float)
            {
                var number = Convert.ToDouble(value);
                return double.IsNaN(number) || double.IsInfinity(number) ? (object)number.ToString(CultureInfo.InvariantCulture) : number;
            }
            var text = value as string;
            if (text != null && name.EndsWith("QUERY_STRING", StringComparison.Ordinal)) return Cut(secrets.Text(Head(text, 4 * MaxStringChars), "query", 0), MaxStringChars);
            if (text != null) return secrets.Safe(text, MaxStringChars);
            var map = value as IDictionary;
            var items = value as IEnumerable;
            if (items != null && depth >= MaxDepth) return "(too deep)";
            if (map != null)
            {
                var result = new Dictionary<string, object?>();
                foreach (var pair in Entries(map))
                {
                    if (result.Count >= MaxEntries)
                    {
                        result["..."] = "(more)";
                        break;
                    }
                    var key = Cut(Convert.ToString(pair.Key, CultureInfo.InvariantCulture) ?? "", 200);
                    result[key] = Clean(key, pair.Value, depth + 1, ref left);
                }
                return result;
            }
            // Only what lies in memory: enumerating a query would run it.
            if (items is ICollection) return CleanList(items, depth, ref left);
            var formattable = value as IFormattable;
            return secrets.Safe(formattable != null ? formattable.ToString(null, CultureInfo.InvariantCulture) : value.ToString() ?? "", MaxStringChars);
        }
        catch (Exception broken)
        {
            // A ToString or an enumerator of the application's own which fails must not cost the report.
            return "(reading it threw " + broken.GetType().FullName + ")";
        }
    }

    /// <summary>A list; one of pairs is read by their names, one of a command's arguments by its options.</summary>
    List<object?> CleanList(IEnumerable list, int depth, ref int left)
    {
        var items = new List<object?>();
        foreach (var item in list)
        {
            items.Add(item);
            if (items.Count > MaxItems) break;
        }
        var more = items.Count > MaxItems;
        if (more) items.RemoveAt(MaxItems);
        var pairs = items.Count > 0 && items.TrueForAll(item => SecretRules.Pair(item) != null);
        var result = new List<object?>();
        var before = "";
        foreach (var item in items)
        {
            var pair = pairs ? SecretRules.Pair(item) : null;
            if (pair != null)
            {
                result.Add(new List<object?> { pair.Value.Key, Clean(pair.Value.Key, pair.Value.Value, depth + 1, ref left) });
                continue;
            }
            var hidden = secrets.Argument(item, ref before);
            result.Add(hidden != null ? Cut(hidden, MaxStringChars) : Clean("", item, depth + 1, ref left));
        }
        if (more) result.Add("(more)");
        return result;
    }

    /// <summary>What becomes of a value in a report; for tests.</summary>
    internal static object? Cleaned(object? value, IEnumerable<string> more)
    {
        var options = new Options { Account = "none", Product = "none", QueueDir = Path.Combine(Path.GetTempPath(), "mayday-none") };
        foreach (var name in more) options.Secrets.Add(name);
        var left = MaxValues;
        return new Mayday(options, "customer").Clean("", value, 0, ref left);
    }

    // What tells where a program runs and how it was started. All others are left out: every secret of a service may be one.
    static readonly HashSet<string> SentVariables = SecretRules.Words("LANG LANGUAGE TZ TERM SHELL PATH PWD HOSTNAME COMPUTERNAME OS"
        + " PROCESSOR_ARCHITECTURE CI DYNO KUBERNETES_SERVICE_HOST K_SERVICE K_REVISION FUNCTION_NAME WEBSITE_SITE_NAME AWS_REGION"
        + " AWS_DEFAULT_REGION AWS_LAMBDA_FUNCTION_NAME AWS_EXECUTION_ENV FLY_REGION FLY_APP_NAME MAYDAY_PRODUCT MAYDAY_ACCOUNT MAYDAY_ROLE"
        + " MAYDAY_VERSION MAYDAY_ENVIRONMENT APP_ENV ENVIRONMENT ASPNETCORE_ENVIRONMENT DOTNET_ENVIRONMENT DOTNET_VERSION");

    bool IsSent(string name)
    {
        if (SentVariables.Contains(name) || name.StartsWith("LC_", StringComparison.Ordinal)) return true;
        foreach (var more in options.Variables)
        {
            if (name == more || more.EndsWith("*", StringComparison.Ordinal) && name.StartsWith(more.Substring(0, more.Length - 1), StringComparison.Ordinal)) return true;
        }
        return false;
    }

    static string Head(string text, int most) { return text.Length <= most ? text : text.Substring(0, most); }

    /// <summary>
    /// Secrets, by the rules of the server, which testdata/privacy-vectors.json shows by example: told by their names, and by what
    /// texts show.
    /// </summary>
    internal sealed class SecretRules
    {
        static readonly HashSet<string> Always = Words("password passwords passwd passphrase pwd pass pw secret secrets token tokens auth"
            + " authorization authentication authenticate cookie cookies session sessions sessionid sessid phpsessid jsessionid sid card cards"
            + " cardnumber creditcard cvv cvc iban key keys apikey accesskey secretkey privatekey credential credentials creds csrf xsrf"
            + " csrftoken jwt bearer otp mfa totp pin ssn signature dsn connectionstring mysqlpwd pgpassword sig");
        static readonly HashSet<string> Pairs = Words("ccnumber ccnum creditnumber");
        // In running text "key" and "session" say too little.
        static readonly HashSet<string> StrictWords = Words("password passwd passphrase pwd pw secret token authorization apikey accesskey secretkey"
            + " privatekey credential credentials cookie csrftoken jwt cvv cvc sessionid sessid phpsessid jsessionid pgpassword mysqlpwd");
        static readonly HashSet<string> StrictPairs = Words("apikey accesskey secretkey privatekey sessionid cardnumber creditcard accountkey"
            + " masterkey signingkey encryptionkey ccnumber");
        static readonly HashSet<string> Harmless = Words("public_key publickey auth_type key_type token_type");
        const RegexOptions Plain = RegexOptions.CultureInvariant | RegexOptions.ECMAScript;
        const RegexOptions Ordinary = RegexOptions.CultureInvariant;
        const RegexOptions AnyCase = RegexOptions.CultureInvariant | RegexOptions.IgnoreCase;
        static readonly Regex Glued = new Regex("passw(?:or)?d|passphrase|(?:secret|token|apikey|cookie|credential)s?$", Ordinary);
        static readonly Regex Camel = new Regex("([a-z0-9])([A-Z])", Ordinary);
        static readonly Regex NoWord = new Regex("[^a-z0-9\u0080-\uffff]+", Ordinary);
        // One look that most texts end with.
        // What a line of a program holds between quotes is text.
        static readonly Regex Literal = new Regex("\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)*'|`(?:[^`\\\\]|\\\\.)*`");
        static readonly Regex Escaped = new Regex("\\\\([\"'`\\\\])");
        static readonly Regex WorthLooking = new Regex("[?&;][\\w.\\[\\]%-]{1,60}=|://[^\\s]{1,300}@|(?:^|\\s)-p|pass|pw|secret|token|auth|cookie|key"
            + "|credential|sess(?:ion)?.?id|bearer|basic |jwt|cvv|cvc|eyJ|AKIA|ASIA|AIza|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk[_-]|rk_live"
            + "|sntry[su]_|npm_|[3-6]\\d{3}[\\d -]{9}", AnyCase);
        static readonly Regex Query = new Regex("([?&;])([A-Za-z0-9_.\\[\\]%-]{1,60})=([^&;#\\s\"'<>\\\\)]{1,4000})", Ordinary);
        static readonly Regex WholeQuery = new Regex("([?&;])([A-Za-z0-9_.\\[\\]%-]{1,60})=([^&;#]+)", Ordinary);
        static readonly Regex[] Credentials =
        {
            new Regex("(://[^/\\s:@?#\"']{0,100}):([^/\\s?#\"']{1,200})@", Ordinary),
            new Regex("(://[^/\\s:@?#\"']{0,100}):(?![0-9]{1,5}(?:[/?#]|$))(?=[^\\s?#\"'@/]{0,200}/)([^\\s?#\"'@]{1,200})@", Ordinary),
        };
        static readonly Regex Option = new Regex("(^|\\s)(--?)([A-Za-z][\\w.-]{1,60})([ \\t]{1,3})(?!-)([^\\s\"'`;|&]{1,400})", Ordinary);
        // mysql, sshpass and docker login call their password -p; ports, folders and words are no mix of letters and digits.
        static readonly Regex ShortOption = new Regex("(^|\\s)(-p[ \\t]{0,3})(?![-./~])(?=\\S{0,60}[A-Za-z])(?=\\S{0,60}[0-9])([^\\s\"'`;|&]{4,400})", Ordinary);
        static readonly Regex Assigned = new Regex("([\"'`]?)([A-Za-z_][\\w.-]{0,60})([\"'`]?\\]?)(\\s{0,3}(?:=>|:=|[:=])\\s{0,3})", Ordinary);
        static readonly Regex HeaderLine = new Regex("^([A-Za-z][A-Za-z0-9-]{1,60}):[ \\t]{0,3}(\\S[^\\r\\n]{0,4000})\r?$", Ordinary | RegexOptions.Multiline);
        static readonly Regex Header = new Regex("^(?:(?:proxy-)?authorization|(?:set-)?cookie2?)$", AnyCase);
        static readonly Regex[] Tokens =
        {
            new Regex("\\beyJ[\\w-]{8,2000}\\.[\\w-]{4,4000}(?:\\.[\\w-]{0,2000})?", Plain),
            // "Basic validation" is prose: a credential has a digit, a sign or padding in it.
            new Regex("\\b(?:Bearer|Basic)[ ]{1,3}(?=[A-Za-z~+/-]{0,200}[0-9._=])[A-Za-z0-9._~+/=-]{6,4000}", AnyCase),
            new Regex("\\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\\w{20,255}|glpat-[\\w-]{16,64}|npm_[A-Za-z0-9]{30,60})\\b", Plain),
            new Regex("\\b(?:sk|rk|pk)_live_[A-Za-z0-9]{10,128}\\b", Plain),
            new Regex("\\bsk-[A-Za-z0-9_-]{20,200}\\b", Plain),
            new Regex("\\bxox[abprs]-[A-Za-z0-9-]{10,200}\\b", Plain),
            new Regex("\\b(?:AKIA|ASIA)[0-9A-Z]{16}\\b", Plain),
            new Regex("\\bAIza[\\w-]{35}\\b", Plain),
            new Regex("\\bsntry[su]_[A-Za-z0-9_=+/-]{20,500}", Plain),
            new Regex("-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,10000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?", Ordinary),
        };
        static readonly Regex Card = new Regex("(?<![A-Za-z0-9_.-])[3-6][0-9]{3}(?:[ -]?[0-9]){9,12}(?![A-Za-z0-9_-]|\\.[0-9])", Ordinary);
        static readonly Regex Mixed = new Regex("^(?=[^\\s\"'`]{0,60}[A-Za-z])(?=[^\\s\"'`]{0,60}[0-9])[^\\s\"'`()\\[\\]{}<>]{6,}", Ordinary);
        static readonly Regex ShortMixed = new Regex("^(?![-./~])(?=.*[A-Za-z])(?=.*[0-9]).{4}", Ordinary | RegexOptions.Singleline);
        static readonly Regex NoLiteral = new Regex("^(?:null|none|nil|undefined|true|false|=.*)$", AnyCase | RegexOptions.Singleline);
        static readonly Regex Word = new Regex("\\G[^\\s,;&)}\\]\"']{1,4000}", Ordinary);
        static readonly Regex ArgumentName = new Regex("^(--?[A-Za-z][\\w.-]{0,60}|[A-Za-z_][A-Za-z0-9_]{1,60})(?:=(.*))?$", Ordinary | RegexOptions.Singleline);
        const int MaxInnerJson = 64 * 1024;

        readonly List<string> more = new List<string>();
        readonly Dictionary<string, bool> known = new Dictionary<string, bool>();

        public SecretRules(IEnumerable<string> more)
        {
            foreach (var name in more) if (!string.IsNullOrEmpty(name)) this.more.Add(name.ToLowerInvariant());
        }

        public static HashSet<string> Words(string text) { return new HashSet<string>(text.Split(' ')); }

        public bool IsSecret(string name)
        {
            if (name.Length == 0) return false;
            lock (known)
            {
                bool found;
                if (known.TryGetValue(name, out found)) return found;
                if (known.Count > 5000) known.Clear();
                return known[name] = Has(name, Always, Pairs);
            }
        }

        bool IsSecretInText(string name) { return Has(name, StrictWords, StrictPairs); }

        bool Has(string name, HashSet<string> single, HashSet<string> pairs)
        {
            name = Head(name, 200);
            var lower = name.ToLowerInvariant();
            if (Harmless.Contains(lower) || name == "PWD" || name == "OLDPWD") return false;
            var words = NoWord.Split(Camel.Replace(name, "$1 $2").ToLowerInvariant());
            for (var i = 0; i < words.Length; i++)
            {
                var plain = words[i].TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
                if (single.Contains(plain) || Glued.IsMatch(plain)) return true;
                if (pairs.Contains(words[i] + (i + 1 < words.Length ? words[i + 1] : ""))) return true;
            }
            foreach (var own in more) if (lower.Contains(own)) return true;
            return false;
        }

        /// <summary>What stands in the place of a secret; nothing, yes and no, and an empty text are none.</summary>
        public static object? Hidden(object? value)
        {
            var map = value as IDictionary;
            var none = value == null || value is bool || "".Equals(value) || map != null && map.Count == 0;
            return none ? value : Filtered;
        }

        /// <summary>The two parts of a pair whose first can be a name, or null.</summary>
        public static KeyValuePair<string, object?>? Pair(object? value)
        {
            string? name = null;
            object? second = null;
            var list = value as IList;
            if (list != null && list.Count == 2)
            {
                name = list[0] as string;
                second = list[1];
            }
            if (value is KeyValuePair<string, string>)
            {
                name = ((KeyValuePair<string, string>)value).Key;
                second = ((KeyValuePair<string, string>)value).Value;
            }
            if (value is KeyValuePair<string, object?>)
            {
                name = ((KeyValuePair<string, object?>)value).Key;
                second = ((KeyValuePair<string, object?>)value).Value;
            }
            if (name == null || name.Length > 100 || name.StartsWith("-", StringComparison.Ordinal)) return null;
            foreach (var c in name) if (char.IsWhiteSpace(c)) return null;
            return new KeyValuePair<string, object?>(name, second);
        }

        /// <summary>The next argument of a command without its secret, null where it has none; before is the option that waits for its value.</summary>
        public string? Argument(object? item, ref string before)
        {
            var waiting = before;
            before = "";
            var text = item as string;
            if (text == null) return null;
            if (waiting.Length > 0 && !text.StartsWith("-", StringComparison.Ordinal) && IsSecret(waiting) || waiting == "p" && ShortMixed.IsMatch(text))
            {
                return text.Length == 0 ? text : Filtered;
            }
            var option = ArgumentName.Match(text);
            if (!option.Success) return null;
            var name = option.Groups[1].Value.TrimStart('-');
            if (option.Groups[2].Success) return IsSecret(name) ? option.Groups[1].Value + "=" + Hidden(option.Groups[2].Value) : null;
            if (text.StartsWith("-", StringComparison.Ordinal)) before = name;
            return null;
        }

        public string SourceLine(string line) { return Cut(Text(Head(line, 4 * MaxSourceLineChars), "source", 0), MaxSourceLineChars); }

        /// <summary>A text of bounded length; one that is JSON itself is looked into.</summary>
        public string Safe(string text, int most)
        {
            if (text.Length >= 4 && text.Length <= MaxInnerJson)
            {
                var trimmed = text.Trim();
                if (trimmed.StartsWith("{", StringComparison.Ordinal) || trimmed.StartsWith("[", StringComparison.Ordinal))
                {
                    object? parsed;
                    if (new JsonReader(trimmed).TryRead(out parsed))
                    {
                        var changed = false;
                        var after = Inner(parsed, ref changed);
                        return Cut(changed ? Json(after) : text, most);
                    }
                }
            }
            return Cut(Text(Head(text, 2 * most), "text", 0), most);
        }

        object? Inner(object? value, ref bool changed)
        {
            var text = value as string;
            if (text != null)
            {
                var after = Safe(text, MaxMessageChars);
                changed |= after != text;
                return after;
            }
            var map = value as Dictionary<string, object?>;
            if (map != null)
            {
                var result = new Dictionary<string, object?>();
                foreach (var pair in map) result[pair.Key] = InnerNamed(pair.Key, pair.Value, ref changed);
                return result;
            }
            var list = value as List<object?>;
            if (list == null) return value;
            var pairs = list.Count > 0 && list.TrueForAll(item => Pair(item) != null);
            var items = new List<object?>();
            foreach (var item in list)
            {
                var pair = pairs ? Pair(item) : null;
                if (pair != null) items.Add(new List<object?> { pair.Value.Key, InnerNamed(pair.Value.Key, pair.Value.Value, ref changed) });
                else items.Add(Inner(item, ref changed));
            }
            return items;
        }

        object? InnerNamed(string name, object? value, ref bool changed)
        {
            if (!IsSecret(name)) return Inner(value, ref changed);
            var after = Hidden(value);
            changed |= !ReferenceEquals(after, value);
            return after;
        }

        /// <summary>A text without its secrets. kind: text, query (a=b&amp;c=d) or source (a line of a program).</summary>
        public string Text(string text, string kind, int level)
        {
            var isQuery = kind == "query";
            if (!isQuery && !WorthLooking.IsMatch(text)) return text;
            var result = (isQuery ? WholeQuery : Query).Replace(isQuery ? "&" + text : text, found => QueryPart(found, level));
            if (isQuery) result = result.Substring(1);
            foreach (var pattern in Credentials)
            {
                result = pattern.Replace(result, found => found.Groups[2].Value.Contains(Filtered) ? found.Value : found.Groups[1].Value + ":" + Filtered + "@");
            }
            foreach (var pattern in Tokens) result = pattern.Replace(result, found => found.Value.Contains(Filtered) ? found.Value : Filtered);
            result = Card.Replace(result, found => IsCard(found.Value) ? Filtered : found.Value);
            var isText = kind == "text";
            if (isText)
            {
                result = HeaderLine.Replace(result, found =>
                {
                    var name = found.Groups[1].Value;
                    var told = Header.IsMatch(name) || name.Contains("-") && IsSecretInText(name);
                    return told && !found.Groups[2].Value.StartsWith(Filtered, StringComparison.Ordinal) ? name + ": " + Filtered : found.Value;
                });
            }
            result = WithoutAssigned(result, kind == "source");
            if (kind == "source") return Literal.Replace(result, found => WithoutSecrets(found.Value, level));
            if (!isText) return result;
            result = Option.Replace(result, found => !found.Groups[5].Value.Contains(Filtered) && IsSecret(found.Groups[3].Value)
                ? found.Groups[1].Value + found.Groups[2].Value + found.Groups[3].Value + found.Groups[4].Value + Filtered : found.Value);
            return ShortOption.Replace(result, found => found.Groups[3].Value.Contains(Filtered) ? found.Value : found.Groups[1].Value + found.Groups[2].Value + Filtered);
        }

        string WithoutSecrets(string literal, int level)
        {
            var mark = literal.Substring(0, 1);
            var plain = Escaped.Replace(literal.Substring(1, literal.Length - 2), "$1");
            var after = Text(plain, "text", level);
            return after == plain ? literal : mark + after.Replace(mark, "\\" + mark) + mark;
        }

        string QueryPart(Match found, int level)
        {
            var name = found.Groups[2].Value;
            var value = found.Groups[3].Value;
            if (value == Filtered) return found.Value;
            if (IsSecret(Uri.UnescapeDataString(name))) return found.Groups[1].Value + name + "=" + Filtered;
            if (level == 2 || value.IndexOf('%') < 0) return found.Value;
            var plain = Uri.UnescapeDataString(value);
            var inner = Text(plain, "text", level + 1);
            if (inner == plain) return found.Value;
            var parts = Regex.Split(inner, Regex.Escape(Filtered));
            return found.Groups[1].Value + name + "=" + string.Join(Filtered, Array.ConvertAll(parts, Uri.EscapeDataString));
        }

        string WithoutAssigned(string text, bool literalsOnly)
        {
            var result = new StringBuilder();
            var done = 0;
            for (var found = Assigned.Match(text); found.Success;)
            {
                var at = found.Index + found.Length;
                var operation = found.Groups[4].Value;
                var isProse = operation.Contains(":") && !operation.Contains("=") && found.Groups[1].Length == 0 && found.Groups[3].Length == 0;
                // `word: text` without quotes is prose, unless the text is no word ("password: hunter2").
                if (IsSecretInText(found.Groups[2].Value) && (!isProse || Mixed.IsMatch(text.Substring(at, Math.Min(100, text.Length - at)))))
                {
                    int from, to;
                    ValueAt(text, at, literalsOnly, out from, out to);
                    if (to > from && text.Substring(from, to - from) != Filtered)
                    {
                        result.Append(text, done, from - done).Append(Filtered);
                        done = at = Math.Max(at, to);
                    }
                }
                found = Assigned.Match(text, at);
            }
            return done == 0 ? text : result.Append(text, done, text.Length - done).ToString();
        }

        /// <summary>Where the value that begins here stands: a quoted literal, else what comes before the next space or separator.</summary>
        static void ValueAt(string text, int at, bool literalsOnly, out int from, out int to)
        {
            from = to = at;
            if (at >= text.Length || string.CompareOrdinal(text, at, Filtered, 0, Filtered.Length) == 0) return;
            var mark = text[at];
            if (mark == '"' || mark == '\'' || mark == '`')
            {
                var end = at + 1;
                while (end < text.Length && end - at < 4000 && text[end] != mark) end += text[end] == '\\' ? 2 : 1;
                from = at + 1;
                to = Math.Min(end, text.Length);
                return;
            }
            var word = literalsOnly ? Match.Empty : Word.Match(text, at);
            if (word.Success && !NoLiteral.IsMatch(word.Value)) to = at + word.Length;
        }

        /// <summary>The check digit of ISO/IEC 7812 (Luhn).</summary>
        static bool IsCard(string text)
        {
            var sum = 0;
            var place = 0;
            for (var i = text.Length - 1; i >= 0; i--)
            {
                if (!char.IsDigit(text[i])) continue;
                var digit = (text[i] - '0') * (place++ % 2 + 1);
                sum += digit > 9 ? digit - 9 : digit;
            }
            return sum % 10 == 0;
        }
    }

    /// <summary>Reads JSON that stands inside of a text: maps, lists, texts, numbers, booleans and null.</summary>
    internal sealed class JsonReader
    {
        readonly string text;
        int at;

        public JsonReader(string text) { this.text = text; }

        /// <summary>False where the text is not JSON as a whole.</summary>
        public bool TryRead(out object? value)
        {
            value = null;
            try
            {
                value = Read(0);
                Space();
                return at == text.Length;
            }
            catch (Exception)
            {
                return false;
            }
        }

        object? Read(int depth)
        {
            if (depth > 60) throw new FormatException();
            Space();
            if (text[at] == '{')
            {
                var map = new Dictionary<string, object?>();
                for (at++, Space(); text[at] != '}'; Space())
                {
                    if (map.Count > 0) Expect(',');
                    Space();
                    var name = ReadText();
                    Space();
                    Expect(':');
                    map[name] = Read(depth + 1);
                }
                at++;
                return map;
            }
            if (text[at] == '[')
            {
                var list = new List<object?>();
                for (at++, Space(); text[at] != ']'; Space())
                {
                    if (list.Count > 0) Expect(',');
                    list.Add(Read(depth + 1));
                }
                at++;
                return list;
            }
            if (text[at] == '"') return ReadText();
            var from = at;
            while (at < text.Length && "+-.eE0123456789aflnrstu".IndexOf(text[at]) >= 0) at++;
            var word = text.Substring(from, at - from);
            if (word == "null") return null;
            if (word == "true" || word == "false") return word == "true";
            long whole;
            if (long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out whole)) return whole;
            return double.Parse(word, NumberStyles.Float, CultureInfo.InvariantCulture);
        }

        string ReadText()
        {
            Expect('"');
            var result = new StringBuilder();
            for (; text[at] != '"'; at++)
            {
                if (text[at] != '\\')
                {
                    result.Append(text[at]);
                    continue;
                }
                var code = "bfnrt".IndexOf(text[++at]);
                if (text[at] == 'u')
                {
                    result.Append((char)int.Parse(text.Substring(at + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                    at += 4;
                }
                else
                {
                    result.Append(code < 0 ? text[at] : "\b\f\n\r\t"[code]);
                }
            }
            at++;
            return result.ToString();
        }

        void Space()
        {
            while (at < text.Length && " \t\r\n".IndexOf(text[at]) >= 0) at++;
        }

        void Expect(char wanted)
        {
            if (text[at++] != wanted) throw new FormatException();
        }
    }

    // ---- Requests, by the names of their properties: this file knows no web framework ------------------------------

    static void ReadContext(object context, Dictionary<string, object?> found, Dictionary<string, object?> variables)
    {
        var owin = context as IDictionary<string, object?>;
        if (owin != null)
        {
            ReadOwin(owin, found, variables);
            return;
        }
        var request = Get(context, "Request");
        if (request == null) return;
        var server = Get(request, "ServerVariables") as System.Collections.Specialized.NameValueCollection;
        if (server != null)
        {
            // System.Web hands out the CGI variables themselves. ALL_RAW and ALL_HTTP repeat every header, unfiltered.
            foreach (var name in server.AllKeys)
            {
                if (name != null && name != "ALL_RAW" && name != "ALL_HTTP" && !string.IsNullOrEmpty(server[name])) variables[name] = server[name];
            }
            AddCollection(found, "G_", Get(request, "QueryString"));
            AddCollection(found, "P_", Get(request, "Form"));
            var cookies = Get(request, "Cookies");
            foreach (var name in Get(cookies, "AllKeys") as string[] ?? new string[0]) found["C_" + name] = Filtered;
            return;
        }
        variables["REQUEST_METHOD"] = Text(Get(request, "Method"));
        variables["SCRIPT_NAME"] = Text(Get(request, "PathBase"));
        variables["PATH_INFO"] = Text(Get(request, "Path"));
        variables["QUERY_STRING"] = Text(Get(request, "QueryString")).TrimStart('?');
        variables["REQUEST_URI"] = Text(Get(request, "PathBase")) + Text(Get(request, "Path")) + Text(Get(request, "QueryString"));
        variables["SERVER_PROTOCOL"] = Text(Get(request, "Protocol"));
        variables["REQUEST_SCHEME"] = Text(Get(request, "Scheme"));
        variables["SERVER_NAME"] = Text(Get(request, "Host"));
        variables["REMOTE_ADDR"] = Text(Get(Get(context, "Connection"), "RemoteIpAddress"));
        AddHeaders(variables, Get(request, "Headers"));
        AddCollection(found, "G_", Get(request, "Query"));
        AddCollection(found, "C_", Get(request, "Cookies"));
        // Asking the request for its form would read the body; its feature tells whether the application has done so.
        foreach (var feature in Get(context, "Features") as IEnumerable ?? new object[0])
        {
            var key = Get(feature, "Key") as Type;
            if (key != null && key.Name == "IFormFeature") AddCollection(found, "P_", Get(Get(feature, "Value"), "Form"));
        }
    }

    static void ReadOwin(IDictionary<string, object?> owin, Dictionary<string, object?> found, Dictionary<string, object?> variables)
    {
        Func<string, string> text = name => owin.ContainsKey(name) ? Text(owin[name]) : "";
        variables["REQUEST_METHOD"] = text("owin.RequestMethod");
        variables["SCRIPT_NAME"] = text("owin.RequestPathBase");
        variables["PATH_INFO"] = text("owin.RequestPath");
        variables["QUERY_STRING"] = text("owin.RequestQueryString");
        variables["SERVER_PROTOCOL"] = text("owin.RequestProtocol");
        variables["REMOTE_ADDR"] = text("server.RemoteIpAddress");
        if (owin.ContainsKey("owin.RequestHeaders")) AddHeaders(variables, owin["owin.RequestHeaders"]);
        foreach (var pair in text("owin.RequestQueryString").Split('&'))
        {
            var equals = pair.IndexOf('=');
            if (pair.Length > 0 && found.Count < MaxEntries) found["G_" + WebUtility.UrlDecode(equals < 0 ? pair : pair.Substring(0, equals))] = equals < 0 ? "" : WebUtility.UrlDecode(pair.Substring(equals + 1));
        }
    }

    static void AddHeaders(Dictionary<string, object?> variables, object? headers)
    {
        foreach (var header in headers as IEnumerable ?? new object[0])
        {
            var name = Text(Get(header, "Key"));
            if (name.Length > 0 && variables.Count < MaxEntries) variables["HTTP_" + name.ToUpperInvariant().Replace('-', '_')] = Joined(Get(header, "Value"));
        }
    }

    static void AddCollection(Dictionary<string, object?> found, string prefix, object? collection)
    {
        var names = collection as System.Collections.Specialized.NameValueCollection;
        if (names != null)
        {
            foreach (var name in names.AllKeys) if (found.Count < MaxEntries) found[prefix + name] = names[name];
            return;
        }
        foreach (var pair in collection as IEnumerable ?? new object[0])
        {
            if (found.Count < MaxEntries && Get(pair, "Key") != null) found[prefix + Text(Get(pair, "Key"))] = Joined(Get(pair, "Value"));
        }
    }

    static string Joined(object? value)
    {
        var list = value as IEnumerable<string>;
        return list != null ? string.Join(", ", list) : Text(value);
    }

    static string Text(object? value) { return value == null ? "" : value.ToString() ?? ""; }

    static object? Get(object? target, string name)
    {
        try
        {
            if (target == null) return null;
            foreach (var property in target.GetType().GetProperties())
            {
                if (property.Name == name && property.GetIndexParameters().Length == 0) return property.GetValue(target, null);
            }
        }
        catch (Exception)
        {
            // Request validation and the like: as if it were not there.
        }
        return null;
    }

    // ---- Sending ----------------------------------------------------------------------------------------------------

    /// <summary>Normal obeys the backoff and lets repeats gather; Final takes the repeats too; Flush tries whatever was said.</summary>
    enum Pass { Normal, Final, Flush }

    void Send(Pass kind, long delayMs)
    {
        if (delayMs <= 0)
        {
            sender.Post(() => OnePass(kind));
            return;
        }
        Timer? timer = null;
        timer = new Timer(_ =>
        {
            timer!.Dispose();
            sender.Post(() => OnePass(kind));
        }, null, Timeout.Infinite, Timeout.Infinite);
        timer.Change(delayMs, Timeout.Infinite);
    }

    /// <summary>One run of the program, for crash-free rates. Its whole state is sent when it begins and when it ends.</summary>
    sealed class Session
    {
        readonly string sid = Guid.NewGuid().ToString("D");
        readonly string started = Now();
        int seq;
        volatile bool ended;
        public int Errors;
        public volatile bool Crashed;
        /// <summary>Whether the server has been told the state, or will not be.</summary>
        public volatile bool Told;

        public void End()
        {
            if (ended) return;
            // In this order: whoever tells the state looks at it after saying that it is told.
            ended = true;
            Told = false;
        }

        public Dictionary<string, object?> State()
        {
            Told = true;
            return new Dictionary<string, object?>
            {
                { "sid", sid }, { "status", !ended ? "ok" : Crashed ? "crashed" : "exited" }, { "errors", Errors }, { "started", started }, { "seq", ++seq },
            };
        }
    }

    static Session? session;
    volatile bool pinging;

    bool IsSessionUntold() { return options.Sessions && session != null && !session.Told; }

    /// <summary>Tells the state of the session, once; a state that does not arrive is not told again.</summary>
    void Ping()
    {
        var told = session;
        if (told == null || !IsSessionUntold()) return;
        pinging = true;
        try
        {
            Tell(told.State());
        }
        finally
        {
            pinging = false;
        }
    }

    void Tell(Dictionary<string, object?> state)
    {
        object? user = null;
        lock (sections)
        {
            Dictionary<string, object?>? section;
            if (sections.TryGetValue("user", out section)) section.TryGetValue("id", out user);
        }
        if (options.Version != null) state["release"] = Cut(options.Version, 200);
        if (options.EnvironmentName != null) state["environment"] = Cut(options.EnvironmentName, 200);
        if (user != null) state["user"] = Cut(Convert.ToString(user, CultureInfo.InvariantCulture) ?? "", 200);
        queue.Try(() => Post(Json(state), "session"), () => retryAfterMs);
    }

    void OnePass(Pass kind)
    {
        inside = true;
        try
        {
            Ping();
            var again = queue.Deliver(this, kind);
            if (again > 0 && queue.PlanRetry(again)) Send(Pass.Normal, again);
        }
        catch (Exception)
        {
            // Whatever it was, the files are still there for the next pass.
        }
        finally
        {
            inside = false;
        }
    }

    /// <summary>Lets the writer finish, then one pass of this kind; true when nothing is left.</summary>
    bool Drain(Pass kind, int milliseconds)
    {
        try
        {
            var clock = Stopwatch.StartNew();
            Interlocked.Exchange(ref endsAtMs, time.ElapsedMilliseconds + milliseconds);
            WaitForWriter(milliseconds);
            // What is sent from memory is in no file while it is on its way.
            if (!queue.HasFiles() && accepted == 0 && !IsSessionUntold() && !pinging) return true;
            using (var passed = new ManualResetEventSlim())
            {
                sender.Post(() =>
                {
                    OnePass(kind);
                    Signal(passed);
                });
                if (!passed.Wait((int)Math.Max(1, milliseconds - clock.ElapsedMilliseconds))) queue.NoteUnfinished();
            }
            return !queue.HasFiles();
        }
        catch (Exception)
        {
            return false;
        }
        finally
        {
            Interlocked.Exchange(ref endsAtMs, long.MaxValue);
        }
    }

    void WaitForWriter(int milliseconds)
    {
        if (accepted == 0) return;
        using (var written = new ManualResetEventSlim())
        {
            writer.Post(() => Signal(written));
            written.Wait(milliseconds);
        }
    }

    static void Signal(ManualResetEventSlim signal)
    {
        try
        {
            signal.Set();
        }
        catch (ObjectDisposedException)
        {
            // Nobody waits any more.
        }
    }

    enum Outcome { Delivered, Refused, Failed }

    long retryAfterMs;
    readonly Stopwatch time = Stopwatch.StartNew();
    // When the wait at the end of the program is over, by that clock.
    long endsAtMs = long.MaxValue;

    /// <summary>Less than what is left of the wait at the end of the program, so that a failure is still noted down there.</summary>
    int TimeForRequestMs()
    {
        var left = Math.Min(options.TimeoutMs, Interlocked.Read(ref endsAtMs) - time.ElapsedMilliseconds);
        return (int)Math.Max(50, left - options.TimeoutMs / 10);
    }

    /// <summary>Posts one report: delivered, refused for good, or failed for now.</summary>
    Outcome Post(string json) { return Post(json, "reports"); }

    Outcome Post(string json, string resource)
    {
        var isReport = resource == "reports";
        HttpWebRequest? request = null;
        Timer? guard = null;
        retryAfterMs = 0;
        try
        {
            var milliseconds = TimeForRequestMs();
            var dropped = isReport ? queue.SaveDropped(null) : new SortedDictionary<string, int>();
            var reasons = new List<string>();
            foreach (var pair in dropped) reasons.Add(pair.Key + ":" + pair.Value);
            var query = (options.Debug ? "&debug=1" : "") + (reasons.Count > 0 ? "&dropped=" + string.Join(",", reasons) : "") + (options.Token != null ? "&token=" + Uri.EscapeDataString(options.Token) : "")
                + (options.Key != null ? "&key=" + Uri.EscapeDataString(options.Key) : "");
            var address = (options.Url ?? "").TrimEnd('/') + "/api/1/" + Uri.EscapeDataString(options.Account ?? "default") + "/products/"
                + Uri.EscapeDataString(options.Product ?? "") + "/" + resource + (isReport && query.Length > 0 ? "?" + query.Substring(1) : "");
            var body = Utf8.GetBytes(json);
            if (options.Debug) Say("POST " + address + " (" + body.Length + " bytes)");
#pragma warning disable SYSLIB0014 // HttpClient lives in an assembly of its own on some frameworks; this file needs none.
            request = (HttpWebRequest)WebRequest.Create(address);
#pragma warning restore SYSLIB0014
            request.Method = "POST";
            request.ContentType = "application/json";
            request.UserAgent = "mayday-csharp/" + ClientVersion;
            request.ContentLength = body.Length;
            request.AllowAutoRedirect = false;
            request.KeepAlive = false;
            request.ServicePoint.Expect100Continue = false;
            request.Timeout = milliseconds;
            request.ReadWriteTimeout = milliseconds;
            // Those timeouts start afresh with every byte that trickles in; this ends the whole exchange.
            var guarded = request;
            guard = new Timer(_ => guarded.Abort(), null, milliseconds, Timeout.Infinite);
            using (var stream = request.GetRequestStream()) stream.Write(body, 0, body.Length);
            HttpWebResponse? response;
            try
            {
                response = (HttpWebResponse)request.GetResponse();
            }
            catch (WebException error)
            {
                response = error.Response as HttpWebResponse;
                if (response == null) throw;
            }
            using (response)
            {
                var status = (int)response.StatusCode;
                var answer = ReadAnswer(response, milliseconds);
                if (options.Debug) Say("server said " + status + " " + answer.Trim());
                // A captive portal answers 200 too: only the server's own word counts.
                if (status >= 200 && status < 300 && answer.Contains("response=ok"))
                {
                    if (dropped.Count > 0) queue.SaveDropped(dropped);
                    return Outcome.Delivered;
                }
                if (status == 400 || status == 413 || status == 422 || !isReport && status >= 400 && status < 500 && status != 429) return Outcome.Refused;
                int seconds;
                if (int.TryParse(response.Headers["Retry-After"], NumberStyles.None, CultureInfo.InvariantCulture, out seconds)) retryAfterMs = Math.Min(seconds * 1000L, Queue.MaxBackoffMs);
                return Outcome.Failed;
            }
        }
        catch (Exception error)
        {
            if (options.Debug) Say("not sent, " + error.Message);
            return Outcome.Failed;
        }
        finally
        {
            if (guard != null) guard.Dispose();
        }
    }

    static string ReadAnswer(HttpWebResponse response, int milliseconds)
    {
        var clock = Stopwatch.StartNew();
        using (var stream = response.GetResponseStream())
        using (var memory = new MemoryStream())
        {
            var buffer = new byte[4096];
            int count;
            while (memory.Length < MaxAnswerBytes && (count = stream.Read(buffer, 0, buffer.Length)) > 0)
            {
                memory.Write(buffer, 0, count);
                if (clock.ElapsedMilliseconds > milliseconds) throw new TimeoutException("the answer took too long");
            }
            return Utf8.GetString(memory.ToArray());
        }
    }

    /// <summary>A background thread that runs actions in order and goes away when there is nothing to do for 10 seconds.</summary>
    sealed class Worker
    {
        readonly string name;
        readonly Queue<Action> actions = new Queue<Action>();
        bool running;

        public Worker(string name) { this.name = name; }

        public void Post(Action action)
        {
            lock (actions)
            {
                if (actions.Count >= MaxWaiting * 2) return;
                actions.Enqueue(action);
                if (running)
                {
                    Monitor.Pulse(actions);
                    return;
                }
                running = true;
            }
            // No culture, no async scope and no security context of whoever happened to report first.
            using (ExecutionContext.IsFlowSuppressed() ? (IDisposable?)null : ExecutionContext.SuppressFlow())
            {
                try
                {
                    new Thread(Run, 512 * 1024) { IsBackground = true, Name = name }.Start();
                }
                catch (Exception)
                {
                    lock (actions)
                    {
                        running = false;
                        actions.Clear();
                    }
                    throw;
                }
            }
        }

        void Run()
        {
            while (true)
            {
                Action action;
                lock (actions)
                {
                    if (actions.Count == 0) Monitor.Wait(actions, 10000);
                    if (actions.Count == 0)
                    {
                        running = false;
                        return;
                    }
                    action = actions.Dequeue();
                }
                try
                {
                    action();
                }
                catch (Exception)
                {
                    // An exception on this thread would end the program.
                }
            }
        }
    }

    // ---- Queue on disk ----------------------------------------------------------------------------------------------

    /// <summary>
    /// {queueDir}/queue/{account}/{product}/, in the format that all languages share:
    ///
    /// {fingerprint}.{occurrence id}.new   written, takes repeats   → renamed before the first try
    /// {occurrence id}.json                tried, never changed     → deleted when delivered, refused or too old
    ///
    /// A report that was tried takes no repeats: the server may hold it already and would not count them. Beside the folder,
    /// .{product}.lock is held for the moment of a merge or a rename, .{product}.sending for a whole pass, so that processes
    /// do not send twice.
    /// </summary>
    sealed class Queue
    {
        public const long MaxBackoffMs = 3600 * 1000;
        const int MaxFiles = 50;
        const long MaxBytes = 5 * 1024 * 1024;
        const long FirstBackoffMs = 30 * 1000;
        const long RepeatMs = 60 * 1000;
        const int MaxHeldInMemory = 20;
        static readonly TimeSpan MaxAge = TimeSpan.FromDays(14);
        // Writing and sending have threads of their own: what waits here is no thread of the application, and a disk that
        // hangs for a moment must not make a repeat a report of its own.
        const int LockMs = 1000;
        // Before this time no clock can be right: the library did not exist.
        static readonly DateTime EarliestClock = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        const string Uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
        static readonly Regex NewName = new Regex("^([0-9a-f]{16})\\.(" + Uuid + ")\\.new$");
        static readonly Regex TriedName = new Regex("^" + Uuid + "\\.json$");
        static readonly Regex Installed = new Regex("^" + Uuid + "$");
        static readonly Regex State = new Regex("\"failures\"\\s*:\\s*(\\d{1,9}).*\"not_before\"\\s*:\\s*(\\d{1,15})", RegexOptions.Singleline);
        static readonly Regex Count = new Regex("^\\{\"count\":(\\d{1,9}),");

        readonly string root;
        readonly string folder;
        readonly int timeoutMs;
        readonly List<string> memory = new List<string>();
        readonly Dictionary<string, long> sentAt = new Dictionary<string, long>();
        readonly HashSet<string> plannedRepeats = new HashSet<string>();
        readonly Stopwatch clock = Stopwatch.StartNew();
        string? installation;
        long notBefore;
        int failures;
        long plannedRetry = -1;
        // 1 while a request is under way, 2 when its failure has been noted already.
        int underWay;

        public Queue(Options options)
        {
            root = options.QueueDir ?? DefaultQueueDir();
            timeoutMs = options.TimeoutMs;
            folder = Path.Combine(root, "queue", FileName(options.Account ?? "default"), FileName(options.Product ?? ""));
            try
            {
                foreach (var each in new[] { root, Path.Combine(root, "queue"), Path.GetDirectoryName(folder)!, folder })
                {
                    if (Directory.Exists(each)) continue;
                    Directory.CreateDirectory(each);
                    Restrict(each, 448);
                }
                ReadState();
            }
            catch (Exception)
            {
                // Reports are then sent from memory.
            }
        }

        static string FileName(string name)
        {
            var safe = Regex.Replace(name, "[^A-Za-z0-9._-]", "_");
            return safe.Length == 0 || safe[0] == '.' ? "_" + safe : safe;
        }

        [DllImport("libc", EntryPoint = "chmod")]
        static extern int Chmod([MarshalAs(UnmanagedType.LPStr)] string path, int mode);

        [DllImport("libc", EntryPoint = "rename")]
        static extern int RenameOver([MarshalAs(UnmanagedType.LPStr)] string from, [MarshalAs(UnmanagedType.LPStr)] string to);

        static bool IsWindows { get { return Path.DirectorySeparatorChar == '\\'; } }

        /// <summary>On Windows a user's folders are private as they are.</summary>
        public static void Restrict(string path, int mode)
        {
            try
            {
                if (!IsWindows) Chmod(path, mode);
            }
            catch (Exception)
            {
                // No libc of that name.
            }
        }

        /// <summary>The id of this installation: made once, kept across runs.</summary>
        public string Installation()
        {
            lock (memory)
            {
                if (installation != null) return installation;
                var file = Path.Combine(root, "installation-id");
                installation = ReadInstallation(file);
                if (installation != null) return installation;
                installation = Guid.NewGuid().ToString("D");
                try
                {
                    using (FileLock.Take(Path.Combine(root, "queue", ".installation.lock"), 200))
                    {
                        // Another process may have been first.
                        var kept = ReadInstallation(file);
                        if (kept != null) return installation = kept;
                        WriteFile(file, installation + "\n");
                    }
                }
                catch (Exception)
                {
                    // The id then holds for this run alone.
                }
                return installation;
            }
        }

        static string? ReadInstallation(string file)
        {
            try
            {
                var kept = File.Exists(file) ? File.ReadAllText(file).Trim() : "";
                return Installed.IsMatch(kept) ? kept : null;
            }
            catch (Exception)
            {
                return null;
            }
        }

        /// <summary>Merges into a report of the same error that nobody has tried to send, or writes a new one. False: there is no room.</summary>
        public bool Add(string fingerprint, string id, string json, int count, bool isFatal)
        {
            if (Merge(fingerprint, count))
            {
                if (isFatal) Upgrade(fingerprint);
                return true;
            }
            var counted = count > 1 ? "{\"count\":" + count + "," + json.Substring(1) : json;
            try
            {
                if (!Prune(counted.Length, isFatal)) return false;
                WriteFile(Path.Combine(folder, fingerprint + "." + id + ".new"), counted);
            }
            catch (Exception)
            {
                lock (memory)
                {
                    if (memory.Count < MaxHeldInMemory) memory.Add(counted);
                    else Drop("queue_full");
                }
            }
            return true;
        }

        /// <summary>
        /// A report that was handled turned out to be what ended the program. Its severity stands before all that others have added.
        /// </summary>
        public void Upgrade(string fingerprint)
        {
            try
            {
                using (var held = FileLock.Take(Besides("lock"), LockMs))
                {
                    if (held == null) return;
                    foreach (var name in Names())
                    {
                        if (!name.StartsWith(fingerprint, StringComparison.Ordinal) || !NewName.IsMatch(name)) continue;
                        var file = Path.Combine(folder, name);
                        WriteFile(file, Handled.Replace(File.ReadAllText(file, Utf8), "\"severity\":\"major\"", 1));
                    }
                }
            }
            catch (Exception)
            {
                // Sent already, as what it was thought to be.
            }
        }

        static readonly Regex Handled = new Regex("\"severity\":\"normal\"");
        static readonly Regex DroppedEntry = new Regex("\"([a-z_]{1,40})\"\\s*:\\s*([0-9]{1,9})");
        // Dropped reports by reason that are in no file yet.
        readonly SortedDictionary<string, int> unsaved = new SortedDictionary<string, int>();
        long savedAt = -1000;

        /// <summary>Counts a report that will never be sent; what is counted goes with the next one that is.</summary>
        public void Drop(string reason)
        {
            lock (unsaved)
            {
                unsaved[reason] = (unsaved.ContainsKey(reason) ? unsaved[reason] : 0) + 1;
                if (clock.ElapsedMilliseconds - savedAt > 500) SaveDropped(null);
            }
        }

        /// <summary>What was dropped and has not been told, after what has been told just now. Kept in a file, for the next run.</summary>
        public SortedDictionary<string, int> SaveDropped(SortedDictionary<string, int>? sent)
        {
            lock (unsaved)
            {
                savedAt = clock.ElapsedMilliseconds;
                var file = Path.Combine(folder, "dropped");
                var after = new SortedDictionary<string, int>();
                var before = "";
                try
                {
                    if (File.Exists(file)) before = File.ReadAllText(file, Utf8);
                    for (var entry = DroppedEntry.Match(before.Length < 4000 ? before : ""); entry.Success; entry = entry.NextMatch()) after[entry.Groups[1].Value] = int.Parse(entry.Groups[2].Value, CultureInfo.InvariantCulture);
                }
                catch (Exception)
                {
                    // As if nothing had been dropped before.
                }
                foreach (var pair in unsaved) after[pair.Key] = (after.ContainsKey(pair.Key) ? after[pair.Key] : 0) + pair.Value;
                if (sent != null) foreach (var pair in sent) after[pair.Key] = (after.ContainsKey(pair.Key) ? after[pair.Key] : 0) - pair.Value;
                foreach (var reason in new List<string>(after.Keys)) if (after[reason] <= 0) after.Remove(reason);
                try
                {
                    var entries = new List<string>();
                    foreach (var pair in after) entries.Add("\"" + pair.Key + "\":" + pair.Value);
                    var text = "{" + string.Join(",", entries) + "}";
                    if (after.Count == 0) File.Delete(file);
                    else if (text != before) WriteFile(file, text);
                    unsaved.Clear();
                }
                catch (Exception)
                {
                    // This process still remembers.
                }
                return after;
            }
        }

        bool Merge(string fingerprint, int count)
        {
            try
            {
                using (var held = FileLock.Take(Besides("lock"), LockMs))
                {
                    if (held == null) return false;
                    foreach (var name in Names())
                    {
                        if (!name.StartsWith(fingerprint, StringComparison.Ordinal) || !NewName.IsMatch(name)) continue;
                        var file = Path.Combine(folder, name);
                        var json = File.ReadAllText(file, Utf8);
                        if (!json.StartsWith("{\"", StringComparison.Ordinal)) return false;
                        var counted = Count.Match(json);
                        var sum = Math.Min(999999999L, (counted.Success ? long.Parse(counted.Groups[1].Value, CultureInfo.InvariantCulture) : 1) + count);
                        WriteFile(file, "{\"count\":" + sum + "," + json.Substring(counted.Success ? counted.Length : 1));
                        return true;
                    }
                }
            }
            catch (Exception)
            {
                // Then it becomes a report of its own.
            }
            return false;
        }

        void WriteFile(string target, string text)
        {
            var part = Path.Combine(Path.GetDirectoryName(target)!, Guid.NewGuid().ToString("D") + ".tmp");
            try
            {
                using (var stream = new FileStream(part, FileMode.CreateNew, FileAccess.Write))
                {
                    Restrict(part, 384);
                    var bytes = Utf8.GetBytes(text);
                    stream.Write(bytes, 0, bytes.Length);
                }
                if (!IsWindows && RenameOver(part, target) == 0) return;
                // File.Move does not replace, in .NET Standard.
                if (File.Exists(target)) File.Replace(part, target, null);
                else File.Move(part, target);
            }
            finally
            {
                if (File.Exists(part)) File.Delete(part);
            }
        }

        string Besides(string name) { return Path.Combine(Path.GetDirectoryName(folder)!, "." + Path.GetFileName(folder) + "." + name); }

        List<string> Names()
        {
            var result = new List<string>();
            if (!Directory.Exists(folder)) return result;
            foreach (var file in Directory.GetFiles(folder)) result.Add(Path.GetFileName(file));
            return result;
        }

        static bool IsReport(string name) { return NewName.IsMatch(name) || TriedName.IsMatch(name); }

        public bool HasFiles()
        {
            lock (memory)
            {
                if (memory.Count > 0) return true;
            }
            try
            {
                return Names().Exists(IsReport);
            }
            catch (Exception)
            {
                return false;
            }
        }

        /// <summary>
        /// Takes away what is too old. Where a new report of this size would not fit, what lies here from earlier goes, while the first
        /// of each kind stay: false where there is no room then. A fatal one always has room.
        /// </summary>
        bool Prune(long wanted, bool isFatal)
        {
            var now = DateTime.UtcNow;
            var reports = new List<FileInfo>();
            var bytes = wanted;
            foreach (var name in Names())
            {
                try
                {
                    var file = new FileInfo(Path.Combine(folder, name));
                    if (name.EndsWith(".tmp", StringComparison.Ordinal))
                    {
                        if ((now - file.LastWriteTimeUtc).Duration() > TimeSpan.FromHours(1)) file.Delete();
                    }
                    else if (IsReport(name))
                    {
                        // In the future, or before 2020: a wrong clock, now or then. Its age starts anew.
                        if (file.LastWriteTimeUtc > now.AddMinutes(1) || file.LastWriteTimeUtc < EarliestClock) file.LastWriteTimeUtc = now;
                        if (now - file.LastWriteTimeUtc > MaxAge)
                        {
                            file.Delete();
                            Drop("expired");
                            continue;
                        }
                        bytes += file.Length;
                        reports.Add(file);
                    }
                }
                catch (Exception)
                {
                    // Sent and deleted by another process meanwhile.
                }
            }
            reports.Sort((a, b) => a.LastWriteTimeUtc.CompareTo(b.LastWriteTimeUtc));
            var count = reports.Count + (wanted > 0 ? 1 : 0);
            foreach (var file in reports)
            {
                if (bytes <= MaxBytes && count <= MaxFiles) return true;
                if (wanted > 0 && !isFatal && (NewName.IsMatch(file.Name) || (now - file.LastWriteTimeUtc).TotalMilliseconds <= RepeatMs)) continue;
                bytes -= file.Length;
                count--;
                file.Delete();
                Drop("queue_full");
            }
            var fits = bytes <= MaxBytes && count <= MaxFiles;
            if (!fits && wanted > 0) Drop("queue_full");
            return fits;
        }

        /// <summary>How long a report of this error must wait for its repeats, because one was sent within the last minute.</summary>
        public long RepeatWaitMs(string fingerprint)
        {
            lock (sentAt)
            {
                long sent;
                return sentAt.TryGetValue(fingerprint, out sent) ? RepeatMs - (clock.ElapsedMilliseconds - sent) : 0;
            }
        }

        public bool PlanRepeat(string fingerprint)
        {
            lock (sentAt) return plannedRepeats.Add(fingerprint);
        }

        /// <summary>False when a retry is planned already at about that time.</summary>
        public bool PlanRetry(long delayMs)
        {
            lock (sentAt)
            {
                var now = clock.ElapsedMilliseconds;
                if (plannedRetry > now && plannedRetry <= now + delayMs) return false;
                plannedRetry = now + delayMs;
                return true;
            }
        }

        void MarkSent(string fingerprint)
        {
            lock (sentAt)
            {
                if (sentAt.Count > 1000) sentAt.Clear();
                sentAt[fingerprint] = clock.ElapsedMilliseconds;
                plannedRepeats.Remove(fingerprint);
            }
        }

        void ReadState()
        {
            try
            {
                var file = new FileInfo(Path.Combine(folder, "state.json"));
                if (!file.Exists || file.Length > 1000)
                {
                    failures = 0;
                    notBefore = 0;
                    return;
                }
                var state = State.Match(File.ReadAllText(file.FullName, Utf8));
                if (!state.Success) return;
                failures = int.Parse(state.Groups[1].Value, CultureInfo.InvariantCulture);
                notBefore = long.Parse(state.Groups[2].Value, CultureInfo.InvariantCulture);
            }
            catch (Exception)
            {
                // What this process remembers holds.
            }
        }

        static long NowMs() { return (long)(DateTime.UtcNow - new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc)).TotalMilliseconds; }

        /// <summary>Milliseconds until the next try is allowed. More than an hour ahead was written under another clock.</summary>
        long ClosedForMs()
        {
            var wait = notBefore - NowMs();
            return wait > MaxBackoffMs ? 0 : Math.Max(0, wait);
        }

        long Failed(long retryAfterMs)
        {
            failures = Math.Min(Math.Max(failures, 0) + 1, 1000);
            var pause = Math.Max(retryAfterMs, Math.Min(MaxBackoffMs, FirstBackoffMs << Math.Min(failures - 1, 10)));
            notBefore = NowMs() + pause;
            try
            {
                WriteFile(Path.Combine(folder, "state.json"), "{\"failures\":" + failures + ",\"not_before\":" + notBefore + "}\n");
            }
            catch (Exception)
            {
                // This process still remembers.
            }
            return pause;
        }

        /// <summary>Sends what is in no file, unless there is a pause after failures; a failure begins one.</summary>
        public void Try(Func<Outcome> send, Func<long> retryAfterMs)
        {
            ReadState();
            if (ClosedForMs() > 0) return;
            Interlocked.Exchange(ref underWay, 1);
            var outcome = send();
            if (Interlocked.Exchange(ref underWay, 0) == 1 && outcome == Outcome.Failed) Failed(retryAfterMs());
        }

        /// <summary>The program ends while a request is under way: to the next run that is a failure.</summary>
        public void NoteUnfinished()
        {
            if (Interlocked.CompareExchange(ref underWay, 2, 1) == 1) Failed(0);
        }

        void Succeeded()
        {
            failures = 0;
            notBefore = 0;
            File.Delete(Path.Combine(folder, "state.json"));
        }

        /// <summary>One pass, until the first failure. Returns after how many milliseconds another is due, 0 for none.</summary>
        public long Deliver(Mayday client, Pass kind)
        {
            DeliverMemory(client);
            if (!HasFiles()) return 0;
            using (var held = FileLock.Take(Besides("sending"), timeoutMs))
            {
                if (held == null) return FirstBackoffMs;
                ReadState();
                if (kind != Pass.Flush && ClosedForMs() > 0) return ClosedForMs();
                Prune(0, false);
                foreach (var name in InOrder())
                {
                    var fresh = NewName.Match(name);
                    var tried = name;
                    if (fresh.Success && kind == Pass.Normal && RepeatWaitMs(fresh.Groups[1].Value) > 0) continue;
                    // Written just now: its own pass comes in a moment.
                    var age = (DateTime.UtcNow - File.GetLastWriteTimeUtc(Path.Combine(folder, name))).TotalMilliseconds;
                    if (fresh.Success && kind == Pass.Normal && age >= 0 && age < GraceMs - 20) continue;
                    // A report that is claimed counts as tried, also when the program ends before the request has begun.
                    Interlocked.Exchange(ref underWay, 1);
                    if (fresh.Success)
                    {
                        tried = fresh.Groups[2].Value + ".json";
                        if (!Claim(name, tried))
                        {
                            Interlocked.Exchange(ref underWay, 0);
                            continue;
                        }
                        MarkSent(fresh.Groups[1].Value);
                    }
                    var file = new FileInfo(Path.Combine(folder, tried));
                    if (!file.Exists)
                    {
                        Interlocked.Exchange(ref underWay, 0);
                        continue;
                    }
                    var json = file.Length > 4L * MaxReportBytes ? "" : File.ReadAllText(file.FullName, Utf8);
                    var outcome = IsWhole(json) ? client.Post(json) : Outcome.Refused;
                    var wasNoted = Interlocked.Exchange(ref underWay, 0) == 2;
                    if (outcome == Outcome.Failed) return wasNoted ? ClosedForMs() : Failed(client.retryAfterMs);
                    file.Delete();
                    Succeeded();
                }
            }
            return 0;
        }

        /// <summary>Fresh reports first; the tried ones shuffled, so that one on which the server stumbles cannot block the rest.</summary>
        List<string> InOrder()
        {
            var names = Names();
            var order = names.FindAll(NewName.IsMatch);
            var tried = names.FindAll(TriedName.IsMatch);
            var random = new Random();
            while (tried.Count > 0)
            {
                var next = random.Next(tried.Count);
                order.Add(tried[next]);
                tried.RemoveAt(next);
            }
            return order;
        }

        bool Claim(string name, string tried)
        {
            try
            {
                using (var held = FileLock.Take(Besides("lock"), LockMs))
                {
                    if (held == null) return false;
                    File.Move(Path.Combine(folder, name), Path.Combine(folder, tried));
                    return true;
                }
            }
            catch (Exception)
            {
                return false;
            }
        }

        /// <summary>Whether all brackets and quotes close: a file that a full disk cut short is not sent.</summary>
        static bool IsWhole(string json)
        {
            if (!json.StartsWith("{", StringComparison.Ordinal)) return false;
            var depth = 0;
            var inString = false;
            for (var i = 0; i < json.Length; i++)
            {
                var c = json[i];
                if (inString && c == '\\') i++;
                else if (c == '"') inString = !inString;
                else if (!inString && (c == '{' || c == '[')) depth++;
                else if (!inString && (c == '}' || c == ']') && --depth == 0) return json.Substring(i + 1).Trim().Length == 0;
            }
            return false;
        }

        void DeliverMemory(Mayday client)
        {
            while (true)
            {
                string json;
                lock (memory)
                {
                    if (memory.Count == 0) return;
                    json = memory[0];
                    memory.RemoveAt(0);
                }
                client.Post(json);
            }
        }
    }

    /// <summary>A lock between processes and within this one.</summary>
    sealed class FileLock : IDisposable
    {
        readonly FileStream stream;

        FileLock(FileStream stream) { this.stream = stream; }

        /// <summary>Null when somebody else holds it all the time.</summary>
        public static FileLock? Take(string path, int milliseconds)
        {
            var clock = Stopwatch.StartNew();
            do
            {
                FileStream? stream = null;
                try
                {
                    // FileShare.None keeps out this process, and with .NET others; for Mono that takes a region lock too.
                    var isFresh = !File.Exists(path);
                    stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                    if (isFresh) Queue.Restrict(path, 384);
                    try
                    {
                        stream.Lock(0, 1);
                    }
                    catch (PlatformNotSupportedException)
                    {
                        // macOS, where FileShare.None is enough.
                    }
                    return new FileLock(stream);
                }
                catch (IOException held)
                {
                    if (stream != null) stream.Dispose();
                    if (held is DirectoryNotFoundException) throw;
                }
                Thread.Sleep(5);
            }
            while (clock.ElapsedMilliseconds < milliseconds);
            return null;
        }

        public void Dispose() { stream.Dispose(); }
    }

    // ---- Report text ------------------------------------------------------------------------------------------------

    /// <summary>What makes two errors the same: kinds and stacks of all causes, not messages.</summary>
    static string Fingerprint(Exception error)
    {
        var hash = 14695981039346656037UL;
        foreach (var cause in Chain(error))
        {
            foreach (var text in new[] { cause.GetType().FullName, cause.StackTrace })
            {
                for (var i = 0; text != null && i < text.Length && i < 20000; i++) hash = unchecked((hash ^ text[i]) * 1099511628211UL);
                hash = unchecked((hash ^ 0x1f) * 1099511628211UL);
            }
        }
        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }

    /// <summary>JSON within the size bound: sources are given up first, then what the application added, then outer frames.</summary>
    static string Bounded(IDictionary<string, object?> report)
    {
        var json = Json(report);
        for (var step = 0; Utf8.GetByteCount(json) > MaxReportBytes && step < 3; step++)
        {
            foreach (var one in Maps(report["stacktrace"]))
            {
                var frames = one["locations"] as List<object?>;
                if (step == 0) foreach (var frame in Maps(frames)) frame.Remove("source");
                if (step == 2 && frames != null && frames.Count > 20) frames.RemoveRange(20, frames.Count - 20);
            }
            if (step == 1)
            {
                foreach (var name in new[] { "request", "environment", "configuration", "breadcrumbs" }) report.Remove(name);
                report["data"] = new Dictionary<string, object?>();
            }
            json = Json(report);
        }
        if (Utf8.GetByteCount(json) > MaxReportBytes) throw new InvalidOperationException("report too large");
        return json;
    }

    static IEnumerable<Dictionary<string, object?>> Maps(object? list)
    {
        foreach (var one in list as IEnumerable ?? new object[0])
        {
            var map = one as Dictionary<string, object?>;
            if (map != null) yield return map;
        }
    }

    internal static string Json(object? value)
    {
        var output = new StringBuilder();
        WriteJson(output, value, 0);
        return output.ToString();
    }

    static void WriteJson(StringBuilder output, object? value, int depth)
    {
        // Deeper than anything collected here: ownership rules or beforeSend have built a circle.
        if (depth > 20) value = "(too deep)";
        if (value == null)
        {
            output.Append("null");
        }
        else if (value is bool)
        {
            output.Append((bool)value ? "true" : "false");
        }
        else if (value is double || value is float)
        {
            output.Append(Convert.ToDouble(value).ToString("R", CultureInfo.InvariantCulture));
        }
        else if (value is int || value is long || value is short || value is byte || value is uint || value is ulong || value is decimal)
        {
            output.Append(Convert.ToString(value, CultureInfo.InvariantCulture));
        }
        else if (value is IDictionary<string, object?>)
        {
            var separator = '{';
            foreach (var pair in (IDictionary<string, object?>)value)
            {
                output.Append(separator);
                WriteText(output, pair.Key);
                output.Append(':');
                WriteJson(output, pair.Value, depth + 1);
                separator = ',';
            }
            output.Append(separator == '{' ? "{}" : "}");
        }
        else if (value is IEnumerable && !(value is string))
        {
            var separator = '[';
            foreach (var item in (IEnumerable)value)
            {
                output.Append(separator);
                WriteJson(output, item, depth + 1);
                separator = ',';
            }
            output.Append(separator == '[' ? "[]" : "]");
        }
        else
        {
            WriteText(output, value.ToString() ?? "");
        }
    }

    static void WriteText(StringBuilder output, string text)
    {
        output.Append('"');
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '"' || c == '\\') output.Append('\\').Append(c);
            else if (c < ' ') output.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) output.Append(c).Append(text[++i]);
            else output.Append(char.IsSurrogate(c) ? '\ufffd' : c);
        }
        output.Append('"');
    }

    // ---- Surroundings -----------------------------------------------------------------------------------------------

    static string RoleOf(Options options)
    {
        string? fromFile = null;
        try
        {
            var file = new FileInfo(Path.Combine(options.QueueDir ?? DefaultQueueDir(), "role"));
            if (file.Exists && file.Length < 100) fromFile = File.ReadAllText(file.FullName).Trim();
        }
        catch (Exception)
        {
            // As if it were not there.
        }
        var said = new[] { Env("MAYDAY_ROLE"), fromFile, options.Role };
        // Whoever says that nothing may be sent is obeyed.
        foreach (var role in said) if (role == "disabled") return role;
        foreach (var role in said) if (role == "customer" || role == "tester") return role;
        return "customer";
    }

    /// <summary>A folder at home; a private temporary one where there is no home to write to, as for many servers.</summary>
    static string DefaultQueueDir()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        try
        {
            if (!string.IsNullOrEmpty(home) && Directory.Exists(home))
            {
                var folder = Path.Combine(home, ".mayday");
                Directory.CreateDirectory(folder);
                var probe = Path.Combine(folder, Guid.NewGuid().ToString("D") + ".tmp");
                File.WriteAllText(probe, "");
                File.Delete(probe);
                return folder;
            }
        }
        catch (Exception)
        {
            // Falls through to the temporary folder.
        }
        return Path.Combine(Path.GetTempPath(), "mayday-" + Environment.UserName);
    }

    static string? Env(string name)
    {
        try
        {
            var value = Environment.GetEnvironmentVariable(name);
            return string.IsNullOrWhiteSpace(value) ? null : value.Trim();
        }
        catch (Exception)
        {
            return null;
        }
    }

    static bool Truthy(string? value)
    {
        return value != null && value != "0" && !value.Equals("false", StringComparison.OrdinalIgnoreCase) && !value.Equals("no", StringComparison.OrdinalIgnoreCase);
    }

    static void Say(string text)
    {
        try
        {
            Console.Error.WriteLine("mayday: " + text);
        }
        catch (Exception)
        {
            // No console.
        }
    }

    static string Cut(string text, int most) { return text.Length <= most ? text : text.Substring(0, most) + "…"; }

    static void AddIfAny(IDictionary<string, object?> target, string name, Dictionary<string, object?> value)
    {
        if (value.Count > 0) target[name] = value;
    }
}
