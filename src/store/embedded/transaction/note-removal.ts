// Writes down a file or folder whose row goes, in the transaction that removes the row; write/removals.ts works the list off afterwards.
// So a crash leaves an entry and never a row without its files.
import path from 'node:path';
import { query } from '../database/query.ts';
import type { Layout } from '../disk/folder-layout.ts';
import type { WriteContext } from './write-context.ts';

const insertRemoval = query<[target: string, bytes: number, at: number, at: number]>(`
  INSERT INTO removals (target, bytes, noted_at, due_at) VALUES (?, ?, ?, ?)`);

const isNoted = query<[target: string], number>(`SELECT 1 FROM removals WHERE target = ?`);
const forget = query<[target: string]>(`DELETE FROM removals WHERE target = ?`);

/** Has a file or folder removed once the running transaction is durable. `bytes`: what it was counted with. */
export function noteRemoval({ connection, layout }: WriteContext, target: string, bytes: number): void {
  const now = Date.now();
  insertRemoval(connection).run(nameOf(layout, target), bytes, now, now);
}

/**
 * Takes a file off the list again, in the transaction in which a row begins to name it. False: it is not on the list, and whoever wanted to make it
 * has to write it down once more.
 */
export function dropRemoval({ connection, layout }: WriteContext, target: string): boolean {
  const name = nameOf(layout, target);
  if (isNoted(connection).get(name) === undefined) return false;
  forget(connection).run(name);
  return true;
}

function nameOf({ root }: Layout, target: string): string {
  return path.relative(root, target).split(path.sep).join('/');
}
