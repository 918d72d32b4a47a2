// Windows programs of our own making: rows for each step of prologues and epilogues of arm64.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SymbolTextWriter } from '../../../src/formats/symbols/symbol-text.ts';
import { writeModule } from '../../../src/formats/debug-files/write-module.ts';
import { MEMORY_ENVIRONMENT, openImages } from './corpus.ts';
import { fields } from './elf-builder.ts';
import { buildPe, MACHINE, PLACE } from './pe-builder.ts';

/** The unwind rows as text, with offsets from the beginning of the code. */
async function rows(functions: Uint8Array, unwind: Uint8Array): Promise<string[]> {
  const images = openImages([{ name: 'app.exe', bytes: buildPe(MACHINE.arm64, 0x100, functions, unwind) }]);
  if (typeof images === 'string') throw new Error(images);
  let text = '';
  const writer = new SymbolTextWriter((piece) => {
    text += piece;
  });
  const notes = await writeModule(images, { debugFile: 'app', debugId: '' }, writer, MEMORY_ENVIRONMENT);
  writer.end();
  assert.deepEqual(notes, []);
  return text
    .split('\n')
    .filter((line) => line.startsWith('STACK CFI'))
    .map((line) => line.replace(/^STACK CFI (?:INIT )?/, ''));
}

describe('the unwind information of arm64 Windows', () => {
  it('of a usual frame lies in the table itself', async () => {
    // 64 bytes long; saves x19 to x21, with x30 beside the last; 32 bytes of locals; not chained.
    const packed = 1 | (16 << 2) | (3 << 16) | (1 << 21) | (4 << 23);
    assert.deepEqual(await rows(fields([PLACE.code, 4], [packed, 4]), new Uint8Array(4)), [
      '1000 40 .cfa: sp 0 + .ra: x30',
      '1004 .cfa: sp 32 + x19: .cfa -32 + ^ x20: .cfa -24 + ^',
      '1008 .ra: .cfa -8 + ^ x21: .cfa -16 + ^',
      '100c .cfa: sp 64 +',
      '1034 .cfa: sp 32 +',
      '1038 .ra: x30 x21: x21',
      '103c .cfa: sp 0 + x19: x19 x20: x20',
    ]);
  });

  it('of other frames is a program, which epilogues run from a place of theirs', async () => {
    // stp x29, x30, [sp, #-32]!; stp x19, x20, [sp, #16]; mov x29, sp; sub sp, #48 – the epilogue leaves out the last two.
    const codes = Buffer.from([0x03, 0xe1, 0xc8, 0x02, 0x83, 0xe4, 0xe3, 0xe3]);
    const header = 16 | (1 << 22) | (2 << 27);
    const scope = 10 | (2 << 22);
    const unwind = Buffer.concat([fields([header >>> 0, 4], [scope, 4]), codes]);
    assert.deepEqual(await rows(fields([PLACE.code, 4], [PLACE.unwind, 4]), unwind), [
      '1000 40 .cfa: sp 0 + .ra: x30',
      '1004 .cfa: sp 32 + .ra: .cfa -24 + ^ x29: .cfa -32 + ^',
      '1008 x19: .cfa -16 + ^ x20: .cfa -8 + ^',
      '100c .cfa: x29 32 +',
      '1028 .cfa: sp 32 +',
      '102c x19: x19 x20: x20',
      '1030 .cfa: sp 0 + .ra: x30 x29: x29',
      '1034 .cfa: x29 32 + .ra: .cfa -24 + ^ x19: .cfa -16 + ^ x20: .cfa -8 + ^ x29: .cfa -32 + ^',
    ]);
  });
});
