// Apple's compact unwind information (`__unwind_info`, mach-o/compact_unwind_encoding.h): one number for each function that says how its
// frame is laid out. It describes the body of a function, not its prologue. Encodings that refer to `__eh_frame` are left to that.
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { SymbolSink } from '../../symbols/symbol-sink.ts';
import type { CodeRanges } from '../code-ranges.ts';
import { SectionCursor } from '../section-cursor.ts';

const MAX_ENTRIES = 4_000_000;
const REGULAR_PAGE = 2;
const COMPRESSED_PAGE = 3;

/** Where the rows go, and what the encodings leave in the code. */
export type CompactUnwindTarget = {
  readonly sink: Pick<SymbolSink, 'unwindRange' | 'unwindRow'>;
  /** What `__eh_frame` describes, which is exact in prologues, too. */
  readonly described: CodeRanges;
  readonly cpu: string;
  /** End of the code that holds an offset. */
  readonly endOf: (offset: number) => number;
  readonly codeAt: (offset: number, length: number) => Uint8Array;
};

const encoder = new TextEncoder();

/** Writes the rows; a sentence where the section is damaged. */
export function writeCompactUnwind(section: RandomAccess, target: CompactUnwindTarget): string | null {
  const cursor = new SectionCursor(section, 4096);
  const version = cursor.u32();
  const commonAt = cursor.u32();
  const commonCount = cursor.u32();
  cursor.skip(8);
  const indexAt = cursor.u32();
  const indexCount = cursor.u32();
  if (cursor.failed || version !== 1) return '__unwind_info has an unknown version';
  if (indexAt + indexCount * 12 > section.byteLength || commonAt + commonCount * 4 > section.byteLength) {
    return '__unwind_info is cut off';
  }
  const encodings = new Map<number, string | null>();
  let start = -1;
  let encoding = 0;
  let entries = 0;
  /** Each function ends where the next begins. */
  const each = (offset: number, next: number): void => {
    if (start >= 0 && offset > start && entries < MAX_ENTRIES)
      writeFunction(start, Math.min(offset, target.endOf(start)), encoding, target, encodings);
    start = offset;
    encoding = next;
    entries++;
  };
  for (let i = 0; i < indexCount; i++) {
    cursor.seek(indexAt + i * 12);
    const first = cursor.u32();
    const pageAt = cursor.u32();
    // The last entry says where the code ends.
    if (pageAt === 0) each(first, 0);
    else readPage(section, { pageAt, first, commonAt, commonCount }, each);
  }
  return null;
}

function readPage(
  section: RandomAccess,
  page: {
    readonly pageAt: number;
    readonly first: number;
    readonly commonAt: number;
    readonly commonCount: number;
  },
  each: (offset: number, encoding: number) => void,
): void {
  const { pageAt, first, commonAt, commonCount } = page;
  const cursor = new SectionCursor(section, 4096);
  const other = new SectionCursor(section, 512);
  cursor.seek(pageAt);
  const kind = cursor.u32();
  const entriesAt = pageAt + cursor.u16();
  const count = cursor.u16();
  if (kind === REGULAR_PAGE) {
    cursor.seek(entriesAt);
    for (let i = 0; i < count && !cursor.failed; i++) each(cursor.u32(), cursor.u32());
    return;
  }
  if (kind !== COMPRESSED_PAGE) return;
  const encodingsAt = pageAt + cursor.u16();
  const encodingCount = cursor.u16();
  cursor.seek(entriesAt);
  for (let i = 0; i < count; i++) {
    const entry = cursor.u32();
    if (cursor.failed) return;
    const index = entry >>> 24;
    const local = index - commonCount;
    if (local >= encodingCount) continue;
    other.seek(local < 0 ? commonAt + index * 4 : encodingsAt + local * 4);
    each(first + (entry & 0xffffff), other.u32());
  }
}

function writeFunction(
  start: number,
  end: number,
  encoding: number,
  target: CompactUnwindTarget,
  known: Map<number, string | null>,
): void {
  if (end <= start) return;
  let rules = known.get(encoding);
  if (rules === undefined) {
    const isAmd64 = target.cpu === 'x86_64';
    rules = isAmd64
      ? amd64Rules(encoding, start, target)
      : target.cpu === 'arm64'
        ? arm64Rules(encoding)
        : null;
    // Sizes that are read from the code are of this function alone.
    if (!isAmd64 || ((encoding >>> 24) & 0xf) !== 3) known.set(encoding, rules);
  }
  if (rules === null) return;
  const text = encoder.encode(rules);
  for (let at = start; at < end;) {
    const next = target.described.endOf(at);
    if (next > at) {
      at = next;
      continue;
    }
    const stop = Math.min(end, target.described.nextStart(at));
    target.sink.unwindRange(at, stop - at, false);
    target.sink.unwindRow(at, text);
    at = stop;
  }
}

const AMD64_SAVED = ['', '$rbx', '$r12', '$r13', '$r14', '$r15', '$rbp'];

function amd64Rules(encoding: number, start: number, { codeAt }: CompactUnwindTarget): string | null {
  const mode = (encoding >>> 24) & 0xf;
  if (mode === 1) {
    // Frame pointer; up to five registers are saved below it.
    const offset = (encoding >>> 16) & 0xff;
    let rules = '.cfa: $rbp 16 + .ra: .cfa -8 + ^ $rbp: .cfa -16 + ^';
    for (let i = 0; i < 5; i++) {
      const name = AMD64_SAVED[(encoding >>> (i * 3)) & 7];
      if (name !== undefined && name !== '') rules += ` ${name}: .cfa ${-16 - 8 * (offset - i)} + ^`;
    }
    return rules;
  }
  if (mode !== 2 && mode !== 3) return null;
  const value = (encoding >>> 16) & 0xff;
  let size = value * 8;
  if (mode === 3) {
    // Large frames: the size stands in the `sub` instruction, so many bytes into the function.
    const code = codeAt(start + value, 4);
    if (code.length < 4) return null;
    const [a = 0, b = 0, c = 0, d = 0] = code;
    size = ((a | (b << 8) | (c << 16) | (d << 24)) >>> 0) + ((encoding >>> 13) & 7) * 8;
  }
  const count = (encoding >>> 10) & 7;
  const saved = permuted(encoding & 0x3ff, count);
  if (saved === null) return null;
  let rules = `.cfa: $rsp ${size} + .ra: .cfa -8 + ^`;
  for (const [i, register] of saved.entries()) {
    const name = AMD64_SAVED[register];
    if (name !== undefined && name !== '') rules += ` ${name}: .cfa ${-8 - 8 * (count - i)} + ^`;
  }
  return rules;
}

/** Which registers were pushed, in order: a permutation of up to six, as a number. */
function permuted(code: number, count: number): number[] | null {
  if (count > 6) return null;
  const digits: number[] = [];
  let rest = code;
  for (let i = 0; i < count; i++) {
    let weight = 1;
    for (let j = i + 1; j < count; j++) weight *= 6 - j;
    digits.push(Math.floor(rest / weight));
    rest %= weight;
  }
  const left = [1, 2, 3, 4, 5, 6];
  const registers: number[] = [];
  for (const digit of digits) {
    const [register] = left.splice(digit, 1);
    if (register === undefined) return null;
    registers.push(register);
  }
  return registers;
}

const ARM64_PAIRS: readonly (readonly [bit: number, first: string, second: string])[] = [
  [0x001, 'x19', 'x20'],
  [0x002, 'x21', 'x22'],
  [0x004, 'x23', 'x24'],
  [0x008, 'x25', 'x26'],
  [0x010, 'x27', 'x28'],
];

function arm64Rules(encoding: number): string | null {
  const mode = (encoding >>> 24) & 0xf;
  if (mode !== 2 && mode !== 4) return null;
  const isFrame = mode === 4;
  let rules = isFrame
    ? '.cfa: x29 16 + .ra: .cfa -8 + ^ x29: .cfa -16 + ^'
    : `.cfa: sp ${((encoding >>> 12) & 0xfff) * 16} + .ra: x30`;
  let at = isFrame ? -24 : -8;
  for (const [bit, first, second] of ARM64_PAIRS) {
    if ((encoding & bit) === 0) continue;
    rules += ` ${first}: .cfa ${at} + ^ ${second}: .cfa ${at - 8} + ^`;
    at -= 16;
  }
  return rules;
}
