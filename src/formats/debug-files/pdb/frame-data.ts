// How frames of x86 are undone: frame data with a program for each range, and the older FPO records. Microsoft, "cvinfo.h" (FRAMEDATA) and
// "winnt.h" (FPO_DATA).
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { WinRecord } from '../../symbols/record-parser.ts';
import { SectionCursor } from '../section-cursor.ts';
import type { TextTable } from '../text-table.ts';

const FRAME_DATA_BYTES = 32;
const FPO_BYTES = 16;
const MAX_FRAMES = 4 * 1024 * 1024;
const WORD_BYTES = 4;

const NO_BYTES = new Uint8Array(0);

/** Calls `each` for the records of frame data; their programs are texts. */
export function eachFrameData(
  stream: RandomAccess,
  programs: TextTable,
  each: (record: WinRecord) => void,
): void {
  const cursor = new SectionCursor(stream);
  const count = Math.min(MAX_FRAMES, Math.floor(stream.byteLength / FRAME_DATA_BYTES));
  for (let i = 0; i < count; i++) {
    cursor.seek(i * FRAME_DATA_BYTES);
    const [address, size, localSize, parameterSize] = [
      cursor.u32(),
      cursor.u32(),
      cursor.u32(),
      cursor.u32(),
    ];
    cursor.skip(4);
    const program = programs.at(cursor.u32())?.slice() ?? NO_BYTES;
    cursor.skip(2);
    const savedRegisterSize = cursor.u16();
    if (size === 0 || program.length === 0) continue;
    each({
      type: 4,
      address,
      size,
      parameterSize,
      savedRegisterSize,
      localSize,
      allocatesBasePointer: false,
      program,
    });
  }
}

/** Calls `each` for the FPO records. */
export function eachFpo(stream: RandomAccess, each: (record: WinRecord) => void): void {
  const cursor = new SectionCursor(stream);
  const count = Math.min(MAX_FRAMES, Math.floor(stream.byteLength / FPO_BYTES));
  for (let i = 0; i < count; i++) {
    cursor.seek(i * FPO_BYTES);
    const [address, size, locals] = [cursor.u32(), cursor.u32(), cursor.u32()];
    const parameters = cursor.u16();
    // The length of the prologue, then bits: three for registers, exception handling, the base pointer.
    const flags = cursor.u16() >>> 8;
    if (size === 0) continue;
    each({
      type: 0,
      address,
      size,
      parameterSize: parameters * WORD_BYTES,
      savedRegisterSize: (flags & 7) * WORD_BYTES,
      localSize: locals * WORD_BYTES,
      allocatesBasePointer: ((flags >>> 4) & 1) === 1,
      program: NO_BYTES,
    });
  }
}
