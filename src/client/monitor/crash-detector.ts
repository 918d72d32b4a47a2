// Watches the lines of one stream and says when a crash begins, which lines belong to it, and when it is over.
//
//   watching ── first line of a crash ──▶ recording ── nothing more for `quietMs`, or the process ended ──▶ watching
//                                         recording ── a `maybe` is followed by another start ──▶ recording, from anew
import { CHAIN_LINE, CRASH_PATTERNS, MAX_LINES_BACK, MAX_PATTERN_LINE } from './crash-patterns.ts';
import type { CrashKind, CrashPattern } from './crash-patterns.ts';
import { lineText } from './output-line-splitter.ts';

/** What becomes of the lines. */
export interface CrashSink {
  /** A crash begins; the lines that belong to it follow. An earlier one of kind `maybe` is forgotten. */
  begin(kind: CrashKind, language: string): void;
  /** One line of the crash, with its line end; the first may be the end of one that the program had begun before. */
  line(line: Buffer): void;
}

/** A stream that was looked at. */
export type CrashStream = 'stderr' | 'stdout';

/** Between two exceptions of one crash stands a joining line with blank lines around it. */
const CHAIN_DISTANCE = 3;

interface Seen {
  readonly line: Buffer;
  readonly text: string;
}

/** Where a crash begins: the lines so far, the first of them cut. */
interface Start {
  readonly pattern: CrashPattern;
  readonly lines: readonly Buffer[];
}

export class CrashDetector {
  readonly #sink: CrashSink;
  readonly #stream: CrashStream;
  readonly #patterns: readonly CrashPattern[];
  #recent: Seen[] = [];
  #kind: CrashKind | null = null;
  #linesSinceChain = Infinity;

  /** `extra` are patterns of the user, whose crashes are always kept. */
  constructor(sink: CrashSink, extra: readonly RegExp[] = [], stream: CrashStream = 'stderr') {
    this.#sink = sink;
    this.#stream = stream;
    this.#patterns =
      stream === 'stdout'
        ? CRASH_PATTERNS.filter(({ stdout }) => stdout === true)
        : [
            ...extra.map((line): CrashPattern => ({ language: 'pattern', kind: 'asked', line })),
            ...CRASH_PATTERNS,
          ];
  }

  /** The kind of the crash under way; null while watching. */
  get kind(): CrashKind | null {
    return this.#kind;
  }

  write(line: Buffer): void {
    const seen = { line, text: lineText(line, MAX_PATTERN_LINE) };
    const start = this.#kind === null || this.#kind === 'maybe' ? this.#look(seen) : null;
    if (start !== null) for (const one of start.lines) this.#sink.line(one);
    else if (this.#kind !== null) this.#sink.line(line);
    this.#linesSinceChain = CHAIN_LINE.test(seen.text) ? 0 : this.#linesSinceChain + 1;
    this.#recent.push(seen);
    if (this.#recent.length > MAX_LINES_BACK) this.#recent.shift();
  }

  /** The crash is over, or was none: from now on lines are watched again. */
  reset(): void {
    this.#kind = null;
    this.#recent = [];
    this.#linesSinceChain = Infinity;
  }

  #look(seen: Seen): Start | null {
    const start = this.#startAt(seen);
    if (start === null) return null;
    const { language } = start.pattern;
    const kind = this.#stream === 'stdout' ? 'maybe' : start.pattern.kind;
    if (this.#kind === 'maybe' && kind === 'maybe' && this.#continues(seen.text)) return null;
    this.#kind = kind;
    this.#sink.begin(kind, language);
    return start;
  }

  /** Whether a line that could begin a trace belongs to the one under way. */
  #continues(text: string): boolean {
    // Only a line at the margin begins anew: `  File "x", line 3` is every frame of a Python trace.
    return /^\s/.test(text) || this.#linesSinceChain < CHAIN_DISTANCE;
  }

  #startAt(seen: Seen): Start | null {
    const stayed = lastWritten(seen.text);
    for (const pattern of this.#patterns) {
      const { line, unfinished, back } = pattern;
      line.lastIndex = 0;
      if (line.test(stayed)) {
        const earlier = back === undefined ? [] : this.#earlier(back);
        if (earlier === null) continue;
        return { pattern, lines: [...earlier, stayed === seen.text ? seen.line : from(seen, stayed)] };
      }
      const behind = unfinished?.exec(seen.text);
      if (behind !== undefined && behind !== null) return { pattern, lines: [from(seen, behind[0])] };
    }
    return null;
  }

  /** The lines before, from the one at which the trace begins; null where none of them does. */
  #earlier({ lines, first, within }: NonNullable<CrashPattern['back']>): readonly Buffer[] | null {
    if (this.#recent.length < lines && within !== true) return null;
    const recent = this.#recent.slice(-lines);
    const at = within === true ? recent.findIndex(({ text }) => first.test(text)) : 0;
    const begin = recent[at];
    const match = begin === undefined ? null : first.exec(begin.text);
    if (begin === undefined || match === null) return null;
    return [from(begin, match[0]), ...recent.slice(at + 1).map(({ line }) => line)];
  }
}

/** What a terminal shows of a line of progress: what stands behind the last carriage return. */
function lastWritten(text: string): string {
  const at = text.lastIndexOf('\r');
  return at < 0 || at === text.length - 1 ? text : text.slice(at + 1);
}

/** The bytes of a line from where a text stands in it. */
function from({ line }: Seen, text: string): Buffer {
  const at = line.lastIndexOf(text);
  return at <= 0 ? line : line.subarray(at);
}
