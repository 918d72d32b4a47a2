// The filed crashes of a product as chunks, newest first: what is not sealed yet in blocks of rows, then the segments. Columns stay in
// memory as far as their cache allows; blocks and segments never change, what was taken back or moved is asked for each time.
import { LRUCache } from 'lru-cache';
import { buildColumns, columnBytes, valueAt } from '../../../search/columns/column.ts';
import type { Column } from '../../../search/columns/column.ts';
import { unpackColumn } from '../../../search/columns/pack-column.ts';
import type { Chunk } from '../../../search/engine/chunk.ts';
import { factsOfText } from '../../../search/facts.ts';
import { FIELDS } from '../../../search/fields.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const BLOCK_ROWS = 1024;
/** Each reader thread keeps so much. */
const CACHE_BYTES = 48 * 1024 * 1024;

interface SegmentRow {
  readonly id: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly rows: number;
}

const selectSegments = query<[productId: number], SegmentRow>(`
  SELECT id, first_seq AS firstSeq, last_seq AS lastSeq, rows FROM segments WHERE product_id = ? ORDER BY last_seq DESC`);
const selectColumn = query<[segmentId: number, key: number], Uint8Array>(`
  SELECT data FROM segment_columns WHERE segment_id = ? AND key_id = ?`);
const selectTail = query<[productId: number, after: number], number>(`
  SELECT seq FROM facts_tail WHERE product_id = ? AND seq > ? ORDER BY seq`);
const selectFacts = query<[productId: number, firstSeq: number, lastSeq: number], string>(`
  SELECT facts FROM facts_tail WHERE product_id = ? AND seq BETWEEN ? AND ? ORDER BY seq`);
const selectDead = query<[productId: number], number>(`
  SELECT seq FROM facts_dead WHERE product_id = ? ORDER BY seq`);
const selectMoved = query<[productId: number], { seq: number; caseId: number }>(`
  SELECT seq, case_id AS caseId FROM facts_moved WHERE product_id = ? ORDER BY seq`);

type Columns = ReadonlyMap<number, Column>;

/** Columns by segment and key; absent ones, too, so that they are asked for once. */
const columns = new LRUCache<string, { readonly column: Column | null }>({
  maxSize: CACHE_BYTES / 2,
  sizeCalculation: ({ column }) => (column === null ? 1 : columnBytes(column) + 1),
});
/** Blocks of what is not sealed, by product, first row, last row and number of rows: rows that are taken back go. */
const blocks = new LRUCache<string, { readonly columns: Columns }>({
  maxSize: CACHE_BYTES / 2,
  sizeCalculation: (block) =>
    [...block.columns.values()].reduce((sum, column) => sum + columnBytes(column), 1),
});

/** All chunks of a product, newest first. */
export function chunksOf(connection: Connection, productId: number): readonly Chunk[] {
  const segments = selectSegments(connection).all(productId);
  const dead = selectDead(connection).pluck().all(productId);
  const moved = selectMoved(connection).all(productId);
  const sealed = segments[0]?.lastSeq ?? 0;
  const unsealed = tailBlocks(connection, productId, sealed);
  return [
    ...unsealed.toReversed().map((block) => adjusted(block, dead, moved)),
    ...segments.map((segment) => adjusted(segmentChunk(connection, segment), dead, moved)),
  ];
}

interface WholeChunk {
  readonly rows: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly column: (key: number) => Column | null;
}

function segmentChunk(connection: Connection, { id, ...span }: SegmentRow): WholeChunk {
  return {
    ...span,
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
    found.push({ rows: some.length, firstSeq, lastSeq, column: (key) => built.get(key) ?? null });
  }
  return found;
}

/** With what was taken back and moved since it was written. */
function adjusted(
  chunk: WholeChunk,
  dead: readonly number[],
  moved: readonly { readonly seq: number; readonly caseId: number }[],
): Chunk {
  const within = (seq: number): boolean => seq >= chunk.firstSeq && seq <= chunk.lastSeq;
  const rowOf = rowFinder(chunk);
  const gone = new Set(dead.filter(within).map(rowOf));
  const elsewhere = moved.filter(({ seq }) => within(seq));
  return {
    rows: chunk.rows,
    dead: gone,
    column:
      elsewhere.length === 0
        ? chunk.column
        : (key) => {
            const column = chunk.column(key);
            if (key !== FIELDS.case.key || column === null) return column;
            const numbers = Float64Array.from({ length: chunk.rows }, (_, row) =>
              Number(valueAt(column, row) ?? NaN),
            );
            for (const { seq, caseId } of elsewhere) numbers[rowOf(seq)] = caseId;
            return { kind: 'number', numbers };
          },
  };
}

/** The row of a number: rows are in their order. */
function rowFinder(chunk: WholeChunk): (seq: number) => number {
  let rows: Map<number, number> | undefined;
  return (seq) => {
    if (rows === undefined) {
      const column = chunk.column(FIELDS.seq.key);
      rows = new Map();
      for (let row = 0; row < chunk.rows; row += 1) {
        if (column !== null) rows.set(Number(valueAt(column, row)), row);
      }
    }
    return rows.get(seq) ?? -1;
  };
}
