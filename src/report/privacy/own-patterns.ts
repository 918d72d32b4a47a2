// Expressions that people write for what must not be stored. They run where reports arrive, on texts that anybody sends: RE2's syntax, which
// is matched in linear time, on pieces of bounded length, within a bounded time. What was not looked through in time is left out as a whole.
import { RE2JS } from 're2js';
import { MAX_PATTERNS, MAX_PATTERN_LENGTH } from './data-rules.ts';
import { FILTERED } from './filter-text.ts';

/** Instructions of one compiled expression. */
const MAX_PROGRAM = 1000;
/** Searching on after each find can take the square of a text: longer ones are looked through line by line, and long lines in pieces. */
const MAX_PIECE = 8 * 1024;
/** Milliseconds that the expressions of a product may take on one report. */
const MAX_MS = 500;

/** Why an expression cannot be used, in a sentence; null: it can. */
export function patternFault(expression: string): string | null {
  if (expression.length > MAX_PATTERN_LENGTH)
    return `An expression has at most ${MAX_PATTERN_LENGTH} characters.`;
  try {
    const compiled = RE2JS.compile(expression);
    if (compiled.programSize() > MAX_PROGRAM)
      return `The expression ${JSON.stringify(expression)} is too large: its repetitions multiply.`;
    if (compiled.matcher('').find())
      return `The expression ${JSON.stringify(expression)} matches an empty text, so it says nothing of a value.`;
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'it is none';
    return `The expression ${JSON.stringify(expression)} cannot be used: ${why.slice(0, 200)}. The syntax is RE2's, which knows neither looking around nor \\1.`;
  }
}

/** Expressions ready for use; those that cannot be used are left out (they were refused when they were entered). */
export class OwnPatterns {
  readonly #compiled: readonly RE2JS[];

  constructor(expressions: readonly string[]) {
    this.#compiled = expressions
      .slice(0, MAX_PATTERNS)
      .filter((expression) => patternFault(expression) === null)
      .map((expression) => RE2JS.compile(expression));
  }

  /** What looks through the values of one report; `clock` in milliseconds from any origin. */
  forReport(clock: () => number): PatternRun {
    return new PatternRun(this.#compiled, clock);
  }
}

/** The expressions on the values of one report. */
export class PatternRun {
  readonly #compiled: readonly RE2JS[];
  readonly #clock: () => number;
  #leftMs = MAX_MS;

  constructor(compiled: readonly RE2JS[], clock: () => number) {
    this.#compiled = compiled;
    this.#clock = clock;
  }

  /** The text without what the expressions find, `found` hears of each find; null: the time was over before all was looked through. */
  scrub(text: string, found: () => void): string | null {
    if (this.#compiled.length === 0 || text === '') return text;
    const startedAt = this.#clock();
    const endsAt = startedAt + this.#leftMs;
    let out = '';
    for (const piece of pieces(text)) {
      const scrubbed = this.#piece(piece, found, endsAt);
      if (scrubbed === null) {
        this.#leftMs = 0;
        return null;
      }
      out += scrubbed;
    }
    this.#leftMs -= this.#clock() - startedAt;
    return out;
  }

  #piece(piece: string, found: () => void, endsAt: number): string | null {
    let out = piece;
    for (const expression of this.#compiled) {
      const matcher = expression.matcher(out);
      let done = 0;
      let after = '';
      for (;;) {
        if (this.#clock() > endsAt) return null;
        if (!matcher.find()) break;
        const from = matcher.start();
        const to = matcher.end();
        // `\b` and the like match where nothing stands; a find within what was filtered already is none.
        if (to === from || isFiltered(out, from, to)) continue;
        found();
        after += out.slice(done, from) + FILTERED;
        done = to;
      }
      if (done > 0) out = after + out.slice(done);
    }
    return out;
  }
}

/** Whether what stands there is a part of a mark that something was filtered. */
function isFiltered(text: string, from: number, to: number): boolean {
  const mark = text.lastIndexOf(FILTERED, from);
  return mark !== -1 && to <= mark + FILTERED.length;
}

/** The text in pieces that are looked through one by one: itself, or lines, or parts of lines. */
function* pieces(text: string): Generator<string> {
  if (text.length <= MAX_PIECE) {
    yield text;
    return;
  }
  for (let at = 0; at < text.length;) {
    const newline = text.lastIndexOf('\n', at + MAX_PIECE);
    const space = text.lastIndexOf(' ', at + MAX_PIECE);
    const end = newline > at ? newline + 1 : space > at ? space + 1 : at + MAX_PIECE;
    yield text.slice(at, Math.min(end, text.length));
    at = end;
  }
}
