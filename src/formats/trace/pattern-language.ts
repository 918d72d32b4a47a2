// Languages whose traces are described by data: patterns of heads and frames with named groups. One engine reads them all.
import { TraceBuilder, type OpenException } from './trace-builder.ts';
import { traceExtent, type TraceExtent, type TraceShape } from './trace-extent.ts';
import type { FoundTrace, TraceFate, TraceLanguage, TraceText } from './trace-language.ts';
import { type TraceFormat, type TraceFrame, traceFrame, traceNumber } from './trace.ts';

/** How the head of an exception looks. Groups: `kind`, `message`; `function`, `file` and `line` where the head has them. */
export interface PatternHead {
  readonly pattern: RegExp;
  /** Where the pattern has no `kind` group. */
  readonly kind?: string;
  readonly fate?: TraceFate;
  /** It is a trace even without frames. */
  readonly alone?: boolean;
  /** What the rest of the line or the next one says instead, by its shape; an empty kind is that of the group `kind`. */
  readonly next?: readonly (readonly [pattern: RegExp, kind: string])[];
  /** False for a shape that other text can have, too. */
  readonly sure?: boolean;
}

/** One language as data. Every pattern begins with `^`, except heads, which may stand behind a logger's words. */
export interface Patterns {
  readonly format: TraceFormat;
  readonly dialect?: string;
  readonly heads: readonly PatternHead[];
  /** Groups: `function` (or `call`, `inner`, where a pattern has several), `class`, `package`, `module`, `file`, `line`, `column`, `offset`, `address`. */
  readonly frames: readonly RegExp[];
  /** A second line of a frame, with the same groups. */
  readonly place?: RegExp;
  /** Lines that belong to a trace and say nothing of it. */
  readonly inside?: RegExp;
  /** Words that join two exceptions; a head follows on the same line or the next. */
  readonly joins?: RegExp;
  /** Blank lines that may stand between a head and its first frame. */
  readonly blanksInMessage?: number;
  readonly order: 'innermost first' | 'outermost first';
  /**
   * `callee`: a frame names the called function beside the place of the call, so that each place belongs to the next
   * name; the head has the innermost place (Perl). `caller`: the same, without a place in the head (Haskell).
   */
  readonly places?: 'own' | 'callee' | 'caller';
  /** Run-time and installed code: tested on `module package.class.function file`. */
  readonly foreign: RegExp;
  /** Which line makes it ask for a trace at all, where frames or heads alone are too general. */
  readonly trigger?: RegExp;
  /** The kind of traces without a head. */
  readonly headless?: string;
}

const MAX_HEAD = 2000;

/** The language of patterns. */
export function patternLanguage(patterns: Patterns): TraceLanguage {
  const isFrame = (line: string): boolean => patterns.frames.some((pattern) => pattern.test(line));
  const shape: TraceShape = {
    ...(patterns.blanksInMessage === undefined ? {} : { blanksInMessage: patterns.blanksInMessage }),
    isFrame,
    isInside: (line) => (patterns.place?.test(line) ?? false) || (patterns.inside?.test(line) ?? false),
    isChained: (line) => patterns.joins?.test(line) ?? false,
    header: (line) => {
      const head = headOf(patterns, line);
      return head === null ? null : { at: head.match.index, sure: head.rule.sure !== false };
    },
  };
  return {
    format: patterns.format,
    recognises: (line) => {
      if (patterns.trigger !== undefined) return patterns.trigger.test(line);
      return (
        isFrame(line) || patterns.heads.some(({ pattern, alone }) => alone === true && pattern.test(line))
      );
    },
    find: (text, at, from) => find(patterns, shape, text, at, from),
  };
}

function headOf(patterns: Patterns, line: string): { rule: PatternHead; match: RegExpExecArray } | null {
  const text = line.slice(0, MAX_HEAD);
  for (const rule of patterns.heads) {
    const match = rule.pattern.exec(text);
    if (match !== null) return { rule, match };
  }
  return null;
}

function find(
  patterns: Patterns,
  shape: TraceShape,
  text: TraceText,
  at: number,
  from: number,
): FoundTrace | number {
  const extent = traceExtent(text, at, from, shape);
  const lines = text.lines.slice(extent.first, extent.last);
  const head = extent.headed ? headOf(patterns, (lines[0] ?? '').slice(extent.column)) : null;
  if (head === null && patterns.headless === undefined) return extent.last;
  const builder = new TraceBuilder([]);
  const chain = readChain(patterns, shape, builder, lines, head);
  const hasFrames = chain.some(({ frames }) => frames.length > 0);
  if (!hasFrames && head?.rule.alone !== true) return extent.last;
  for (const exception of chain) {
    exception.link = 'cause';
    exception.message = exception.message.trim();
  }
  const rootFirst = chain.toReversed();
  const thrown = rootFirst.at(-1);
  if (thrown !== undefined) thrown.link = 'thrown';
  return {
    trace: builder.trace(patterns.format, rootFirst, { dialect: patterns.dialect ?? null }),
    first: extent.first,
    last: extent.last,
    fate: head?.rule.fate ?? 'logged',
    understood: understoodOf(extent),
  };
}

function understoodOf({ understood, first, last }: TraceExtent): number {
  return Math.min(understood, last - first);
}

function readChain(
  patterns: Patterns,
  shape: TraceShape,
  builder: TraceBuilder,
  lines: readonly string[],
  first: ReturnType<typeof headOf>,
): OpenException[] {
  const chain: OpenException[] = [];
  let places: TraceFrame[] = [];
  let frames: TraceFrame[] = [];
  let awaitsHead = false;
  const close = (): void => {
    const last = chain.at(-1);
    if (last === undefined) return;
    const own = patterns.order === 'innermost first' ? frames : frames.toReversed();
    last.frames.push(...shifted(patterns, places[0] ?? null, own));
    frames = [];
    places = [];
  };
  const open = (head: ReturnType<typeof headOf>, line: string): void => {
    const groups = head?.match.groups ?? {};
    const message = groups['message'] ?? '';
    const told = groups['kind'] === undefined && message !== '' ? nextOf(head?.rule, message) : null;
    const kind = groups['kind'] ?? head?.rule.kind ?? patterns.headless ?? '';
    chain.push(told === null ? builder.exception(kind, message) : builder.exception(...told));
    if (groups['file'] !== undefined || groups['function'] !== undefined || groups['call'] !== undefined)
      places.push(frameOf(patterns, line, groups));
  };
  open(first, lines[0] ?? '');
  for (const line of first === null ? lines : lines.slice(1)) {
    const match = patterns.frames.map((pattern) => pattern.exec(line)).find((one) => one !== null);
    const place = match === undefined ? (patterns.place?.exec(line) ?? null) : null;
    const current = chain.at(-1);
    if (match !== undefined) builder.frame(frames, frameOf(patterns, line, match.groups ?? {}));
    else if (place !== null && frames.length > 0)
      frames[frames.length - 1] = completed(patterns, frames.at(-1), line, place.groups ?? {});
    else if (shape.isChained?.(line) === true || awaitsHead) {
      const head = headOf(patterns, line.replace(patterns.joins ?? /^$/, ''));
      awaitsHead = head === null && !awaitsHead;
      if (head === null || builder.full) continue;
      close();
      open(head, line);
    } else if (patterns.inside?.test(line) !== true && frames.length === 0 && current !== undefined) {
      const told = current.message === '' ? nextOf(first?.rule, line) : null;
      if (told === null) builder.appendMessage(current, line);
      else [current.kind, current.message] = told;
    }
  }
  close();
  return chain;
}

function nextOf(
  rule: PatternHead | undefined,
  line: string,
): readonly [kind: string, message: string] | null {
  for (const [pattern, kind] of rule?.next ?? []) {
    const match = pattern.exec(line.slice(0, MAX_HEAD));
    if (match !== null) return [kind || (match.groups?.['kind'] ?? ''), match.groups?.['message'] ?? line];
  }
  return null;
}

type Groups = Readonly<Record<string, string | undefined>>;

function frameOf(patterns: Patterns, raw: string, groups: Groups): TraceFrame {
  const frame = traceFrame(raw, {
    function: groups['function'] || groups['call'] || groups['inner'] || null,
    class: groups['class'] || null,
    package: groups['package'] || null,
    module: groups['module'] || null,
    file: groups['file'] || null,
    line: traceNumber(groups['line']),
    column: traceNumber(groups['column']),
    moduleOffset: groups['offset'] || null,
    address: groups['address'] || null,
  });
  return judged(patterns, frame);
}

function judged(patterns: Patterns, frame: TraceFrame): TraceFrame {
  const name = [frame.package, frame.class, frame.function].filter((part) => part !== null).join('.');
  return patterns.foreign.test(`${frame.module ?? ''} ${name} ${frame.file ?? ''}`)
    ? { ...frame, inApp: false }
    : frame;
}

function completed(
  patterns: Patterns,
  last: TraceFrame | undefined,
  raw: string,
  groups: Groups,
): TraceFrame {
  const place = frameOf(patterns, raw, groups);
  if (last === undefined) return place;
  return judged(patterns, {
    ...last,
    package: last.package ?? place.package,
    module: last.module ?? place.module,
    file: last.file ?? place.file,
    line: last.line ?? place.line,
    column: last.column ?? place.column,
    raw: `${last.raw} ${place.raw}`,
  });
}

/** Gives each name its own place where the language writes the place of the call beside the name of the called. */
function shifted(
  patterns: Patterns,
  place: TraceFrame | null,
  frames: readonly TraceFrame[],
): readonly TraceFrame[] {
  if (patterns.places === 'callee') {
    return [...frames, null].map((frame, index) => {
      const own = index === 0 ? place : (frames[index - 1] ?? null);
      const named = frame ?? traceFrame('', { function: '(main)' });
      return judged(patterns, {
        ...named,
        file: own?.file ?? null,
        line: own?.line ?? null,
        raw: named.raw || (own?.raw ?? ''),
      });
    });
  }
  if (patterns.places === 'caller') {
    return frames.map((frame, index) =>
      judged(patterns, { ...frame, function: frames[index + 1]?.function ?? null }),
    );
  }
  return frames.length === 0 && place !== null ? [place] : frames;
}
