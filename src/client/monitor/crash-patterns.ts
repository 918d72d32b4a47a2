// How a crash begins on standard error, by language: the table that the crash detector goes through for each line. The reader of
// logs understands what each of them begins (test/client/monitor/crash-patterns.test.ts).

/**
 * What a first line promises:
 * - `process`: the process is about to end, or its runtime says that it cannot go on. Kept where the reader of logs agrees.
 * - `thread`: nobody caught it, but the process may live on without the thread. Always kept.
 * - `maybe`: the same text is printed for errors that a program handles and logs. Kept only where the process then fails.
 * - `asked`: a pattern of the user. Always kept.
 */
export type CrashKind = 'process' | 'thread' | 'maybe' | 'asked';

/** One way in which a crash begins. */
export interface CrashPattern {
  readonly language: string;
  readonly kind: CrashKind;
  /** Matched against one line without its line end, cut to `MAX_PATTERN_LINE` characters; of progress that a carriage return overwrites, against what stayed. */
  readonly line: RegExp;
  /** The same behind a line that the program has not ended; so much longer that nobody logs it by chance. */
  readonly unfinished?: RegExp;
  /**
   * The trace begins earlier: exactly `lines` before, where the line that stands there matches `first`; with `within`, at the earliest of
   * the last `lines` that has a match anywhere, with the match.
   */
  readonly back?: { readonly lines: number; readonly first: RegExp; readonly within?: true };
  /** True where the runtime prints it on standard output. There it is never more than a `maybe`. */
  readonly stdout?: true;
}

/** Longer lines are matched by their beginning. */
export const MAX_PATTERN_LINE = 2048;
/** The most lines that a pattern looks back. */
export const MAX_LINES_BACK = 10;

export const CRASH_PATTERNS: readonly CrashPattern[] = [
  // Go: the first two are what Syncthing's own monitor looks for; the rest is printed by the runtime before it exits.
  { language: 'go', kind: 'process', line: /^(?:panic|fatal error|runtime):/ },
  { language: 'go', kind: 'process', line: /^(?:unexpected fault address |SIG[A-Z]{2,8}: \S)/ },
  // Behind a line without an end only the goroutine tells that it was a panic; a program that recovers from one may print the same.
  {
    language: 'go',
    kind: 'maybe',
    line: /^goroutine \d+ (?:\S{1,40} ){0,3}\[[^\]]{1,100}\]:$/,
    back: { lines: MAX_LINES_BACK, first: /(?:panic|fatal error): .*$/, within: true },
  },

  {
    language: 'python',
    kind: 'process',
    line: /^Fatal Python error: /,
    unfinished: /Fatal Python error: \S.*$/,
  },
  { language: 'python', kind: 'thread', line: /^Exception in thread [^"].*:$/ },
  {
    language: 'python',
    kind: 'maybe',
    line: /^(?: {2}\+ Exception Group )?Traceback \(most recent call last\):/,
    unfinished: /Traceback \(most recent call last\):$/,
  },
  { language: 'python', kind: 'maybe', line: /^ {2}File "[^"]*", line \d+$/ },

  {
    language: 'java',
    kind: 'thread',
    line: /^Exception in thread "/,
    unfinished: /Exception in thread "[^"]{1,200}" [\w.$]{1,300}(?:: .*)?$/,
  },
  {
    language: 'java',
    kind: 'process',
    line: /^# (?:A fatal error has been detected by|There is insufficient memory for) the Java Runtime Environment\b/,
    stdout: true,
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
    back: { lines: 2, first: /(?:file:\/\/|node:|(?<![\w.-])\/|[A-Za-z]:\\|\[eval|evalmachine)\S?.*:\d+$/ },
  },
  { language: 'node', kind: 'maybe', line: /^(?:error: )?Uncaught(?::| \S)/ },
  {
    language: 'node',
    kind: 'process',
    line: /^(?:<--- Last few GCs --->|FATAL ERROR: )/,
    unfinished: /<--- Last few GCs --->$|FATAL ERROR: .*(?:heap|memory|Allocation).*$/,
  },
  { language: 'node', kind: 'process', line: /^# Fatal (?:error|JavaScript)/ },

  {
    language: 'rust',
    kind: 'thread',
    line: /^thread '.*' (?:\(\d+\) )?(?:panicked at |has overflowed its stack)/,
    unfinished: /thread '[^']{0,100}' (?:\(\d+\) )?panicked at .*:\d+:\d+:?$/,
  },
  {
    language: 'rust',
    kind: 'process',
    line: /^(?:fatal runtime error: |memory allocation of \d+ bytes failed)/,
    unfinished: /(?:fatal runtime error: \S.*|memory allocation of \d+ bytes failed)$/,
  },

  {
    language: 'dotnet',
    kind: 'process',
    line: /^(?:Unhandled [Ee]xception[.:]|Process terminated\.|Fatal error\. )/,
    unfinished: /Unhandled [Ee]xception[.:] [A-Z][\w.]{1,200}(?:Exception|Error)\b.*$/,
  },
  {
    language: 'dotnet',
    kind: 'process',
    line: /^(?:Stack overflow\.$|\[ERROR\] FATAL UNHANDLED EXCEPTION:)/,
  },

  { language: 'ruby', kind: 'process', line: /^\S.*: \[BUG\] / },
  { language: 'ruby', kind: 'thread', line: /^#<Thread:.* terminated with exception/ },
  { language: 'ruby', kind: 'maybe', line: /^\S[^:]*:\d+:in [`'].*': / },

  {
    language: 'c++',
    kind: 'process',
    line: /^terminate called (?:after|without|recursively)/,
    unfinished:
      /terminate called (?:after throwing an instance of '.*'|without an active exception|recursively)$/,
  },
  {
    language: 'c++',
    kind: 'process',
    line: /^libc\+\+abi(?:\.dylib)?: terminating/,
    unfinished: /libc\+\+abi(?:\.dylib)?: terminating .*$/,
  },
  { language: 'c++', kind: 'process', line: /: Assertion [`'].*' failed\.$/ },
  {
    language: 'c++',
    kind: 'process',
    line: /^\*\*\* .* (?:detected|corruption).* \*\*\*/,
    unfinished: /\*\*\* (?:stack smashing|buffer overflow) detected \*\*\*.*$/,
  },
  // What glibc finds wrong with its heap, right before abort.
  {
    language: 'c++',
    kind: 'process',
    line: /^(?:double free or corruption|(?:free|malloc|realloc|calloc|munmap_chunk|malloc_consolidate)(?:\(\))?: \w|corrupted (?:double-linked list|size vs\. prev_size|unsorted chunks))/,
    unfinished:
      /(?:double free or corruption \(.*\)|(?:free|malloc|realloc|munmap_chunk)\(\): (?:invalid|corrupted|unaligned|memory|mismatching|double).*|corrupted (?:double-linked list|size vs\. prev_size).*)$/,
  },
  {
    language: 'c++',
    kind: 'process',
    line: /^==\d+==\s?ERROR: \w+Sanitizer/,
    unfinished: /==\d+==\s?ERROR: \w+Sanitizer: .*$/,
  },

  { language: 'php', kind: 'maybe', line: /^(?:PHP )?Fatal error: /, stdout: true },
];

/** Lines that join two traces of one crash, as Python prints the exceptions that led to each other. */
export const CHAIN_LINE =
  /^(?:During handling of the above exception, another exception occurred:|The above exception was the direct cause of)/;
