// x86 (32 bits): Linux, Windows with STACK WIN records, macOS.
import { unwindByCfi } from '../cfi.ts';
import { unwindByStackWin } from '../stack-win.ts';
import type { Callee, Caller, Cpu, UnwindScope } from '../technique.ts';
import { contextRecord, type DispatcherLayout, inRow, unwindDispatcher } from './exception-dispatcher.ts';
import { WINDOWS_DISPATCHERS } from '../handler-frames.ts';
import { type SignalFrameLayout, type StackWord, unwindSignalFrame } from './linux-signal-frame.ts';
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

/** `sigcontext` of 32 bits (arch/x86/include/uapi/asm/sigcontext.h), without its segments. */
const SAVED_BY_KERNEL = [
  ...inRow(['edi', 'esi', 'ebp', 'esp', 'ebx', 'edx', 'ecx', 'eax'], 16n, 4n),
  ['eip', 56n] as const,
];

/** User code has one code segment and one stack segment, other ones on a 64-bit kernel. */
const SEGMENTS: readonly (readonly [code: bigint, stack: bigint])[] = [
  [0x23n, 0x2bn],
  [0x73n, 0x7bn],
];

const isOfProgram = (saved: StackWord): boolean =>
  (saved(56n) ?? 0n) >= 4096n &&
  SEGMENTS.some(([code, stack]) => saved(60n) === code && saved(72n) === stack);

/** Frames of handlers with a `siginfo_t`, whose third argument leads to the `ucontext`, and without; the number of the signal is on top of both. */
const SIGNAL_FRAMES: readonly SignalFrameLayout[] = [
  {
    names: ['__restore_rt', '__kernel_rt_sigreturn'],
    // mov $173, %eax; int $0x80
    code: [[0xb8, 0xad, 0, 0, 0, 0xcd, 0x80]],
    // The kernel puts the frame's own parts in a row behind the arguments.
    at: 160n,
    registers: SAVED_BY_KERNEL,
    proves: isOfProgram,
  },
  {
    names: ['__restore', '__kernel_sigreturn'],
    // pop %eax; mov $119, %eax; int $0x80
    code: [[0x58, 0xb8, 0x77, 0, 0, 0, 0xcd, 0x80]],
    at: 4n,
    registers: SAVED_BY_KERNEL,
    proves: isOfProgram,
  },
];

const DISPATCHERS: readonly DispatcherLayout[] = [
  {
    os: 'windows',
    names: WINDOWS_DISPATCHERS,
    // Its arguments are the exception record and the context.
    at: ({ registers }, scope) => {
      const esp = registers.get('esp');
      const record = esp === undefined ? null : scope.memory.word(esp + 4n);
      return contextRecord(record, { at: 0n, cpu: 0x1_0000n }, scope);
    },
    registers: [
      ...inRow(['edi', 'esi', 'ebx', 'edx', 'ecx', 'eax', 'ebp', 'eip'], 0x9cn, 4n),
      ['esp', 0xc4n] as const,
    ],
  },
];

export const X86: Cpu = {
  kind: 'x86',
  pointerBytes: 4,
  pc: 'eip',
  sp: 'esp',
  aliases: new Map(),
  calleeSaved: () => SAVED,
  callDistance: 1n,
  trampolines: SIGNAL_FRAMES.flatMap(({ code }) => code),
  techniques: [
    (callee, scope) => unwindSignalFrame(callee, scope, SIGNAL_FRAMES),
    (callee, scope) => unwindDispatcher(callee, scope, DISPATCHERS),
    unwindByStackWin,
    unwindByCfi,
    unwindByFramePointer,
  ],
  scan: (callee, scope) =>
    scanWithFramePointer(callee, scope, {
      fp: 'ebp',
      savedAtFrameOnly: false,
      isPlausible: (word) => word !== 0n,
    }),
  advances: (callee, caller) => (caller.registers.get('esp') ?? 0n) > (callee.registers.get('esp') ?? 0n),
};
