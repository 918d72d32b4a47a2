// Expressions that people write for what must not be stored. They run where reports arrive, on texts that anybody sends: RE2's syntax, which
// is matched in linear time, on pieces of bounded length. How much they look through of one report is counted in steps, not by the clock: the
// same report comes out the same on any machine, however busy it is. What is beyond is left out.
import { RE2JS } from 're2js';
import { MAX_PATTERNS, MAX_PATTERN_LENGTH } from './data-rules.ts';
import { FILTERED } from './filter-text.ts';

/** Instructions of one compiled expression, and of all those of a product. */
const MAX_PROGRAM = 1000;
const MAX_PROGRAMS = 4000;
/** Searching on after each find can take the square of a text: longer ones are looked through at lines, and long lines in pieces. */
const MAX_PIECE = 4 * 1024;
/** What a character costs beside the instructions that may look at it, in instructions; one took up to 15 ns (docs/performance.md). */
const PER_CHARACTER = 32;
/**
 * Steps that the expressions of a product may take on one report: characters times instructions. 20 expressions of 15 instructions look
 * through 1.1 MB (0.4 MB where each line holds something that one of them finds), and the largest that can be saved through 220 KB.
 */
export const MAX_STEPS = 2 ** 30;
/** Steps after which others have their turn: a few milliseconds. */
const STEPS_OF_TURN = 2 ** 21;

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

/** Why expressions, each of which can be used, cannot be used together; null: they can. */
export function patternsFault(expressions: readonly string[]): string | null {
  const size = expressions.reduce((sum, expression) => sum + RE2JS.compile(expression).programSize(), 0);
  return size <= MAX_PROGRAMS
    ? null
    : `The expressions are too large together: they have ${size} instructions, and ${MAX_PROGRAMS} is the most. Repetitions like {1,100} multiply.`;
}

interface Expression {
  readonly compiled: RE2JS;
  /** Steps for each character. */
  readonly cost: number;
}

/** Expressions ready for use; those that cannot be used are left out (they were refused when they were entered). */
export class OwnPatterns {
  readonly #expressions: readonly Expression[];

  constructor(expressions: readonly string[]) {
    this.#expressions = expressions
      .slice(0, MAX_PATTERNS)
      .filter((expression) => patternFault(expression) === null)
      .map((expression) => RE2JS.compile(expression))
      .map((compiled) => ({ compiled, cost: PER_CHARACTER + compiled.programSize() }));
  }

  get isEmpty(): boolean {
    return this.#expressions.length === 0;
  }

  /** What looks through the values of one report. */
  forReport(steps = MAX_STEPS): PatternRun {
    return new PatternRun(this.#expressions, steps);
  }
}

/** What became of a text. */
export interface PatternResult {
  /** Without what the expressions find, and without what they could not look through. */
  readonly text: string;
  readonly finds: number;
  readonly isWhole: boolean;
}

/** The expressions on the values of one report; a text that comes again is not looked through again. */
export class PatternRun {
  readonly #expressions: readonly Expression[];
  readonly #known = new Map<string, PatternResult>();
  #left: number;

  constructor(expressions: readonly Expression[], steps: number) {
    this.#expressions = expressions;
    this.#left = steps;
  }

  /** Looks through a text at once. */
  scrub(text: string): PatternResult {
    const turns = this.#turns(text);
    for (;;) {
      const { done, value } = turns.next();
      if (done === true) return value;
    }
  }

  /** Looks through texts that may be long; `turn` is awaited whenever others should have theirs. */
  async ahead(texts: Iterable<string>, turn: () => Promise<void>): Promise<void> {
    for (const text of texts) {
      const turns = this.#turns(text);
      while (turns.next().done !== true) await turn();
    }
  }

  *#turns(text: string): Generator<undefined, PatternResult> {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    let out = '';
    let finds = 0;
    let isWhole = true;
    for (const piece of pieces(text)) {
      const result = yield* this.#piece(piece);
      finds += result.finds;
      out += result.text;
      isWhole = result.isWhole;
      if (!isWhole) break;
    }
    const result = { text: out === text ? text : out, finds, isWhole };
    this.#known.set(text, result);
    return result;
  }

  *#piece(piece: string): Generator<undefined, PatternResult> {
    let text = piece;
    let finds = 0;
    for (const expression of this.#expressions) {
      const look = yield* this.#look(expression, text);
      finds += look.finds;
      if (look.text === null) return { text: FILTERED, finds, isWhole: false };
      text = look.text;
    }
    return { text, finds, isWhole: true };
  }

  /** One expression on one text: what becomes of it; null: the steps do not suffice. */
  *#look(
    { compiled, cost }: Expression,
    text: string,
  ): Generator<undefined, { readonly text: string | null; readonly finds: number }> {
    const matcher = compiled.matcher(text);
    let finds = 0;
    let out = '';
    let done = 0;
    for (let from = 0; ;) {
      const before = this.#left;
      // A look may go to the end of the text, however short what it finds is.
      this.#left -= (text.length - from + 1) * cost;
      if (this.#left < 0) {
        this.#left = 0;
        return { text: null, finds };
      }
      if (Math.floor(before / STEPS_OF_TURN) !== Math.floor(this.#left / STEPS_OF_TURN)) yield;
      if (!matcher.find()) break;
      const start = matcher.start();
      from = matcher.end();
      // `\b` and the like match where nothing stands; a find within what was filtered already is none.
      if (from === start || isFiltered(text, start, from)) continue;
      finds += 1;
      out += text.slice(done, start) + FILTERED;
      done = from;
    }
    return { text: out + text.slice(done), finds };
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
    const newline = text.lastIndexOf('\n', at + MAX_PIECE - 1);
    const space = text.lastIndexOf(' ', at + MAX_PIECE - 1);
    const end = newline > at ? newline + 1 : space > at ? space + 1 : at + MAX_PIECE;
    yield text.slice(at, Math.min(end, text.length));
    at = end;
  }
}
