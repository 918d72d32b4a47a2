// The index as a file: the same however the symbol file arrives, read in small pieces, and safe when it is damaged.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { buildSymbolIndex, symbolsFromText } from '../../../src/formats/symbols/build-index.ts';
import { SymbolIndexBuilder } from '../../../src/formats/symbols/index-builder.ts';
import { openSymbolIndex } from '../../../src/formats/symbols/indexed-symbols.ts';
import type { ModuleSymbols } from '../../../src/formats/symbols/module-symbols.ts';
import {
  BlockCache,
  inMemory,
  inPieces,
  type RandomAccess,
} from '../../../src/formats/symbols/random-access.ts';
import { PIECE_BYTES } from '../../../src/formats/symbols/record-output.ts';

const SYM = Buffer.from(
  [
    'MODULE windows x86 11111111111111111111111111111111A app.pdb',
    'FILE 0 c:\\a.c',
    'INLINE_ORIGIN 0 g',
    'FUNC 1000 20 4 f',
    'INLINE 0 3 0 0 1000 10',
    '1000 10 7 0',
    '1010 10 8 0',
    'PUBLIC 2000 0 p',
    'STACK CFI INIT 1000 20 .cfa: $esp 4 + .ra: .cfa -4 + ^',
    'STACK CFI 1004 .cfa: $esp 8 +',
    'STACK WIN 4 1000 20 0 0 4 0 0 0 1 $eip $esp ^ =',
    'STACK WIN 0 2000 20 0 0 4 0 0 0 0 1',
    '',
  ].join('\n'),
);

/** Everything that lookups at many offsets say. */
function answers(symbols: ModuleSymbols): unknown[] {
  return [0, 0x1000, 0x1004, 0x1010, 0x1fff, 0x2000, 0x2010, 2 ** 40].map((offset) => [
    symbols.locate(offset),
    symbols.hasName(offset),
    symbols.isUncovered(offset),
    symbols.cfiAt(offset),
    symbols.winFrameDataAt(offset),
    symbols.winFpoAt(offset),
  ]);
}

function opened(source: RandomAccess): ModuleSymbols {
  const symbols = openSymbolIndex(source);
  assert.ok(typeof symbols !== 'string', `the index opens: ${JSON.stringify(symbols)}`);
  return symbols;
}

describe('a symbol index', () => {
  it('is the same for any way in which the file is cut into chunks', () => {
    const whole = Buffer.from(buildSymbolIndex(SYM).index);
    fc.assert(
      fc.property(fc.array(fc.nat(SYM.length), { maxLength: 20 }), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), SYM.length];
        const parts: Uint8Array[] = [];
        const builder = new SymbolIndexBuilder((bytes) => parts.push(bytes));
        for (let i = 1; i < edges.length; i++) builder.write(SYM.subarray(edges[i - 1], edges[i]));
        builder.end();
        assert.deepEqual(Buffer.concat(parts), whole);
      }),
    );
  });

  it('is read in small pieces, and from the cache the second time', () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => `PUBLIC ${(i * 16).toString(16)} 0 function_${i}`);
    const { index } = buildSymbolIndex(Buffer.from(lines.join('\n')));
    const reads: number[] = [];
    const source: RandomAccess = {
      byteLength: index.length,
      read: (position, length) => {
        reads.push(length);
        return index.slice(position, position + length);
      },
    };
    const symbols = opened(source);
    assert.equal(symbols.locate(16 * 30_000 + 3)?.function, 'function_30000');
    const bytes = reads.reduce((sum, length) => sum + length, 0);
    assert.ok(bytes < index.length / 4, `${bytes} of ${index.length} bytes were read`);
    reads.length = 0;
    assert.equal(symbols.locate(16 * 30_000 + 4)?.function, 'function_30000');
    assert.deepEqual(reads, []);
  });

  it('answers the same from its pieces', () => {
    const lines = Array.from(
      { length: 30_000 },
      (_, i) => `PUBLIC ${(i * 16).toString(16)} 0 a_rather_long_name_${i}`,
    );
    const pieces: Uint8Array[] = [];
    const builder = new SymbolIndexBuilder((bytes) => pieces.push(bytes));
    builder.write(Buffer.from(lines.join('\n')));
    builder.end();
    assert.ok(pieces.length > 3);
    const whole = Buffer.concat(pieces);
    const inParts = inPieces(pieces, PIECE_BYTES);
    assert.equal(inParts.byteLength, whole.length);
    fc.assert(
      fc.property(fc.nat(whole.length + 10), fc.nat(600_000), (position, length) => {
        assert.deepEqual(
          Buffer.from(inParts.read(position, length)),
          whole.subarray(position, position + length),
        );
      }),
    );
    assert.equal(opened(inParts).locate(16 * 29_000)?.function, 'a_rather_long_name_29000');
  });

  it('answers rightly with a cache that holds nothing', () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `PUBLIC ${(i * 16).toString(16)} 0 f${i}`);
    const { index } = buildSymbolIndex(Buffer.from(lines.join('\n')));
    const symbols = openSymbolIndex(inMemory(index), new BlockCache({ maxBytes: 1 }));
    assert.ok(typeof symbols !== 'string');
    for (const i of [0, 19_999, 7, 12_345]) assert.equal(symbols.locate(i * 16)?.function, `f${i}`);
  });

  it('of another version or another kind says so', () => {
    const { index } = buildSymbolIndex(SYM);
    const newer = index.slice();
    newer[8] = 99;
    assert.equal(openSymbolIndex(inMemory(newer)), 'other_version');
    assert.equal(openSymbolIndex(inMemory(SYM)), 'not_an_index');
    assert.equal(openSymbolIndex(inMemory(new Uint8Array(0))), 'not_an_index');
  });

  it('that was cut off anywhere does not open', () => {
    const { index } = buildSymbolIndex(SYM);
    for (let length = 0; length < index.length; length += 7) {
      assert.equal(typeof openSymbolIndex(inMemory(index.subarray(0, length))), 'string', `${length} bytes`);
    }
  });

  it('with any byte changed gives answers or none, and never throws', () => {
    const { index } = buildSymbolIndex(SYM);
    fc.assert(
      fc.property(fc.nat(index.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = index.slice();
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        const symbols = openSymbolIndex(inMemory(damaged));
        if (typeof symbols !== 'string') answers(symbols);
      }),
      { numRuns: 2000 },
    );
  });

  it('whose source reads nothing any more gives no answers', () => {
    const { index } = buildSymbolIndex(SYM);
    let broken = false;
    const symbols = opened({
      byteLength: index.length,
      read: (position, length) => (broken ? new Uint8Array(0) : index.slice(position, position + length)),
    });
    broken = true;
    answers(symbols);
    assert.equal(symbols.facts.functions, 1);
  });
});

describe('symbols from text', () => {
  it('answer the same from memory and from an index', () => {
    assert.deepEqual(answers(symbolsFromText(SYM)), answers(opened(inMemory(buildSymbolIndex(SYM).index))));
  });
});
