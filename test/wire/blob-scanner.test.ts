// Blob names in a payload that streams by.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BlobScanner } from '../../src/wire/blob-scanner.ts';

function scan(text: string, sizes: readonly number[] = [text.length || 1]): readonly string[] {
  const scanner = new BlobScanner();
  const bytes = Buffer.from(text);
  let at = 0;
  for (let i = 0; at < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    scanner.write(bytes.subarray(at, at + size));
    at += size;
  }
  return scanner.hashes();
}

test('hashes are found once, in order', () => {
  assert.deepEqual(scan('{"a":"blob:AB12","b":["blob:cd","blob:AB12"]}'), ['AB12', 'cd']);
});

test('what only looks like one is passed over', () => {
  assert.deepEqual(scan('["blob:","blob:a-b","xblob:ab","blob:ab ","a \\"blob:ab\\""]'), []);
  assert.deepEqual(scan(`["blob:${'a'.repeat(129)}","blob:ok"]`), ['ok']);
  assert.deepEqual(scan('"blob:unfinished'), []);
});

test('at most a thousand are told', () => {
  const text = Array.from({ length: 1200 }, (_, i) => `"blob:h${i}"`).join(',');
  assert.equal(scan(text).length, 1000);
});

test('however the payload is cut, the same hashes are found', () =>
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('"blob:', '"blob:a1"', '"', 'blob:', ',', 'ab"', '"b', '"blob:zZ9"'), {
        maxLength: 30,
      }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 10 }),
      (pieces, sizes) => {
        const text = pieces.join('');
        assert.deepEqual(scan(text, sizes), scan(text));
      },
    ),
    { numRuns: 500 },
  ));
