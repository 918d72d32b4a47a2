// Leases: a report is lent to one worker for a while. Reports wait in two indexes: those that are due since they arrived, and those
// that are due from a moment on (a lease's end, a retry, put back into the queue); the older ones of both go first.
import { randomBytes } from 'node:crypto';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { isPaused } from './paused.ts';

/** A report that was lent, to be read by its worker's side. */
export interface Lent {
  readonly crashId: string;
  readonly leaseId: string;
  readonly attempt: number;
}

interface Due {
  readonly id: number;
  readonly dueAt: number;
}

const fresh = query<[limit: number], Due>(`
  SELECT id, received_at AS dueAt FROM reports
  WHERE state = 'queued' AND lease_until IS NULL ORDER BY id LIMIT ?`);

const later = query<[now: number, limit: number], Due>(`
  SELECT id, lease_until AS dueAt FROM reports
  WHERE state = 'queued' AND lease_until IS NOT NULL AND lease_until <= ? ORDER BY lease_until LIMIT ?`);

const single = query<[crashId: string, now: number], Due>(`
  SELECT id, received_at AS dueAt FROM reports
  WHERE crash_id = ? AND state = 'queued' AND (lease_until IS NULL OR lease_until <= ?)`);

const lend = query<
  [until: number, leaseId: string, id: number],
  { crashId: string; attempt: number; bytes: number }
>(`
  UPDATE reports SET lease_until = ?, lease_id = ?, attempts = attempts + 1 WHERE id = ?
  RETURNING crash_id AS crashId, attempts AS attempt, length(annotations) AS bytes`);

/** What a worker asks for. */
export interface LeaseRequest {
  readonly worker: string;
  readonly limit: number;
  readonly leaseMs: number;
  /** Of annotations; one report is lent however large it is. Absent: any number. */
  readonly maxBytes?: number | undefined;
  readonly now: number;
  /** Only this report. */
  readonly crashId?: string | undefined;
}

/** Lends up to `limit` due reports until `now + leaseMs`; none while paused. */
export function leaseReports(
  { connection }: WriteContext,
  { limit, leaseMs, maxBytes = Number.MAX_SAFE_INTEGER, worker, now, crashId }: LeaseRequest,
): readonly Lent[] {
  if (isPaused(connection)) return [];
  const due =
    crashId === undefined ? dueReports(connection, now, limit) : single(connection).all(crashId, now);
  const leases: Lent[] = [];
  let bytes = 0;
  for (const { id } of due) {
    if (bytes >= maxBytes) break;
    const leaseId = `${worker.slice(0, 60)}:${randomBytes(9).toString('base64url')}`;
    const lent = lend(connection).get(now + leaseMs, leaseId, id);
    if (lent === undefined) continue;
    bytes += lent.bytes;
    leases.push({ crashId: lent.crashId, attempt: lent.attempt, leaseId });
  }
  return leases;
}

function dueReports(connection: Connection, now: number, limit: number): readonly Due[] {
  return [...later(connection).all(now, limit), ...fresh(connection).all(limit)]
    .sort((a, b) => a.dueAt - b.dueAt || a.id - b.id)
    .slice(0, limit);
}

const prolong = query<[until: number, crashId: string, leaseId: string]>(`
  UPDATE reports SET lease_until = ? WHERE crash_id = ? AND state = 'queued' AND lease_id = ?`);

/** False: somebody else has it, or it is no longer queued. */
export function extendLease(
  { connection }: WriteContext,
  crashId: string,
  leaseId: string,
  until: number,
): boolean {
  return prolong(connection).run(until, crashId, leaseId).changes > 0;
}

/** @internal The two queries, for the test that looks at their plans. */
export const LEASE_QUERIES = [fresh, later] as const;
