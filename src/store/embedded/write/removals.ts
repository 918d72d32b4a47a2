// Works off the to-do list of removals (note-removal.ts): files and folders whose row is gone. A removal that the system refuses
// harms nothing that was committed; it is tried again.
// States of an entry: due → (removed: gone from the list) | (refused: due again later) → …
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { syncFiles } from '../disk/files.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { inTransaction } from './in-transaction.ts';
import type { Writer } from './in-transaction.ts';
import { ownsReportFolder } from './owners.ts';
import type { WriteContext } from '../transaction/write-context.ts';

/** More would keep reports that arrive meanwhile waiting. */
const MAX_OF_STEP = 500;
const RETRY_MS = 60_000;

// A clock that was set back must not postpone anything.
const anyDue = query<[now: number, latest: number], number>(`
  SELECT 1 FROM removals WHERE due_at <= ? OR due_at > ? LIMIT 1`);

/** Whether something is to be removed now. */
export function removalsAreDue(connection: Connection, now: number): boolean {
  return anyDue(connection).get(now, now + RETRY_MS) !== undefined;
}

const makeAllDue = query<[]>(`UPDATE removals SET due_at = 0`);

/** Has everything tried again at once: a person may have put right what was in the way. */
export function hastenRemovals({ connection }: WriteContext): void {
  makeAllDue(connection).run();
}

interface Removal {
  readonly id: number;
  readonly target: string;
  readonly notedAt: number;
}

const dueRemovals = query<[now: number, latest: number, limit: number], Removal>(`
  SELECT id, target, noted_at AS notedAt FROM removals WHERE due_at <= ? OR due_at > ? ORDER BY id LIMIT ?`);
const deleteRemoval = query<[id: number]>(`DELETE FROM removals WHERE id = ?`);
const postpone = query<[dueAt: number, id: number]>(`UPDATE removals SET due_at = ? WHERE id = ?`);

const sumOfBytes = query<[], number>(`SELECT ifnull(sum(bytes), 0) FROM removals`);

/** Disk space of what is yet to be removed. */
export function pendingRemovalBytes(connection: Connection): number {
  return sumOfBytes(connection).pluck().get() ?? 0;
}

/** What a step did. */
export interface RemovalStep {
  readonly removed: number;
  readonly refused: number;
  /** The first refusal, for the operator. */
  readonly trouble: string | null;
}

/** Removes what is due, at most `count`. Throws only where the database fails; what was removed then is looked for again. */
export async function workOffRemovals(
  writer: Writer,
  now: number,
  count = MAX_OF_STEP,
): Promise<RemovalStep> {
  if (!removalsAreDue(writer.connection, now)) return { removed: 0, refused: 0, trouble: null };
  const { layout } = writer;
  const emptied: string[] = [];
  let removed = 0;
  let refused = 0;
  let trouble: string | null = null;
  // Inside a transaction, so that two processes do not work at the same entry: one would take away what came again.
  await inTransaction(writer, ({ connection }) => {
    for (const removal of dueRemovals(connection).all(now, now + RETRY_MS, count)) {
      try {
        takeAway(connection, layout, removal, emptied);
        deleteRemoval(connection).run(removal.id);
        removed += 1;
      } catch (error) {
        if (isOfDatabase(error)) throw error;
        postpone(connection).run(now + RETRY_MS, removal.id);
        refused += 1;
        trouble ??= `${removal.target} belongs to nothing any more and cannot be removed: ${messageOf(error)}`;
      }
    }
  });
  // What stays of these the sweep removes.
  for (const folder of emptied) {
    try {
      syncFiles.removeTree(folder);
    } catch (error) {
      trouble ??= `${folder} cannot be removed: ${messageOf(error)}`;
    }
  }
  return { removed, refused, trouble };
}

/**
 * A report's folder is first moved out of the way, since the same report may come again: its folder is there as a whole or not
 * at all. Names of other files are never used twice.
 */
function takeAway(connection: Connection, layout: Layout, removal: Removal, emptied: string[]): void {
  const target = path.join(layout.root, ...removal.target.split('/'));
  const [room, day, crashId] = removal.target.split('/');
  if (room !== 'reports' || day === undefined || crashId === undefined) {
    syncFiles.removeTree(target);
    return;
  }
  const stat = syncFiles.stat(target);
  // One that is younger than the entry came after it: the report was sent again, or a person copied it back.
  if (stat === null || stat.ctimeMs > removal.notedAt || ownsReportFolder(connection, day, crashId)) return;
  const away = path.join(layout.incoming, `removed-${randomBytes(12).toString('hex')}`);
  syncFiles.rename(target, away);
  emptied.push(away);
}

function isOfDatabase(error: unknown): boolean {
  return error instanceof Error && error.name === 'SqliteError';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
