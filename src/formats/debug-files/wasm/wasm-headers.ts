// The sections of a WebAssembly module: its code, the names of its functions, and custom sections, which hold debug information. WebAssembly
// Core Specification, "Binary Format"; the tool conventions for DWARF and build ids.
import type { RandomAccess } from '../../symbols/random-access.ts';
import { SectionCursor, sliceOf } from '../section-cursor.ts';

const CUSTOM = 0;
const IMPORT = 2;
const CODE = 10;
const FUNCTION_NAMES = 1;
const MAX_SECTIONS = 10_000;
const MAX_FUNCTIONS = 4_000_000;
const MAX_U32 = 0xffff_ffff;
const MAX_ID_BYTES = 64;

/** A function by where its body lies: offsets in the code section. */
export type WasmBody = { readonly start: number; readonly size: number };

export type WasmHeaders = {
  /** What the code section holds; empty where there is none. */
  readonly code: RandomAccess;
  /** Custom sections by name; of several with one name the first. */
  readonly custom: ReadonlyMap<string, RandomAccess>;
  readonly buildId: Uint8Array | null;
  /** Functions that are imported: these have the first numbers. */
  readonly importedFunctions: number;
};

/** Reads the headers; a sentence where the file is none that can be read. */
export function readWasmHeaders(file: RandomAccess): WasmHeaders | string {
  const cursor = new SectionCursor(file, 4096);
  cursor.seek(4);
  if (cursor.u32() !== 1 || cursor.failed)
    return 'the WebAssembly module has an unknown version, or is a component';
  const custom = new Map<string, RandomAccess>();
  let code = sliceOf(file, 0, 0);
  let importedFunctions = 0;
  for (let i = 0; i < MAX_SECTIONS && !cursor.atEnd; i++) {
    const type = cursor.u8();
    const size = cursor.uleb();
    const start = cursor.position;
    const end = start + size;
    if (cursor.failed || size > MAX_U32 || end > file.byteLength)
      return 'a section of the WebAssembly module is cut off';
    if (type === CODE) code = sliceOf(file, start, size);
    else if (type === IMPORT) importedFunctions = countImports(new SectionCursor(sliceOf(file, start, size)));
    else if (type === CUSTOM) {
      const nameBytes = cursor.uleb();
      if (cursor.position + nameBytes > end) return 'a section of the WebAssembly module is cut off';
      const name = new TextDecoder().decode(cursor.bytes(nameBytes));
      if (!custom.has(name)) custom.set(name, sliceOf(file, cursor.position, end - cursor.position));
    }
    cursor.seek(end);
  }
  return { code, custom, buildId: readBuildId(custom.get('build_id')), importedFunctions };
}

/** A length and so many bytes. */
function readBuildId(section: RandomAccess | undefined): Uint8Array | null {
  if (section === undefined) return null;
  const cursor = new SectionCursor(section, 256);
  const length = cursor.uleb();
  const id = length > 0 && length <= MAX_ID_BYTES ? cursor.bytes(length).slice() : null;
  return cursor.failed ? null : id;
}

function countImports(cursor: SectionCursor): number {
  const count = Math.min(cursor.uleb(), MAX_FUNCTIONS);
  const skipLimits = (): void => {
    const hasMost = (cursor.u8() & 1) === 1;
    cursor.skipLeb();
    if (hasMost) cursor.skipLeb();
  };
  let functions = 0;
  for (let i = 0; i < count && !cursor.failed; i++) {
    cursor.skip(cursor.uleb());
    cursor.skip(cursor.uleb());
    const kind = cursor.u8();
    if (kind === 0) {
      functions++;
      cursor.skipLeb();
    } else if (kind === 1) {
      cursor.skip(1);
      skipLimits();
    } else if (kind === 2) skipLimits();
    else if (kind === 3) cursor.skip(2);
    else if (kind === 4) {
      cursor.skip(1);
      cursor.skipLeb();
    } else break;
  }
  return functions;
}

/** The bodies of functions, in the order of their numbers. */
export function readWasmBodies({ code }: WasmHeaders): WasmBody[] {
  const cursor = new SectionCursor(code);
  const count = Math.min(cursor.uleb(), MAX_FUNCTIONS);
  const bodies: WasmBody[] = [];
  for (let i = 0; i < count && !cursor.atEnd; i++) {
    const size = cursor.uleb();
    const start = cursor.position;
    if (cursor.failed || start + size > code.byteLength) break;
    bodies.push({ start, size });
    cursor.seek(start + size);
  }
  return bodies;
}

/** Calls `each` for the names of functions by their numbers. */
export function eachWasmName(section: RandomAccess, each: (number: number, name: Uint8Array) => void): void {
  const cursor = new SectionCursor(section);
  while (!cursor.atEnd) {
    const type = cursor.u8();
    const size = cursor.uleb();
    const end = cursor.position + size;
    if (cursor.failed || end > section.byteLength) return;
    if (type === FUNCTION_NAMES) {
      const count = Math.min(cursor.uleb(), MAX_FUNCTIONS);
      for (let i = 0; i < count; i++) {
        const number = cursor.uleb();
        const name = cursor.bytes(cursor.uleb());
        if (cursor.failed || cursor.position > end) return;
        each(number, name);
      }
    }
    cursor.seek(end);
  }
}
