// arm (32 bits): Linux, Android, iOS.
import { unwindByCfi } from '../cfi.ts';
import { scanLength } from '../scan.ts';
import type { Callee, Caller, Cpu, UnwindScope } from '../technique.ts';
import { inRow } from './exception-dispatcher.ts';
import { unwindByLinkRegister } from './link-register.ts';
import { type SignalFrameLayout, unwindSignalFrame } from './linux-signal-frame.ts';
import { advancesOrLeaf, scanPlain } from './plain-scan.ts';

const SAVED = ['r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10', 'fp'];

/** A leaf, or a call to nowhere, on top of the stack or where a signal came; bit 0 of lr only says that the caller is Thumb code. */
function unwindLeaf(callee: Callee, scope: UnwindScope): Caller | null {
  const lr = callee.registers.get('lr');
  // What follows scans the stack, for nothing on any other frame.
  if (lr === undefined || !callee.isExact) return null;
  // Where scanning finds the same address first, the function has saved it, and the slot tells where its frame ends.
  const usualPc = scanPlain(callee, scope, scanLength(callee))?.registers.get('pc') ?? null;
  return unwindByLinkRegister(callee, scope, { lr, usualPc });
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

/** `sigcontext` behind trap number, error code and mask (arch/arm/include/uapi/asm/sigcontext.h). */
const SAVED_BY_KERNEL = inRow(
  [...Array.from({ length: 11 }, (_, at) => `r${at}`), 'fp', 'r12', 'sp', 'lr', 'pc'],
  0n,
  4n,
);

/** Frames of handlers with a `siginfo_t` (128 bytes before the `ucontext`) and without; trampolines in Arm (two calling conventions) and Thumb. */
const SIGNAL_FRAMES: readonly SignalFrameLayout[] = [
  {
    names: ['__restore_rt', '__default_rt_sa_restorer'],
    code: [
      [0xad, 0x70, 0xa0, 0xe3, 0x00, 0x00, 0x00, 0xef],
      [0xad, 0x70, 0xa0, 0xe3, 0xad, 0x00, 0x90, 0xef],
      [0xad, 0x27, 0x00, 0xdf],
    ],
    at: 160n,
    registers: SAVED_BY_KERNEL,
  },
  {
    names: ['__restore', '__default_sa_restorer'],
    code: [
      [0x77, 0x70, 0xa0, 0xe3, 0x00, 0x00, 0x00, 0xef],
      [0x77, 0x70, 0xa0, 0xe3, 0x77, 0x00, 0x90, 0xef],
      [0x77, 0x27, 0x00, 0xdf],
    ],
    at: 32n,
    registers: SAVED_BY_KERNEL,
  },
];

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
  trampolines: SIGNAL_FRAMES.flatMap(({ code }) => code),
  techniques: [
    (callee, scope) => unwindSignalFrame(callee, scope, SIGNAL_FRAMES),
    unwindByCfi,
    unwindLeaf,
    unwindByFramePointer,
  ],
  scan: (callee, scope) => scanPlain(callee, scope, scanLength(callee)),
  advances: advancesOrLeaf,
};
