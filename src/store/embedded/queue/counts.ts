// What is in the queue, from indexes and maintained counts.
import type { QueueCounts } from '../../queue.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { reportsByState } from '../read/read-status.ts';
import { isPaused } from './paused.ts';

const countLeased = query<[now: number], number>(`
  SELECT count(lease_id) FROM reports
  WHERE state = 'queued' AND lease_until IS NOT NULL AND lease_until > ?`);
const oldestFresh = query<[], number>(`
  SELECT received_at FROM reports WHERE state = 'queued' AND lease_until IS NULL ORDER BY id LIMIT 1`);
const oldestLater = query<[now: number], number | null>(`
  SELECT min(lease_until) FROM reports
  WHERE state = 'queued' AND lease_until IS NOT NULL AND lease_until <= ?`);

export function queueCounts(connection: Connection, now: number): QueueCounts {
  const { queued, failed, deferred } = reportsByState(connection);
  const leased = countLeased(connection).pluck().get(now) ?? 0;
  const due = [oldestFresh(connection).pluck().get(), oldestLater(connection).pluck().get(now)].filter(
    (at) => typeof at === 'number',
  );
  return {
    queued: Math.max(queued - leased, 0),
    leased,
    failed,
    deferred,
    paused: isPaused(connection),
    oldestMs: due.length === 0 ? null : Math.max(now - Math.min(...due), 0),
  };
}

/** @internal For the test that looks at their plans. */
export const COUNT_QUERIES = [countLeased, oldestFresh, oldestLater] as const;
