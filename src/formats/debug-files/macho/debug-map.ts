// The debug map of a program that no dSYM was made for: which object each function was linked from, and where it went. Debug information stays
// in the objects (`N_OSO`); symbols of debuggers (stabs) in the program say this. Apple, "mach-o/stab.h"; what dsymutil follows.
import type { RandomAccess } from '../../symbols/random-access.ts';
import { SectionCursor } from '../section-cursor.ts';
import type { TextTable } from '../text-table.ts';

const N_FUN = 0x24;
const N_SO = 0x64;
const N_OSO = 0x66;
const MAX_OBJECTS = 100_000;
const MAX_FUNCTIONS = 8 * 1024 * 1024;

/** A function as it lies in the program. */
export type MappedFunction = { readonly name: string; readonly address: number; readonly size: number };

/** An object that functions came from. */
export type MappedObject = {
  /** As the linker was given it: `…/x.o`, or `…/lib.a(x.o)`. */
  readonly path: string;
  readonly functions: readonly MappedFunction[];
};

/** Reads the stabs of a symbol table; objects without functions are left out. */
export function readDebugMap(
  symbols: RandomAccess,
  { count, wordBytes }: { readonly count: number; readonly wordBytes: 4 | 8 },
  names: TextTable,
): MappedObject[] {
  const cursor = new SectionCursor(symbols);
  const decoder = new TextDecoder();
  const objects: { path: string; functions: MappedFunction[] }[] = [];
  let object: { path: string; functions: MappedFunction[] } | null = null;
  let open: { readonly name: string; readonly address: number } | null = null;
  let functions = 0;
  for (let i = 0; i < count && functions < MAX_FUNCTIONS; i++) {
    const nameAt = cursor.u32();
    const type = cursor.u8();
    cursor.skip(3);
    const value = cursor.word(wordBytes);
    if (cursor.failed) break;
    if (type !== N_FUN && type !== N_SO && type !== N_OSO) continue;
    const bytes = names.at(nameAt);
    const name = bytes === null ? '' : decoder.decode(bytes);
    if (type === N_OSO && objects.length < MAX_OBJECTS) {
      object = { path: name, functions: [] };
      objects.push(object);
    } else if (type === N_SO && name === '') object = null;
    else if (type === N_FUN && name !== '') open = { name, address: value };
    else if (type === N_FUN && open !== null) {
      // The second of a pair has no name, and the size as its value.
      if (value > 0) object?.functions.push({ ...open, size: value });
      functions++;
      open = null;
    }
  }
  return objects.filter((each) => each.functions.length > 0);
}

/** What the file of an object is called: of `lib.a(x.o)` the name of the member. */
export function objectName(path: string): string {
  const member = /\(([^()]+)\)$/.exec(path)?.[1];
  return (member ?? path).split('/').at(-1) ?? '';
}
