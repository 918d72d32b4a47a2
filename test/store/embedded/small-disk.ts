// A file system of a few megabytes, for tests of a full disk.
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { newFolder } from './open-store.ts';

/** Writes until not a byte more fits. */
export function fillUp(file: string): void {
  const handle = openSync(file, 'a');
  try {
    for (let size = 1024 * 1024; size >= 1;) {
      try {
        writeSync(handle, Buffer.alloc(size, 1));
      } catch {
        size = Math.floor(size / 2);
      }
    }
  } finally {
    closeSync(handle);
  }
}

/** Runs a test on a file system of 24 MiB; gives why it could not. */
export async function withSmallDisk(
  run: (dir: string, data: string) => Promise<void>,
): Promise<string | null> {
  const dir = await newFolder();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'none', dir], { stdio: 'ignore' });
  try {
    if (status !== 0) return 'a tmpfs cannot be mounted here';
    await run(dir, path.join(dir, 'data'));
    return null;
  } finally {
    if (status === 0) spawnSync('umount', [dir], { stdio: 'ignore' });
    await rm(dir, { recursive: true, force: true });
  }
}
