// The report that a lease holds.
import type { HeldReport } from '../../filing/rows.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const leasedRow = query<[crashId: string, leaseId: string], HeldReport>(`
  SELECT reports.id, crash_id AS crashId, kind_id AS kindId, kinds.product_id AS productId, received_at AS receivedAt
  FROM reports JOIN kinds ON kinds.id = reports.kind_id
  WHERE crash_id = ? AND state = 'queued' AND lease_id = ?`);

/** The report that this lease still holds, or null. */
export function heldReport(connection: Connection, crashId: string, leaseId: string): HeldReport | null {
  return leasedRow(connection).get(crashId, leaseId) ?? null;
}
