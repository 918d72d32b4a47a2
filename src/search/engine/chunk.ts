// Rows that are searched together: a segment, or a piece of what is not sealed yet. Newer chunks come first.
import type { CompareVersions } from '../../report/version-schemes.ts';
import type { Column } from '../columns/column.ts';
import { BUG_KEY } from '../fields.ts';

/** From the least to the greatest number that rows have for a key. */
export interface Range {
  readonly least: number;
  readonly greatest: number;
}

export interface Chunk {
  readonly rows: number;
  /** The values of a key; null where no row has one. */
  readonly column: (key: number) => Column | null;
  /** The bug of a row, where only some rows are asked for; null: it has none. Absent: the column tells. */
  readonly bugAt?: (row: number) => number | null;
  /** Rows that were taken back, by number in the chunk; they count nowhere. */
  readonly dead: ReadonlySet<number>;
  /** When its reports arrived, all of its rows having a time; absent where that is not known. */
  readonly received?: Range;
  /** How its product orders versions; absent: by what they look like. */
  readonly order?: CompareVersions;
}

/** A chunk as one reader sees it: other keys do not exist. */
export function seenChunk(chunk: Chunk, sees: (key: number) => boolean): Chunk {
  const { bugAt, ...rest } = chunk;
  return {
    ...rest,
    column: (key) => (sees(key) ? chunk.column(key) : null),
    ...(bugAt !== undefined && sees(BUG_KEY) && { bugAt }),
  };
}
