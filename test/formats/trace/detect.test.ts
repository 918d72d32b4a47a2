import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { detectTraceFormat, parseTrace } from '../../../src/formats/trace/detect.ts';
import {
  TRACE_FORMATS,
  type Trace,
  type TraceException,
  type TraceFormat,
} from '../../../src/formats/trace/trace.ts';
import { MAX_TRACE_LENGTH } from '../../../src/formats/trace/trace-lines.ts';

const SAMPLES: Readonly<Record<TraceFormat, string>> = {
  go: 'panic: x\n\ngoroutine 1 [running]:\nmain.main()\n\t/a/main.go:3 +0x1\n',
  java: 'java.lang.Error: x\n\tat a.b.C.d(C.java:3)\n\tat java.base/java.lang.Thread.run(Thread.java:840)\n',
  javascript: 'TypeError: x\n    at f (http://h/a.js:1:2)\n    at http://h/a.js:3:4\n',
  python: 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: x\n',
  php: "PHP Fatal error:  Uncaught Exception: x in /a.php:3\nStack trace:\n#0 /a.php(9): f('1')\n#1 {main}\n",
  ruby: "a.rb:1:in `f': x (RuntimeError)\n\tfrom a.rb:2:in `<main>'\n",
  dotnet:
    'Unhandled exception. System.Exception: x\n   at A.B.C(String s) in /a/B.cs:line 3\n   at A.Main()\n',
  rust: "thread 'main' panicked at src/main.rs:4:5:\nx\nnote: run with `RUST_BACKTRACE=1`\n",
  'c++': "terminate called after throwing an instance of 'shop::Error'\n  what():  x\n",
};

describe('the language of a trace', () => {
  for (const format of TRACE_FORMATS) {
    it(`is found for ${format}`, () => {
      assert.equal(detectTraceFormat(SAMPLES[format]), format);
      assert.equal(parseTrace(SAMPLES[format])?.message, 'x');
    });
  }

  it('is found in the stacks of Firefox and Safari', () => {
    assert.equal(detectTraceFormat('f@http://h/a.js:1:2\n@http://h/a.js:3:4\n'), 'javascript');
    assert.equal(detectTraceFormat('f@http://h/a.js:1:2\nglobal code@http://h/a.js:3:4\n'), 'javascript');
  });

  it('is none for other text', () => {
    for (const text of [
      '',
      'hello world',
      'dear sir,\nmeet me at noon (12:30)\n',
      '{"a": 1}',
      'user@example.org: 5',
    ]) {
      assert.equal(detectTraceFormat(text), null);
      assert.equal(parseTrace(text), null);
    }
  });
});

/** Pieces out of which traces are made, so that random texts come close to real ones. */
const PIECES = [
  ...Object.values(SAMPLES).flatMap((sample) => sample.split('\n').map((line) => `${line}\n`)),
  '\n',
  '\t',
  '    ',
  '  | ',
  '  +-+---------------- 1 ----------------\n',
  'Caused by: ',
  '\tSuppressed: a.B: c\n',
  '\t... 9999 more\n',
  'Next E: m in /a:1\n',
  '---> ',
  '   --- End of inner exception stack trace ---\n',
  'During handling of the above exception, another exception occurred:\n',
  '  [cause]: Error: x\n',
  'created by main.f\n',
  'panic: again [recovered]\n\tpanic: more\n',
  '(',
  ')',
  '@',
  ':1',
  ' in ',
  ' on line 3',
  '\0',
  '\u{1f4a5}',
  '\ud800',
];

function countFrames(exceptions: readonly TraceException[]): number {
  return exceptions.reduce((sum, { frames, attached }) => sum + frames.length + countFrames(attached), 0);
}

function checkShape(trace: Trace): void {
  assert.ok(trace.exceptions.length <= 200);
  assert.ok(countFrames(trace.exceptions) <= 60_000);
  for (const exception of trace.exceptions.slice(0, -1)) assert.notEqual(exception.link, 'thrown');
  for (const exception of trace.exceptions.slice(-1)) assert.equal(exception.link, 'thrown');
}

describe('every parser', () => {
  for (const format of TRACE_FORMATS) {
    it(`for ${format} answers any text with a trace`, () => {
      fc.assert(
        fc.property(
          fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string()), { maxLength: 60 }),
          (pieces) => {
            const trace = parseTrace(pieces.join(''), format);
            assert.ok(trace !== null);
            checkShape(trace);
          },
        ),
        { numRuns: 200 },
      );
    });

    // The texts on which careless patterns take quadratic or exponential time. 20 s is an alarm, not a measurement:
    // a careless pattern needs hours for so much text.
    it(`for ${format} reads a long text of any repeated piece`, { timeout: 120_000 }, () => {
      for (const piece of [
        ...PIECES,
        ' ',
        'a',
        '((',
        '))',
        '<',
        '[',
        '#0 ',
        ': ',
        '1. (',
        ') in ',
        ' in x:1',
        'PHP 1. a() b:',
        '    at f (',
        'at ',
        '.',
        '/',
        'File "',
      ]) {
        const text = `${SAMPLES[format]}${piece.repeat(Math.ceil(300_000 / piece.length))}`;
        const started = performance.now();
        const trace = parseTrace(text, format);
        assert.ok(performance.now() - started < 20_000, `${JSON.stringify(piece)} took too long`);
        assert.ok(trace !== null);
        checkShape(trace);
      }
    });
  }

  it('cuts a text that is longer than any trace, and says so', () => {
    const trace = parseTrace(SAMPLES.java + 'x'.repeat(MAX_TRACE_LENGTH));
    assert.ok(trace?.notes.some((note) => note.startsWith('the text was cut')));
  });
});
