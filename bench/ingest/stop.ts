// SIGTERM under full load: how long the server takes to end, and whether everything that it acknowledged is there and whole.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import type { Store } from '../../src/store/store.ts';
import { BENCH_ROOT, startMayday } from './children.ts';
import type { PreparedRequest } from './load.ts';
import { openBenchStore } from './sentry-envelope.ts';
import { say } from './words.ts';

const LOAD_MS = 3000;
const GOAL_MS = 5000;

/** Loads the server with all roles, stops it, and looks into its data folder. */
export async function stopUnderLoad(
  label: string,
  request: PreparedRequest,
  connections: number,
): Promise<void> {
  const dir = mkdtempSync(path.join(BENCH_ROOT, 'mayday-bench-'));
  try {
    const mayday = await startMayday({ MAX_REPORTS_SIZE_MB: '4096' }, { sharedDir: dir });
    const acknowledged: string[] = [];
    const load = Promise.all(
      Array.from({ length: connections }, (_, index) => send(mayday.port, request, index, acknowledged)),
    );
    await pause(LOAD_MS);
    const before = acknowledged.length;
    const signalled = performance.now();
    await mayday.stop();
    const took = performance.now() - signalled;
    await load;
    const store = await openBenchStore(dir);
    const lost = await lostOf(store, acknowledged);
    await store.close();
    const good = took <= GOAL_MS && lost === 0;
    say(
      `\nSIGTERM under load, ${label}: ended after ${(took / 1000).toFixed(1)} s; of ${acknowledged.length} acknowledged reports (${acknowledged.length - before} after the signal) ${lost} are lost or damaged (goal ≤ ${GOAL_MS / 1000} s, 0: ${good ? 'yes' : 'no'})`,
    );
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Sends until the connection ends; every crash id that was answered is told. */
function send(
  port: number,
  { bytes, counterAt }: PreparedRequest,
  connection: number,
  acknowledged: string[],
): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let count = 0;
    let answer = '';
    const next = (): void => {
      const request = Buffer.from(bytes);
      count += 1;
      request.write(String(connection * 1_000_000 + count).padStart(12, '0'), counterAt, 'latin1');
      socket.write(request);
    };
    socket.on('connect', next);
    // The server goes away: that is what is measured.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (!/\r\n\r\n[\s\S]*\n/.test(answer)) return;
      const crashId = /^HTTP\/1\.1 200[\s\S]*CrashID=bp-([0-9a-f-]{36})/.exec(answer)?.[1];
      if (crashId !== undefined) acknowledged.push(crashId);
      answer = '';
      next();
    });
  });
}

async function lostOf(store: Store, crashIds: readonly string[]): Promise<number> {
  let lost = 0;
  for (const crashId of crashIds) if (!(await isWhole(store, crashId))) lost += 1;
  return lost;
}

async function isWhole(store: Store, crashId: string): Promise<boolean> {
  const report = await store.reports.getReport(crashId);
  if (report === null) return false;
  for (const { name, sha256 } of report.attachments) {
    const opened = await store.reports.openAttachment(crashId, name);
    const bytes = opened === null ? null : await buffer(opened.stream).catch(() => null);
    if (bytes === null || createHash('sha256').update(bytes).digest('hex') !== sha256) return false;
  }
  return true;
}
