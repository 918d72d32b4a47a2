// Searches that people keep: their own, and those that others share. What one finds depends on who asks: it is only a text.
import type { SavedSearch } from '../../crash-search.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

interface Row extends Omit<SavedSearch, 'shared'> {
  readonly shared: number;
}

const selectSeen = query<[owner: string], Row>(`
  SELECT id, owner, name, page, query, shared, changed_at AS changedAt FROM saved_searches
  WHERE owner = ? OR shared = 1 ORDER BY name, id`);
const upsert = query<
  [owner: string, name: string, page: string, query: string, shared: number, at: number],
  number
>(`
  INSERT INTO saved_searches (owner, name, page, query, shared, changed_at) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (owner, name) DO UPDATE SET
    page = excluded.page, query = excluded.query, shared = excluded.shared, changed_at = excluded.changed_at
  RETURNING id`);
const countOf = query<[owner: string], number>(`SELECT count(*) FROM saved_searches WHERE owner = ?`);
const isThere = query<[owner: string, name: string], number>(`
  SELECT 1 FROM saved_searches WHERE owner = ? AND name = ?`);
const deleteOwn = query<[owner: string, id: number]>(`DELETE FROM saved_searches WHERE owner = ? AND id = ?`);

/** So many a person can keep. */
const MAX_OF_PERSON = 100;

/** Those of a person, and those that are shared, by name. */
export function listSavedSearches(connection: Connection, owner: string): readonly SavedSearch[] {
  return selectSeen(connection)
    .all(owner)
    .map(({ id, owner: of, name, page, query: text, shared, changedAt }) => ({
      id,
      owner: of,
      name,
      page,
      query: text,
      shared: shared === 1,
      changedAt,
    }));
}

/** A second one of the same name replaces the first; null: the person has too many. */
export function saveSearch(
  { connection }: WriteContext,
  { owner, name, page, query: text, shared, changedAt }: Omit<SavedSearch, 'id'>,
): number | null {
  const isNew = isThere(connection).pluck().get(owner, name) === undefined;
  if (isNew && (countOf(connection).pluck().get(owner) ?? 0) >= MAX_OF_PERSON) return null;
  return (
    upsert(connection)
      .pluck()
      .get(owner, name, page, text, shared ? 1 : 0, changedAt) ?? null
  );
}

/** Only by whom it is; false: there is no such one. */
export function deleteSearch({ connection }: WriteContext, owner: string, id: number): boolean {
  return deleteOwn(connection).run(owner, id).changes > 0;
}
