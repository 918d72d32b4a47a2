// Unwinding 32-bit Windows code by its STACK WIN records: frame data programs first, FPO data after them.
import type { WinFrame } from '../symbols/module-symbols.ts';
import type { Callee, Caller, UnwindScope } from './technique.ts';
import { runWinProgram } from './win-program.ts';

/** Registers that a program may restore. */
const OUTPUTS = ['eip', 'esp', 'ebp', 'ebx', 'esi', 'edi'] as const;

/** Tries both kinds of record at the callee's instruction; null where neither is there or works. */
export function unwindByStackWin(callee: Callee, scope: UnwindScope): Caller | null {
  if (callee.moduleIndex === null) return null;
  const symbols = scope.symbolsOf(callee.moduleIndex);
  if (symbols === null) return null;
  const offset = scope.modules.offset(callee.moduleIndex, callee.instruction);
  const frameData = symbols.winFrameDataAt(offset);
  const caller = frameData === null ? null : unwindByFrameData(frameData, callee, scope);
  if (caller !== null) return caller;
  const fpo = symbols.winFpoAt(offset);
  return fpo === null ? null : unwindByFpo(fpo, callee, scope);
}

/** Bytes between esp and the return address: locals, saved registers and what was pushed for the frame's own call. */
function frameSize(info: WinFrame, callee: Callee): number {
  return info.localSize + info.savedRegisterSize + (callee.grandCalleeParameterSize ?? 0);
}

function unwindByFrameData(info: WinFrame, callee: Callee, scope: UnwindScope): Caller | null {
  const esp = number(callee, 'esp');
  const ebp = number(callee, 'ebp');
  const { program } = info;
  if (esp === null || ebp === null || program === null) return null;
  const variables = new Map<string, number>([
    ['$esp', esp],
    ['$ebp', ebp],
    ['.cbParams', info.parameterSize],
    ['.cbCalleeParams', callee.grandCalleeParameterSize ?? 0],
    ['.cbSavedRegs', info.savedRegisterSize],
    ['.cbLocals', info.localSize],
  ]);
  const ebx = number(callee, 'ebx');
  if (ebx !== null) variables.set('$ebx', ebx);
  // A program that aligns the stack cannot count back from esp; such functions keep ebp.
  const search = (program.includes('@') ? ebp + 4 : esp + frameSize(info, callee)) >>> 0;
  variables.set('.raSearch', search);
  variables.set('.raSearchStart', search);
  if (!runWinProgram(program, variables, (address) => word(scope, address))) return null;
  if (!variables.has('$eip')) return null;
  const registers = new Map<string, bigint>();
  for (const name of OUTPUTS) {
    const value = variables.get(`$${name}`);
    if (value !== undefined) registers.set(name, BigInt(value));
  }
  return { registers, trust: 'cfi' };
}

function unwindByFpo(info: WinFrame, callee: Callee, scope: UnwindScope): Caller | null {
  const esp = number(callee, 'esp');
  if (esp === null) return null;
  let slot = (esp + frameSize(info, callee)) >>> 0;
  let eip = word(scope, slot);
  // A return address that was just popped may still lie below the real one.
  if (callee.grandCalleeParameterSize === null && eip !== null && eip === number(callee, 'eip')) {
    slot = (slot + 4) >>> 0;
    eip = word(scope, slot);
  }
  if (eip === null) return null;
  const registers = new Map<string, bigint>([
    ['eip', BigInt(eip)],
    ['esp', BigInt((slot + 4) >>> 0)],
  ]);
  if (info.allocatesBasePointer) {
    const saved = (esp + (callee.grandCalleeParameterSize ?? 0) + info.savedRegisterSize - 8) >>> 0;
    const ebp = word(scope, saved);
    if (ebp === null) return null;
    registers.set('ebp', BigInt(ebp));
  } else {
    for (const name of ['ebp', 'ebx']) {
      const value = callee.registers.get(name);
      if (value !== undefined) registers.set(name, value);
    }
  }
  return { registers, trust: 'cfi' };
}

function number(callee: Callee, register: string): number | null {
  const value = callee.registers.get(register);
  return value === undefined ? null : Number(BigInt.asUintN(32, value));
}

function word(scope: UnwindScope, address: number): number | null {
  const value = scope.memory.word(BigInt(address >>> 0));
  return value === null ? null : Number(value);
}
