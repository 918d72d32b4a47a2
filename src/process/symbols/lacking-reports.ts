// Has the reports processed again that lacked symbols which are there now.
import type { QueueStore, ReprocessFilter } from '../../store/queue.ts';
import type { SymbolFile, SymbolStore } from '../../store/symbols.ts';

const PAGE = 500;
/** Missing modules that a sweep looks at, most wanted first. */
const SWEEP_MODULES = 500;

type Stores = { readonly queue: QueueStore; readonly symbols: SymbolStore };

/** Puts back to the queue all reports that lack a debug id, those of some accounts where any are named; gives how many it were. */
export async function requeueLacking(
  queue: QueueStore,
  debugId: string,
  accounts: readonly string[] = [],
): Promise<number> {
  if (accounts.length === 0) return requeueFound(queue, { missingDebugId: debugId });
  let count = 0;
  for (const account of accounts) count += await requeueFound(queue, { missingDebugId: debugId, account });
  return count;
}

async function requeueFound(queue: QueueStore, filter: ReprocessFilter): Promise<number> {
  let cursor: string | null = null;
  let count = 0;
  do {
    const page: Awaited<ReturnType<QueueStore['findForReprocess']>> = await queue.findForReprocess(filter, {
      limit: PAGE,
      cursor,
    });
    if (page.crashIds.length > 0) count += await queue.requeue(page.crashIds);
    cursor = page.next;
  } while (cursor !== null);
  return count;
}

/**
 * Looks for reports that lack symbols although these are stored: they were being processed when the symbols came, or the
 * server stopped before all were put back. Reports that were processed after the symbols came are left alone: what they
 * lack is not there for them (damaged, over a budget), and would not be the next time.
 */
export async function sweepLacking({ queue, symbols }: Stores, isOver: () => boolean): Promise<number> {
  let count = 0;
  for (const missing of await symbols.listMissing(SWEEP_MODULES)) {
    if (isOver()) break;
    // The newest file of the build, whatever it is called: the other half of a pair has another name than the module.
    const [newest] = (await symbols.findByDebugId(missing.debugId)).toReversed();
    if (newest !== undefined) count += await requeueOlder(queue, newest, isOver);
  }
  return count;
}

async function requeueOlder(queue: QueueStore, symbols: SymbolFile, isOver: () => boolean): Promise<number> {
  let cursor: string | null = null;
  let count = 0;
  do {
    const page: Awaited<ReturnType<QueueStore['findForReprocess']>> = await queue.findForReprocess(
      { missingDebugId: symbols.debugId, state: 'processed' },
      { limit: PAGE, cursor },
    );
    const older: string[] = [];
    for (const crashId of page.crashIds) {
      const found = await queue.getProcessed(crashId);
      if (found !== null && found.processed.processedAt <= symbols.uploadedAt) older.push(crashId);
    }
    if (older.length > 0) count += await queue.requeue(older);
    cursor = page.next;
  } while (cursor !== null && !isOver());
  return count;
}
