// ModuleList (4) and UnloadedModuleList (14): the code that is, and that was, in the process.
import type { ByteReader } from '../../../base/byte-reader.ts';
import { type ParseContext, countedEntries, extendedEntries, readLocation } from '../parse-context.ts';
import { readUtf16At } from '../strings.ts';
import { type CodeView, readCodeView } from './code-view.ts';
import { codeId, debugId } from './module-ids.ts';
import type { OsKind } from './system-info.ts';

/** A module that was loaded when the dump was written. */
export interface MinidumpModule {
  readonly base: bigint;
  readonly size: bigint;
  /** Path of the module as the process knew it. */
  readonly codeFile: string;
  readonly codeId: string | null;
  readonly debugFile: string;
  readonly debugId: string | null;
  readonly version: string | null;
  readonly codeView: CodeView | null;
}

/** A module that had been unloaded; ranges of these may overlap. */
export interface UnloadedModule {
  readonly base: bigint;
  readonly size: bigint;
  readonly codeFile: string;
  readonly codeId: string;
}

// MINIDUMP_MODULE: base u64, size u32, checksum u32, timestamp u32, name rva u32, VS_FIXEDFILEINFO (13 x u32),
// CodeView {size, rva}, misc {size, rva}, two reserved u64.
const MODULE = { part: 'ModuleList', entrySize: 108 };
const FIXED_FILE_INFO = 24;
const CODE_VIEW_LOCATION = 76;

// VS_FIXEDFILEINFO starts with these two values, where it is filled in at all.
const VERSION_SIGNATURE = 0xfeef04bd;
const VERSION_STRUCT = 0x00010000;

// MINIDUMP_UNLOADED_MODULE: base u64, size u32, checksum u32, timestamp u32, name rva u32.
const UNLOADED = { part: 'UnloadedModuleList', entrySize: 24 };

const ADDRESS_END = 2n ** 64n;

/** Reads the ModuleList stream. A module without a plausible range is dropped; one without a name keeps its range. */
export function readModules(context: ParseContext, stream: ByteReader, os: OsKind): MinidumpModule[] {
  const entries = countedEntries(context, stream, { ...MODULE, maxEntries: context.limits.maxModules });
  const modules: MinidumpModule[] = [];
  for (const [index, record] of entries.entries()) {
    const base = record.u64(0);
    const size = record.u32(8);
    if (size === 0 || base + BigInt(size) > ADDRESS_END) {
      context.notes.add('ModuleList', `module ${index} has no usable address range and is left out`);
      continue;
    }
    const codeFile = readUtf16At(context, record.u32(20));
    if (codeFile === null) context.notes.add('ModuleList', `the name of module ${index} cannot be read`);
    const codeView = moduleCodeView(context, record, index);
    const source = {
      codeView,
      timestamp: record.u32(16),
      size,
      os,
      littleEndian: record.littleEndian,
    };
    modules.push({
      base,
      size: BigInt(size),
      codeFile: codeFile ?? '',
      codeId: codeId(source),
      debugFile: debugFileOf(codeView, codeFile ?? ''),
      debugId: debugId(source),
      version: readVersion(record, os),
      codeView,
    });
  }
  return modules;
}

/** Reads the UnloadedModuleList stream. */
export function readUnloadedModules(context: ParseContext, stream: ByteReader): UnloadedModule[] {
  const shape = { ...UNLOADED, maxEntries: context.limits.maxUnloadedModules };
  const modules: UnloadedModule[] = [];
  for (const [index, record] of extendedEntries(context, stream, shape).entries()) {
    const base = record.u64(0);
    const size = record.u32(8);
    if (size === 0 || base + BigInt(size) > ADDRESS_END) {
      context.notes.add(UNLOADED.part, `module ${index} has no usable address range and is left out`);
      continue;
    }
    const codeFile = readUtf16At(context, record.u32(20));
    if (codeFile === null) context.notes.add(UNLOADED.part, `the name of module ${index} cannot be read`);
    const timestamp = record.u32(16).toString(16).padStart(8, '0');
    modules.push({
      base,
      size: BigInt(size),
      codeFile: codeFile ?? '',
      codeId: timestamp + size.toString(16),
    });
  }
  return modules;
}

function moduleCodeView(context: ParseContext, record: ByteReader, index: number): CodeView | null {
  const size = record.u32(CODE_VIEW_LOCATION);
  if (size === 0) return null;
  if (size > context.limits.maxCodeViewBytes) {
    context.notes.add(
      'ModuleList',
      `the CodeView record of module ${index} has ${size} bytes and is not read`,
    );
    return null;
  }
  const window = readLocation(context, record, CODE_VIEW_LOCATION);
  const codeView = window === null ? null : readCodeView(context, window);
  if (codeView === null) {
    context.notes.add('ModuleList', `the CodeView record of module ${index} cannot be read`);
  }
  return codeView;
}

function debugFileOf(codeView: CodeView | null, codeFile: string): string {
  switch (codeView?.kind) {
    case 'pdb70':
    case 'pdb20':
      return codeView.file;
    case 'elf':
      return codeFile;
    default:
      return '';
  }
}

/** Four numbers: 16-bit halves of the file version on Windows and macOS, four 32-bit fields for ELF. */
function readVersion(record: ByteReader, os: OsKind): string | null {
  const info = record.require(FIXED_FILE_INFO, 24);
  if (info.u32(0) !== VERSION_SIGNATURE || info.u32(4) !== VERSION_STRUCT) return null;
  const [high, low, productHigh, productLow] = [info.u32(8), info.u32(12), info.u32(16), info.u32(20)];
  const halves = os === 'windows' || os === 'macos' || os === 'ios';
  const numbers = halves
    ? [high >>> 16, high & 0xffff, low >>> 16, low & 0xffff]
    : [high, low, productHigh, productLow];
  return numbers.join('.');
}
