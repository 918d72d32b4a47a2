// The two ends of a message port through which a worker thread asks the main thread for index files.
import type { MessagePort } from 'node:worker_threads';
import type { SymbolRequest } from '../../formats/symbols/symbol-provider.ts';
import type { MappingSource } from './source-maps/mapping-source.ts';
import type { SymbolErrand, SymbolSource } from './symbol-source.ts';

type Question =
  | {
      readonly id: number;
      readonly ask: 'find' | 'mend';
      readonly request: SymbolRequest;
      readonly errand: SymbolErrand;
    }
  | {
      readonly id: number;
      readonly ask: 'mappings';
      readonly account: string;
      readonly lists: readonly (readonly string[])[];
    }
  | {
      readonly id: number;
      readonly ask: 'mendMapping';
      readonly account: string;
      readonly ids: readonly string[];
    };
type Paths = readonly (string | null)[];
type Answer = { readonly id: number; readonly paths: Paths; readonly fault?: string };

/** Everything that a thread may ask for. */
export type FileSource = SymbolSource & MappingSource;

/** Main thread: answers what comes in at `port`, which does not keep the process alive. */
export function answerSymbols(port: MessagePort, source: SymbolSource & Partial<MappingSource>): void {
  const answer = async (question: Question): Promise<Paths> => {
    if (question.ask === 'mappings')
      return (await source.mappings?.(question.account, question.lists)) ?? question.lists.map(() => null);
    if (question.ask === 'mendMapping')
      return [(await source.mendMapping?.(question.account, question.ids)) ?? null];
    const { ask, request, errand } = question;
    return [await source[ask](request, errand)];
  };
  port.on('message', (question: Question) => {
    const { id } = question;
    answer(question).then(
      (paths) => port.postMessage({ id, paths } satisfies Answer),
      (error: unknown) => port.postMessage({ id, paths: [], fault: String(error) } satisfies Answer),
    );
  });
  port.unref();
}

/** Worker thread: a source that asks through `port`. */
export function askSymbols(port: MessagePort): FileSource {
  const waiting = new Map<number, { resolve(paths: Paths): void; reject(error: Error): void }>();
  let next = 0;
  port.on('message', ({ id, paths, fault }: Answer) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (fault === undefined) asked?.resolve(paths);
    else asked?.reject(new Error(fault));
  });
  const put = (question: (id: number) => Question): Promise<Paths> =>
    new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, { resolve, reject });
      port.postMessage(question(id));
    });
  const one = async (
    ask: 'find' | 'mend',
    request: SymbolRequest,
    errand: SymbolErrand = {},
  ): Promise<string | null> => (await put((id) => ({ id, ask, request, errand })))[0] ?? null;
  return {
    find: (request, errand) => one('find', request, errand),
    mend: (request, errand) => one('mend', request, errand),
    mappings: (account, lists) => put((id) => ({ id, ask: 'mappings', account, lists })),
    mendMapping: async (account, ids) =>
      (await put((id) => ({ id, ask: 'mendMapping', account, ids })))[0] ?? null,
  };
}
