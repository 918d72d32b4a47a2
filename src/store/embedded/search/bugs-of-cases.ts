// Which bug each case belongs to, kept by a reader's connection: a search over bugs would else read every case of the store. What
// `case_changes` counts (merges, splits, bugs that went) makes it read all of them anew; new cases are added.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const selectTimes = query<[], number>(`SELECT times FROM case_changes`);
const lastCase = query<[], number>(`SELECT ifnull(max(id), 0) FROM cases`);
const selectCases = query<[after: number], [id: number, bugId: number]>(`
  SELECT cases.id, ifnull(bugs.duplicate_of, bugs.id)
  FROM cases JOIN bugs ON bugs.id = cases.bug_id WHERE cases.id > ?`);

interface Kept {
  readonly times: number;
  readonly last: number;
  /** By the number of the case; 0: it has no bug. */
  readonly bugs: Uint32Array;
}

const keptOf = new WeakMap<Connection, Kept>();

/** The bug of each case in the snapshot that is open; 0: it has none. */
export function bugsOfCases(connection: Connection): (inCase: number) => number {
  const times = selectTimes(connection).pluck().get() ?? 0;
  const last = lastCase(connection).pluck().get() ?? 0;
  let kept = keptOf.get(connection);
  if (kept?.times !== times || kept.last !== last) {
    const before = kept?.times === times && kept.last < last ? kept : null;
    const bugs = new Uint32Array(last + 1);
    if (before !== null) bugs.set(before.bugs);
    for (const [id, bugId] of selectCases(connection)
      .raw()
      .all(before?.last ?? 0))
      bugs[id] = bugId;
    kept = { times, last, bugs };
    keptOf.set(connection, kept);
  }
  const { bugs } = kept;
  return (inCase) => bugs[inCase] ?? 0;
}
