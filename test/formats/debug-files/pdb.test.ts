// PDB files of our own making: id, procedures, lines, inlined calls, public symbols; and damaged ones.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ModuleSymbols } from '../../../src/formats/symbols/module-symbols.ts';
import { openImages, symbolsOf } from './corpus.ts';
import { buildPdb } from './pdb-builder.ts';

async function read(
  bytes: Uint8Array,
): Promise<{ readonly symbols: ModuleSymbols; readonly notes: readonly string[] }> {
  const images = openImages([{ name: 'a.pdb', bytes }]);
  if (typeof images === 'string') throw new Error(images);
  return symbolsOf(images);
}

describe('a PDB', () => {
  it('has the id of its program: the GUID, and the age of the debug information', () => {
    const images = openImages([{ name: 'a.pdb', bytes: buildPdb() }]);
    assert.ok(typeof images !== 'string');
    assert.deepEqual(images[0]?.image.ids, {
      os: 'windows',
      cpu: 'x86_64',
      debugId: '112233445566778801020304050607083',
      codeId: null,
      debugFile: null,
      codeFile: null,
    });
  });

  it('gives procedures with their lines, and none behind their end', async () => {
    const { symbols } = await read(buildPdb());
    const first = symbols.locate(0x1010);
    assert.deepEqual([first?.function, first?.file, first?.line], ['outer', '/src/a.c', 11]);
    assert.equal(symbols.locate(0x102f)?.line, 12);
    assert.equal(symbols.locate(0x1030)?.line ?? null, null);
    assert.equal(symbols.locate(0x1050), null);
  });

  it('gives inlined calls: their lines from the annotations, the line of the call from the code around', async () => {
    const { symbols } = await read(buildPdb());
    const found = symbols.locate(0x1024);
    assert.deepEqual(
      found?.inlines.map(({ function: name, file, line }) => [name, file, line]),
      [['geometry::square', '/src/a.h', 71]],
    );
    assert.deepEqual([found?.function, found?.file, found?.line], ['outer', '/src/a.c', 12]);
    assert.deepEqual(symbols.locate(0x1028)?.inlines, []);
  });

  it('gives public symbols', async () => {
    const { symbols } = await read(buildPdb());
    assert.equal(symbols.locate(0x1060)?.function, 'exported');
  });

  const moved = {
    'by where it was': {
      omapFromSource: [
        [0x1000, 0x5000],
        [0x1020, 0x6000],
        [0x1040, 0],
        [0x1050, 0x7000],
      ],
    },
    'by where it is': {
      omapToSource: [
        [0x5000, 0x1000],
        [0x6000, 0x1020],
        [0x6020, 0],
        [0x7000, 0x1050],
      ],
    },
  } as const;
  for (const [how, omap] of Object.entries(moved)) {
    it(`of a program that was rearranged gives the code where it is now, told ${how}`, async () => {
      const { symbols } = await read(buildPdb(omap));
      // The procedure was torn in two; the call was inlined in its second part.
      assert.equal(symbols.locate(0x1010), null);
      assert.deepEqual([symbols.locate(0x5010)?.function, symbols.locate(0x5010)?.line], ['outer', 11]);
      assert.equal(symbols.locate(0x5020), null);
      const second = symbols.locate(0x6004);
      assert.deepEqual(
        [second?.function, second?.line, second?.inlines[0]?.function],
        ['outer', 12, 'geometry::square'],
      );
      assert.equal(symbols.locate(0x7010)?.function, 'exported');
    });
  }

  it('of x86 gives the older frame data', async () => {
    // Two words of locals, one of parameters; three registers are saved, and the base pointer is used.
    const { symbols } = await read(buildPdb({ machine: 0x14c, fpo: [0x1010, 0x40, 2, 1, 0x1300] }));
    const found = symbols.winFpoAt(0x1020);
    assert.deepEqual(
      [found?.localSize, found?.parameterSize, found?.savedRegisterSize, found?.allocatesBasePointer],
      [8, 4, 12, true],
    );
    assert.equal(symbols.winFpoAt(0x1050), null);
  });

  it('is refused with a sentence where it is cut, or read in part, at any place', async () => {
    const whole = buildPdb();
    for (let length = 32; length < whole.length; length += 61) {
      const images = openImages([{ name: 'a.pdb', bytes: whole.subarray(0, length) }]);
      if (typeof images === 'string') assert.ok(images.length > 10);
      else await symbolsOf(images);
    }
  });

  it('throws nothing whatever its bytes are', async () => {
    const whole = buildPdb();
    let seed = 1;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % below;
    };
    let readable = 0;
    for (let round = 0; round < 600; round++) {
      const bytes = Buffer.from(whole);
      for (let i = 0; i <= random(4); i++)
        bytes[32 + random(bytes.length - 32)] = random(2) === 0 ? 0xff : random(256);
      const images = openImages([{ name: 'a.pdb', bytes }]);
      if (typeof images === 'string') continue;
      await symbolsOf(images);
      readable++;
    }
    assert.ok(readable > 0);
  });
});
