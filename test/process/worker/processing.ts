// Runs a processor over a real store for tests.
import { setImmediate } from 'node:timers/promises';
import { createLog } from '../../../src/base/log.ts';
import { createMetrics, type Metrics } from '../../../src/base/metrics.ts';
import {
  startProcessor,
  type Filed,
  type Processor,
  type ProcessorOptions,
} from '../../../src/process/start-processing.ts';
import type { Store } from '../../../src/store/store.ts';
import { eventually } from '../../store/conformance/report-builder.ts';
import { withStore } from '../../store/embedded/open-store.ts';

/** A store with a processor that works on it. */
export interface Workshop {
  readonly store: Store;
  readonly processor: Processor;
  readonly metrics: Metrics;
  readonly filed: readonly Filed[];
  /** Waits until nothing is queued or leased. */
  readonly idle: () => Promise<void>;
}

/** Opens a store, starts a processor, runs the test, closes both. The store has the processor's clock. */
export async function withProcessor(
  {
    prepare,
    publicAnnotations,
    ...options
  }: Partial<ProcessorOptions> & {
    /** Works on the store before the processor starts. */
    readonly prepare?: (store: Store) => Promise<void>;
    /** What the store is told that everybody may see. */
    readonly publicAnnotations?: readonly string[];
  },
  run: (workshop: Workshop) => Promise<void>,
): Promise<void> {
  const { now } = options;
  const settings = {
    ...(now !== undefined && { now }),
    ...(publicAnnotations !== undefined && { publicAnnotations }),
  };
  await withStore(settings, async (opened) => {
    // Tests put their own functions in the place of single ones.
    const store = { ...opened, queue: { ...opened.queue }, reports: { ...opened.reports } };
    // A report is filed in the database a moment before the worker hears of it, tells it and counts it.
    const complete = store.queue.complete.bind(store.queue);
    const filing = new Set<symbol>();
    store.queue.complete = async (...wanted) => {
      const call = Symbol('complete');
      filing.add(call);
      try {
        return await complete(...wanted);
      } finally {
        filing.delete(call);
      }
    };
    await prepare?.(store);
    const metrics = createMetrics();
    const filed: Filed[] = [];
    const processor = await startProcessor({
      store,
      metrics,
      log: createLog('silent'),
      processor: 'test',
      concurrency: 1,
      onFiled: (one) => {
        filed.push(one);
      },
      ...options,
    });
    const idle = async (): Promise<void> => {
      for (let turn = 0; turn < 6; turn += 1) {
        processor.nudge();
        const { queued, leased } = await eventually(
          () => store.queue.counts(),
          (counts) => counts.queued + counts.leased === 0,
        );
        if (queued + leased === 0) {
          while (filing.size > 0) await setImmediate();
          await setImmediate();
          return;
        }
      }
      throw new Error('the queue did not become empty');
    };
    try {
      await run({ store, processor, metrics, filed, idle });
    } finally {
      await processor.close();
    }
  });
}
