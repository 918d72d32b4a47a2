// What frameworks and loggers tell the library, one scenario each; run by csharp-bridges.test.ts.
using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

public static class Bridges
{
    sealed class Context : HttpContext
    {
        public Request Request { get; } = new Request();
    }

    sealed class Request
    {
        public string Method { get; } = "GET";
        public string Path { get; } = "/orders/7";
    }

    static void Fail(string message) { throw new InvalidOperationException(message); }

    static async void Forgotten()
    {
        await Task.Delay(1);
        Fail("in async void");
    }

    static void Work(ILogger logger)
    {
        logger.Log(LogLevel.Information, null, "took order 17");
        logger.Log(LogLevel.Debug, null, "not noted");
        logger.Log(LogLevel.Error, null, "no stock for tea");
        try
        {
            Fail("raised and logged");
        }
        catch (InvalidOperationException error)
        {
            logger.Log(LogLevel.Error, error, "could not place it");
            throw;
        }
    }

    public static void Main(string[] arguments)
    {
        Mayday.Start(new Mayday.Options { Version = "1.2.3" });
        switch (arguments[0])
        {
            case "async_void":
                Forgotten();
                Thread.Sleep(10000);
                break;
            case "middleware":
                var middleware = new MaydayMiddleware(_ => { Fail("in a request"); return null; });
                try
                {
                    middleware.InvokeAsync(new Context()).Wait();
                }
                catch (AggregateException error)
                {
                    Console.WriteLine("raised on " + error.InnerException.Message);
                }
                break;
            case "logger":
                Work(new MaydayLoggerProvider().CreateLogger("shop.orders"));
                break;
            case "dispatchers":
                var application = new System.Windows.Application();
                MaydayDispatchers.Watch(application);
                MaydayDispatchers.WatchForms();
                application.DispatcherUnhandledException += (source, told) => told.Handled = true;
                application.Run(() => Fail("in a dispatcher"));
                try
                {
                    Fail("in a window");
                }
                catch (InvalidOperationException error)
                {
                    System.Windows.Forms.Application.OnThreadException(error);
                }
                Console.WriteLine("goes on");
                break;
        }
    }
}
