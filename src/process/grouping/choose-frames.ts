// Which frames of a stack are in the key, and which one names the crash.
import { isAccessor } from './accessors.ts';
import type { FrameLists, FrameMatcher } from './frame-lists.ts';
import type { FrameTier } from './own-frames.ts';
import { isRaisedByItself } from './raised-by-itself.ts';
import { overflowCycle, withoutRepeats } from './recursion.ts';
import type { SeenFrame } from './seen-stack.ts';

/** Frames that join while each says little. */
const MAX_JOINED = 4;
/** Frames below the chosen ones that are told. */
const MAX_NEXT = 1;

/** The choice. */
export interface Chosen {
  readonly frames: readonly SeenFrame[];
  readonly next: readonly SeenFrame[];
  /** The frame of the title, and those that only belong to it. */
  readonly named: SeenFrame | null;
  readonly within: readonly SeenFrame[];
}

/** What the choice depends on. */
export interface Choosing {
  readonly kind: string;
  readonly message: string;
  readonly steps: string[];
  readonly helpers: FrameMatcher;
  readonly lists: FrameLists;
}

/** Kinds of a stack that had no room left. */
export const OVERFLOW =
  /StackOverflow|RecursionError|stack[- ]overflow|Maximum call stack|SystemStackError|InsufficientExecutionStack/i;
const TIERS: readonly FrameTier[] = ['own', 'library', 'run-time'];

/** Chooses; says why in `steps`. */
export function chooseFrames(
  seen: readonly SeenFrame[],
  { kind, message, steps, helpers, lists }: Choosing,
): Chosen {
  const compared = ({ name }: SeenFrame): string => name.compared;
  const tier = TIERS.find((one) => seen.some((frame) => frame.tier === one && !frame.name.isGlue)) ?? null;
  if (tier === null) {
    const [only] = seen;
    if (only === undefined) return { frames: [], next: [], named: null, within: [] };
    steps.push(`"${only.name.shown}" is all that the stack holds.`);
    return { frames: [only], next: [], named: only, within: [] };
  }
  const candidates = seen.filter((frame) => frame.tier === tier && !frame.name.isGlue);
  if (OVERFLOW.test(kind)) {
    const cycle = overflowCycle(candidates, compared);
    if (cycle !== null && cycle[0] !== undefined) {
      steps.push(
        `The stack overflowed in a cycle of ${cycle.length === 1 ? 'one call' : `${cycle.length} calls`}, which names it.`,
      );
      return { frames: cycle, next: [], named: cycle[0], within: [] };
    }
    if (tier === 'run-time') {
      steps.push('The stack overflowed in whatever the run-time was doing then, which says nothing of it.');
      return { frames: [], next: [], named: null, within: [] };
    }
  }
  const stack = withoutRepeats(candidates, compared);
  const frames: SeenFrame[] = [];
  const within: SeenFrame[] = [];
  const byItself = isRaisedByItself(kind, message);
  let named: SeenFrame | null = null;
  let hops = 0;
  for (const frame of stack) {
    if (frames.length >= MAX_JOINED) break;
    frames.push(frame);
    const helper =
      lists.prefixes(frame.name.shown, null) !== null
        ? 'it is a helper'
        : isRaisedBy(
            frame,
            byItself,
            (text) => helpers(frame.name.shown, null) ?? lists.helpers(text, frame.frame.file),
          );
    if (helper !== null) {
      steps.push(`"${frame.name.shown}" raises for its caller (${helper}), so the next frame joins it.`);
      within.push(frame);
      continue;
    }
    named ??= frame;
    if (frame.name.isVague) {
      steps.push(`"${frame.name.shown}" says little alone, so the next frame joins it.`);
      continue;
    }
    if (hops === 0 && isAccessor(frame.name.member)) {
      steps.push(`"${frame.name.shown}" is named as its interface prescribes, so its caller joins it.`);
      hops += 1;
      continue;
    }
    break;
  }
  const last = named ?? frames.at(-1) ?? null;
  if (last !== null) {
    const first =
      tier === 'own'
        ? `it is the first frame of the program itself: ${last.because}`
        : `no frame is the program's own, and it is the first of ${tier === 'library' ? 'a library' : 'the run-time'}`;
    steps.push(`"${last.name.shown}" names the crash: ${first}.`);
  }
  return {
    frames,
    next: stack.slice(frames.length, frames.length + MAX_NEXT),
    named: last,
    within: within.filter((frame) => frame !== last),
  };
}

/** A check that fails by itself has a fault of its own; one for null raises a null pointer error on purpose. */
function isRaisedBy(
  { name }: SeenFrame,
  byItself: boolean,
  listed: (text: string) => string | null,
): string | null {
  if (byItself && !/null|nil|none/i.test(name.member)) return null;
  return listed(name.owner === '' ? name.member : `${name.owner}.${name.member}`) === null
    ? null
    : 'it is a helper';
}
