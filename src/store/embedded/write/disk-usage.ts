// What everything stored takes from the disk, symbols apart: as `du` would count it, without walking the files.
import path from 'node:path';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { STAT_BLOCK_BYTES, syncFiles } from '../disk/files.ts';
import { BLOCK_BYTES, diskBytes } from '../disk/folder-layout.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { packBytes } from './pack-rows.ts';

const fileBytes = query<[], number>(`
  SELECT report_folder_bytes + blob_file_bytes + (SELECT ifnull(sum(bytes), 0) FROM removals) FROM totals`);
const pageCount = query<[], number>(`PRAGMA page_count`);
const freePages = query<[], number>(`PRAGMA freelist_count`);

/** Disk space by what takes it, in bytes. */
export interface DiskUsage {
  /** Attachments and blobs in files, with the folders of single reports, what is yet to be removed of both, and packs. */
  readonly files: number;
  /** Bytes of packs that no report has any more: compaction gives them back. */
  readonly dead: number;
  /** The folders above (root, incoming, reports, days, packs, blobs), the map of the database, the keys of secrets, and the reserve. */
  readonly folders: number;
  /** The database file; `free` of it can be used again or given back. */
  readonly database: number;
  readonly free: number;
  /** Write-ahead log and its index. */
  readonly log: number;
}

/** Measures. `folders` may come from an earlier measurement, since they change slowly. */
export function diskUsage(connection: Connection, layout: Layout, folders = foldersBytes(layout)): DiskUsage {
  const packs = packBytes(connection);
  return {
    files: (fileBytes(connection).pluck().get() ?? 0) + packs.bytes,
    dead: packs.dead,
    folders,
    // Until the log is folded back the file is shorter than its pages; afterwards it takes some blocks more.
    database: Math.max((pageCount(connection).pluck().get() ?? 0) * BLOCK_BYTES, sizeOf(layout.database)),
    free: (freePages(connection).pluck().get() ?? 0) * BLOCK_BYTES,
    log: sizeOf(`${layout.database}-wal`) + sizeOf(`${layout.database}-shm`),
  };
}

/** What folders take that do not belong to one report. Folders of many entries are larger than a block. */
export function foldersBytes(layout: Layout): number {
  const days = syncFiles.list(layout.reports).map((name) => path.join(layout.reports, name));
  return [
    layout.root,
    layout.map,
    layout.reserve,
    layout.keys,
    layout.dataKeys,
    layout.reports,
    layout.incoming,
    layout.packs,
    layout.blobs,
    ...days,
  ].reduce((sum, folder) => sum + sizeOf(folder), 0);
}

/** The sum. */
export function totalBytes({ files, folders, database, log }: DiskUsage): number {
  return files + folders + database + log;
}

function sizeOf(target: string): number {
  const stat = syncFiles.stat(target);
  return stat === null ? 0 : Math.max(stat.blocks * STAT_BLOCK_BYTES, diskBytes(stat.size));
}
