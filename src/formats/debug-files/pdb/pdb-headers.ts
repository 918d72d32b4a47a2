// What a PDB says of itself: its id, the modules that were linked, the sections, and which stream holds what.
import type { RandomAccess } from '../../symbols/random-access.ts';
import { guidOf, MACHINE_CPUS } from '../pe/pe-headers.ts';
import { SectionCursor, sliceOf } from '../section-cursor.ts';
import { type MsfFile, partOf } from './msf-file.ts';

const INFO_STREAM = 1;
const DBI_STREAM = 3;
const DBI_HEADER_BYTES = 64;
const MODULE_HEADER_BYTES = 64;
const SECTION_HEADER_BYTES = 40;
const MAX_MODULES = 65_536;
const MAX_SECTIONS = 65_535;
const MAX_NAMED_STREAMS = 4096;
const NO_STREAM = 0xffff;
/** Places of streams in the optional header. */
const OPTIONAL = {
  fpo: 0,
  omapToSource: 3,
  omapFromSource: 4,
  sections: 5,
  frameData: 9,
  sectionsBefore: 10,
} as const;
/** `IMAGE_SCN_CNT_CODE` and `IMAGE_SCN_MEM_EXECUTE`. */
const CODE_FLAGS = 0x2000_0020;

/** One linked object: its stream, and the sizes of the stream's parts. */
export type PdbModule = {
  readonly stream: number;
  readonly symbolBytes: number;
  /** Bytes of an older form of lines, which are stepped over. */
  readonly oldLineBytes: number;
  readonly lineBytes: number;
};

export type PdbSection = { readonly address: number; readonly size: number; readonly isCode: boolean };

export type PdbHeaders = {
  readonly debugId: string;
  readonly cpu: string;
  readonly modules: readonly PdbModule[];
  /** In the order of their numbers, which begin at 1; of a rearranged program as they were before. */
  readonly sections: readonly PdbSection[];
  readonly symbolStream: number;
  /** The stream of texts that modules share; -1 where there is none. */
  readonly namesStream: number;
  readonly frameDataStream: number;
  /** The older form of frame data. */
  readonly fpoStream: number;
  /** The code was moved after linking, and addresses in the records are those before: how to find those after; −1 where it was not. */
  readonly omapFromSourceStream: number;
  readonly omapToSourceStream: number;
};

/** Reads the headers; a sentence where the file is none that can be read. */
export function readPdbHeaders(msf: MsfFile): PdbHeaders | string {
  const info = msf.stream(INFO_STREAM);
  const dbi = msf.stream(DBI_STREAM);
  if (info === null) return 'the PDB has no id';
  if (dbi === null) return 'the PDB has no debug information of a program';
  const cursor = new SectionCursor(info, 4096);
  cursor.skip(12);
  const guid = guidOf(cursor);
  if (cursor.failed) return 'the PDB is cut off in its id';
  const namesStream = namedStream(cursor, '/names');

  const head = new SectionCursor(dbi, 4096);
  if (head.i32() !== -1) return 'the PDB has debug information of an older form';
  head.skip(4);
  // The age of the stream of ids counts every writing; programs carry this one.
  const age = head.u32();
  head.seek(20);
  const symbolStream = head.u16();
  head.seek(24);
  const sizes = Array.from({ length: 5 }, () => head.u32());
  head.skip(4);
  const optionalBytes = head.u32();
  const editBytes = head.u32();
  head.skip(2);
  const machine = head.u16();
  const [moduleBytes = 0] = sizes;
  const before = sizes.reduce((sum, size) => sum + size, DBI_HEADER_BYTES) + editBytes;
  if (head.failed || before + optionalBytes > dbi.byteLength)
    return 'the parts of the debug information are larger than it';
  const modules = readModules(sliceOf(dbi, DBI_HEADER_BYTES, moduleBytes));

  const optional = new SectionCursor(partOf(dbi, before, optionalBytes), 64);
  const streamAt = (place: number): number => {
    optional.seek(place * 2);
    const number = optional.u16();
    return optional.failed || number === NO_STREAM ? -1 : number;
  };
  const sectionsAt = streamAt(OPTIONAL.sections);
  const isRearranged = streamAt(OPTIONAL.omapFromSource) !== -1 || streamAt(OPTIONAL.omapToSource) !== -1;
  const sectionsBeforeAt = isRearranged ? streamAt(OPTIONAL.sectionsBefore) : -1;
  return {
    debugId: `${guid}${age.toString(16).toUpperCase()}`,
    cpu: MACHINE_CPUS[machine] ?? 'unknown',
    modules,
    sections: readSections(msf.stream(sectionsBeforeAt === -1 ? sectionsAt : sectionsBeforeAt)),
    symbolStream,
    namesStream,
    frameDataStream: streamAt(OPTIONAL.frameData),
    fpoStream: streamAt(OPTIONAL.fpo),
    omapFromSourceStream: streamAt(OPTIONAL.omapFromSource),
    omapToSourceStream: streamAt(OPTIONAL.omapToSource),
  };
}

/** The stream of a name; the cursor stands at the table of names. */
function namedStream(cursor: SectionCursor, wanted: string): number {
  const textBytes = cursor.u32();
  const textsAt = cursor.position;
  cursor.skip(textBytes);
  const count = Math.min(cursor.u32(), MAX_NAMED_STREAMS);
  cursor.skip(4);
  // Which slots are used, and which were: bits, in words.
  cursor.skip(cursor.u32() * 4);
  cursor.skip(cursor.u32() * 4);
  for (let i = 0; i < count; i++) {
    const text = cursor.u32();
    const stream = cursor.u32();
    if (cursor.failed) return -1;
    const next = cursor.position;
    cursor.seek(textsAt + text);
    const name = cursor.text();
    if (name !== null && new TextDecoder().decode(name) === wanted) return stream;
    cursor.seek(next);
  }
  return -1;
}

function readModules(part: RandomAccess): PdbModule[] {
  const modules: PdbModule[] = [];
  const cursor = new SectionCursor(part);
  while (!cursor.atEnd && modules.length < MAX_MODULES) {
    const start = cursor.position;
    cursor.skip(34);
    const stream = cursor.u16();
    const [symbolBytes, oldLineBytes, lineBytes] = [cursor.u32(), cursor.u32(), cursor.u32()];
    cursor.seek(start + MODULE_HEADER_BYTES);
    cursor.skipText();
    cursor.skipText();
    if (cursor.failed) break;
    cursor.seek((cursor.position + 3) & ~3);
    if (stream !== NO_STREAM) modules.push({ stream, symbolBytes, oldLineBytes, lineBytes });
  }
  return modules;
}

function readSections(stream: RandomAccess | null): PdbSection[] {
  const cursor = new SectionCursor(partOf(stream, 0, MAX_SECTIONS * SECTION_HEADER_BYTES), 4096);
  const sections: PdbSection[] = [];
  for (let at = 0; at + SECTION_HEADER_BYTES <= cursor.length; at += SECTION_HEADER_BYTES) {
    cursor.seek(at + 8);
    const size = cursor.u32();
    const address = cursor.u32();
    cursor.seek(at + 36);
    sections.push({ address, size, isCode: (cursor.u32() & CODE_FLAGS) !== 0 });
  }
  return sections;
}

/** The address of a place in a section, relative to the image; -1 outside of it. */
export function addressOf(sections: readonly PdbSection[], section: number, offset: number): number {
  const found = sections[section - 1];
  return found === undefined || !found.isCode || offset >= found.size ? -1 : found.address + offset;
}
