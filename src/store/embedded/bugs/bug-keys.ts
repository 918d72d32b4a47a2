// Which bug a grouping key leads to. Merges and splits are rows here.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

/** Any case of a key. */
export const ANY_CASE = '';

const leadsTo = query<[productId: number, key: string, caseKey: string], number>(`
  SELECT bug_id FROM bug_keys WHERE product_id = ? AND key = ? AND case_key = ?`);

/** The bug that a key leads to: for this very case, or (`ANY_CASE`) in general. Null: none. */
export function bugOfKey(
  connection: Connection,
  productId: number,
  key: string,
  caseKey: string,
): number | null {
  return leadsTo(connection).pluck().get(productId, key, caseKey) ?? null;
}

const insertKey = query<[productId: number, key: string, caseKey: string, bugId: number, firstBug: number]>(`
  INSERT INTO bug_keys (product_id, key, case_key, bug_id, first_bug) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET bug_id = excluded.bug_id`);

/** Lets a key lead to a bug from now on. */
export function leadKey(
  connection: Connection,
  { productId, key, caseKey }: { readonly productId: number; readonly key: string; readonly caseKey: string },
  bugId: number,
): void {
  insertKey(connection).run(productId, key, caseKey, bugId, bugId);
}

const generalKeys = query<[bugId: number], string>(`
  SELECT key FROM bug_keys WHERE bug_id = ? AND case_key = '' ORDER BY key`);

/** Keys that lead to a bug in general. */
export function generalKeysOf(connection: Connection, bugId: number): readonly string[] {
  return generalKeys(connection).pluck().all(bugId);
}

const allKeys = query<[bugId: number], string>(
  `SELECT DISTINCT key FROM bug_keys WHERE bug_id = ? ORDER BY key`,
);

/** Keys that lead to a bug, in general or for a case that was split off. */
export function keysOf(connection: Connection, bugId: number): readonly string[] {
  return allKeys(connection).pluck().all(bugId);
}

const handOver = query<[into: number, from: number]>(`UPDATE bug_keys SET bug_id = ? WHERE bug_id = ?`);

/** All keys of one bug lead to another from now on. */
export function handOverKeys(connection: Connection, from: number, into: number): void {
  handOver(connection).run(into, from);
}
