// The entries of `.eh_frame` and `.debug_frame`: which code each describes, and the instructions that do. DWARF 5, section 6.4.1;
// Linux Standard Base, "Exception Frames", for `.eh_frame` and its pointer encodings.
import type { RandomAccess } from '../../symbols/random-access.ts';
import { SectionCursor } from '../section-cursor.ts';

/** Which of the two forms a section has, and where addresses in it count from. */
export type FrameSection = {
  readonly bytes: RandomAccess;
  readonly kind: 'eh_frame' | 'debug_frame';
  readonly addressBytes: 4 | 8;
  /** Address of the section itself (pcrel), and of others that encodings may name. */
  readonly address: number;
  readonly textAddress: number;
  readonly dataAddress: number;
};

/** What the entries of a group of functions have in common. */
export type CommonEntry = {
  readonly codeAlign: number;
  readonly dataAlign: number;
  readonly returnRegister: number;
  readonly signal: boolean;
  readonly instructions: Uint8Array;
  /** Encoding of addresses in the entries of functions. */
  readonly encoding: number;
  readonly hasAugmentationData: boolean;
  readonly segmentBytes: number;
  readonly addressBytes: 4 | 8;
};

/** One function, or a part of one. */
export type FrameEntry = {
  readonly common: CommonEntry;
  readonly start: number;
  readonly size: number;
  readonly instructions: Uint8Array;
};

const MAX_ENTRY_BYTES = 16 * 1024 * 1024;
const MAX_COMMON_ENTRIES = 100_000;
/** Entries that cannot be read, after which a section is given up: it is no such section. */
const MAX_BROKEN = 100_000;

const ENCODING_ABSOLUTE = 0;
const ENCODING_OMIT = 0xff;

/** Calls `each` for every entry of a function; gives how many could not be read. */
export function eachFrameEntry(section: FrameSection, each: (entry: FrameEntry) => void): number {
  const cursor = new SectionCursor(section.bytes);
  const reader = new FrameReader(section);
  let broken = 0;
  while (!cursor.atEnd && broken < MAX_BROKEN) {
    const at = cursor.position;
    const bounds = readLength(cursor);
    if (bounds === null) {
      // A length of zero ends `.eh_frame`; linkers may put more behind it.
      if (cursor.failed) return broken + 1;
      continue;
    }
    const { end, is64 } = bounds;
    const idAt = cursor.position;
    const id = is64 ? cursor.u64() : cursor.u32();
    if (!reader.isCommon(id, is64)) {
      const commonAt = section.kind === 'eh_frame' ? idAt - id : id;
      const common = commonAt === at ? null : reader.common(commonAt);
      const entry = common === null ? null : reader.entry(cursor, common, end);
      if (entry === null) broken++;
      else each(entry);
    }
    cursor.seek(end);
  }
  return broken;
}

/** Where the entry ends; null for a length of zero, or one that leaves the section. */
function readLength(cursor: SectionCursor): { readonly end: number; readonly is64: boolean } | null {
  const short = cursor.u32();
  const is64 = short === 0xffffffff;
  const length = is64 ? cursor.u64() : short;
  if (length === 0) return null;
  const end = cursor.position + length;
  if (cursor.failed || end > cursor.length || (short >= 0xfffffff0 && !is64)) {
    cursor.failed = true;
    return null;
  }
  return { end, is64 };
}

class FrameReader {
  private readonly section: FrameSection;
  private readonly known = new Map<number, CommonEntry | null>();

  constructor(section: FrameSection) {
    this.section = section;
  }

  isCommon(id: number, is64: boolean): boolean {
    if (this.section.kind === 'eh_frame') return id === 0;
    return is64 ? id >= 2 ** 64 - 2048 : id === 0xffffffff;
  }

  common(at: number): CommonEntry | null {
    const known = this.known.get(at);
    if (known !== undefined) return known;
    if (this.known.size >= MAX_COMMON_ENTRIES) this.known.clear();
    const common = this.readCommon(at);
    this.known.set(at, common);
    return common;
  }

  entry(cursor: SectionCursor, common: CommonEntry, end: number): FrameEntry | null {
    cursor.skip(common.segmentBytes);
    const start = this.pointer(cursor, common.encoding, common);
    // The size has the format of the address, and counts from nowhere.
    const size = this.pointer(cursor, common.encoding & 0x0f, common);
    if (common.hasAugmentationData) cursor.skip(cursor.uleb());
    const length = end - cursor.position;
    if (start === null || size === null || cursor.failed || length < 0 || length > MAX_ENTRY_BYTES)
      return null;
    const instructions = cursor.bytes(length);
    return cursor.failed ? null : { common, start, size, instructions };
  }

  private readCommon(at: number): CommonEntry | null {
    const { bytes, kind } = this.section;
    const cursor = new SectionCursor(bytes, 512);
    cursor.seek(at);
    const bounds = readLength(cursor);
    if (bounds === null) return null;
    const id = bounds.is64 ? cursor.u64() : cursor.u32();
    if (!this.isCommon(id, bounds.is64)) return null;
    const version = cursor.u8();
    const augmentation = Array.from(cursor.text() ?? [], (byte) => String.fromCharCode(byte)).join('');
    // GCC 2's way of exception tables.
    if (augmentation.startsWith('eh')) cursor.skip(this.section.addressBytes);
    let { addressBytes } = this.section;
    let segmentBytes = 0;
    if (version >= 4) {
      const size = cursor.u8();
      if (size !== 4 && size !== 8) return null;
      addressBytes = size;
      segmentBytes = cursor.u8();
    }
    const codeAlign = cursor.uleb();
    const dataAlign = cursor.sleb();
    const returnRegister = version === 1 ? cursor.u8() : cursor.uleb();
    const data = this.readAugmentation(cursor, augmentation, kind);
    const length = bounds.end - cursor.position;
    if (data === null || cursor.failed || length < 0 || length > MAX_ENTRY_BYTES) return null;
    const instructions = cursor.bytes(length).slice();
    if (cursor.failed) return null;
    return { codeAlign, dataAlign, returnRegister, instructions, segmentBytes, addressBytes, ...data };
  }

  /** The letters behind `z` that matter; null where an unknown one hides what follows. */
  private readAugmentation(
    cursor: SectionCursor,
    augmentation: string,
    kind: FrameSection['kind'],
  ): Pick<CommonEntry, 'encoding' | 'signal' | 'hasAugmentationData'> | null {
    const hasAugmentationData = augmentation.startsWith('z');
    let encoding = ENCODING_ABSOLUTE;
    let signal = false;
    const length = hasAugmentationData ? cursor.uleb() : 0;
    const dataAt = cursor.position;
    const letters = augmentation === 'eh' ? '' : augmentation.slice(hasAugmentationData ? 1 : 0);
    for (const letter of letters) {
      if (letter === 'R') encoding = cursor.u8();
      else if (letter === 'L') cursor.skip(1);
      else if (letter === 'P') this.skipPointer(cursor, cursor.u8());
      else if (letter === 'S') signal = true;
      // B: signed with the other key. G: memory tagging of the stack. Neither changes where things lie.
      else if (letter !== 'B' && letter !== 'G') {
        if (!hasAugmentationData) return null;
        break;
      }
    }
    if (hasAugmentationData) cursor.seek(dataAt + length);
    return { encoding: kind === 'debug_frame' ? ENCODING_ABSOLUTE : encoding, signal, hasAugmentationData };
  }

  private skipPointer(cursor: SectionCursor, encoding: number): void {
    this.value(cursor, encoding, this.section.addressBytes);
  }

  /** An encoded address; null where it cannot be known from the section alone. */
  private pointer(cursor: SectionCursor, encoding: number, common: CommonEntry): number | null {
    if (encoding === ENCODING_OMIT || (encoding & 0x80) !== 0) return null;
    const { section } = this;
    if ((encoding & 0x70) === 0x50) {
      const over = (section.address + cursor.position) % common.addressBytes;
      if (over > 0) cursor.skip(common.addressBytes - over);
    }
    const at = section.address + cursor.position;
    const value = this.value(cursor, encoding, common.addressBytes);
    if (value === null) return null;
    const bases: Readonly<Record<number, number>> = {
      0x00: 0,
      0x10: at,
      0x20: section.textAddress,
      0x30: section.dataAddress,
      0x50: 0,
    };
    const base = bases[encoding & 0x70];
    if (base === undefined) return null;
    // Sums wrap at the size of an address.
    const sum = base + value;
    if (base !== 0 && common.addressBytes === 4) return sum >>> 0;
    return sum;
  }

  private value(cursor: SectionCursor, encoding: number, addressBytes: 4 | 8): number | null {
    switch (encoding & 0x0f) {
      case 0x00:
        // Distances wrap around: as a signed number one backwards stays exact.
        return addressBytes === 8 ? cursor.i64() : cursor.u32();
      case 0x01:
        return cursor.uleb();
      case 0x02:
        return cursor.u16();
      case 0x03:
        return cursor.u32();
      case 0x04:
        return cursor.u64();
      case 0x09:
        return cursor.sleb();
      case 0x0a:
        return (cursor.u16() << 16) >> 16;
      case 0x0b:
        return cursor.i32();
      case 0x0c:
        return cursor.i64();
      default:
        return null;
    }
  }
}
