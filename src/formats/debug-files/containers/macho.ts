// Mach-O: programs, libraries and dSYM files of macOS and iOS, also several CPUs in one universal file.
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { DebugFileFormat, DebugImage, OpenedDebugFile } from '../debug-file.ts';
import { readMachoHeaders } from '../macho/macho-headers.ts';
import { MachoImage } from '../macho/macho-image.ts';
import { sliceOf } from '../section-cursor.ts';

/** Universal files are big-endian whatever they hold. */
const FAT_MAGIC = 0xcafebabe;
const FAT_MAGIC_64 = 0xcafebabf;
const MAX_SLICES = 32;
/** Java class files begin with the same four bytes; then come a minor version, and a major one from here on. */
const JAVA = { major: 45, lastMajor: 150, minors: new Set([0, 3, 0xffff]) } as const;
const THIN = new Set([0xfeedface, 0xfeedfacf]);

function bigEndian(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) |
      ((bytes[at + 1] ?? 0) << 16) |
      ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0)) >>>
    0
  );
}

function littleEndian(bytes: Uint8Array): number {
  return ((bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8) | ((bytes[2] ?? 0) << 16) | ((bytes[3] ?? 0) << 24)) >>> 0;
}

function isUniversal(start: Uint8Array): boolean {
  const magic = bigEndian(start, 0);
  if ((magic !== FAT_MAGIC && magic !== FAT_MAGIC_64) || start.length < 8) return false;
  const count = bigEndian(start, 4);
  const major = count & 0xffff;
  const isJava = major >= JAVA.major && major <= JAVA.lastMajor && JAVA.minors.has(count >>> 16);
  return magic === FAT_MAGIC_64 || !isJava;
}

export const MACHO: DebugFileFormat = {
  name: 'Mach-O',
  matches: (start) => THIN.has(littleEndian(start)) || isUniversal(start),
  open(file: RandomAccess): OpenedDebugFile {
    const start = file.read(0, 8);
    if (!isUniversal(start)) return opened([file]);
    const is64 = bigEndian(start, 0) === FAT_MAGIC_64;
    const entryBytes = is64 ? 32 : 20;
    const claimed = bigEndian(start, 4);
    if (8 + claimed * entryBytes > file.byteLength)
      return { ok: false, fault: `the universal file claims ${claimed} images, for which it has no room` };
    const count = Math.min(claimed, MAX_SLICES);
    const table = file.read(8, count * entryBytes);
    const slices = new Map<number, RandomAccess>();
    for (let i = 0; i < count; i++) {
      const at = i * entryBytes;
      const offset = is64 ? bigEndian(table, at + 12) : bigEndian(table, at + 8);
      const size = is64 ? bigEndian(table, at + 20) : bigEndian(table, at + 12);
      if (table.length >= at + entryBytes && offset > 0 && offset + size <= file.byteLength) {
        slices.set(offset, sliceOf(file, offset, size));
      }
    }
    return opened([...slices.values()]);
  },
};

function opened(slices: readonly RandomAccess[]): OpenedDebugFile {
  const images: DebugImage[] = [];
  let fault = 'the universal file holds no image';
  for (const slice of slices) {
    const headers = readMachoHeaders(slice);
    if (typeof headers === 'string') fault = headers;
    else images.push(new MachoImage(slice, headers));
  }
  return images.length === 0 ? { ok: false, fault } : { ok: true, images };
}
