// Group commit: everything that arrived since the last commit, in one transaction with one fsync.
import { asStorageError, spoilsConnection } from '../disk/storage-error.ts';
import { inTransaction } from '../write/in-transaction.ts';
import type { Writer } from '../write/in-transaction.ts';
import type { Job, JobResult } from './job.ts';
import { runWrite } from './operations.ts';

/**
 * Commits a batch and gives what became of each job. A job that throws does not harm the others: the batch is rolled
 * back and every job tried alone. Throws only when the connection is spoilt; then no job is known to be stored.
 */
export async function runBatch(writer: Writer, jobs: readonly Job[]): Promise<readonly JobResult[]> {
  try {
    return await inTransaction(
      writer,
      async (context) => {
        const results: JobResult[] = [];
        for (const job of jobs) results.push({ value: await runWrite(context, job.name, job.args) });
        return results;
      },
      { keepsLedger: true },
    );
  } catch (error) {
    if (spoilsConnection(error)) throw error;
    const results: JobResult[] = [];
    for (const job of jobs) results.push(await runAlone(writer, job));
    return results;
  }
}

async function runAlone(writer: Writer, job: Job): Promise<JobResult> {
  try {
    const value = await inTransaction(writer, (context) => runWrite(context, job.name, job.args));
    return { value };
  } catch (error) {
    if (spoilsConnection(error)) throw error;
    const { message, reason } = asStorageError(error, `run ${job.name}`);
    return { failure: { message, reason, certain: true } };
  }
}
