// The functions that an ELF symbol table names, with their sizes.
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { CodeRanges } from '../code-ranges.ts';
import { FunctionSymbols, type NamedFunction } from '../function-symbols.ts';
import { SectionCursor } from '../section-cursor.ts';
import type { TextTable } from '../text-table.ts';

const SYMBOL_BYTES = { 32: 16, 64: 24 } as const;
const MAX_SYMBOLS = 8 * 1024 * 1024;
const STT_FUNC = 2;
const STT_GNU_IFUNC = 10;
const STB_LOCAL = 0;
const STB_GLOBAL = 1;
/** Section indexes from here on are special; SHN_ABS symbols have no code. */
const SHN_LORESERVE = 0xff00;
const SHN_XINDEX = 0xffff;

/** Where a table and its names lie. */
export type ElfSymbolTable = {
  readonly bits: 32 | 64;
  readonly symbols: RandomAccess;
  readonly names: TextTable;
  /** Bit 0 of an address says that the code is Thumb. */
  readonly isArm: boolean;
};

/** The functions of a table; of several names of one address the best is taken. */
export function elfFunctions(table: ElfSymbolTable, code: CodeRanges): FunctionSymbols {
  const found = readFunctions(table, code);
  const { addresses, sizes, names, ranks } = found;
  const order = Uint32Array.from({ length: found.count }, (_, i) => i);
  order.sort(
    (a, b) => (addresses[a] ?? 0) - (addresses[b] ?? 0) || (ranks[a] ?? 0) - (ranks[b] ?? 0) || a - b,
  );
  const functions: NamedFunction[] = [];
  let last = -1;
  for (let i = 0; i < order.length; i++) {
    const at = order[i] ?? 0;
    const address = addresses[at] ?? 0;
    if (address === last) continue;
    let size = sizes[at] ?? 0;
    if (size === 0) {
      // Hand-written assembler gives no size: up to the next symbol, or to the end of the section.
      let next = i + 1;
      while (next < order.length && addresses[order[next] ?? 0] === address) next++;
      const end = code.endOf(address);
      size = Math.min(next < order.length ? (addresses[order[next] ?? 0] ?? end) : end, end) - address;
    }
    const name = names[at] ?? 0;
    if ((table.names.at(name)?.length ?? 0) === 0) continue;
    last = address;
    functions.push({ address, size, name });
  }
  return new FunctionSymbols(functions, (name) => {
    const text = table.names.at(name);
    return text === null ? null : withoutVersion(text);
  });
}

type Functions = {
  readonly count: number;
  readonly addresses: Float64Array;
  readonly sizes: Float64Array;
  readonly names: Uint32Array;
  /** Smaller is better. */
  readonly ranks: Uint8Array;
};

function readFunctions({ bits, symbols, isArm }: ElfSymbolTable, code: CodeRanges): Functions {
  const total = Math.min(MAX_SYMBOLS, Math.floor(symbols.byteLength / SYMBOL_BYTES[bits]));
  const cursor = new SectionCursor(symbols);
  const addresses = new Float64Array(total);
  const sizes = new Float64Array(total);
  const names = new Uint32Array(total);
  const ranks = new Uint8Array(total);
  let count = 0;
  for (let i = 0; i < total; i++) {
    const name = cursor.u32();
    let value = bits === 32 ? cursor.u32() : 0;
    let size = bits === 32 ? cursor.u32() : 0;
    const info = cursor.u8();
    cursor.skip(1);
    const section = cursor.u16();
    if (bits === 64) {
      value = cursor.u64();
      size = cursor.u64();
    }
    const type = info & 0xf;
    if (type !== STT_FUNC && type !== STT_GNU_IFUNC) continue;
    if (section === 0 || (section >= SHN_LORESERVE && section !== SHN_XINDEX)) continue;
    if (isArm) value -= value % 2;
    if (!code.has(value)) continue;
    const binding = info >> 4;
    addresses[count] = value;
    sizes[count] = size;
    names[count] = name;
    ranks[count] = (size === 0 ? 4 : 0) + (binding === STB_GLOBAL ? 0 : binding === STB_LOCAL ? 2 : 1);
    count++;
  }
  return { count, addresses, sizes, names, ranks };
}

/** `memcpy@@GLIBC_2.14` is `memcpy`. */
function withoutVersion(name: Uint8Array): Uint8Array {
  const at = name.indexOf(0x40);
  return at > 0 && isVersion(name, at) ? name.subarray(0, at) : name;
}

/** `@V` or `@@V` with a version that starts with a letter, and nothing but a version behind it. */
function isVersion(name: Uint8Array, at: number): boolean {
  const start = name[at + 1] === 0x40 ? at + 2 : at + 1;
  return start < name.length && name.indexOf(0x40, start) === -1 && name[0] !== 0x3f;
}
