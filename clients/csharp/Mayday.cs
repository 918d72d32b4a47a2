// Mayday client for .NET Standard 2.0 (C# 7), in one file: catches what nobody caught, keeps it on disk, and posts it to a
// Mayday server over the CrashKit 1.0 API. See README.md beside this file for set-up. No dependencies.

using System;
using System.Collections;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Reflection;
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
    static volatile Mayday current;
    [ThreadStatic] static bool inside;
    static readonly AsyncLocal<Scope> ScopeHere = new AsyncLocal<Scope>();

    readonly Options options;
    readonly string role;
    readonly Dictionary<string, Dictionary<string, object>> sections = new Dictionary<string, Dictionary<string, object>>();
    // Occurrences by fingerprint that came while the first of them was still waiting to be written.
    readonly Dictionary<string, int> unwritten = new Dictionary<string, int>();
    readonly Queue queue;
    readonly Worker writer = new Worker("mayday-writer");
    readonly Worker sender = new Worker("mayday-sender");
    int accepted;
    int dropped;

    /// <summary>Settings; what is not set here comes from the environment (MAYDAY_URL, MAYDAY_PRODUCT, …), then from defaults.</summary>
    public sealed class Options
    {
        /// <summary>Base address of the server, as in http://host:8080.</summary>
        public string Url { get; set; }
        public string Account { get; set; }
        public string Product { get; set; }
        /// <summary>The version that users know; revision, build and edition go into <see cref="VersionDetails"/>.</summary>
        public string Version { get; set; }
        public IDictionary<string, object> VersionDetails { get; set; }
        /// <summary>customer (default), tester or disabled.</summary>
        public string Role { get; set; }
        /// <summary>Test token, with which latest-report?token= finds the reports of this program.</summary>
        public string Token { get; set; }
        /// <summary>Prints to standard error what is sent and what the server answered, and asks it for a strict check.</summary>
        public bool Debug { get; set; }
        public string QueueDir { get; set; }
        /// <summary>The longest time that sending may hold up the end of the program, and that one request may take.</summary>
        public int TimeoutMs { get; set; } = 3000;
        /// <summary>Accepted for the sake of one configuration in all languages: .NET programs cannot read each other's locals.</summary>
        public bool Locals { get; set; }
        /// <summary>More words which make a name secret, besides password, token, cookie and the like.</summary>
        public IList<string> Secrets { get; } = new List<string>();
        /// <summary>Ownership rules, sent as they are: <c>paths</c>, <c>packages</c> (namespaces), <c>modules</c> (assemblies).</summary>
        public IDictionary<string, object> Ownership { get; set; }
        /// <summary>Sees each report last, may change it, and drops it by returning null.</summary>
        public Func<IDictionary<string, object>, IDictionary<string, object>> BeforeSend { get; set; }
        /// <summary>False keeps the process's environment variables out of reports.</summary>
        public bool EnvironmentVariables { get; set; } = true;
        /// <summary>False installs no handler: only what is passed to Report is reported.</summary>
        public bool Handlers { get; set; } = true;
    }

    // ---- Public interface -------------------------------------------------------------------------------------------

    /// <summary>Starts with what the environment says alone.</summary>
    public static void Start() { Start(new Options()); }

    /// <summary>Installs the handlers and sends what earlier runs left behind. Without url or product nothing happens at all.</summary>
    public static void Start(Options options)
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
                options.TimeoutMs = Math.Max(1, Math.Min(options.TimeoutMs, 60000));
                // The person at the machine has the last word here.
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
                current = client;
                if (options.Handlers) client.Install();
                if (client.queue.HasFiles()) client.Send(Pass.Normal, 0);
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
    public static void Report(Exception error) { Report(error, null); }

    /// <summary>The same with details of this occurrence.</summary>
    public static void Report(Exception error, IDictionary<string, object> data)
    {
        var client = current;
        if (client != null && error != null) client.Accept(error, data, null, "normal");
    }

    /// <summary>The same with the HttpContext (System.Web or ASP.NET Core) in which it happened.</summary>
    public static void ReportRequest(Exception error, object httpContext)
    {
        var client = current;
        if (client != null && error != null) client.Accept(error, null, httpContext, "major");
    }

    /// <summary>
    /// Adds to one of host, user, account, version, configuration, request or env. Within a web request it holds for this
    /// request, elsewhere for the whole program.
    /// </summary>
    public static void Set(string section, IDictionary<string, object> values)
    {
        try
        {
            var client = current;
            if (client == null || section == null || values == null) return;
            var scope = CurrentScope();
            var target = scope != null ? scope.Sections : client.sections;
            lock (target)
            {
                var merged = target.ContainsKey(section) ? new Dictionary<string, object>(target[section]) : new Dictionary<string, object>();
                foreach (var pair in values) merged[pair.Key] = pair.Value;
                target[section] = merged;
            }
        }
        catch (Exception)
        {
            // Data that cannot be copied is left out.
        }
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
            task.ContinueWith(failed => Report(Unwrapped(failed.Exception)), CancellationToken.None,
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
            ReportRequest(error, httpContext);
            throw;
        }
    }

    /// <summary>OWIN: <c>app.Use(new Func&lt;AppFunc, AppFunc&gt;(Mayday.Owin));</c></summary>
    public static Func<IDictionary<string, object>, Task> Owin(Func<IDictionary<string, object>, Task> next)
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
                if (error != null) ReportRequest(error, context);
            };
            httpApplication.GetType().GetEvent("Error").AddEventHandler(httpApplication, onError);
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
        public readonly Dictionary<string, Dictionary<string, object>> Sections = new Dictionary<string, Dictionary<string, object>>();
        public object Context;
    }

    Mayday(Options options, string role)
    {
        this.options = options;
        this.role = role;
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

    void OnUnhandled(object source, UnhandledExceptionEventArgs arguments)
    {
        var error = arguments.ExceptionObject as Exception;
        if (error != null) Accept(error, null, null, "major");
        if (error != null && IsOnlyHandlerOfMono()) PrintAsMono(error);
        // After this event the process is gone, in most runtimes without a ProcessExit.
        if (arguments.IsTerminating) Drain(Pass.Final, options.TimeoutMs);
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

    void OnUnobserved(object source, UnobservedTaskExceptionEventArgs arguments)
    {
        // Looked at, not marked as observed: that stays the application's decision.
        Accept(Unwrapped(arguments.Exception), null, null, "major");
    }

    void OnExit(object source, EventArgs arguments) { Drain(Pass.Final, options.TimeoutMs); }

    static Exception Unwrapped(AggregateException error)
    {
        return error != null && error.InnerExceptions.Count == 1 ? error.InnerExceptions[0] : error;
    }

    /// <summary>The scope of an async flow, or of the System.Web request on this thread.</summary>
    static Scope CurrentScope()
    {
        if (ScopeHere.Value != null) return ScopeHere.Value;
        var context = SystemWebContext();
        var items = Get(context, "Items") as IDictionary;
        if (items == null) return null;
        var scope = items["mayday"] as Scope;
        if (scope == null) items["mayday"] = scope = new Scope { Context = context };
        return scope;
    }

    static object SystemWebContext()
    {
        try
        {
            foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
            {
                if (assembly.GetName().Name != "System.Web") continue;
                var type = assembly.GetType("System.Web.HttpContext");
                return type == null ? null : type.GetProperty("Current").GetValue(null, null);
            }
        }
        catch (Exception)
        {
            // As if there were no web.
        }
        return null;
    }

    /// <summary>Collects on the calling thread; writing and sending happen on others.</summary>
    void Accept(Exception error, IDictionary<string, object> data, object httpContext, string severity)
    {
        if (inside) return;
        inside = true;
        string waiting = null;
        try
        {
            var fingerprint = Fingerprint(error);
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
                    Interlocked.Increment(ref dropped);
                    return;
                }
                unwritten[fingerprint] = 1;
            }
            waiting = fingerprint;
            var report = Collect(error, data, httpContext, severity);
            Interlocked.Increment(ref accepted);
            writer.Post(() => Write(fingerprint, report));
            waiting = null;
        }
        catch (Exception)
        {
            Interlocked.Increment(ref dropped);
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

    void Write(string fingerprint, IDictionary<string, object> report)
    {
        inside = true;
        var counted = false;
        try
        {
            if (options.BeforeSend != null) report = options.BeforeSend(report);
            if (report == null) return;
            var id = report["occurrence_id"].ToString();
            var json = Bounded(report);
            if (options.Debug) Say("report " + json);
            // From here on a repeat is a report of its own, which is merged on disk.
            counted = true;
            queue.Add(fingerprint, id, json, TakeCount(fingerprint));
            var wait = queue.RepeatWaitMs(fingerprint);
            // Sent lately: it waits for its repeats, and only the first of them sets a timer.
            if (wait <= 0) Send(Pass.Normal, 0);
            else if (queue.PlanRepeat(fingerprint)) Send(Pass.Normal, wait);
        }
        catch (Exception)
        {
            Interlocked.Increment(ref dropped);
        }
        finally
        {
            if (!counted) TakeCount(fingerprint);
            inside = false;
        }
    }

    // ---- Collecting -------------------------------------------------------------------------------------------------

    Dictionary<string, object> Collect(Exception error, IDictionary<string, object> data, object httpContext, string severity)
    {
        var scope = CurrentScope();
        if (httpContext == null && scope != null) httpContext = scope.Context;
        var report = new Dictionary<string, object>
        {
            { "occurrence_id", Guid.NewGuid().ToString("D") }, { "language", "csharp" }, { "client_version", ClientVersion },
            { "role", role }, { "severity", severity }, { "date", DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) },
        };
        var sources = new Dictionary<string, string[]>();
        var stacktrace = new List<object>();
        foreach (var cause in Chain(error)) stacktrace.Add(OneException(cause, sources));
        report["stacktrace"] = stacktrace;
        var host = Section("host", scope);
        if (!host.ContainsKey("id")) host["id"] = queue.Installation();
        if (!host.ContainsKey("hostname")) host["hostname"] = Environment.MachineName;
        report["host"] = host;
        var version = new Dictionary<string, object>();
        if (options.Version != null) version["number"] = options.Version;
        if (options.VersionDetails != null) foreach (var pair in Plain(options.VersionDetails)) version[pair.Key] = pair.Value;
        foreach (var pair in Section("version", scope)) version[pair.Key] = pair.Value;
        AddIfAny(report, "version", version);
        AddIfAny(report, "user", Section("user", scope));
        AddIfAny(report, "account", Section("account", scope));
        AddIfAny(report, "configuration", Section("configuration", scope));
        var request = Section("request", scope);
        var variables = new Dictionary<string, object>();
        if (httpContext != null)
        {
            var found = new Dictionary<string, object>();
            ReadContext(httpContext, found, variables);
            foreach (var pair in Plain(found)) request[pair.Key] = pair.Value;
        }
        AddIfAny(report, "request", request);
        report["data"] = data == null ? new Dictionary<string, object>() : Plain(data);
        var env = Section("env", scope);
        env["csharp_version"] = RuntimeInformation.FrameworkDescription;
        env["os_kernel_name"] = RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? "Windows" : RuntimeInformation.IsOSPlatform(OSPlatform.OSX) ? "Darwin" : "Linux";
        env["os_kernel_version"] = Environment.OSVersion.Version.ToString();
        env["cpu_arch"] = RuntimeInformation.ProcessArchitecture.ToString();
        env["cpu_count"] = Environment.ProcessorCount;
        if (!string.IsNullOrEmpty(Thread.CurrentThread.Name)) env["thread"] = Cut(Thread.CurrentThread.Name, 200);
        if (dropped > 0) env["mayday_dropped"] = dropped;
        report["env"] = env;
        if (options.EnvironmentVariables)
        {
            foreach (DictionaryEntry pair in Environment.GetEnvironmentVariables())
            {
                if (!variables.ContainsKey(pair.Key.ToString())) variables[pair.Key.ToString()] = pair.Value;
            }
        }
        if (variables.Count > 0) report["environment"] = new Dictionary<string, object> { { "variables", Plain(variables) } };
        report["ownership"] = options.Ownership ?? DefaultOwnership();
        return report;
    }

    /// <summary>The entry assembly and those beside it that are not the platform's are the application.</summary>
    static IDictionary<string, object> DefaultOwnership()
    {
        var modules = new List<object>();
        foreach (var prefix in new[] { "mscorlib", "netstandard", "System", "Microsoft", "Mono", "WindowsBase", "PresentationCore", "PresentationFramework" })
        {
            modules.Add(new Dictionary<string, object> { { "module_prefix", prefix }, { "kind", "external" } });
        }
        var entry = Assembly.GetEntryAssembly();
        if (entry != null) modules.Add(new Dictionary<string, object> { { "module_prefix", entry.GetName().Name }, { "kind", "application" } });
        return new Dictionary<string, object> { { "modules", modules } };
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

    Dictionary<string, object> OneException(Exception error, Dictionary<string, string[]> sources)
    {
        var one = new Dictionary<string, object> { { "kind", Cut(error.GetType().FullName ?? error.GetType().Name, 500) } };
        string message;
        try
        {
            message = error.Message ?? "";
        }
        catch (Exception broken)
        {
            message = "(Message threw " + broken.GetType().FullName + ")";
        }
        one["message"] = Scrub(Cut(message, MaxMessageChars));
        var data = new Dictionary<string, object>();
        try
        {
            foreach (DictionaryEntry pair in error.Data)
            {
                if (data.Count < MaxEntries) data[Convert.ToString(pair.Key, CultureInfo.InvariantCulture)] = pair.Value;
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
            var others = new List<object>();
            for (var i = 1; i < aggregate.InnerExceptions.Count && i <= 10; i++)
            {
                others.Add(Scrub(Cut(aggregate.InnerExceptions[i].GetType().FullName + ": " + aggregate.InnerExceptions[i].Message, MaxStringChars)));
            }
            data["other_exceptions"] = others;
        }
        var frames = new StackTrace(error, true).GetFrames() ?? new StackFrame[0];
        var locations = new List<object>();
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

    static Dictionary<string, object> Location(StackFrame frame, Dictionary<string, string[]> sources)
    {
        var location = new Dictionary<string, object>();
        var method = frame.GetMethod();
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
            location["module"] = Cut(type.Assembly.GetName().Name, 500);
        }
        if (method != null) location["method"] = Cut(method.Name, 500);
        string file = null;
        try
        {
            file = frame.GetFileName();
        }
        catch (Exception)
        {
            // Not permitted to know paths.
        }
        var line = Math.Max(0, frame.GetFileLineNumber());
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
    static List<object> Around(string file, int line, Dictionary<string, string[]> sources)
    {
        string[] lines;
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
        var result = new List<object>();
        for (var i = line - SourceContext; i <= line + SourceContext; i++)
        {
            result.Add(i >= 1 && i <= lines.Length ? Cut(lines[i - 1], MaxSourceLineChars) : "");
        }
        return result;
    }

    /// <summary>Global data of a section under this request's, cleaned.</summary>
    Dictionary<string, object> Section(string name, Scope scope)
    {
        var result = new Dictionary<string, object>();
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
        return Plain(result);
    }

    Dictionary<string, object> Plain(IEnumerable<KeyValuePair<string, object>> values)
    {
        var left = MaxValues;
        var result = new Dictionary<string, object>();
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
    object Clean(string name, object value, int depth, ref int left)
    {
        if (IsSecret(name)) return Filtered;
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
            if (text != null) return Scrub(Cut(text, MaxStringChars));
            var map = value as IDictionary;
            var items = value as IEnumerable;
            if (items != null && depth >= MaxDepth) return "(too deep)";
            if (map != null)
            {
                var result = new Dictionary<string, object>();
                foreach (DictionaryEntry pair in map)
                {
                    if (result.Count >= MaxEntries)
                    {
                        result["..."] = "(more)";
                        break;
                    }
                    var key = Cut(Convert.ToString(pair.Key, CultureInfo.InvariantCulture), 200);
                    result[key] = Clean(key, pair.Value, depth + 1, ref left);
                }
                return result;
            }
            // Only what lies in memory: enumerating a query would run it.
            if (value is ICollection)
            {
                var result = new List<object>();
                foreach (var item in items)
                {
                    if (result.Count >= MaxItems)
                    {
                        result.Add("(more)");
                        break;
                    }
                    result.Add(Clean("", item, depth + 1, ref left));
                }
                return result;
            }
            var formattable = value as IFormattable;
            return Scrub(Cut(formattable != null ? formattable.ToString(null, CultureInfo.InvariantCulture) : value.ToString() ?? "", MaxStringChars));
        }
        catch (Exception broken)
        {
            // A ToString or an enumerator of the application's own which fails must not cost the report.
            return "(reading it threw " + broken.GetType().FullName + ")";
        }
    }

    static readonly Regex Secret = new Regex("pass(wd|word|phrase|code|.?key)?($|[^a-z])|passw|pwd|secret|token|credential|cookie"
        + "|authoriz|authent|(^|[^a-z])auth($|[^a-z])|(api|access|private|encryption|signing).?key|sess(ion)?.?id|csrf|xsrf|jwt|bearer"
        + "|(^|[^a-z])(pin|cvv|cvc|ssn)($|[^a-z])|card.?num", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
    static readonly Regex UrlLogin = new Regex("://[^/\\s?#]{1,500}@");
    static readonly Regex Pair = new Regex("([\\w.\\[\\]%-]{1,100})=([^&;\\s\"']+)");
    static readonly Regex Scheme = new Regex("\\b(bearer|basic)\\s+[\\w.~+/=-]{8,}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>Whether a name promises a secret; in a request, C_ marks a cookie.</summary>
    bool IsSecret(string name)
    {
        // The working folder is no password, although it is spelled like one.
        if (name.Length == 0 || name == "PWD" || name == "OLDPWD") return false;
        if (name.StartsWith("C_", StringComparison.Ordinal) || Secret.IsMatch(name)) return true;
        foreach (var word in options.Secrets)
        {
            if (!string.IsNullOrEmpty(word) && name.IndexOf(word, StringComparison.OrdinalIgnoreCase) >= 0) return true;
        }
        return false;
    }

    /// <summary>Takes logins in URLs, secret query parameters and authorization schemes out of free text.</summary>
    string Scrub(string text)
    {
        if (text.IndexOf("://", StringComparison.Ordinal) >= 0) text = UrlLogin.Replace(text, "://" + Filtered + "@");
        if (text.IndexOf('=') >= 0) text = Pair.Replace(text, pair => IsSecret(pair.Groups[1].Value) ? pair.Groups[1].Value + "=" + Filtered : pair.Value);
        return Scheme.Replace(text, "$1 " + Filtered);
    }

    // ---- Requests, by the names of their properties: this file knows no web framework ------------------------------

    static void ReadContext(object context, Dictionary<string, object> found, Dictionary<string, object> variables)
    {
        var owin = context as IDictionary<string, object>;
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

    static void ReadOwin(IDictionary<string, object> owin, Dictionary<string, object> found, Dictionary<string, object> variables)
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

    static void AddHeaders(Dictionary<string, object> variables, object headers)
    {
        foreach (var header in headers as IEnumerable ?? new object[0])
        {
            var name = Text(Get(header, "Key"));
            if (name.Length > 0 && variables.Count < MaxEntries) variables["HTTP_" + name.ToUpperInvariant().Replace('-', '_')] = Joined(Get(header, "Value"));
        }
    }

    static void AddCollection(Dictionary<string, object> found, string prefix, object collection)
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

    static string Joined(object value)
    {
        var list = value as IEnumerable<string>;
        return list != null ? string.Join(", ", list) : Text(value);
    }

    static string Text(object value) { return value == null ? "" : value.ToString() ?? ""; }

    static object Get(object target, string name)
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
        Timer timer = null;
        timer = new Timer(_ =>
        {
            timer.Dispose();
            sender.Post(() => OnePass(kind));
        }, null, Timeout.Infinite, Timeout.Infinite);
        timer.Change(delayMs, Timeout.Infinite);
    }

    void OnePass(Pass kind)
    {
        inside = true;
        try
        {
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
            if (accepted > 0)
            {
                using (var written = new ManualResetEventSlim())
                {
                    writer.Post(() => Signal(written));
                    written.Wait(milliseconds);
                }
            }
            // What is sent from memory is in no file while it is on its way.
            if (!queue.HasFiles() && accepted == 0) return true;
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
    Outcome Post(string json)
    {
        HttpWebRequest request = null;
        Timer guard = null;
        retryAfterMs = 0;
        try
        {
            var milliseconds = TimeForRequestMs();
            var query = (options.Debug ? "&debug=1" : "") + (options.Token != null ? "&token=" + Uri.EscapeDataString(options.Token) : "");
            var address = options.Url.TrimEnd('/') + "/api/1/" + Uri.EscapeDataString(options.Account) + "/products/"
                + Uri.EscapeDataString(options.Product) + "/reports" + (query.Length > 0 ? "?" + query.Substring(1) : "");
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
            HttpWebResponse response;
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
                if (status >= 200 && status < 300 && answer.Contains("response=ok")) return Outcome.Delivered;
                if (status == 400 || status == 413 || status == 422) return Outcome.Refused;
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
            using (ExecutionContext.IsFlowSuppressed() ? (IDisposable)null : ExecutionContext.SuppressFlow())
            {
                new Thread(Run, 512 * 1024) { IsBackground = true, Name = name }.Start();
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
        string installation;
        long notBefore;
        int failures;
        long plannedRetry = -1;
        // 1 while a request is under way, 2 when its failure has been noted already.
        int underWay;

        public Queue(Options options)
        {
            root = options.QueueDir;
            timeoutMs = options.TimeoutMs;
            folder = Path.Combine(root, "queue", FileName(options.Account), FileName(options.Product));
            try
            {
                foreach (var each in new[] { root, Path.Combine(root, "queue"), Path.GetDirectoryName(folder), folder })
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

        static string ReadInstallation(string file)
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

        /// <summary>Merges into a report of the same error that nobody has tried to send, or writes a new one.</summary>
        public void Add(string fingerprint, string id, string json, int count)
        {
            if (Merge(fingerprint, count)) return;
            var counted = count > 1 ? "{\"count\":" + count + "," + json.Substring(1) : json;
            try
            {
                Prune(counted.Length);
                WriteFile(Path.Combine(folder, fingerprint + "." + id + ".new"), counted);
            }
            catch (Exception)
            {
                lock (memory)
                {
                    if (memory.Count < MaxHeldInMemory) memory.Add(counted);
                }
            }
        }

        bool Merge(string fingerprint, int count)
        {
            try
            {
                using (var held = FileLock.Take(Besides("lock"), 200))
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
            var part = Path.Combine(Path.GetDirectoryName(target), Guid.NewGuid().ToString("D") + ".tmp");
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

        string Besides(string name) { return Path.Combine(Path.GetDirectoryName(folder), "." + Path.GetFileName(folder) + "." + name); }

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

        /// <summary>Takes away what is too old, and the oldest where a new report of this size would not fit.</summary>
        void Prune(long wanted)
        {
            var now = DateTime.UtcNow;
            var reports = new List<FileInfo>();
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
                        if (now - file.LastWriteTimeUtc > MaxAge) file.Delete();
                        else reports.Add(file);
                    }
                }
                catch (Exception)
                {
                    // Sent and deleted by another process meanwhile.
                }
            }
            reports.Sort((a, b) => b.LastWriteTimeUtc.CompareTo(a.LastWriteTimeUtc));
            var bytes = wanted;
            for (var i = 0; i < reports.Count; i++)
            {
                bytes += reports[i].Length;
                if (bytes > MaxBytes || i >= MaxFiles - (wanted > 0 ? 1 : 0)) reports[i].Delete();
            }
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
                Prune(0);
                foreach (var name in InOrder())
                {
                    var fresh = NewName.Match(name);
                    var tried = name;
                    if (fresh.Success)
                    {
                        if (kind == Pass.Normal && RepeatWaitMs(fresh.Groups[1].Value) > 0) continue;
                        tried = fresh.Groups[2].Value + ".json";
                        if (!Claim(name, tried)) continue;
                        MarkSent(fresh.Groups[1].Value);
                    }
                    var file = new FileInfo(Path.Combine(folder, tried));
                    if (!file.Exists) continue;
                    var json = file.Length > 4L * MaxReportBytes ? "" : File.ReadAllText(file.FullName, Utf8);
                    Interlocked.Exchange(ref underWay, 1);
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
                using (var held = FileLock.Take(Besides("lock"), 200))
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
        public static FileLock Take(string path, int milliseconds)
        {
            var clock = Stopwatch.StartNew();
            do
            {
                FileStream stream = null;
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
    static string Bounded(IDictionary<string, object> report)
    {
        var json = Json(report);
        for (var step = 0; Utf8.GetByteCount(json) > MaxReportBytes && step < 3; step++)
        {
            foreach (Dictionary<string, object> one in (List<object>)report["stacktrace"])
            {
                var frames = (List<object>)one["locations"];
                if (step == 0) foreach (Dictionary<string, object> frame in frames) frame.Remove("source");
                if (step == 2 && frames.Count > 20) frames.RemoveRange(20, frames.Count - 20);
            }
            if (step == 1)
            {
                foreach (var name in new[] { "request", "environment", "configuration" }) report.Remove(name);
                report["data"] = new Dictionary<string, object>();
            }
            json = Json(report);
        }
        if (Utf8.GetByteCount(json) > MaxReportBytes) throw new InvalidOperationException("report too large");
        return json;
    }

    static string Json(object value)
    {
        var output = new StringBuilder();
        WriteJson(output, value, 0);
        return output.ToString();
    }

    static void WriteJson(StringBuilder output, object value, int depth)
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
        else if (value is IDictionary<string, object>)
        {
            var separator = '{';
            foreach (var pair in (IDictionary<string, object>)value)
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
            WriteText(output, value.ToString());
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
        string fromFile = null;
        try
        {
            var file = new FileInfo(Path.Combine(options.QueueDir, "role"));
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

    static string Env(string name)
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

    static bool Truthy(string value)
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

    static void AddIfAny(IDictionary<string, object> target, string name, Dictionary<string, object> value)
    {
        if (value.Count > 0) target[name] = value;
    }
}
