// Puts waiting reports into the queue, in batches: on a page or by the API. `mayday reprocess` does it without a bound.
import type { ReportState } from '../../report/report.ts';
import type { QueueStore } from '../../store/queue.ts';
import type { SeenSettings } from '../gate/seen-settings.ts';

const BATCH = 500;
/** Reports of one request: a person who has more asks again, and no request runs for minutes. */
export const MAX_REQUEUED = 10_000;

/** How many reports of a state went back into the queue, at most `MAX_REQUEUED`, oldest first. */
export async function requeueAll(
  queue: Pick<QueueStore, 'requeue'>,
  settings: SeenSettings,
  state: Extract<ReportState, 'deferred' | 'failed'>,
): Promise<number> {
  let done = 0;
  while (done < MAX_REQUEUED) {
    // What was requeued has left the state, so the first page is always the next one.
    const { crashIds } = await settings.findForReprocess({ state }, { limit: BATCH, cursor: null });
    const moved = crashIds.length === 0 ? 0 : await queue.requeue(crashIds);
    if (moved === 0) break;
    done += moved;
  }
  return done;
}
