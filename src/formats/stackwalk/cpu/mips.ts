// MIPS, 32 and 64 bits: CFI and scanning; there is no frame record to follow.
import { unwindByCfi } from '../cfi.ts';
import type { Callee, Caller, Cpu, TrampolineCode, UnwindScope } from '../technique.ts';
import { inRow } from './exception-dispatcher.ts';
import { type SignalFrameLayout, unwindSignalFrame } from './linux-signal-frame.ts';
import { advancesOrLeaf, scanPlain } from './plain-scan.ts';

const SAVED = ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7', 'gp', 'sp', 'fp'];

/** Bytes of stack that are scanned. */
const SCAN_BYTES = 1024;
/** The 32-bit convention reserves four argument words in the frame of every function that calls another. */
const ARGUMENT_WORDS = 4;

const isPlausible = (word: bigint): boolean => word >= 0x1000n;

function scanMips(callee: Callee, scope: UnwindScope): Caller | null {
  const { pointerBytes } = scope.cpu;
  const skip = pointerBytes === 4 && callee.trust !== 'context' ? ARGUMENT_WORDS : 0;
  return scanPlain(callee, scope, SCAN_BYTES / pointerBytes, { skip, isPlausible });
}

/** The numbered names that CFI may use. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ...Array.from({ length: 8 }, (_, i): [string, string] => [`r${16 + i}`, `s${i}`]),
  ['r28', 'gp'],
  ['r29', 'sp'],
  ['r30', 'fp'],
  ['s8', 'fp'],
  ['r31', 'ra'],
]);

const NUMBERED = ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7'];

/**
 * The registers of the interrupted code behind four argument words and eight bytes that once held the trampoline: in `sigcontext`, with
 * 64 bits for each register (arch/mips/include/uapi/asm/sigcontext.h, arch/mips/kernel/signal.c).
 */
function savedByKernel(pc: bigint, first: bigint): SignalFrameLayout['registers'] {
  return [
    ['pc', pc],
    ...inRow(NUMBERED, first + 16n * 8n, 8n),
    ...inRow(['gp', 'sp', 'fp', 'ra'], first + 28n * 8n, 8n),
  ];
}

/** li $v0, number; syscall */
const sigreturn = (low: number, high: number): TrampolineCode => [low, high, 0x02, 0x24, 0x0c, 0, 0, 0];

/** Handlers with a `siginfo_t` (128 bytes) and a `ucontext` (24 bytes before the registers), and those without. */
const SIGNAL_FRAMES_32: readonly SignalFrameLayout[] = [
  { code: [sigreturn(0x61, 0x10)], at: 176n },
  { code: [sigreturn(0x17, 0x10)], at: 24n },
].map(({ code, at }) => ({
  names: ['__restore_rt'] as const,
  code,
  at,
  registers: savedByKernel(8n, 16n),
  isWide: true,
}));

const SIGNAL_FRAMES_64: readonly SignalFrameLayout[] = [
  {
    names: ['__restore_rt'],
    code: [sigreturn(0x5b, 0x14)],
    at: 192n,
    registers: savedByKernel(576n, 0n),
  },
];

const MIPS_COMMON = {
  pc: 'pc',
  sp: 'sp',
  aliases: ALIASES,
  calleeSaved: () => SAVED,
  // The return address is behind the call's delay slot.
  callDistance: 8n,
  scan: scanMips,
  advances: advancesOrLeaf,
} as const;

function mips(kind: 'mips' | 'mips64', pointerBytes: 4 | 8, frames: readonly SignalFrameLayout[]): Cpu {
  return {
    ...MIPS_COMMON,
    kind,
    pointerBytes,
    trampolines: frames.flatMap(({ code }) => code),
    techniques: [(callee, scope) => unwindSignalFrame(callee, scope, frames), unwindByCfi],
  };
}

export const MIPS: Cpu = mips('mips', 4, SIGNAL_FRAMES_32);
export const MIPS64: Cpu = mips('mips64', 8, SIGNAL_FRAMES_64);
