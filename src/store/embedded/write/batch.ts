// Group commit: everything that arrived since the last commit, in one transaction with one fsync.
import { rmSync } from 'node:fs';
import { asStorageError, spoilsConnection } from '../storage-error.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { Layout } from '../folder-layout.ts';
import type { Job, JobResult } from '../thread/protocol.ts';
import { newTally } from './write-context.ts';
import type { NameCache, WriteContext } from './write-context.ts';
import { flushTally } from './flush-tally.ts';
import { runWrite } from './operations.ts';

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
 * rolling back. Removals that `work` asked for happen after the commit, so that a crash leaves orphans and never a row
 * without its files.
 */
export function inTransaction<T>(writer: Writer, work: (context: WriteContext) => T): T {
  const { connection, names } = writer;
  const context: WriteContext = { ...writer, tally: newTally(), nextKeys: new Map(), removals: [] };
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
  for (const target of context.removals) rmSync(target, { recursive: true, force: true });
  return result;
}

/**
 * Commits a batch and gives what became of each job. A job that throws does not harm the others: the batch is rolled
 * back and every job tried alone. Throws only when the connection is spoilt; then no job is known to be stored.
 */
export function runBatch(writer: Writer, jobs: readonly Job[]): readonly JobResult[] {
  try {
    return inTransaction(writer, (context) =>
      jobs.map((job) => ({ value: runWrite(context, job.name, job.args) })),
    );
  } catch (error) {
    if (spoilsConnection(error)) throw error;
    return jobs.map((job) => runAlone(writer, job));
  }
}

function runAlone(writer: Writer, job: Job): JobResult {
  try {
    return { value: inTransaction(writer, (context) => runWrite(context, job.name, job.args)) };
  } catch (error) {
    if (spoilsConnection(error)) throw error;
    const { message, reason } = asStorageError(error, `run ${job.name}`);
    return { failure: { message, reason, certain: true } };
  }
}
