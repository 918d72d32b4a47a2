import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteInterner } from '../../../src/formats/symbols/byte-interner.ts';

describe('byte interner', () => {
  it('gives equal bytes the number that they were first given', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 6, max: 3 }), { maxLength: 200 }), (strings) => {
        const interner = new ByteInterner({ maxEntries: 4096, maxLength: 64 });
        const expected = new Map<string, number>();
        let next = 0;
        for (const bytes of strings) {
          const key = bytes.join(',');
          const number = interner.get(bytes, () => next++);
          assert.equal(number, expected.get(key) ?? number);
          expected.set(key, number);
        }
        assert.equal(next, expected.size);
      }),
    );
  });

  it('is right, if forgetful, when it holds less than it is given', () => {
    const interner = new ByteInterner({ maxEntries: 4, maxLength: 8 });
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 100; i++)
        assert.equal(
          interner.get(Buffer.from(`text ${i}`), () => i),
          i,
        );
    }
  });

  it('does not keep what is too long', () => {
    const interner = new ByteInterner({ maxEntries: 4, maxLength: 3 });
    let created = 0;
    for (let i = 0; i < 5; i++) interner.get(Buffer.from('long'), () => ++created);
    assert.equal(created, 5);
  });
});
