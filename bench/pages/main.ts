// How long pages take on a filled server, by the clock: their median and 95th percentile. With `--intake` reports come in meanwhile, and what
// that and searches do to the event loop of the thread that takes them is told.
//
//   node bench/pages/main.ts [crashes] [bugs] [--intake=200] [--seconds=10] [--times=20]
//
// The folder is that of bench/search (BENCH_SEARCH_DIR, BENCH_SEARCH_COPIES); with `--intake` the reports stay in one that is kept.
import { setTimeout as pause } from 'node:timers/promises';
import { PRODUCTS } from '../fill/crash-maker.ts';
import { filledFolder } from '../search/filled-folder.ts';
import { startBeside } from './beside-server.ts';
import type { BesideServer } from './beside-server.ts';
import { BoundedSender } from './bounded-sender.ts';

const GOAL_MS = 200;
const LOOP_GOAL_MS = 20;
const PEOPLE = 4;

const flags = new Map(
  process.argv.flatMap((text): [string, number][] => {
    const [, name, value] = /^--(\w+)=(\d+)$/.exec(text) ?? [];
    return name === undefined ? [] : [[name, Number(value)]];
  }),
);
const [crashes = 1_000_000, bugs = 20_000] = process.argv
  .slice(2)
  .filter((text) => /^\d+$/.test(text))
  .map(Number);
const times = flags.get('times') ?? 20;
const seconds = flags.get('seconds') ?? 10;
const perSecond = flags.get('intake') ?? 0;

const product = encodeURIComponent(PRODUCTS[1]?.name ?? '');
const PAGES: readonly string[] = [
  '/',
  '/bugs',
  '/bugs?period=28d',
  `/bugs?product=${product}&period=28d`,
  `/bugs?product=${product}&version=1.4.0`,
  '/bugs/2',
  '/bugs/2?period=28d',
  '/reports',
  `/reports?product=${product}&version=1.4.0`,
  '/top?period=28d',
  `/top?product=${product}&version=1.4.0&period=28d`,
  '/search',
  '/search?period=28d',
  `/search?product=${product}&period=28d&q=platform:windows`,
  `/overview/default/${product}`,
];

const folder = await filledFolder(crashes, bugs);
try {
  const server = await startBeside(folder.dir);
  try {
    if (perSecond > 0) await measureLoop(server);
    await measurePages(server);
  } finally {
    await server.stop();
  }
} finally {
  await folder.remove();
}

/** The event loop with nothing, with reports that come in, and with people who search beside. */
async function measureLoop(server: BesideServer): Promise<void> {
  process.stdout.write(
    `${perSecond} reports a second, ${PEOPLE} people search, ${seconds} s each; goal of the delay's p99 ≤ ${LOOP_GOAL_MS} ms\n` +
      'beside                    delay p99 ms   longest ms   reports/s   answer p50   answer p99   failed\n',
  );
  // The server has just started: what its first seconds do is no part of it.
  await pause(2000);
  await server.loopDelay();
  await pause(seconds * 1000);
  showLoop('nothing', await server.loopDelay(), '');
  const sender = new BoundedSender(server.submitUrl, perSecond);
  await pause(1000);
  for (const searching of [false, true]) {
    await server.loopDelay();
    sender.told();
    if (searching) await searchFor(server, seconds * 1000);
    else await pause(seconds * 1000);
    const delay = await server.loopDelay();
    const { perSecond: rate, p50, p99, failed } = sender.told();
    const sent = [rate, p50, p99].map((value) => value.toFixed(1).padStart(11)).join('  ');
    showLoop(searching ? 'reports and searches' : 'reports', delay, `${sent}${String(failed).padStart(8)}`);
  }
  await sender.stop();
}

function showLoop(label: string, { p99, longest }: { p99: number; longest: number }, rest: string): void {
  const verdict = p99 <= LOOP_GOAL_MS ? 'yes' : 'NO';
  process.stdout.write(
    `${label.padEnd(24)} ${p99.toFixed(1).padStart(13)} ${longest.toFixed(1).padStart(12)} ${rest}   ${verdict}\n`,
  );
}

async function searchFor(server: BesideServer, forMs: number): Promise<void> {
  const until = performance.now() + forMs;
  const searches = PAGES.filter((path) => path.startsWith('/search') || path.startsWith('/bugs?'));
  await Promise.all(
    Array.from({ length: PEOPLE }, async (_, person) => {
      for (let at = person; performance.now() < until; at += 1)
        await open(server, searches[at % searches.length] ?? '/search');
    }),
  );
}

async function measurePages(server: BesideServer): Promise<void> {
  const sender = perSecond > 0 ? new BoundedSender(server.submitUrl, perSecond) : null;
  process.stdout.write(
    `\n${crashes} crashes, ${bugs} bugs${sender === null ? '' : `, ${perSecond} reports a second come in`}; ${times} times each by the clock; goal p95 ≤ ${GOAL_MS} ms\n` +
      `page                                                     first      p50      p95   goal\n`,
  );
  for (const path of PAGES) {
    const taken: number[] = [];
    let cut = 0;
    for (let at = 0; at <= times; at += 1) {
      const startedAt = performance.now();
      if ((await open(server, path)).includes('counted in the newest')) cut += 1;
      taken.push(performance.now() - startedAt);
    }
    const [first = Number.NaN, ...warm] = taken;
    const sorted = warm.toSorted((a, b) => a - b);
    const p = (share: number): number =>
      sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)] ?? Number.NaN;
    const numbers = [first, p(0.5), p(0.95)].map((ms) => ms.toFixed(1).padStart(8)).join(' ');
    const verdict = p(0.95) <= GOAL_MS ? 'yes' : 'NO';
    process.stdout.write(
      `${path.slice(0, 52).padEnd(54)} ${numbers}   ${verdict}${cut === 0 ? '' : `, ${cut} cut short`}\n`,
    );
  }
  if (sender === null) return;
  const { perSecond: rate, p50, p99, failed } = sender.told();
  await sender.stop();
  process.stdout.write(
    `\nmeanwhile ${rate.toFixed(1)} reports a second, answered in ${p50.toFixed(1)} ms (p50), ${p99.toFixed(1)} ms (p99), ${failed} failed\n`,
  );
}

/** The text of a page. */
async function open({ reportsUrl, cookie }: BesideServer, path: string): Promise<string> {
  const answer = await fetch(`${reportsUrl}${path}`, { headers: { cookie }, redirect: 'manual' });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${text.slice(0, 200)}`);
  return text;
}
