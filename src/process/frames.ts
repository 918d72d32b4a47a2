// Frames and stacks of processed reports: built in one shape (engines read such objects faster), and bounded.
import { guessedFrames } from '../report/guessed-frames.ts';
import type { ProcessedFrame } from '../report/processed-report.ts';

/** Frames that are kept at the top and at the bottom of a stack that has more. */
const KEEP_HEAD = 250;
const KEEP_TAIL = 250;

type Known = { readonly [Key in keyof ProcessedFrame]?: ProcessedFrame[Key] | undefined };

/** A frame of what is known. Written out, because copying objects of many shapes costs more than all else that is done for a frame. */
export function processedFrame(known: Known): ProcessedFrame {
  const frame: ProcessedFrame = {
    function: known.function ?? null,
    class: known.class ?? null,
    package: known.package ?? null,
    module: known.module ?? null,
    file: known.file ?? null,
    line: known.line ?? null,
    column: known.column ?? null,
    inApp: known.inApp ?? null,
    trust: known.trust ?? 'given',
    address: known.address ?? null,
    moduleOffset: known.moduleOffset ?? null,
    source: known.source ?? null,
    locals: known.locals ?? null,
  };
  const { minified, unmapped } = known;
  if (minified === undefined && unmapped === undefined) return frame;
  return {
    ...frame,
    ...(minified !== undefined && { minified }),
    ...(unmapped !== undefined && { unmapped }),
  };
}

/** A stack without its middle where it is very deep: endless recursions say the same over and over. */
export function boundedStack<T>(frames: readonly T[]): {
  readonly frames: readonly T[];
  readonly omittedFrames: number;
} {
  const omittedFrames = Math.max(0, frames.length - KEEP_HEAD - KEEP_TAIL);
  if (omittedFrames === 0) return { frames, omittedFrames };
  return { frames: [...frames.slice(0, KEEP_HEAD), ...frames.slice(-KEEP_TAIL)], omittedFrames };
}

/** Without frames that were found by scanning, which are guesses, and what was inlined into them. */
export function sureFrames(frames: readonly ProcessedFrame[]): readonly ProcessedFrame[] {
  const guesses = guessedFrames(frames);
  return guesses.includes(true) ? frames.filter((_, at) => guesses[at] !== true) : frames;
}
