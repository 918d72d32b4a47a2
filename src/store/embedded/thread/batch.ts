// Group commit: everything that arrived since the last commit, in one transaction with one fsync.
import { asStorageError, spoilsConnection } from '../disk/storage-error.ts';
import { inTransaction } from '../transaction/in-transaction.ts';
import type { Writer } from '../transaction/in-transaction.ts';
import type { Job, JobResult } from './job.ts';
import { runWrite } from './operations.ts';

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
