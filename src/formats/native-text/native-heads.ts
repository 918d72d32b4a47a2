// All heads of native text, with one look that tells most lines to be none.
import type { HeadWords, NativeHead } from './native-head.ts';
import { PROGRAM_HEADS } from './program-heads.ts';
import { SANITIZER_HEADS } from './sanitizer-heads.ts';
import { SYSTEM_HEADS } from './system-heads.ts';

const HEADS: readonly NativeHead[] = [...SANITIZER_HEADS, ...PROGRAM_HEADS, ...SYSTEM_HEADS];
const WORDS = new RegExp(
  [...new Set(HEADS.filter(({ begins }) => begins === undefined).map(({ word }) => word))]
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('|'),
);
const BEGINNINGS: ReadonlySet<string> = new Set(
  HEADS.flatMap(({ begins }) => (begins === undefined ? [] : [begins])),
);
const MAX_LINE = 2000;

/** A head that was found in a line. */
export interface FoundHead {
  readonly head: NativeHead;
  readonly words: HeadWords;
}

/** Reads a line as a head; null where it is none. */
export function nativeHead(line: string): FoundHead | null {
  if (!BEGINNINGS.has(line.charAt(0)) && !WORDS.test(line)) return null;
  const text = line.slice(0, MAX_LINE);
  for (const head of HEADS) {
    if (!text.includes(head.word)) continue;
    const match = head.pattern.exec(text);
    const words = match === null ? null : head.read(match);
    if (words !== null) return { head, words };
  }
  return null;
}
