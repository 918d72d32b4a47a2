// The crash that stands for a bug on its page: of the newest report that is still stored.
import type { ProcessedCrash } from '../../report/processed-report.ts';
import type { Bug } from '../../store/bugs.ts';
import type { QueueStore } from '../../store/queue.ts';

export interface CoverCrash {
  readonly crashId: string;
  /** The position of the crash in its report. */
  readonly position: number;
  readonly crash: ProcessedCrash;
}

/** Null where no report of the bug is stored any longer, or none is processed. */
export async function coverCrash(queue: QueueStore, bug: Bug): Promise<CoverCrash | null> {
  if (bug.newestReport === null) return null;
  const found = await queue.getProcessed(bug.newestReport);
  if (found === null) return null;
  const { crashes } = found.processed;
  // A report can hold several crashes of several bugs. One that was moved by hand has another key: its bug's place tells.
  const byKey = crashes.findIndex(({ grouping }) => bug.keys.includes(grouping.key));
  const position = byKey === -1 ? Math.max(0, found.bugIds.indexOf(bug.id)) : byKey;
  const crash = crashes[position] ?? crashes[0];
  return crash === undefined ? null : { crashId: bug.newestReport, position, crash };
}
