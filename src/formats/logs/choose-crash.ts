// Which of several traces in one text is the crash: the one that ended the process, else the last.
import type { TraceFate } from '../trace/trace-language.ts';
import type { LogSegment } from './log-segment.ts';

const RANK: Readonly<Record<TraceFate, number>> = { ended: 3, thread: 2, logged: 1, handled: 0 };
/** Kinds of an end that something else has brought about. */
const END =
  /^(?:(?:SIG)?(?:ABRT|TRAP|ILL)|abort|Aborted|deadly signal|fuzz target exited|kernel panic|fatal runtime error|child process crashed)$/;
/** Lines between two words of the same death: a program that is told to abort prints its own trace behind the first. */
const SAME_DEATH = 40;

/** `segments` are in the order of the text, and at least one. */
export function chooseCrash(segments: readonly LogSegment[]): LogSegment {
  const best = Math.max(...segments.map(({ fate }) => RANK[fate]));
  const ranked = segments.filter((segment) => RANK[segment.fate] === best || isPanic(segment));
  let chosen = ranked.length - 1;
  // What ended the process comes first, and how it ended follows from it: an assertion before the abort that it calls.
  if (best === RANK.ended) {
    while (chosen > 0) {
      const [earlier, later] = [ranked[chosen - 1], ranked[chosen]];
      if (earlier === undefined || later === undefined) break;
      if (!isNative(later) || (isNative(earlier) && !saysOnlyTheEnd(later))) break;
      if (later.firstLine - earlier.lastLine > SAME_DEATH || !hasFrames(earlier)) break;
      chosen -= 1;
    }
  }
  const last = ranked[chosen];
  // A head without frames, and frames without a head, say less than a whole trace of the same rank.
  if (last !== undefined && hasFrames(last) && last.trace.kind !== '') return last;
  return (
    ranked.findLast((segment) => hasFrames(segment) && segment.trace.kind !== '') ??
    ranked.findLast((segment) => hasFrames(segment)) ??
    last ??
    (segments.at(-1) as LogSegment)
  );
}

/** A panic of a thread that is not the main one ends the process where the program aborts on it. */
function isPanic({ trace, fate }: LogSegment): boolean {
  return fate === 'thread' && trace.format === 'rust';
}

/** How a process ended and not why: the signal of an abort, a fuzzer's last words, a stack of which nothing has a name. */
export function saysOnlyTheEnd({ trace }: LogSegment): boolean {
  return (
    END.test(trace.kind) ||
    !trace.exceptions.some(({ frames }) =>
      frames.some((frame) => frame.function !== null && frame.inApp !== false),
    )
  );
}

function isNative({ trace }: LogSegment): boolean {
  return trace.format === 'c++' || trace.format === 'native';
}

function hasFrames({ trace }: LogSegment): boolean {
  return trace.exceptions.some(({ frames }) => frames.length > 0);
}
