// The queue of the contract, put together.
import type { Leased, QueueStore } from '../queue.ts';
import type { StoreParts } from './store-parts.ts';
import { getReport } from './read/get-report.ts';
import { queueCounts } from './queue/counts.ts';
import { filingOf } from '../shared/filing.ts';
import { findForReprocess } from './queue/find-for-reprocess.ts';
import { failureOf, getProcessed } from './queue/read-processed.ts';

/** What filing adds to the database beside the processed report, about. */
const FILING_BYTES = 2048;
const REQUEUE_AT_ONCE = 500;

/** The queue of an open store. */
export function createQueueStore({ connection, writer, now }: StoreParts): QueueStore {
  return {
    async lease({ worker, limit, leaseMs, maxBytes, crashId }) {
      const lent = await writer.write('leaseReports', [
        { worker, limit, leaseMs, maxBytes, now: now(), crashId },
      ]);
      return lent.flatMap(({ crashId, leaseId, attempt }): Leased[] => {
        const report = getReport(connection, crashId);
        return report === null ? [] : [{ crashId, leaseId, attempt, report }];
      });
    },
    extend: (crashId, leaseId, leaseMs) => writer.write('extendLease', [crashId, leaseId, now() + leaseMs]),
    async complete(crashId, leaseId, processed) {
      const filing = await filingOf(processed);
      const rows = filing.packed.length + FILING_BYTES * (1 + filing.crashes.length);
      return writer.write('completeReport', [{ crashId, leaseId }, filing, now()], { rows, files: 0 });
    },
    fail: (crashId, leaseId, failure) => writer.write('failReport', [crashId, leaseId, failure]),
    async findForReprocess(filter, page) {
      return findForReprocess(connection, filter, page);
    },
    async requeue(crashIds) {
      let count = 0;
      for (let at = 0; at < crashIds.length; at += REQUEUE_AT_ONCE) {
        count += await writer.write('requeueReports', [crashIds.slice(at, at + REQUEUE_AT_ONCE), now()]);
      }
      return count;
    },
    async counts() {
      return queueCounts(connection, now());
    },
    setPaused: (paused) => writer.write('setPaused', [paused]),
    getProcessed: (crashId) => getProcessed(connection, crashId),
    async failure(crashId) {
      return failureOf(connection, crashId);
    },
  };
}
