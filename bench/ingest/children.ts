// Starts the processes under measurement and tells what they used.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';

export interface Child {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Where the measured files go: BENCH_DIR, or the temporary folder of the system. */
export const BENCH_ROOT = process.env['BENCH_DIR'] ?? tmpdir();

/** As `npm start` does, or BENCH_NODE_FLAGS. */
const NODE_FLAGS = (process.env['BENCH_NODE_FLAGS'] ?? '--max-semi-space-size=2').split(' ');

/** One of the floors (`drain`, `fsync`). */
export async function startFloor(mode: 'drain' | 'fsync'): Promise<Child> {
  const script = path.join(import.meta.dirname, 'floor-server.ts');
  const child = spawn(process.execPath, [script, mode, BENCH_ROOT], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { port: Number(await waitFor(child, /(\d+)\n/)), pid: child.pid ?? 0, stop: () => stop(child) };
}

/**
 * The real server as `npm start` runs it, with all roles or some, on a data folder of its own or on `sharedDir`, which the
 * caller removes; of this checkout, or of the one in `root`.
 */
export async function startMayday(
  settings: Readonly<Record<string, string>> = {},
  {
    roles,
    sharedDir,
    root,
  }: { readonly roles?: string; readonly sharedDir?: string; readonly root?: string } = {},
): Promise<Child> {
  const dir = sharedDir ?? mkdtempSync(path.join(BENCH_ROOT, 'mayday-bench-'));
  const only = roles === undefined ? [] : ['--only', roles];
  const child = spawn(process.execPath, [...NODE_FLAGS, 'bin/mayday.js', 'serve', ...only], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(root !== undefined && { cwd: root }),
    env: {
      ...process.env,
      CRASH_REPORTS_DIR: dir,
      SUBMIT_SERVER_PORT: '0',
      REPORTS_SERVER_PORT: '0',
      SUBMIT_SERVER_HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      ...settings,
    },
  });
  const port = Number(await waitFor(child, /Submit server\s+http:\/\/[^:]+:(\d+)/));
  return {
    port,
    pid: child.pid ?? 0,
    async stop() {
      await stop(child);
      if (sharedDir === undefined) rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Peak resident memory of a process in MB, from /proc (Linux only; NaN elsewhere). */
export function peakMemoryMb(pid: number): number {
  try {
    const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(line?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** Clock ticks of `/proc/<pid>/stat` in a second: the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Processor time that a process has used so far, all threads and the kernel's share, in microseconds (Linux only; NaN elsewhere). */
export function cpuMicroseconds(pid: number): number {
  try {
    // The name of the program stands in brackets and may hold anything; user and system time are fields 14 and 15.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / TICKS_PER_SECOND;
  } catch {
    return Number.NaN;
  }
}

function waitFor(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const match = pattern.exec(text);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
    child.once('exit', (code) => reject(new Error(`a server ended with ${code}: ${text}`)));
  });
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
