// Unwinding by scanning: the first word above the stack pointer that looks like a return address is taken for one.
// The last resort, and often wrong; frames found this way say so.
import { isBottomFunction } from './stack-bottom.ts';
import type { Callee, UnwindScope } from './technique.ts';

/** Words looked at from a frame that was itself a guess, and from one that was not. */
const SHORT_SCAN = 40;
const LONG_SCAN = 160;

/**
 * How far to look. The top of the stack can be messed up, and behind a trusted frame there may be code that nothing
 * describes (JIT), so both are worth a longer look.
 */
export function scanLength(callee: Callee): number {
  return callee.trust === 'context' || callee.trust === 'cfi' ? LONG_SCAN : SHORT_SCAN;
}

/** The first plausible return address in `count` words from `start`, and the address of its slot. */
export function findReturnAddress(
  start: bigint,
  count: number,
  scope: UnwindScope,
  isPlausible: (word: bigint) => boolean = () => true,
): { slot: bigint; returnAddress: bigint } | null {
  const { memory, modules } = scope;
  const found = memory.findWord(
    start,
    count,
    modules.lowest,
    modules.highest,
    (word) => isPlausible(word) && isReturnAddress(word, scope),
  );
  return found === null ? null : { slot: found.address, returnAddress: found.word };
}

/**
 * True where the byte before `address` (inside the call; the address itself may lie behind the function's end) is in
 * a module, and the module's symbols, if any, name it and know code there.
 */
export function isReturnAddress(address: bigint, scope: UnwindScope): boolean {
  if (address <= 1n) return false;
  const call = address - 1n;
  const { modules } = scope;
  const moduleIndex = modules.find(call);
  if (moduleIndex === null || !scope.mayBeCode(call)) return false;
  const symbols = scope.symbolsOf(moduleIndex);
  if (symbols === null) return true;
  const offset = modules.offset(moduleIndex, call);
  if (!symbols.hasName(offset)) return false;
  // Symbolicator's rule, from a macOS stack without frame pointers: data beside code has a name too. The start of a
  // process is hand-written and has neither lines nor CFI.
  return (
    !symbols.isUncovered(offset) ||
    isBottomFunction(symbols.locate(offset)?.function ?? '', modules.get(moduleIndex)?.name ?? '')
  );
}
