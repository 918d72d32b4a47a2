// The identity of an ELF file: its GNU build id, or, where the linker gave none, a fold of its code as Breakpad makes it.
import type { RandomAccess } from '../../symbols/random-access.ts';
import { SectionCursor, sliceOf } from '../section-cursor.ts';

const NT_GNU_BUILD_ID = 3;
/** Longest build id that is one (SHA-1 has 20 bytes, `--build-id=0x…` allows any). */
const MAX_BUILD_ID_BYTES = 64;
/** Most notes of one section. */
const MAX_NOTES = 1000;
const GUID_BYTES = 16;
const FOLDED_BYTES = 4096;

/** The build id in a section or segment of notes; null where there is none. */
export function buildIdOf(notes: RandomAccess): Uint8Array | null {
  const cursor = new SectionCursor(notes);
  for (let i = 0; i < MAX_NOTES && !cursor.atEnd; i++) {
    const nameBytes = cursor.u32();
    const descriptionBytes = cursor.u32();
    const type = cursor.u32();
    const name = cursor.bytes(nameBytes).slice();
    cursor.skip(padding(nameBytes));
    if (cursor.failed) return null;
    if (type === NT_GNU_BUILD_ID && isGnu(name)) {
      const id = cursor.bytes(Math.min(descriptionBytes, MAX_BUILD_ID_BYTES)).slice();
      return cursor.failed || id.length === 0 ? null : id;
    }
    cursor.skip(descriptionBytes + padding(descriptionBytes));
  }
  return null;
}

/** The first bytes of the code folded to an id. */
export function foldedId(code: RandomAccess): Uint8Array {
  const id = new Uint8Array(GUID_BYTES);
  const bytes = sliceOf(code, 0, FOLDED_BYTES).read(0, FOLDED_BYTES);
  for (const [i, byte] of bytes.entries()) id[i % GUID_BYTES] = (id[i % GUID_BYTES] ?? 0) ^ byte;
  return id;
}

/** Breakpad's debug id of a build id: its first bytes as a GUID, whose first three fields are little-endian, and age 0. */
export function debugIdOf(id: Uint8Array): string {
  const guid = new Uint8Array(GUID_BYTES);
  guid.set(id.subarray(0, GUID_BYTES));
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return `${hexOf(Uint8Array.from(order, (at) => guid[at] ?? 0))}0`;
}

/** Upper-case hexadecimal digits. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
}

function padding(bytes: number): number {
  return (4 - (bytes % 4)) % 4;
}

function isGnu(name: Uint8Array): boolean {
  return name.length === 4 && name[0] === 0x47 && name[1] === 0x4e && name[2] === 0x55 && name[3] === 0;
}
