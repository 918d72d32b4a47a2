// The sample of the C# client; ../../contract/README.md says what each scenario must do.

using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Shopping
{
    public static class Sample
    {
        // Away from the lines around the frames: those are sent, as the sources of the application.
        const string Password = "hunter2";

        public static void Main(string[] arguments)
        {
            var scenario = arguments.Length > 0 ? arguments[0] : "crash";
            if (scenario == "previous")
            {
                AppDomain.CurrentDomain.UnhandledException += (source, unhandled) =>
                    Console.WriteLine("previous handler: " + ((Exception)unhandled.ExceptionObject).Message);
            }
            Mayday.Start(new Mayday.Options { Version = "1.2.3" });
            switch (scenario)
            {
                case "report":
                    ReportOnce();
                    Console.WriteLine("still running");
                    break;
                case "repeat":
                    for (var i = 0; i < 25; i++) ReportOnce();
                    Console.WriteLine("still running");
                    break;
                case "idle":
                    Console.WriteLine("idle");
                    break;
                case "flush":
                    Mayday.Flush();
                    Console.WriteLine("flushed");
                    break;
                case "thread":
                    var thread = new Thread(() => new Shop().Order(3)) { Name = "worker" };
                    thread.Start();
                    thread.Join();
                    break;
                case "task":
                    InTasks();
                    Console.WriteLine("still running");
                    break;
                default:
                    Crash();
                    break;
            }
        }

        static void ReportOnce()
        {
            try
            {
                new Shop().Order(3);
            }
            catch (InvalidOperationException error)
            {
                Mayday.Report(error, new Dictionary<string, object> { { "order", 17 }, { "password", Password } });
            }
        }

        static void InTasks()
        {
            var watched = Mayday.Watch(Task.Run(() => new Shop().Order(3)));
            var wrapped = Task.Run(Mayday.Wrap(() => { int.Parse("many"); }));
            foreach (var task in new[] { watched, wrapped })
            {
                try
                {
                    task.Wait();
                }
                catch (AggregateException expected)
                {
                    Console.WriteLine("task: " + expected.InnerException.GetType().Name);
                }
            }
        }

        static void Crash()
        {
            Mayday.Set("user", new Dictionary<string, object> { { "id", "u-17" } });
            Mayday.Set("configuration", new Dictionary<string, object> { { "port", 8000 }, { "password", Password } });
            Console.WriteLine("about to crash");
            new Shop().Order(3);
        }
    }

    sealed class Shop
    {
        public void Order(int items)
        {
            try
            {
                Price(items);
            }
            catch (DivideByZeroException error)
            {
                throw new InvalidOperationException("cannot place the order", error);
            }
        }

        // Inlined, it would be missing from the stack.
        [MethodImpl(MethodImplOptions.NoInlining)]
        int Price(int items)
        {
            var discount = 0;
            return items / discount;
        }
    }
}
