// Every call that the store makes to the file system or the database goes wrong once, in every way: what was acknowledged is whole, nothing is
// half, every count is what a recount gives, and the sweep takes nothing that a row names. There are thousands of such cases: a sample that
// is spread evenly is run, another one on each day; cut after 80 seconds; FAULT_CASES says how many, FAULT_CASES=all runs them all (hours), of which
// FAULT_SLICE=3/41 runs the third of 41 parts, and FAULT_CASE=<call>:<fault> runs one. Beside the sample, removals of files that fail and commits that happened and say that they failed are
// always among the cases.
// It was proved against the fault that it was built for: `inTransaction` removed the files of deleted reports after COMMIT, inside the `try`,
// so that a removal that failed (EACCES) had the batch run again; reports of the batch that were stored already then heard "duplicate", with
// their own id, and the draft removed their folders. With that shape put back, the step "uploads beside deletions" loses acknowledged reports in
// the cases `removal<call>:EACCES`.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { FAULTS, SORTS } from './fault-names.ts';
import type { Fault, Sort } from './fault-names.ts';
import type { Told } from './history.ts';
import { verdictOn } from './verdict.ts';

interface Case {
  readonly call: number;
  readonly sort: Sort;
  readonly fault: Fault;
}

interface Run {
  readonly dir: string;
  readonly told: Told[];
  end: { readonly calls: Readonly<Record<Sort, number>>; readonly fired: boolean } | null;
}

const DEFAULT_CASES = 28;
/** Cases that are run beside the sample; some of the removals lost reports under the old fault. */
const REMOVALS_THAT_FAIL = 12;
const COMMITS_THAT_FAIL = 6;
const PARALLEL = 2;
/** A sample that is not done by then is cut: it runs with every change. */
const SAMPLE_MS = 80_000;
/** Cases that one process runs one after the other; one that is killed is the last of its process. */
const CASES_OF_PROCESS = 8;
const wanted = process.env['FAULT_CASES'] ?? String(DEFAULT_CASES);
const [slice = 1, slices = 1] = (process.env['FAULT_SLICE'] ?? '1/1').split('/').map(Number);
const single = /^(removal|commit)?(\d+):(\w+)$/.exec(process.env['FAULT_CASE'] ?? '');

/** Runs cases in one process as far as it comes; gives what each told. */
async function runCases(parent: string, cases: readonly Case[]): Promise<readonly Run[]> {
  const runs: Run[] = [];
  const folders = cases.map(() => mkdtempSync(path.join(parent, 'case-')));
  const child = spawn(
    process.execPath,
    [
      '--import',
      path.join(import.meta.dirname, 'fault-seam.ts'),
      path.join(import.meta.dirname, 'fault-run.ts'),
      ...cases.map(({ call, sort, fault }, index) => `${folders[index]}|${call}|${sort}|${fault}`),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line) as { begin?: string; told?: Told; end?: NonNullable<Run['end']> };
    if (said.begin !== undefined) runs.push({ dir: said.begin, told: [], end: null });
    if (said.told !== undefined) runs.at(-1)?.told.push(said.told);
    const last = runs.at(-1);
    if (said.end !== undefined && last !== undefined) last.end = said.end;
  });
  const [code, signal] = await new Promise<readonly [number | null, string | null]>((resolve) => {
    child.once('close', (exitCode, exitSignal) => resolve([exitCode, exitSignal]));
  });
  if (signal !== 'SIGKILL' && code !== 0) {
    const at = cases[runs.length - 1];
    throw new Error(
      `call ${at?.call} with ${at?.fault}: the process ended with ${code ?? signal}: ${errors.slice(-2000)}`,
    );
  }
  return runs;
}

/** Runs cases until they are done or the time is over; gives what was wrong, as sentences, and how many were run. */
async function failuresOf(
  parent: string,
  cases: readonly Case[],
  until: number,
): Promise<{ readonly failures: readonly string[]; readonly ran: number }> {
  const failures: string[] = [];
  const waiting = [...cases];
  let fired = 0;
  let ran = 0;
  const worker = async (): Promise<void> => {
    while (waiting.length > 0 && performance.now() < until) {
      const some = waiting.splice(0, CASES_OF_PROCESS);
      const runs = await runCases(parent, some);
      waiting.unshift(...some.slice(runs.length));
      for (const [index, { dir, told, end }] of runs.entries()) {
        const { call = 0, sort = '', fault = '' } = some[index] ?? {};
        ran += 1;
        if (end === null || end.fired) fired += 1;
        const wrong = await verdictOn(dir, told).catch((error: unknown) => [
          `it cannot be opened: ${String(error)}`,
        ]);
        if (wrong.length > 0) {
          const refused = told.flatMap((each) =>
            each.kind === 'failed' ? [`${each.step}: ${each.message}`] : [],
          );
          failures.push(`call ${call} (${sort}) with ${fault}: ${wrong.join('; ')} [${refused.join('; ')}]`);
        }
        rmSync(dir, { recursive: true, force: true });
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  assert.ok(fired > ran / 2, `only ${fired} of ${ran} faults happened`);
  return { failures, ran };
}

/** `count` of all cases, spread evenly, other ones on each day. */
function sample(calls: number, count: number): readonly Case[] {
  const all = Array.from({ length: calls }, (_, index) => index + 1).flatMap((call) =>
    FAULTS.map((fault): Case => ({ call, sort: 'any', fault })),
  );
  if (count >= all.length) return all;
  const day = Math.floor(Date.now() / 86_400_000);
  const stride = all.length / count;
  return Array.from(
    { length: count },
    (_, index) => all[Math.floor(index * stride + ((day * 7) % stride))],
  ).filter((each) => each !== undefined);
}

/** At most `most` calls of a sort, spread evenly from the last backwards. */
function alwaysRun(
  calls: number,
  { sort, fault, most }: { readonly sort: Sort; readonly fault: Fault; readonly most: number },
): readonly Case[] {
  const count = Math.min(calls, most);
  return Array.from({ length: count }, (_, index) => ({
    call: calls - Math.floor((index * calls) / count),
    sort,
    fault,
  }));
}

/** In an order that has early and late calls of every sort among the first. */
function mixed(cases: readonly Case[]): readonly Case[] {
  const step = 0.618_033_988_75;
  return cases
    .map((each, index) => ({ each, place: (index * step) % 1 }))
    .toSorted((left, right) => left.place - right.place)
    .map(({ each }) => each);
}

test('whatever call goes wrong in whatever way, every promise holds', async (t) => {
  const startedAt = performance.now();
  const parent = mkdtempSync(path.join(os.tmpdir(), 'mayday-faults-'));
  try {
    const [quiet] = await runCases(parent, [{ call: 0, sort: 'any', fault: 'EIO' }]);
    assert.ok(quiet?.end !== undefined && quiet.end !== null);
    assert.deepEqual(
      quiet.told.filter(({ kind }) => kind === 'failed' || kind === 'hung'),
      [],
      'without a fault every step succeeds',
    );
    assert.ok(quiet.told.filter(({ kind }) => kind === 'stored').length >= 8);
    assert.deepEqual(await verdictOn(quiet.dir, quiet.told), []);
    const { calls } = quiet.end;
    assert.ok(calls.any > 300, `${calls.any} calls`);
    assert.ok(calls.removal > 0 && calls.commit > 20);
    const cases =
      single === null
        ? wanted === 'all'
          ? sample(calls.any, Number.POSITIVE_INFINITY).filter((_, index) => index % slices === slice - 1)
          : [
              ...sample(calls.any, Number(wanted)),
              ...alwaysRun(calls.removal, { sort: 'removal', fault: 'EACCES', most: REMOVALS_THAT_FAIL }),
              ...alwaysRun(calls.commit, { sort: 'commit', fault: 'late', most: COMMITS_THAT_FAIL }),
            ]
        : [
            {
              call: Number(single[2]),
              sort: SORTS.find((name) => name === single[1]) ?? 'any',
              fault: FAULTS.find((name) => name === single[3]) ?? 'EIO',
            },
          ];
    const isSample = single === null && process.env['FAULT_CASES'] === undefined;
    const until = isSample ? startedAt + SAMPLE_MS : Number.POSITIVE_INFINITY;
    const { failures, ran } = await failuresOf(parent, isSample ? mixed(cases) : cases, until);
    t.diagnostic(`${ran} of ${calls.any * FAULTS.length} cases`);
    assert.ok(ran > 0 && (!isSample || ran >= Math.min(cases.length, CASES_OF_PROCESS)));
    assert.deepEqual(failures, []);
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
});
