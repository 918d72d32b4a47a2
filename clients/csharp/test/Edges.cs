// What the sample does not show: each scenario prints one line when the client behaved. Run by ../../contract/csharp.test.ts.

using System;
using System.Collections;
using System.Collections.Generic;
using System.Collections.Specialized;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Edging
{
    // The shape of ASP.NET Core's classes, of which the client knows names alone.
    public sealed class CoreContext
    {
        public CoreRequest Request { get; } = new CoreRequest();
        public CoreConnection Connection { get; } = new CoreConnection();
        public Dictionary<Type, object> Features { get; } = new Dictionary<Type, object> { { typeof(IFormFeature), new FormFeature() } };
    }

    public interface IFormFeature
    {
    }

    public sealed class FormFeature : IFormFeature
    {
        public Dictionary<string, string[]> Form { get; } = new Dictionary<string, string[]>
        {
            { "quantity", new[] { "3" } }, { "password", new[] { "hunter2" } },
        };
    }

    public sealed class CoreConnection
    {
        public string RemoteIpAddress { get { return "192.0.2.7"; } }
    }

    public sealed class CoreRequest
    {
        public string Method { get { return "POST"; } }
        public string Path { get { return "/cart/checkout"; } }
        public string QueryString { get { return "?page=2&token=hunter2"; } }
        public string Host { get { return "shop.example:8443"; } }
        public Dictionary<string, string[]> Headers { get; } = new Dictionary<string, string[]>
        {
            { "User-Agent", new[] { "probe/1" } }, { "Authorization", new[] { "Basic hunter2hunter2" } }, { "Cookie", new[] { "sid=hunter2" } },
        };
        public Dictionary<string, string[]> Query { get; } = new Dictionary<string, string[]> { { "page", new[] { "2" } }, { "token", new[] { "hunter2" } } };
        public Dictionary<string, string> Cookies { get; } = new Dictionary<string, string> { { "sid", "hunter2" } };
    }

    // The shape of System.Web's classes.
    public sealed class WebApplication
    {
        public event EventHandler Error;
        public WebContext Context { get; } = new WebContext();
        public void Fail(Exception error)
        {
            Context.Error = error;
            if (Error != null) Error(this, EventArgs.Empty);
        }
    }

    public sealed class WebContext
    {
        public Exception Error { get; set; }
        public WebRequest Request { get; } = new WebRequest();
    }

    public sealed class WebRequest
    {
        public NameValueCollection ServerVariables { get; } = new NameValueCollection
        {
            { "REQUEST_METHOD", "POST" }, { "HTTP_COOKIE", "sid=hunter2" }, { "ALL_RAW", "Cookie: sid=hunter2" }, { "AUTH_PASSWORD", "hunter2" },
        };
        public NameValueCollection QueryString { get; } = new NameValueCollection { { "page", "2" } };
        public NameValueCollection Form { get; } = new NameValueCollection { { "password", "hunter2" } };
    }

    public sealed class HttpUnhandledException : Exception
    {
        public HttpUnhandledException(Exception inner) : base("page failed", inner) { }
    }

    public sealed class Broken
    {
        public override string ToString() { throw new InvalidOperationException("ToString broke"); }
    }

    public sealed class Endless : IEnumerable
    {
        public IEnumerator GetEnumerator()
        {
            while (true) yield return 1;
        }
    }

    public static class Edges
    {
        // Away from the lines around the frames, which are sent.
        const string Secret = "hunter2";

        public static void Main(string[] arguments)
        {
            Mayday.Start(new Mayday.Options { Version = "1.2.3" });
            switch (arguments[0])
            {
                case "core":
                    Core().Wait();
                    break;
                case "owin":
                    Owin().Wait();
                    break;
                case "web":
                {
                    var application = new WebApplication();
                    Mayday.Attach(application);
                    application.Fail(new HttpUnhandledException(new InvalidOperationException("no stock")));
                    Console.WriteLine("still running");
                    break;
                }
                case "hostile":
                    Hostile();
                    break;
                case "flood":
                {
                    Report(0);
                    Mayday.Flush();
                    var clock = Stopwatch.StartNew();
                    for (var i = 1; i <= 5000; i++) Report(i);
                    Console.WriteLine(clock.ElapsedMilliseconds < 5000 ? "quick enough" : "too slow");
                    break;
                }
                case "unobserved":
                    // In a method and on a thread of its own, so that nothing on this stack keeps the task alive.
                    var thread = new Thread(Forget);
                    thread.Start();
                    thread.Join();
                    for (var i = 0; i < 20; i++)
                    {
                        GC.Collect();
                        GC.WaitForPendingFinalizers();
                        Thread.Sleep(10);
                    }
                    Console.WriteLine("still running");
                    break;
                case "exit":
                    Report(1);
                    Environment.Exit(3);
                    break;
                default:
                    Environment.Exit(2);
                    break;
            }
        }

        static async Task Core()
        {
            await Mayday.Guard(new CoreContext(), () =>
            {
                Mayday.Set("user", new Dictionary<string, object> { { "id", "u-1" } });
                return Task.FromResult(0);
            });
            var thrown = new InvalidOperationException("no stock");
            try
            {
                await Mayday.Guard(new CoreContext(), async () =>
                {
                    await Task.Delay(1);
                    Mayday.Set("user", new Dictionary<string, object> { { "id", "u-2" } });
                    throw thrown;
                });
            }
            catch (InvalidOperationException seen)
            {
                Console.WriteLine(seen == thrown ? "same exception" : "another exception");
            }
        }

        static async Task Owin()
        {
            var application = Mayday.Owin(environment => throw new InvalidOperationException("no stock"));
            try
            {
                await application(new Dictionary<string, object>
                {
                    { "owin.RequestMethod", "GET" }, { "owin.RequestPath", "/cart" }, { "owin.RequestQueryString", "page=2&token=" + Secret },
                    { "owin.RequestHeaders", new Dictionary<string, string[]> { { "Cookie", new[] { "sid=" + Secret } } } },
                });
            }
            catch (InvalidOperationException)
            {
                Console.WriteLine("same exception");
            }
        }

        static void Hostile()
        {
            Mayday.Set("user", new Dictionary<string, object> { { "id", 17 } });
            var data = new Dictionary<string, object>
            {
                { "broken", new Broken() }, { "endless", new Endless() }, { "long", new string('x', 100000) }, { "many", new int[10000] },
                { "surrogate", "\ud800 and \"quotes\" and \u0001" }, { "number", double.NaN }, { "nothing", null },
            };
            data["self"] = data;
            Exception error = new InvalidOperationException(new string('m', 100000));
            error.Data["reason"] = "a broken key";
            for (var i = 0; i < 50; i++) error = new InvalidOperationException("layer " + i, error);
            Mayday.Report(new AggregateException(error, new TimeoutException("the other one")), data);
            Mayday.Report(null, data);
            Mayday.Set(null, null);
            Console.WriteLine("still running");
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget()
        {
            var task = Task.Run(() => { throw new InvalidOperationException("nobody looks"); });
            ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        }

        static void Report(int number)
        {
            try
            {
                throw new InvalidOperationException("again " + number);
            }
            catch (InvalidOperationException error)
            {
                Mayday.Report(error);
            }
        }
    }
}
