// Walks over the cleaned lines of one writer and has each language read the traces that it recognises.
import type { FoundTrace, TraceFate, TraceText } from '../trace/trace-language.ts';
import { LANGUAGES } from './languages.ts';
import { fateOf } from './fate.ts';
import type { LogLine, RawLine } from './log-lines.ts';
import type { LogSegment } from './log-segment.ts';

/** Reads that end in nothing: beyond them a text is made to be searched in vain. */
const MAX_FAILED = 1000;
/** Traces of one text; an endless log of errors is read up to here. */
const MAX_FOUND = 2000;

/** The traces in the lines of one writer, in their order. */
export function findSegments(lines: readonly LogLine[], raw: readonly RawLine[]): readonly LogSegment[] {
  const text: TraceText = {
    lines: lines.map((line) => line.text),
    begins: (index) => lines[index]?.begins === true,
  };
  const segments: LogSegment[] = [];
  let [from, at, failed] = [0, 0, 0];
  while (at < lines.length && failed < MAX_FAILED && segments.length < MAX_FOUND) {
    const line = text.lines[at] ?? '';
    // Nothing so short tells a language.
    const found = line.length < 5 ? null : foundAt(text, at, from);
    if (found === null || typeof found === 'number') {
      if (found !== null) failed += 1;
      at = Math.max(found ?? 0, at + 1);
      continue;
    }
    segments.push(segmentOf(found, lines, raw, fateOf(found, lines, from)));
    at = Math.max(found.last, at + 1);
    from = at;
  }
  return segments;
}

/** Null: no language recognises the line. A number: one did, and there is nothing before that line. */
function foundAt(text: TraceText, at: number, from: number): FoundTrace | number | null {
  const line = text.lines[at] ?? '';
  let nothing: number | null = null;
  for (const language of LANGUAGES) {
    if (!language.recognises(line)) continue;
    const found = language.find(text, at, from);
    if (found !== null && typeof found !== 'number') return found;
    nothing = Math.max(nothing ?? 0, found ?? 0);
  }
  return nothing;
}

function segmentOf(
  found: FoundTrace,
  lines: readonly LogLine[],
  raw: readonly RawLine[],
  fate: TraceFate,
): LogSegment {
  const first = lines[found.first]?.raw ?? 0;
  const last = lines[found.last - 1]?.raw ?? first;
  return {
    trace: found.trace,
    fate,
    confidence: Math.min(1, found.understood / Math.max(1, found.last - found.first)),
    start: raw[first]?.start ?? 0,
    end: raw[last]?.end ?? 0,
    firstLine: first + 1,
    lastLine: last + 1,
  };
}
