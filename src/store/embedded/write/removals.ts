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
import { ownsReportFile, ownsReportFolder } from './owners.ts';
import { erasureOf } from './pack-rows.ts';
import type { PlaceInPack } from '../../shared/report-row.ts';
import type { WriteContext } from '../transaction/write-context.ts';

/** More would keep reports that arrive meanwhile waiting. */
const MAX_OF_STEP = 500;
const RETRY_MS = 60_000;
const ZEROS = Buffer.alloc(1024 * 1024);

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
    for (const group of groupsOf(dueRemovals(connection).all(now, now + RETRY_MS, count))) {
      try {
        takeAway(connection, layout, group, emptied);
        for (const { id } of group) deleteRemoval(connection).run(id);
        removed += group.length;
      } catch (error) {
        if (isOfDatabase(error)) throw error;
        for (const { id } of group) postpone(connection).run(now + RETRY_MS, id);
        refused += group.length;
        trouble ??= `${group[0].target} belongs to nothing any more and cannot be removed: ${messageOf(error)}`;
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

type Group = readonly [Removal, ...Removal[]];

/** Entries of one pack go together and share its fsync; everything else goes alone. */
function groupsOf(removals: readonly Removal[]): readonly Group[] {
  const groups: [Removal, ...Removal[]][] = [];
  const ofPack = new Map<string, Removal[]>();
  for (const removal of removals) {
    const pack = erasureOf(removal.target)?.pack;
    const known = pack === undefined ? undefined : ofPack.get(pack);
    if (known !== undefined) {
      known.push(removal);
      continue;
    }
    const group: [Removal, ...Removal[]] = [removal];
    groups.push(group);
    if (pack !== undefined) ofPack.set(pack, group);
  }
  return groups;
}

function takeAway(connection: Connection, layout: Layout, group: Group, emptied: string[]): void {
  const entries = group.map(({ target }) => erasureOf(target)).filter((entry) => entry !== null);
  if (entries.length > 0) erase(layout, entries);
  else takeAwayFile(connection, layout, group[0], emptied);
}

/**
 * A report's folder is first moved out of the way, since the same report may come again: its folder is there as a whole or not
 * at all. Names of other files are never used twice.
 */
function takeAwayFile(connection: Connection, layout: Layout, removal: Removal, emptied: string[]): void {
  const target = path.join(layout.root, ...removal.target.split('/'));
  const [room, day, crashId, file] = removal.target.split('/');
  if (file !== undefined && day !== undefined && crashId !== undefined) {
    const stat = syncFiles.stat(target);
    if (stat === null || ownsReportFile(connection, { day, crashId, file })) return;
    // While its report is there none comes again, and what the report does not name is nobody's, however young it is.
    if (stat.ctimeMs <= removal.notedAt || ownsReportFolder(connection, day, crashId))
      syncFiles.removeTree(target);
    return;
  }
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

/** Overwrites entries of one pack. Those of a pack that is gone are gone with it: no entry is ever put where another was. */
function erase(layout: Layout, entries: readonly PlaceInPack[]): void {
  const [first] = entries;
  const file = path.join(layout.packs, first?.pack ?? '');
  const size = syncFiles.stat(file)?.size ?? 0;
  for (const { at, bytes } of entries) {
    const end = Math.min(at + bytes, size);
    for (let start = at; start < end; start += ZEROS.length)
      syncFiles.writeAt(file, start, ZEROS.subarray(0, Math.min(ZEROS.length, end - start)));
  }
  if (size > 0) syncFiles.syncFile(file);
}

function isOfDatabase(error: unknown): boolean {
  return error instanceof Error && error.name === 'SqliteError';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
