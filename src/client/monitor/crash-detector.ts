// Watches the lines of standard error and says when a crash begins, which lines belong to it, and when it is over.
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
  /** One line of the crash, with its line end. */
  line(line: Buffer): void;
}

/** Between two exceptions of one crash stands a joining line with blank lines around it. */
const CHAIN_DISTANCE = 3;

export class CrashDetector {
  readonly #sink: CrashSink;
  readonly #patterns: readonly CrashPattern[];
  #recent: { readonly line: Buffer; readonly text: string }[] = [];
  #kind: CrashKind | null = null;
  #linesSinceChain = Infinity;

  /** `extra` are patterns of the user, whose crashes are always kept. */
  constructor(sink: CrashSink, extra: readonly RegExp[] = []) {
    this.#sink = sink;
    this.#patterns = [
      ...extra.map((line): CrashPattern => ({ language: 'pattern', kind: 'process', line })),
      ...CRASH_PATTERNS,
    ];
  }

  /** The kind of the crash under way; null while watching. */
  get kind(): CrashKind | null {
    return this.#kind;
  }

  write(line: Buffer): void {
    const text = lineText(line, MAX_PATTERN_LINE);
    if (this.#kind === null || this.#kind === 'maybe') this.#look(text);
    if (this.#kind !== null) this.#sink.line(line);
    this.#linesSinceChain = CHAIN_LINE.test(text) ? 0 : this.#linesSinceChain + 1;
    this.#recent.push({ line, text });
    if (this.#recent.length > MAX_LINES_BACK) this.#recent.shift();
  }

  /** The crash is over, or was none: from now on lines are watched again. */
  reset(): void {
    this.#kind = null;
    this.#recent = [];
    this.#linesSinceChain = Infinity;
  }

  #look(text: string): void {
    const pattern = this.#patterns.find((candidate) => this.#matches(candidate, text));
    if (pattern === undefined) return;
    if (this.#kind === 'maybe' && pattern.kind === 'maybe' && this.#continues(text)) return;
    this.#kind = pattern.kind;
    this.#sink.begin(pattern.kind, pattern.language);
    const earlier = pattern.back === undefined ? [] : this.#recent.slice(-pattern.back.lines);
    for (const { line } of earlier) this.#sink.line(line);
  }

  /** Whether a line that could begin a trace belongs to the one under way. */
  #continues(text: string): boolean {
    // Only a line at the margin begins anew: `  File "x", line 3` is every frame of a Python trace.
    return /^\s/.test(text) || this.#linesSinceChain < CHAIN_DISTANCE;
  }

  #matches({ line, back }: CrashPattern, text: string): boolean {
    line.lastIndex = 0;
    if (!line.test(text)) return false;
    if (back === undefined) return true;
    const first = this.#recent.at(-back.lines);
    return first !== undefined && this.#recent.length >= back.lines && back.first.test(first.text);
  }
}
