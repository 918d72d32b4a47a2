// Errors that come again: thrown again, reported and then fatal, many different ones at once. Run by ../../contract/repeats.test.ts.
using System;
using System.Collections.Generic;

public static class Repeats
{
    static void Fail(int depth)
    {
        if (depth > 0) Fail(depth - 1);
        throw new InvalidOperationException("at depth");
    }

    static void Inner()
    {
        try
        {
            Fail(0);
        }
        catch (InvalidOperationException error)
        {
            Mayday.Report(error);
            throw;
        }
    }

    public static void Main(string[] arguments)
    {
        var options = new Mayday.Options { ExitMs = arguments[0] == "no_wait" ? 0 : 2000 };
        options.Tags["shop"] = "north";
        if (arguments[0] == "ignored") options.Ignore.Add("backend down");
        Mayday.Start(options);
        switch (arguments[0])
        {
            case "fatal":
                Inner();
                break;
            case "outward":
                try
                {
                    Inner();
                }
                catch (InvalidOperationException error)
                {
                    Mayday.Report(error);
                }
                break;
            case "again":
                var cached = new Exception("backend down");
                for (var turn = 0; turn < 5; turn++)
                {
                    try
                    {
                        throw cached;
                    }
                    catch (Exception error)
                    {
                        Mayday.Report(error);
                    }
                }
                break;
            case "notes":
                for (var turn = 0; turn < 60; turn++) Mayday.Breadcrumb("step " + turn, new Dictionary<string, object> { { "password", "hunter" + 2 } }, "desk");
                try
                {
                    Fail(0);
                }
                catch (InvalidOperationException error)
                {
                    Mayday.Report(error);
                }
                break;
            case "ignored":
                Mayday.Report(new Exception("the backend down again"));
                break;
            case "burst":
                for (var turn = 0; turn < 80; turn++)
                {
                    try
                    {
                        Fail(turn);
                    }
                    catch (InvalidOperationException error)
                    {
                        Mayday.Report(error, new Dictionary<string, object> { { "turn", turn } });
                    }
                }
                break;
            default:
                Fail(0);
                break;
        }
    }
}
