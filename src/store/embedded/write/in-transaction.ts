// One transaction: its context, its ledger, its counts, its end.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { Layout } from '../disk/folder-layout.ts';
import type { KeptLedger } from '../filing/kept-ledger.ts';
import { flushTally } from '../transaction/flush-tally.ts';
import { newTally } from '../transaction/write-context.ts';
import type { NameCache, WriteContext } from '../transaction/write-context.ts';

const begin = query(`BEGIN IMMEDIATE`);
const commit = query(`COMMIT`);
const rollback = query(`ROLLBACK`);

/** What outlives a transaction: the writer's connection, and what it knows. */
export interface Writer {
  readonly connection: Connection;
  readonly layout: Layout;
  readonly names: NameCache;
  readonly kept: KeptLedger;
}

/**
 * Runs `work` in one transaction; when this resolves, its effects are durable. Rejects with what `work` or SQLite threw, after
 * rolling back. Nothing happens after the commit that could fail: files that lost their row are written down in the
 * transaction (`removals.ts`) and removed later. One transaction at a time: the caller has the thread's turn. `keepsLedger`: `work`
 * changes what the ledger holds through the ledger only.
 */
export async function inTransaction<T>(
  writer: Writer,
  work: (context: WriteContext) => T | Promise<T>,
  { keepsLedger = false }: { readonly keepsLedger?: boolean } = {},
): Promise<T> {
  const { connection, names, kept } = writer;
  const { ledger } = kept;
  const context: WriteContext = { ...writer, ledger, tally: newTally(), nextKeys: new Map() };
  begin(connection).run();
  let result: T;
  try {
    kept.begin(context);
    result = await work(context);
    await ledger.flush();
    flushTally(context);
    commit(connection).run();
  } catch (error) {
    names.products.clear();
    names.kinds.clear();
    ledger.clear();
    // Some errors (a full disk) have rolled back by themselves.
    if (connection.inTransaction) rollback(connection).run();
    throw error;
  }
  if (!keepsLedger) ledger.clear();
  return result;
}
