// Removes files below symbols/ that no row owns, and folders that are empty; only what is older than the grace time.
import path from 'node:path';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { syncFiles } from '../disk/files.ts';
import type { Layout } from '../disk/folder-layout.ts';
import type { SymbolKey } from '../../symbols.ts';
import { revisionOf } from './symbol-files.ts';

const revisionOfKey = query<[debugFile: string, debugId: string], string>(`
  SELECT revision FROM symbols WHERE debug_file = ? AND debug_id = ?`);

/** The revision of its files that the row of a key names; undefined: there is none. */
export function ownedRevision(connection: Connection, { debugFile, debugId }: SymbolKey): string | undefined {
  return revisionOfKey(connection).pluck().get(debugFile, debugId);
}

/** What is swept, and how old it must be. */
export interface SymbolSweep {
  readonly connection: Connection;
  readonly layout: Layout;
  readonly graceMs: number;
  readonly now: number;
  /** Whether what was last changed at this moment was written beside another database: then it stays. */
  readonly isForeign: (at: number) => boolean;
}

/** One debug file at a step; each yield gives how many files the step removed. */
export function* sweepSymbols(sweep: SymbolSweep): Generator<number> {
  for (const debugFile of syncFiles.listFolders(sweep.layout.symbols)) {
    const folder = path.join(sweep.layout.symbols, debugFile);
    let removed = 0;
    for (const debugId of syncFiles.listFolders(folder)) removed += sweepKey(sweep, debugFile, debugId);
    removeEmpty(sweep, folder);
    yield removed;
  }
}

function sweepKey(sweep: SymbolSweep, debugFile: string, debugId: string): number {
  const folder = path.join(sweep.layout.symbols, debugFile, debugId);
  const owned = ownedRevision(sweep.connection, { debugFile, debugId });
  const orphans = syncFiles.list(folder).filter((name) => {
    const revision = revisionOf(name);
    return revision !== null && revision !== owned && isOld(sweep, path.join(folder, name));
  });
  for (const name of orphans) syncFiles.removeTree(path.join(folder, name));
  removeEmpty(sweep, folder);
  return orphans.length;
}

/** A file may be put into it at this moment; then it stays. */
function removeEmpty(sweep: SymbolSweep, folder: string): void {
  if (syncFiles.list(folder).length === 0 && isOld(sweep, folder)) syncFiles.removeEmptyFolder(folder);
}

function isOld({ graceMs, now, isForeign }: SymbolSweep, target: string): boolean {
  const stat = syncFiles.stat(target);
  return stat !== null && now - Math.max(stat.mtimeMs, stat.ctimeMs) > graceMs && !isForeign(stat.mtimeMs);
}
