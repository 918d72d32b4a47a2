// Which frames of a stack are guesses: found by scanning, or inlined into one that was.
import type { ProcessedFrame } from './processed-report.ts';

/** For each frame, innermost first, whether it is a guess. Inlined calls stand before the frame that they are in. */
export function guessedFrames(frames: readonly Pick<ProcessedFrame, 'trust'>[]): readonly boolean[] {
  let isGuess = false;
  return frames
    .toReversed()
    .map(({ trust }) => {
      if (trust !== 'inline') isGuess = trust === 'scan';
      return isGuess;
    })
    .toReversed();
}
