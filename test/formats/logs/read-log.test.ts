import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MAX_LOG_LENGTH } from '../../../src/formats/logs/log-lines.ts';
import { readLog } from '../../../src/formats/logs/read-log.ts';
import { TRACE_FORMATS, type Trace, type TraceException } from '../../../src/formats/trace/trace.ts';
import { LANGUAGE_SAMPLES } from './language-samples.ts';

describe('the language of a trace', () => {
  for (const format of TRACE_FORMATS) {
    it(`is found for ${format}`, () => {
      const { crash } = readLog(LANGUAGE_SAMPLES[format].text);
      const { kind, message, frame } = LANGUAGE_SAMPLES[format];
      assert.equal(crash?.trace.format, format);
      assert.deepEqual([crash.trace.kind, crash.trace.message], [kind, message]);
      const [first] = crash.trace.exceptions[0]?.frames ?? [];
      assert.deepEqual([first?.class ?? null, first?.function ?? null, first?.line ?? null], frame);
    });
  }

  it('is none for other text, and the reason is said', () => {
    for (const text of [
      'hello world',
      'dear sir,\nmeet me at noon (12:30)\n',
      '{"a": 1}',
      'user@example.org: 5',
      'java.lang is a package\n',
      '2026-01-01 00:00:00 INFO [main] shop.Main - started\n2026-01-01 00:00:01 INFO [main] shop.Main - stopped\n',
    ]) {
      const reading = readLog(text);
      assert.equal(reading.crash, null, text);
      assert.equal(reading.problem, 'the text holds no stack trace of a known form');
      assert.deepEqual(reading.segments, []);
    }
    assert.equal(readLog(' \n\t\n').problem, 'the text is empty');
  });
});

/** Pieces out of which texts are made, so that random ones come close to real ones. */
const PIECES = [
  ...Object.values(LANGUAGE_SAMPLES).flatMap(({ text }) => text.split('\n').map((line) => `${line}\n`)),
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
  '    at f (a.js:1:2) {\n',
  'created by main.f\n',
  'panic: again [recovered]\n\tpanic: more\n',
  '2026-01-01 00:00:00,000 ERROR [main] a.B - ',
  'E/AndroidRuntime(  1): ',
  '{"level":"error","stack":"',
  '\u001b[31m',
  '\r',
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
  assert.ok(trace.exceptions.length >= 1 && trace.exceptions.length <= 200);
  assert.ok(countFrames(trace.exceptions) <= 60_000);
  for (const exception of trace.exceptions.slice(0, -1)) assert.notEqual(exception.link, 'thrown');
  for (const exception of trace.exceptions.slice(-1)) assert.equal(exception.link, 'thrown');
}

function checkReading(text: string): void {
  const { segments, crash, problem } = readLog(text);
  assert.equal(crash === null, problem !== null);
  assert.ok(crash === null ? segments.length === 0 : segments.includes(crash));
  assert.ok(segments.length <= 50);
  for (const { start, end, firstLine, lastLine, confidence, trace } of segments) {
    assert.ok(start >= 0 && start < end && end <= text.length);
    assert.ok(firstLine >= 1 && firstLine <= lastLine);
    assert.ok(confidence > 0 && confidence <= 1);
    checkShape(trace);
  }
}

describe('any text', () => {
  it('gives a reading with places inside of it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string(), fc.string({ unit: 'binary' })), {
          maxLength: 60,
        }),
        (pieces) => checkReading(pieces.join('')),
      ),
      { numRuns: 1500 },
    );
  });

  // The texts on which careless patterns take quadratic or exponential time. The timeout is an alarm, not a measurement: a
  // careless pattern needs hours for so much text.
  it('is read to its end, however long and of whatever piece', { timeout: 300_000 }, () => {
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
      ') in ',
      'at ',
      '.',
      '/',
      '="',
    ]) {
      if (piece === '') continue;
      const repeated = piece.repeat(Math.ceil(100_000 / piece.length));
      checkReading(repeated);
      checkReading(`${LANGUAGE_SAMPLES.java.text}${repeated}`);
    }
  });

  it('is cut where it is longer than any log, which is said', () => {
    const { notes, crash } = readLog(LANGUAGE_SAMPLES.java.text + 'x'.repeat(MAX_LOG_LENGTH));
    assert.ok(notes.some((note) => note.startsWith('the text was cut')));
    assert.equal(crash?.trace.kind, 'java.lang.Error');
  });
});
