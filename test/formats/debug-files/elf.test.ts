// ELF files of our own making: names with sizes, ids, unwind rows.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ModuleSymbols } from '../../../src/formats/symbols/module-symbols.ts';
import { symbolsFromText } from '../../../src/formats/symbols/build-index.ts';
import { SymbolTextWriter } from '../../../src/formats/symbols/symbol-text.ts';
import { writeModule } from '../../../src/formats/debug-files/write-module.ts';
import { MEMORY_ENVIRONMENT, openImages, symbolsOf } from './corpus.ts';
import {
  buildElf,
  buildIdNote,
  buildLoadedElf,
  ehFrame,
  fields,
  storedXz,
  symbol,
  text,
} from './elf-builder.ts';

const SYMBOLS = Buffer.concat([
  Buffer.alloc(24),
  symbol(1, 0x1000, 0x10),
  symbol(7, 0x1040, 0),
  symbol(14, 0x1080, 0x10),
]);
const NAMES = Buffer.from('\0first\0second\0third@@V_1\0');

/** `first` has 16 bytes, `second` says no size, `third` has a version. */
function program(frames = ehFrame([])): Buffer {
  return buildElf([
    text(0x1000, 0x100),
    { name: '.symtab', type: 2, bytes: SYMBOLS, link: 3 },
    { name: '.strtab', type: 3, bytes: NAMES },
    buildIdNote(Buffer.from('00112233445566778899aabbccddeeff00112233', 'hex')),
    frames,
  ]);
}

async function read(bytes: Uint8Array): Promise<ModuleSymbols> {
  const images = openImages([{ name: 'program', bytes }]);
  if (typeof images === 'string') throw new Error(images);
  return (await symbolsOf(images)).symbols;
}

describe('the symbols of an ELF file', () => {
  it('name exactly the bytes that they say', async () => {
    const symbols = await read(program());
    const names = [0x0fff, 0x1000, 0x100f, 0x1010, 0x103f].map((at) => symbols.locate(at)?.function ?? null);
    assert.deepEqual(names, [null, 'first', 'first', null, null]);
  });

  it('reach to the next symbol where they have no size, and lose their version', async () => {
    const symbols = await read(program());
    assert.equal(symbols.locate(0x107f)?.function, 'second');
    assert.equal(symbols.locate(0x1080)?.function, 'third');
    assert.equal(symbols.locate(0x1090), null);
  });

  it('are of the module that the build id names', () => {
    const images = openImages([{ name: 'program', bytes: program() }]);
    if (typeof images === 'string') throw new Error(images);
    assert.deepEqual(images[0]?.image.ids, {
      os: 'Linux',
      cpu: 'x86_64',
      debugId: '33221100554477668899AABBCCDDEEFF0',
      codeId: '00112233445566778899AABBCCDDEEFF00112233',
      debugFile: null,
      codeFile: null,
    });
  });

  it('are refused with a sentence where the headers are cut off', () => {
    const bytes = program();
    assert.equal(openImages([{ name: 'x', bytes: bytes.subarray(0, 40) }]), 'the ELF header is cut off');
    assert.equal(
      openImages([{ name: 'x', bytes: bytes.subarray(0, bytes.length - 10) }]),
      'the section headers are cut off',
    );
    assert.equal(openImages([{ name: 'x', bytes: Buffer.from('text') }]), 'the file is no debug file');
  });
});

describe('the unwind rows of an ELF file', () => {
  // advance 1, CFA offset 16, rbp at CFA − 16, advance 4, an unknown instruction
  const instructions = [0x41, 0x0e, 16, 0x86, 2, 0x44, 0x3f];
  const rules = (symbols: ModuleSymbols, at: number): string[] => [
    ...(symbols.cfiAt(at)?.rules.keys() ?? []),
  ];

  it('hold from row to row and end where one cannot be said', async () => {
    const symbols = await read(program(ehFrame([{ start: 0x1000, size: 0x10, instructions }])));
    assert.deepEqual(rules(symbols, 0x1000), ['.cfa', '.ra']);
    assert.deepEqual(rules(symbols, 0x1001), ['.cfa', '.ra', 'rbp']);
    assert.equal(symbols.cfiAt(0x1005), null);
    assert.equal(symbols.cfiAt(0x1010), null);
  });

  it('say which frames are those of signal handlers', async () => {
    const symbols = await read(
      program(
        ehFrame([
          { start: 0x1000, size: 0x10, instructions: [] },
          { start: 0x1010, size: 0x10, instructions: [], signal: true },
        ]),
      ),
    );
    assert.equal(symbols.cfiAt(0x100f)?.signal, false);
    assert.equal(symbols.cfiAt(0x1010)?.signal, true);
  });

  it('are the same in the text that other tools read', async () => {
    const frames = ehFrame([{ start: 0x1000, size: 0x10, instructions: [...instructions, 0, 0] }]);
    const images = openImages([{ name: 'program', bytes: program(frames) }]);
    if (typeof images === 'string') throw new Error(images);
    let sym = '';
    const writer = new SymbolTextWriter((piece) => {
      sym += piece;
    });
    await writeModule(images, { debugFile: 'program', debugId: 'A'.repeat(33) }, writer, MEMORY_ENVIRONMENT);
    writer.end();
    const again = symbolsFromText(sym);
    assert.deepEqual(rules(again, 0x1001), ['.cfa', '.ra', 'rbp']);
    assert.equal(again.cfiAt(0x1005), null);
    assert.equal(again.locate(0x1041)?.function, 'second');
    assert.equal(again.facts.skippedLines, 0);
  });
});

describe('a public symbol whose size is unknown', () => {
  const MODULE = `MODULE Linux x86_64 ${'A'.repeat(33)} libc.so\n`;

  it('does not name code behind the start of another unwind range', () => {
    const symbols = symbolsFromText(
      `${MODULE}PUBLIC 1000 0 pthread_key_delete\nSTACK CFI INIT 1000 40 .cfa: $rsp 8 + .ra: .cfa -8 + ^\n` +
        'STACK CFI INIT 1050 40 .cfa: $rsp 8 + .ra: .cfa -8 + ^\n',
    );
    assert.equal(symbols.locate(0x103f)?.function, 'pthread_key_delete');
    assert.equal(symbols.locate(0x1050), null);
    assert.equal(symbols.hasName(0x1050), true);
  });

  it('names the further pieces of a function of Windows, which follow on each other without a gap', () => {
    const symbols = symbolsFromText(
      `MODULE windows x86_64 ${'A'.repeat(33)} ntdll.pdb\nPUBLIC 1000 0 RtlUserThreadStart\n` +
        'STACK CFI INIT 1000 40 .cfa: $rsp 8 + .ra: .cfa -8 + ^\nSTACK CFI INIT 1040 40 .cfa: $rsp 40 + .ra: .cfa -8 + ^\n' +
        'STACK CFI INIT 1090 40 .cfa: $rsp 8 + .ra: .cfa -8 + ^\n',
    );
    assert.equal(symbols.locate(0x1070)?.function, 'RtlUserThreadStart');
    assert.equal(symbols.locate(0x1090), null);
  });
});

describe('an ELF file that was stripped', () => {
  it('has the symbols that it embeds compressed', async () => {
    const inner = buildElf([
      { ...text(0x1000, 0x100), type: 8 },
      { name: '.symtab', type: 2, bytes: SYMBOLS, link: 3 },
      { name: '.strtab', type: 3, bytes: NAMES },
    ]);
    const bytes = buildElf([
      text(0x1000, 0x100),
      { name: '.gnu_debugdata', bytes: storedXz(inner) },
      { name: '.dynsym', type: 11, bytes: Buffer.concat([Buffer.alloc(24), symbol(1, 0x10c0, 8)]), link: 4 },
      { name: '.dynstr', type: 3, bytes: Buffer.from('\0exported\0') },
    ]);
    const symbols = await read(bytes);
    const names = [0x1000, 0x1010, 0x1080, 0x10c0].map((at) => symbols.locate(at)?.function ?? null);
    assert.deepEqual(names, ['first', null, 'third', 'exported']);
  });

  it('is read without section headers by what its loader needs', async () => {
    const frames = Buffer.from(ehFrame([{ start: 0x1000, size: 0x10, instructions: [] }]).bytes);
    const symbols = await read(buildLoadedElf(SYMBOLS, NAMES, frames));
    assert.equal(symbols.locate(0x100f)?.function, 'first');
    assert.equal(symbols.locate(0x1010), null);
    assert.notEqual(symbols.cfiAt(0x1000), null);
    assert.equal(symbols.cfiAt(0x1010), null);
  });
});

describe('the exception table of an Arm program', () => {
  /** A distance of 31 bits to an address from a place. */
  const distance = (to: number, from: number): number => (to - from) & 0x7fff_ffff;
  const table = 0x3000;
  const text3 = { ...text(0x1000, 0x40) };

  async function armProgram(
    entries: readonly number[],
    more: readonly number[] = [],
  ): Promise<ModuleSymbols> {
    return read(
      buildElf(
        [
          text3,
          {
            name: '.ARM.exidx',
            type: 0x70000001,
            flags: 2,
            address: table,
            bytes: fields(...entries.map((value) => [value >>> 0, 4] as const)),
          },
          {
            name: '.ARM.extab',
            flags: 2,
            address: 0x4000,
            bytes: fields(...more.map((value) => [value >>> 0, 4] as const)),
          },
        ],
        { machine: 40 },
      ),
    );
  }

  it('gives one row for each function, up to the next one', async () => {
    // Thumb code at 0x1000: vsp += 16, pop {r4, lr}; at 0x1020: cannot be left.
    const symbols = await armProgram([distance(0x1001, table), 0x8003a8b0, distance(0x1020, table + 8), 1]);
    assert.deepEqual([...(symbols.cfiAt(0x101f)?.rules.keys() ?? [])], ['.cfa', '.ra', 'r4']);
    assert.deepEqual(symbols.cfiAt(0x1000)?.rules.get('.cfa'), [
      { kind: 'register', name: 'sp' },
      { kind: 'constant', value: 24n },
      { kind: 'operator', operator: '+' },
    ]);
    assert.equal(symbols.cfiAt(0x1020), null);
  });

  it('follows to longer programs, also behind a personality routine', async () => {
    const entries = [
      distance(0x1000, table),
      distance(0x4000, table + 4),
      distance(0x1020, table + 8),
      distance(0x4008, table + 12),
    ];
    // Model 1 with one more word: vsp = r7, pop {r4, r5, r7, lr}; then a routine, no more words, pop {r4}.
    const symbols = await armProgram(entries, [0x8101_9784, 0x0bb0_b0b0, 0x0000_1000, 0x00a0_b0b0]);
    assert.deepEqual([...(symbols.cfiAt(0x1000)?.rules.keys() ?? [])], ['.cfa', '.ra', 'r4', 'r5', 'r7']);
    assert.deepEqual([...(symbols.cfiAt(0x1020)?.rules.keys() ?? [])], ['.cfa', '.ra', 'r4']);
  });
});
