// A trace in the message of an exception that has no stack of its own: programs hand whole texts to their crash client. Read as every
// other text is.
import { readLog } from '../../formats/logs/read-log.ts';
import type { Trace } from '../../formats/trace/trace.ts';
import type { CrashKitException } from '../../report/crashkit/occurrence.ts';

/** One line holds no trace, unless a logger has written its line ends out. */
const SEVERAL_LINES = /\n|\\n|#012/;

/** The trace; null where an exception has locations, or no message holds a stack. */
export function traceInMessages(exceptions: readonly CrashKitException[]): Trace | null {
  if (exceptions.some(({ locations }) => locations.length > 0)) return null;
  for (const { name, message } of exceptions) {
    if (!SEVERAL_LINES.test(message)) continue;
    // The head of a trace may be the exception's own name.
    const { crash } = readLog(message);
    if (crash === null || crash.trace.exceptions.every(({ frames }) => frames.length === 0)) continue;
    return crash.trace.kind === '' ? withKind(crash.trace, name) : crash.trace;
  }
  return null;
}

function withKind(trace: Trace, kind: string): Trace {
  const last = trace.exceptions.at(-1);
  return last === undefined
    ? trace
    : { ...trace, kind, exceptions: [...trace.exceptions.slice(0, -1), { ...last, kind }] };
}
