// A bug whose stored reports have all gone to one other bug by reprocessing becomes one with it (see the contract, Identity).
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { bugRecord, requireBug } from './bug-record.ts';
import { hasOtherCrash } from './contribution.ts';
import { absorb } from './merge.ts';
import { renameBug } from './rename.ts';

const NO_REPORT = { reportId: 0, position: 0 };

const insertDeparture = query<[from: number, to: number]>(`
  INSERT INTO departures (from_bug, to_bug) VALUES (?, ?) ON CONFLICT DO NOTHING`);
const departuresOf = query<[from: number], number>(
  `SELECT to_bug FROM departures WHERE from_bug = ? LIMIT 2`,
);

/** Reprocessing took a report of one bug to another. */
export function noteDepartures(connection: Connection, from: number, to: number): void {
  insertDeparture(connection).run(from, to);
}

/** Does nothing unless the bug has no stored report left and all that left it went one way. */
export function succeedEmptied(connection: Connection, bugId: number, at: number): void {
  const bug = bugRecord(connection, bugId);
  if (bug === null || bug.duplicateOf !== null || hasOtherCrash(connection, bugId, NO_REPORT)) return;
  const [only, another] = departuresOf(connection).pluck().all(bugId);
  if (only === undefined || another !== undefined) return;
  const other = requireBug(connection, only);
  if (other.madeFor !== bug.id) {
    absorb(connection, bug, other, { by: null, at });
    return;
  }
  absorb(connection, other, bug, { by: null, at });
  renameBug(connection, requireBug(connection, bug.id), other, { key: other.key, at });
}
