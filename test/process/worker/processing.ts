// Runs a processor over a real store for tests.
import { createLog } from '../../../src/base/log.ts';
import { createMetrics, type Metrics } from '../../../src/base/metrics.ts';
import {
  startProcessor,
  type Filed,
  type Processor,
  type ProcessorOptions,
} from '../../../src/process/start.ts';
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

/** Opens a store, starts a processor, runs the test, closes both. */
export async function withProcessor(
  options: Partial<ProcessorOptions>,
  run: (workshop: Workshop) => Promise<void>,
): Promise<void> {
  await withStore({}, async (store) => {
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
    try {
      await run({
        store,
        processor,
        metrics,
        filed,
        idle: async () => {
          processor.nudge();
          await eventually(
            () => store.queue.counts(),
            ({ queued, leased }) => queued + leased === 0,
          );
        },
      });
    } finally {
      await processor.close();
    }
  });
}
