// Rows of crashes whose reports are gone, which stay counted only for a time: as long as reports of their product are kept, a period of
// searches at most, and while all segments take a small share of the store's space.
import { FIELDS } from '../../../search/fields.ts';
import { factsOfText } from '../../../search/facts.ts';
import { unpackColumn } from '../../../search/columns/pack-column.ts';
import { valueAt } from '../../../search/columns/column.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

const DAY_MS = 86_400_000;
/** The longest period that filters offer. */
const MAX_DAYS = 400;
/** Beyond this part of the store's space the oldest go. */
const MAX_SHARE = 1 / 8;
/** So many rows at once, so that the writer is not held up. */
const MAX_OF_STEP = 2000;

export interface ExpiredRow {
  readonly productId: number;
  readonly seq: number;
}

interface Limit {
  readonly productId: number;
  readonly days: number;
}

const limits = query<[{ keepDays: number | null; most: number }], Limit>(`
  SELECT id AS productId, min(ifnull(ifnull(keep_days, @keepDays), @most), @most) AS days FROM products`);
const thinSegments = query<[productId: number, before: number, prunedKey: number], number>(`
  SELECT id FROM segments
  WHERE product_id = ? AND from_received < ?
    AND EXISTS (SELECT 1 FROM segment_columns WHERE segment_id = segments.id AND key_id = ?)
  ORDER BY last_seq`);
const column = query<[segmentId: number, key: number], Uint8Array>(`
  SELECT opened(data, 'segment_columns.data') FROM segment_columns WHERE segment_id = ? AND key_id = ?`);
const thinTail = query<[productId: number, ending: string], { seq: number; facts: string }>(`
  SELECT seq, opened(facts, 'facts_tail.facts') AS facts FROM facts_tail
  WHERE product_id = ? AND opened(facts_tail.facts, 'facts_tail.facts') LIKE '%' || ?`);
const dead = query<[productId: number], number>(`SELECT seq FROM facts_dead WHERE product_id = ?`);
const segmentBytes = query<[], number>(`SELECT ifnull(sum(length(data)), 0) FROM segment_columns`);
const oldest = query<[prunedKey: number], { productId: number; toReceived: number }>(`
  SELECT product_id AS productId, to_received AS toReceived FROM segments
  WHERE EXISTS (SELECT 1 FROM segment_columns WHERE segment_id = segments.id AND key_id = ?)
  ORDER BY to_received LIMIT 1`);

/** Rows that count no longer, some of them. `keepDays`: the general limit of reports; `maxBytes`: the space of the store. */
export function expiredFacts(
  connection: Connection,
  {
    keepDays,
    maxBytes,
    now,
  }: { readonly keepDays: number | null; readonly maxBytes: number; readonly now: number },
): readonly ExpiredRow[] {
  const found: ExpiredRow[] = [];
  const crowded = (segmentBytes(connection).pluck().get() ?? 0) > maxBytes * MAX_SHARE;
  const first = crowded ? oldest(connection).get(FIELDS.pruned.key) : undefined;
  for (const { productId, days } of limits(connection).all({ keepDays, most: MAX_DAYS })) {
    const byAge = now - days * DAY_MS;
    const before = first?.productId === productId ? Math.max(byAge, first.toReceived + 1) : byAge;
    const gone = new Set(dead(connection).pluck().all(productId));
    for (const id of thinSegments(connection).pluck().all(productId, before, FIELDS.pruned.key)) {
      found.push(
        ...expiredOf(connection, id, before)
          .filter((seq) => !gone.has(seq))
          .map((seq) => ({ productId, seq })),
      );
      if (found.length >= MAX_OF_STEP) return found.slice(0, MAX_OF_STEP);
    }
    for (const { seq, facts } of thinTail(connection).all(productId, `,${FIELDS.pruned.key},1]`)) {
      const received = Number(factsOfText(facts).find(([key]) => key === FIELDS.received.key)?.[1] ?? 0);
      if (received < before) found.push({ productId, seq });
    }
  }
  return found.slice(0, MAX_OF_STEP);
}

function expiredOf(connection: Connection, segment: number, before: number): readonly number[] {
  const read = (key: number) => {
    const data = column(connection).pluck().get(segment, key);
    return data === undefined ? null : unpackColumn(data);
  };
  const [pruned, received, seqs] = [read(FIELDS.pruned.key), read(FIELDS.received.key), read(FIELDS.seq.key)];
  if (pruned === null || received === null || seqs === null) return [];
  const found: number[] = [];
  const rows = seqs.kind === 'number' ? seqs.numbers.length : seqs.kind === 'list' ? 0 : seqs.codes.length;
  for (let row = 0; row < rows; row += 1) {
    if (valueAt(pruned, row) === undefined || Number(valueAt(received, row) ?? before) >= before) continue;
    found.push(Number(valueAt(seqs, row)));
  }
  return found;
}

const deleteTail = query<[seq: number]>(`DELETE FROM facts_tail WHERE seq = ?`);
/** What is not there any more needs no note that it is thin: no segment may ever come over its number. */
const forgetThin = query<[{ productId: number; seq: number }]>(`
  DELETE FROM facts_thin WHERE product_id = @productId AND seq = @seq`);
const noteDead = query<[{ productId: number; seq: number }]>(`
  INSERT OR IGNORE INTO facts_dead (product_id, seq)
  SELECT product_id, @seq FROM segments WHERE product_id = @productId AND first_seq <= @seq AND last_seq >= @seq`);

/** Takes rows back; gives how many. */
export function dropExpired({ connection }: WriteContext, rows: readonly ExpiredRow[]): number {
  for (const row of rows) {
    deleteTail(connection).run(row.seq);
    forgetThin(connection).run(row);
    noteDead(connection).run(row);
  }
  return rows.length;
}
