import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ByteReader, OutOfBytesError } from '../../src/base/byte-reader.ts';

const BYTES = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]);

describe('ByteReader', () => {
  test('reads numbers in little-endian order', () => {
    const reader = new ByteReader(BYTES);
    assert.deepEqual(
      [reader.u8(0), reader.u16(0), reader.u32(0), reader.u64(0)],
      [1, 0x0201, 0x04030201, 0x0807060504030201n],
    );
  });

  test('reads numbers in big-endian order', () => {
    const reader = new ByteReader(BYTES, false);
    assert.deepEqual(
      [reader.u8(1), reader.u16(1), reader.u32(1), reader.u64(1)],
      [2, 0x0203, 0x02030405, 0x0203040506070809n],
    );
  });

  test('reads relative to the window that it covers', () => {
    const window = new ByteReader(BYTES).window(4, 4);
    assert.equal(window?.u32(0), 0x08070605);
  });

  test('keeps the byte order in a window', () => {
    assert.equal(new ByteReader(BYTES, false).window(0, 2)?.u16(0), 0x0102);
  });

  test('gives no window that is not all there', () => {
    const reader = new ByteReader(BYTES);
    assert.deepEqual([reader.window(8, 2), reader.window(-1, 1), reader.window(0, 10)], [null, null, null]);
  });

  test('does not let a field reach behind its window', () => {
    const window = new ByteReader(BYTES).require(0, 4);
    assert.throws(() => window.u64(0), OutOfBytesError);
  });

  test('turns 64-bit sizes beyond 2^53 into infinity', () => {
    const reader = new ByteReader(new Uint8Array(8).fill(0xff));
    assert.equal(reader.size64(0), Number.POSITIVE_INFINITY);
  });

  test('reads or throws OutOfBytesError for any offset, and never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 16 }), fc.double(), (bytes, offset) => {
        const reader = new ByteReader(bytes);
        try {
          assert.ok(Number.isInteger(reader.u32(offset)));
          assert.ok(reader.has(offset, 4));
        } catch (error) {
          assert.ok(error instanceof OutOfBytesError);
          assert.equal(reader.has(offset, 4), false);
        }
      }),
    );
  });
});
