// What a person may see of a line of the inbox. Headers and the query name people (referrers, parameters), and the detail of a
// refusal may quote what was sent.
import type { InboxEntry } from '../../store/intake.ts';

/** Outcomes whose detail is collector notes, which quote names and never values. */
const DETAIL_IS_NOTES = 'accepted_with_notes';

export function seenInboxEntry(
  entry: InboxEntry,
  { seesProtected }: { readonly seesProtected: boolean },
): InboxEntry {
  if (seesProtected) return entry;
  return {
    ...entry,
    path: entry.path.split('?')[0] ?? '',
    detail: entry.outcome === DETAIL_IS_NOTES ? entry.detail : '',
    headers: {},
    clientHash: null,
  };
}
