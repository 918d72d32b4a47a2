// Parts lines that several writers have interleaved: processes in logcat and syslog, containers under compose.
import type { LogLine } from './log-lines.ts';

/** More writers than this are no interleaving but a stream name that changes with every line. */
const MAX_STREAMS = 200;

/** The lines of each writer in their order; one list where there is but one. A line that names none belongs to the one before. */
export function logStreams(lines: readonly LogLine[]): readonly (readonly LogLine[])[] {
  const streams = new Map<string, LogLine[]>();
  let current = '';
  for (const line of lines) {
    if (line.stream !== '') current = line.stream;
    const known = streams.get(current);
    if (known !== undefined) known.push(line);
    else if (streams.size >= MAX_STREAMS) return [lines];
    else streams.set(current, [line]);
  }
  return [...streams.values()];
}
