// The unwind information of arm64 Windows (`.pdata`, `.xdata`) as rows: one for each step of prologues and epilogues. Microsoft, "ARM64
// exception handling".
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { SymbolSink } from '../../symbols/symbol-sink.ts';
import { SectionCursor } from '../section-cursor.ts';
import { packedPrologue, readCodes, type Arm64Step } from './arm64-unwind-codes.ts';

const ENTRY_BYTES = 8;
const MAX_FUNCTIONS = 4_000_000;
const INSTRUCTION_BYTES = 4;
/** Header, extended header and scopes. */
const MAX_HEADER_BYTES = 8 + 65_535 * 4;
const LINK = 30;

/** Where rows go, and the bytes behind addresses of the image. */
export type Arm64UnwindTarget = {
  readonly sink: SymbolSink;
  readonly at: (address: number, size: number) => RandomAccess | null;
  readonly endOf: (address: number) => number;
};

/** Where an epilogue begins, and what it undoes, first things first; behind it comes the return. */
type Epilogue = { readonly offset: number; readonly steps: readonly Arm64Step[] };

/** How a function sets up its frame. */
type Unwind = {
  readonly size: number;
  /** In the order in which they are executed. */
  readonly prologue: readonly Arm64Step[];
  /** What had been executed before the function's first instruction: it is a part of another one. */
  readonly before: readonly Arm64Step[];
  readonly epilogues: readonly Epilogue[];
};

const encoder = new TextEncoder();

/** Writes rows for all functions; gives how many could not be read. */
export function writeArm64Unwind(table: RandomAccess, target: Arm64UnwindTarget): number {
  const cursor = new SectionCursor(table);
  const count = Math.min(MAX_FUNCTIONS, Math.floor(table.byteLength / ENTRY_BYTES));
  let broken = 0;
  for (let i = 0; i < count; i++) {
    const start = cursor.u32();
    const data = cursor.u32();
    if (start === 0 && data === 0) continue;
    const unwind = (data & 3) === 0 ? readUnwind(data, target) : packedUnwind(data);
    const size = unwind === null ? 0 : Math.min(unwind.size, target.endOf(start) - start);
    if (unwind === null || size <= 0) broken++;
    else writeRows(start, size, unwind, target.sink);
  }
  return broken;
}

/** A frame of the usual form needs no more than the entry itself. */
function packedUnwind(data: number): Unwind | null {
  const flag = data & 3;
  if (flag === 3) return null;
  const size = ((data >>> 2) & 0x7ff) * INSTRUCTION_BYTES;
  const { prologue, epilogue } = packedPrologue(data);
  if (flag === 2) return { size, prologue: [], before: prologue, epilogues: [] };
  const offset = size - (epilogue.length + 1) * INSTRUCTION_BYTES;
  return { size, prologue, before: [], epilogues: offset < 0 ? [] : [{ offset, steps: epilogue }] };
}

function readUnwind(address: number, { at }: Arm64UnwindTarget): Unwind | null {
  const bytes = at(address, MAX_HEADER_BYTES);
  if (bytes === null) return null;
  const cursor = new SectionCursor(bytes, 1024);
  const header = cursor.u32();
  const size = (header & 0x3ffff) * INSTRUCTION_BYTES;
  if (((header >>> 18) & 3) !== 0 || size === 0) return null;
  const isSingle = ((header >>> 21) & 1) === 1;
  let scopeCount = (header >>> 22) & 0x1f;
  let codeWords = header >>> 27;
  if (scopeCount === 0 && codeWords === 0) {
    const more = cursor.u32();
    scopeCount = more & 0xffff;
    codeWords = (more >>> 16) & 0xff;
  }
  const scopes: { readonly offset: number; readonly index: number }[] = [];
  for (let i = 0; i < (isSingle ? 0 : scopeCount) && !cursor.failed; i++) {
    const scope = cursor.u32();
    scopes.push({ offset: (scope & 0x3ffff) * INSTRUCTION_BYTES, index: scope >>> 22 });
  }
  const codes = cursor.bytes(codeWords * 4).slice();
  if (cursor.failed) return null;
  const whole = readCodes(codes, 0);
  if (whole === null) return null;
  if (isSingle) {
    const steps = readCodes(codes, scopeCount);
    // The only epilogue ends the function, with its return.
    if (steps !== null) {
      const offset = size - (steps.own.length + 1) * INSTRUCTION_BYTES;
      return { ...ofCodes(whole, size), epilogues: [{ offset, steps: [...steps.own, ...steps.parent] }] };
    }
  }
  const epilogues = scopes.flatMap(({ offset, index }) => {
    const steps = readCodes(codes, index);
    return steps === null ? [] : [{ offset, steps: [...steps.own, ...steps.parent] }];
  });
  return { ...ofCodes(whole, size), epilogues };
}

/** Codes are in the order of undoing. */
function ofCodes(
  { own, parent }: { readonly own: readonly Arm64Step[]; readonly parent: readonly Arm64Step[] },
  size: number,
): Pick<Unwind, 'size' | 'prologue' | 'before'> {
  return { size, prologue: own.toReversed(), before: parent.toReversed() };
}

/** A row behind each instruction of the prologue and of the epilogues. */
function writeRows(start: number, size: number, unwind: Unwind, sink: SymbolSink): void {
  const { prologue, before, epilogues } = unwind;
  const rows = new Map<number, string | null>();
  const put = (offset: number, done: readonly Arm64Step[]): void => {
    if (offset >= 0 && offset < size) rows.set(offset, rulesOf(done));
  };
  for (let i = 0; i <= prologue.length; i++) put(i * INSTRUCTION_BYTES, [...before, ...prologue.slice(0, i)]);
  const body = [...before, ...prologue];
  for (const { offset, steps } of epilogues.toSorted((one, other) => one.offset - other.offset)) {
    for (let i = 0; i <= steps.length; i++) put(offset + i * INSTRUCTION_BYTES, steps.slice(i).toReversed());
    put(offset + (steps.length + 1) * INSTRUCTION_BYTES, body);
  }
  const isMachine = body.some(({ kind }) => kind === 'machine');
  sink.unwindRange(start, size, isMachine);
  let last: string | null | undefined = undefined;
  for (const [offset, rules] of [...rows].sort(([one], [other]) => one - other)) {
    if (rules === last) continue;
    sink.unwindRow(start + offset, rules === null ? null : encoder.encode(rules));
    last = rules;
  }
}

/** The rules where these steps have been executed; null where they say what cannot be followed. */
function rulesOf(done: readonly Arm64Step[]): string | null {
  /** Bytes from the stack pointer up to the frame's beginning. */
  let depth = 0;
  let cfa = 'sp';
  let above = 0;
  let hasFrame = false;
  let isMachine = false;
  const saved = new Map<number, number>();
  for (const step of done) {
    if (step.kind === 'alloc') depth += step.size;
    else if (step.kind === 'save') {
      depth += step.grow;
      for (const [i, register] of step.registers.entries()) {
        if (register !== null) saved.set(register, step.at + i * 8 - depth);
      }
    } else if (step.kind === 'frame') {
      hasFrame = true;
      cfa = 'x29';
      above = depth - step.offset;
    } else if (step.kind === 'machine') isMachine = true;
    else if (step.kind === 'unknown') return null;
  }
  if (!hasFrame) above = depth;
  // The interrupted stack pointer and program counter lie where the frame begins.
  if (isMachine) return `.cfa: ${cfa} ${above} + ^ .ra: ${cfa} ${above + 8} + ^`;
  const link = saved.get(LINK);
  let rules = `.cfa: ${cfa} ${above} + .ra: ${link === undefined ? 'x30' : `.cfa ${link} + ^`}`;
  for (const [register, at] of [...saved].sort(([one], [other]) => one - other)) {
    if (register !== LINK) rules += ` x${register}: .cfa ${at} + ^`;
  }
  return rules;
}
