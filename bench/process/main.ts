// Reports processed in a second on one core, for each kind: the pipeline alone, and the whole way from the queue to the bug
// through a store. The floor is the same report parsed and written as JSON, measured in the same run.
//
//   node bench/process/main.ts [name part]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import { processReport, type PipelineInput } from '../../src/process/pipeline.ts';
import { NO_RULES, productSettings } from '../../src/process/product-settings.ts';
import { startProcessor } from '../../src/process/start-processing.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import { newCrashId } from '../../src/report/crash-id.ts';
import { subjects, type Subject } from './subjects.ts';

const GOAL = 3000;
const ROUND_MS = 400;
const ROUNDS = 5;
const WHOLE_WAY = 2000;

const options = { product: productSettings(NO_RULES), processor: 'bench', now: () => Date.now() };
const wanted = process.argv[2]?.toLowerCase() ?? '';
const chosen = subjects().filter(({ name }) => name.toLowerCase().includes(wanted));
if (chosen.length === 0) throw new Error(`no subject has "${wanted}" in its name`);

/** Runs in a second; the best of several rounds, because other work on the machine only ever slows one down. */
async function rate(run: () => unknown): Promise<number> {
  let best = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const started = performance.now();
    let count = 0;
    while (performance.now() - started < ROUND_MS) {
      await run();
      count += 1;
    }
    best = Math.max(best, (count / (performance.now() - started)) * 1000);
  }
  return best;
}

/** The least that any processor does: read the report, write a result of the same size. */
function floorOf({ input }: Subject, result: string): () => unknown {
  const report = JSON.stringify(input.report);
  const processed: unknown = JSON.parse(result);
  return () => [JSON.parse(report), JSON.stringify(processed)];
}

async function wholeWay(input: PipelineInput): Promise<number> {
  const dir = await mkdtemp(path.join(tmpdir(), 'mayday-bench-'));
  const log = createLog('error');
  const metrics = createMetrics();
  const store = await openEmbeddedStore({
    dir,
    maxBytes: 4 * 1024 ** 3,
    minFreeBytes: 0,
    keepDays: null,
    autoProducts: true,
    maxAutoProducts: 10,
    inboxSize: 10,
    sweepGraceMs: 60_000,
    log,
    metrics,
  });
  try {
    await Promise.all(Array.from({ length: WHOLE_WAY }, () => put(input)));
    const processor = await startProcessor({ store, log, metrics, processor: 'bench', concurrency: 1 });
    // The thread has to start and to warm up; what is measured is the second half.
    await left(WHOLE_WAY / 2);
    const [from, started] = [await queued(), performance.now()];
    await left(0);
    const seconds = (performance.now() - started) / 1000;
    await processor.close();
    return from / seconds;
  } finally {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  }

  async function put({ report, parts }: PipelineInput): Promise<void> {
    const draft = store.intake.draft();
    for (const { name, kind, filename, contentType } of report.attachments) {
      const sink = draft.attachment({ name, kind, filename, contentType });
      await sink.write(parts.get(name) ?? new Uint8Array());
      await sink.end();
    }
    const { attachments: _attachments, schema: _schema, ...fields } = report;
    await draft.commit({ ...fields, crashId: newCrashId(0, report.receivedAt), identity: null });
  }

  async function queued(): Promise<number> {
    const counts = await store.queue.counts();
    return counts.queued + counts.leased;
  }

  async function left(count: number): Promise<void> {
    while ((await queued()) > count) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

process.stdout.write(
  '| report | pipeline, a second | of the floor | goal | queue to bug, a second | result |\n',
);
process.stdout.write('| --- | ---: | ---: | --- | ---: | ---: |\n');
for (const subject of chosen) {
  const result = JSON.stringify(await processReport(subject.input, options));
  const pipeline = await rate(() => processReport(subject.input, options));
  const floor = await rate(floorOf(subject, result));
  const whole = await wholeWay(subject.input);
  const goal = !subject.isText ? '' : pipeline >= GOAL ? `≥ ${GOAL}: yes` : `≥ ${GOAL}: no`;
  process.stdout.write(
    `| ${subject.name} | ${Math.round(pipeline)} | ${(pipeline / floor).toFixed(2)} | ${goal} | ${Math.round(whole)} | ${(result.length / 1024).toFixed(1)} KB |\n`,
  );
}
