// What goes with a bug, over the newest crashes of its product: as many as are enough, and of a rare bug all.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildColumns } from '../../src/search/columns/column.ts';
import type { Chunk } from '../../src/search/engine/chunk.ts';
import { correlate } from '../../src/search/engine/correlate.ts';
import type { FactRow } from '../../src/search/facts.ts';
import { BUG_KEY, FIELDS } from '../../src/search/fields.ts';

const CHUNKS = 5;
const ROWS = 40;
const EVERYTHING = { is: 'and', of: [] } as const;

/** Ten crashes of bug 1 in each chunk, on Haiku alone; in the oldest, which comes first, twelve of bug 2, on Plan 9 alone. */
const chunks: readonly Chunk[] = Array.from({ length: CHUNKS }, (_, chunk) => {
  const rows = Array.from({ length: ROWS }, (__, at): FactRow => {
    const bug = at < 10 ? 1 : chunk === 0 && at < 22 ? 2 : 3;
    return [
      [FIELDS.report.key, chunk * ROWS + at],
      [FIELDS.received.key, 1000 * chunk + at],
      [FIELDS.installation.key, chunk * ROWS + at],
      [FIELDS.os.key, bug === 1 ? 'Haiku' : bug === 2 ? 'Plan 9' : 'Linux'],
      [BUG_KEY, bug],
    ];
  });
  const columns = buildColumns(rows);
  return {
    rows: ROWS,
    column: (key) => columns.get(key) ?? null,
    dead: new Set<number>(),
    received: { least: 1000 * chunk, greatest: 1000 * chunk + ROWS - 1 },
  };
});

function found(bugId: number, enough?: { readonly rows: number; readonly ofBug: number }) {
  const { counted, existing, affected, complete, values } = correlate(chunks, {
    bugId,
    query: EVERYTHING,
    keys: [FIELDS.os.key],
    ...(enough !== undefined && { enough }),
  });
  return { counted, existing, affected, complete, values: values.map(({ value }) => value) };
}

describe('values that go with a bug', () => {
  test('are looked for in all crashes of a product that has few', () => {
    assert.deepEqual(found(1), {
      counted: 200,
      existing: 200,
      affected: 50,
      complete: true,
      values: ['Haiku'],
    });
  });

  test('are looked for in the newest crashes where these are enough, and the answer says how many they were', () => {
    assert.deepEqual(found(1, { rows: 60, ofBug: 10 }), {
      counted: 80,
      existing: 200,
      affected: 20,
      complete: true,
      values: ['Haiku'],
    });
  });

  test('of a bug that crashed long ago are looked for until there are enough of its own', () => {
    assert.deepEqual(found(2, { rows: 60, ofBug: 10 }), {
      counted: 200,
      existing: 200,
      affected: 12,
      complete: true,
      values: ['Plan 9'],
    });
  });
});
