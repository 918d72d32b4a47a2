// The crash of a text, for tests of single languages.
import { readLog } from '../../src/formats/logs/read-log.ts';
import type { Trace } from '../../src/formats/trace/trace.ts';

/** The trace that is the crash; null where the text holds none. */
export function readTrace(text: string): Trace | null {
  return readLog(text).crash?.trace ?? null;
}
