// The processor role: a queue worker over a pool of threads.
import { availableParallelism } from 'node:os';
import type { Log } from '../base/log.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Store } from '../store/store.ts';
import type { DataRule } from './rules/data-rule.ts';
import type { FileSource } from './symbols/symbol-port.ts';
import { QueueWorker, type Filed } from './worker/queue-worker.ts';
import { ThreadPool } from './worker/thread-pool.ts';

export type { Filed } from './worker/queue-worker.ts';

/** Everything that the processor is given. */
export interface ProcessorOptions {
  readonly store: Pick<Store, 'queue' | 'reports' | 'bugs' | 'intake'>;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Version that processed reports are signed with. */
  readonly processor: string;
  /** Threads; 0 or absent: one less than the machine has processors, at most four. */
  readonly concurrency?: number;
  /** Milliseconds for one report. */
  readonly timeoutMs?: number;
  /** Heap of each thread in MB. */
  readonly maxHeapMb?: number;
  /** Frames of one thread of a minidump that are walked; absent: as many as walks take by default. */
  readonly maxStackFrames?: number;
  /** Where native stacks get their symbols; absent: they stay without. */
  readonly symbols?: FileSource | null;
  /** The installation's own rules for annotations, as data. */
  readonly dataRules?: readonly DataRule[];
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Called after each report that was filed, one after the other for one report, but not for several. */
  readonly onFiled?: (filed: Filed) => void | Promise<void>;
}

/** What became of a report that was processed before its answer (`Intake.processNow`). */
export interface ProcessedNow {
  readonly ok: boolean;
  /** Why not; empty where it is. */
  readonly error: string;
  /** Id of its (first) bug. */
  readonly bug: string | null;
}

/** A processor that runs. */
export interface Processor {
  /** Says that a report has arrived, so that nobody waits for the next poll. Cheap. */
  nudge(): void;
  /** Processes a stored report before all others; null where it cannot be had now (paused, another process has it). */
  processNow(crashId: string): Promise<ProcessedNow | null>;
  /** Finishes what is under way within a few seconds, gives the rest back to the queue, and resolves. */
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_HEAP_MB = 512;
const MAX_DEFAULT_THREADS = 4;
const IDLE_MS = 30_000;
/** Reports that are being worked on when the processor closes may take so long; those that only wait are given back at once. */
const CLOSE_MS = 1500;
const COUNT_MS = 15_000;

/** Starts taking reports from the queue. */
export async function startProcessor(options: ProcessorOptions): Promise<Processor> {
  const { store, log, metrics, now = Date.now } = options;
  const threads =
    options.concurrency || Math.max(1, Math.min(MAX_DEFAULT_THREADS, availableParallelism() - 1));
  const maxHeapMb = options.maxHeapMb ?? DEFAULT_HEAP_MB;
  const pool = new ThreadPool({
    size: threads,
    idleMs: IDLE_MS,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxHeapMb,
    ...(options.maxStackFrames !== undefined && { maxStackFrames: options.maxStackFrames }),
    symbols: options.symbols ?? null,
    dataRules: options.dataRules ?? [],
    onEnded: (reason) => {
      metrics.processThreadsEnded.inc();
      log.warn({ reason }, 'a processing thread has ended');
    },
  });
  const worker = new QueueWorker({
    store,
    pool,
    threads,
    maxHeapMb,
    processor: options.processor,
    log,
    metrics,
    now,
    onFiled: options.onFiled ?? (() => undefined),
  });
  const countQueue = async (): Promise<void> => {
    try {
      const counts = await store.queue.counts();
      for (const state of ['queued', 'leased', 'failed', 'deferred'] as const)
        metrics.queue.set({ state }, counts[state]);
      metrics.queueOldestSeconds.set((counts.oldestMs ?? 0) / 1000);
    } catch (error) {
      log.error({ err: error }, 'the queue could not be counted');
    }
  };
  await countQueue();
  const counting = setInterval(() => void countQueue(), COUNT_MS);
  counting.unref();
  worker.start();
  log.info({ threads }, 'processor works');
  let closed: Promise<void> | null = null;

  async function close(): Promise<void> {
    clearInterval(counting);
    const patience = setTimeout(() => void pool.close(), CLOSE_MS);
    const ended = worker.close();
    pool.giveBack();
    await ended;
    clearTimeout(patience);
    await pool.close();
  }

  return {
    nudge: () => worker.nudge(),
    async processNow(crashId) {
      const settled = await worker.take(crashId);
      if (settled === null || settled.kind === 'lost') return finished(store, crashId);
      if (settled.kind === 'failed') return { ok: false, error: settled.reason, bug: null };
      const { processed, crashes } = settled.filed;
      return processedNow(processed, crashes[0]?.bugId);
    },
    close: () => (closed ??= close()),
  };
}

/** What another process made of it in the meantime. */
async function finished(store: ProcessorOptions['store'], crashId: string): Promise<ProcessedNow | null> {
  const found = await store.queue.getProcessed(crashId);
  return found === null ? null : processedNow(found.processed, found.bugIds[0]);
}

function processedNow(
  { status, problem }: { readonly status: string; readonly problem: string | null },
  bugId: number | undefined,
): ProcessedNow {
  return {
    ok: status === 'processed',
    error: problem ?? '',
    bug: bugId === undefined ? null : String(bugId),
  };
}
