// Checks C# with the compiler that everybody but Mono uses: Mono's own knows no C# 8. Its libraries run in .NET Core, with a program of ours.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dotnetConfiguration, dotnetLibraries } from './dotnet.ts';
import { DOTNET, ROSLYN } from './runtimes.ts';

/** The package brings newer ones than the runtime has. */
const NEWER = ['System.Collections.Immutable.dll', 'System.Reflection.Metadata.dll'];
const COMPILER = ['Microsoft.CodeAnalysis.dll', 'Microsoft.CodeAnalysis.CSharp.dll'];
const OTHERS = ['System.Runtime.CompilerServices.Unsafe.dll'];

/** A function that gives the errors and warnings of a library made of these files, one a line. Throws with the words of Mono's compiler. */
export function roslyn(): (files: readonly string[], options: readonly string[]) => readonly string[] {
  const build = mkdtempSync(path.join(tmpdir(), 'mayday-roslyn-'));
  const program = path.join(build, 'roslyn.dll');
  const libraries = dotnetLibraries();
  for (const name of [...NEWER, ...COMPILER, ...OTHERS])
    copyFileSync(path.join(ROSLYN.command, name), path.join(build, name));
  const others = libraries.filter((option) => !NEWER.includes(path.basename(option)));
  const source = path.join(import.meta.dirname, 'programs/Roslyn.cs');
  run('mcs', [
    '-langversion:7',
    `-out:${program}`,
    ...others,
    ...[...NEWER, ...COMPILER].map((name) => `-r:${path.join(build, name)}`),
    source,
  ]);
  const configuration = path.join(build, 'roslyn.runtimeconfig.json');
  writeFileSync(configuration, dotnetConfiguration());
  writeFileSync(path.join(build, 'roslyn.deps.json'), dependencies());
  const start = ['exec', '--runtimeconfig', configuration];
  const references = libraries.filter((option) => !option.startsWith('-nowarn'));
  return (files, options) =>
    run(DOTNET.command, [...start, program, '-target:library', ...references, ...options, ...files])
      .split('\n')
      .filter((line) => line !== '');
}

/** The list by which libraries beside the program win over those of the runtime that have a lower version. */
function dependencies(): string {
  const name = '.NETCoreApp,Version=v3.1';
  const versions = { assemblyVersion: '5.0.0.0', fileVersion: '5.0.20.51904' };
  const files = Object.fromEntries([...NEWER, ...COMPILER, ...OTHERS].map((file) => [file, versions]));
  return JSON.stringify({
    runtimeTarget: { name },
    targets: { [name]: { 'roslyn/1.0.0': { runtime: files } } },
    libraries: { 'roslyn/1.0.0': { type: 'project', serviceable: false, sha512: '' } },
  });
}

function run(command: string, words: readonly string[]): string {
  const env = { ...process.env, LD_LIBRARY_PATH: path.join(ROSLYN.command, '../../../openssl') };
  const done = spawnSync(command, words, { encoding: 'utf8', timeout: 240_000, env });
  if (done.status !== 0) throw new Error(`${command} failed:\n${done.stdout}${done.stderr}`);
  return done.stdout;
}
