// Where everything lies inside the data folder. Names are for people: a report's files can be found and copied by hand.
import path from 'node:path';
import { utcDay } from '../../../report/crash-id.ts';

/** File systems hand out space in blocks; the limit counts what the disk loses, not what a file says. */
export const BLOCK_BYTES = 4096;

/** A pack is a small part of the store, so that few of them have to be copied for what was deleted from them, and never more than this. */
const MAX_PACK_BYTES = 32 * 1024 * 1024;
/** A pack holds so many entries at least … */
const ENTRIES_OF_PACK = 8;
/** … and no entry is larger: a file of its own is written while the rest still comes in, so that it is as fast, and nothing waits in memory. */
const MAX_ENTRY_BYTES = 512 * 1024;

/** Where the files of a backup wait until all of them are there: a folder that has it and no database is that of half a restore. */
export const RESTORING = 'restoring';

/** What was restored, and what was erased after that backup was made: the next opening of the store applies it (take-up-restored.ts). */
export const RESTORED = 'restored.jsonl';

/** How large packs become in a store with this limit. */
export function packBytesFor(maxBytes: number): number {
  return Math.min(Math.floor(maxBytes / 64), MAX_PACK_BYTES);
}

/** How much of one report may be put into a pack in a store with this limit. */
export function packedBytesFor(maxBytes: number): number {
  return Math.min(packBytesFor(maxBytes) / ENTRIES_OF_PACK, MAX_ENTRY_BYTES);
}

/** The paths of one data folder. */
export interface Layout {
  readonly root: string;
  readonly database: string;
  /** Where the tables of the database begin: what `mayday repair` looks at when the database cannot tell. */
  readonly map: string;
  /** The keys of secrets (secrets/key-file.ts). */
  readonly keys: string;
  /** A copy of the data keys, wrapped, of an encrypted store (secrets/unlock-store.ts). */
  readonly dataKeys: string;
  /** Space kept back for a full disk (reserve.ts). */
  readonly reserve: string;
  /** `reports/<yyyymmdd>/<crash id>/<name>.zst` */
  readonly reports: string;
  /** `packs/<yyyymmdd>-<id>.pack`: attachments of many reports, one after the other; the rows know where. */
  readonly packs: string;
  /** `incoming/<draft>/`: uploads under way; what a crash leaves here the sweep removes. */
  readonly incoming: string;
  /** `blobs/<name>.zst`: CrashKit's blobs; the names are random, the rows know them. */
  readonly blobs: string;
  /** `symbols/<debug file>/<DEBUG ID>/`: symbol files and their indexes. */
  readonly symbols: string;
}

/** The layout of a data folder. */
export function layoutOf(root: string): Layout {
  return {
    root,
    database: path.join(root, 'mayday.db'),
    map: path.join(root, 'mayday.db.map'),
    keys: path.join(root, 'mayday.keys'),
    dataKeys: path.join(root, 'mayday.db.keys'),
    reserve: path.join(root, 'mayday.reserve'),
    reports: path.join(root, 'reports'),
    packs: path.join(root, 'packs'),
    incoming: path.join(root, 'incoming'),
    blobs: path.join(root, 'blobs'),
    symbols: path.join(root, 'symbols'),
  };
}

/** The folder of the reports of one UTC day. */
export function dayFolder(layout: Layout, receivedAt: number): string {
  return path.join(layout.reports, utcDay(receivedAt));
}

/** The folder of one report's files. */
export function reportFolder(layout: Layout, receivedAt: number, crashId: string): string {
  return path.join(dayFolder(layout, receivedAt), crashId);
}

/** The name of an attachment's file: made of its own, unless its row names another one. */
export function attachmentFile({ name, file }: { readonly name: string; readonly file?: string }): string {
  return file ?? `${name}.zst`;
}

/** What a file of this size takes from the disk. */
export function diskBytes(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}
