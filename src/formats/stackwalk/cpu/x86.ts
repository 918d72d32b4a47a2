// x86 (32 bits): Linux, Windows with STACK WIN records, macOS.
import { unwindByCfi } from '../cfi.ts';
import { unwindByStackWin } from '../stack-win.ts';
import type { Callee, Caller, Cpu, UnwindScope } from '../technique.ts';
import { scanWithFramePointer } from './frame-pointer-scan.ts';

const SAVED = ['ebp', 'ebx', 'edi', 'esi'];

/**
 * The frame record at ebp. Not validated: x86 code without frame pointers is rare, and stricter checks make the
 * scanner add frames that are not there.
 */
function unwindByFramePointer(callee: Callee, scope: UnwindScope): Caller | null {
  const ebp = callee.registers.get('ebp');
  if (ebp === undefined || ebp >= 0xffff_fff7n) return null;
  const eip = scope.memory.word(ebp + 4n);
  const callerEbp = scope.memory.word(ebp);
  if (eip === null || callerEbp === null) return null;
  const registers = new Map([
    ['eip', eip],
    ['esp', ebp + 8n],
    ['ebp', callerEbp],
  ]);
  return { registers, trust: 'frame_pointer' };
}

export const X86: Cpu = {
  kind: 'x86',
  pointerBytes: 4,
  pc: 'eip',
  sp: 'esp',
  aliases: new Map(),
  calleeSaved: () => SAVED,
  callDistance: 1n,
  techniques: [unwindByStackWin, unwindByCfi, unwindByFramePointer],
  scan: (callee, scope) =>
    scanWithFramePointer(callee, scope, {
      fp: 'ebp',
      savedAtFrameOnly: false,
      isPlausible: (word) => word !== 0n,
    }),
  advances: (callee, caller) => (caller.registers.get('esp') ?? 0n) > (callee.registers.get('esp') ?? 0n),
};
