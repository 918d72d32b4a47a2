// The contents of the sections of an ELF file, unpacked where they are compressed (gABI's SHF_COMPRESSED, and GNU's older
// `.zdebug_*`).
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { DebugFileEnvironment, Note, Packing } from '../debug-file.ts';
import { SectionCursor, sliceOf } from '../section-cursor.ts';
import {
  type ElfHeaders,
  type ElfSection,
  PT_LOAD,
  SHF_ALLOC,
  SHF_COMPRESSED,
  SHT_NOBITS,
  SHT_NULL,
} from './elf-headers.ts';

/** How often larger than its packed form a section may be; real debug information grows two to eight times. */
const MAX_RATIO = 100;
const RATIO_FREE_BYTES = 1024 * 1024;
/** Bytes of all unpacked sections of a file. */
const MAX_UNPACKED_BYTES = 4 * 1024 ** 3;
const ZLIB = 1;
const ZSTD = 2;
/** "ZLIB" and a size of eight bytes, big-endian. */
const GNU_HEADER_BYTES = 12;

/** The sections of one file. */
export class ElfSections {
  private readonly file: RandomAccess;
  private readonly headers: ElfHeaders;
  private readonly unpacked = new Map<ElfSection, RandomAccess | null>();
  private unpackedBytes = 0;

  constructor(file: RandomAccess, headers: ElfHeaders) {
    this.file = file;
    this.headers = headers;
  }

  /** The section of a name, also where it is stored as `.zdebug_*`; null where it is absent or has no bytes. */
  find(name: string): ElfSection | null {
    const zdebug = name.startsWith('.debug_') ? `.z${name.slice(1)}` : name;
    const found = this.headers.sections.find(
      (section) =>
        (section.name === name || section.name === zdebug) &&
        section.type !== SHT_NOBITS &&
        section.size > 0 &&
        section.offset + section.size <= this.file.byteLength,
    );
    return found ?? null;
  }

  /** Sections that claim bytes which the file has not. */
  outside(): readonly ElfSection[] {
    return this.headers.sections.filter(
      ({ type, offset, size }) =>
        type !== SHT_NULL && type !== SHT_NOBITS && size > 0 && offset + size > this.file.byteLength,
    );
  }

  /** The bytes of a section as they lie in the file, or unpacked where `unpack` was called; null where there are none. */
  bytes(section: ElfSection): RandomAccess | null {
    const known = this.unpacked.get(section);
    if (known !== undefined) return known;
    if (section.type === SHT_NOBITS || section.offset + section.size > this.file.byteLength) return null;
    return sliceOf(this.file, section.offset, section.size);
  }

  /** The bytes of the section of a name. */
  named(name: string): RandomAccess | null {
    const section = this.find(name);
    return section === null ? null : this.bytes(section);
  }

  /** What lies at an address of the loaded program, up to the end of its section or segment; null where the file has no bytes for it. */
  atAddress(address: number, size: number): RandomAccess | null {
    const { sections, segments } = this.headers;
    const isIn = (start: number, length: number): boolean => address >= start && address < start + length;
    const section = sections.find(
      (each) => (each.flags & SHF_ALLOC) !== 0 && each.type !== SHT_NOBITS && isIn(each.address, each.size),
    );
    if (section !== undefined) {
      const within = address - section.address;
      return sliceOf(this.file, section.offset + within, Math.min(size, section.size - within));
    }
    const segment = segments.find((each) => each.type === PT_LOAD && isIn(each.address, each.fileBytes));
    if (segment === undefined) return null;
    const within = address - segment.address;
    return sliceOf(this.file, segment.offset + within, Math.min(size, segment.fileBytes - within));
  }

  /** A table of symbols by the type of its section, and the texts of their names; null where there is none. */
  symbolTable(type: number): { readonly symbols: RandomAccess; readonly names: RandomAccess } | null {
    const { sections } = this.headers;
    const table = sections.find((section) => section.type === type);
    const texts = table === undefined ? undefined : sections[table.link];
    const symbols = table === undefined ? null : this.bytes(table);
    const names = texts === undefined ? null : this.bytes(texts);
    return symbols === null || names === null ? null : { symbols, names };
  }

  /** Unpacks a section where it is compressed. */
  async unpack(name: string, environment: DebugFileEnvironment, note: Note): Promise<void> {
    const section = this.find(name);
    if (section === null || this.unpacked.has(section)) return;
    const packed = sliceOf(this.file, section.offset, section.size);
    const header = this.packedHeader(section, packed);
    if (header === null) return;
    const fits =
      header.packing !== null &&
      header.size <= packed.byteLength * MAX_RATIO + RATIO_FREE_BYTES &&
      this.unpackedBytes + header.size <= MAX_UNPACKED_BYTES;
    const body = sliceOf(packed, header.at, packed.byteLength);
    const bytes =
      fits && header.packing !== null ? await environment.unpack(body, header.packing, header.size) : null;
    this.unpackedBytes += bytes?.byteLength ?? 0;
    if (bytes === null) note(`the compressed section ${section.name} cannot be unpacked`);
    this.unpacked.set(section, bytes);
  }

  private packedHeader(
    section: ElfSection,
    packed: RandomAccess,
  ): { readonly packing: Packing | null; readonly size: number; readonly at: number } | null {
    const cursor = new SectionCursor(packed, GNU_HEADER_BYTES * 2);
    if ((section.flags & SHF_COMPRESSED) !== 0) {
      const type = cursor.u32();
      const is64 = this.headers.bits === 64;
      if (is64) cursor.skip(4);
      const size = cursor.word(is64 ? 8 : 4);
      const packing = type === ZLIB ? 'zlib' : type === ZSTD ? 'zstd' : null;
      return { packing: cursor.failed ? null : packing, size, at: is64 ? 24 : 12 };
    }
    if (!section.name.startsWith('.zdebug_') || cursor.u32() !== 0x42494c5a /* ZLIB */) return null;
    let size = 0;
    for (let i = 0; i < 8; i++) size = size * 256 + cursor.u8();
    return { packing: cursor.failed ? null : 'zlib', size, at: GNU_HEADER_BYTES };
  }
}
