// Frames and stacks of processed reports: built in one shape (engines read such objects faster), and bounded.
import { guessedFrames } from '../report/guessed-frames.ts';
import type { ProcessedFrame } from '../report/processed-report.ts';

/** Frames that are kept at the top and at the bottom of a stack that has more. */
const KEEP_HEAD = 250;
const KEEP_TAIL = 250;

const NOTHING: ProcessedFrame = {
  function: null,
  class: null,
  package: null,
  module: null,
  file: null,
  line: null,
  column: null,
  inApp: null,
  trust: 'given',
  address: null,
  moduleOffset: null,
  source: null,
  locals: null,
};

/** A frame of what is known. */
export function processedFrame(known: Partial<ProcessedFrame>): ProcessedFrame {
  return { ...NOTHING, ...known };
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
