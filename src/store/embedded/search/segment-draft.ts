// A segment before it is stored: made by a reader thread from what is not sealed yet, or from segments that are written anew.
import { buildColumns } from '../../../search/columns/column.ts';
import { packColumn } from '../../../search/columns/pack-column.ts';
import type { FactRow } from '../../../search/facts.ts';
import { FIELDS } from '../../../search/fields.ts';

export interface SegmentDraft {
  readonly productId: number;
  /** Numbers of the first and last row that it stands for, those included that are gone. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly rows: number;
  readonly fromReceived: number;
  readonly toReceived: number;
  readonly columns: readonly { readonly key: number; readonly data: Uint8Array }[];
  /** Segments that it replaces; none: it seals rows of the tail. */
  readonly replaces: readonly number[];
  /** How many rows of the tail, rows that were taken back, made thin and moved it knows between first and last: when it is stored there must be as many. */
  readonly seen: {
    readonly tail: number;
    readonly dead: number;
    readonly thin: number;
    readonly moved: number;
  };
}

export function draftOf(
  rows: readonly FactRow[],
  about: Omit<SegmentDraft, 'rows' | 'columns' | 'fromReceived' | 'toReceived'>,
): SegmentDraft {
  const received = rows.map((row) => Number(row.find(([key]) => key === FIELDS.received.key)?.[1] ?? 0));
  return {
    ...about,
    rows: rows.length,
    fromReceived: received.reduce((least, time) => Math.min(least, time), Number.MAX_SAFE_INTEGER),
    toReceived: received.reduce((greatest, time) => Math.max(greatest, time), 0),
    columns: [...buildColumns(rows)].map(([key, column]) => ({ key, data: packColumn(column) })),
  };
}

/** A row whose report was moved since it was written. */
export function withCase(row: FactRow, caseId: number | undefined): FactRow {
  if (caseId === undefined) return row;
  return row.map(([key, value]) => [key, key === FIELDS.case.key ? caseId : value] as const);
}
