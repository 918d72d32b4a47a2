// The doctor looks at the machine: the data folder, the free space, the ports, the clock.
import { open, rm, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import type { Config } from '../config.ts';
import { makeDataFolder } from '../data-folder.ts';
import { fail, messageOf, ok, warn, type Finding } from './check.ts';

const SLOW_FSYNC_MS = 50;
const CLOCK_TOLERANCE_MS = 2000;
const EARLIEST_SANE_YEAR = 2026;

/** Writes, syncs and removes a small file where the reports are kept, and times the sync. */
export async function checkDataFolder(config: Config): Promise<readonly Finding[]> {
  const dir = path.resolve(config.CRASH_REPORTS_DIR);
  const probe = path.join(dir, `.doctor-${process.pid}`);
  try {
    makeDataFolder(dir);
    const file = await open(probe, 'w');
    let syncMs: number;
    let skewMs: number;
    try {
      await file.write('mayday');
      const start = performance.now();
      await file.sync();
      syncMs = performance.now() - start;
      skewMs = Math.abs((await stat(probe)).mtimeMs - Date.now());
    } finally {
      await file.close();
    }
    const findings = [
      syncMs > SLOW_FSYNC_MS
        ? warn(
            'data folder',
            `${dir} can be written, but fsync takes ${syncMs.toFixed(0)} ms`,
            'Every report waits for an fsync: a faster disk takes more reports a second.',
          )
        : ok('data folder', `${dir} can be written, fsync takes ${syncMs.toFixed(1)} ms`),
    ];
    if (skewMs > CLOCK_TOLERANCE_MS) {
      findings.push(
        warn(
          'clock',
          `the file system's clock differs by ${(skewMs / 1000).toFixed(0)} s from this machine's`,
          'Set both by NTP: report times and pruning follow this machine.',
        ),
      );
    }
    return findings;
  } catch (error) {
    return [
      fail(
        'data folder',
        `${dir} cannot be written: ${messageOf(error)}`,
        'Give the user that runs Mayday the right to write there, or set CRASH_REPORTS_DIR.',
      ),
    ];
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

/** Compares free space with what the settings promise to use. */
export async function checkDisk(config: Config): Promise<readonly Finding[]> {
  try {
    const { bavail, bsize } = await statfs(config.CRASH_REPORTS_DIR);
    const freeMb = Math.floor((bavail * bsize) / 1024 / 1024);
    const shown = `${freeMb} MB free, MAX_REPORTS_SIZE_MB is ${config.MAX_REPORTS_SIZE_MB}`;
    if (freeMb < config.MIN_FREE_DISK_MB) {
      return [
        fail(
          'disk',
          `${shown}: below MIN_FREE_DISK_MB (${config.MIN_FREE_DISK_MB})`,
          'Reports are refused with 503 until there is space. Free some, or lower MIN_FREE_DISK_MB.',
        ),
      ];
    }
    if (freeMb < config.MAX_REPORTS_SIZE_MB) {
      return [
        warn(
          'disk',
          shown,
          'The disk may fill before old reports are pruned: lower MAX_REPORTS_SIZE_MB or give it more space.',
        ),
      ];
    }
    return [ok('disk', shown)];
  } catch (error) {
    return [
      fail(
        'disk',
        `the free space cannot be read: ${messageOf(error)}`,
        'Check that CRASH_REPORTS_DIR exists.',
      ),
    ];
  }
}

/** Whether each port is free, or held by a Mayday that answers. */
export async function checkPorts(config: Config): Promise<readonly Finding[]> {
  const ports = [
    ['SUBMIT_SERVER_PORT', config.SUBMIT_SERVER_HOST, config.SUBMIT_SERVER_PORT, '/__lbheartbeat__'],
    ['REPORTS_SERVER_PORT', config.REPORTS_SERVER_HOST, config.REPORTS_SERVER_PORT, '/healthz'],
  ] as const;
  return Promise.all(
    ports.map(async ([name, host, port, health]) => {
      if (port === 0) return ok('ports', `${name} is 0: any free port`);
      const target = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
      if (await answers(`http://${target}:${port}${health}`)) {
        return ok('ports', `${name} ${port}: Mayday runs and answers`);
      }
      const problem = await bindingProblem(host, port);
      return problem === null
        ? ok('ports', `${name} ${port} is free`)
        : fail(
            'ports',
            `${name} ${port} cannot be used: ${problem}`,
            `Stop what uses it, or set ${name} to another port.`,
          );
    }),
  );
}

/** A server under load takes its time, and is no other program. */
const ANSWER_MS = 10_000;

/** Whether this machine's clock can be believed. */
export function checkClock(now: Date = new Date()): readonly Finding[] {
  return now.getUTCFullYear() < EARLIEST_SANE_YEAR
    ? [
        fail(
          'clock',
          `this machine believes that it is ${now.toISOString()}`,
          'Set the clock (NTP): crash ids carry the date.',
        ),
      ]
    : [ok('clock', now.toISOString())];
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

function bindingProblem(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' ? 'another program listens there' : messageOf(error)),
    );
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}
