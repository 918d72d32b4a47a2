// Builds C# programs with Mono's compiler: for Mono, or against the libraries of a .NET runtime, which has no compiler of its own.
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DOTNET } from './runtimes.ts';

/** Compiles the files; returns the command that runs the program. Throws with the compiler's words. */
export function csharpProgram(runtime: 'Mono' | '.NET', files: readonly string[]): readonly string[] {
  const build = mkdtempSync(path.join(tmpdir(), 'mayday-csharp-'));
  const program = path.join(build, 'program.exe');
  const options = ['-debug', '-langversion:7', `-out:${program}`];
  const libraries = runtime === '.NET' ? dotnetLibraries() : [];
  const done = spawnSync('mcs', [...options, ...libraries, ...files], { encoding: 'utf8', timeout: 120_000 });
  if (done.status !== 0) throw new Error(`mcs failed:\n${done.stdout}${done.stderr}`);
  if (runtime === 'Mono') return ['mono', '--debug', program];
  const configuration = path.join(build, 'program.runtimeconfig.json');
  writeFileSync(configuration, dotnetConfiguration());
  return [DOTNET.command, 'exec', '--runtimeconfig', configuration, program];
}

/** What a program says of the runtime that it wants, in JSON. */
export function dotnetConfiguration(): string {
  const framework = { name: 'Microsoft.NETCore.App', version: dotnetVersion() };
  const configProperties = { 'System.Globalization.Invariant': true };
  return JSON.stringify({ runtimeOptions: { framework, configProperties } });
}

function sharedFolder(): string {
  return path.join(path.dirname(DOTNET.command), 'shared/Microsoft.NETCore.App');
}

function dotnetVersion(): string {
  const [version] = readdirSync(sharedFolder());
  if (version === undefined) throw new Error(`no framework in ${sharedFolder()}`);
  return version;
}

/** Options of a compiler for the managed libraries alone: beside them lie native ones, and two that define types of others again. */
export function dotnetLibraries(): readonly string[] {
  const folder = path.join(sharedFolder(), dotnetVersion());
  const managed = globSync(['System*.dll', 'netstandard.dll', 'mscorlib.dll'], { cwd: folder }).filter(
    (name) => !/Native|^System\.Private\.(?:DataContract|Xml)/.test(name),
  );
  return [
    '-nostdlib',
    '-noconfig',
    '-nowarn:1702',
    ...managed.map((name) => `-r:${path.join(folder, name)}`),
  ];
}
