// The report that a lease holds.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

/** A report whose lease is being given back. */
export interface LeasedRow {
  readonly id: number;
  readonly kindId: number;
  readonly productId: number;
  readonly receivedAt: number;
}

const leasedRow = query<[crashId: string, leaseId: string], LeasedRow>(`
  SELECT reports.id, kind_id AS kindId, kinds.product_id AS productId, received_at AS receivedAt
  FROM reports JOIN kinds ON kinds.id = reports.kind_id
  WHERE crash_id = ? AND state = 'queued' AND lease_id = ?`);

/** The report that this lease still holds, or null. */
export function heldReport(connection: Connection, crashId: string, leaseId: string): LeasedRow | null {
  return leasedRow(connection).get(crashId, leaseId) ?? null;
}
