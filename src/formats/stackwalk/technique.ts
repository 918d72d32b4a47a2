// The contract of unwinding techniques: from a frame whose registers are (partly) known to those of its caller.
import type { ModuleSymbols } from '../symbols/module-symbols.ts';
import type { ModuleTable } from './module-table.ts';
import type { StackMemory } from './stack-memory.ts';
import type { CpuKind, RegisterValues, Trust, WalkOs } from './walk.ts';

/** The frame to unwind from. */
export type Callee = {
  readonly registers: RegisterValues;
  /** The address to look up: pc, or inside the call instruction. */
  readonly instruction: bigint;
  readonly trust: Trust;
  /** All registers are as they were at the instruction: the thread stopped here, or a signal interrupted it here. */
  readonly isExact: boolean;
  readonly moduleIndex: number | null;
  /** Bytes of arguments of the frame that this one called; null on the first frame (x86 only). */
  readonly grandCalleeParameterSize: number | null;
};

/** What a technique found: the caller's registers, as far as they can be known. */
export type Caller = {
  readonly registers: Map<string, bigint>;
  readonly trust: Trust;
  /** A signal interrupted the caller: it did not call, and its program counter is exact. */
  readonly interrupted?: boolean;
  /** What the callee is, where the technique has found that out and symbols may not know it. */
  readonly calleeName?: string;
};

/** What all techniques may use. */
export type UnwindScope = {
  readonly cpu: Cpu;
  readonly os: WalkOs;
  readonly memory: StackMemory;
  readonly modules: ModuleTable;
  /** False where the dump says that memory at an address could not be executed, so that nothing returns there. */
  readonly mayBeCode: (address: bigint) => boolean;
  /** Null: none, or not there yet, and then the whole step is repeated. */
  readonly symbolsOf: (moduleIndex: number) => ModuleSymbols | null;
};

/** `end`: this is the bottom of the stack. Null: the technique does not apply; the next one is tried. */
type Technique = (callee: Callee, scope: UnwindScope) => Caller | 'end' | null;

/** Instructions as bytes, the lowest of each word first. */
export type TrampolineCode = readonly number[];

/** What unwinding must know about an instruction set. */
export type Cpu = {
  readonly kind: CpuKind;
  readonly pointerBytes: 4 | 8;
  readonly pc: string;
  readonly sp: string;
  /** Names in CFI that are not the register's own name here. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Registers that a function leaves as it found them, unless its CFI says otherwise. */
  readonly calleeSaved: (os: WalkOs) => readonly string[];
  /** How far before a return address its call instruction (or a part of it) is. */
  readonly callDistance: bigint;
  /** Instructions of Linux that a signal handler returns to. */
  readonly trampolines: readonly TrampolineCode[];
  /** In the order in which they are tried; scanning comes after them. */
  readonly techniques: readonly Technique[];
  readonly scan: Technique;
  /** False where the registers of who called cannot be right, because the stack does not shrink. Not asked where a signal interrupted. */
  readonly advances: (callee: Callee, caller: Caller) => boolean;
};
