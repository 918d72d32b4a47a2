// A better signature renames a bug; a better key leads to it from now on.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { setTitle } from './bug-record.ts';
import type { BugRecord } from './bug-record.ts';
import { addEvent } from './events.ts';

const setKey = query<[key: string, id: number]>(`UPDATE bugs SET key = ? WHERE id = ?`);

/** Writes a line of history where the title changes. */
export function renameBug(
  connection: Connection,
  bug: BugRecord,
  title: Pick<BugRecord, 'title' | 'titleSteps'>,
  { key, at }: { readonly key: string | null; readonly at: number },
): void {
  if (key !== null) setKey(connection).run(key, bug.id);
  setTitle(connection, bug, title);
  if (title.title === bug.title) return;
  addEvent(connection, bug.id, { at, by: null, what: 'renamed', detail: `${bug.title} → ${title.title}` });
}
