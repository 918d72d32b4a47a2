// A page of the inbox, newest first. The ring is small, so filters look at its rows.
import type { InboxEntry } from '../../intake.ts';
import type { InboxFilter, Page, PageRequest } from '../../reports.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { cursorAfter, keyOfCursor } from '../../shared/cursor.ts';

const newestEntries = query<
  [
    {
      before: number;
      outcome: string | null;
      protocol: string | null;
      whole: number;
      unknown: number;
      accounts: string;
      products: string;
      limit: number;
    },
  ],
  { id: number; entry: string }
>(`
  SELECT id, opened(entry, 'inbox.entry') AS entry FROM inbox
  WHERE id < @before AND (@outcome IS NULL OR outcome = @outcome) AND (@protocol IS NULL OR protocol = @protocol)
    AND (@whole
      OR opened(entry, 'inbox.entry') ->> '$.account' IN (SELECT value FROM json_each(@accounts))
      OR EXISTS (
        SELECT 1 FROM json_each(@products)
        WHERE json_each.value ->> '$.account' = opened(entry, 'inbox.entry') ->> '$.account'
          AND json_each.value ->> '$.product' = opened(entry, 'inbox.entry') ->> '$.product')
      OR (@unknown
        AND NOT EXISTS (SELECT 1 FROM accounts WHERE name = opened(entry, 'inbox.entry') ->> '$.account')))
  ORDER BY id DESC LIMIT @limit`);

/** One page of the inbox. */
export function listInbox(connection: Connection, page: PageRequest & InboxFilter): Page<InboxEntry> {
  const limit = Math.min(Math.max(Math.floor(page.limit), 1), 200);
  const before = keyOfCursor(page.cursor) ?? Number.MAX_SAFE_INTEGER;
  const found = newestEntries(connection).all({
    before,
    outcome: page.outcome ?? null,
    protocol: page.protocol ?? null,
    whole: page.within === undefined ? 1 : 0,
    unknown: page.unknown === true ? 1 : 0,
    accounts: JSON.stringify(page.within?.accounts ?? []),
    products: JSON.stringify(page.within?.products ?? []),
    limit: limit + 1,
  });
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return {
    rows: shown.map(({ entry }) => JSON.parse(entry) as InboxEntry),
    next: found.length > limit && last !== undefined ? cursorAfter(last.id) : null,
  };
}
