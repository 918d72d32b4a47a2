// MIPS, 32 and 64 bits: CFI and scanning; there is no frame record to follow.
import { unwindByCfi } from '../cfi.ts';
import type { Callee, Caller, Cpu, UnwindScope } from '../technique.ts';
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

const MIPS_COMMON = {
  pc: 'pc',
  sp: 'sp',
  aliases: ALIASES,
  calleeSaved: () => SAVED,
  // The return address is behind the call's delay slot.
  callDistance: 8n,
  techniques: [unwindByCfi],
  scan: scanMips,
  advances: advancesOrLeaf,
} as const;

export const MIPS: Cpu = { ...MIPS_COMMON, kind: 'mips', pointerBytes: 4 };
export const MIPS64: Cpu = { ...MIPS_COMMON, kind: 'mips64', pointerBytes: 8 };
