// The frame that Linux builds when it calls a signal handler: the handler returns to a trampoline, behind which the kernel has saved all
// registers of the interrupted code (`ucontext_t`). Compilers' unwind information says where they are, but symbol files made by other
// tools have lost it, and stripped ones have no name for the trampoline.
import { isLinux, isSignalTrampoline, trampolineCode, trampolineName } from '../signal-trampoline.ts';
import type { Callee, Caller, TrampolineCode, UnwindScope } from '../technique.ts';

/** Reads a word of the stack at an offset from the trampoline's stack pointer. */
export type StackWord = (offset: bigint) => bigint | null;

/** One kind of signal frame of a CPU, and where in it the saved registers lie. */
export type SignalFrameLayout = {
  /** What its trampoline is called, the usual name first. */
  readonly names: readonly [string, ...string[]];
  /** Its trampoline's instructions, of which several versions are in use. */
  readonly code: readonly TrampolineCode[];
  /** Offset of the saved registers from the stack pointer. */
  readonly at: bigint;
  /** Offset of each register among them. */
  readonly registers: readonly (readonly [name: string, offset: bigint])[];
  /** Every register takes eight bytes, also where the CPU has 32 bits. */
  readonly isWide?: boolean;
  /** What proves the layout where neither a name nor unwind information nor code does; absent: nothing. */
  readonly proves?: (saved: StackWord) => boolean;
};

/** The interrupted code, as the kernel saved it; null where this is no trampoline. */
export function unwindSignalFrame(
  callee: Callee,
  scope: UnwindScope,
  layouts: readonly SignalFrameLayout[],
): Caller | null {
  const { cpu, memory } = scope;
  const sp = callee.registers.get(cpu.sp);
  const pc = callee.registers.get(cpu.pc);
  // Nobody calls a trampoline: it is returned to.
  if (!isLinux(scope) || sp === undefined || pc === undefined || callee.trust === 'context') return null;
  const word: StackWord = (offset) => memory.word(sp + offset);
  const layout = layoutAt(pc, scope, layouts, word);
  if (layout === null) return null;
  // The lower half of a wide register is the second one in the order of big-endian CPUs.
  const half = layout.isWide === true && !memory.littleEndian ? BigInt(8 - cpu.pointerBytes) : 0n;
  const registers = new Map<string, bigint>();
  for (const [name, offset] of layout.registers) {
    const value = word(layout.at + offset + half);
    if (value !== null) registers.set(name, value);
  }
  const [calleeName] = layout.names;
  return registers.has(cpu.pc) && registers.has(cpu.sp)
    ? { registers, trust: 'cfi', interrupted: true, calleeName }
    : null;
}

/** The layout whose trampoline stands at `pc`: by name, by code, by what the frame itself proves; else the first where unwind information says signal. */
function layoutAt(
  pc: bigint,
  scope: UnwindScope,
  layouts: readonly SignalFrameLayout[],
  word: StackWord,
): SignalFrameLayout | null {
  const name = trampolineName(pc, scope);
  const code = name === null ? trampolineCode(pc, scope) : null;
  const known = layouts.find(
    ({ names, code: codes }) =>
      (name !== null && names.includes(name)) || (code !== null && codes.includes(code)),
  );
  if (known !== undefined) return known;
  const isDescribed = describes(pc, scope);
  const proved = layouts.find(
    ({ at, proves }) => !isDescribed && proves?.((offset) => word(at + offset)) === true,
  );
  return proved ?? (isSignalTrampoline(pc, scope) ? (layouts[0] ?? null) : null);
}

/** True where the module around `pc` has unwind information for it, or where there is no module: data is no trampoline. */
function describes(pc: bigint, scope: UnwindScope): boolean {
  const moduleIndex = scope.modules.find(pc);
  if (moduleIndex === null) return true;
  return (scope.symbolsOf(moduleIndex)?.cfiAt(scope.modules.offset(moduleIndex, pc)) ?? null) !== null;
}
