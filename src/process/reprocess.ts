// Runs history again: puts reports that a filter finds back into the queue, page by page. Each page is one durable step, so an
// interruption leaves whole pages queued and the rest as it was; running it again does no harm.
import type { ReportState } from '../report/report.ts';
import type { QueueStore, ReprocessFilter } from '../store/queue.ts';

const PAGE = 500;

/** How far it has come. */
export interface Requeued {
  /** Reports that the filter found at the beginning. */
  readonly total: number;
  readonly requeued: number;
}

/** How many reports of these states a filter finds. */
export async function countMatching(
  queue: QueueStore,
  filter: ReprocessFilter,
  states: readonly ReportState[],
): Promise<number> {
  let total = 0;
  for (const state of states) {
    total += (await queue.findForReprocess({ ...filter, state }, { limit: 1, cursor: null })).total;
  }
  return total;
}

/** The crash ids, oldest first for each state. */
export async function* matchingReports(
  queue: QueueStore,
  filter: ReprocessFilter,
  states: readonly ReportState[],
): AsyncGenerator<string> {
  for (const state of states) {
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<QueueStore['findForReprocess']>> = await queue.findForReprocess(
        { ...filter, state },
        { limit: PAGE, cursor },
      );
      yield* page.crashIds;
      cursor = page.next;
    } while (cursor !== null);
  }
}

/** Puts them back, oldest first for each state; tells after each page, and ends when told to stop. */
export async function* requeueMatching(
  queue: QueueStore,
  filter: ReprocessFilter,
  states: readonly ReportState[],
  isStopped: () => boolean = () => false,
): AsyncGenerator<Requeued> {
  const total = await countMatching(queue, filter, states);
  let requeued = 0;
  for (const state of states) {
    if (isStopped()) return;
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<QueueStore['findForReprocess']>> = await queue.findForReprocess(
        { ...filter, state },
        { limit: PAGE, cursor },
      );
      if (page.crashIds.length > 0) requeued += await queue.requeue(page.crashIds);
      cursor = page.next;
      yield { total, requeued };
    } while (cursor !== null && !isStopped());
  }
}
