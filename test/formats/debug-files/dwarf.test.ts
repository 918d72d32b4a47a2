// Debug information of our own making: functions, parts, inlined calls and lines; and what cuts and flipped bytes do to it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ModuleSymbols } from '../../../src/formats/symbols/module-symbols.ts';
import { CORPUS, corpusFile, openImages, readManifest, symbolsOf } from './corpus.ts';
import { programWithDebugInformation, programWithLinesAlone } from './dwarf-builder.ts';

async function read(bytes: Uint8Array): Promise<ModuleSymbols> {
  const images = openImages([{ name: 'program', bytes }]);
  if (typeof images === 'string') throw new Error(images);
  return (await symbolsOf(images)).symbols;
}

/** Function and line of each frame at an address, innermost first. */
function frames(symbols: ModuleSymbols, at: number): string[] {
  const found = symbols.locate(at);
  if (found === null) return [];
  return [...found.inlines, found].map(({ function: name, file, line }) => `${name} ${file}:${line}`);
}

for (const version of [4, 5] as const) {
  describe(`debug information of DWARF ${version}`, () => {
    it('names functions, with the lines of inlined calls from their callers', async () => {
      const symbols = await read(programWithDebugInformation(version));
      assert.deepEqual(frames(symbols, 0x1000), ['app::run(int) /src/main.cc:20']);
      assert.deepEqual(frames(symbols, 0x1004), [
        'app::helper /src/main.cc:5',
        'app::run(int) /src/main.cc:21',
      ]);
      assert.deepEqual(frames(symbols, 0x1008), ['app::run(int) /src/main.cc:22']);
    });

    it('names the cold part of a function, and nothing between the parts', async () => {
      const symbols = await read(programWithDebugInformation(version));
      assert.deepEqual(frames(symbols, 0x1010), []);
      assert.deepEqual(frames(symbols, 0x1040), ['app::run(int) /src/main.cc:22']);
      assert.equal(symbols.locate(0x1047)?.functionOffset, 0x1040);
      assert.deepEqual(frames(symbols, 0x1048), []);
    });

    it('does not name what the linker dropped', async () => {
      const symbols = await read(programWithDebugInformation(version));
      assert.equal(symbols.facts.functions, 2);
      assert.deepEqual(frames(symbols, 0x4), []);
    });

    it('is read where it is compressed', async () => {
      const symbols = await read(programWithDebugInformation(version, { packed: true }));
      assert.deepEqual(frames(symbols, 0x1008), ['app::run(int) /src/main.cc:22']);
    });
  });
}

describe('debug information with lines alone', () => {
  it('gives them to the functions that symbols name', async () => {
    const symbols = await read(programWithLinesAlone());
    assert.deepEqual(frames(symbols, 0x1004), ['first /src/main.cc:5']);
    assert.deepEqual(frames(symbols, 0x1008), ['second /src/main.cc:22']);
    assert.deepEqual(frames(symbols, 0x1010), []);
  });
});

describe('damaged debug files', () => {
  const seeds = [4, 5].flatMap((version) => [
    programWithDebugInformation(version as 4 | 5),
    programWithDebugInformation(version as 4 | 5, { packed: true }),
  ]);
  const real = CORPUS === null ? [] : readManifest().files;
  for (const { files } of real.filter(({ format }) => format === 'ELF')) {
    for (const { path } of files) {
      const bytes = corpusFile(path);
      if (bytes.length < 40_000) seeds.push(bytes);
    }
  }

  it('never throw, wherever they are cut and whichever bytes are flipped', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(seeds.length - 1),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { maxLength: 8 }),
        async (seed, cut, flips) => {
          const whole = seeds[seed] ?? Buffer.alloc(0);
          const bytes = Buffer.from(
            whole.subarray(0, cut < 0.3 ? Math.floor((cut / 0.3) * whole.length) : undefined),
          );
          for (const [at, value] of flips) {
            if (bytes.length > 0) bytes[Math.floor(at * (bytes.length - 1))] = value;
          }
          const images = openImages([{ name: 'damaged', bytes }]);
          if (typeof images === 'string') return;
          const { symbols } = await symbolsOf(images);
          symbols.locate(0x1004);
          symbols.cfiAt(0x1004);
        },
      ),
      { numRuns: 300 },
    );
  });
});
