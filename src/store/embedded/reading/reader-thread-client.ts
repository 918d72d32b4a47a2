// The main thread's side of one reader thread.
// States: not started → idle ⇄ busy → ending (ended for its time, or by a fault) → not started. A thread that is ending takes nothing
// new, and none takes its place: SQLite is left in the middle of a statement only when that gives rows, so until then it costs a core.
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ReadAnswer, ReadQuestion, ReaderSettings } from './reading-protocol.ts';

/** The file of the thread, which is `.ts` in the sources and `.js` in the package. */
export const READER_THREAD = new URL(`./reader-thread${path.extname(import.meta.filename)}`, import.meta.url);

/** Gets what became of a question, once: null where the thread ended before it answered. */
export type Settle = (answer: ReadAnswer | null) => void;

export class ReaderThreadClient {
  readonly #thread: URL;
  readonly #settings: ReaderSettings;
  readonly #freed: () => void;
  #worker: Worker | null = null;
  #ending = false;
  #settle: Settle | null = null;

  /** `freed` is called whenever the thread can take a question again. */
  constructor(thread: URL, settings: ReaderSettings, freed: () => void) {
    this.#thread = thread;
    this.#settings = settings;
    this.#freed = freed;
  }

  /** Whether it takes a question now. */
  get free(): boolean {
    return this.#settle === null && !this.#ending;
  }

  /** Only while it is free. */
  ask(question: ReadQuestion, settle: Settle): void {
    this.#settle = settle;
    const worker = (this.#worker ??= this.#start());
    worker.ref();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
    worker.postMessage(question);
  }

  /** Ends the thread with what it does; the next question starts another. */
  async end(): Promise<void> {
    if (this.#worker === null) return;
    this.#ending = true;
    this.#answer(null);
    await this.#worker.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.#thread, {
      workerData: this.#settings,
      name: 'mayday-reader',
      // A page of rows is small and short-lived; the default lets garbage grow to many times their size.
      resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 },
    });
    worker.on('message', (answer: ReadAnswer) => {
      // A thread with nothing to do must not keep the process alive.
      worker.unref();
      this.#answer(answer);
      if (this.free) this.#freed();
    });
    worker.on('error', (error) => {
      this.#ending = true;
      this.#answer({ ok: false, message: `reader thread: ${String(error)}`, code: '' });
    });
    worker.once('exit', () => {
      this.#worker = null;
      this.#ending = false;
      this.#answer(null);
      this.#freed();
    });
    return worker;
  }

  #answer(answer: ReadAnswer | null): void {
    const settle = this.#settle;
    this.#settle = null;
    settle?.(answer);
  }
}
