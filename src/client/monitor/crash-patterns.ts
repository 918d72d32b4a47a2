// How a crash begins on standard error, by language: the table that the crash detector goes through for each line.

/**
 * What a first line promises:
 * - `process`: the process is about to end, or its runtime says that it cannot go on. Always kept.
 * - `thread`: nobody caught it, but the process may live on without the thread. Always kept.
 * - `maybe`: the same text is printed for errors that a program handles and logs. Kept only where the process then fails.
 */
export type CrashKind = 'process' | 'thread' | 'maybe';

/** One way in which a crash begins. */
export interface CrashPattern {
  readonly language: string;
  readonly kind: CrashKind;
  /** Matched against one line without its line end, cut to `MAX_PATTERN_LINE` characters. */
  readonly line: RegExp;
  /** The trace begins this many lines earlier, where the line that stands there matches `first`. */
  readonly back?: { readonly lines: number; readonly first: RegExp };
}

/** Longer lines are matched by their beginning. */
export const MAX_PATTERN_LINE = 2048;
/** The most lines that a pattern looks back. */
export const MAX_LINES_BACK = 2;

export const CRASH_PATTERNS: readonly CrashPattern[] = [
  // Go: the first two are what Syncthing's own monitor looks for; the rest is printed by the runtime before it exits.
  { language: 'go', kind: 'process', line: /^(?:panic|fatal error|runtime):/ },
  { language: 'go', kind: 'process', line: /^(?:unexpected fault address |SIG[A-Z]{2,8}: \S)/ },

  { language: 'python', kind: 'process', line: /^Fatal Python error: / },
  { language: 'python', kind: 'thread', line: /^Exception in thread [^"].*:$/ },
  {
    language: 'python',
    kind: 'maybe',
    line: /^(?: {2}\+ Exception Group )?Traceback \(most recent call last\):/,
  },
  { language: 'python', kind: 'maybe', line: /^ {2}File "[^"]*", line \d+$/ },

  { language: 'java', kind: 'thread', line: /^Exception in thread "/ },
  {
    language: 'java',
    kind: 'process',
    line: /^# A fatal error has been detected by the Java Runtime Environment:/,
  },
  {
    language: 'java',
    kind: 'thread',
    line: /^Exception: .* thrown from the UncaughtExceptionHandler in thread "/,
  },

  // Node names the place, shows the source line, then points at it: the caret is what no other program prints there.
  {
    language: 'node',
    kind: 'maybe',
    line: /^\s*\^+\s*$/,
    back: { lines: 2, first: /^(?:file:\/\/|node:|\/|[A-Za-z]:\\|\[eval|evalmachine)\S?.*:\d+$/ },
  },
  { language: 'node', kind: 'maybe', line: /^(?:error: )?Uncaught(?::| \S)/ },
  { language: 'node', kind: 'process', line: /^(?:<--- Last few GCs --->|FATAL ERROR: )/ },
  { language: 'node', kind: 'process', line: /^# Fatal (?:error|JavaScript)/ },

  { language: 'rust', kind: 'thread', line: /^thread '.*' (?:\(\d+\) )?panicked at / },
  { language: 'rust', kind: 'process', line: /^fatal runtime error: / },

  {
    language: 'dotnet',
    kind: 'process',
    line: /^(?:Unhandled [Ee]xception[.:]|Process terminated\.|Fatal error\. )/,
  },
  {
    language: 'dotnet',
    kind: 'process',
    line: /^(?:Stack overflow\.$|\[ERROR\] FATAL UNHANDLED EXCEPTION:)/,
  },

  { language: 'ruby', kind: 'process', line: /^\S.*: \[BUG\] / },
  { language: 'ruby', kind: 'thread', line: /^#<Thread:.* terminated with exception/ },
  { language: 'ruby', kind: 'maybe', line: /^\S[^:]*:\d+:in [`'].*': / },

  { language: 'c++', kind: 'process', line: /^terminate called (?:after|without|recursively)/ },
  { language: 'c++', kind: 'process', line: /^libc\+\+abi(?:\.dylib)?: terminating/ },
  { language: 'c++', kind: 'process', line: /: Assertion [`'].*' failed\.$/ },
  { language: 'c++', kind: 'process', line: /^\*\*\* .* (?:detected|corruption).* \*\*\*/ },
  { language: 'c++', kind: 'process', line: /^==\d+==\s?ERROR: \w+Sanitizer/ },

  { language: 'php', kind: 'maybe', line: /^(?:PHP )?Fatal error: / },
];

/** Lines that join two traces of one crash, as Python prints the exceptions that led to each other. */
export const CHAIN_LINE =
  /^(?:During handling of the above exception, another exception occurred:|The above exception was the direct cause of)/;
