// Where everything lies inside the data folder. Names are for people: a report's files can be found and copied by hand.
import path from 'node:path';
import { utcDay } from '../../../report/crash-id.ts';

/** File systems hand out space in blocks; the limit counts what the disk loses, not what a file says. */
export const BLOCK_BYTES = 4096;

/** The paths of one data folder. */
export interface Layout {
  readonly root: string;
  readonly database: string;
  /** Where the tables of the database begin: what `mayday repair` looks at when the database cannot tell. */
  readonly map: string;
  /** Space kept back for a full disk (reserve.ts). */
  readonly reserve: string;
  /** `reports/<yyyymmdd>/<crash id>/<name>.zst` */
  readonly reports: string;
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
    reserve: path.join(root, 'mayday.reserve'),
    reports: path.join(root, 'reports'),
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

/** The name of an attachment's file. */
export function attachmentFile(name: string): string {
  return `${name}.zst`;
}

/** What a file of this size takes from the disk. */
export function diskBytes(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}
