// Unwinding by STACK CFI: exact where the compiler described the function.
import { type CfiProgram, evaluateCfi } from '../symbols/cfi-program.ts';
import type { CfiAt } from '../symbols/module-symbols.ts';
import { isSignalTrampoline } from './signal-trampoline.ts';
import type { Callee, Caller, UnwindScope } from './technique.ts';

/** Changes what CFI may see of the callee's registers (arm64). */
export type CfiView = (name: string, cfi: CfiAt, offset: number) => boolean;

const sees: CfiView = () => true;

/**
 * Applies the CFI rules at the callee's instruction. The result is not checked further: code without a module (JIT)
 * is walked through this way. `end` where the rules say that the return address is undefined: nothing called this.
 */
export function unwindByCfi(
  callee: Callee,
  scope: UnwindScope,
  isVisible: CfiView = sees,
): Caller | 'end' | null {
  const { cpu, memory } = scope;
  if (callee.moduleIndex === null || !callee.registers.has(cpu.sp)) return null;
  const offset = scope.modules.offset(callee.moduleIndex, callee.instruction);
  const cfi = scope.symbolsOf(callee.moduleIndex)?.cfiAt(offset);
  if (cfi === null || cfi === undefined) return null;
  const cfaRule = cfi.rules.get('.cfa');
  const raRule = cfi.rules.get('.ra');
  if (cfaRule === undefined || raRule === undefined) return null;
  if (isUndefined(raRule)) return 'end';

  let cfa: bigint | undefined;
  const evaluation = {
    register: (name: string): bigint | undefined => {
      if (name === '.cfa') return cfa;
      const plain = cpu.aliases.get(name) ?? name;
      return isVisible(plain, cfi, offset) ? callee.registers.get(plain) : undefined;
    },
    word: (address: bigint): bigint | null => memory.word(address),
  };
  const evaluate = (rule: CfiProgram): bigint | null => {
    const value = evaluateCfi(rule, evaluation);
    return value !== null && cpu.pointerBytes === 4 && value > 0xffff_ffffn ? null : value;
  };

  const newCfa = evaluate(cfaRule);
  if (newCfa === null) return null;
  cfa = newCfa;
  const returnAddress = evaluate(raRule);
  if (returnAddress === null) return null;
  const registers = new Map<string, bigint>();
  for (const name of cpu.calleeSaved(scope.os)) {
    const value = callee.registers.get(name);
    if (value !== undefined) registers.set(name, value);
  }
  registers.set(cpu.pc, returnAddress);
  registers.set(cpu.sp, cfa);
  for (const [name, rule] of cfi.rules) {
    if (name === '.cfa' || name === '.ra') continue;
    const plain = cpu.aliases.get(name) ?? name;
    const value = evaluate(rule);
    // One register that cannot be restored is lost; the frame is not.
    if (value === null) registers.delete(plain);
    else registers.set(plain, value);
  }
  const pc = callee.registers.get(cpu.pc);
  const interrupted = cfi.signal || (pc !== undefined && isSignalTrampoline(pc, scope));
  return { registers, trust: 'cfi', interrupted };
}

function isUndefined(rule: CfiProgram): boolean {
  const [step] = rule;
  return rule.length === 1 && step?.kind === 'operator' && step.operator === '.undef';
}
