// The load commands of a Mach-O file: its id, segments with their sections, and where its symbols lie (mach-o/loader.h).
import type { RandomAccess } from '../../symbols/random-access.ts';
import { SectionCursor } from '../section-cursor.ts';

const MAGIC_64 = 0xfeedfacf;
const MAGIC_32 = 0xfeedface;
const MAX_COMMANDS = 65_536;
const MAX_SECTIONS = 65_536;
const LC_SEGMENT = 0x1;
const LC_SYMTAB = 0x2;
const LC_ID_DYLIB = 0xd;
const LC_SEGMENT_64 = 0x19;
const LC_UUID = 0x1b;
const LC_FUNCTION_STARTS = 0x26;

/** CPUs by `cputype`, as MODULE lines spell them. */
const CPUS: Readonly<Record<number, string>> = {
  7: 'x86',
  0x01000007: 'x86_64',
  12: 'arm',
  0x0100000c: 'arm64',
};

export type MachoSection = {
  readonly name: string;
  readonly segment: string;
  readonly address: number;
  readonly size: number;
  readonly offset: number;
  /** The section has no bytes in the file. */
  readonly isEmpty: boolean;
  readonly isCode: boolean;
};

export type MachoHeaders = {
  readonly bits: 32 | 64;
  readonly cpu: string;
  readonly fileType: number;
  readonly uuid: Uint8Array | null;
  /** Path of a library as it names itself. */
  readonly libraryName: string | null;
  /** Where the text segment is linked to. */
  readonly base: number;
  readonly sections: readonly MachoSection[];
  readonly symbols: {
    readonly at: number;
    readonly count: number;
    readonly namesAt: number;
    readonly namesBytes: number;
  } | null;
  readonly functionStarts: { readonly at: number; readonly size: number } | null;
};

/** `MH_OBJECT`. */
export const OBJECT = 1;
/** `MH_DSYM`. */
export const DSYM = 0xa;

/** Reads the commands; a sentence where the file is none that can be read. */
export function readMachoHeaders(file: RandomAccess): MachoHeaders | string {
  const cursor = new SectionCursor(file);
  const magic = cursor.u32();
  if (magic !== MAGIC_64 && magic !== MAGIC_32) return 'big-endian Mach-O files are not read';
  const bits = magic === MAGIC_64 ? 64 : 32;
  const cpu = CPUS[cursor.u32()] ?? 'unknown';
  cursor.skip(4);
  const fileType = cursor.u32();
  const commandCount = cursor.u32();
  const commandsBytes = cursor.u32();
  let at = bits === 64 ? 32 : 28;
  const end = at + commandsBytes;
  if (cursor.failed || end > file.byteLength || commandCount > MAX_COMMANDS) {
    return 'the load commands are cut off';
  }
  let uuid: Uint8Array | null = null;
  let libraryName: string | null = null;
  let base = 0;
  let symbols: MachoHeaders['symbols'] = null;
  let functionStarts: MachoHeaders['functionStarts'] = null;
  const sections: MachoSection[] = [];
  for (let i = 0; i < commandCount && at + 8 <= end; i++) {
    cursor.seek(at);
    const command = cursor.u32();
    const size = cursor.u32();
    if (size < 8 || at + size > end) return 'a load command is damaged';
    if (command === LC_UUID) uuid = cursor.bytes(16).slice();
    else if (command === LC_SEGMENT || command === LC_SEGMENT_64) {
      const text = readSegment(cursor, command === LC_SEGMENT_64 ? 8 : 4, at + size, sections);
      base = text ?? base;
    } else if (command === LC_SYMTAB) {
      symbols = { at: cursor.u32(), count: cursor.u32(), namesAt: cursor.u32(), namesBytes: cursor.u32() };
    } else if (command === LC_FUNCTION_STARTS) functionStarts = { at: cursor.u32(), size: cursor.u32() };
    else if (command === LC_ID_DYLIB) {
      const nameAt = cursor.u32();
      cursor.seek(at + nameAt);
      const bytes = nameAt < size ? cursor.text() : null;
      libraryName = bytes === null ? null : new TextDecoder().decode(bytes);
    }
    at += size;
  }
  return { bits, cpu, fileType, uuid, libraryName, base, sections, symbols, functionStarts };
}

/** Adds the sections; the address where the segment is that of the code, else null. */
function readSegment(
  cursor: SectionCursor,
  word: 4 | 8,
  end: number,
  sections: MachoSection[],
): number | null {
  const decoder = new TextDecoder();
  const name = (): string => decoder.decode(cursor.bytes(16)).replace(/\0.*$/s, '');
  const segment = name();
  const address = cursor.word(word);
  cursor.skip(word);
  cursor.skip(word * 2 + 8);
  const count = cursor.u32();
  cursor.skip(4);
  for (let i = 0; i < count && cursor.position < end && sections.length < MAX_SECTIONS; i++) {
    const own = name();
    const ofSegment = name();
    const start = cursor.word(word);
    const size = cursor.word(word);
    const offset = cursor.u32();
    cursor.skip(12);
    const flags = cursor.u32();
    cursor.skip(word === 8 ? 12 : 8);
    if (cursor.failed) break;
    const kind = flags & 0xff;
    sections.push({
      name: own,
      segment: ofSegment,
      address: start,
      size,
      offset,
      // Zero-filled; dSYM files keep the headers of what they have not.
      isEmpty: kind === 1 || kind === 0xc || offset === 0,
      isCode: (flags & 0x80000400) !== 0 || own === '__text',
    });
  }
  return segment === '__TEXT' ? address : null;
}
