// Runs `mayday watch` for black-box tests, on a folder of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** A Go-like program: prints log lines, then a panic as Go's runtime prints it, and ends with code 2. */
export const GO_PANIC = `panic: runtime error: index out of range [5] with length 3

goroutine 106 [running]:
example.com/app/lib/model.(*folder).pull(0xc000158000)
\t/build/lib/model/folder.go:74 +0x41b
created by example.com/app/lib/model.(*model).start in goroutine 1
\t/build/lib/model/model.go:588 +0x5b
exit status 2
`;
export const GO_PROGRAM = `echo "secret log line" >&2; printf '%s' "$TRACE" >&2; exit 2`;
export const VERSION =
  'app v1.4.2 "Gold Grasshopper" (go1.22.1 linux-amd64) b@example.com 2026-05-21 20:36:38 UTC';

export interface Watching {
  readonly child: ChildProcess;
  readonly dir: string;
  stdout(): Buffer;
  stderr(): Buffer;
  readonly ended: Promise<number | null>;
}

/** Starts `mayday watch --dir <dir> <options> -- <program>`. */
export function startWatch(
  dir: string,
  options: readonly string[],
  program: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Watching {
  const child = spawn(
    process.execPath,
    [path.join(ROOT, 'bin/mayday.js'), 'watch', '--dir', dir, ...options, '--', ...program],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', HOME: dir, TRACE: GO_PANIC, ...env },
    },
  );
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => undefined);
  return {
    child,
    dir,
    stdout: () => Buffer.concat(out),
    stderr: () => Buffer.concat(err),
    ended: new Promise((resolve) => child.once('close', (code) => resolve(code))),
  };
}

/** Runs it to its end. */
export async function watch(
  dir: string,
  options: readonly string[],
  program: readonly string[],
  settings: { readonly env?: Readonly<Record<string, string>>; readonly input?: Buffer | string } = {},
): Promise<{ readonly code: number | null; readonly stdout: Buffer; readonly stderr: Buffer }> {
  const running = startWatch(dir, options, program, settings.env);
  running.child.stdin?.end(settings.input ?? '');
  const code = await running.ended;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}

/** A folder that is removed when `use` is done. */
export async function inFolder(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(path.join(tmpdir(), 'mayday-watch-'));
  try {
    await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The panic logs of a folder by name. */
export function logs(dir: string): readonly { readonly name: string; readonly text: string }[] {
  return readdirSync(dir)
    .filter((name) => /^panic-.*\.log$/.test(name))
    .sort()
    .map((name) => ({ name, text: readFileSync(path.join(dir, name), 'utf8') }));
}

/** Waits until something is true, or fails with what it was waited for. */
export async function until(what: string, condition: () => boolean, timeoutMs = 20_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
