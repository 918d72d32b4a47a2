// The main thread's side of the writer thread: gathers writes, sends them in batches, restarts a thread that died.
// States of a job: waiting → sent → settled. A thread that dies before it was ready (the disk is full, the folder gone) fails
// what waits, so that nobody waits for a start that may never come; the next start is tried all the same.
// What arrives in one turn of the event loop is posted at its end. The thread takes everything that was posted while it
// worked as its next batch, so batches grow with the load, an idle server waits for nothing, and a busy thread waits for
// nobody.
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { StorageError } from '../../intake.ts';
import type { PruneResult } from '../../store.ts';
import type { WriteArguments, WriteName, WriteResult } from './operations.ts';
import { packJobs } from './packed-jobs.ts';
import type { Growth } from '../write/room.ts';
import type { Job, JobFailure } from './job.ts';
import type { FromThread, ThreadSettings, ToThread } from './protocol.ts';

/** So much is under way at a time, so that one commit stays short and the write-ahead log small. */
const MAX_BATCH_JOBS = 256;
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** In a small store a batch is a small part of it as well. */
const BATCHES_IN_STORE = 64;
const RESTART_DELAY_MS = 100;
const FAILED_START_DELAY_MS = 1000;

/** What most writes add: a row of no great length. */
const SMALL: Growth = { rows: 512, files: 0 };

interface Waiting {
  readonly job: Job;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StorageError) => void;
}

/** A write that the thread has. */
interface Sent extends Pick<Waiting, 'resolve' | 'reject'> {
  readonly rows: number;
}

/** Who asked for everything to be kept in order. */
interface Maintaining extends Pick<Waiting, 'reject'> {
  readonly resolve: (result: PruneResult) => void;
}

/** A write that failed; `certain`: nothing of it can ever come to light. */
export class WriteFailed extends StorageError {
  constructor({ message, reason, certain }: JobFailure) {
    super(message, { reason, certain });
  }
}

/** The file of the thread, which is `.ts` in the sources and `.js` in the package. */
const THREAD = new URL(`./writer-thread${path.extname(import.meta.filename)}`, import.meta.url);

/** Whoever asks a store to be maintained while it closes. */
const NOTHING_PRUNED: PruneResult = { reports: 0, bytes: 0, orphanFiles: 0 };

export class WriterClient {
  readonly #settings: ThreadSettings;
  readonly #hear: (message: FromThread) => void;
  readonly #maxBatchBytes: number;
  #worker: Worker;
  /** The last thread has ended. */
  #over = false;
  #maintaining: Maintaining[] = [];
  #waiting: Waiting[] = [];
  /** What the thread has not answered yet, in the order in which it was posted; what it is about has been handed over. */
  #sent: Sent[] = [];
  #sentBytes = 0;
  #scheduled = false;
  #ready = false;
  #closing = false;
  #ended: Promise<void>;

  /** `hear` gets everything that the thread tells beside results. */
  constructor(settings: ThreadSettings, hear: (message: FromThread) => void) {
    this.#settings = settings;
    this.#maxBatchBytes = Math.min(MAX_BATCH_BYTES, settings.maxBytes / BATCHES_IN_STORE);
    this.#hear = hear;
    [this.#worker, this.#ended] = this.#start();
  }

  /** Resolves when the write is durable. Rejects with `WriteFailed`. */
  write<N extends WriteName>(
    name: N,
    args: WriteArguments<N>,
    growth: Growth = SMALL,
  ): Promise<WriteResult<N>> {
    return new Promise<unknown>((resolve, reject) => {
      if (this.#closing) {
        reject(new WriteFailed({ message: 'the store is closed', reason: 'failed', certain: true }));
        return;
      }
      this.#waiting.push({ job: { name, args, growth }, resolve, reject });
      this.#schedule();
    }) as Promise<WriteResult<N>>;
  }

  /** Prunes and sweeps until nothing is left to do, beside the writes that go on. Rejects with `StorageError` where it could not. */
  maintain(): Promise<PruneResult> {
    if (this.#over) return Promise.resolve(NOTHING_PRUNED);
    return new Promise((resolve, reject) => {
      this.#maintaining.push({ resolve, reject });
      if (this.#ready) this.#post({ kind: 'maintain' });
    });
  }

  /** Writes what waits, then ends the thread. Idempotent. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#schedule();
    await this.#ended;
  }

  /** Ends the thread at once, as a crash would; it is started again unless the client is closing. */
  async kill(): Promise<void> {
    await this.#worker.terminate();
  }

  #start(): [Worker, Promise<void>] {
    const worker = new Worker(THREAD, {
      workerData: this.#settings,
      name: 'mayday-writer',
      // Batches are small and short-lived; the default lets garbage grow to many times their size.
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    worker.on('message', (message: FromThread) => this.#message(message));
    worker.on('error', (error) =>
      this.#hear({ kind: 'trouble', message: `writer thread: ${String(error)}` }),
    );
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', () => resolve(this.#exited()));
    });
    return [worker, ended];
  }

  #message(message: FromThread): void {
    if (message.kind === 'ready') {
      this.#ready = true;
      for (const _ of this.#maintaining) this.#post({ kind: 'maintain' });
      this.#schedule();
      return;
    }
    if (message.kind === 'results') {
      const sent = this.#sent.splice(0, message.values.length);
      for (const { rows } of sent) this.#sentBytes -= rows;
      this.#send();
      for (const [index, failure] of message.failures) sent[index]?.reject(new WriteFailed(failure));
      // Resolving a promise that was rejected changes nothing.
      for (const [index, { resolve }] of sent.entries()) resolve(message.values[index]);
    }
    if (message.kind === 'maintained') this.#maintaining.shift()?.resolve(message.result);
    if (message.kind === 'unmaintained')
      this.#maintaining
        .shift()
        ?.reject(new WriteFailed({ message: message.message, reason: 'failed', certain: false }));
    this.#hear(message);
  }

  /** Sends at the end of this turn of the event loop, so that what arrived in one turn goes together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    if (!this.#ready) return;
    const due = this.#due();
    if (due.length === 0) {
      if (this.#closing && this.#sent.length === 0) this.#post({ kind: 'close' });
      return;
    }
    this.#waiting = this.#waiting.slice(due.length);
    try {
      const batch = packJobs(due.map(({ job }) => job));
      this.#post({ kind: 'batch', batch }, [batch.bytes.buffer]);
    } catch (error) {
      // What cannot be handed over is not the thread's, which answers in the order of what it was given.
      const failure = { message: String(error), reason: 'failed', certain: true } as const;
      for (const { reject } of due) reject(new WriteFailed(failure));
      this.#schedule();
      return;
    }
    for (const { job, resolve, reject } of due) {
      const { rows } = job.growth;
      this.#sentBytes += rows;
      this.#sent.push({ rows, resolve, reject });
    }
  }

  /** What of the waiting writes goes now: at least one where nothing is under way, else as much as may be under way. */
  #due(): Waiting[] {
    let count = 0;
    let bytes = this.#sentBytes;
    for (const { job } of this.#waiting) {
      const { rows } = job.growth;
      const under = this.#sent.length + count;
      if (under > 0 && (bytes + rows > this.#maxBatchBytes || under >= MAX_BATCH_JOBS)) break;
      bytes += rows;
      count += 1;
    }
    return this.#waiting.slice(0, count);
  }

  #post(message: ToThread, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  /** What was sent and not acknowledged may be stored or not; what waited goes to the next thread. */
  async #exited(): Promise<void> {
    const lost = this.#sent;
    // A thread that dies at its start is likely to do so again: nobody is kept waiting for it.
    const started = this.#ready;
    const unsent = started ? [] : this.#waiting;
    if (!started) this.#waiting = [];
    this.#sent = [];
    this.#sentBytes = 0;
    this.#ready = false;
    const died = { message: 'the writer thread died before it answered', reason: 'failed' } as const;
    for (const { reject } of lost) reject(new WriteFailed({ ...died, certain: false }));
    for (const { reject } of unsent) reject(new WriteFailed({ ...died, certain: true }));
    if (this.#closing && this.#waiting.length === 0) {
      this.#over = true;
      for (const done of this.#maintaining.splice(0)) done.resolve(NOTHING_PRUNED);
      return;
    }
    this.#hear({ kind: 'trouble', message: 'the writer thread died and is started again' });
    await new Promise((resolve) => {
      setTimeout(resolve, started ? RESTART_DELAY_MS : FAILED_START_DELAY_MS);
    });
    [this.#worker, this.#ended] = this.#start();
    if (this.#closing) await this.#ended;
  }
}
