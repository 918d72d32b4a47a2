import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseJavaTrace } from '../../../src/formats/trace/java-trace.ts';

const CHAINED = `Exception in thread "main" java.lang.IllegalStateException: cannot start
second line of the message
\tat app//com.example.Main.start(Main.java:40)
\tat com.example.Main$Inner.lambda$run$0(Main.java:12)
\tat java.base/java.lang.Thread.run(Thread.java:840)
\tSuppressed: java.io.IOException: close failed
\t\tat com.example.Res.close(Res.java:5)
\t\t... 2 more
\tCaused by: java.lang.Error: inner of suppressed
\t\tat com.example.Res.free(Res.java:9)
\t\t... 3 more
Caused by: java.lang.NumberFormatException: For input string: "x1"
\tat java.base/java.lang.Integer.parseInt(Integer.java:668)
\tat com.example.Lib.<init>(Unknown Source)
\tat com.example.Native.call(Native Method)
\t... 2 more
`;

describe('a Java trace', () => {
  const trace = parseJavaTrace(CHAINED);

  it('has its root cause first', () => {
    assert.deepEqual(
      trace.exceptions.map(({ kind, link }) => [kind, link]),
      [
        ['java.lang.NumberFormatException', 'cause'],
        ['java.lang.IllegalStateException', 'thrown'],
      ],
    );
    assert.equal(trace.kind, 'java.lang.IllegalStateException');
  });

  it('keeps a message of several lines', () => {
    assert.equal(trace.message, 'cannot start\nsecond line of the message');
  });

  it('splits a call into module, package, class, method, file and line', () => {
    const [start, lambda, run] = trace.exceptions[1]?.frames ?? [];
    assert.deepEqual(
      [start?.module, start?.package, start?.class, start?.function, start?.file, start?.line],
      ['app', 'com.example', 'Main', 'start', 'Main.java', 40],
    );
    assert.deepEqual([lambda?.class, lambda?.function], ['Main$Inner', 'lambda$run$0']);
    assert.deepEqual([run?.module, run?.inApp], ['java.base', false]);
  });

  it('knows constructors, native methods and unknown sources', () => {
    const [, constructor, native] = trace.exceptions[0]?.frames ?? [];
    assert.deepEqual([constructor?.class, constructor?.function, constructor?.file], ['Lib', '<init>', null]);
    assert.deepEqual([native?.function, native?.file, native?.line], ['call', null, null]);
  });

  it('fills in the frames that "... n more" leaves out, and says so', () => {
    const frames = trace.exceptions[0]?.frames ?? [];
    assert.deepEqual(
      frames.map((frame) => frame.function),
      ['parseInt', '<init>', 'call', 'lambda$run$0', 'run'],
    );
    assert.equal(frames.at(-1)?.raw, '... 2 more');
  });

  it('attaches suppressed exceptions and their causes to their owner', () => {
    const suppressed = trace.exceptions[1]?.attached[0];
    assert.equal(suppressed?.kind, 'java.io.IOException');
    assert.deepEqual(
      suppressed.frames.map((frame) => frame.function),
      ['close', 'lambda$run$0', 'run'],
    );
    assert.equal(suppressed.attached[0]?.kind, 'java.lang.Error');
  });

  it('names the thread', () => {
    assert.deepEqual(
      trace.threads.map(({ name, crashed }) => [name, crashed]),
      [['main', true]],
    );
  });

  it('is understood where a logger prints the root cause first', () => {
    const reversed = parseJavaTrace(
      'a.Root: r\n\tat a.B.c(B.java:1)\nWrapped by: a.Outer: o\n\tat a.B.d(B.java:2)\n',
    );
    assert.deepEqual(
      reversed.exceptions.map(({ kind }) => kind),
      ['a.Root', 'a.Outer'],
    );
  });

  it('notes a circular reference', () => {
    const circular = parseJavaTrace(
      'a.E: m\n\tat a.B.c(B.java:1)\nCaused by: [CIRCULAR REFERENCE: a.E: m]\n',
    );
    assert.deepEqual(circular.notes, ['circular reference: a.E: m']);
  });

  it('takes a message that goes on with " at [" for no frame', () => {
    const { message, exceptions } = parseJavaTrace(
      'a.ParseException: Unexpected end\n at [Source: (String)"{"; line: 1, column: 6]\n\tat a.B.c(B.java:1)\n',
    );
    assert.equal(message, 'Unexpected end\n at [Source: (String)"{"; line: 1, column: 6]');
    assert.deepEqual(
      exceptions[0]?.frames.map((frame) => frame.function),
      ['c'],
    );
  });

  it('reads frames that a logger extended with jar names', () => {
    const frame = parseJavaTrace('a.E\n\tat a.B.c(B.java:1) ~[lib-1.2.jar:1.2]\n').exceptions[0]?.frames[0];
    assert.deepEqual([frame?.file, frame?.line], ['B.java', 1]);
  });
});
