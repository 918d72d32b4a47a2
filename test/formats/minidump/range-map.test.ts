import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { RangeMap } from '../../../src/formats/minidump/range-map.ts';

const range = (base: bigint, size: bigint) => ({ base, size });

describe('RangeMap', () => {
  test('finds the range that covers an address, ends excluded', () => {
    const map = new RangeMap([range(0x2000n, 0x10n), range(0x1000n, 0x10n)]);
    assert.deepEqual(
      [0xfffn, 0x1000n, 0x100fn, 0x1010n, 0x2005n].map((address) => map.at(address)?.base ?? null),
      [null, 0x1000n, 0x1000n, null, 0x2000n],
    );
  });

  test('drops a range that starts inside of the one before it', () => {
    const map = new RangeMap([range(0x1000n, 0x100n), range(0x1080n, 0x100n)]);
    assert.equal(map.at(0x1090n)?.base, 0x1000n);
    assert.equal(map.at(0x1150n), null);
  });

  test('drops empty ranges and those that leave the address space', () => {
    const map = new RangeMap([range(5n, 0n), range(2n ** 64n - 4n, 8n)]);
    assert.deepEqual(map.byAddress(), []);
  });

  test('agrees with a search from the front on any set of ranges', () => {
    const ranges = fc.array(fc.tuple(fc.bigInt(0n, 200n), fc.bigInt(0n, 40n)), { maxLength: 20 });
    fc.assert(
      fc.property(ranges, fc.bigInt(0n, 250n), (pairs, address) => {
        const map = new RangeMap(pairs.map(([base, size]) => range(base, size)));
        const slow = map.byAddress().find(({ base, size }) => address >= base && address < base + size);
        assert.equal(map.at(address), slow ?? null);
      }),
    );
  });
});
