// The file of keys beside the database: made at the first start, for this user alone (mode 0600), and in no backup.
import { formatKeys, newKey, parseKeys } from '../../shared/secret-box.ts';
import type { KeyRing } from '../../shared/secret-box.ts';
import { syncFiles } from '../disk/files.ts';
import type { SecretOwner } from '../disk/files.ts';
import type { Layout } from '../disk/folder-layout.ts';

/** The keys in the file; null: there is no file yet. Throws `SecretsLocked` for one that holds none. */
export function readKeyFile({ keys }: Layout): KeyRing | null {
  return syncFiles.stat(keys) === null ? null : parseKeys(syncFiles.readText(keys), keys);
}

/** Makes the file with one key, unless there is one, and gives its keys: of processes that start at once one makes it. */
export function ensureKeyFile(layout: Layout): KeyRing {
  const present = readKeyFile(layout);
  if (present !== null) return present;
  const fresh = `${layout.keys}.${newKey().id}`;
  try {
    syncFiles.writeSecret(fresh, formatKeys([newKey()]), ownerOf(layout));
    syncFiles.linkUnlessThere(fresh, layout.keys);
    syncFiles.syncFolder(layout.root);
  } finally {
    syncFiles.removeTree(fresh);
  }
  return parseKeys(syncFiles.readText(layout.keys), layout.keys);
}

/**
 * Whose the file is to be: of those who have it now, else of the owner of the database. Who is root then leaves no file that the server cannot
 * read.
 */
function ownerOf({ keys, database }: Layout): SecretOwner | null {
  const before = syncFiles.stat(keys);
  if (before !== null) return { uid: before.uid, gid: before.gid, mode: before.mode & 0o777 };
  // Another user cannot give files away, and need not: it is the one that runs the server.
  const of = process.getuid?.() === 0 ? syncFiles.stat(database) : null;
  return of === null ? null : { uid: of.uid, gid: of.gid, mode: 0o600 };
}

/** Replaces the keys: whenever the process dies, the file holds either all of before or all of now. */
export function replaceKeyFile(layout: Layout, ring: KeyRing): void {
  const fresh = `${layout.keys}.${newKey().id}`;
  try {
    syncFiles.writeSecret(fresh, formatKeys(ring), ownerOf(layout));
    syncFiles.rename(fresh, layout.keys);
    syncFiles.syncFolder(layout.root);
  } finally {
    syncFiles.removeTree(fresh);
  }
}
