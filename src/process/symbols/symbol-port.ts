// The two ends of a message port through which a worker thread asks the main thread for index files.
import type { MessagePort } from 'node:worker_threads';
import type { SymbolRequest } from '../../formats/symbols/symbol-provider.ts';
import type { SymbolSource } from './symbol-source.ts';

type Question = {
  readonly id: number;
  readonly ask: 'find' | 'mend';
  readonly request: SymbolRequest;
  readonly job?: string;
};
type Answer = { readonly id: number; readonly path: string | null; readonly fault?: string };

/** Main thread: answers what comes in at `port`, which does not keep the process alive. */
export function answerSymbols(port: MessagePort, source: SymbolSource): void {
  port.on('message', ({ id, ask, request, job }: Question) => {
    const answered = ask === 'find' ? source.find(request, job) : source.mend(request);
    answered.then(
      (path) => port.postMessage({ id, path } satisfies Answer),
      (error: unknown) => port.postMessage({ id, path: null, fault: String(error) } satisfies Answer),
    );
  });
  port.unref();
}

/** Worker thread: a source that asks through `port`. */
export function askSymbols(port: MessagePort): SymbolSource {
  const waiting = new Map<number, { resolve(path: string | null): void; reject(error: Error): void }>();
  let next = 0;
  port.on('message', ({ id, path, fault }: Answer) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (fault === undefined) asked?.resolve(path);
    else asked?.reject(new Error(fault));
  });
  const put = (question: Omit<Question, 'id'>): Promise<string | null> =>
    new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, { resolve, reject });
      port.postMessage({ id, ...question } satisfies Question);
    });
  return {
    find: (request, job) => put({ ask: 'find', request, ...(job !== undefined && { job }) }),
    mend: (request) => put({ ask: 'mend', request }),
  };
}
