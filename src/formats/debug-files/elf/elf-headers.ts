// The headers of an ELF file: what kind it is, its sections and its segments. System V ABI (gABI), chapters 4 and 5.
import type { RandomAccess } from '../../symbols/random-access.ts';
import { SectionCursor } from '../section-cursor.ts';
import { TextTable } from '../text-table.ts';

/** Most sections and segments; `-ffunction-sections` objects have a few hundred thousand at most. */
const MAX_SECTIONS = 1_000_000;
const MAX_SEGMENTS = 65_535;

const HEADER_BYTES = { 32: 52, 64: 64 } as const;
const SECTION_BYTES = { 32: 40, 64: 64 } as const;
const SEGMENT_BYTES = { 32: 32, 64: 56 } as const;
const SHN_XINDEX = 0xffff;

/** A section header. */
export type ElfSection = {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly entryBytes: number;
};

/** A program header. */
export type ElfSegment = {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
};

/** The headers of one file. */
export type ElfHeaders = {
  readonly bits: 32 | 64;
  readonly type: number;
  readonly machine: number;
  readonly osAbi: number;
  readonly sections: readonly ElfSection[];
  readonly segments: readonly ElfSegment[];
};

/** Types and flags of sections and segments that Mayday asks for. */
export const SHT_NULL = 0;
export const SHT_PROGBITS = 1;
export const SHT_SYMTAB = 2;
export const SHT_STRTAB = 3;
export const SHT_NOTE = 7;
export const SHT_NOBITS = 8;
export const SHT_DYNSYM = 11;
export const SHT_ARM_EXIDX = 0x70000001;
export const SHF_ALLOC = 2;
export const SHF_EXECINSTR = 4;
export const SHF_COMPRESSED = 0x800;
export const PT_LOAD = 1;
export const PT_NOTE = 4;
export const PF_X = 1;

/** Reads the headers; a sentence where the file is none that can be read. */
export function readElfHeaders(file: RandomAccess): ElfHeaders | string {
  const cursor = new SectionCursor(file);
  cursor.seek(4);
  const bits = cursor.u8() === 2 ? 64 : 32;
  if (file.byteLength < HEADER_BYTES[bits]) return 'the ELF header is cut off';
  if (cursor.u8() !== 1) return 'big-endian ELF files are not read';
  cursor.skip(1);
  const osAbi = cursor.u8();
  cursor.seek(16);
  const type = cursor.u16();
  const machine = cursor.u16();
  cursor.skip(4);
  const word = bits / 8;
  cursor.skip(word);
  const segmentsAt = cursor.word(word);
  const sectionsAt = cursor.word(word);
  cursor.skip(4 + 2);
  const segmentBytes = cursor.u16();
  const segmentCount = cursor.u16();
  const sectionBytes = cursor.u16();
  const sectionCount = cursor.u16();
  const namesIndex = cursor.u16();
  const segments = readSegments(cursor, bits, { at: segmentsAt, count: segmentCount, bytes: segmentBytes });
  const table = { at: sectionsAt, count: sectionCount, bytes: sectionBytes };
  const sections = sectionsAt === 0 ? [] : readSections(file, bits, table, namesIndex);
  if (typeof sections === 'string') return sections;
  return { bits, type, machine, osAbi, sections, segments };
}

type Table = { readonly at: number; readonly count: number; readonly bytes: number };

function readSegments(cursor: SectionCursor, bits: 32 | 64, table: Table): ElfSegment[] {
  const segments: ElfSegment[] = [];
  if (table.bytes < SEGMENT_BYTES[bits]) return segments;
  for (let i = 0; i < Math.min(table.count, MAX_SEGMENTS); i++) {
    cursor.seek(table.at + i * table.bytes);
    const type = cursor.u32();
    let flags = bits === 64 ? cursor.u32() : 0;
    const word = bits / 8;
    const offset = cursor.word(word);
    const address = cursor.word(word);
    cursor.skip(word);
    const fileBytes = cursor.word(word);
    const memoryBytes = cursor.word(word);
    if (bits === 32) flags = cursor.u32();
    if (cursor.failed) break;
    segments.push({ type, flags, offset, address, fileBytes, memoryBytes });
  }
  return segments;
}

type RawSection = Omit<ElfSection, 'name'> & { readonly nameAt: number };

function readSections(
  file: RandomAccess,
  bits: 32 | 64,
  table: Table,
  namesIndex: number,
): ElfSection[] | string {
  if (table.bytes < SECTION_BYTES[bits]) return 'the entries of the section headers are too small';
  const cursor = new SectionCursor(file);
  const first = readSection(cursor, bits, table.at);
  if (first === null) return 'the section headers are cut off';
  // More than 65,279 sections: the counts do not fit the header and stand in section 0.
  const count = table.count === 0 ? first.size : table.count;
  const namesAt = namesIndex === SHN_XINDEX ? first.link : namesIndex;
  if (count > MAX_SECTIONS || table.at + count * table.bytes > file.byteLength) {
    return 'the section headers are cut off';
  }
  const raw: RawSection[] = [];
  for (let i = 0; i < count; i++) {
    const section = readSection(cursor, bits, table.at + i * table.bytes);
    if (section === null) return 'the section headers are cut off';
    raw.push(section);
  }
  const names = raw[namesAt];
  const texts = new TextTable(
    names === undefined || names.offset + names.size > file.byteLength
      ? { byteLength: 0, read: () => new Uint8Array(0) }
      : {
          byteLength: names.size,
          read: (position, length) =>
            file.read(names.offset + position, Math.min(length, names.size - position)),
        },
  );
  const decoder = new TextDecoder();
  const none = new Uint8Array(0);
  return raw.map((section) =>
    named(section, decoder.decode(texts.at(section.nameAt)?.subarray(0, 256) ?? none)),
  );
}

function named(
  { type, flags, address, offset, size, link, entryBytes }: RawSection,
  name: string,
): ElfSection {
  return { name, type, flags, address, offset, size, link, entryBytes };
}

function readSection(cursor: SectionCursor, bits: 32 | 64, at: number): RawSection | null {
  cursor.seek(at);
  const word = bits / 8;
  const nameAt = cursor.u32();
  const type = cursor.u32();
  const flags = cursor.word(word);
  const address = cursor.word(word);
  const offset = cursor.word(word);
  const size = cursor.word(word);
  const link = cursor.u32();
  cursor.skip(4 + word);
  const entryBytes = cursor.word(word);
  return cursor.failed ? null : { nameAt, type, flags, address, offset, size, link, entryBytes };
}
