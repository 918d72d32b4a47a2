// Two bugs become one.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { requireBug, survivingBug } from './bug-record.ts';
import type { BugRecord } from './bug-record.ts';
import { addEvent } from './events.ts';
import { handOverKeys } from './bug-keys.ts';
import { rebuildBug } from './rebuild.ts';
import { noteSeen } from './seen.ts';

/** Moves everything of `from` into `into`. False: other product, the same bug, or gone. */
export function mergeBugs(
  { connection }: WriteContext,
  from: number,
  into: number,
  { by, at }: { readonly by: string; readonly at: number },
): boolean {
  const source = survivingBug(connection, from);
  const target = survivingBug(connection, into);
  if (source === null || target === null || source.id === target.id) return false;
  if (source.productId !== target.productId) return false;
  absorb(connection, source, target, { by, at });
  return true;
}

const takeCases = query<[into: number, from: number]>(`UPDATE cases SET bug_id = ? WHERE bug_id = ?`);
const takeEvents = query<[into: number, from: number]>(`UPDATE bug_events SET bug_id = ? WHERE bug_id = ?`);
const takeDuplicates = query<[into: number, from: number]>(`
  UPDATE bugs SET duplicate_of = ? WHERE duplicate_of = ?`);
const takeMadeFor = query<[into: number, from: number]>(`UPDATE bugs SET made_for = ? WHERE made_for = ?`);
const takeArrivals = query<[into: number, from: number]>(`
  UPDATE OR IGNORE departures SET to_bug = ? WHERE to_bug = ?`);
const takeDepartures = query<[into: number, from: number]>(`
  UPDATE OR IGNORE departures SET from_bug = ? WHERE from_bug = ?`);
const clearDepartures = query<[{ id: number }]>(`
  DELETE FROM departures WHERE from_bug = @id OR to_bug = @id OR from_bug = to_bug`);
const takePendingNotices = query<[into: number, from: number]>(`
  UPDATE OR REPLACE untold SET bug_id = ? WHERE bug_id = ?`);
const endBug = query<[into: number, by: string | null, at: number, id: number]>(`
  UPDATE bugs SET duplicate_of = ?, merged_by = ?, merged_at = ?, made_for = NULL WHERE id = ?`);

/** The merge itself; `by` null: reprocessing brought them together. The target's title and state stay. */
export function absorb(
  connection: Connection,
  from: BugRecord,
  into: BugRecord,
  { by, at }: { readonly by: string | null; readonly at: number },
): void {
  takeCases(connection).run(into.id, from.id);
  takeEvents(connection).run(into.id, from.id);
  handOverKeys(connection, from.id, into.id);
  takeDuplicates(connection).run(into.id, from.id);
  takeMadeFor(connection).run(into.id, from.id);
  takeArrivals(connection).run(into.id, from.id);
  takeDepartures(connection).run(into.id, from.id);
  takePendingNotices(connection).run(into.id, from.id);
  clearDepartures(connection).run({ id: from.id });
  endBug(connection).run(into.id, by, at, from.id);
  noteSeen(connection, requireBug(connection, into.id), {
    message: from.message,
    path: from.path,
    roles: JSON.parse(from.roles) as string[],
    severity: from.severity,
  });
  rebuildBug(connection, from.id);
  rebuildBug(connection, into.id);
  addEvent(connection, from.id, { at, by, what: 'merged', detail: `into #${into.id} ${into.title}` });
  addEvent(connection, into.id, { at, by, what: 'merged', detail: `#${from.id} ${from.title} into this` });
}
