// Every file below a folder, with its bytes, also of a folder in which a server is working.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Pairs of a path and what the file holds; those that go while the folder is read are left out. */
export function* filesIn(dir: string): Generator<readonly [file: string, bytes: Buffer]> {
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const bytes = bytesOf(file);
    if (bytes !== null) yield [file, bytes];
  }
}

function bytesOf(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
