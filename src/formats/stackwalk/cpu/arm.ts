// arm (32 bits): Linux, Android, iOS.
import { unwindByCfi } from '../cfi.ts';
import { scanLength } from '../scan.ts';
import type { Callee, Caller, Cpu, UnwindScope } from '../technique.ts';
import { unwindByLinkRegister } from './link-register.ts';
import { advancesOrLeaf, scanPlain } from './plain-scan.ts';

const SAVED = ['r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10', 'fp'];

/** A leaf, or a call to nowhere, on top of the stack; bit 0 of lr only says that the caller is Thumb code. */
function unwindLeaf(callee: Callee, scope: UnwindScope): Caller | null {
  const lr = callee.registers.get('lr');
  return lr === undefined ? null : unwindByLinkRegister(callee, scope, lr, null);
}

/** The frame record at fp. Only iOS promises one; elsewhere fp is an ordinary register. */
function unwindByFramePointer(callee: Callee, scope: UnwindScope): Caller | 'end' | null {
  if (scope.os !== 'ios') return null;
  const fp = callee.registers.get('fp');
  if (fp === undefined || !callee.registers.has('sp') || fp >= 0xffff_fff7n) return null;
  if (fp === 0n) return 'end';
  const callerFp = scope.memory.word(fp);
  const pc = scope.memory.word(fp + 4n);
  if (callerFp === null || pc === null) return null;
  const registers = new Map([
    ['pc', pc],
    ['sp', fp + 8n],
    ['fp', callerFp],
  ]);
  return { registers, trust: 'frame_pointer' };
}

export const ARM: Cpu = {
  kind: 'arm',
  pointerBytes: 4,
  pc: 'pc',
  sp: 'sp',
  aliases: new Map([
    ['r11', 'fp'],
    ['r13', 'sp'],
    ['r14', 'lr'],
    ['r15', 'pc'],
  ]),
  calleeSaved: () => SAVED,
  callDistance: 2n,
  techniques: [unwindByCfi, unwindLeaf, unwindByFramePointer],
  scan: (callee, scope) => scanPlain(callee, scope, scanLength(callee)),
  advances: advancesOrLeaf,
};
