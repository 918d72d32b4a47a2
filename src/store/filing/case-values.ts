// Values by section and key: how often each was seen in a case. Clients choose them, so their number is bounded: of one key beyond
// MAX_OF_KEY they are counted together, and a bug with MAX_OF_BUG rows counts no new ones.
import type { FiledValue } from '../shared/filing.ts';
import type { Ledger } from './ledger.ts';
import type { ValueRecord } from './rows.ts';

const MAX_OF_KEY = 20;
const MAX_OF_BUG = 3000;

/** A value, or all further ones of its key. */
export interface CountedValue extends FiledValue {
  readonly rest: boolean;
}

/** Counts values in a case of a bug; gives the ids of the rows that did it, for `subtractValues`. */
export async function addValues(
  ledger: Ledger,
  { bugId, caseId }: { readonly bugId: number; readonly caseId: number },
  values: readonly (FiledValue | CountedValue)[],
  count: number,
): Promise<readonly number[]> {
  const { bugs, cases } = ledger;
  const before = (await bugs.require(bugId)).valueRows;
  let rows = before;
  const ids: number[] = [];
  for (const wanted of values) {
    const { section, key } = wanted;
    const known = await cases.valuesOfKey(caseId, section, key);
    let rest = 'rest' in wanted && wanted.rest;
    let found = rowOf(known, rest, wanted.value);
    if (found === null && !rest && distinct(known) >= MAX_OF_KEY) {
      rest = true;
      found = rowOf(known, rest, wanted.value);
    }
    if (found !== null) {
      cases.countValue(found.id, found.count + count);
      ids.push(found.id);
      continue;
    }
    if (rows >= MAX_OF_BUG) continue;
    const id = await ledger.nextId('case_values');
    const value = rest ? '' : wanted.value;
    await cases.addValue({ id, caseId, section, key, rest, value, protected: wanted.protected, count });
    rows += 1;
    ids.push(id);
  }
  if (rows !== before) await bugs.change(bugId, { valueRows: rows });
  return ids;
}

/** Takes back what `addValues` counted. */
export async function subtractValues(
  { bugs, cases }: Ledger,
  bugId: number,
  ids: readonly number[],
  count: number,
): Promise<void> {
  let rows = 0;
  for (const id of ids) {
    const value = await cases.value(id);
    if (value === null) continue;
    if (value.count > count) {
      cases.countValue(id, value.count - count);
      continue;
    }
    await cases.removeValue(value);
    rows += 1;
  }
  if (rows === 0) return;
  const { valueRows } = await bugs.require(bugId);
  await bugs.change(bugId, { valueRows: valueRows - rows });
}

/** The values of rows that `addValues` gave. */
export async function valuesOfRows(
  { cases }: Ledger,
  ids: readonly number[],
): Promise<readonly CountedValue[]> {
  const values: CountedValue[] = [];
  for (const id of ids) {
    const value = await cases.value(id);
    if (value !== null) values.push(value);
  }
  return values;
}

function rowOf(known: readonly ValueRecord[], rest: boolean, value: string): ValueRecord | null {
  return known.find((row) => row.rest === rest && (rest || row.value === value)) ?? null;
}

function distinct(known: readonly ValueRecord[]): number {
  return known.reduce((sum, { rest }) => (rest ? sum : sum + 1), 0);
}
