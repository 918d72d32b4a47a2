// Files that a program attached to a report in a Crashpad database: `attachments/<uuid>/`, on every system.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Each file is a part of its own name. */
export function crashpadAttachments(
  dir: string,
  dumpName: string,
): readonly (readonly [name: string, path: string])[] {
  const folder = path.join(dir, 'attachments', dumpName.replace(/\.dmp$/i, ''));
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => [name, path.join(folder, name)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
