// Finds what should become a segment next, and makes it: enough rows that are not sealed; several small segments beside each other; a
// segment of which rows were taken back. Runs in a reader thread, on one snapshot.
import { valueAt } from '../../../search/columns/column.ts';
import { unpackColumn } from '../../../search/columns/pack-column.ts';
import { factsOfText } from '../../../search/facts.ts';
import type { FactRow, FactValue } from '../../../search/facts.ts';
import { FIELDS, FIRST_REPORTED_KEY } from '../../../search/fields.ts';
import { thinRow } from '../../../search/thin-facts.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { draftOf, withCase } from './segment-draft.ts';
import type { SegmentDraft } from './segment-draft.ts';

/** So many small segments beside each other become one. */
const MERGED = 8;

interface SegmentRow {
  readonly id: number;
  readonly productId: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly rows: number;
}

type Range = [productId: number, firstSeq: number, lastSeq: number];

const COLUMNS = `id, product_id AS productId, first_seq AS firstSeq, last_seq AS lastSeq, rows`;
const productToSeal = query<[rows: number], { productId: number; after: number }>(`
  SELECT facts_tail.product_id AS productId, ifnull(sealed.last_seq, 0) AS after
  FROM facts_tail
  LEFT JOIN (SELECT product_id, max(last_seq) AS last_seq FROM segments GROUP BY product_id) AS sealed
    ON sealed.product_id = facts_tail.product_id
  WHERE facts_tail.seq > ifnull(sealed.last_seq, 0)
  GROUP BY facts_tail.product_id HAVING count(*) >= ? LIMIT 1`);
const tailRows = query<[productId: number, after: number, limit: number], { seq: number; facts: string }>(`
  SELECT seq, opened(facts, 'facts_tail.facts') AS facts FROM facts_tail WHERE product_id = ? AND seq > ? ORDER BY seq LIMIT ?`);
const movedRows = query<Range, { seq: number; caseId: number }>(`
  SELECT seq, case_id AS caseId FROM facts_moved WHERE product_id = ? AND seq BETWEEN ? AND ?`);
const deadRows = query<Range, number>(
  `SELECT seq FROM facts_dead WHERE product_id = ? AND seq BETWEEN ? AND ?`,
);
const thinRows = query<Range, number>(
  `SELECT seq FROM facts_thin WHERE product_id = ? AND seq BETWEEN ? AND ?`,
);
const allSegments = query<[], SegmentRow>(`SELECT ${COLUMNS} FROM segments ORDER BY product_id, last_seq`);
const NOTED = `
  SELECT seq FROM facts_dead WHERE facts_dead.product_id = segments.product_id AND seq BETWEEN first_seq AND last_seq
  UNION ALL
  SELECT seq FROM facts_thin WHERE facts_thin.product_id = segments.product_id AND seq BETWEEN first_seq AND last_seq`;
const segmentWithDead = query<[], SegmentRow>(`
  SELECT ${COLUMNS} FROM segments WHERE EXISTS (${NOTED}) ORDER BY (SELECT count(*) FROM (${NOTED})) DESC LIMIT 1`);
const columnsOf = query<[segmentId: number], { key: number; data: Uint8Array }>(`
  SELECT key_id AS key, opened(data, 'segment_columns.data') AS data FROM segment_columns WHERE segment_id = ?`);

/** Rows are numbered over all products and taken out of the tail once they are sealed: there cannot be more than this. */
const tailSpan = query<[], number>(`
  SELECT ifnull((SELECT max(seq) FROM facts_tail) - (SELECT min(seq) FROM facts_tail) + 1, 0)`);
/** Rows that are thin in the tail are noted, too, and wait for their segment. */
const anyDead = query<[], number>(`SELECT EXISTS (SELECT 1 FROM segments WHERE EXISTS (${NOTED}))`);

/** Whether `draftSegment` may find something: two looks at an index, so that no thread is started for nothing. */
export function mayDraftSegment(
  connection: Connection,
  { rows, dead }: { readonly rows: number; readonly dead: boolean },
): boolean {
  if ((tailSpan(connection).pluck().get() ?? 0) >= rows) return true;
  return dead && anyDead(connection).pluck().get() === 1;
}

/**
 * The next segment to store; null: there is nothing to do. `rows`: how many make a new segment, at most 8,190, since eight of them become
 * one. `dead`: rows that were taken back are reason enough.
 */
export function draftSegment(
  connection: Connection,
  { rows, dead }: { readonly rows: number; readonly dead: boolean },
): SegmentDraft | null {
  return sealed(connection, rows) ?? merged(connection, rows) ?? (dead ? cleaned(connection) : null);
}

function sealed(connection: Connection, size: number): SegmentDraft | null {
  const found = productToSeal(connection).get(size);
  if (found === undefined) return null;
  const { productId, after } = found;
  const tail = tailRows(connection).all(productId, after, size);
  const firstSeq = tail[0]?.seq ?? 0;
  const lastSeq = tail.at(-1)?.seq ?? 0;
  const moved = movedIn(connection, [productId, firstSeq, lastSeq]);
  const rows = tail.map(({ seq, facts }) => withCase(factsOfText(facts), moved.get(seq)));
  // Those that are noted are thin in the tail already.
  const thin = thinRows(connection).all(productId, firstSeq, lastSeq).length;
  const seen = { tail: tail.length, dead: 0, thin, moved: moved.size };
  return draftOf(rows, { productId, firstSeq, lastSeq, replaces: [], seen });
}

function merged(connection: Connection, size: number): SegmentDraft | null {
  let beside: SegmentRow[] = [];
  for (const segment of allSegments(connection).all()) {
    const small = segment.rows <= size;
    if (!small || beside[0]?.productId !== segment.productId) beside = [];
    if (small) beside.push(segment);
    if (beside.length === MERGED) return rewritten(connection, beside);
  }
  return null;
}

function cleaned(connection: Connection): SegmentDraft | null {
  const found = segmentWithDead(connection).get();
  return found === undefined ? null : rewritten(connection, [found]);
}

/** The rows of segments that are still there, in one. */
function rewritten(connection: Connection, segments: readonly SegmentRow[]): SegmentDraft {
  const [first] = segments;
  const last = segments.at(-1);
  if (first === undefined || last === undefined) throw new Error('no segment to write anew');
  const range: Range = [first.productId, first.firstSeq, last.lastSeq];
  const dead = new Set(
    deadRows(connection)
      .pluck()
      .all(...range),
  );
  const thin = new Set(
    thinRows(connection)
      .pluck()
      .all(...range),
  );
  const moved = movedIn(connection, range);
  const rows: FactRow[] = [];
  for (const segment of segments) {
    for (const row of rowsOf(connection, segment)) {
      const seq = Number(row.find(([key]) => key === FIELDS.seq.key)?.[1] ?? 0);
      if (dead.has(seq)) continue;
      const whole = withCase(row, moved.get(seq));
      rows.push(thin.has(seq) ? thinRow(whole) : whole);
    }
  }
  return draftOf(rows, {
    productId: first.productId,
    firstSeq: first.firstSeq,
    lastSeq: last.lastSeq,
    replaces: segments.map(({ id }) => id),
    seen: { tail: 0, dead: dead.size, thin: thin.size, moved: moved.size },
  });
}

function rowsOf(connection: Connection, { id, rows }: SegmentRow): readonly FactRow[] {
  const found = Array.from({ length: rows }, (): [number, FactValue][] => []);
  for (const { key, data } of columnsOf(connection).all(id)) {
    const column = unpackColumn(data);
    for (const [at, row] of found.entries()) {
      const value = valueAt(column, at);
      // A number that stood as text stays text: nothing else tells numbers of fields from those of reports.
      if (value !== undefined)
        row.push([key, typeof value === 'number' && key >= FIRST_REPORTED_KEY ? String(value) : value]);
    }
  }
  return found;
}

function movedIn(connection: Connection, range: Range): ReadonlyMap<number, number> {
  return new Map(
    movedRows(connection)
      .all(...range)
      .map(({ seq, caseId }) => [seq, caseId]),
  );
}
