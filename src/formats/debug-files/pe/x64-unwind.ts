// The unwind information of x64 Windows (`.pdata`, `.xdata`) as rows: one for each step of a prologue. Microsoft, "x64 exception
// handling". A function without an entry is a leaf, which the walker knows.
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { SymbolSink } from '../../symbols/symbol-sink.ts';
import { SectionCursor } from '../section-cursor.ts';

const ENTRY_BYTES = 12;
const MAX_FUNCTIONS = 4_000_000;
const MAX_CHAIN = 32;
const CHAINED = 4;

const REGISTERS = ['$rax', '$rcx', '$rdx', '$rbx', '$rsp', '$rbp', '$rsi', '$rdi'].concat(
  Array.from({ length: 8 }, (_, i) => `$r${i + 8}`),
);

/** Where rows go, and the bytes behind addresses of the image. */
export type X64UnwindTarget = {
  readonly sink: SymbolSink;
  readonly at: (address: number, size: number) => RandomAccess | null;
  readonly endOf: (address: number) => number;
};

/** One step of a prologue, which is done `offset` bytes into the function. */
type Step =
  | { readonly kind: 'push'; readonly offset: number; readonly register: number }
  | { readonly kind: 'alloc'; readonly offset: number; readonly size: number }
  | { readonly kind: 'frame'; readonly offset: number }
  | { readonly kind: 'save'; readonly offset: number; readonly register: number; readonly at: number }
  | { readonly kind: 'machine'; readonly offset: number; readonly hasCode: boolean };

type Info = {
  readonly steps: readonly Step[];
  readonly frameRegister: number;
  readonly frameOffset: number;
};

const encoder = new TextEncoder();

/** Writes rows for all functions; gives how many could not be read. */
export function writeX64Unwind(table: RandomAccess, target: X64UnwindTarget): number {
  const cursor = new SectionCursor(table);
  const count = Math.min(MAX_FUNCTIONS, Math.floor(table.byteLength / ENTRY_BYTES));
  let broken = 0;
  for (let i = 0; i < count; i++) {
    const start = cursor.u32();
    const end = Math.min(cursor.u32(), target.endOf(start));
    const infoAt = cursor.u32();
    if (start === 0 && infoAt === 0) continue;
    const info = readInfo(infoAt, target, 0);
    if (info === null || end <= start) broken++;
    else writeRows(start, end, info, target.sink);
  }
  return broken;
}

/** The steps of a function, and those of the parent that it is a part of: these are done from its start on. */
function readInfo(address: number, target: X64UnwindTarget, depth: number): Info | null {
  if (depth > MAX_CHAIN) return null;
  if (address % 2 === 1) {
    // It is another entry of the table.
    const entry = target.at(address - 1, ENTRY_BYTES);
    if (entry === null || entry.byteLength < ENTRY_BYTES) return null;
    const other = new SectionCursor(entry, ENTRY_BYTES);
    other.seek(8);
    return readInfo(other.u32(), target, depth + 1);
  }
  const bytes = target.at(address, 4 + 256 * 2 + ENTRY_BYTES + 4);
  if (bytes === null) return null;
  const cursor = new SectionCursor(bytes, 1024);
  const first = cursor.u8();
  const version = first & 7;
  const flags = first >>> 3;
  cursor.skip(1);
  const codeCount = cursor.u8();
  const frame = cursor.u8();
  if (version < 1 || version > 2 || cursor.failed) return null;
  const steps = readCodes(cursor, codeCount, version);
  if (steps === null) return null;
  const own = { steps, frameRegister: frame & 0xf, frameOffset: (frame >>> 4) * 16 };
  if ((flags & CHAINED) === 0) return own;
  cursor.seek(4 + (codeCount + (codeCount % 2)) * 2 + 8);
  const parentAt = cursor.u32();
  const parent = cursor.failed ? null : readInfo(parentAt, target, depth + 1);
  if (parent === null) return null;
  return {
    // Codes are in the order of undoing: the own ones first.
    steps: [...own.steps, ...parent.steps.map((step) => atStart(step))],
    frameRegister: own.frameRegister === 0 ? parent.frameRegister : own.frameRegister,
    frameOffset: own.frameRegister === 0 ? parent.frameOffset : own.frameOffset,
  };
}

function atStart(step: Step): Step {
  return Object.assign({}, step, { offset: 0 });
}

function readCodes(cursor: SectionCursor, count: number, version: number): Step[] | null {
  const steps: Step[] = [];
  for (let i = 0; i < count; i++) {
    const offset = cursor.u8();
    const code = cursor.u8();
    const operation = code & 0xf;
    const info = code >>> 4;
    const more = (): number => {
      i++;
      return cursor.u16();
    };
    const long = (): number => more() + more() * 65_536;
    switch (operation) {
      case 0:
        steps.push({ kind: 'push', offset, register: info });
        break;
      case 1:
        steps.push({ kind: 'alloc', offset, size: info === 0 ? more() * 8 : long() });
        break;
      case 2:
        steps.push({ kind: 'alloc', offset, size: info * 8 + 8 });
        break;
      case 3:
        steps.push({ kind: 'frame', offset });
        break;
      case 4:
        steps.push({ kind: 'save', offset, register: info, at: more() * 8 });
        break;
      case 5:
        steps.push({ kind: 'save', offset, register: info, at: long() });
        break;
      case 6:
        // Version 2: where epilogues are. Version 1 saved half of a vector register.
        if (version === 1) more();
        break;
      case 7:
        if (version === 1) long();
        break;
      case 8:
        more();
        break;
      case 9:
        long();
        break;
      case 10:
        steps.push({ kind: 'machine', offset, hasCode: info === 1 });
        break;
      default:
        return null;
    }
    if (cursor.failed) return null;
  }
  return steps;
}

/** A row for each offset of the prologue at which something is done, and one for the body. */
function writeRows(start: number, end: number, info: Info, sink: SymbolSink): void {
  const offsets = new Set([0]);
  for (const { offset } of info.steps) if (start + offset < end) offsets.add(offset);
  const isMachine = info.steps.some(({ kind }) => kind === 'machine');
  sink.unwindRange(start, end - start, isMachine);
  for (const offset of [...offsets].sort((one, other) => one - other)) {
    // What was done up to here; codes are sorted from the last to the first.
    const done = info.steps.filter((step) => step.offset <= offset);
    sink.unwindRow(start + offset, encoder.encode(rulesOf(done, info)));
  }
}

function rulesOf(done: readonly Step[], info: Info): string {
  let depth = 0;
  for (const step of done) {
    if (step.kind === 'push') depth += 8;
    else if (step.kind === 'alloc') depth += step.size;
  }
  const machine = done.find((step) => step.kind === 'machine');
  // The frame register points so far above the stack pointer as it was then: what was allocated before counts.
  const frameAt = done.findIndex(({ kind }) => kind === 'frame');
  let base = '$rsp';
  let fromBase = depth;
  if (frameAt !== -1 && info.frameRegister !== 0) {
    base = REGISTERS[info.frameRegister] ?? '$rsp';
    let before = 0;
    for (const step of done.slice(frameAt)) {
      if (step.kind === 'push') before += 8;
      else if (step.kind === 'alloc') before += step.size;
    }
    fromBase = before - info.frameOffset;
  }
  const isMachine = machine?.kind === 'machine';
  const errorBytes = isMachine && machine.hasCode ? 8 : 0;
  let rules = isMachine
    ? `.cfa: ${base} ${fromBase + errorBytes + 24} + ^ .ra: ${base} ${fromBase + errorBytes} + ^`
    : `.cfa: ${base} ${fromBase + 8} + .ra: .cfa -8 + ^`;
  // Saved registers lie at fixed distances from where the stack pointer was when everything had been done.
  const named = new Map<string, string>();
  let from = 0;
  const whole = depth;
  const place = (fromTop: number): string => `${base} ${fromBase - whole + fromTop} + ^`;
  for (const step of done) {
    if (step.kind === 'alloc') from += step.size;
    else if (step.kind === 'push') {
      const name = REGISTERS[step.register] ?? '';
      if (!named.has(name)) named.set(name, place(from));
      from += 8;
    } else if (step.kind === 'save') {
      const name = REGISTERS[step.register] ?? '';
      // With a frame register places count from where it points, less its offset.
      const at = base === '$rsp' ? step.at : step.at - info.frameOffset;
      if (!named.has(name)) named.set(name, `${base} ${at} + ^`);
    }
  }
  for (const [name, rule] of named) if (name !== '' && name !== '$rsp') rules += ` ${name}: ${rule}`;
  return rules;
}
