// Writes down a file or folder whose row goes, in the transaction that removes the row; write/removals.ts works the list off afterwards.
// So a crash leaves an entry and never a row without its files.
import path from 'node:path';
import { query } from '../database/query.ts';
import type { WriteContext } from './write-context.ts';

const insertRemoval = query<[target: string, bytes: number, at: number, at: number]>(`
  INSERT INTO removals (target, bytes, noted_at, due_at) VALUES (?, ?, ?, ?)`);

/** Has a file or folder removed once the running transaction is durable. `bytes`: what it was counted with. */
export function noteRemoval({ connection, layout }: WriteContext, target: string, bytes: number): void {
  const now = Date.now();
  const relative = path.relative(layout.root, target).split(path.sep).join('/');
  insertRemoval(connection).run(relative, bytes, now, now);
}
