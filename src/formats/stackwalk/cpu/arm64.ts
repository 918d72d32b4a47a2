// arm64: Linux, Android, macOS, iOS, Windows.
import { type CfiView, unwindByCfi } from '../cfi.ts';
import { scanLength } from '../scan.ts';
import type { Callee, Caller, Cpu, UnwindScope } from '../technique.ts';
import { contextRecord, type DispatcherLayout, inRow, unwindDispatcher } from './exception-dispatcher.ts';
import { WINDOWS_DISPATCHERS } from '../handler-frames.ts';
import { type SignalFrameLayout, unwindSignalFrame } from './linux-signal-frame.ts';
import { type LeafEvidence, unwindByLinkRegister } from './link-register.ts';
import { scanPlain } from './plain-scan.ts';

const SAVED = ['x19', 'x20', 'x21', 'x22', 'x23', 'x24', 'x25', 'x26', 'x27', 'x28', 'fp'];

/** Instructions before the pc that are looked at: dumps hold some dozens around it. */
const MAX_LOOK_BACK = 64n;

/** Apple leaves 47 bits of a signed pointer for the address. */
const APPLE_ADDRESS_BITS = 47;

/** Not in the first page, not above what user space can have. */
function isPlausible(address: bigint): boolean {
  return address >= 0x1000n && address <= 0xf_ffff_ffff_ffffn;
}

/**
 * Takes pointer authentication codes (ARMv8.3) out of an address: the bits above every module's, at least above 47.
 * How many bits are address is not in the dump; too many leave a code in, too few would cut an address.
 */
function stripPointerAuth(address: bigint, scope: UnwindScope): bigint {
  return BigInt.asUintN(Math.max(APPLE_ADDRESS_BITS, scope.modules.addressBits), address);
}

/**
 * After a frame found by its frame pointer, lr is only the value that the frame record held: true at a function's
 * first instruction, stale anywhere else.
 */
const withoutStaleLr: CfiView = (name, cfi, offset) => name !== 'lr' || cfi.start === offset;

/**
 * `siginfo_t` and `struct ucontext` at the stack pointer (arch/arm64/include/uapi/asm/sigcontext.h). The unwind information of the vDSO
 * leads to the caller of the interrupted code and skips this itself, so the saved registers come first.
 */
const SIGNAL_FRAME: SignalFrameLayout = {
  names: ['__kernel_rt_sigreturn', '__restore_rt'],
  // mov x8, #139; svc #0
  code: [[0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4]],
  at: 312n,
  registers: inRow([...Array.from({ length: 29 }, (_, at) => `x${at}`), 'fp', 'lr', 'sp', 'pc'], 0n, 8n),
  // The kernel saves the floating point registers first, under this magic number and with their size.
  proves: (saved) => saved(280n) === 0x210_4650_8001n,
};

const DISPATCHERS: readonly DispatcherLayout[] = [
  {
    os: 'windows',
    names: WINDOWS_DISPATCHERS,
    at: ({ registers }, scope) => contextRecord(registers.get('sp'), { at: 0n, cpu: 0x40_0000n }, scope),
    registers: inRow([...Array.from({ length: 29 }, (_, at) => `x${at}`), 'fp', 'lr', 'sp', 'pc'], 8n, 8n),
  },
];

function unwindByArmCfi(callee: Callee, scope: UnwindScope): Caller | 'end' | null {
  const caller =
    callee.trust === 'frame_pointer'
      ? unwindByCfi(callee, scope, withoutStaleLr)
      : unwindByCfi(callee, scope);
  if (caller === null || caller === 'end') return caller;
  for (const name of ['pc', 'lr', 'fp']) {
    const value = caller.registers.get(name);
    if (value !== undefined) caller.registers.set(name, stripPointerAuth(value, scope));
  }
  return caller;
}

/** A leaf, or a call to nowhere, on top of the stack or where a signal came. */
function unwindLeaf(callee: Callee, scope: UnwindScope): Caller | null {
  const lr = callee.registers.get('lr');
  // What follows looks for evidence, which no other frame could use.
  if (lr === undefined || !callee.isExact) return null;
  const fp = callee.registers.get('fp') ?? 0n;
  const usualPc = fp === 0n ? null : scope.memory.word(fp + 8n);
  return unwindByLinkRegister(callee, scope, {
    lr: stripPointerAuth(lr, scope),
    usualPc: usualPc === null ? null : stripPointerAuth(usualPc, scope),
    evidence: leafEvidence(callee.instruction, scope),
  });
}

/**
 * What the instructions before the pc say: a function that has made a call, or has saved lr in order to make one, is no leaf; one that
 * has done neither since the return before it (of the function before it, mostly) is.
 */
function leafEvidence(pc: bigint, { memory }: UnwindScope): LeafEvidence {
  for (let back = 1n; back <= MAX_LOOK_BACK; back++) {
    const code = memory.instruction(pc - back * 4n);
    if (code === null) return null;
    if (isReturn(code)) return 'leaf';
    if (isCall(code) || savesLr(code)) return 'calls';
  }
  return null;
}

/** ret, retaa, retab */
function isReturn(code: number): boolean {
  return code === 0xd65f03c0 || code === 0xd65f0bff || code === 0xd65f0fff;
}

/** bl, blr, blraa and their kind */
function isCall(code: number): boolean {
  return code >>> 26 === 0x25 || (code & 0xfefff000) >>> 0 === 0xd63f0000;
}

/** stp with lr for one of its registers, str of lr: to the stack, with or without moving its pointer */
function savesLr(code: number): boolean {
  const isPair = [0xa8800000, 0xa9000000, 0xa9800000].includes((code & 0xffc00000) >>> 0);
  const [first, second, base] = [code & 31, (code >>> 10) & 31, (code >>> 5) & 31];
  if (isPair) return base === 31 && (first === 30 || second === 30);
  return (code & 0xffe00fff) >>> 0 === 0xf8000ffe || (code & 0xffc003ff) >>> 0 === 0xf90003fe;
}

/** The frame record at fp: saved fp, return address. */
function unwindByFramePointer(callee: Callee, scope: UnwindScope): Caller | 'end' | null {
  const fp = callee.registers.get('fp');
  if (fp === undefined || !callee.registers.has('sp')) return null;
  // The outermost frame record has no predecessor. On the first frame fp may simply not be in use.
  if (fp === 0n) return callee.trust === 'context' ? null : 'end';
  const savedFp = scope.memory.word(fp);
  const savedPc = scope.memory.word(fp + 8n);
  if (savedFp === null || savedPc === null) return null;
  const callerFp = stripPointerAuth(savedFp, scope);
  const pc = stripPointerAuth(savedPc, scope);
  if (!isPlausible(pc)) return null;
  const registers = new Map([
    ['pc', pc],
    ['sp', fp + 16n],
    ['fp', callerFp],
  ]);
  const lr = callerFp === 0n ? null : scope.memory.word(callerFp + 8n);
  if (lr !== null) registers.set('lr', stripPointerAuth(lr, scope));
  return { registers, trust: 'frame_pointer' };
}

/** An unchanged sp is believed of a leaf and of CFI at a function's entry, if the pc moved at all. */
function advances(callee: Callee, caller: Caller): boolean {
  const sp = caller.registers.get('sp') ?? 0n;
  const calleeSp = callee.registers.get('sp') ?? 0n;
  if (sp !== calleeSp) return sp > calleeSp;
  return (
    caller.registers.get('pc') !== callee.registers.get('pc') && (callee.isExact || caller.trust === 'cfi')
  );
}

export const ARM64: Cpu = {
  kind: 'arm64',
  pointerBytes: 8,
  pc: 'pc',
  sp: 'sp',
  aliases: new Map([
    ['x29', 'fp'],
    ['x30', 'lr'],
    ['x31', 'sp'],
  ]),
  calleeSaved: () => SAVED,
  callDistance: 4n,
  trampolines: SIGNAL_FRAME.code,
  techniques: [
    (callee, scope) => unwindSignalFrame(callee, scope, [SIGNAL_FRAME]),
    unwindByArmCfi,
    (callee, scope) => unwindDispatcher(callee, scope, DISPATCHERS),
    unwindLeaf,
    unwindByFramePointer,
  ],
  scan: (callee, scope) => scanPlain(callee, scope, scanLength(callee), { isPlausible }),
  advances,
};
