// Reads that look at many rows, beside the thread that takes uploads: a few threads, one question at a time each, a bounded queue before
// them, and a limit to the time that each question waits and that it takes.
import { ReadRefused } from '../../reports.ts';
import { READER_THREAD, ReaderThreadClient } from './reader-thread-client.ts';
import type { ReadAnswer, ReaderSettings } from './reading-protocol.ts';
import type { ReadArguments, ReadName, ReadResult } from './reads.ts';

/** One more than one, so that a slow search does not hold up every page. */
const THREADS = 2;
const MAX_WAITING = 64;
const LIMIT_MS = 10_000;

/** Defaults are those of a server; tests give others. */
export interface ReaderPoolOptions {
  readonly threads?: number;
  readonly maxWaiting?: number;
  /** So long a question may wait, and then so long it may take. */
  readonly limitMs?: number;
  readonly thread?: URL;
}

interface Waiting {
  readonly name: ReadName;
  readonly args: readonly unknown[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export class ReaderPool {
  readonly #threads: readonly ReaderThreadClient[];
  readonly #maxWaiting: number;
  readonly #limitMs: number;
  #waiting: Waiting[] = [];
  #closed = false;

  constructor(settings: ReaderSettings, options: ReaderPoolOptions = {}) {
    const {
      threads = THREADS,
      maxWaiting = MAX_WAITING,
      limitMs = LIMIT_MS,
      thread = READER_THREAD,
    } = options;
    this.#maxWaiting = maxWaiting;
    this.#limitMs = limitMs;
    this.#threads = Array.from(
      { length: threads },
      () => new ReaderThreadClient(thread, settings, () => this.#next()),
    );
  }

  /** Rejects with `ReadRefused` where too many wait or it takes too long, else with SQLite's error. */
  read<N extends ReadName>(name: N, ...args: ReadArguments<N>): Promise<ReadResult<N>> {
    return new Promise<unknown>((resolve, reject) => {
      if (this.#closed) {
        reject(new Error('the store is closed'));
        return;
      }
      if (this.#waiting.length >= this.#maxWaiting) {
        reject(new ReadRefused('too_many'));
        return;
      }
      const waiting: Waiting = {
        name,
        args,
        resolve,
        reject,
        timer: setTimeout(() => {
          this.#waiting = this.#waiting.filter((other) => other !== waiting);
          reject(new ReadRefused('too_many'));
        }, this.#limitMs),
      };
      this.#waiting.push(waiting);
      this.#next();
    }) as Promise<ReadResult<N>>;
  }

  /** Ends the threads; what they have under way and what waits fails. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { timer, reject } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      reject(new Error('the store is closed'));
    }
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }

  #next(): void {
    const thread = this.#threads.find(({ free }) => free);
    const waiting = thread === undefined ? undefined : this.#waiting.shift();
    if (thread === undefined || waiting === undefined) return;
    const { name, args, resolve, reject, timer } = waiting;
    clearTimeout(timer);
    const limit = setTimeout(() => {
      reject(new ReadRefused('took_too_long'));
      void thread.end();
    }, this.#limitMs);
    thread.ask({ name, args }, (answer) => {
      clearTimeout(limit);
      if (answer?.ok === true) resolve(answer.value);
      else reject(failureOf(answer));
    });
  }
}

function failureOf(answer: Extract<ReadAnswer, { ok: false }> | null): Error {
  if (answer === null) return new Error('the reader thread ended before it answered');
  return Object.assign(new Error(answer.message), answer.code === '' ? {} : { code: answer.code });
}
