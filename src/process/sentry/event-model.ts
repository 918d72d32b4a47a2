// An event of Sentry's clients as processing reads it: one shape for what comes in several, everything bounded, frames innermost
// first as everywhere in Mayday.
import type { TraceFormat } from '../../formats/trace/trace.ts';
import {
  asArray,
  asInteger,
  asObject,
  asText,
  own,
  shownText,
  type JsonObject,
} from '../../report/crashkit/json-object.ts';
import { cleanText, textOf, valuesOf } from '../../report/sentry/event-values.ts';

const MAX_EXCEPTIONS = 100;
const MAX_FRAMES = 5000;
const MAX_THREADS = 500;
const MAX_NAME = 1000;
const MAX_MESSAGE = 32_768;
const MAX_LOCALS = 100;
const MAX_LOCAL = 2000;
const MAX_SOURCE_LINES = 20;
const MAX_SOURCE_LINE = 500;

/** A frame; what it does not tell is null. */
export interface EventFrame {
  readonly function: string | null;
  readonly module: string | null;
  /** Native: the file of the binary; Rust: the crate. */
  readonly package: string | null;
  readonly file: string | null;
  readonly path: string | null;
  readonly line: number | null;
  readonly column: number | null;
  /** The client's word. */
  readonly inApp: boolean | null;
  readonly address: bigint | null;
  /** `abs` where the address is one of the process; `rel:N` is an offset in the N-th image. */
  readonly addressMode: string | null;
  readonly trust: string | null;
  readonly language: TraceFormat | null;
  readonly locals: readonly (readonly [name: string, value: string])[] | null;
  /** An odd number of lines, the frame's own in the middle. */
  readonly source: readonly string[] | null;
  /** Where it stood before it was mapped; absent: it was not. */
  readonly minified?: string;
  /** Why it was not mapped, in a sentence. */
  readonly unmapped?: string;
}

/** How an exception came about and stands to others. */
export interface EventMechanism {
  readonly type: string | null;
  readonly handled: boolean | null;
  readonly synthetic: boolean;
  readonly isGroup: boolean;
  readonly id: number | null;
  readonly parent: number | null;
  readonly source: string | null;
  readonly data: readonly (readonly [name: string, value: string])[];
}

/** An exception; the root cause comes first. */
export interface EventException {
  readonly type: string | null;
  readonly value: string;
  readonly module: string | null;
  readonly threadId: string | null;
  readonly mechanism: EventMechanism;
  readonly frames: readonly EventFrame[];
}

/** A thread; `frames` may be empty where its stack is the exception's. */
export interface EventThread {
  readonly id: string | null;
  readonly name: string | null;
  readonly crashed: boolean;
  readonly current: boolean;
  readonly state: string | null;
  readonly frames: readonly EventFrame[];
}

/**
 * The exceptions of an event; one without a stack has its thread's, or that of the only thread that crashed, or that reported it. A stack
 * that stands alone is a message's: an exception without a type.
 */
export function exceptionsOf(event: JsonObject, threads: readonly EventThread[]): readonly EventException[] {
  const platform = textOf(event, 'platform');
  const read = valuesOf(own(event, 'exception')).slice(-MAX_EXCEPTIONS);
  const loose = framesOf(own(event, 'stacktrace'), platform);
  if (read.length === 0 && threads.length === 0 && loose.length > 0) {
    return [
      { type: null, value: '', module: null, threadId: null, mechanism: mechanismOf(null), frames: loose },
    ];
  }
  return read.map((exception, index): EventException => {
    const threadId = asText(own(exception, 'thread_id'));
    const own_ = framesOf(own(exception, 'stacktrace'), platform);
    const isLast = index === read.length - 1;
    const frames = own_.length > 0 ? own_ : isLast ? stackElsewhere(threads, threadId, loose) : own_;
    return {
      type: cut(textOf(exception, 'type')),
      value: cleanText(shownText(own(exception, 'value') ?? '')).slice(0, MAX_MESSAGE),
      module: cut(textOf(exception, 'module')),
      threadId,
      mechanism: mechanismOf(own(exception, 'mechanism')),
      frames,
    };
  });
}

function stackElsewhere(
  threads: readonly EventThread[],
  threadId: string | null,
  loose: readonly EventFrame[],
): readonly EventFrame[] {
  if (loose.length > 0) return loose;
  const named = threadId === null ? undefined : threads.find(({ id }) => id === threadId);
  if (named !== undefined && named.frames.length > 0) return named.frames;
  const crashed = threads.filter((thread) => thread.crashed);
  if (crashed.length > 0) return crashed.length === 1 ? (crashed[0]?.frames ?? []) : [];
  // An error that was handled crashed no thread; the one that reported it is the current one.
  const current = threads.filter((thread) => thread.current);
  return current.length === 1 ? (current[0]?.frames ?? []) : [];
}

/** The threads of an event. */
export function threadsOf(event: JsonObject): readonly EventThread[] {
  const platform = textOf(event, 'platform');
  return valuesOf(own(event, 'threads'))
    .slice(0, MAX_THREADS)
    .map((thread) => ({
      id: asText(own(thread, 'id')),
      name: cut(textOf(thread, 'name')),
      crashed: own(thread, 'crashed') === true,
      current: own(thread, 'current') === true,
      state: cut(textOf(thread, 'state')),
      frames: framesOf(own(thread, 'stacktrace'), platform),
    }));
}

function mechanismOf(value: unknown): EventMechanism {
  const mechanism = asObject(value) ?? {};
  const handled = own(mechanism, 'handled');
  // What the system itself said (`signal`, `mach_exception`, `errno`, `ns_error`), then what the client adds.
  const described = ['description', 'help_link'].flatMap((name) => {
    const text = textOf(mechanism, name);
    return text === null ? [] : [[name, text] as const];
  });
  const data = [
    ...described,
    ...Object.entries(asObject(own(mechanism, 'meta')) ?? {}),
    ...Object.entries(asObject(own(mechanism, 'data')) ?? {}),
  ];
  return {
    type: textOf(mechanism, 'type'),
    handled: typeof handled === 'boolean' ? handled : null,
    synthetic: own(mechanism, 'synthetic') === true,
    isGroup: own(mechanism, 'is_exception_group') === true,
    id: asInteger(own(mechanism, 'exception_id')),
    parent: asInteger(own(mechanism, 'parent_id')),
    source: textOf(mechanism, 'source'),
    data: data
      .slice(0, MAX_LOCALS)
      .map(([name, one]) => [cleanText(name).slice(0, MAX_NAME), shown(one)] as const),
  };
}

/** The frames of a `stacktrace`, innermost first. */
export function framesOf(stack: unknown, platform: string | null): readonly EventFrame[] {
  const object = asObject(stack);
  const frames = object === null ? [] : asArray(own(object, 'frames'));
  return frames
    .slice(-MAX_FRAMES)
    .flatMap((frame) => {
      const one = Array.isArray(frame) ? null : asObject(frame);
      return one === null ? [] : [frameOf(one, platform)];
    })
    .toReversed();
}

function frameOf(frame: JsonObject, platform: string | null): EventFrame {
  const inApp = own(frame, 'in_app');
  const called = textOf(frame, 'function');
  const vars = asObject(own(frame, 'vars'));
  return {
    function: called === null || called === '?' || called === '<unknown>' ? null : called.slice(0, MAX_NAME),
    module: cut(textOf(frame, 'module')),
    package: cut(textOf(frame, 'package')),
    file: cut(textOf(frame, 'filename') ?? textOf(frame, 'abs_path')),
    path: cut(textOf(frame, 'abs_path')),
    line: positive(own(frame, 'lineno')),
    column: positive(own(frame, 'colno')),
    inApp: typeof inApp === 'boolean' ? inApp : null,
    address: addressOf(own(frame, 'instruction_addr')),
    addressMode: textOf(frame, 'addr_mode'),
    trust: textOf(frame, 'trust'),
    language: frameLanguage(languageOf(textOf(frame, 'platform') ?? platform), textOf(frame, 'filename')),
    locals: vars === null || Object.keys(vars).length === 0 ? null : localsOf(vars),
    source: sourceOf(frame),
  };
}

/** Rust's client calls its platform `native`. */
function frameLanguage(language: TraceFormat | null, file: string | null): TraceFormat | null {
  return language === 'c++' && file?.endsWith('.rs') === true ? 'rust' : language;
}

function localsOf(vars: JsonObject): readonly (readonly [string, string])[] {
  return Object.entries(vars)
    .slice(0, MAX_LOCALS)
    .map(([name, value]) => [cleanText(name).slice(0, MAX_NAME), shown(value)] as const);
}

function shown(value: unknown): string {
  return cleanText(shownText(value)).slice(0, MAX_LOCAL);
}

/** The lines around the frame's own, as many before it as after it. */
function sourceOf(frame: JsonObject): readonly string[] | null {
  const line = asText(own(frame, 'context_line'));
  if (line === null) return null;
  const before = linesOf(own(frame, 'pre_context')).slice(-MAX_SOURCE_LINES);
  const after = linesOf(own(frame, 'post_context')).slice(0, MAX_SOURCE_LINES);
  const around = Math.max(before.length, after.length);
  return [
    ...Array<string>(around - before.length).fill(''),
    ...before,
    cleanText(line).slice(0, MAX_SOURCE_LINE),
    ...after,
    ...Array<string>(around - after.length).fill(''),
  ];
}

function linesOf(value: unknown): readonly string[] {
  return asArray(value)
    .slice(0, 100)
    .map((line) => cleanText(asText(line) ?? '').slice(0, MAX_SOURCE_LINE));
}

/** An address as hexadecimal or decimal text, or a number. */
export function addressOf(value: unknown): bigint | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : null;
  if (typeof value !== 'string' || !/^(?:0x[0-9a-f]{1,16}|\d{1,20})$/i.test(value)) return null;
  const address = BigInt(value);
  return address <= 0xffff_ffff_ffff_ffffn ? address : null;
}

function positive(value: unknown): number | null {
  const number = asInteger(value);
  return number === null || number <= 0 || number > 2 ** 31 ? null : number;
}

function cut(text: string | null): string | null {
  return text === null ? null : text.slice(0, MAX_NAME);
}

const LANGUAGES: Readonly<Record<string, TraceFormat>> = {
  javascript: 'javascript',
  node: 'javascript',
  python: 'python',
  php: 'php',
  ruby: 'ruby',
  go: 'go',
  java: 'java',
  csharp: 'dotnet',
  native: 'c++',
  c: 'c++',
  cocoa: 'c++',
  objc: 'c++',
  rust: 'rust',
};

/** The language of a `platform`; null: another one. */
export function languageOf(platform: string | null): TraceFormat | null {
  return platform === null || !Object.hasOwn(LANGUAGES, platform) ? null : (LANGUAGES[platform] ?? null);
}
