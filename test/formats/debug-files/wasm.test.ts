// WebAssembly modules of our own making: names, ids, debug information in custom sections.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openImages, symbolsOf } from './corpus.ts';
import { debugSections } from './dwarf-builder.ts';

function uleb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...uleb(Math.floor(value / 128))];
}

function section(type: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([type, ...uleb(body.length)]), body]);
}

function text(value: string): Buffer {
  return Buffer.from([...uleb(Buffer.byteLength(value)), ...Buffer.from(value)]);
}

const HEAD = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
/** One imported function, whose number is 0. */
const IMPORTS = section(2, Buffer.from([1]), text('env'), text('log'), Buffer.from([0, 0]));
/** Two functions: 16 bytes from offset 2, and 0x1100 from 0x14. */
const CODE = section(
  10,
  Buffer.from([2, 16]),
  Buffer.alloc(16, 1),
  Buffer.from(uleb(0x1100)),
  Buffer.alloc(0x1100, 1),
);
const NAMES = section(
  0,
  text('name'),
  Buffer.from([1, ...uleb(15)]),
  Buffer.from([2, 1]),
  text('small'),
  Buffer.from([2]),
  text('_Z1fv'),
);
const BUILD_ID = section(0, text('build_id'), Buffer.from([4, 0xaa, 0xbb, 0xcc, 0xdd]));

describe('a WebAssembly module', () => {
  it('names its functions by offsets in the code section', async () => {
    const images = openImages([
      { name: 'app.wasm', bytes: Buffer.concat([HEAD, IMPORTS, CODE, NAMES, BUILD_ID]) },
    ]);
    assert.ok(typeof images !== 'string');
    assert.equal(images[0]?.image.ids.codeId, 'AABBCCDD');
    const { symbols } = await symbolsOf(images);
    const names = [1, 2, 17, 18, 0x14, 0x1113].map((at) => symbols.locate(at)?.function ?? null);
    assert.deepEqual(names, [null, 'small', 'small', null, 'f()', 'f()']);
  });

  it('gives functions and lines of its debug information', async () => {
    const custom = debugSections(5).map(({ name, bytes }) => section(0, text(name), bytes));
    const images = openImages([{ name: 'app.wasm', bytes: Buffer.concat([HEAD, CODE, ...custom]) }]);
    assert.ok(typeof images !== 'string');
    const { symbols } = await symbolsOf(images);
    const found = symbols.locate(0x1004);
    assert.equal(found?.function, 'app::run(int)');
    assert.equal(found?.inlines[0]?.line, 5);
  });

  it('is refused with a sentence where a section is longer than the file', () => {
    const cut = Buffer.concat([HEAD, Buffer.from([10, 0xff, 0xff, 0xff, 0xff, 0x7f])]);
    assert.equal(
      openImages([{ name: 'app.wasm', bytes: cut }]),
      'a section of the WebAssembly module is cut off',
    );
  });
});
