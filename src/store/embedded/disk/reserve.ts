// Space that the store keeps back for the day on which the disk is full: reading needs a little (SQLite's shared memory), and so does removing, since
// what is removed is written down first. The file is given up then, and made again when there is space.
import { syncFiles } from './files.ts';
import type { Layout } from './folder-layout.ts';

const MIN_BYTES = 256 * 1024;
const MAX_BYTES = 8 * 1024 * 1024;
/** It takes no more than such a part of what is free. */
const SHARE_OF_FREE = 8;

/** A small part of what the store may take. */
export function reserveBytesFor(maxBytes: number): number {
  return Math.min(Math.max(Math.floor(maxBytes / 64), MIN_BYTES), MAX_BYTES);
}

/** Whether the space is kept back. */
export function hasReserve({ reserve }: Layout): boolean {
  return syncFiles.stat(reserve) !== null;
}

/** Keeps so much back, or less where little is free; a disk that refuses is asked again later. */
export function keepReserve(layout: Layout, bytes: number): void {
  if (hasReserve(layout)) return;
  try {
    const size = Math.min(bytes, Math.floor(syncFiles.freeBytes(layout.root) / SHARE_OF_FREE));
    if (size < MIN_BYTES) return;
    // Not zeros, which some file systems do not store.
    syncFiles.writeText(layout.reserve, 'kept back for a full disk\n'.repeat(Math.ceil(size / 26)));
  } catch {
    syncFiles.removeTree(layout.reserve);
  }
}

/** Gives it up. False: there was none. */
export function releaseReserve(layout: Layout): boolean {
  if (!hasReserve(layout)) return false;
  syncFiles.removeTree(layout.reserve);
  return true;
}
