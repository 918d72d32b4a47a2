// The frame that Linux builds when it calls a signal handler: the handler returns to a trampoline, behind which the kernel has saved all
// registers of the interrupted code (`ucontext_t`). Compilers' unwind information says where they are, but symbol files made by other
// tools have lost it, and stripped ones have no name for the trampoline.
import type { Callee, Caller, UnwindScope } from '../technique.ts';

/** What libc and the vDSO call their trampolines. */
const TRAMPOLINES = new Set(['__restore_rt', '__restore', '__kernel_rt_sigreturn', '__restore_rt()']);

/** Where a trampoline's stack pointer leads to the saved registers. */
export type SignalFrameLayout = {
  /** What the trampoline is called. */
  readonly name: string;
  /** Offset of each saved register from the stack pointer. */
  readonly registers: readonly (readonly [name: string, offset: bigint])[];
  /** What proves the layout where neither a name nor unwind information does; absent: nothing. */
  readonly proves?: (word: (offset: bigint) => bigint | null) => boolean;
};

/** The interrupted code, as the kernel saved it; null where this is no trampoline. */
export function unwindSignalFrame(
  callee: Callee,
  scope: UnwindScope,
  { name: calleeName, registers: saved, proves }: SignalFrameLayout,
): Caller | null {
  const { cpu, memory } = scope;
  if (scope.os !== 'linux' && scope.os !== 'android') return null;
  const sp = callee.registers.get(cpu.sp);
  // Nobody calls a trampoline: it is returned to.
  if (sp === undefined || callee.trust === 'context') return null;
  const word = (offset: bigint): bigint | null => memory.word(sp + offset);
  if (!isTrampoline(callee, scope) && !(proves?.(word) === true && isUndescribed(callee, scope))) return null;
  const registers = new Map<string, bigint>();
  for (const [name, offset] of saved) {
    const value = word(offset);
    if (value !== null) registers.set(name, value);
  }
  return registers.has(cpu.pc) && registers.has(cpu.sp)
    ? { registers, trust: 'cfi', interrupted: true, calleeName }
    : null;
}

function isTrampoline({ moduleIndex, registers }: Callee, scope: UnwindScope): boolean {
  const pc = registers.get(scope.cpu.pc);
  if (moduleIndex === null || pc === undefined) return false;
  const symbols = scope.symbolsOf(moduleIndex);
  const offset = scope.modules.offset(moduleIndex, pc);
  return symbols?.cfiAt(offset)?.signal === true || TRAMPOLINES.has(symbols?.locate(offset)?.function ?? '');
}

/** True where the module says nothing about the code at the callee's address. */
function isUndescribed({ moduleIndex, instruction, registers }: Callee, scope: UnwindScope): boolean {
  const pc = registers.get(scope.cpu.pc) ?? instruction;
  if (moduleIndex === null) return false;
  return (scope.symbolsOf(moduleIndex)?.cfiAt(scope.modules.offset(moduleIndex, pc)) ?? null) === null;
}
