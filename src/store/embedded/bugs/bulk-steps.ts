// Acts on many bugs: noted before anything is changed, done and undone in steps, each in the transaction of its batch.
import { isUnderWay, MAX_BULK_BUGS, MAX_BULK_MERGES, UNDO_MS } from '../../bulk-acts.ts';
import type { BulkAct, BulkChange } from '../../bulk-acts.ts';
import type { ProductName } from '../../reports.ts';
import { addUndoLines, doToBug, undoOfBug } from '../../filing/bulk.ts';
import type { BulkOutcome } from '../../filing/bulk.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

/** Bugs of one step: some tens of milliseconds. */
const STEP = 200;
/** A merge counts two bugs anew. */
const MERGE_STEP = 5;
/** Acts that are kept, beside the time for which they can be undone. */
const MAX_ACTS = 100;

interface ActRow extends Omit<BulkAct, 'change' | 'bugs'> {
  readonly change: string;
  readonly size: number;
}

const COLUMNS = `
  id, at, by, change, size, done, changed, undone_at AS undoneAt, undone_by AS undoneBy, restored, kept`;
const selectAct = query<[id: number], ActRow>(`SELECT ${COLUMNS} FROM bulk_acts WHERE id = ?`);
const selectActs = query<[limit: number], ActRow>(
  `SELECT ${COLUMNS} FROM bulk_acts ORDER BY id DESC LIMIT ?`,
);
const forgetOld = query<[before: number, keep: number]>(`
  DELETE FROM bulk_acts WHERE at < ? OR id <= (SELECT max(id) FROM bulk_acts) - ?`);
const insertAct = query<[at: number, by: string, change: string, bugs: string, size: number], number>(`
  INSERT INTO bulk_acts (at, by, change, bugs, size, done, changed, restored, kept)
  VALUES (?, ?, ?, ?, ?, 0, 0, 0, 0) RETURNING id`);
const nextBugs = query<[id: number, done: number, limit: number], number>(`
  SELECT value FROM bulk_acts, json_each(bulk_acts.bugs)
  WHERE bulk_acts.id = ? AND key >= ? ORDER BY key LIMIT ?`);
const lastEvent = query<[], number>(`SELECT ifnull(max(id), 0) FROM bug_events`);
const eventsSince = query<[after: number], number>(`SELECT id FROM bug_events WHERE id > ?`);
const insertChange = query<[act: number, turn: number, bug: number, outcome: string, events: string]>(`
  INSERT INTO bulk_changes (act_id, turn, bug_id, outcome, events)
  VALUES (?, ?, ?, sealed(?, 'bulk_changes.outcome'), ?)`);
const noteDone = query<[done: number, changed: number, id: number]>(`
  UPDATE bulk_acts SET done = done + ?, changed = changed + ? WHERE id = ?`);
const noteUndo = query<[at: number, by: string, id: number, since: number]>(`
  UPDATE bulk_acts SET undone_at = ?, undone_by = ? WHERE id = ? AND undone_at IS NULL AND at >= ?`);
const lastChanges = query<
  [act: number, limit: number],
  { readonly turn: number; readonly bugId: number; readonly outcome: string; readonly events: string }
>(`
  SELECT turn, bug_id AS bugId, opened(outcome, 'bulk_changes.outcome') AS outcome, events FROM bulk_changes WHERE act_id = ? ORDER BY turn DESC LIMIT ?`);
const deleteChange = query<[act: number, turn: number]>(
  `DELETE FROM bulk_changes WHERE act_id = ? AND turn = ?`,
);
const deleteEvents = query<[events: string]>(`
  DELETE FROM bug_events WHERE id IN (SELECT value FROM json_each(?))`);
// What is due and was tried may have been done; what was given up was told in no other part.
const wasTold = query<[events: string], number>(`
  SELECT 1 FROM ticket_messages
  WHERE event_id IN (SELECT value FROM json_each(?)) AND (state = 'done' OR (state = 'due' AND attempts > 0)) LIMIT 1`);
const noteRestored = query<[restored: number, kept: number, id: number]>(`
  UPDATE bulk_acts SET restored = restored + ?, kept = kept + ? WHERE id = ?`);

export function getBulkAct(connection: Connection, id: number): BulkAct | null {
  const row = selectAct(connection).get(id);
  return row === undefined ? null : actOf(row);
}

const productsOfBugs = query<[id: number], ProductName>(`
  SELECT DISTINCT accounts.name AS account, products.name AS product
  FROM bulk_acts, json_each(bulk_acts.bugs)
  JOIN bugs ON bugs.id = json_each.value
  JOIN products ON products.id = bugs.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE bulk_acts.id = ?`);

/** See the contract. */
export function productsOfAct(connection: Connection, id: number): readonly ProductName[] {
  return productsOfBugs(connection).all(id);
}

/** The last first. */
export function listBulkActs(connection: Connection, limit: number): readonly BulkAct[] {
  return selectActs(connection).all(Math.min(limit, MAX_ACTS)).map(actOf);
}

function actOf({ change, size, ...row }: ActRow): BulkAct {
  return { ...row, change: JSON.parse(change) as BulkChange, bugs: size };
}

/** Notes an act; what is too old to be undone is forgotten. */
export function beginBulk(
  { connection }: WriteContext,
  change: BulkChange,
  bugs: readonly number[],
  { by, at }: { readonly by: string; readonly at: number },
): number {
  forgetOld(connection).run(at - UNDO_MS, MAX_ACTS);
  const most = change.do === 'merge' ? MAX_BULK_MERGES : MAX_BULK_BUGS;
  const asked = [...new Set(bugs)].slice(0, most);
  return (
    insertAct(connection).pluck().get(at, by, JSON.stringify(change), JSON.stringify(asked), asked.length) ??
    0
  );
}

export function undoBulk(
  { connection }: WriteContext,
  id: number,
  { by, at }: { readonly by: string; readonly at: number },
): boolean {
  return noteUndo(connection).run(at, by, id, at - UNDO_MS).changes > 0;
}

/** The next bugs of an act, forward or back. */
export async function stepBulk(context: WriteContext, id: number, at: number): Promise<BulkAct | null> {
  const act = getBulkAct(context.connection, id);
  if (act === null || !isUnderWay(act)) return act;
  const size = act.change.do === 'merge' ? MERGE_STEP : STEP;
  await (act.undoneAt === null ? stepForward(context, act, size, at) : stepBack(context, act, size, at));
  return getBulkAct(context.connection, id);
}

async function stepForward(
  { connection, ledger }: WriteContext,
  act: BulkAct,
  size: number,
  at: number,
): Promise<void> {
  const bugs = nextBugs(connection).pluck().all(act.id, act.done, size);
  let changed = 0;
  for (const [place, bugId] of bugs.entries()) {
    const before = lastEvent(connection).pluck().get() ?? 0;
    const outcome = await doToBug(ledger, act.change, bugId, { by: act.by, at });
    // The lines of history get their numbers when they are written.
    await ledger.flush();
    if (outcome === null) continue;
    const events = JSON.stringify(eventsSince(connection).pluck().all(before));
    insertChange(connection).run(act.id, act.done + place, bugId, JSON.stringify(outcome), events);
    changed += 1;
  }
  noteDone(connection).run(bugs.length, changed, act.id);
}

async function stepBack(
  { connection, ledger }: WriteContext,
  act: BulkAct,
  size: number,
  at: number,
): Promise<void> {
  const counts = { restored: 0, kept: 0 };
  for (const { turn, bugId, outcome, events } of lastChanges(connection).all(act.id, size)) {
    const before = lastEvent(connection).pluck().get() ?? 0;
    const was = JSON.parse(outcome) as BulkOutcome;
    const undone = await undoOfBug(ledger, act.change, bugId, was, { by: act.undoneBy ?? act.by, at });
    await ledger.flush();
    counts[undone === 'kept' ? 'kept' : 'restored'] += 1;
    if (undone === 'restored' && wasTold(connection).pluck().get(events) !== undefined) {
      // A tracker heard of the act, and is told from history alone (decision 18): so the lines stay, and those of the undo follow them.
      addUndoLines(ledger, bugId, was, { by: act.undoneBy ?? act.by, at });
      await ledger.flush();
    } else if (undone === 'restored') {
      deleteEvents(connection).run(events);
      deleteEvents(connection).run(JSON.stringify(eventsSince(connection).pluck().all(before)));
    }
    deleteChange(connection).run(act.id, turn);
  }
  noteRestored(connection).run(counts.restored, counts.kept, act.id);
}
