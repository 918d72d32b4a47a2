// Starts a real Mayday server from this checkout, for the end of the contract: what a client sends must arrive.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');
const START_MS = 60_000;

/** A running Mayday server with a folder of its own. */
export interface MaydayServer {
  /** Base of the submit server. */
  readonly url: string;
  /** The reports with a token, newest first; empty where there is none. */
  latestReports(product: string, token: string): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Starts `mayday serve` on free ports and waits until it answers. */
export async function startMaydayServer(): Promise<MaydayServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'mayday-server-'));
  const port = await freePort();
  const child = spawn(process.execPath, [path.join(ROOT, 'bin/mayday.js'), 'serve'], {
    cwd: folder,
    env: {
      ...process.env,
      CRASH_REPORTS_DIR: path.join(folder, 'reports'),
      SUBMIT_SERVER_PORT: String(port),
      REPORTS_SERVER_PORT: String(await freePort()),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const url = `http://127.0.0.1:${port}`;
  const end = Date.now() + START_MS;
  while (!(await isUp(url))) {
    if (child.exitCode !== null || Date.now() > end) {
      child.kill('SIGKILL');
      throw new Error(`the Mayday server did not start:\n${output}`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
  return {
    url,
    latestReports: (product, token) => latestReports(url, product, token),
    close: async () => {
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function isUp(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/__lbheartbeat__`)).ok;
  } catch {
    return false;
  }
}

async function latestReports(
  url: string,
  product: string,
  token: string,
): Promise<readonly Record<string, unknown>[]> {
  const address = `${url}/api/1/default/products/${product}/latest-report?token=${encodeURIComponent(token)}`;
  const response = await fetch(address);
  if (response.status === 404) return [];
  if (!response.ok) throw new Error(`${address} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>[];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
