// The first line of a panic log: which program, which version. The server reads product and version from it
// (docs/protocols/syncthing.md), so every program's line is brought into that form.
import { spawn } from 'node:child_process';
import { arch, platform } from 'node:os';
import path from 'node:path';

const TIMEOUT_MS = 10_000;
const MAX_LINE = 1000;
const MAX_SAID = 16 * 1024;
/** The form that is passed on as it is: `name v1.2.3 "codename" (go1.22 linux-amd64) …`. */
const SYNCTHING_FORM =
  /(?:^|\s)[^\s"]{1,100} v\d[^\s"]{0,200} "[^"]{0,200}" \([^\s()]{1,100} [^()]{1,100}-[^\s()-]{1,50}\)/;
/** `myapp 1.2.3`, `openjdk version "17.0.2"`: a name and a version. */
const NAMED = /^([A-Za-z][\w.+-]*),?\s+(?:version\s+)?["v]?\d/i;
const VERSION = /(?:^|[\s"/=@(,-])v?(\d[\w.+~-]*)/;

/** What is known of the program. */
export interface ProgramFacts {
  /** The command that is watched; its base name is the program's name where nothing better is known. */
  readonly command: string;
  readonly name: string | null;
  /** What the program says of its version, by `--version-string` or `--version-command`; null where nothing is known. */
  readonly said: string | null;
}

/** One line, without line end. */
export function versionLine({ command, name, said }: ProgramFacts): string {
  const line =
    (said ?? '')
      .split(/\r?\n/, 1)[0]
      ?.replaceAll(/[\u0000-\u001f\u007f]/g, ' ')
      .trim() ?? '';
  const short = line.slice(0, MAX_LINE);
  if (SYNCTHING_FORM.test(short) && name === null) return short;
  const program = word(
    name ?? NAMED.exec(short)?.[1] ?? path.basename(command).replace(/\.(?:exe|cmd|bat)$/i, ''),
  );
  const version = VERSION.exec(short)?.[1] ?? '0-unknown';
  const shown = short.replaceAll(/["()]/g, '').slice(0, 200);
  return `${program} v${version.slice(0, 100)} "${shown}" (unknown ${platform()}-${architecture()})`;
}

/** The first line of what a shell command prints; null where it prints nothing within `timeoutMs`. */
export function askVersion(shellCommand: string, timeoutMs = TIMEOUT_MS): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(shellCommand, {
      shell: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    let [stdout, stderr] = ['', ''];
    const finish = (): void => {
      clearTimeout(timer);
      // Something that the command left in the background may hold its output: nobody waits for that.
      child.stdout.destroy();
      child.stderr.destroy();
      child.unref();
      // Some programs print their version to standard error, and some end with an error after it (`java -version`).
      resolve(`${stdout}\n${stderr}`.split(/\r?\n/).find((text) => text.trim() !== '') ?? null);
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      finish();
    }, timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => (stdout = (stdout + chunk.toString()).slice(0, MAX_SAID)));
    child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(0, MAX_SAID)));
    child.once('error', finish);
    child.once('close', finish);
  });
}

function word(text: string): string {
  const clean = text.replaceAll(/[\s"()]+/g, '-').slice(0, 100);
  return clean === '' ? 'program' : clean;
}

/** Node's names of processors → Go's, which the field uses. */
function architecture(): string {
  const names: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };
  return names[arch()] ?? arch();
}
