// Processing failed: the report waits for another try, or is failed.
import { query } from '../database/query.ts';
import { tallyState } from '../transaction/write-context.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { heldReport } from './held-report.ts';

const MAX_REASON = 2000;

const tryAgain = query<[retryAt: number, reason: string, uncounted: number, id: number]>(`
  UPDATE reports SET lease_until = ?, lease_id = NULL, failure = sealed(?, 'reports.failure'), attempts = max(0, attempts - ?) WHERE id = ?`);
const giveUp = query<[reason: string, id: number]>(`
  UPDATE reports SET state = 'failed', lease_until = NULL, lease_id = NULL, failure = sealed(?, 'reports.failure') WHERE id = ?`);

/** False: the lease is lost. What the report contributed in earlier processing stays. */
export function failReport(
  { connection, tally }: WriteContext,
  crashId: string,
  leaseId: string,
  failure: { readonly reason: string; readonly retryAt: number | null; readonly uncounted?: boolean },
): boolean {
  const report = heldReport(connection, crashId, leaseId);
  if (report === null) return false;
  const reason = failure.reason.slice(0, MAX_REASON);
  if (failure.retryAt !== null) {
    tryAgain(connection).run(failure.retryAt, reason, failure.uncounted === true ? 1 : 0, report.id);
    return true;
  }
  giveUp(connection).run(reason, report.id);
  tallyState(tally, report.kindId, 'queued', -1);
  tallyState(tally, report.kindId, 'failed', 1);
  return true;
}
