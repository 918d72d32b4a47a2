// Acts on many bugs, as pages and the API run them: which bugs, and as many steps as one request takes.
import { isUnderWay, MAX_BULK_BUGS } from '../../store/bulk-acts.ts';
import type { BulkAct, BulkChange } from '../../store/bulk-acts.ts';
import type { SeenStore } from '../gate/gate.ts';
import type { SeenSettings } from '../gate/seen-settings.ts';
import type { BugQuery } from './bug-query.ts';
import { faultSentence } from './crash-filter.ts';

/** A step is some tens of milliseconds; what is left is gone on with by whoever asks next. */
const STEPS_OF_REQUEST = 25;

/** Numbers of all bugs of a filter; or why not all of them can be meant. */
export async function bugsOfFilter(
  seen: SeenStore,
  { filter, crashes, fault, problems }: BugQuery,
): Promise<{ readonly ids: readonly number[] } | { readonly fault: string }> {
  const wrong = fault ?? problems[0];
  if (wrong !== undefined) return { fault: wrong };
  const found = await seen.bugIds(crashes, filter, MAX_BULK_BUGS + 1);
  if ('fault' in found) return { fault: faultSentence(found.fault.problem, found.fault.at) };
  if (found.ids.length > MAX_BULK_BUGS)
    return { fault: `More than ${MAX_BULK_BUGS} bugs match, and one act takes no more: narrow the filter.` };
  return found.complete
    ? { ids: found.ids }
    : {
        fault:
          'Not all crashes could be looked at in time, so that bugs would be missing: narrow the filter.',
      };
}

/** Begins an act and does as much of it as one request does. */
export async function runBulk(
  settings: SeenSettings,
  change: BulkChange,
  { bugs, by }: { readonly bugs: readonly number[]; readonly by: string },
): Promise<BulkAct | null> {
  return goOn(settings, await settings.beginAct(change, bugs, by));
}

/** Undoes an act, as far as one request goes; null: it is gone, undone already, or too old. */
export async function undoBulk(settings: SeenSettings, id: number, by: string): Promise<BulkAct | null> {
  return (await settings.undoAct(id, by)) ? goOn(settings, id) : null;
}

/** The next steps of an act that is under way. */
export async function goOn(settings: SeenSettings, id: number): Promise<BulkAct | null> {
  for (let step = 1; ; step += 1) {
    const act = await settings.stepAct(id);
    if (act === null || !isUnderWay(act) || step >= STEPS_OF_REQUEST) return act;
  }
}
