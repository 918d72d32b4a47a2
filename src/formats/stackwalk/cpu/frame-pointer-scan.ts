// Scanning on x86 and amd64, where a scanned frame can often keep or restore the frame pointer.
import { findReturnAddress, scanLength } from '../scan.ts';
import type { Callee, Caller, UnwindScope } from '../technique.ts';

/** The largest frame that is believed when a saved frame pointer is guessed: 99.5 % of frames are smaller. */
const MAX_FRAME_GAP = 128n * 1024n;

/** The names and the rule that differ between the two. */
export type FramePointerScan = {
  readonly fp: string;
  /** The word below the return address is the saved frame pointer only if the frame pointer points there (amd64). */
  readonly savedAtFrameOnly: boolean;
  readonly isPlausible: (word: bigint) => boolean;
};

/** Scans for a return address and recovers the frame pointer beside it where that is plausible. */
export function scanWithFramePointer(
  callee: Callee,
  scope: UnwindScope,
  options: FramePointerScan,
): Caller | null {
  const { cpu, memory } = scope;
  const width = BigInt(cpu.pointerBytes);
  const calleeSp = callee.registers.get(cpu.sp);
  if (calleeSp === undefined) return null;
  const found = findReturnAddress(calleeSp, scanLength(callee), scope, options.isPlausible);
  if (found === null) return null;
  const sp = found.slot + width;
  const registers = new Map([
    [cpu.pc, found.returnAddress],
    [cpu.sp, sp],
  ]);
  const fp = recoverFramePointer(callee.registers.get(options.fp), found.slot, calleeSp, scope, options);
  if (fp !== null && (memory.isOnStack(fp) || options.savedAtFrameOnly)) registers.set(options.fp, fp);
  return { registers, trust: 'scan' };
}

function recoverFramePointer(
  calleeFp: bigint | undefined,
  slot: bigint,
  calleeSp: bigint,
  scope: UnwindScope,
  options: FramePointerScan,
): bigint | null {
  const width = BigInt(scope.cpu.pointerBytes);
  // A return address at the very top leaves no room for a saved frame pointer below it.
  if (slot === calleeSp || (options.savedAtFrameOnly && calleeFp === undefined)) return null;
  const savedAt = slot - width;
  const saved = scope.memory.word(savedAt);
  if (saved === null) return null;
  const isSaved =
    saved > slot && saved - savedAt <= MAX_FRAME_GAP && (!options.savedAtFrameOnly || calleeFp === savedAt);
  if (isSaved) return scope.memory.isOnStack(saved) ? saved : null;
  // Otherwise the function may not have touched it.
  return calleeFp !== undefined && calleeFp >= slot + width ? calleeFp : null;
}
