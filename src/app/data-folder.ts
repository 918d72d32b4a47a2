// Makes the data folder, level by level. `mkdir` with `recursive` never returns in Node 24 where the system says ENOENT of
// a folder although the one above exists (/proc, some automounted folders): a typing error in CRASH_REPORTS_DIR would be a
// start that hangs and that no SIGTERM ends.
import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** Creates the folder and those above it where they are missing. Throws the system's error where one cannot be made. */
export function makeDataFolder(dir: string): void {
  const full = path.resolve(dir);
  if (statSync(full, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const above = path.dirname(full);
  if (above !== full) makeDataFolder(above);
  try {
    // Reports hold personal data: the folder is for its owner and group only.
    mkdirSync(full, { mode: 0o750 });
  } catch (error) {
    // Another role may have made it at the same moment.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(full).isDirectory()) throw error;
  }
}
