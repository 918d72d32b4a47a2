// What a textual stack trace of any language becomes.
//
// One order everywhere, whatever the language prints: exceptions ROOT CAUSE FIRST (the last one is what ended the
// program), frames INNERMOST FIRST (the first one is where it happened). This is also CrashKit's order.

/** The languages whose traces are understood. */
export const TRACE_FORMATS = [
  'go',
  'java',
  'javascript',
  'python',
  'php',
  'ruby',
  'dotnet',
  'rust',
  'c++',
  'dart',
  'elixir',
  'perl',
  'lua',
  'haskell',
  'r',
  'julia',
  // Debuggers, crash reporters of systems and kernels, which see machine code and no language.
  'native',
] as const;
export type TraceFormat = (typeof TRACE_FORMATS)[number];

/** One call. What the trace does not tell is null. */
export interface TraceFrame {
  /** The function's or method's own name, without class and package. */
  readonly function: string | null;
  readonly class: string | null;
  /** Namespace of the class or function: a Java package, a Go import path, a PHP or .NET namespace. */
  readonly package: string | null;
  /** What the code was loaded from: a Java module, a .NET assembly, a JavaScript bundle. */
  readonly module: string | null;
  readonly file: string | null;
  /** 1-based. */
  readonly line: number | null;
  /** 1-based. */
  readonly column: number | null;
  /** Native: the instruction's address in the process, `0x…`. */
  readonly address: string | null;
  /** Native: its offset in the module, `0x…`. */
  readonly moduleOffset: string | null;
  /** Native: the module's build id or UUID, hexadecimal, as far as the frame itself tells it. */
  readonly buildId: string | null;
  /** False for the language's own runtime and installed packages, true for other code, null where nothing tells. */
  readonly inApp: boolean | null;
  /** The text that the frame was read from: how it was obtained. */
  readonly raw: string;
  /** An odd number of lines around a place that was mapped, the frame's own in the middle. */
  readonly source?: readonly string[] | null;
  /** Where it stood before it was mapped to its source; absent: it was not. */
  readonly minified?: string;
  /** Why it was not mapped, in a sentence. */
  readonly unmapped?: string;
}

/** How an exception stands to the next one in the list, or (`thrown`) that it ended the program. */
export type TraceLink = 'thrown' | 'cause' | 'context';

/** One exception, panic or error. */
export interface TraceException {
  /** Its type: `java.lang.IllegalStateException`, `TypeError`, `panic`. */
  readonly kind: string;
  readonly message: string;
  readonly link: TraceLink;
  readonly frames: readonly TraceFrame[];
  /** Suppressed exceptions and members of an exception group. */
  readonly attached: readonly TraceException[];
  /** What the run-time says beside the message: kind and size of the access, own properties of the error. */
  readonly data: readonly TraceDatum[];
}

/** A named value that came with a trace. */
export type TraceDatum = readonly [name: string, value: string];

/** One goroutine or thread of which the trace shows the stack. */
export interface TraceThread {
  readonly name: string;
  /** `running`, `chan receive, 5 minutes`; empty where the trace does not tell. */
  readonly state: string;
  readonly frames: readonly TraceFrame[];
  /** The call that started it. */
  readonly createdBy: TraceFrame | null;
  readonly crashed: boolean;
}

/** A module of the process, as crash reports of systems list them. */
export interface TraceModule {
  readonly name: string;
  readonly path: string | null;
  /** Where it was loaded, `0x…`. */
  readonly base: string | null;
  /** Build id or UUID, hexadecimal. */
  readonly buildId: string | null;
}

/** A trace as far as it could be read. */
export interface Trace {
  readonly format: TraceFormat;
  /** The engine or printer where a language has several: `v8`, `spidermonkey`, `javascriptcore`. */
  readonly dialect: string | null;
  /** Kind and message of the exception that ended the program; empty where there is none. */
  readonly kind: string;
  readonly message: string;
  readonly exceptions: readonly TraceException[];
  readonly threads: readonly TraceThread[];
  /** What the text says of the process and its end: `signal`, `process`, `pid`, `os`. */
  readonly data: readonly TraceDatum[];
  /** Native: the address whose access failed, `0x…`. */
  readonly address: string | null;
  /** Native: for frames that have an address and no name. */
  readonly modules: readonly TraceModule[];
  /** What was cut, left out or not understood. */
  readonly notes: readonly string[];
}

/** Builds a frame from the parts that a format knows. */
export function traceFrame(raw: string, known: Partial<Omit<TraceFrame, 'raw'>>): TraceFrame {
  return trimmedFrame(raw.trim(), known);
}

/** The same for a text without blanks at its ends: of hundreds of frames most are never looked at again. */
export function trimmedFrame(raw: string, known: Partial<Omit<TraceFrame, 'raw'>>): TraceFrame {
  return {
    function: known.function ?? null,
    class: known.class ?? null,
    package: known.package ?? null,
    module: known.module ?? null,
    file: known.file ?? null,
    line: known.line ?? null,
    column: known.column ?? null,
    address: known.address ?? null,
    moduleOffset: known.moduleOffset ?? null,
    buildId: known.buildId ?? null,
    inApp: known.inApp ?? null,
    raw,
  };
}

/** A decimal number of a trace, or null where it is missing or absurd. */
export function traceNumber(digits: string | undefined): number | null {
  if (digits === undefined || digits === '' || digits.length > 10) return null;
  const value = Number.parseInt(digits, 10);
  return Number.isNaN(value) ? null : value;
}
