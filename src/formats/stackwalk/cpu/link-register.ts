// Unwinding a leaf on CPUs with a link register: the function on top of the stack, or the one that a signal interrupted, may not have saved its return
// address anywhere, or may not be a function at all (a call through a null pointer).
import { isReturnAddress } from '../scan.ts';
import type { Callee, Caller, UnwindScope } from '../technique.ts';

/** What code before the crash says of the function, on CPUs that can tell: it is a leaf, it has called or is ready to, or nothing. */
export type LeafEvidence = 'leaf' | 'calls' | null;

/** How far behind its last call a function may be: code without calls is rarely longer than some dozens of instructions. */
const BEHIND_A_CALL = 256n;

/** What is known beside the registers. */
export type LinkRegister = {
  /** lr, without what is no part of an address. */
  readonly lr: bigint;
  /** What the frame record says: where it is the same, the record is followed instead. */
  readonly usualPc: bigint | null;
  readonly evidence?: LeafEvidence;
};

/**
 * Takes lr for the return address of a frame whose registers are exact where it leads into another function than the pc's. After a call of its own, a function
 * finds lr pointing into itself; before one, or without any, lr is its caller. Functions are told apart by module, by symbols, by unwind
 * information; where there is nothing of these, the code before the pc decides, and without that the distance: lr that lies shortly
 * before the pc is left over from a call.
 */
export function unwindByLinkRegister(
  callee: Callee,
  scope: UnwindScope,
  { lr, usualPc, evidence = null }: LinkRegister,
): Caller | null {
  if (!callee.isExact || lr === usualPc || !isReturnAddress(lr, scope)) return null;
  const { modules, cpu } = scope;
  const call = lr - cpu.callDistance;
  const moduleIndex = modules.find(call);
  if (moduleIndex === null) return null;
  if (moduleIndex === callee.moduleIndex) {
    const isSame = isSameFunction(moduleIndex, callee.instruction, call, scope);
    const behind = callee.instruction - lr;
    const isStale = evidence === null ? behind >= 0n && behind <= BEHIND_A_CALL : evidence === 'calls';
    if (isSame ?? isStale) return null;
  }
  const registers = new Map<string, bigint>();
  for (const name of [...cpu.calleeSaved(scope.os), cpu.sp]) {
    const value = callee.registers.get(name);
    if (value !== undefined) registers.set(name, value);
  }
  registers.set(cpu.pc, lr);
  return { registers, trust: 'leaf' };
}

/** Null where neither names nor unwind information tell. */
function isSameFunction(
  moduleIndex: number,
  one: bigint,
  other: bigint,
  { modules, symbolsOf }: UnwindScope,
): boolean | null {
  const symbols = symbolsOf(moduleIndex);
  if (symbols === null) return null;
  const [here, there] = [modules.offset(moduleIndex, one), modules.offset(moduleIndex, other)];
  const names = [symbols.locate(here), symbols.locate(there)];
  if (names[0] !== null && names[1] !== null) return names[0]?.functionOffset === names[1]?.functionOffset;
  const ranges = [symbols.cfiAt(here), symbols.cfiAt(there)];
  return ranges[0] === null && ranges[1] === null ? null : ranges[0]?.start === ranges[1]?.start;
}
