// The containers that can be read, and how to open one of them.
import type { RandomAccess } from '../symbols/random-access.ts';
import { ARCHIVE } from './containers/archive.ts';
import { ELF } from './containers/elf.ts';
import { MACHO } from './containers/macho.ts';
import { PDB } from './containers/pdb.ts';
import { PE } from './containers/pe.ts';
import { WASM } from './containers/wasm.ts';
import { type DebugFileFormat, type OpenedDebugFile, START_BYTES } from './debug-file.ts';

/** In the order in which they are asked. */
export const DEBUG_FILE_FORMATS: readonly DebugFileFormat[] = [ELF, MACHO, PE, PDB, WASM, ARCHIVE];

/** The format that these first bytes belong to; null where they are no debug file. */
export function debugFileFormatOf(start: Uint8Array): DebugFileFormat | null {
  return DEBUG_FILE_FORMATS.find((format) => format.matches(start)) ?? null;
}

/** Opens a debug file of any kind. */
export function openDebugFile(file: RandomAccess): OpenedDebugFile {
  const format = debugFileFormatOf(file.read(0, START_BYTES));
  return format === null
    ? { ok: false, fault: file.byteLength === 0 ? 'the file is empty' : 'the file is no debug file' }
    : format.open(file);
}
