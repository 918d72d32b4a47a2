// The pool of processing threads. Small reports go to a thread in batches, large ones alone. A job at which its thread ended is
// tried once more, alone, in a fresh thread and without the product's own patterns; when that thread ends as well, the job is
// to blame and rejects with `JobKilled`. The jobs behind it in the batch only wait a little longer.
//
// States of a job: waiting → (loading →) running → settled; running → waiting once, after its thread ended.
import type { ProcessedReport } from '../../report/processed-report.ts';
import { withoutPatterns } from '../product-settings.ts';
import type { DataRule } from '../rules/data-rule.ts';
import type { FileSource } from '../symbols/symbol-port.ts';
import {
  ProcessingThread,
  type BatchListener,
  type ThreadEnded,
  type ThreadLimits,
} from './processing-thread-client.ts';
import type { StoredPiece } from './stored-reads.ts';
import type { ThreadJob, ThreadTask } from './thread-protocol.ts';

const MAX_BATCH_JOBS = 16;

/** A job that ended two threads. The message says why, as a sentence about the report. */
export class JobKilled extends Error {}

/** The pool was closed before the job was done. */
export class PoolClosed extends Error {}

/** Something to process. */
export interface PoolJob {
  /** Whether it can share a batch: it is small, so its task is there already or soon. */
  readonly small: boolean;
  /** Not tried a second time: rejects with `JobKilled` at once. */
  readonly once?: boolean;
  /** Gives the task; called when a thread is free, so that large dumps do not wait in memory. Again after its thread ended. */
  load(): ThreadTask | Promise<ThreadTask>;
  /** Reads a piece of an attachment that its task names as stored; absent: it names none. */
  readStored?(name: string, at: number, length: number): Promise<Uint8Array>;
}

export interface PoolOptions extends ThreadLimits {
  /** Threads at most. */
  readonly size: number;
  /** A thread that had nothing to do for so long is ended. */
  readonly idleMs: number;
  /** Where threads ask for symbols; null: there are none. */
  readonly symbols: FileSource | null;
  /** The installation's own rules; default none. */
  readonly dataRules?: readonly DataRule[];
  /** Told whenever a thread ended at a job. */
  readonly onEnded?: (reason: string) => void;
}

interface Waiting {
  readonly job: PoolJob;
  readonly resolve: (processed: ProcessedReport) => void;
  readonly reject: (error: Error) => void;
  /** Why its first thread ended. */
  first: string | null;
}

interface Seat {
  thread: ProcessingThread | null;
  busy: boolean;
  idle: NodeJS.Timeout | null;
}

/** Expressions that people wrote may be what takes so long: the second try goes without them, and says so. */
function secondTry(task: ThreadTask, first: string): ThreadTask {
  const note = `The first try failed because ${first}; this one left out the product's own lists and rules.`;
  return { ...task, rules: withoutPatterns(task.rules), notes: [...task.notes, note] };
}

/** Runs jobs on at most `size` threads, which start when they are needed. */
export class ThreadPool {
  readonly #options: PoolOptions;
  readonly #seats: readonly Seat[];
  readonly #running = new Map<number, Waiting>();
  #waiting: Waiting[] = [];
  #nextId = 0;
  #closed = false;
  #givesBack = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#seats = Array.from({ length: options.size }, () => ({ thread: null, busy: false, idle: null }));
  }

  /** Resolves with the processed report; rejects with `JobKilled`, `PoolClosed`, or what loading or the pipeline threw. */
  run(job: PoolJob): Promise<ProcessedReport> {
    return new Promise((resolve, reject) => {
      if (this.#givesBack) {
        reject(new PoolClosed('the processor is closed'));
        return;
      }
      this.#waiting.push({ job, resolve, reject, first: null });
      this.#dispatch();
    });
  }

  /** Takes no more jobs: those that no thread has begun with reject with `PoolClosed`; the others go on. */
  giveBack(): void {
    this.#givesBack = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(new PoolClosed('the processor is closed'));
  }

  /** Ends all threads; jobs that are not done reject with `PoolClosed`. */
  async close(): Promise<void> {
    this.#closed = true;
    this.giveBack();
    await Promise.all(
      this.#seats.map(async (seat) => {
        if (seat.idle !== null) clearTimeout(seat.idle);
        await seat.thread?.terminate('the processor is closed');
      }),
    );
  }

  #dispatch(): void {
    for (const seat of this.#seats) {
      if (this.#waiting.length === 0) return;
      if (!seat.busy) void this.#occupy(seat, this.#nextBatch());
    }
  }

  /** The first job alone where it is large or is tried again; else with small ones behind it. */
  #nextBatch(): readonly Waiting[] {
    const isSmall = ({ job, first }: Waiting): boolean => job.small && first === null;
    const share = Math.ceil(this.#waiting.length / this.#seats.length);
    let count = 0;
    for (const waiting of this.#waiting) {
      if (count >= Math.min(MAX_BATCH_JOBS, share) || !isSmall(waiting)) break;
      count += 1;
    }
    return this.#waiting.splice(0, Math.max(1, count));
  }

  async #occupy(seat: Seat, batch: readonly Waiting[]): Promise<void> {
    seat.busy = true;
    if (seat.idle !== null) clearTimeout(seat.idle);
    const jobs: ThreadJob[] = [];
    for (const waiting of batch) {
      try {
        const loading = waiting.job.load();
        const task = loading instanceof Promise ? await loading : loading;
        const id = this.#nextId++;
        this.#running.set(id, waiting);
        jobs.push({ id, task: waiting.first === null ? task : secondTry(task, waiting.first) });
      } catch (error) {
        waiting.reject(error instanceof Error ? error : new Error(String(error)));
      }
    }
    if (this.#closed)
      for (const { id } of jobs) this.#settle(id)?.reject(new PoolClosed('the processor is closed'));
    if (this.#closed || jobs.length === 0) return this.#free(seat);
    const isFreshNeeded = batch.some(({ first }) => first !== null);
    if (isFreshNeeded && seat.thread !== null) await seat.thread.terminate('a fresh thread is needed');
    try {
      if (seat.thread === null || seat.thread.over)
        seat.thread = new ProcessingThread(this.#options, {
          symbols: this.#options.symbols,
          dataRules: this.#options.dataRules ?? [],
          readPiece: (piece) => this.#readPiece(piece),
        });
      seat.thread.run(jobs, this.#listener(seat));
    } catch (error) {
      const reason = new Error('a processing thread could not be started', { cause: error });
      for (const { id } of jobs) this.#settle(id)?.reject(reason);
      this.#free(seat);
    }
  }

  #listener(seat: Seat): BatchListener {
    return {
      done: ({ id }, processed) => this.#settle(id)?.resolve(processed),
      failed: ({ id }, error) => this.#settle(id)?.reject(error),
      ended: (job, rest, error) => {
        const blamed = this.#settle(job.id);
        const others = rest.map(({ id }) => this.#settle(id)).filter((waiting) => waiting !== undefined);
        if (this.#closed) {
          for (const waiting of [blamed, ...others])
            waiting?.reject(new PoolClosed('the processor is closed'));
          return;
        }
        this.#options.onEnded?.(error.message);
        this.#waiting.unshift(...others);
        if (blamed !== undefined) this.#blame(blamed, error);
        this.#free(seat);
      },
      free: () => this.#free(seat),
    };
  }

  #blame(waiting: Waiting, error: ThreadEnded): void {
    if (!error.hadStarted) {
      waiting.reject(new Error(`a processing thread could not be started: ${error.message}`));
    } else if (waiting.first === null && waiting.job.once !== true) {
      waiting.first = error.message;
      this.#waiting.push(waiting);
    } else {
      waiting.reject(new JobKilled(error.message));
    }
  }

  /** Only for a job that is under way: a thread that was ended may still ask. */
  #readPiece({ job, name, at, length }: StoredPiece): Promise<Uint8Array> {
    const read = this.#running.get(job)?.job.readStored?.(name, at, length);
    return read ?? Promise.reject(new Error(`${name} cannot be read any more`));
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#running.get(id);
    this.#running.delete(id);
    return waiting;
  }

  #free(seat: Seat): void {
    seat.busy = false;
    if (this.#closed) return;
    if (this.#waiting.length > 0) this.#dispatch();
    if (seat.busy) return;
    seat.idle = setTimeout(() => {
      const { thread } = seat;
      seat.thread = null;
      void thread?.terminate('it had nothing to do');
    }, this.#options.idleMs);
    seat.idle.unref();
  }
}
