// Mozilla's symbolication API in a worker thread over the symbols of a source.
import path from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { answerSymbols } from './symbol-port.ts';
import type { SymbolSource } from './symbol-source.ts';
import { ThreadClient } from './symbol-thread-client.ts';
import type { Users } from './usable-symbols.ts';

export type SymbolicationJob = { readonly version: 4 | 5; readonly text: string; readonly users: Users };
/** `text` is JSON. */
export type Symbolication = { readonly status: 200 | 400; readonly text: string };

const THREAD = new URL(`./symbolication-thread${path.extname(import.meta.filename)}`, import.meta.url);

/** Answers requests in order; `ThreadBusyError` where too many wait. */
export class Symbolicator {
  private readonly thread: ThreadClient<SymbolicationJob, Symbolication>;

  constructor(source: SymbolSource) {
    this.thread = new ThreadClient({
      file: THREAD,
      name: 'mayday-symbolication',
      timeoutMs: 60_000,
      idleMs: 60_000,
      maxHeapMb: 512,
      maxWaiting: 32,
      data: () => {
        const { port1, port2 } = new MessageChannel();
        answerSymbols(port1, source);
        return { workerData: { port: port2 }, transferList: [port2] };
      },
    });
  }

  symbolicate(job: SymbolicationJob): Promise<Symbolication> {
    return this.thread.run(job);
  }

  close(): Promise<void> {
    return this.thread.close();
  }
}
