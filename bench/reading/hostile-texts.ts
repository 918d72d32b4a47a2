// Texts of 64 KB that are made to take long: repetitions of what the patterns of traces and prefixes look for.
const SIZE = 64 * 1024;

/** Pieces that a hostile text repeats on one line or on many. */
const PIECES: readonly string[] = [
  ' ',
  '\t',
  '(',
  ')',
  '<',
  '>',
  '[',
  ']',
  '{',
  '}',
  ':',
  '::',
  '.',
  '/',
  '\\',
  '@',
  '#',
  '"',
  "'",
  '`',
  '=',
  '|',
  '-',
  '*',
  '^',
  '~',
  '$',
  'a',
  'A',
  '0',
  'a.',
  'a:',
  'a: ',
  'A.a.',
  'a/',
  '1:',
  ':1',
  '.a(',
  ' at ',
  'at a',
  ' in ',
  'a b ',
  '0x',
  '0x0 ',
  '\u001b[',
  '\u001b[1m',
  '\u001b]',
  '\r',
  '\0',
  'Caused by: ',
  'Error: ',
  '--- ',
  '---> ',
  '#0 ',
  '#1 0x1 in a ',
  '{"a":',
  '[[',
  '{{',
  'a="b" ',
  '2026-01-01 00:00:00 ',
  'I/a(1): ',
  '<1>',
  '\u00e9',
  '\u{1f4a5}',
  'Exception',
  'java.lang.',
  'goroutine 1 [',
  "thread '",
  '==1==ERROR: ',
  'panic: ',
  'File "',
  'from a:1:in `',
  '** (',
  'operator<',
  'std::',
  'at a.b(C.java:1) ',
  '(a.js:1:2) ',
];

const LINES: readonly string[] = [
  'java.lang.Error: x',
  '\tat a.b.C.d(C.java:1)',
  'Caused by: a.B: c',
  '\tSuppressed: a.B: c',
  '\t... 9999 more',
  'goroutine 1 [running]:',
  'main.f()\n\t/a.go:1 +0x1',
  'panic: x',
  'Traceback (most recent call last):',
  '  File "a.py", line 1, in f',
  'ValueError: x',
  '#0 /a.php(1): f()',
  '    #0 0x1 in f /a.cc:1:2',
  '==1==ERROR: AddressSanitizer: SEGV on unknown address 0x1',
  "thread 'main' panicked at a.rs:1:2:",
  '   at A.B.C() in /a.cs:line 1',
  '{"level":"error","msg":"x","stack":"Error: x\\n    at f (a.js:1:2)"}',
  '{"log":"\\tat a.b.C.d(C.java:1)\\n","stream":"stderr"}',
  '2026-01-01 00:00:00,000 ERROR [main] a.B - x',
  'E/AndroidRuntime(  1): \tat a.b.C.d(C.java:1)',
  'Jan  1 00:00:00 host a[1]: x',
  'f@http://a/a.js:1:2',
  '    at f (a.js:1:2)',
  "a.rb:1:in `f': x (E)",
  '[ 1722.511384]  f+0x1/0x2 [m]',
  '#00 pc 0000a1b2  /lib/a.so (f+18)',
  '0   App  0x0000000104a3c1f4 f + 12',
  'Full thread dump x (y):',
  '"main" #1 prio=5 tid=0x1 nid=0x2 runnable',
  'DALVIK THREADS (2):\n"a"',
  'Found one Java-level deadlock:',
  'ANR in a.b (a.b/.c)',
  'At C:\\a.ps1:3 char:5',
  'at a, C:\\a.ps1: line 3',
  '/a.go:1 (0x1)\n\tf: x',
  'a.rb:1: [BUG] x',
  '-- Ruby level backtrace information ---',
  ' 0# f at /a.cc:1',
  '#0 Source "/a.cc", line 1, in f',
  'The above error occurred in the <a> component:',
  'Unhandled exception:',
  '2026-01-01T00:00:00Z stderr F x',
  'Stack overflow.',
];

export interface HostileText {
  readonly name: string;
  readonly text: string;
}

/** All of them. */
export function hostileTexts(): readonly HostileText[] {
  const filled = (piece: string): string => piece.repeat(Math.ceil(SIZE / piece.length)).slice(0, SIZE);
  const all: HostileText[] = [];
  for (const piece of PIECES) {
    const name = JSON.stringify(piece);
    all.push({ name: `${name} on one line`, text: filled(piece) });
    all.push({
      name: `${name} on lines of 1900`,
      text: filled(`${piece.repeat(Math.ceil(1900 / piece.length))}\n`),
    });
    all.push({ name: `${name} on lines of its own`, text: filled(`${piece}\n`) });
  }
  for (const line of LINES) {
    all.push({ name: `lines ${JSON.stringify(line)}`, text: filled(`${line}\n`) });
    for (const piece of ['(', ' ', 'a.', ':', '<'])
      all.push({
        name: `${JSON.stringify(line)} with ${piece}`,
        text: filled(`${line}${piece.repeat(900)}\n${piece.repeat(900)}${line}\n`),
      });
  }
  for (const [index, line] of LINES.entries()) {
    const next = LINES[(index + 1) % LINES.length] ?? '';
    all.push({ name: `${JSON.stringify(line)} and the next`, text: filled(`${line}\n${next}\n`) });
  }
  return all;
}
