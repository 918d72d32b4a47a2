// Programs of macOS whose debug information was left in the objects they were linked from.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ModuleSymbols } from '../../../src/formats/symbols/module-symbols.ts';
import { openImages, symbolsOf } from './corpus.ts';
import { debugSections } from './dwarf-builder.ts';
import { buildArchive, buildMacho, DEFINED, FILE_TYPE, STAB } from './macho-builder.ts';

const BASE = 0x100000000;
const NAME = '__ZN3app3runEi';

/** `app::run` at 0x1000 and its second part at 0x1040. */
function object(): Buffer {
  return buildMacho(
    FILE_TYPE.object,
    0,
    [
      { name: '__text', address: 0x1000, bytes: Buffer.alloc(0x100, 0x90) },
      ...debugSections(4).map(({ name, bytes }) => ({ name: name.replace('.', '__'), bytes })),
    ],
    [
      { name: NAME, type: DEFINED, value: 0x1000 },
      { name: `${NAME}.cold.1`, type: DEFINED, value: 0x1040 },
    ],
  );
}

/** The linker put the second part before the first. */
function program(path: string): Buffer {
  const fun = (
    name: string,
    address: number,
    size: number,
  ): { name: string; type: number; value: number }[] => [
    { name, type: STAB.fun, value: BASE + address },
    { name: '', type: STAB.fun, value: size },
  ];
  return buildMacho(
    FILE_TYPE.library,
    BASE,
    [{ name: '__text', address: BASE + 0x4000, bytes: Buffer.alloc(0x100, 0x90) }],
    [
      { name: '/src/', type: STAB.source, value: 0 },
      { name: 'main.cc', type: STAB.source, value: 0 },
      { name: path, type: STAB.object, value: 0 },
      ...fun(`${NAME}.cold.1`, 0x4000, 8),
      ...fun(NAME, 0x4020, 0x10),
      { name: '', type: STAB.source, value: 0 },
      { name: NAME, type: DEFINED, value: BASE + 0x4020 },
    ],
  );
}

async function read(files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Promise<{
  readonly symbols: ModuleSymbols;
  readonly notes: readonly string[];
}> {
  const images = openImages(files);
  if (typeof images === 'string') throw new Error(images);
  return symbolsOf(images);
}

function frames(symbols: ModuleSymbols, at: number): string[] {
  const found = symbols.locate(at);
  if (found === null) return [];
  return [...found.inlines, found].map(({ function: name, file, line }) => `${name} ${file}:${line}`);
}

describe('a program of macOS without a dSYM', () => {
  const files = {
    object: { path: '/build/main.o', given: { name: 'main.o', bytes: object() } },
    'member of an archive': {
      path: '/build/libapp.a(main.o)',
      given: { name: 'libapp.a', bytes: buildArchive('main.o', object()) },
    },
  };
  for (const [kind, { path, given }] of Object.entries(files)) {
    it(`has the functions of its ${kind}, at the places that the linker gave them`, async () => {
      const { symbols, notes } = await read([{ name: 'app', bytes: program(path) }, given]);
      assert.deepEqual(notes, []);
      assert.deepEqual(frames(symbols, 0x4020), ['app::run(int) /src/main.cc:20']);
      assert.deepEqual(frames(symbols, 0x4024), [
        'app::helper /src/main.cc:5',
        'app::run(int) /src/main.cc:21',
      ]);
      assert.deepEqual(frames(symbols, 0x4000), ['app::run(int) /src/main.cc:22']);
      assert.deepEqual(frames(symbols, 0x4008), []);
    });
  }

  it('has names alone where its objects are not given', async () => {
    const { symbols } = await read([{ name: 'app', bytes: program('/build/main.o') }]);
    assert.equal(symbols.locate(0x4020)?.function, 'app::run(int)');
    assert.equal(symbols.locate(0x4020)?.line, null);
  });

  it('takes no functions from an object of another program', async () => {
    const { symbols, notes } = await read([
      { name: 'app', bytes: program('/build/other.o') },
      { name: 'main.o', bytes: object() },
    ]);
    assert.equal(symbols.facts.functions, 0);
    assert.equal(notes.length, 1);
  });
});
