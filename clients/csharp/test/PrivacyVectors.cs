// Prints what the library makes of each of the privacy vectors, as JSON. Run by ../../contract/privacy.test.ts.
using System;
using System.Collections.Generic;
using System.IO;

public static class PrivacyVectors
{
    public static void Main(string[] arguments)
    {
        object vectors;
        if (!new Mayday.JsonReader(File.ReadAllText(arguments[0])).TryRead(out vectors)) throw new FormatException("no JSON");
        var results = new List<object>();
        foreach (var one in (List<object>)vectors)
        {
            var vector = (Dictionary<string, object>)one;
            var more = vector.ContainsKey("more") ? ((List<object>)vector["more"]).ConvertAll(name => (string)name) : new List<string>();
            var kind = vector.ContainsKey("as") ? (string)vector["as"] : "value";
            if (kind == "value")
            {
                results.Add(Mayday.Cleaned(vector["in"], more));
            }
            else if (kind == "cookies")
            {
                var hidden = new Dictionary<string, object>();
                foreach (var pair in (Dictionary<string, object>)vector["in"]) hidden[pair.Key] = Mayday.SecretRules.Hidden(pair.Value);
                results.Add(hidden);
            }
            else
            {
                results.Add(new Mayday.SecretRules(more).Text((string)vector["in"], kind, 0));
            }
        }
        Console.WriteLine(Mayday.Json(results));
    }
}
