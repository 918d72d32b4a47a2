// A prefix that no rule knows: the same shape at the start of line after line. Asked only where nothing was understood
// without it, because frames have much in common, too.
import type { LogLine, RawLine } from './log-lines.ts';
import { withoutControls } from './control-characters.ts';

const MAX_PREFIX = 200;
const MAX_SAMPLE = 1000;
const MIN_LINES = 2;
const MIN_PREFIX = 4;
/** So many lines with one prefix are enough, whatever else the text holds. */
const ENOUGH = 8;
/** Each costs a reading of the text. */
const MAX_TRIED = 3;
/** What a prefix ends with: a mark, and perhaps blanks. */
const ENDS = /[:|>\])] ?| - /g;

/** A prefix: the length of it at the start of a line, 0 where the line has none. */
export type SharedPrefix = (line: string) => number;

/**
 * Whether lines could share a prefix that no rule knows: the first two begin alike, at the margin. Cheap, because it is asked
 * for every text.
 */
export function couldSharePrefix(raw: readonly RawLine[], lines: readonly LogLine[]): boolean {
  // Where a logger's prefix is known already, its lines begin alike for that.
  if (lines.slice(0, 20).some(({ prefix }) => prefix !== '')) return false;
  const [first = '', second = ''] = raw.slice(0, 20).flatMap(({ text }) => (text === '' ? [] : [text]));
  return (
    first.length > MIN_PREFIX &&
    /^[A-Za-z0-9<]/.test(first) &&
    first.slice(0, MIN_PREFIX) === second.slice(0, MIN_PREFIX)
  );
}

/** The prefixes that lines share, the longest first; empty where they share none. */
export function sharedPrefixes(raw: readonly RawLine[]): readonly SharedPrefix[] {
  const shapes = new Map<string, number>();
  let counted = 0;
  for (const { text } of raw.slice(0, MAX_SAMPLE)) {
    const line = withoutControls(text.slice(0, MAX_PREFIX));
    if (line.trim() === '') continue;
    counted += 1;
    for (const end of endsOf(line)) {
      const shape = shapeOf(line.slice(0, end));
      shapes.set(shape, (shapes.get(shape) ?? 0) + 1);
    }
  }
  // `#0 `, `at ` and `  File` are no prefixes, as they end with none of the marks.
  const wanted = Math.max(MIN_LINES, Math.min(Math.floor(counted * 0.6), ENOUGH));
  const found = [...shapes].filter(
    ([shape, count]) => count >= wanted && shape.length >= MIN_PREFIX && /[A-Za-z0-9]/.test(shape),
  );
  const chosen: string[] = [];
  for (const [shape] of found.toSorted(([a], [b]) => b.length - a.length)) {
    if (chosen.length >= MAX_TRIED) break;
    // Of those that begin alike the longest is tried, and the shortest: what is between may be the line's own.
    const alike = chosen.filter((other) => other.startsWith(shape.slice(0, MIN_PREFIX)));
    if (alike.length === 0) chosen.push(shape);
    const shortest = found.findLast(([other]) => shape.startsWith(other))?.[0] ?? shape;
    if (alike.length === 0 && shortest !== shape && chosen.length < MAX_TRIED) chosen.push(shortest);
  }
  return chosen.map((shape) => (line) => {
    for (const end of endsOf(line.slice(0, MAX_PREFIX)).toReversed()) {
      if (shapeOf(line.slice(0, end)) === shape) return end;
    }
    return 0;
  });
}

function endsOf(line: string): number[] {
  const ends: number[] = [];
  for (const match of line.matchAll(ENDS)) {
    ends.push(match.index + match[0].length);
    if (ends.length >= 12) break;
  }
  return ends;
}

/** Numbers of any length are one thing, blanks that pad are another. */
function shapeOf(text: string): string {
  return text.replace(/\d+/g, '0').replace(/ +/g, ' ');
}
