// Writes the counts that a transaction gathered, just before it commits: a few statements for each batch, not each report.
import { query } from '../database/query.ts';
import type { WriteContext } from './write-context.ts';

const addToKind = query<[queued: number, deferred: number, processed: number, failed: number, id: number]>(`
  UPDATE kinds
  SET queued = queued + ?, deferred = deferred + ?, processed = processed + ?, failed = failed + ?
  WHERE id = ?`);

const addArrivals = query<[minute: number, count: number]>(`
  INSERT INTO arrivals (minute, count) VALUES (?, ?)
  ON CONFLICT (minute) DO UPDATE SET count = count + excluded.count`);

const noteLastReport = query<[at: number, productId: number]>(`
  UPDATE products SET last_report_at = max(ifnull(last_report_at, 0), ?) WHERE id = ?`);

const addStored = query<[bytes: number, productId: number]>(`
  UPDATE products SET stored_bytes = max(0, stored_bytes + ?) WHERE id = ?`);

const addToTotals = query<[reportFolderBytes: number, blobFileBytes: number, pruned: number]>(`
  UPDATE totals
  SET report_folder_bytes = report_folder_bytes + ?, blob_file_bytes = blob_file_bytes + ?, pruned = pruned + ?`);

/** Throws when a kind has vanished under the cache: the caller rolls back, forgets its names and tries again. */
export function flushTally({ connection, tally }: WriteContext): void {
  for (const [id, states] of tally.kinds) {
    const of = (state: 'queued' | 'deferred' | 'processed' | 'failed'): number => states.get(state) ?? 0;
    const { changes } = addToKind(connection).run(
      of('queued'),
      of('deferred'),
      of('processed'),
      of('failed'),
      id,
    );
    if (changes === 0) throw new Error(`kind ${id} was removed by another process`);
  }
  for (const [minute, count] of tally.arrivals) addArrivals(connection).run(minute, count);
  for (const [productId, at] of tally.lastReport) noteLastReport(connection).run(at, productId);
  for (const [productId, bytes] of tally.storedBytes) addStored(connection).run(bytes, productId);
  if (tally.reportFolderBytes !== 0 || tally.blobFileBytes !== 0 || tally.pruned !== 0) {
    addToTotals(connection).run(tally.reportFolderBytes, tally.blobFileBytes, tally.pruned);
  }
}
