// Scanning on CPUs with a link register: only pc and sp are recovered, and a leaf may leave the stack as it was.
import { findReturnAddress } from '../scan.ts';
import type { Callee, Caller, UnwindScope } from '../technique.ts';

/** Scans `count` words, the first `skip` left out. */
export function scanPlain(
  callee: Callee,
  scope: UnwindScope,
  count: number,
  {
    skip = 0,
    isPlausible,
  }: { readonly skip?: number; readonly isPlausible?: (word: bigint) => boolean } = {},
): Caller | null {
  const { cpu } = scope;
  const sp = callee.registers.get(cpu.sp);
  if (sp === undefined) return null;
  const width = BigInt(cpu.pointerBytes);
  const found = findReturnAddress(sp + BigInt(skip) * width, count - skip, scope, isPlausible);
  if (found === null) return null;
  const registers = new Map([
    [cpu.pc, found.returnAddress],
    [cpu.sp, found.slot + width],
  ]);
  return { registers, trust: 'scan' };
}

/** The stack shrinks, except that a leaf may not have used any. */
export function advancesOrLeaf(callee: Callee, caller: Caller): boolean {
  const sp = caller.registers.get('sp') ?? 0n;
  const calleeSp = callee.registers.get('sp') ?? 0n;
  return sp > calleeSp || (sp === calleeSp && callee.isExact);
}
