// The stack of a crash as numbers, so that bugs with similar stacks are found: a hash of each frame's compared name, innermost first.
import type { ProcessedCrash, ProcessedFrame } from '../../report/processed-report.ts';
import { nameFrame, languageFamily } from './names/name-frame.ts';
import { withoutRepeats } from './recursion.ts';
import { rootCause } from './root-cause.ts';
import { once } from '../../base/once.ts';
import { stackRoot } from './stack-root.ts';

/** Deeper frames are servers and schedulers, which all stacks of a product share. */
const MAX_FRAMES = 24;

/** The frames of the root cause, or of the thread that crashed, by the names that are compared. */
export function stackNames(
  crash: Pick<ProcessedCrash, 'kind' | 'language' | 'exceptions' | 'threads'>,
): readonly string[] {
  const frames: readonly ProcessedFrame[] =
    (rootCause(crash.exceptions)?.exception.frames as readonly ProcessedFrame[] | undefined) ??
    crash.threads.find(({ crashed }) => crashed)?.frames ??
    [];
  const family = languageFamily(crash.language ?? crash.kind);
  const context = { root: once(() => stackRoot(frames)) };
  const names = frames
    .slice(0, 4 * MAX_FRAMES)
    .map((frame) => nameFrame(family, frame, context))
    .filter(({ compared, isGlue }) => compared !== '' && !isGlue)
    .map(({ compared }) => compared);
  return withoutRepeats(names, (name) => name).slice(0, MAX_FRAMES);
}
