// Prints the errors and warnings of a C# compilation, as `csc` would with the same options; compiled and run by ../roslyn.ts.
using System;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

static class Roslyn
{
    static void Main(string[] arguments)
    {
        var parsed = CSharpCommandLineParser.Default.Parse(arguments, Directory.GetCurrentDirectory(), null);
        var trees = parsed.SourceFiles.Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file.Path), parsed.ParseOptions, file.Path)).ToList();
        var references = parsed.MetadataReferences.Select(each => (MetadataReference)MetadataReference.CreateFromFile(each.Reference));
        var compilation = CSharpCompilation.Create("program", trees, references, parsed.CompilationOptions);
        foreach (var told in parsed.Errors.Concat(compilation.GetDiagnostics()))
        {
            if (told.Severity >= DiagnosticSeverity.Warning && !told.IsSuppressed) Console.WriteLine(told);
        }
    }
}
