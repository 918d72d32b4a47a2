// Removes files that no row owns: what a crash left between two steps of a commit, and uploads that never ended.
// Only what is older than the grace time goes: another process may be between its rename and its row. What was written beside another database
// stays (database/lifetime.ts): that no row here owns it says nothing.
import path from 'node:path';
import { isCrashId } from '../../../report/crash-id.ts';
import { removeOldCopies } from '../database/before-migration.ts';
import { isForeign, readLifetime } from '../database/lifetime.ts';
import type { Connection } from '../database/query.ts';
import { syncFiles } from '../disk/files.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { packId } from '../disk/pack-format.ts';
import { sweepSymbols } from '../symbols/sweep-symbols.ts';
import { bytesOfPack, ownsBlobFile, ownsReportFolder } from './owners.ts';

/** What is swept, and how old it must be. */
export interface SweepSettings {
  readonly connection: Connection;
  readonly layout: Layout;
  readonly graceMs: number;
  readonly now: number;
}

/** Sweeps step by step; each yield gives how many files or folders the step removed, and is a place to do other work. */
export function* sweep(asked: SweepSettings): Generator<number> {
  const { layout, connection, now } = asked;
  yield sweepIncoming(asked);
  yield removeOldCopies(layout, now);
  const lifetime = readLifetime(connection, now);
  const settings = { ...asked, isForeign: (at: number) => isForeign(lifetime, at) };
  yield sweepBlobs(settings);
  yield sweepPacks(settings);
  yield* sweepSymbols(settings);
  for (const day of syncFiles.list(layout.reports)) {
    if (/^\d{8}$/.test(day)) yield sweepDay(settings, day);
  }
}

/** A draft's folder is as old as its youngest file: a long upload goes on writing. */
function sweepIncoming({ layout, graceMs, now }: SweepSettings): number {
  return remove(
    syncFiles
      .list(layout.incoming)
      .map((name) => path.join(layout.incoming, name))
      .filter((draft) => now - youngest(draft) > graceMs),
  );
}

/** What has no row, is older than the grace time, and was written beside this database. */
type OrphanSettings = SweepSettings & { readonly isForeign: (at: number) => boolean };

function sweepBlobs({ connection, layout, graceMs, now, isForeign }: OrphanSettings): number {
  return remove(
    syncFiles
      .list(layout.blobs)
      .filter((name) => !ownsBlobFile(connection, name))
      .map((name) => path.join(layout.blobs, name))
      .filter((file) => now - changedAt(file) > graceMs && !isForeign(madeAt(file))),
  );
}

/** A file that no row knows, and what was appended to one behind the last entry of a report. */
function sweepPacks({ connection, layout, graceMs, now, isForeign }: OrphanSettings): number {
  const orphans: string[] = [];
  for (const name of syncFiles.list(layout.packs)) {
    const file = path.join(layout.packs, name);
    if (packId(name) === null || now - changedAt(file) <= graceMs || isForeign(madeAt(file))) continue;
    const bytes = bytesOfPack(connection, name);
    if (bytes === null) orphans.push(file);
    else if ((syncFiles.stat(file)?.size ?? 0) > bytes) syncFiles.truncate(file, bytes);
  }
  return remove(orphans);
}

function sweepDay({ connection, layout, graceMs, now, isForeign }: OrphanSettings, day: string): number {
  const folder = path.join(layout.reports, day);
  const names = syncFiles.list(folder);
  const isOld = now - changedAt(folder) > graceMs;
  const orphans = names
    // Anything else in there was put by a person.
    .filter((name) => isCrashId(name))
    .filter((name) => !ownsReportFolder(connection, day, name))
    .map((name) => path.join(folder, name))
    .filter((orphan) => now - changedAt(orphan) > graceMs && !isForeign(madeAt(orphan)));
  const removed = remove(orphans);
  // A commit may have put a report into it a moment ago; then it stays.
  if (names.length === removed && isOld) syncFiles.removeEmptyFolder(folder);
  return removed;
}

function remove(targets: readonly string[]): number {
  for (const target of targets) syncFiles.removeTree(target);
  return targets.length;
}

/** The change time tells of a rename as well; what is gone meanwhile counts as young. */
function changedAt(target: string): number {
  const stat = syncFiles.stat(target);
  return stat === null ? Number.POSITIVE_INFINITY : Math.max(stat.mtimeMs, stat.ctimeMs);
}

/** When its content was last changed: a copy or a rename of a folder is not its making. */
function madeAt(target: string): number {
  return syncFiles.stat(target)?.mtimeMs ?? Number.POSITIVE_INFINITY;
}

function youngest(draft: string): number {
  const stat = syncFiles.stat(draft);
  if (stat?.isDirectory() !== true) return changedAt(draft);
  return syncFiles
    .list(draft)
    .reduce((youngest, name) => Math.max(youngest, changedAt(path.join(draft, name))), changedAt(draft));
}
