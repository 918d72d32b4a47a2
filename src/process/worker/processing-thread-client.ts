// The main thread's side of one processing thread: gives it a batch of jobs, watches the clock, and says what became of each.
// States: starting → idle ⇄ busy → ended. A thread that has ended is never used again; its owner starts another.
import path from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { ProcessedReport } from '../../report/processed-report.ts';
import { answerSymbols } from '../symbols/symbol-port.ts';
import type { DataRule } from '../rules/data-rule.ts';
import { answerReads, sharedPiece, type ReadPiece } from './stored-reads.ts';
import type { FileSource } from '../symbols/symbol-port.ts';
import type { FromThread, ThreadJob, ThreadSetup, ToThread } from './thread-protocol.ts';

/** The file of the thread, which is `.ts` in the sources and `.js` in the package. */
const THREAD = new URL(`./pipeline-thread${path.extname(import.meta.filename)}`, import.meta.url);

/** How much one job may take. */
export interface ThreadLimits {
  /** Milliseconds for one job; then its thread is ended. Walks end by themselves a little earlier. */
  readonly timeoutMs: number;
  /** Heap of the thread in MB; a job that needs more ends its thread. */
  readonly maxHeapMb: number;
  /** Frames of one thread of a minidump that are walked; absent: as many as walks take by default. */
  readonly maxStackFrames?: number;
}

/** Walks end with what they have at this share of the time, so that there is a result. */
const WALK_SHARE = 0.75;

/** A busy machine may take its time to start a thread; no job is to blame for that. */
const START_MS = 60_000;

/** Why a thread ended before its job was done. */
export class ThreadEnded extends Error {
  /** False where it ended before it had taken up any job: then no job is to blame. */
  readonly hadStarted: boolean;

  constructor(message: string, hadStarted: boolean) {
    super(message);
    this.hadStarted = hadStarted;
  }
}

/** What became of a batch; each job is heard of at most once. */
export interface BatchListener {
  done(job: ThreadJob, processed: ProcessedReport): void;
  /** The pipeline itself has thrown: a fault of ours. */
  failed(job: ThreadJob, error: Error): void;
  /** The thread ended at `job`; those in `rest` had not begun. */
  ended(job: ThreadJob, rest: readonly ThreadJob[], error: ThreadEnded): void;
  /** All jobs of the batch are answered, and the thread takes the next. */
  free(): void;
}

/** One thread. */
export class ProcessingThread {
  readonly #limits: ThreadLimits;
  readonly #worker: Worker;
  #ready = false;
  #over = false;
  #batch: ThreadJob[] = [];
  #listener: BatchListener | null = null;
  #timer: NodeJS.Timeout | null = null;
  #cause: string | null = null;

  constructor(
    limits: ThreadLimits,
    {
      symbols,
      dataRules,
      readPiece,
    }: {
      readonly symbols: FileSource | null;
      readonly dataRules: readonly DataRule[];
      /** Reads stored attachments of the jobs under way, for the thread. */
      readonly readPiece: ReadPiece;
    },
  ) {
    this.#limits = limits;
    const reads = new MessageChannel();
    const shared = sharedPiece();
    answerReads(reads.port1, shared, readPiece);
    const channel = symbols === null ? null : new MessageChannel();
    if (channel !== null && symbols !== null) answerSymbols(channel.port1, symbols);
    const setup: ThreadSetup = {
      walkMs: limits.timeoutMs * WALK_SHARE,
      maxStackFrames: limits.maxStackFrames ?? null,
      dataRules,
      symbols: channel?.port2 ?? null,
      reads: reads.port2,
      shared,
    };
    this.#worker = new Worker(THREAD, {
      workerData: setup,
      transferList: channel === null ? [reads.port2] : [channel.port2, reads.port2],
      resourceLimits: { maxOldGenerationSizeMb: limits.maxHeapMb, maxYoungGenerationSizeMb: 64 },
    });
    this.#worker.on('message', (message: FromThread) => this.#hear(message));
    this.#worker.on('error', (error: NodeJS.ErrnoException) => {
      this.#cause ??=
        error.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? `processing it needed more than ${limits.maxHeapMb} MB of memory`
          : `processing it ended the thread: ${error.message}`;
    });
    this.#worker.on('exit', (code) => {
      channel?.port1.close();
      reads.port1.close();
      this.#end(this.#cause ?? `processing it ended the thread with code ${code}`);
    });
    // Nothing but the servers keeps the process alive.
    this.#worker.unref();
  }

  /** Whether it can never be used again. */
  get over(): boolean {
    return this.#over;
  }

  /** Gives it jobs; only when it is free. */
  run(batch: readonly ThreadJob[], listener: BatchListener): void {
    this.#batch = [...batch];
    this.#listener = listener;
    const jobs: ToThread = batch;
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
    this.#worker.postMessage(jobs);
    this.#watch();
  }

  /** Ends it; a batch under way is told. */
  async terminate(cause: string): Promise<void> {
    this.#cause ??= cause;
    await this.#worker.terminate();
    this.#end(cause);
  }

  #hear(message: FromThread): void {
    if (message.kind === 'ready') {
      this.#ready = true;
      this.#watch();
      return;
    }
    const [job] = this.#batch;
    if (this.#over || job === undefined || job.id !== message.id) return;
    this.#batch.shift();
    this.#watch();
    const listener = this.#listener;
    if (message.kind === 'done') listener?.done(job, message.processed);
    else listener?.failed(job, Object.assign(new Error(message.message), { stack: message.stack }));
    if (this.#batch.length === 0) listener?.free();
  }

  /** The clock runs for one job at a time, from when the thread takes it up. */
  #watch(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#batch.length === 0 || this.#over) return;
    const timeoutMs = this.#ready ? this.#limits.timeoutMs : START_MS;
    this.#timer = setTimeout(() => {
      this.#cause ??= `processing it took longer than ${timeoutMs / 1000} seconds`;
      void this.#worker.terminate();
    }, timeoutMs);
  }

  #end(message: string): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const [job, ...rest] = this.#batch;
    this.#batch = [];
    if (job !== undefined) this.#listener?.ended(job, rest, new ThreadEnded(message, this.#ready));
  }
}
