// Starts the real server for black-box tests: a process of its own on a fresh data folder, with free ports.
// Nothing in system/ imports from src/.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');
const START_TIMEOUT_MS = 30_000;

/** The administrator's API token of every server that tests start. */
export const ADMIN_TOKEN = 'system-test-admin-token';

export interface TestServer {
  readonly dir: string;
  readonly submitUrl: string;
  readonly submitPort: number;
  readonly reportsUrl: string;
  /** Everything that it has printed. */
  output(): string;
  pid(): number;
  /** SIGTERM; gives the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, as a power cut for the process. */
  kill(): Promise<void>;
  /** Starts again on the same folder after stop or kill. */
  restart(): Promise<TestServer>;
  /** Stops it where it still runs and removes the folder. */
  remove(): Promise<void>;
}

export interface ServerOptions {
  readonly dir?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Arguments of node before the script (`--import`, …). */
  readonly nodeArgs?: readonly string[];
  /** The entry point, where it is not the clone's. */
  readonly script?: string;
  /** The Node that runs it, where it is not that of the tests. */
  readonly node?: string;
}

/** Starts `mayday serve` and waits until it has printed its addresses. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const dir = options.dir ?? mkdtempSync(path.join(tmpdir(), 'mayday-system-'));
  const child = spawn(
    options.node ?? process.execPath,
    [
      ...(options.nodeArgs ?? []),
      options.script ?? path.join(ROOT, 'bin/mayday.js'),
      'serve',
      ...(options.args ?? []),
    ],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '',
        CRASH_REPORTS_DIR: dir,
        SUBMIT_SERVER_HOST: '127.0.0.1',
        SUBMIT_SERVER_PORT: '0',
        REPORTS_SERVER_PORT: '0',
        MAYDAY_ADMIN_TOKEN: ADMIN_TOKEN,
        MIN_FREE_DISK_MB: '0',
        ...options.env,
      },
    },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await ready(child, () => output, options.args ?? []);

  const submitPort = Number(/Submit server\s+http:\/\/[^:\s]+:(\d+)/.exec(output)?.[1] ?? 0);
  const reportsPort = Number(/Reports server\s+http:\/\/[^:\s]+:(\d+)/.exec(output)?.[1] ?? 0);
  const end = (signal: NodeJS.Signals): Promise<number | null> =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
      child.once('exit', (code) => resolve(code));
      child.kill(signal);
    });
  const later: TestServer[] = [];
  return {
    dir,
    submitPort,
    submitUrl: `http://127.0.0.1:${submitPort}`,
    reportsUrl: `http://127.0.0.1:${reportsPort}`,
    output: () => output,
    pid: () => child.pid ?? 0,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    async restart() {
      const next = await startServer({ ...options, dir });
      later.push(next);
      return next;
    },
    async remove() {
      await end('SIGKILL');
      // A test that failed between has not ended them, and would wait for them.
      await Promise.all(later.map((server) => server.kill()));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function ready(child: ChildProcess, output: () => string, args: readonly string[]): Promise<void> {
  const only = args[args.indexOf('--only') + 1] ?? '';
  const wanted = args.includes('--only')
    ? [/submit/.test(only) ? 'Submit server' : '', /reports/.test(only) ? 'Reports server' : '']
    : ['Submit server', 'Reports server'];
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`the server did not start: ${output()}`)),
      START_TIMEOUT_MS,
    );
    // The banner is one write that ends with an empty line.
    const check = (): void => {
      if (wanted.every((text) => output().includes(text)) && /\n\n$|\n\n\{/.test(output())) {
        clearTimeout(timer);
        resolve();
      }
    };
    child.stdout?.on('data', check);
    child.stderr?.on('data', check);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the server ended with code ${code}: ${output()}`));
    });
  });
}

/** An API call as the administrator; JSON is parsed. */
export async function api(
  server: TestServer,
  pathAndQuery: string,
  init: RequestInit = {},
): Promise<Response> {
  return fetch(`${server.reportsUrl}${pathAndQuery}`, {
    ...init,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...(init.headers as Record<string, string>) },
  });
}

/** One report as the list gives it. */
export interface ListedReport {
  readonly crashId: string;
  readonly product: string;
  readonly account: string;
  readonly protocol: string;
  readonly version: string | null;
  readonly platform: string | null;
}

/** One report as `GET /api/reports/{crash id}` gives it. */
export interface FullReport extends ListedReport {
  readonly annotations: readonly { readonly key: string; readonly value: string }[];
  readonly notes: readonly string[];
  readonly attachments: readonly {
    readonly name: string;
    readonly size: number;
    readonly sha256: string;
    readonly filename: string | null;
  }[];
  readonly throttle: { readonly rule: string; readonly action: string };
  readonly state: string;
  readonly userAgent: string | null;
  readonly installation: string | null;
}

/** Every report of a server, newest first, over all pages. */
export async function listReports(server: TestServer, filter = ''): Promise<readonly ListedReport[]> {
  const reports: ListedReport[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams(filter);
    query.set('limit', '200');
    if (cursor !== null) query.set('cursor', cursor);
    const answer = await api(server, `/api/reports?${query.toString()}`);
    if (answer.status !== 200) throw new Error(`GET /api/reports: ${answer.status} ${await answer.text()}`);
    const page = (await answer.json()) as {
      readonly reports: readonly ListedReport[];
      readonly next: string | null;
    };
    reports.push(...page.reports);
    cursor = page.next;
  } while (cursor !== null);
  return reports;
}

export async function getReport(server: TestServer, crashId: string): Promise<FullReport> {
  const answer = await api(server, `/api/reports/${crashId}`);
  if (answer.status !== 200)
    throw new Error(`GET report ${crashId}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as FullReport;
}

export async function getAttachment(server: TestServer, crashId: string, name: string): Promise<Buffer> {
  const answer = await api(server, `/api/reports/${crashId}/attachments/${encodeURIComponent(name)}`);
  if (answer.status !== 200)
    throw new Error(`GET attachment ${name}: ${answer.status} ${await answer.text()}`);
  return Buffer.from(await answer.arrayBuffer());
}

/** Names of everything in the data folder's `incoming/`: unfinished uploads. */
export function leftovers(dir: string): readonly string[] {
  try {
    return readdirSync(path.join(dir, 'incoming'));
  } catch {
    return [];
  }
}

/** What a folder uses on the disk in bytes, as `du` counts: blocks, folders included. */
export function diskUsage(folder: string): number {
  let total = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    try {
      total += statSync(file).blocks * 512;
      if (entry.isDirectory()) total += diskUsage(file);
    } catch {
      // It went away between the listing and the look: pruning does that.
    }
  }
  return total;
}
