// amd64 (x86-64): System V and Windows.
import { unwindByCfi } from '../cfi.ts';
import { isReturnAddress } from '../scan.ts';
import type { Callee, Caller, Cpu, UnwindScope } from '../technique.ts';
import { contextRecord, type DispatcherLayout, inRow, unwindDispatcher } from './exception-dispatcher.ts';
import { WINDOWS_DISPATCHERS } from '../handler-frames.ts';
import { scanWithFramePointer } from './frame-pointer-scan.ts';
import { type SignalFrameLayout, unwindSignalFrame } from './linux-signal-frame.ts';

const SYSTEM_V_SAVED = ['rbx', 'rbp', 'r12', 'r13', 'r14', 'r15'];
const WINDOWS_SAVED = [...SYSTEM_V_SAVED, 'rdi', 'rsi'];

/** How many 16-byte steps above its position a Windows frame pointer's frame may end (UWOP_SET_FPREG: 240 bytes). */
const WINDOWS_FRAME_OFFSETS = 16n;

/** Addresses that no 48-bit page table can map. */
function isNonCanonical(address: bigint): boolean {
  return address >= 0x8000_0000_0000n && address < 0xffff_8000_0000_0000n;
}

/** The frame record at rbp: saved rbp, return address. Validated, because rbp is often something else. */
function unwindByFramePointer(callee: Callee, scope: UnwindScope): Caller | null {
  const rbp = callee.registers.get('rbp');
  const rsp = callee.registers.get('rsp');
  if (rbp === undefined || rsp === undefined || rbp % 8n !== 0n) return null;
  // On Windows rbp may point into the middle of the frame; the record is then a few steps higher. It is mostly an
  // ordinary register there, so that only a return address that scanning would accept makes a record: otherwise
  // threads that wait in ntdll end at their first frame (seen in an Electron dump).
  const steps = scope.os === 'windows' ? WINDOWS_FRAME_OFFSETS : 1n;
  for (let step = 0n; step < steps; step++) {
    const record = rbp + step * 16n;
    const rip = scope.memory.word(record + 8n);
    const callerRbp = scope.memory.word(record);
    if (rip === null || callerRbp === null) return null;
    const callerRsp = record + 16n;
    if (callerRbp < callerRsp) continue;
    if (scope.memory.word(callerRbp) === null) return null;
    if (isNonCanonical(rip) || callerRsp <= rsp || scope.memory.word(callerRsp) === null) continue;
    if (scope.os === 'windows' && !isReturnAddress(rip, scope)) continue;
    const registers = new Map([
      ['rip', rip],
      ['rsp', callerRsp],
      ['rbp', callerRbp],
    ]);
    return { registers, trust: 'frame_pointer' };
  }
  return null;
}

/**
 * A Windows function without unwind data is a leaf by the calling convention: it has not moved rsp, so the return
 * address is on top. Believed of the first frame, unless unwind data is there and failed; system calls in ntdll,
 * where most threads wait, look the same.
 */
function unwindWindowsLeaf(callee: Callee, scope: UnwindScope): Caller | null {
  if (scope.os !== 'windows' || callee.trust !== 'context') return null;
  if (callee.moduleIndex !== null) {
    const offset = scope.modules.offset(callee.moduleIndex, callee.instruction);
    const cfi = scope.symbolsOf(callee.moduleIndex)?.cfiAt(offset);
    if (cfi !== null && cfi !== undefined) return null;
  }
  const rsp = callee.registers.get('rsp');
  const rip = rsp === undefined ? null : scope.memory.word(rsp);
  if (rsp === undefined || rip === null || isNonCanonical(rip) || !isReturnAddress(rip, scope)) return null;
  const registers = new Map<string, bigint>();
  for (const name of WINDOWS_SAVED) {
    const value = callee.registers.get(name);
    if (value !== undefined) registers.set(name, value);
  }
  registers.set('rip', rip);
  registers.set('rsp', rsp + 8n);
  return { registers, trust: 'leaf' };
}

/** `struct ucontext` at the stack pointer (arch/x86/include/uapi/asm/sigcontext.h). */
const SIGNAL_FRAME: SignalFrameLayout = {
  names: ['__restore_rt', '__restore'],
  // mov $15, %rax (or %eax); syscall
  code: [
    [0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05],
    [0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05],
  ],
  at: 40n,
  registers: inRow(
    ['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15', 'rdi', 'rsi', 'rbp', 'rbx', 'rdx', 'rax'].concat([
      'rcx',
      'rsp',
      'rip',
    ]),
    0n,
    8n,
  ),
  // User code has one code segment and one stack segment (which kernels before 4.6 did not save).
  proves: (saved) => {
    const segments = saved(144n);
    const rip = saved(128n);
    if (segments === null || rip === null || rip < 4096n || isNonCanonical(rip)) return false;
    return segments === 0x2b_0000_0000_0033n || segments === 0x33n;
  },
};

const LEGACY_ORDER = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'];
const NUMBERED = ['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'];

const DISPATCHERS: readonly DispatcherLayout[] = [
  {
    os: 'windows',
    names: WINDOWS_DISPATCHERS,
    at: ({ registers }, scope) => contextRecord(registers.get('rsp'), { at: 0x30n, cpu: 0x10_0000n }, scope),
    registers: inRow([...LEGACY_ORDER, ...NUMBERED, 'rip'], 0x78n, 8n),
  },
  {
    os: 'macos',
    names: ['_sigtramp'],
    // It keeps its `ucontext_t` in rbx, which points to the registers behind sixteen bytes about the exception.
    at: ({ registers }, { memory }) => {
      const ucontext = registers.get('rbx');
      const saved = ucontext === undefined ? null : memory.word(ucontext + 48n);
      return saved === null ? null : saved + 16n;
    },
    registers: inRow(['rax', 'rbx', 'rcx', 'rdx', 'rdi', 'rsi', 'rbp', 'rsp', ...NUMBERED, 'rip'], 0n, 8n),
  },
];

export const AMD64: Cpu = {
  kind: 'amd64',
  pointerBytes: 8,
  pc: 'rip',
  sp: 'rsp',
  aliases: new Map(),
  calleeSaved: (os) => (os === 'windows' ? WINDOWS_SAVED : SYSTEM_V_SAVED),
  callDistance: 1n,
  trampolines: SIGNAL_FRAME.code,
  techniques: [
    unwindByCfi,
    (callee, scope) => unwindSignalFrame(callee, scope, [SIGNAL_FRAME]),
    (callee, scope) => unwindDispatcher(callee, scope, DISPATCHERS),
    unwindWindowsLeaf,
    unwindByFramePointer,
  ],
  scan: (callee, scope) =>
    scanWithFramePointer(callee, scope, {
      fp: 'rbp',
      savedAtFrameOnly: true,
      isPlausible: (word) => !isNonCanonical(word),
    }),
  advances: (callee, caller) => (caller.registers.get('rsp') ?? 0n) > (callee.registers.get('rsp') ?? 0n),
};
