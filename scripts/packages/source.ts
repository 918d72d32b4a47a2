// What the packages of all languages share: the files of clients/, their version, names, words.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Names under which packages are published; whoever publishes them has to own these (docs/releasing.md). */
export const NAMES = {
  npm: 'mayday-client',
  pypi: 'mayday-client',
  maven: { group: 'mayday', artifact: 'mayday-client' },
  gem: 'mayday-client',
  composer: 'mayday/client',
  nuget: 'Mayday.Client',
  go: 'mayday.invalid/mayday',
} as const;

export const LICENSE = 'Apache-2.0';
export const SUMMARY = 'Reports uncaught errors and crashes to a Mayday server: one file, no dependencies.';
export const AUTHOR = 'The authors of Mayday';

/** A file of clients/, or LICENSE. */
export function clientFile(name: string): string {
  return readFileSync(path.join(ROOT, name === 'LICENSE' ? name : path.join('clients', name)), 'utf8');
}

/** The version that a library says it has; the package has the same. Throws where it says none. */
export function versionOf(file: string): string {
  const found =
    /^\s*(?:(?:public|static|final|const|string|String)\s+)*(?:__version__|VERSION|CLIENT_VERSION|ClientVersion|LibraryVersion|"version")\s*[:=]\s*["'](\d+\.\d+\.\d+)["']/m.exec(
      clientFile(file),
    );
  if (found?.[1] === undefined) throw new Error(`clients/${file} says no version`);
  return found[1];
}

/** Runs a tool of the language. Throws with what it printed. */
export function must(command: string, parameters: readonly string[], cwd: string): void {
  const done = spawnSync(command, parameters, { cwd, encoding: 'utf8', timeout: 300_000 });
  if (done.error !== undefined) throw new Error(`${command} is missing: ${done.error.message}`);
  if (done.status !== 0) throw new Error(`${command} ${parameters.join(' ')}:\n${done.stdout}${done.stderr}`);
}
