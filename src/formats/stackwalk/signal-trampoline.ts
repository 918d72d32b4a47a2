// The code that a signal handler returns to. Nobody called it from the address before its own, which belongs to whatever stands before it,
// and nobody made the call that it returns to: both addresses are exact. Known by the unwind information's signal flag, by its name, or, where
// symbols say nothing (a vDSO, a stripped libc), by its instructions, which ask the kernel to restore what it saved.
import { LINUX_TRAMPOLINES } from './handler-frames.ts';
import type { TrampolineCode, UnwindScope } from './technique.ts';

const NAMES: ReadonlySet<string> = new Set(LINUX_TRAMPOLINES);

/** True where a handler returns to `pc`. */
export function isSignalTrampoline(pc: bigint, scope: UnwindScope): boolean {
  const moduleIndex = scope.modules.find(pc);
  if (moduleIndex !== null) {
    const symbols = scope.symbolsOf(moduleIndex);
    const offset = scope.modules.offset(moduleIndex, pc);
    if (symbols?.cfiAt(offset)?.signal === true) return true;
  }
  return isLinux(scope) && (trampolineName(pc, scope) !== null || trampolineCode(pc, scope) !== null);
}

/** The trampoline's name without brackets, or null. */
export function trampolineName(pc: bigint, scope: UnwindScope): string | null {
  const moduleIndex = scope.modules.find(pc);
  if (moduleIndex === null) return null;
  const name = scope
    .symbolsOf(moduleIndex)
    ?.locate(scope.modules.offset(moduleIndex, pc))
    ?.function.replace(/\(\)$/, '');
  return name !== undefined && NAMES.has(name) ? name : null;
}

/** The instructions of a trampoline of this CPU that stand at `pc`, or null: other code, or code that the dump does not hold. */
export function trampolineCode(pc: bigint, { cpu, memory }: UnwindScope): TrampolineCode | null {
  // Bit 0 of an address of 32-bit Arm only says that the code is Thumb.
  const address = cpu.kind === 'arm' ? pc & ~1n : pc;
  return cpu.trampolines.find((code) => memory.holds(address, code)) ?? null;
}

/** True where signals work as Linux has them. */
export function isLinux({ os }: UnwindScope): boolean {
  return os === 'linux' || os === 'android';
}
