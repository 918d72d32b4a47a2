// Back into the queue, from any state. Reports that are put back are due from now: they do not push new ones aside.
import type { ReportState } from '../../../report/report.ts';
import { query } from '../database/query.ts';
import { tallyState } from '../transaction/write-context.ts';
import type { WriteContext } from '../transaction/write-context.ts';

const find = query<[crashId: string], { id: number; kindId: number; state: ReportState }>(`
  SELECT id, kind_id AS kindId, state FROM reports WHERE crash_id = ?`);
const queueAgain = query<[now: number, id: number]>(`
  UPDATE reports
  SET state = 'queued', attempts = 0, lease_until = ?, lease_id = NULL, failure = NULL WHERE id = ?`);

/** Gives how many there were. */
export function requeueReports(
  { connection, tally }: WriteContext,
  crashIds: readonly string[],
  now: number,
): number {
  let count = 0;
  for (const crashId of crashIds) {
    const report = find(connection).get(crashId);
    if (report === undefined) continue;
    queueAgain(connection).run(now, report.id);
    tallyState(tally, report.kindId, report.state, -1);
    tallyState(tally, report.kindId, 'queued', 1);
    count += 1;
  }
  return count;
}
