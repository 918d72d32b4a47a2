// One transaction: its context, its counts, its end.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { flushTally } from './flush-tally.ts';
import { newTally } from './write-context.ts';
import type { NameCache, WriteContext } from './write-context.ts';

const begin = query(`BEGIN IMMEDIATE`);
const commit = query(`COMMIT`);
const rollback = query(`ROLLBACK`);

/** What outlives a transaction: the writer's connection, and names that it knows. */
export interface Writer {
  readonly connection: Connection;
  readonly layout: Layout;
  readonly names: NameCache;
}

/**
 * Runs `work` in one transaction; when this returns, its effects are durable. Throws what `work` or SQLite threw, after
 * rolling back. Nothing happens after the commit that could fail: files that lost their row are written down in the
 * transaction (`removals.ts`) and removed later.
 */
export function inTransaction<T>(writer: Writer, work: (context: WriteContext) => T): T {
  const { connection, names } = writer;
  const context: WriteContext = { ...writer, tally: newTally(), nextKeys: new Map() };
  begin(connection).run();
  let result: T;
  try {
    result = work(context);
    flushTally(context);
    commit(connection).run();
  } catch (error) {
    names.products.clear();
    names.kinds.clear();
    // Some errors (a full disk) have rolled back by themselves.
    if (connection.inTransaction) rollback(connection).run();
    throw error;
  }
  return result;
}
