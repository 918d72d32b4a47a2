// arm64: Linux, Android, macOS, iOS, Windows.
import { type CfiView, unwindByCfi } from '../cfi.ts';
import { scanLength } from '../scan.ts';
import type { Callee, Caller, Cpu, UnwindScope } from '../technique.ts';
import { type SignalFrameLayout, unwindSignalFrame } from './linux-signal-frame.ts';
import { unwindByLinkRegister } from './link-register.ts';
import { scanPlain } from './plain-scan.ts';

const SAVED = ['x19', 'x20', 'x21', 'x22', 'x23', 'x24', 'x25', 'x26', 'x27', 'x28', 'fp'];

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
  name: '__kernel_rt_sigreturn',
  registers: [
    ...Array.from({ length: 29 }, (_, at): [string, bigint] => [`x${at}`, 312n + BigInt(at) * 8n]),
    ['fp', 544n],
    ['lr', 552n],
    ['sp', 560n],
    ['pc', 568n],
  ],
};

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

/** A leaf, or a call to nowhere, on top of the stack. */
function unwindLeaf(callee: Callee, scope: UnwindScope): Caller | null {
  const lr = callee.registers.get('lr');
  if (lr === undefined) return null;
  const fp = callee.registers.get('fp') ?? 0n;
  const usualPc = fp === 0n ? null : scope.memory.word(fp + 8n);
  return unwindByLinkRegister(
    callee,
    scope,
    stripPointerAuth(lr, scope),
    usualPc === null ? null : stripPointerAuth(usualPc, scope),
  );
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

/** An unchanged sp is believed of a leaf on top and of CFI at a function's entry, if the pc moved at all. */
function advances(callee: Callee, caller: Caller): boolean {
  if (caller.interrupted === true) return true;
  const sp = caller.registers.get('sp') ?? 0n;
  const calleeSp = callee.registers.get('sp') ?? 0n;
  if (sp !== calleeSp) return sp > calleeSp;
  return (
    caller.registers.get('pc') !== callee.registers.get('pc') &&
    (callee.trust === 'context' || caller.trust === 'cfi')
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
  techniques: [
    (callee, scope) => unwindSignalFrame(callee, scope, SIGNAL_FRAME),
    unwindByArmCfi,
    unwindLeaf,
    unwindByFramePointer,
  ],
  scan: (callee, scope) => scanPlain(callee, scope, scanLength(callee), { isPlausible }),
  advances,
};
