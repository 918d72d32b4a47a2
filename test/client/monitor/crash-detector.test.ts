import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CrashDetector } from '../../../src/client/monitor/crash-detector.ts';
import { LineSplitter, MAX_LINE_BYTES } from '../../../src/client/monitor/output-line-splitter.ts';

interface Seen {
  readonly begun: string[];
  text: string;
}

/** Feeds a text in pieces; gives what the detector takes for the last crash. */
function detect(text: string, pieces: readonly number[] = [], extra: readonly RegExp[] = []): Seen {
  const seen: Seen = { begun: [], text: '' };
  const detector = new CrashDetector(
    {
      begin(kind, language) {
        seen.begun.push(`${language} ${kind}`);
        seen.text = '';
      },
      line(line) {
        seen.text += line.toString();
      },
    },
    extra,
  );
  const splitter = new LineSplitter((line) => detector.write(line));
  const bytes = Buffer.from(text);
  let from = 0;
  for (const piece of [...pieces, bytes.length]) {
    splitter.write(bytes.subarray(from, from + piece));
    from += piece;
  }
  splitter.end();
  return seen;
}

const PYTHON = `Traceback (most recent call last):
  File "/srv/a.py", line 3, in f
    raise KeyError("x")
KeyError: 'x'
`;
const NODE = `/srv/app/index.js:10
    throw new TypeError('boom');
    ^

TypeError: boom
    at Object.<anonymous> (/srv/app/index.js:10:11)

Node.js v24.1.0
`;

describe('a crash of', () => {
  for (const [name, start, begun] of [
    ['Go', 'panic: boom [recovered]\n\ngoroutine 1 [running]:\n', 'go process'],
    ['the Go runtime', 'fatal error: all goroutines are asleep - deadlock!\n', 'go process'],
    ['the Go stack', 'runtime: goroutine stack exceeds 1000000000-byte limit\n', 'go process'],
    ['Go by a signal', 'SIGQUIT: quit\nPC=0x46b8a1 m=0 sigcode=0\n', 'go process'],
    ['Python', PYTHON, 'python maybe'],
    ['a Python thread', `Exception in thread Thread-1 (work):\n${PYTHON}`, 'python thread'],
    ['the Python interpreter', 'Fatal Python error: Segmentation fault\n', 'python process'],
    ['a Python exception group', '  + Exception Group Traceback (most recent call last):\n', 'python maybe'],
    ['Python before it runs', '  File "a.py", line 1\n    f(\n     ^\nSyntaxError: bad\n', 'python maybe'],
    [
      'Java',
      'Exception in thread "main" java.lang.IllegalStateException: x\n\tat a.B.c(B.java:3)\n',
      'java thread',
    ],
    [
      'the Java machine',
      '# A fatal error has been detected by the Java Runtime Environment:\n',
      'java process',
    ],
    ['Node', NODE, 'node maybe'],
    ['Node as a module', NODE.replace('/srv', 'file:///srv'), 'node maybe'],
    ['the heap of Node', '<--- Last few GCs --->\n\n[1:0x1] 3 ms: Mark-Compact\n', 'node process'],
    ['Rust', "thread 'main' panicked at src/main.rs:2:5:\nboom\n", 'rust thread'],
    ['newer Rust', "thread 'main' (4711) panicked at src/main.rs:2:5:\nboom\n", 'rust thread'],
    [
      '.NET',
      'Unhandled exception. System.InvalidOperationException: x\n   at A.B() in /a.cs:line 3\n',
      'dotnet process',
    ],
    ['the .NET Framework', 'Unhandled Exception: System.Exception: x\n', 'dotnet process'],
    ['the stack of .NET', 'Stack overflow.\n   at A.B()\n', 'dotnet process'],
    ['Ruby', "a.rb:1:in `/': divided by 0 (ZeroDivisionError)\n\tfrom a.rb:1:in `<main>'\n", 'ruby maybe'],
    ['newer Ruby', "a.rb:1:in 'Integer#/': divided by 0 (ZeroDivisionError)\n", 'ruby maybe'],
    ['the Ruby machine', 'a.rb:1: [BUG] Segmentation fault at 0x0\n', 'ruby process'],
    [
      'C++',
      "terminate called after throwing an instance of 'std::runtime_error'\n  what():  x\n",
      'c++ process',
    ],
    ['C++ of LLVM', 'libc++abi: terminating due to uncaught exception of type int\n', 'c++ process'],
    ['an assertion', "app: a.c:3: main: Assertion `x' failed.\n", 'c++ process'],
    ['the C library', '*** stack smashing detected ***: terminated\n', 'c++ process'],
    ['a sanitizer', '==17==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\n', 'c++ process'],
  ] as const) {
    test(`${name} begins with its first line and holds all that follows`, () => {
      const seen = detect(`2026-01-01 a log line\n${start}more\n`);
      assert.deepEqual([...new Set(seen.begun)], [begun]);
      assert.equal(seen.text, `${start}more\n`);
    });
  }

  test('the user is a pattern of their own, and always kept', () => {
    assert.deepEqual(detect('x\nGURU 3\n', [], [/^GURU/]), { begun: ['pattern asked'], text: 'GURU 3\n' });
  });
});

test('lines of healthy programs begin no crash', () => {
  for (const line of [
    'panic mode is off',
    'INFO panic: recovered',
    'http: panic serving 1.2.3.4:5: boom',
    'time="2026" level=error msg="fatal error: x"',
    'WARNING: thread main panicked',
    'java.lang.IllegalStateException: handled',
    '\tat a.B.c(B.java:3)',
    'src/a.c:3:5: warning: unused variable',
    '    int x = 3;\n        ^',
    'SIGTERM received',
    'terminated',
  ]) {
    assert.deepEqual(detect(`one\n${line}\ntwo\n`).begun, [], line);
  }
});

test('the last of several errors that may be handled is the crash', () => {
  const seen = detect(`${PYTHON}handled\nworking\n${PYTHON.replace("'x'", "'last'")}`);
  assert.deepEqual(seen.begun, ['python maybe', 'python maybe']);
  assert.equal(seen.text, PYTHON.replace("'x'", "'last'"));
});

test('exceptions that led to each other are one crash', () => {
  const chain = `${PYTHON}\nDuring handling of the above exception, another exception occurred:\n\n${PYTHON}`;
  assert.deepEqual(detect(chain), { begun: ['python maybe'], text: chain });
});

test('what ends the process is not replaced by what follows it', () => {
  const text = `panic: first\n\n${PYTHON}panic: second\n`;
  assert.deepEqual(detect(text), { begun: ['go process'], text });
});

test('where the chunks end changes nothing', () => {
  const text = `log\n${PYTHON}handled\n${NODE}bye`;
  const whole = detect(text);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 }), (pieces) => {
      assert.deepEqual(detect(text, pieces), whole);
    }),
  );
});

test('any bytes at all are read without an error', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('panic:', '^', '\n', ' ', ':1', '/a', 'File "', 'Traceback ', '\u0000', 'é')),
      (parts) => {
        const text = parts.join('');
        const { text: kept, begun } = detect(text);
        assert.ok(begun.length === 0 || text.includes(kept));
      },
    ),
  );
});

test('a line without end is handed on in pieces of a bounded size', () => {
  const sizes: number[] = [];
  const splitter = new LineSplitter((line) => sizes.push(line.length));
  for (let n = 0; n < 50; n += 1) splitter.write(Buffer.alloc(10_000, 'x'));
  splitter.end();
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    500_000,
  );
  assert.ok(Math.max(...sizes) <= MAX_LINE_BYTES);
});
