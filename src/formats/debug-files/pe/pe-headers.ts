// The headers of a PE file: sections, directories and ids. Microsoft, "PE Format".
import type { RandomAccess } from '../../symbols/random-access.ts';
import { SectionCursor, sliceOf } from '../section-cursor.ts';

const MAX_SECTIONS = 65_535;
const MAX_DEBUG_ENTRIES = 64;
const SYMBOL_BYTES = 18;
const PE32_PLUS = 0x20b;
const PE32 = 0x10b;
const DEBUG_CODEVIEW = 2;
const RSDS = 0x53445352;

/** By the number of the machine, which PDB files carry too. */
export const MACHINE_CPUS: Readonly<Record<number, string>> = {
  0x14c: 'x86',
  0x8664: 'x86_64',
  0xaa64: 'arm64',
  0x1c4: 'arm',
};

export type PeSection = {
  readonly name: string;
  readonly address: number;
  readonly size: number;
  readonly offset: number;
  readonly fileBytes: number;
  readonly isCode: boolean;
};

/** Where a directory lies, relative to the image. */
export type PeDirectory = { readonly address: number; readonly size: number };

export type PeHeaders = {
  readonly bits: 32 | 64;
  readonly cpu: string;
  readonly imageBase: number;
  readonly sections: readonly PeSection[];
  readonly exports: PeDirectory;
  readonly exceptions: PeDirectory;
  readonly codeId: string;
  /** Of the debug directory: GUID with age, and the name of the PDB. */
  readonly pdb: { readonly debugId: string; readonly name: string } | null;
  /** COFF symbols, and the table of long names behind them. */
  readonly symbolsAt: number;
  readonly symbolCount: number;
};

/** Reads the headers; a sentence where the file is none that can be read. */
export function readPeHeaders(file: RandomAccess): PeHeaders | string {
  const cursor = new SectionCursor(file, 4096);
  cursor.seek(0x3c);
  const at = cursor.u32();
  cursor.seek(at);
  if (cursor.u32() !== 0x4550) return 'the file is a program of DOS, or its PE header is cut off';
  const machine = cursor.u16();
  const sectionCount = cursor.u16();
  const timestamp = cursor.u32();
  const symbolsAt = cursor.u32();
  const symbolCount = cursor.u32();
  const optionalBytes = cursor.u16();
  cursor.skip(2);
  const optionalAt = cursor.position;
  const magic = cursor.u16();
  if (magic !== PE32 && magic !== PE32_PLUS) return 'the PE header has an unknown form';
  const bits = magic === PE32_PLUS ? 64 : 32;
  cursor.seek(optionalAt + (bits === 64 ? 24 : 28));
  const imageBase = bits === 64 ? cursor.u64() : cursor.u32();
  cursor.seek(optionalAt + 56);
  const imageBytes = cursor.u32();
  cursor.seek(optionalAt + (bits === 64 ? 108 : 92));
  const directoryCount = cursor.u32();
  const directories: PeDirectory[] = [];
  for (let i = 0; i < Math.min(16, directoryCount); i++) {
    directories.push({ address: cursor.u32(), size: cursor.u32() });
  }
  if (cursor.failed || sectionCount > MAX_SECTIONS) return 'the PE headers are cut off';
  const sections = readSections(
    file,
    optionalAt + optionalBytes,
    sectionCount,
    symbolsAt + symbolCount * SYMBOL_BYTES,
  );
  if (sections === null) return 'the section headers are cut off';
  const none = { address: 0, size: 0 };
  const headers = {
    bits,
    cpu: MACHINE_CPUS[machine] ?? 'unknown',
    imageBase,
    sections,
    exports: directories[0] ?? none,
    exceptions: directories[3] ?? none,
    codeId: `${timestamp.toString(16).padStart(8, '0')}${imageBytes.toString(16)}`.toUpperCase(),
    symbolsAt,
    symbolCount,
  } as const;
  return { ...headers, pdb: readPdbReference(file, sections, directories[6] ?? none) };
}

/** Names longer than eight letters are numbers: positions in the table behind the symbols. */
function readSections(file: RandomAccess, at: number, count: number, namesAt: number): PeSection[] | null {
  const cursor = new SectionCursor(file, 4096);
  const names = new SectionCursor(file, 256);
  const decoder = new TextDecoder();
  const sections: PeSection[] = [];
  cursor.seek(at);
  for (let i = 0; i < count; i++) {
    let name = decoder.decode(cursor.bytes(8)).replace(/\0.*$/s, '');
    const memoryBytes = cursor.u32();
    const address = cursor.u32();
    const fileBytes = cursor.u32();
    const offset = cursor.u32();
    cursor.skip(12);
    const flags = cursor.u32();
    if (cursor.failed) return null;
    if (/^\/\d{1,7}$/.test(name)) {
      names.seek(namesAt + Number(name.slice(1)));
      const long = names.text();
      if (long !== null) name = decoder.decode(long);
    }
    const size = memoryBytes === 0 ? fileBytes : memoryBytes;
    sections.push({ name, address, size, offset, fileBytes, isCode: (flags & 0x20000020) !== 0 });
  }
  return sections;
}

/** The bytes of the file behind an address relative to the image; null where it has none. */
export function peBytes(
  file: RandomAccess,
  sections: readonly PeSection[],
  { address, size }: PeDirectory,
): RandomAccess | null {
  const section = sections.find(
    (each) => address >= each.address && address < each.address + Math.max(each.size, each.fileBytes),
  );
  if (section === undefined || size === 0) return null;
  const within = address - section.address;
  const bytes = Math.min(size, section.fileBytes - within);
  return bytes <= 0 ? null : sliceOf(file, section.offset + within, bytes);
}

function readPdbReference(
  file: RandomAccess,
  sections: readonly PeSection[],
  directory: PeDirectory,
): PeHeaders['pdb'] {
  const entries = peBytes(file, sections, directory);
  if (entries === null) return null;
  const cursor = new SectionCursor(entries, 512);
  for (let i = 0; i < Math.min(MAX_DEBUG_ENTRIES, Math.floor(entries.byteLength / 28)); i++) {
    cursor.seek(i * 28 + 12);
    const type = cursor.u32();
    const size = cursor.u32();
    cursor.skip(4);
    const at = cursor.u32();
    if (type !== DEBUG_CODEVIEW || size < 24) continue;
    const record = new SectionCursor(sliceOf(file, at, size), 512);
    if (record.u32() !== RSDS) continue;
    const guid = guidOf(record);
    const age = record.u32();
    const name = record.text();
    if (record.failed && name === null) continue;
    return {
      debugId: `${guid}${age.toString(16).toUpperCase()}`,
      name: new TextDecoder().decode(name ?? undefined),
    };
  }
  return null;
}

/** A GUID at the cursor as 32 digits. */
export function guidOf(cursor: SectionCursor): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  let text = hex(cursor.u32(), 8) + hex(cursor.u16(), 4) + hex(cursor.u16(), 4);
  for (let i = 0; i < 8; i++) text += hex(cursor.u8(), 2);
  return text.toUpperCase();
}
