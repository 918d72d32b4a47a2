// The frames below handlers of exceptions on Windows and of signals on macOS. There a function of the system calls the handler, and has all
// registers of the interrupted code beside it: the `CONTEXT` record that the kernel pushed for `KiUserExceptionDispatcher` (winnt.h), the
// `ucontext_t` that `_sigtramp` was given. Symbol files often lack the unwind information that leads there.
import type { Callee, Caller, UnwindScope } from '../technique.ts';
import type { WalkOs } from '../walk.ts';

/** What one function of a system keeps, and where. */
export type DispatcherLayout = {
  readonly os: WalkOs;
  readonly names: readonly string[];
  /** Address of the saved registers, read from the function's own; null where they are not there. */
  readonly at: (callee: Callee, scope: UnwindScope) => bigint | null;
  readonly registers: readonly (readonly [name: string, offset: bigint])[];
};

/** The interrupted code; null where the callee is none of these functions. */
export function unwindDispatcher(
  callee: Callee,
  scope: UnwindScope,
  layouts: readonly DispatcherLayout[],
): Caller | null {
  const { cpu, memory, modules } = scope;
  const { moduleIndex } = callee;
  if (moduleIndex === null || callee.trust === 'context') return null;
  const candidates = layouts.filter(({ os }) => os === scope.os);
  if (candidates.length === 0) return null;
  const name = scope
    .symbolsOf(moduleIndex)
    ?.locate(modules.offset(moduleIndex, callee.instruction))?.function;
  const layout = candidates.find(({ names }) => name !== undefined && names.includes(name));
  const at = layout?.at(callee, scope) ?? null;
  if (layout === undefined || at === null) return null;
  const registers = new Map<string, bigint>();
  for (const [register, offset] of layout.registers) {
    const value = memory.word(at + offset);
    if (value !== null) registers.set(register, value);
  }
  const pc = registers.get(cpu.pc);
  // The one check that a wrong address does not pass: what was interrupted is code of a module.
  if (pc === undefined || !registers.has(cpu.sp) || modules.find(pc) === null) return null;
  return { registers, trust: 'cfi', interrupted: true };
}

/** Consecutive registers from an offset on. */
export function inRow(
  names: readonly string[],
  from: bigint,
  size: bigint,
): readonly (readonly [string, bigint])[] {
  return names.map((name, index) => [name, from + BigInt(index) * size] as const);
}

/** The address where `CONTEXT.ContextFlags` says that this is a context of the CPU. */
export function contextRecord(
  address: bigint | null | undefined,
  flags: { readonly at: bigint; readonly cpu: bigint },
  { memory }: UnwindScope,
): bigint | null {
  if (address === null || address === undefined) return null;
  const word = memory.word(address + flags.at);
  // The CPU's own bits, the control registers, and nothing that is no flag.
  return word !== null && (word & 0xffff_0001n) === (flags.cpu | 1n) ? address : null;
}
