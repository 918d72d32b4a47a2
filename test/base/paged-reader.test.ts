// Reading through pages gives what reading from memory gives, whatever is asked for, and holds no more than it may.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteReader, OutOfBytesError } from '../../src/base/byte-reader.ts';
import { type ByteSource, PAGE_BYTES, PagedReader } from '../../src/base/paged-reader.ts';

/** Bytes that differ everywhere, with a count of what is read of them. */
function sourceOf(byteLength: number): ByteSource & { readonly bytes: Uint8Array; reads: number } {
  const bytes = Uint8Array.from({ length: byteLength }, (_, at) => (at * 31 + (at >> 8) * 7) & 0xff);
  return {
    bytes,
    byteLength,
    reads: 0,
    read(position, length) {
      assert.ok(position + length <= byteLength, 'a source is asked for what lies inside');
      this.reads += 1;
      return bytes.slice(position, position + length);
    },
  };
}

/** The value, or that it was refused. */
function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof OutOfBytesError);
    return 'outside';
  }
}

const LENGTH = 3 * PAGE_BYTES + 1234;
const nearEdge = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -9, max: 9 }))
  .map(([page, by]) => page * PAGE_BYTES + by);
const offset = fc.oneof(nearEdge, fc.integer({ min: -5, max: LENGTH + 5 }));

test('a paged reader reads what a reader in memory reads, in both byte orders and in windows of windows', () => {
  const source = sourceOf(LENGTH);
  for (const littleEndian of [true, false]) {
    const paged = PagedReader.over(source, littleEndian, { keptBytes: 2 * PAGE_BYTES });
    const plain = new ByteReader(source.bytes, littleEndian);
    fc.assert(
      fc.property(offset, fc.integer({ min: 0, max: 40_000 }), offset, (at, size, inner) => {
        for (const method of ['u8', 'u16', 'u32', 'u64', 'size64'] as const)
          assert.equal(
            outcome(() => paged[method](at)),
            outcome(() => plain[method](at)),
          );
        if (at >= 0) assert.deepEqual([...paged.part(at, at + size)], [...plain.part(at, at + size)]);
        for (const open of ['window', 'lazyWindow'] as const) {
          const [a, b] = [paged[open](at, size), plain[open](at, size)];
          assert.equal(a?.length, b?.length);
          assert.equal(a && outcome(() => a.u32(inner - at)), b && outcome(() => b.u32(inner - at)));
        }
      }),
      { numRuns: 150 },
    );
  }
});

test('only the pages that are looked at are read, each once', () => {
  const source = sourceOf(LENGTH);
  const reader = PagedReader.over(source, true);
  const region = reader.lazyWindow(PAGE_BYTES, PAGE_BYTES);
  assert.equal(source.reads, 0);
  for (let at = 0; at < 100; at += 1) region?.u64(at * 8);
  assert.equal(source.reads, 1);
});

test('a reader that jumps about is stopped after a few rounds through the file, as if the bytes were not there', () => {
  const source = sourceOf(LENGTH);
  const reader = PagedReader.over(source, true, { keptBytes: 2 * PAGE_BYTES });
  const pages = Math.ceil(LENGTH / PAGE_BYTES);
  assert.throws(() => {
    for (let turn = 0; turn < 10_000; turn += 1) reader.u8((turn % pages) * PAGE_BYTES);
  }, OutOfBytesError);
  assert.ok(source.reads < 1100, `${source.reads} pages were read`);
});

test('what a source throws is passed on, since it is no damage of the bytes', () => {
  const reader = PagedReader.over(
    {
      byteLength: 100,
      read() {
        throw new Error('the disk is gone');
      },
    },
    true,
  );
  assert.throws(() => reader.u8(0), /the disk is gone/);
});
