// Stores a segment, where nothing has changed since it was made, and takes sealed rows out of the tail in small steps.
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import type { SegmentDraft } from './segment-draft.ts';

type Range = [productId: number, firstSeq: number, lastSeq: number];

const countTail = query<Range, number>(`
  SELECT count(*) FROM facts_tail WHERE product_id = ? AND seq BETWEEN ? AND ?`);
const countDead = query<Range, number>(`
  SELECT count(*) FROM facts_dead WHERE product_id = ? AND seq BETWEEN ? AND ?`);
const countThin = query<Range, number>(`
  SELECT count(*) FROM facts_thin WHERE product_id = ? AND seq BETWEEN ? AND ?`);
const deleteThin = query<Range>(`DELETE FROM facts_thin WHERE product_id = ? AND seq BETWEEN ? AND ?`);
const countMoved = query<Range, number>(`
  SELECT count(*) FROM facts_moved WHERE product_id = ? AND seq BETWEEN ? AND ?`);
const segmentsIn = query<Range, number>(`
  SELECT id FROM segments WHERE product_id = ? AND last_seq >= ? AND first_seq <= ? ORDER BY last_seq`);
const deleteDead = query<Range>(`DELETE FROM facts_dead WHERE product_id = ? AND seq BETWEEN ? AND ?`);
const deleteMoved = query<Range>(`DELETE FROM facts_moved WHERE product_id = ? AND seq BETWEEN ? AND ?`);
const deleteSegment = query<[id: number]>(`DELETE FROM segments WHERE id = ?`);
const deleteColumns = query<[id: number]>(`DELETE FROM segment_columns WHERE segment_id = ?`);
const insertSegment = query<unknown[], number>(`
  INSERT INTO segments (product_id, first_seq, last_seq, rows, from_received, to_received)
  VALUES (?, ?, ?, ?, ?, ?) RETURNING id`);
const insertColumn = query<[id: number, key: number, data: Uint8Array]>(`
  INSERT INTO segment_columns (segment_id, key_id, data) VALUES (?, ?, sealed(?, 'segment_columns.data'))`);
const trimTail = query<[limit: number]>(`
  DELETE FROM facts_tail WHERE seq IN (
    SELECT facts_tail.seq FROM segments
    JOIN facts_tail ON facts_tail.product_id = segments.product_id
      AND facts_tail.seq BETWEEN segments.first_seq AND segments.last_seq
    LIMIT ?)`);

/** False: something came between, and it has to be made anew. */
export function putSegment({ connection }: WriteContext, draft: SegmentDraft): boolean {
  const { productId, firstSeq, lastSeq, rows, fromReceived, toReceived, columns, replaces, seen } = draft;
  const range: Range = [productId, firstSeq, lastSeq];
  const there = segmentsIn(connection)
    .pluck()
    .all(...range);
  if (there.length !== replaces.length || there.some((id) => !replaces.includes(id))) return false;
  const changed =
    (replaces.length === 0 &&
      countTail(connection)
        .pluck()
        .get(...range) !== seen.tail) ||
    countDead(connection)
      .pluck()
      .get(...range) !== seen.dead ||
    countThin(connection)
      .pluck()
      .get(...range) !== seen.thin ||
    countMoved(connection)
      .pluck()
      .get(...range) !== seen.moved;
  if (changed) return false;
  for (const id of replaces) {
    deleteColumns(connection).run(id);
    deleteSegment(connection).run(id);
  }
  deleteDead(connection).run(...range);
  deleteThin(connection).run(...range);
  deleteMoved(connection).run(...range);
  if (rows === 0) return true;
  const id = insertSegment(connection)
    .pluck()
    .get(productId, firstSeq, lastSeq, rows, fromReceived, toReceived);
  if (id === undefined) throw new Error('a segment got no number');
  for (const { key, data } of columns) insertColumn(connection).run(id, key, data);
  return true;
}

/** Takes at most so many sealed rows out of the tail; gives how many. */
export function trimFacts({ connection }: WriteContext, limit: number): number {
  return trimTail(connection).run(limit).changes;
}
