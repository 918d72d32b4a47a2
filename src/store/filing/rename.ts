// A better signature renames a bug; a better key leads to it from now on.
import type { Ledger } from './ledger.ts';
import type { BugRecord } from './rows.ts';

/** Writes a line of history where the title changes. */
export async function renameBug(
  ledger: Ledger,
  bug: BugRecord,
  { title, titleSteps }: Pick<BugRecord, 'title' | 'titleSteps'>,
  { key, at }: { readonly key: string | null; readonly at: number },
): Promise<void> {
  await ledger.bugs.change(bug.id, { title, titleSteps, ...(key === null ? {} : { key }) });
  if (title === bug.title) return;
  ledger.history.addEvent({
    bugId: bug.id,
    at,
    by: null,
    what: 'renamed',
    detail: `${bug.title} → ${title}`,
  });
}
