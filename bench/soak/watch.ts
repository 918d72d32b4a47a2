// What is looked at in the soak: the process from outside (Linux), the store's files, and what the server tells of itself.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Soaked } from './soaked-server.ts';
import type { Work } from './work.ts';

const MEBIBYTE = 1024 * 1024;

/** At one moment. */
export interface Look {
  readonly minute: number;
  readonly rssMb: number;
  readonly peakMb: number;
  readonly descriptors: number;
  readonly threads: number;
  readonly walMb: number;
  readonly databaseMb: number;
  readonly usedMb: number;
  readonly reports: number;
  readonly queued: number;
  /** Of the event loop of the thread that serves, since the look before. */
  readonly delayP99Ms: number;
  readonly incoming: number;
  readonly asked: number;
}

export async function look(server: Soaked, dir: string, work: Work, minute: number): Promise<Look> {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  const kilobytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]);
  const metrics = await metricsOf(server);
  const metric = (name: string): number => {
    const lines = [...metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))];
    return lines.reduce((sum, [, value]) => sum + Number(value), 0);
  };
  return {
    minute,
    rssMb: kilobytes('VmRSS') / 1024,
    peakMb: kilobytes('VmHWM') / 1024,
    descriptors: readdirSync(`/proc/${server.pid}/fd`).length,
    threads: kilobytes('Threads'),
    walMb: sizeOf(path.join(dir, 'mayday.db-wal')) / MEBIBYTE,
    databaseMb: sizeOf(path.join(dir, 'mayday.db')) / MEBIBYTE,
    usedMb: metric('mayday_store_used_bytes') / MEBIBYTE,
    reports: metric('mayday_reports'),
    queued: metric('mayday_queue'),
    delayP99Ms: metric('nodejs_eventloop_lag_p99_seconds') * 1000,
    incoming: readdirSync(path.join(dir, 'incoming')).length,
    asked: [...work.counts.values()].reduce((sum, { asked }) => sum + asked, 0),
  };
}

/** A kept connection may be closed by the server just when it is used again: then once more. */
async function metricsOf(server: Soaked, isSecond = false): Promise<string> {
  try {
    const answer = await fetch(`${server.reportsUrl}/metrics`, {
      headers: { authorization: `Bearer ${server.token}`, connection: 'close' },
    });
    return await answer.text();
  } catch (error) {
    if (isSecond) throw error;
    return metricsOf(server, true);
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

const COLUMNS: readonly (readonly [title: string, value: (seen: Look) => string])[] = [
  ['minute', ({ minute }) => minute.toFixed(1)],
  ['RSS MB', ({ rssMb }) => rssMb.toFixed(0)],
  ['peak', ({ peakMb }) => peakMb.toFixed(0)],
  ['descriptors', ({ descriptors }) => String(descriptors)],
  ['threads', ({ threads }) => String(threads)],
  ['WAL MB', ({ walMb }) => walMb.toFixed(1)],
  ['database', ({ databaseMb }) => databaseMb.toFixed(1)],
  ['used MB', ({ usedMb }) => usedMb.toFixed(0)],
  ['reports', ({ reports }) => String(reports)],
  ['queued', ({ queued }) => String(queued)],
  ['delay p99 ms', ({ delayP99Ms }) => delayP99Ms.toFixed(1)],
  ['incoming', ({ incoming }) => String(incoming)],
  ['requests', ({ asked }) => String(asked)],
];

export function sayTableHead(about: {
  readonly minutes: number;
  readonly megabytes: number;
  readonly perSecond: number;
}): void {
  say(`${about.minutes} minutes, ${about.perSecond} reports a second, a store of ${about.megabytes} MB\n`);
  say(`| ${COLUMNS.map(([title]) => title).join(' | ')} |`);
  say(`|${COLUMNS.map(() => ' ---: |').join('')}`);
}

export function sayRow(seen: Look | undefined, note = ''): void {
  if (seen !== undefined) say(`| ${COLUMNS.map(([, value]) => value(seen)).join(' | ')} | ${note}`);
}

/** What was done, and what grew between the first third and the end. */
export function sayVerdict(looks: readonly Look[], work: Work, exitCode: number | null): void {
  say('');
  for (const [name, { asked, failed }] of work.counts)
    say(`${name}: ${asked}, ${failed} failed${failed > 0 ? `: ${work.faults.get(name) ?? ''}` : ''}`);
  const settled = looks[Math.max(1, Math.floor(looks.length / 3))];
  const last = looks.at(-1);
  if (settled === undefined || last === undefined) return;
  const grew = (value: (seen: Look) => number): string =>
    `${value(settled).toFixed(0)} → ${value(last).toFixed(0)}`;
  say(
    `\nfrom minute ${settled.minute.toFixed(1)} to the rest at the end: RSS ${grew(({ rssMb }) => rssMb)} MB, ` +
      `descriptors ${grew(({ descriptors }) => descriptors)}, WAL ${grew(({ walMb }) => walMb)} MB, ` +
      `delay ${grew(({ delayP99Ms }) => delayP99Ms)} ms; peak ${last.peakMb.toFixed(0)} MB; exit code ${exitCode}`,
  );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
