// Makes the data folder, level by level. `mkdir` with `recursive` never returns in Node 24 where the system says ENOENT of
// a folder although the one above exists (/proc, some automounted folders): a typing error in CRASH_REPORTS_DIR would be a
// start that hangs and that no SIGTERM ends.
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Creates the folder and those above it where they are missing. Throws where one cannot be made or the last cannot be written, which is
 * how a folder looks that a container engine made as root for a process that is not root.
 */
export function makeDataFolder(dir: string): void {
  makeFolders(dir);
  const full = path.resolve(dir);
  try {
    accessSync(full, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    throw new Error(
      `The data folder ${full} (CRASH_REPORTS_DIR) belongs to user ${statSync(full).uid} and cannot be written by user ${uid}. ` +
        `This helps: sudo chown -R ${uid}:${gid} ${full} (with containers, the folder of the host that is mounted there).`,
      { cause: error },
    );
  }
}

function makeFolders(dir: string): void {
  const full = path.resolve(dir);
  if (statSync(full, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const above = path.dirname(full);
  if (above !== full) makeFolders(above);
  try {
    // Reports hold personal data: the folder is for its owner and group only.
    mkdirSync(full, { mode: 0o750 });
  } catch (error) {
    // Another role may have made it at the same moment.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(full).isDirectory()) throw error;
  }
}
