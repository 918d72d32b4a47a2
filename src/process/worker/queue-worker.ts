// Takes reports out of the queue and puts what the pool made of them back into the store.
//
// States of a report here: leased → (complete → filed | fail → queued with a later due time, or `failed` after MAX_ATTEMPTS).
// A lease is prolonged while its report is worked on; one that was lost changes nothing any more. The worker never asks in
// circles: it waits for a nudge (a report has arrived in this process) or for a growing while.
import { hostname } from 'node:os';
import type { Log } from '../../base/log.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { ProcessedReport } from '../../report/processed-report.ts';
import { stackNames } from '../grouping/stack-names.ts';
import { stackNumbers } from '../grouping/stack-numbers.ts';
import type { Report } from '../../report/report.ts';
import type { FiledCrash, Leased } from '../../store/queue.ts';
import type { Store } from '../../store/store.ts';
import { Pace, eventLoopShare } from './pace.ts';
import { ProductRulesCache } from './cached-product-rules.ts';
import { withBoundedAnnotations } from '../wanted-parts.ts';
import { understoodBefore, walkedBefore } from '../after-gone.ts';
import { WHOLE_BYTES, readParts, wantedBytes } from './read-parts.ts';
import { StoredDumps } from './stored-dumps.ts';
import { JobKilled, PoolClosed, type ThreadPool } from './thread-pool.ts';
import type { ThreadTask } from './thread-protocol.ts';
import { Wakeup } from './wakeup.ts';

/** Tries before a report is shown as failed. */
export const MAX_ATTEMPTS = 3;
const LEASE_MS = 120_000;
const EXTEND_MS = 30_000;
/** A failed try is repeated after 10 s, then after 40 s. */
const RETRY_MS = 10_000;
const RETRY_FACTOR = 4;
const MIN_POLL_MS = 250;
const MAX_POLL_MS = 2000;
/** Nudges come with every report: so long at least between two questions, so that they are about several at once. */
const GATHER_MS = 40;
/** How long processing waits at a time while submitting has much to do. */
const BUSY_PAUSE_MS = 250;
/** Reports held at once for each thread, and how large their attachments may be to be read ahead. */
const HELD_PER_THREAD = 128;
/** Annotations of all reports that are held: some have megabytes of them, and each is copied on its way to a thread. */
const MAX_HELD_BYTES = 4 * 1024 * 1024;
/** Attachments that were read ahead of their thread, over all reports that are held; others are read when a thread is free. */
const MAX_AHEAD_BYTES = 8 * 1024 * 1024;
const TROUBLE_MS = 2000;

/** A report that was filed, for those who tell people. */
export interface Filed {
  readonly report: Report;
  readonly processed: ProcessedReport;
  readonly crashes: readonly FiledCrash[];
}

/** What became of a report at this try. */
export type Settled =
  | { readonly kind: 'filed'; readonly filed: Filed }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'lost' };

export interface QueueWorkerOptions {
  readonly store: Pick<Store, 'queue' | 'reports' | 'bugs' | 'intake'>;
  readonly pool: ThreadPool;
  readonly threads: number;
  /** Heap of each thread. */
  readonly maxHeapMb: number;
  readonly processor: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => number;
  readonly onFiled: (filed: Filed) => void | Promise<void>;
}

/** Works until it is closed. */
export class QueueWorker {
  readonly #options: QueueWorkerOptions;
  readonly #name = `${hostname()}:${process.pid}`;
  readonly #rules: ProductRulesCache;
  readonly #held = new Map<string, { readonly leased: Leased; readonly settled: Promise<Settled> }>();
  readonly #wakeup = new Wakeup();
  readonly #pace = new Pace(performance.now(), eventLoopShare());
  #freed: () => void = () => undefined;
  #extending: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #closing = false;
  #aheadBytes = 0;

  constructor(options: QueueWorkerOptions) {
    this.#options = options;
    this.#rules = new ProductRulesCache(options.store.bugs, { now: options.now });
  }

  start(): void {
    this.#running ??= this.#run();
    this.#extending ??= setInterval(() => void this.#extendAll(), EXTEND_MS);
    this.#extending.unref();
  }

  /** A report has arrived, or was put back. */
  nudge(): void {
    this.#pace.arrived();
    this.#wakeup.wake();
  }

  /** Takes this report before all others; null where it is not due (another process has it, the queue is paused). */
  async take(crashId: string): Promise<Settled | null> {
    const held = this.#held.get(crashId);
    if (held !== undefined) return held.settled;
    if (this.#closing) return null;
    const [leased] = await this.#lease(1, { crashId });
    return leased === undefined ? (this.#held.get(crashId)?.settled ?? null) : this.#hold(leased);
  }

  /** Takes no more reports and resolves when those that it holds are settled, or the pool was closed. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#wakeup.wake();
    await this.#running;
    await Promise.all([...this.#held.values()].map(({ settled }) => settled));
    if (this.#extending !== null) clearInterval(this.#extending);
  }

  async #run(): Promise<void> {
    const { threads, log } = this.#options;
    const most = threads * HELD_PER_THREAD;
    let pollMs = MIN_POLL_MS;
    while (!this.#closing) {
      if (this.#pace.shouldWait(performance.now())) {
        await this.#pause(BUSY_PAUSE_MS);
        continue;
      }
      const bytes = this.#heldBytes();
      const room = bytes >= MAX_HELD_BYTES ? 0 : most - this.#held.size;
      let leased: readonly Leased[] = [];
      try {
        // Half a load at least, so that a busy worker asks for many at once.
        if (room >= most / 2) leased = await this.#lease(room, { maxBytes: MAX_HELD_BYTES - bytes });
      } catch (error) {
        log.error({ err: error }, 'the queue could not be asked');
        await this.#wakeup.after(TROUBLE_MS);
        continue;
      }
      for (const one of leased) void this.#hold(one);
      if (leased.length > 0 || room < most / 2) {
        pollMs = MIN_POLL_MS;
        // Either there may be more at once, or a place has to become free first.
        if (this.#held.size > most / 2) await this.#roomFor(most / 2);
        else if (room === 0) await this.#roomFor(Math.max(0, this.#held.size - 1));
        else if (leased.length < room) await this.#pause(GATHER_MS);
      } else {
        const woken = await this.#wakeup.after(pollMs);
        pollMs = woken ? MIN_POLL_MS : Math.min(MAX_POLL_MS, pollMs * 2);
        if (woken) await this.#pause(GATHER_MS);
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return this.#closing ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
  }

  async #roomFor(most: number): Promise<void> {
    while (this.#held.size > most) {
      await new Promise<void>((resolve) => {
        this.#freed = resolve;
      });
    }
  }

  /** What the reports that are held take in memory beside their attachments, about. */
  #heldBytes(): number {
    let bytes = 0;
    for (const { leased } of this.#held.values())
      for (const { value } of leased.report.annotations) bytes += value.length;
    return bytes;
  }

  #lease(
    limit: number,
    more: { readonly crashId?: string; readonly maxBytes?: number },
  ): Promise<readonly Leased[]> {
    const { queue } = this.#options.store;
    return queue.lease({
      worker: this.#name,
      limit,
      leaseMs: LEASE_MS,
      ...more,
    });
  }

  #hold(leased: Leased): Promise<Settled> {
    const settled = this.#settle(leased).finally(() => {
      this.#held.delete(leased.crashId);
      this.#freed();
    });
    this.#held.set(leased.crashId, { leased, settled });
    return settled;
  }

  async #settle(leased: Leased): Promise<Settled> {
    const { metrics, now } = this.#options;
    const startedAt = now();
    const settled = await this.#work(leased).catch((error: unknown) => this.#fail(leased, error));
    metrics.processSeconds.observe((now() - startedAt) / 1000);
    if (settled.kind !== 'filed') {
      metrics.processed.inc({ status: settled.kind, kind: 'none' });
    } else {
      const { status, crashes } = settled.filed.processed;
      metrics.processed.inc({ status, kind: crashes[0]?.kind ?? 'other' });
    }
    return settled;
  }

  async #work(leased: Leased): Promise<Settled> {
    const { store, onFiled, log } = this.#options;
    const { crashId, leaseId, report, attempt } = leased;
    if (attempt > MAX_ATTEMPTS)
      throw new GiveUp(`the process that worked on it ended before it was done, ${attempt - 1} times`);
    const processed = await this.#process(report);
    const crashes = await store.queue.complete(crashId, leaseId, processed);
    if (crashes === null) return { kind: 'lost' };
    const filed: Filed = { report, processed, crashes };
    await this.#noteStacks(filed);
    try {
      await onFiled(filed);
    } catch (error) {
      log.error({ err: error, crashId }, 'a filed report could not be told of');
    }
    return { kind: 'filed', filed };
  }

  /** New bugs, and older ones that are processed again, keep their stack, by which similar ones are found. */
  async #noteStacks({ processed, crashes }: Filed): Promise<void> {
    for (const [position, { bugId, event }] of crashes.entries()) {
      const crash = processed.crashes[position];
      if (crash === undefined || (event !== 'new' && event !== 'unchanged')) continue;
      const frames = stackNumbers(stackNames(crash));
      if (frames.length > 0) await this.#options.store.bugs.noteStack(bugId, frames);
    }
  }

  async #process(report: Report): Promise<ProcessedReport> {
    const { store, pool, processor, now, log, maxHeapMb } = this.#options;
    const before =
      report.gone === undefined
        ? null
        : ((await store.queue.getProcessed(report.crashId))?.processed ?? null);
    const understood = understoodBefore(report, before, { processor, now: now() });
    if (understood !== null) return understood;
    const walked = walkedBefore(report, before);
    const wanted = wantedBytes(report, maxHeapMb);
    const small = wanted <= WHOLE_BYTES && this.#aheadBytes + wanted <= MAX_AHEAD_BYTES;
    const ahead = small ? wanted : 0;
    this.#aheadBytes += ahead;
    const dumps = new StoredDumps(store.reports, report.crashId);
    const load = async (): Promise<ThreadTask> => {
      const rules = await this.#rules.get(report.account, report.product);
      const { dataRules } = (await store.intake.product(report.account, report.product)) ?? {};
      const { parts, stored, notes } = await readParts(store.reports, report, maxHeapMb, dumps);
      const bounded = withBoundedAnnotations(report);
      return {
        report: bounded.report,
        parts,
        stored,
        notes: [...notes, ...bounded.notes],
        ...(report.gone !== undefined && { walked }),
        rules,
        ...(dataRules !== undefined && { dataRules }),
        processor,
        now: now(),
      };
    };
    try {
      const task = small ? await load() : null;
      return await pool.run({
        small,
        load: () => task ?? load(),
        readStored: (name, at, length) => dumps.read(name, at, length),
      });
    } catch (error) {
      if (!(error instanceof JobKilled)) throw error;
      log.warn(
        { crashId: report.crashId, reason: error.message },
        'a report ended its processing thread twice',
      );
      // The pipeline is at home in the threads; here it is loaded for this alone.
      const { unprocessable } = await import('../pipeline.ts');
      const [reason = '', ...detail] = error.message.split(': ');
      return unprocessable(report, { reason, detail: detail.join(': ') }, { processor, now });
    } finally {
      this.#aheadBytes -= ahead;
      await dumps.close();
    }
  }

  async #fail({ crashId, leaseId, attempt }: Leased, error: unknown): Promise<Settled> {
    const { store, log, now } = this.#options;
    const reason = reasonOf(error);
    const stopped = error instanceof PoolClosed;
    const isLast = !stopped && (attempt >= MAX_ATTEMPTS || error instanceof GiveUp);
    const retryAt = isLast ? null : now() + (stopped ? 0 : RETRY_MS * RETRY_FACTOR ** (attempt - 1));
    if (!stopped) log.error({ err: error, crashId, attempt, retryAt }, 'a report could not be processed');
    try {
      const kept = await store.queue.fail(crashId, leaseId, { reason, retryAt, uncounted: stopped });
      return kept ? { kind: 'failed', reason } : { kind: 'lost' };
    } catch (failure) {
      // The lease will run out, and somebody takes the report again.
      log.error({ err: failure, crashId }, 'a failure could not be kept');
      return { kind: 'failed', reason };
    }
  }

  async #extendAll(): Promise<void> {
    const { store, log } = this.#options;
    for (const { leased } of this.#held.values()) {
      try {
        await store.queue.extend(leased.crashId, leased.leaseId, LEASE_MS);
      } catch (error) {
        log.error({ err: error, crashId: leased.crashId }, 'a lease could not be prolonged');
        return;
      }
    }
  }
}

/** Nothing that another try would mend. */
class GiveUp extends Error {}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}`.slice(0, 1000);
}
