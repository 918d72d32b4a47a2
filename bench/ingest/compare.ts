// The table: Mayday beside its floors, and two submit processes beside one, in alternating rounds of one run.
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { BENCH_ROOT, cpuMicroseconds, startFloor, startMayday, type Child } from './children.ts';
import type { Case } from './cases.ts';
import { runLoad, type LoadResult, type PreparedRequest } from './load.ts';
import { median } from '../median.ts';
import { say } from './words.ts';

/** How long and how often is measured. */
export interface Rounds {
  readonly rounds: number;
  readonly roundMs: number;
  readonly connections: number;
}

/** All roles as `npm start` runs them, or those of BENCH_ROLES (`submit`: without what processing costs on a slow machine). */
const ROLES = process.env['BENCH_ROLES'];
/** Another checkout, whose server takes its turn in every round. */
const BEFORE = process.env['BENCH_BEFORE'];
const BIG_STORE = { MAX_REPORTS_SIZE_MB: '4096' };

/** The head of the table. */
export function sayHead({ rounds, roundMs, connections }: Rounds): void {
  say(
    `\n${connections} connections, medians of ${rounds} rounds of ${roundMs} ms; p99 in ms, processor time in µs a request`,
  );
  say(
    `${'report'.padEnd(18)}${row(['drain/s', 'fsync/s', 'mayday/s', '÷ drain', '÷ fsync', 'p99 fsync', 'p99 mayday', '÷ p99', 'cpu drain', 'cpu fsync', 'cpu mayday', ...(BEFORE === undefined ? [] : ['before/s', '÷ before', 'cpu before', 'p99 before'])])}  goal`,
  );
}

/** One line of the table: the server with all roles, and both floors. */
export async function compareWithFloors(subject: Case, how: Rounds): Promise<void> {
  // A folder that was made ready is of this version, which an earlier one cannot read.
  const takesPart = BEFORE !== undefined && subject.prepare === undefined;
  const dirs: string[] = [];
  const start = async (root?: string): Promise<Child> => {
    const sharedDir = mkdtempSync(path.join(BENCH_ROOT, 'mayday-bench-'));
    dirs.push(sharedDir);
    await subject.prepare?.(sharedDir);
    return startMayday(BIG_STORE, {
      ...(ROLES !== undefined && { roles: ROLES }),
      ...(root !== undefined && { root }),
      sharedDir,
    });
  };
  const servers: Record<string, Child> = {
    drain: await startFloor('drain'),
    fsync: await startFloor('fsync'),
    mayday: await start(),
    ...(takesPart && { before: await start(BEFORE) }),
  };
  try {
    const contenders = Object.fromEntries(Object.entries(servers).map(([name, server]) => [name, [server]]));
    const results = await alternate(contenders, subject.request(), how);
    const { drain = [], fsync = [], mayday = [], before = [] } = results;
    const reached = ratio(mayday, subject.floor === 'drain' ? drain : fsync);
    say(
      `${subject.label.padEnd(18)}${row([
        perSecond(drain),
        perSecond(fsync),
        perSecond(mayday),
        ratio(mayday, drain).toFixed(2),
        ratio(mayday, fsync).toFixed(2),
        p99(fsync).toFixed(1),
        p99(mayday).toFixed(1),
        (p99(mayday) / p99(fsync)).toFixed(2),
        cpu(drain),
        cpu(fsync),
        cpu(mayday),
        ...(!takesPart
          ? []
          : [perSecond(before), ratio(mayday, before).toFixed(2), cpu(before), p99(before).toFixed(1)]),
      ])}  ≥ ${subject.goal} of ${subject.floor}: ${reached >= subject.goal ? 'yes' : 'no'}; p99 ≤ 2 of fsync: ${p99(mayday) <= 2 * p99(fsync) ? 'yes' : 'no'}${failuresOf(results)}`,
    );
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  }
}

/** Two submit processes on one folder beside one, with as many connections altogether. */
export async function compareProcesses(label: string, request: PreparedRequest, how: Rounds): Promise<void> {
  const sharedDir = mkdtempSync(path.join(BENCH_ROOT, 'mayday-bench-'));
  const submit = { roles: 'submit' };
  const one = await startMayday(BIG_STORE, submit);
  const two: Child[] = [];
  for (let count = 0; count < 2; count += 1) two.push(await startMayday(BIG_STORE, { ...submit, sharedDir }));
  try {
    const results = await alternate({ one: [one], two }, request, how);
    const reached = ratio(results.two, results.one);
    say(
      `\ntwo submit processes on one folder, ${label}: ${perSecond(results.two)}/s, one: ${perSecond(results.one)}/s, ratio ${reached.toFixed(2)} (goal ≥ 1: ${reached >= 1 ? 'yes' : 'no'}); p99 ${p99(results.two).toFixed(1)} and ${p99(results.one).toFixed(1)} ms${failuresOf(results)}`,
    );
  } finally {
    await Promise.all([one, ...two].map((server) => server.stop()));
    rmSync(sharedDir, { recursive: true, force: true });
  }
}

/** A round, and the processor time that the server took for each request: unlike the rest it hardly depends on other work. */
interface Measured extends LoadResult {
  readonly cpuMicroseconds: number;
}

/** Every kind of server takes its turn in every round. */
async function alternate<Name extends string>(
  servers: Readonly<Record<Name, readonly Child[]>>,
  request: PreparedRequest,
  { rounds, roundMs, connections }: Rounds,
): Promise<Readonly<Record<Name, readonly Measured[]>>> {
  const names = Object.keys(servers) as Name[];
  const cpuOf = (name: Name): number => servers[name].reduce((sum, { pid }) => sum + cpuMicroseconds(pid), 0);
  const load = async (name: Name, durationMs: number): Promise<Measured> => {
    const ports = servers[name].map(({ port }) => port);
    const before = cpuOf(name);
    const result = await runLoad({ ports, request, connections, durationMs });
    return { ...result, cpuMicroseconds: (cpuOf(name) - before) / result.requests };
  };
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Measured[]>;
  for (const name of names) await load(name, roundMs / 3);
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) results[name].push(await load(name, roundMs));
  }
  return results;
}

/** The median over the rounds: what one did in a round, by what the other did in the same round. */
function ratio(results: readonly LoadResult[], floor: readonly LoadResult[]): number {
  return median(results.map((result, index) => result.perSecond / (floor[index]?.perSecond ?? Number.NaN)));
}

function perSecond(results: readonly LoadResult[]): string {
  return median(results.map((result) => result.perSecond)).toFixed(0);
}

function cpu(results: readonly Measured[]): string {
  return median(results.map((result) => result.cpuMicroseconds)).toFixed(0);
}

function p99(results: readonly LoadResult[]): number {
  return median(results.map((result) => result.p99Ms));
}

function failuresOf(results: Readonly<Record<string, readonly LoadResult[]>>): string {
  const failures = Object.values(results)
    .flat()
    .reduce((sum, result) => sum + result.failures, 0);
  return failures === 0 ? '' : ` (${failures} answers were no 200)`;
}

function row(cells: readonly string[]): string {
  return cells.map((cell) => cell.padStart(11)).join('');
}
