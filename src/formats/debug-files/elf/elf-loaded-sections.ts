// The sections of a file without section headers, as far as the loader needs them: dynamic symbols and unwind tables, found through
// the program headers. Some packers and `sstrip` leave no more. System V ABI, chapter 5; Linux Standard Base, ".eh_frame_hdr".
import type { RandomAccess } from '../../symbols/random-access.ts';
import { SectionCursor, sliceOf } from '../section-cursor.ts';
import {
  type ElfHeaders,
  type ElfSection,
  type ElfSegment,
  PT_LOAD,
  SHF_ALLOC,
  SHT_ARM_EXIDX,
  SHT_DYNSYM,
  SHT_PROGBITS,
  SHT_STRTAB,
} from './elf-headers.ts';

const PT_DYNAMIC = 2;
const PT_GNU_EH_FRAME = 0x6474e550;
const PT_ARM_EXIDX = 0x70000001;
const MAX_DYNAMIC_ENTRIES = 10_000;
const SYMBOL_BYTES = { 32: 16, 64: 24 } as const;
const MAX_SYMBOLS = 8 * 1024 * 1024;
/** A pointer relative to its own place, in four bytes: what linkers write into `.eh_frame_hdr`. */
const PCREL_SDATA4 = 0x1b;

const DT = { hash: 4, strtab: 5, symtab: 6, strsz: 10, gnuHash: 0x6ffffef5 } as const;

/** The headers with sections that are made from program headers; unchanged where the file has sections. */
export function withLoadedSections(file: RandomAccess, headers: ElfHeaders): ElfHeaders {
  return headers.sections.length > 0 ? headers : { ...headers, sections: loadedSections(file, headers) };
}

function loadedSections(file: RandomAccess, { bits, segments }: ElfHeaders): ElfSection[] {
  const sections: ElfSection[] = [];
  const add = (name: string, type: number, address: number, size: number, link = 0): void => {
    const offset = fileOffset(segments, address);
    if (offset === null || size <= 0 || offset + size > file.byteLength) return;
    sections.push({ name, type, flags: SHF_ALLOC, address, offset, size, link, entryBytes: 0 });
  };
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  const at = dynamic === undefined ? null : readDynamic(file, bits, dynamic);
  if (at !== null) {
    const count = symbolCount(file, bits, segments, at);
    add('.dynstr', SHT_STRTAB, at.get(DT.strtab) ?? 0, at.get(DT.strsz) ?? 0);
    // The symbols link to their texts, which are the first section.
    if (sections.length > 0) add('.dynsym', SHT_DYNSYM, at.get(DT.symtab) ?? 0, count * SYMBOL_BYTES[bits]);
  }
  const frames = segments.find(({ type }) => type === PT_GNU_EH_FRAME);
  if (frames !== undefined) {
    const address = framesAddress(file, frames);
    if (address !== null) add('.eh_frame', SHT_PROGBITS, address, framesSize(file, segments, address));
  }
  const index = segments.find(({ type }) => type === PT_ARM_EXIDX);
  if (index !== undefined) add('.ARM.exidx', SHT_ARM_EXIDX, index.address, index.fileBytes);
  return sections;
}

function segmentOf(segments: readonly ElfSegment[], address: number): ElfSegment | undefined {
  return segments.find(
    (each) => each.type === PT_LOAD && address >= each.address && address < each.address + each.fileBytes,
  );
}

function fileOffset(segments: readonly ElfSegment[], address: number): number | null {
  const found = segmentOf(segments, address);
  return found === undefined ? null : found.offset + address - found.address;
}

function bytesBehind(segments: readonly ElfSegment[], address: number): number {
  const found = segmentOf(segments, address);
  return found === undefined ? 0 : found.address + found.fileBytes - address;
}

function readDynamic(
  file: RandomAccess,
  bits: 32 | 64,
  { offset, fileBytes }: ElfSegment,
): Map<number, number> {
  const cursor = new SectionCursor(sliceOf(file, offset, fileBytes), 4096);
  const entries = new Map<number, number>();
  for (let i = 0; i < MAX_DYNAMIC_ENTRIES && !cursor.atEnd; i++) {
    const tag = cursor.word(bits / 8);
    const value = cursor.word(bits / 8);
    if (cursor.failed || tag === 0) break;
    if (!entries.has(tag)) entries.set(tag, value);
  }
  return entries;
}

/** Only the hash tables tell how many symbols there are. */
function symbolCount(
  file: RandomAccess,
  bits: 32 | 64,
  segments: readonly ElfSegment[],
  at: ReadonlyMap<number, number>,
): number {
  const partAt = (tag: number): SectionCursor | null => {
    const address = at.get(tag);
    const offset = address === undefined ? null : fileOffset(segments, address);
    return offset === null ? null : new SectionCursor(sliceOf(file, offset, file.byteLength));
  };
  const hash = partAt(DT.hash);
  if (hash !== null) {
    hash.skip(4);
    return Math.min(MAX_SYMBOLS, hash.u32());
  }
  const gnu = partAt(DT.gnuHash);
  if (gnu === null) return 0;
  const bucketCount = Math.min(MAX_SYMBOLS, gnu.u32());
  const first = gnu.u32();
  const filterWords = gnu.u32();
  gnu.skip(4 + filterWords * (bits / 8));
  let last = 0;
  for (let i = 0; i < bucketCount && !gnu.failed; i++) last = Math.max(last, gnu.u32());
  if (last < first || gnu.failed) return first;
  // Chains lie one behind the other; the lowest bit marks the end of each.
  gnu.skip((last - first) * 4);
  for (let i = last; i < MAX_SYMBOLS && !gnu.failed; i++) {
    if ((gnu.u32() & 1) === 1) return i + 1;
  }
  return first;
}

/** The entries end with a length of zero; without one, where what follows is none. */
function framesSize(file: RandomAccess, segments: readonly ElfSegment[], address: number): number {
  const room = bytesBehind(segments, address);
  const cursor = new SectionCursor(sliceOf(file, fileOffset(segments, address) ?? 0, room));
  while (!cursor.atEnd) {
    const start = cursor.position;
    const length = cursor.u32();
    const end = cursor.position + (length === 0xffffffff ? cursor.u64() + 8 : length);
    if (length === 0 || cursor.failed || end > room) return start;
    cursor.seek(end);
  }
  return room;
}

/** Where `.eh_frame` lies, as the table for searching in it says. */
function framesAddress(file: RandomAccess, { offset, address }: ElfSegment): number | null {
  const cursor = new SectionCursor(sliceOf(file, offset, 8), 8);
  const version = cursor.u8();
  const encoding = cursor.u8();
  cursor.skip(2);
  const distance = cursor.i32();
  return version === 1 && encoding === PCREL_SDATA4 && !cursor.failed ? address + 4 + distance : null;
}
