// What a folder takes from the disk, counted as `du` does: independent of what the store believes.
import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** The blocks of a folder and everything below it, in bytes. */
export function diskSpace(target: string): number {
  const stat = lstatSync(target, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  const below = stat.isDirectory() ? readdirSync(target) : [];
  return below.reduce((sum, name) => sum + diskSpace(path.join(target, name)), stat.blocks * 512);
}
