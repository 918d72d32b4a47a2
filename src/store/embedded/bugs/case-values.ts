// Values by section and key: how often each was seen in a case. Clients choose them, so their number is bounded: of one key beyond
// MAX_OF_KEY they are counted together, and a bug with MAX_OF_BUG rows counts no new ones.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { FiledValue } from '../../shared/filing.ts';

const MAX_OF_KEY = 20;
const MAX_OF_BUG = 3000;

/** A value, or all further ones of its key. */
export interface CountedValue extends FiledValue {
  readonly rest: boolean;
}

type ValueParameters = [caseId: number, section: string, key: string, rest: number, value: string];

const addToValue = query<[count: number, ...ValueParameters], number>(`
  UPDATE case_values SET count = count + ?
  WHERE case_id = ? AND section = ? AND key = ? AND rest = ? AND value = ? RETURNING id`);

const countOfKey = query<[caseId: number, section: string, key: string], number>(`
  SELECT count(*) FROM case_values WHERE case_id = ? AND section = ? AND key = ? AND rest = 0`);

const insertValue = query<[...ValueParameters, isProtected: number, count: number]>(`
  INSERT INTO case_values (case_id, section, key, rest, value, protected, count) VALUES (?, ?, ?, ?, ?, ?, ?)`);

const addRows = query<[by: number, bugId: number]>(
  `UPDATE bugs SET value_rows = value_rows + ? WHERE id = ?`,
);
const rowsOfBug = query<[bugId: number], number>(`SELECT value_rows FROM bugs WHERE id = ?`);

const subtractFromValue = query<[count: number, id: number], number>(`
  UPDATE case_values SET count = count - ? WHERE id = ? RETURNING count`);
const deleteValue = query<[id: number]>(`DELETE FROM case_values WHERE id = ?`);

const selectValue = query<
  [id: number],
  Omit<CountedValue, 'protected' | 'rest'> & { readonly protected: number; readonly rest: number }
>(`SELECT section, key, value, protected, rest FROM case_values WHERE id = ?`);

/** Counts values in a case of a bug; gives the rows that did it, for `subtractValues`. */
export function addValues(
  connection: Connection,
  { bugId, caseId }: { readonly bugId: number; readonly caseId: number },
  values: readonly (FiledValue | CountedValue)[],
  count: number,
): readonly number[] {
  const before = rowsOfBug(connection).pluck().get(bugId) ?? 0;
  let rows = before;
  const ids: number[] = [];
  const counted = (rest: number, { section, key, value }: FiledValue): number | undefined =>
    addToValue(connection)
      .pluck()
      .get(count, caseId, section, key, rest, rest === 1 ? '' : value);
  for (const value of values) {
    let rest = 'rest' in value && value.rest ? 1 : 0;
    let id = counted(rest, value);
    if (
      id === undefined &&
      rest === 0 &&
      (countOfKey(connection).pluck().get(caseId, value.section, value.key) ?? 0) >= MAX_OF_KEY
    ) {
      rest = 1;
      id = counted(rest, value);
    }
    if (id === undefined) {
      if (rows >= MAX_OF_BUG) continue;
      const { section, key } = value;
      const shown = rest === 1 ? '' : value.value;
      const protection = value.protected ? 1 : 0;
      const { lastInsertRowid } = insertValue(connection).run(
        caseId,
        section,
        key,
        rest,
        shown,
        protection,
        count,
      );
      id = Number(lastInsertRowid);
      rows += 1;
    }
    ids.push(id);
  }
  if (rows !== before) addRows(connection).run(rows - before, bugId);
  return ids;
}

/** Takes back what `addValues` counted. */
export function subtractValues(
  connection: Connection,
  bugId: number,
  ids: readonly number[],
  count: number,
): void {
  let rows = 0;
  for (const id of ids) {
    const left = subtractFromValue(connection).pluck().get(count, id);
    if (left === undefined || left > 0) continue;
    deleteValue(connection).run(id);
    rows += 1;
  }
  if (rows > 0) addRows(connection).run(-rows, bugId);
}

/** The values of rows that `addValues` gave. */
export function valuesOfRows(connection: Connection, ids: readonly number[]): readonly CountedValue[] {
  return ids.flatMap((id) => {
    const row = selectValue(connection).get(id);
    return row === undefined ? [] : [{ ...row, protected: row.protected === 1, rest: row.rest === 1 }];
  });
}
