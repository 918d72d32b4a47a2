// The finished backups of a folder.
import path from 'node:path';
import type { Files } from '../disk/files.ts';
import { MANIFEST } from './backup-format.ts';

const NAME = /^\d{8}T\d{6}Z$/;

/** A finished backup. */
export interface ListedBackup {
  readonly name: string;
  /** When it was begun, milliseconds since 1970. */
  readonly startedAt: number;
}

/** Oldest first. */
export async function listBackups(files: Files, target: string): Promise<readonly ListedBackup[]> {
  const found: ListedBackup[] = [];
  for (const name of (await files.list(target)).filter((each) => NAME.test(each)).sort()) {
    if ((await files.stat(path.join(target, name, MANIFEST))) === null) continue;
    found.push({ name, startedAt: timeOf(name) });
  }
  return found;
}

function timeOf(name: string): number {
  return Date.parse(name.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
