// Writes the ledger's facts: rows that come and go, and the keys that they use.
import type { Changes } from '../../filing/changes.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const insertKey = query<[id: number, section: string, name: string, isProtected: number]>(`
  INSERT INTO fact_keys (id, section, name, protected) VALUES (?, ?, ?, ?)`);
const protectKey = query<[isProtected: number, id: number]>(
  `UPDATE fact_keys SET protected = ? WHERE id = ?`,
);
const insertRow = query<[seq: number, productId: number, facts: string]>(`
  INSERT INTO facts_tail (seq, product_id, facts) VALUES (?, ?, sealed(?, 'facts_tail.facts'))`);
const deleteRow = query<[seq: number]>(`DELETE FROM facts_tail WHERE seq = ?`);
const dropRow = query<[{ productId: number; seq: number }]>(`
  INSERT OR IGNORE INTO facts_dead (product_id, seq)
  SELECT product_id, @seq FROM segments WHERE product_id = @productId AND first_seq <= @seq AND last_seq >= @seq`);
const moveRow = query<[productId: number, seq: number, caseId: number]>(`
  INSERT OR REPLACE INTO facts_moved (product_id, seq, case_id) VALUES (?, ?, ?)`);

export function writeFacts(connection: Connection, changes: Changes): void {
  for (const { row, before } of changes.factKeys) {
    if (before !== null) protectKey(connection).run(row.protected ? 1 : 0, row.id);
    else insertKey(connection).run(row.id, row.section, row.name, row.protected ? 1 : 0);
  }
  for (const { seq, productId, facts } of changes.facts) insertRow(connection).run(seq, productId, facts);
  for (const dropped of changes.droppedFacts) {
    deleteRow(connection).run(dropped.seq);
    dropRow(connection).run(dropped);
  }
  for (const { productId, seq, caseId } of changes.movedFacts)
    moveRow(connection).run(productId, seq, caseId);
}
