// Unwinding a leaf on CPUs with a link register: the function on top of the stack may not have saved its return
// address anywhere, or may not be a function at all (a call through a null pointer).
import { isReturnAddress } from '../scan.ts';
import type { Callee, Caller, UnwindScope } from '../technique.ts';

/**
 * Takes lr for the return address of the first frame where it cannot be anything else: it leads into another function
 * than the pc's. After a call of its own, a function finds lr pointing into itself; before one, or without any, lr is
 * its caller. Functions are told apart by symbols, or else by module: in one module without symbols lr is not
 * believed. `usualPc` is what the frame record says: where it is the same, the record is followed instead.
 */
export function unwindByLinkRegister(
  callee: Callee,
  scope: UnwindScope,
  lr: bigint,
  usualPc: bigint | null,
): Caller | null {
  if (callee.trust !== 'context' || lr === usualPc || !isReturnAddress(lr, scope)) return null;
  const { modules, cpu } = scope;
  const call = lr - cpu.callDistance;
  const moduleIndex = modules.find(call);
  if (moduleIndex === null) return null;
  if (moduleIndex === callee.moduleIndex) {
    const symbols = scope.symbolsOf(moduleIndex);
    const here = symbols?.locate(modules.offset(moduleIndex, callee.instruction));
    const there = symbols?.locate(modules.offset(moduleIndex, call));
    if (here === null || here === undefined || there === null || there === undefined) return null;
    if (here.functionOffset === there.functionOffset) return null;
  }
  const registers = new Map<string, bigint>();
  for (const name of [...cpu.calleeSaved(scope.os), cpu.sp]) {
    const value = callee.registers.get(name);
    if (value !== undefined) registers.set(name, value);
  }
  registers.set(cpu.pc, lr);
  return { registers, trust: 'leaf' };
}
