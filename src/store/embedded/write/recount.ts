// Totals are kept with every row; at start-up they are counted again, so that damage of any origin does not last.
import { query } from '../database/query.ts';
import { recountPacks } from './pack-rows.ts';
import type { WriteContext } from '../transaction/write-context.ts';

const recountFiles = query<[]>(`
  UPDATE totals SET
    report_folder_bytes = (SELECT ifnull(sum(folder_bytes), 0) FROM reports WHERE folder_bytes > 0),
    blob_file_bytes = (SELECT ifnull(sum(file_bytes), 0) FROM blobs WHERE file IS NOT NULL)`);

/** Counts the disk space of files from the rows that own them. */
export function recountTotals({ connection }: WriteContext): void {
  recountFiles(connection).run();
  recountPacks(connection);
}

const forgetArrivals = query<[before: number]>(`DELETE FROM arrivals WHERE minute < ?`);
const DAY_AND_A_BIT_MINUTES = 25 * 60;

const forgetKinds = query<[]>(`
  DELETE FROM kinds WHERE queued = 0 AND deferred = 0 AND processed = 0 AND failed = 0`);

/** Forgets what no page shows any more: minutes of past days, kinds without a report. */
export function forgetOld({ connection }: WriteContext, now: number): void {
  forgetArrivals(connection).run(Math.floor(now / 60_000) - DAY_AND_A_BIT_MINUTES);
  forgetKinds(connection).run();
}
