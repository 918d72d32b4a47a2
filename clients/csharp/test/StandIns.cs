// The members of ASP.NET Core, Microsoft.Extensions.Logging, WPF and Windows Forms that docs/bridges/csharp.md uses, as Microsoft documents
// them: their packages cannot be had where the suite runs. Compiled with the pieces of that page by csharp-bridges.test.ts.
using System;
using System.Threading.Tasks;

namespace Microsoft.AspNetCore.Http
{
    public abstract class HttpContext { }

    public delegate Task RequestDelegate(HttpContext context);
}

namespace Microsoft.Extensions.Logging
{
    public enum LogLevel { Trace, Debug, Information, Warning, Error, Critical, None }

    public struct EventId
    {
        public int Id;
    }

    public interface ILogger
    {
        void Log<TState>(LogLevel level, EventId id, TState state, Exception error, Func<TState, Exception, string> formatter);
        bool IsEnabled(LogLevel level);
        IDisposable BeginScope<TState>(TState state);
    }

    public interface ILoggerProvider : IDisposable
    {
        ILogger CreateLogger(string categoryName);
    }

    public static class LoggerExtensions
    {
        public static void Log(this ILogger logger, LogLevel level, Exception error, string message)
        {
            logger.Log(level, default(EventId), message, error, (state, _) => state);
        }
    }
}

namespace System.Windows
{
    public sealed class DispatcherUnhandledExceptionEventArgs : EventArgs
    {
        public Exception Exception { get; set; }
        public bool Handled { get; set; }
    }

    public class Application
    {
        public event EventHandler<DispatcherUnhandledExceptionEventArgs> DispatcherUnhandledException;

        /// <summary>What the dispatcher does with the exception of a callback.</summary>
        public void Run(Action callback)
        {
            try
            {
                callback();
            }
            catch (Exception error)
            {
                var arguments = new DispatcherUnhandledExceptionEventArgs { Exception = error };
                if (DispatcherUnhandledException != null) DispatcherUnhandledException(this, arguments);
                if (!arguments.Handled) throw;
            }
        }
    }
}

namespace System.Windows.Forms
{
    public sealed class ThreadExceptionEventArgs : EventArgs
    {
        public Exception Exception { get; set; }
    }

    public static class Application
    {
        public static event EventHandler<ThreadExceptionEventArgs> ThreadException;

        public static void OnThreadException(Exception error)
        {
            if (ThreadException != null) ThreadException(null, new ThreadExceptionEventArgs { Exception = error });
        }
    }
}
