// A worker thread that takes one job at a time, is started by the first one, ends when it has had nothing to do for a
// while, and is replaced when a job takes too long or kills it.
import { Worker, type TransferListItem } from 'node:worker_threads';

/** What dies young in these threads are lines and numbers: a larger nursery takes memory and saves no time. */
const MAX_YOUNG_MB = 12;

/** How a thread is started and bounded. */
export type ThreadOptions = {
  readonly file: URL;
  readonly name: string;
  readonly timeoutMs: number;
  readonly idleMs: number;
  readonly maxHeapMb: number;
  /** Most jobs that wait; more are refused with `ThreadBusyError`. */
  readonly maxWaiting: number;
  /** Made afresh for each worker. */
  readonly data?: () => { readonly workerData: unknown; readonly transferList: TransferListItem[] };
};

/** Too many jobs wait already. */
export class ThreadBusyError extends Error {}

/** Jobs in, results out, in order. `run` rejects where the thread died or took too long. */
export class ThreadClient<Job, Result> {
  private readonly options: ThreadOptions;
  private worker: Worker | null = null;
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private idle: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(options: ThreadOptions) {
    this.options = options;
  }

  run(job: Job): Promise<Result> {
    if (this.waiting >= this.options.maxWaiting) {
      return Promise.reject(new ThreadBusyError(`${this.options.name}: ${this.waiting} jobs wait already`));
    }
    this.waiting++;
    const result = this.last.then(() => this.work(job));
    this.last = result
      .catch(() => {})
      .finally(() => {
        this.waiting--;
        this.restSoon();
      });
    return result;
  }

  /** Ends the thread; a job under way is rejected. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.idle !== null) clearTimeout(this.idle);
    await this.worker?.terminate();
  }

  private work(job: Job): Promise<Result> {
    if (this.closed) return Promise.reject(new Error(`${this.options.name} is closed`));
    if (this.idle !== null) clearTimeout(this.idle);
    this.worker ??= this.start();
    const worker = this.worker;
    const { name, timeoutMs } = this.options;
    return new Promise<Result>((resolve, reject) => {
      const end = (error: Error | null, result?: Result): void => {
        clearTimeout(timer);
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        if (error === null) return resolve(result as Result);
        if (this.worker === worker) this.worker = null;
        void worker.terminate();
        reject(error);
      };
      const onMessage = (result: Result): void => end(null, result);
      const onError = (error: Error): void =>
        end(new Error(`${name} failed: ${error.message}`, { cause: error }));
      const onExit = (): void => end(new Error(`${name} ended in the middle of its work`));
      const timer = setTimeout(() => end(new Error(`${name} took more than ${timeoutMs} ms`)), timeoutMs);
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
      worker.postMessage(job);
    });
  }

  private start(): Worker {
    const { file, name, maxHeapMb, data } = this.options;
    const given = data?.();
    const worker = new Worker(file, {
      name,
      resourceLimits: { maxYoungGenerationSizeMb: MAX_YOUNG_MB, maxOldGenerationSizeMb: maxHeapMb },
      ...(given !== undefined && { workerData: given.workerData, transferList: given.transferList }),
    });
    // Without a listener an error between two jobs would end the process.
    worker.on('error', () => {});
    worker.on('exit', () => {
      if (this.worker === worker) this.worker = null;
    });
    worker.unref();
    return worker;
  }

  private restSoon(): void {
    if (this.waiting > 0 || this.closed) return;
    if (this.idle !== null) clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      const { worker } = this;
      this.worker = null;
      void worker?.terminate();
    }, this.options.idleMs);
    this.idle.unref();
  }
}
