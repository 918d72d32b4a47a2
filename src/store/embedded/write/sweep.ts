// Removes files that no row owns: what a crash left between two steps of a commit, and uploads that never ended.
// Only what is older than the grace time goes: another process may be between its rename and its row.
import { readdirSync, rmSync, rmdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { isCrashId, utcDay } from '../../../report/crash-id.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { sweepSymbols } from '../symbols/sweep-symbols.ts';

const ownerOfFolder = query<[crashId: string], number>(`
  SELECT received_at FROM reports WHERE crash_id = ? AND folder_bytes > 0`);

const ownerOfBlob = query<[file: string], number>(`SELECT 1 FROM blobs WHERE file = ?`);

/** What is swept, and how old it must be. */
export interface SweepSettings {
  readonly connection: Connection;
  readonly layout: Layout;
  readonly graceMs: number;
  readonly now: number;
}

/** Sweeps step by step; each yield gives how many files or folders the step removed, and is a place to do other work. */
export function* sweep(settings: SweepSettings): Generator<number> {
  const { layout } = settings;
  yield sweepIncoming(settings);
  yield sweepBlobs(settings);
  yield* sweepSymbols(settings);
  for (const day of readdirSync(layout.reports)) {
    if (/^\d{8}$/.test(day)) yield sweepDay(settings, day);
  }
}

/** A draft's folder is as old as its youngest file: a long upload goes on writing. */
function sweepIncoming({ layout, graceMs, now }: SweepSettings): number {
  return remove(
    readdirSync(layout.incoming)
      .map((name) => path.join(layout.incoming, name))
      .filter((draft) => now - youngest(draft) > graceMs),
  );
}

function sweepBlobs({ connection, layout, graceMs, now }: SweepSettings): number {
  return remove(
    readdirSync(layout.blobs)
      .filter((name) => ownerOfBlob(connection).get(name) === undefined)
      .map((name) => path.join(layout.blobs, name))
      .filter((file) => now - changedAt(file) > graceMs),
  );
}

function sweepDay({ connection, layout, graceMs, now }: SweepSettings, day: string): number {
  const folder = path.join(layout.reports, day);
  const names = readdirSync(folder);
  const isOld = now - changedAt(folder) > graceMs;
  const orphans = names
    // Anything else in there was put by a person.
    .filter((name) => isCrashId(name))
    .filter((name) => {
      const receivedAt = ownerOfFolder(connection).pluck().get(name);
      return receivedAt === undefined || utcDay(receivedAt) !== day;
    })
    .map((name) => path.join(folder, name))
    .filter((orphan) => now - changedAt(orphan) > graceMs);
  const removed = remove(orphans);
  if (names.length === removed && isOld) removeEmpty(folder);
  return removed;
}

function remove(targets: readonly string[]): number {
  for (const target of targets) rmSync(target, { recursive: true, force: true });
  return targets.length;
}

/** A commit may have put a report into it a moment ago; then it stays. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!(error instanceof Error) || !/ENOTEMPTY|EEXIST|ENOENT/.test(error.message)) throw error;
  }
}

/** The change time tells of a rename as well; what is gone meanwhile counts as young. */
function changedAt(target: string): number {
  const stat = statSync(target, { throwIfNoEntry: false });
  return stat === undefined ? Number.POSITIVE_INFINITY : Math.max(stat.mtimeMs, stat.ctimeMs);
}

function youngest(draft: string): number {
  const stat = statSync(draft, { throwIfNoEntry: false });
  if (stat?.isDirectory() !== true) return changedAt(draft);
  return readdirSync(draft).reduce(
    (youngest, name) => Math.max(youngest, changedAt(path.join(draft, name))),
    changedAt(draft),
  );
}
