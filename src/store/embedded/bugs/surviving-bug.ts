// Where a bug's id leads today.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const selectSurviving = query<[id: number], number>(`SELECT ifnull(duplicate_of, id) FROM bugs WHERE id = ?`);

/** The bug itself, or the one that it was merged into; null: there is none. */
export function resolveBug(connection: Connection, id: number): number | null {
  return selectSurviving(connection).pluck().get(id) ?? null;
}
