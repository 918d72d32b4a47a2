// Tables of the symbol index: whatever the order and the number of their entries, the encoded table is sorted and complete.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { joinBytes } from '../../../src/base/bytes.ts';
import { decodeEntry, ENTRY_BYTES, type Entry } from '../../../src/formats/symbols/index-layout.ts';
import { type OverlapRule, TableBuilder } from '../../../src/formats/symbols/table-builder.ts';

/** The table that is made of these entries. */
function table(rule: OverlapRule, entries: readonly Entry[]): { entries: Entry[]; dropped: number } {
  const builder = new TableBuilder(rule);
  for (const { start, size, position } of entries) assert.ok(builder.add(start, size, position));
  const pieces: Uint8Array[] = [];
  const { count, dropped } = builder.finish((bytes) => pieces.push(bytes.slice()));
  const bytes = joinBytes(pieces);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  assert.equal(bytes.length, count * ENTRY_BYTES);
  return { entries: Array.from({ length: count }, (_, i) => decodeEntry(view, i * ENTRY_BYTES)), dropped };
}

/** More than fit into one piece, with addresses and positions beyond 32 bits. */
const MANY = Array.from({ length: 40_000 }, (_, i): Entry => ({
  start: 2 ** 40 + i * 48,
  size: 1 + (i % 48),
  position: 2 ** 33 + i * 1000,
}));
/** The same order on every run. */
const SHUFFLED = MANY.map((entry, i) => ({ entry, key: (i * 7919) % 40_009 }))
  .toSorted((a, b) => a.key - b.key)
  .map(({ entry }) => entry);

/** As a program with many sections has them: each in order, one after the other in none. */
const IN_RUNS = [5, 2, 7, 0, 3, 6, 1, 4].flatMap((run) => MANY.filter((_, i) => i % 8 === run));

describe('a table of an index', () => {
  // Holds: native-order
  it('holds all entries, however many there are, in the order of their start', () => {
    for (const entries of [MANY, SHUFFLED, MANY.toReversed(), IN_RUNS, []])
      assert.deepEqual(table('keep-first', entries), {
        entries: entries.length === 0 ? [] : MANY,
        dropped: 0,
      });
  });

  it('decides by its rule about entries that overlap, also where they come in another order', () => {
    const [outer, inner, same, next] = [
      { start: 0x1000, size: 0x100, position: 1 },
      { start: 0x1010, size: 0x10, position: 2 },
      { start: 0x1000, size: 0x8, position: 3 },
      { start: 0x1100, size: 0x10, position: 4 },
    ] as const;
    for (const entries of [
      [outer, inner, same, next],
      [next, outer, same, inner],
    ]) {
      assert.deepEqual(table('keep-first', entries).entries, [outer, next]);
      assert.deepEqual(table('cut-previous', entries).entries, [{ ...outer, size: 0x10 }, inner, next]);
      assert.deepEqual(table('first-wins', entries).entries, [outer, inner, next]);
      assert.deepEqual(table('last-wins', entries).entries, [same, inner, next]);
      assert.equal(table('keep-first', entries).dropped, 2);
    }
  });
});
