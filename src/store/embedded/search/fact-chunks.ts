// The filed crashes of a product as chunks, newest first: what is not sealed yet in blocks of rows, then the segments. Columns stay in
// memory as far as their cache allows; blocks and segments never change, what was taken back or moved is asked for each time.
import { LRUCache } from 'lru-cache';
import { blanked, buildColumns, columnBytes, narrowed, valueAt } from '../../../search/columns/column.ts';
import type { Column } from '../../../search/columns/column.ts';
import { unpackColumn } from '../../../search/columns/pack-column.ts';
import type { Chunk, Range } from '../../../search/engine/chunk.ts';
import { factsOfText } from '../../../search/facts.ts';
import { FIELDS } from '../../../search/fields.ts';
import { isKept } from '../../../search/thin-facts.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const BLOCK_ROWS = 1024;
/** Each of the two reader threads keeps so much: 96 MiB together. */
const SEGMENT_BYTES = 40 * 1024 * 1024;
const BLOCK_BYTES = 8 * 1024 * 1024;

interface SegmentRow {
  readonly id: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly rows: number;
  readonly fromReceived: number;
  readonly toReceived: number;
}

const selectSegments = query<[productId: number], SegmentRow>(`
  SELECT
    id, first_seq AS firstSeq, last_seq AS lastSeq, rows, from_received AS fromReceived, to_received AS toReceived
  FROM segments WHERE product_id = ? ORDER BY last_seq DESC`);
const selectColumn = query<[segmentId: number, key: number], Uint8Array>(`
  SELECT opened(data, 'segment_columns.data') FROM segment_columns WHERE segment_id = ? AND key_id = ?`);
const selectTail = query<[productId: number, after: number], number>(`
  SELECT seq FROM facts_tail WHERE product_id = ? AND seq > ? ORDER BY seq`);
const selectFacts = query<[productId: number, firstSeq: number, lastSeq: number], string>(`
  SELECT opened(facts, 'facts_tail.facts') FROM facts_tail WHERE product_id = ? AND seq BETWEEN ? AND ? ORDER BY seq`);
const selectDead = query<[productId: number], number>(`
  SELECT seq FROM facts_dead WHERE product_id = ? ORDER BY seq`);
const selectThin = query<[productId: number], number>(`
  SELECT seq FROM facts_thin WHERE product_id = ? ORDER BY seq`);
const selectMoved = query<[productId: number], { seq: number; caseId: number }>(`
  SELECT seq, case_id AS caseId FROM facts_moved WHERE product_id = ? ORDER BY seq`);

type Columns = ReadonlyMap<number, Column>;

/** Columns by segment and key; absent ones, too, so that they are asked for once. */
const columns = new LRUCache<string, { readonly column: Column | null }>({
  maxSize: SEGMENT_BYTES,
  sizeCalculation: ({ column }) => (column === null ? 1 : columnBytes(column) + 1),
});
/** Blocks of what is not sealed, by product, first row, last row and number of rows: rows that are taken back go. */
const blocks = new LRUCache<string, { readonly columns: Columns }>({
  maxSize: BLOCK_BYTES,
  sizeCalculation: (block) =>
    [...block.columns.values()].reduce((sum, column) => sum + columnBytes(column), 1),
});

/** All chunks of a product, newest first. */
export function chunksOf(connection: Connection, productId: number): readonly Chunk[] {
  const segments = selectSegments(connection).all(productId);
  const dead = selectDead(connection).pluck().all(productId);
  const changed = {
    dead,
    thin: selectThin(connection).pluck().all(productId),
    moved: selectMoved(connection).all(productId),
  };
  const sealed = segments[0]?.lastSeq ?? 0;
  const unsealed = tailBlocks(connection, productId, sealed);
  return [
    ...unsealed.toReversed().map((block) => adjusted(block, changed)),
    ...segments.map((segment) => adjusted(segmentChunk(connection, segment), changed)),
  ];
}

const sealedKeys = query<[productId: number], number>(`
  SELECT DISTINCT key_id FROM segment_columns WHERE segment_id IN (SELECT id FROM segments WHERE product_id = ?)`);

/** Of these keys, those that a crash of the product has, or had. */
export function keysUsed(
  connection: Connection,
  productId: number,
  keys: readonly number[],
): readonly number[] {
  const sealed = new Set(sealedKeys(connection).pluck().all(productId));
  const lastSealed = selectSegments(connection).get(productId)?.lastSeq ?? 0;
  const tail = tailBlocks(connection, productId, lastSealed);
  return keys.filter((key) => sealed.has(key) || tail.some(({ column }) => column(key) !== null));
}

const sealedKey = query<[productId: number, key: number], number>(`
  SELECT 1 FROM segments JOIN segment_columns ON segment_id = segments.id
  WHERE product_id = ? AND key_id = ? LIMIT 1`);

/** Whether a crash of the product has this key, or had it. */
export function usesKey(connection: Connection, productId: number, key: number): boolean {
  if (sealedKey(connection).pluck().get(productId, key) !== undefined) return true;
  const lastSealed = selectSegments(connection).get(productId)?.lastSeq ?? 0;
  return tailBlocks(connection, productId, lastSealed).some(({ column }) => column(key) !== null);
}

interface Changed {
  /** Numbers of rows in their order: taken back, and those of which only what is kept counts. */
  readonly dead: readonly number[];
  readonly thin: readonly number[];
  readonly moved: readonly { readonly seq: number; readonly caseId: number }[];
}

interface WholeChunk {
  readonly rows: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly received: Range;
  readonly column: (key: number) => Column | null;
}

function segmentChunk(
  connection: Connection,
  { id, fromReceived, toReceived, ...span }: SegmentRow,
): WholeChunk {
  return {
    ...span,
    received: { least: fromReceived, greatest: toReceived },
    column: (key) => {
      const name = `${id}:${key}`;
      let held = columns.get(name);
      if (held === undefined) {
        const data = selectColumn(connection).pluck().get(id, key);
        held = { column: data === undefined ? null : unpackColumn(data) };
        columns.set(name, held);
      }
      return held.column;
    },
  };
}

/** Blocks of as many rows each, counted from the first that is not sealed, so that full ones stay the same. */
function tailBlocks(connection: Connection, productId: number, sealed: number): readonly WholeChunk[] {
  const seqs = selectTail(connection).pluck().all(productId, sealed);
  const found: WholeChunk[] = [];
  for (let at = 0; at < seqs.length; at += BLOCK_ROWS) {
    const some = seqs.slice(at, at + BLOCK_ROWS);
    const firstSeq = some[0] ?? 0;
    const lastSeq = some.at(-1) ?? 0;
    const name = `${productId}:${firstSeq}:${lastSeq}:${some.length}`;
    let block = blocks.get(name);
    if (block === undefined) {
      const rows = selectFacts(connection).pluck().all(productId, firstSeq, lastSeq);
      block = { columns: buildColumns(rows.map(factsOfText)) };
      blocks.set(name, block);
    }
    const built = block.columns;
    const received = rangeOf(built.get(FIELDS.received.key));
    found.push({ rows: some.length, firstSeq, lastSeq, received, column: (key) => built.get(key) ?? null });
  }
  return found;
}

/** When the rows of a block arrived; a row without a time, which none is, could have come at any. */
function rangeOf(column: Column | undefined): Range {
  const always = { least: Number.NEGATIVE_INFINITY, greatest: Number.POSITIVE_INFINITY };
  if (column?.kind !== 'whole' || column.codes.includes(0)) return always;
  return { least: column.least, greatest: column.least + column.span - 1 };
}

/** With what was taken back and moved since it was written. */
function adjusted(chunk: WholeChunk, { dead, thin, moved }: Changed): Chunk {
  const gone = rowsWithin(chunk, dead);
  const pruned = rowsWithin(chunk, thin);
  const elsewhere = moved.filter(({ seq }) => seq >= chunk.firstSeq && seq <= chunk.lastSeq);
  return {
    rows: chunk.rows,
    received: chunk.received,
    dead: new Set(gone),
    column: thinned(
      pruned,
      elsewhere.length === 0
        ? chunk.column
        : (key) => (key === FIELDS.case.key ? movedCases(chunk, elsewhere) : chunk.column(key)),
      chunk.rows,
    ),
  };
}

/** Columns without what was pruned with the reports of some rows. */
function thinned(
  pruned: readonly number[],
  column: WholeChunk['column'],
  rows: number,
): WholeChunk['column'] {
  if (pruned.length === 0) return column;
  const made = new Map<number, Column | null>();
  return (key) => {
    let held = made.get(key);
    if (held === undefined) {
      const whole = column(key);
      if (key === FIELDS.pruned.key) held = marked(whole, pruned, rows);
      else held = whole === null || isKept(key) ? whole : blanked(whole, pruned);
      made.set(key, held);
    }
    return held;
  };
}

function marked(column: Column | null, pruned: readonly number[], rows: number): Column {
  const numbers = Float64Array.from({ length: rows }, (_, row) =>
    column === null ? NaN : Number(valueAt(column, row) ?? NaN),
  );
  for (const row of pruned) numbers[row] = 1;
  return narrowed(numbers);
}

function movedCases(
  chunk: WholeChunk,
  moved: readonly { readonly seq: number; readonly caseId: number }[],
): Column | null {
  const column = chunk.column(FIELDS.case.key);
  if (column === null) return null;
  const numbers = Float64Array.from({ length: chunk.rows }, (_, row) => Number(valueAt(column, row) ?? NaN));
  for (const { seq, caseId } of moved) {
    const [row] = rowsWithin(chunk, [seq]);
    if (row !== undefined) numbers[row] = caseId;
  }
  return narrowed(numbers);
}

/** The rows of numbers, which are in their order as the rows are; numbers of other chunks have none. */
function rowsWithin(chunk: WholeChunk, seqs: readonly number[]): readonly number[] {
  const from = placeOf(seqs.length, (at) => seqs[at] ?? 0, chunk.firstSeq);
  const to = placeOf(seqs.length, (at) => seqs[at] ?? 0, chunk.lastSeq + 1);
  const column = from === to ? null : chunk.column(FIELDS.seq.key);
  if (column === null) return [];
  const seqAt = (row: number): number => Number(valueAt(column, row) ?? 0);
  return seqs.slice(from, to).flatMap((seq) => {
    const row = placeOf(chunk.rows, seqAt, seq);
    return row < chunk.rows && seqAt(row) === seq ? [row] : [];
  });
}

/** The first place of a sorted list at which a number or a greater one stands. */
function placeOf(length: number, at: (place: number) => number, wanted: number): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(middle) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
