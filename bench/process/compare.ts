// How fast this checkout processes reports beside another one (an older commit, say): both pipelines in one process, in short turns. The
// best turn by the clock, which other work on the machine has not disturbed, and the processor time of all turns together.
//
//   git worktree add --detach /tmp/older <commit> && ln -s $PWD/node_modules /tmp/older/
//   node bench/process/compare.ts <root of the other checkout> [name part] [turns]
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { processReport } from '../../src/process/pipeline.ts';
import type * as Settings from '../../src/process/product-settings.ts';
import type { ProcessedReport } from '../../src/report/processed-report.ts';
import { subjects, type Subject } from './subjects.ts';

/** Reports of a turn: two to ten milliseconds. */
const TURN = 50;
const WARM_UP = 40;
const GOAL = 0.8;

type Run = (subject: Subject) => Promise<ProcessedReport>;

/** One checkout's times of one subject. */
interface Times {
  readonly run: Run;
  /** Microseconds that a report took by the clock in the best turn. */
  best: number;
  /** Microseconds of processor time of all turns. */
  processor: number;
}

/** The pipeline of a checkout. */
async function pipelineOf(root: string): Promise<Run> {
  const load = async (file: string): Promise<unknown> => import(pathToFileURL(path.join(root, file)).href);
  const pipeline = (await load('src/process/pipeline.ts')) as { processReport: typeof processReport };
  const { NO_RULES, productSettings } = (await load('src/process/product-settings.ts')) as typeof Settings;
  const options = { product: productSettings(NO_RULES), processor: 'bench', now: () => 0 };
  return ({ input }) => pipeline.processReport(input, options);
}

async function turn(times: Times, subject: Subject): Promise<void> {
  const processor = process.threadCpuUsage();
  const started = performance.now();
  for (let count = 0; count < TURN; count += 1) await times.run(subject);
  times.best = Math.min(times.best, ((performance.now() - started) * 1000) / TURN);
  const { user, system } = process.threadCpuUsage(processor);
  times.processor += user + system;
}

const [other = '', wanted = '', turns = '120'] = process.argv.slice(2);
if (other === '') throw new Error('the root of another checkout is wanted');
const runs = [
  await pipelineOf(path.resolve(other)),
  await pipelineOf(path.resolve(import.meta.dirname, '../..')),
];
const chosen: Subject[] = [];
for (const subject of subjects()) {
  if (!subject.isText || !subject.name.toLowerCase().includes(wanted.toLowerCase())) continue;
  const results = await Promise.all(runs.map((run) => run(subject)));
  // What the other one does not understand yet costs it nothing.
  if (results.every(({ status }) => status === 'processed')) chosen.push(subject);
}
if (chosen.length === 0) throw new Error(`no subject has "${wanted}" in its name`);
const fresh = (run: Run): Times => ({ run, best: Infinity, processor: 0 });
// All kinds warm up before any is measured: what is compiled for one kind alone is not what a server runs.
for (let round = 0; round < WARM_UP; round += 1)
  for (const subject of chosen) for (const run of runs) await turn(fresh(run), subject);
process.stdout.write(
  '| report | before, µs | now, µs | speed, of before | by processor time | goal |\n| --- | ---: | ---: | ---: | ---: | --- |\n',
);
for (const subject of chosen) {
  const [before, now] = runs.map((run) => fresh(run)) as [Times, Times];
  // In turn the first, because the second finds the other one's garbage.
  for (let round = 0; round < Number(turns); round += 1)
    for (const times of round % 2 === 0 ? [before, now] : [now, before]) await turn(times, subject);
  const speed = before.best / now.best;
  process.stdout.write(
    `| ${subject.name} | ${before.best.toFixed(0)} | ${now.best.toFixed(0)} | ${speed.toFixed(2)} | ${(before.processor / now.processor).toFixed(2)} | ${speed >= GOAL ? 'yes' : 'no'} |\n`,
  );
}
