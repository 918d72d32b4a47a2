// What the table of refusals says of a line of the inbox.
import { REFUSALS } from '../../base/refusal.ts';
import type { RefusalCode, RefusalRow } from '../../base/refusal.ts';
import type { InboxEntry } from '../../store/intake.ts';

/** The row of its code; null: it was not refused, or by a code that this version does not know. */
export function refusalOf({ outcome, reason }: InboxEntry): RefusalRow | null {
  return outcome === 'refused' && Object.hasOwn(REFUSALS, reason) ? REFUSALS[reason as RefusalCode] : null;
}
