import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsePythonTrace } from '../../../src/formats/trace/python-trace.ts';

const CHAINED = `Traceback (most recent call last):
  File "/srv/app/db.py", line 10, in load
    return table[key]
           ~~~~~^^^^^
KeyError: 'x'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/app/main.py", line 5, in <module>
    main()
  File "/srv/app/main.py", line 3, in Cart.total
    load('x')
shop.errors.LoadError: cannot load

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/usr/lib/python3.12/json/decoder.py", line 355, in raw_decode
ValueError
`;

describe('a Python traceback', () => {
  const trace = parsePythonTrace(CHAINED);

  it('has its root cause first, and says how each led to the next', () => {
    assert.deepEqual(
      trace.exceptions.map(({ kind, message, link }) => [kind, message, link]),
      [
        ['KeyError', "'x'", 'cause'],
        ['shop.errors.LoadError', 'cannot load', 'context'],
        ['ValueError', '', 'thrown'],
      ],
    );
  });

  it('has its innermost frame first', () => {
    const [inner, outer] = trace.exceptions[1]?.frames ?? [];
    assert.deepEqual([inner?.class, inner?.function, inner?.line], ['Cart', 'total', 3]);
    assert.deepEqual([outer?.function, outer?.file, outer?.line], ['<module>', '/srv/app/main.py', 5]);
  });

  it('tells installed packages from the application', () => {
    assert.equal(trace.exceptions[0]?.frames[0]?.inApp, true);
    assert.equal(trace.exceptions[2]?.frames[0]?.inApp, false);
  });

  it('keeps a message of several lines, even one that looks like a frame', () => {
    const { message } = parsePythonTrace(
      'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: one\ntwo\nthree: four\n',
    );
    assert.equal(message, 'one\ntwo\nthree: four');
  });

  it('reads a syntax error, whose frame has no function', () => {
    const { exceptions } = parsePythonTrace(
      'Traceback (most recent call last):\n  File "a.py", line 3\n    x = = 1\n        ^\nSyntaxError: invalid syntax\n',
    );
    assert.deepEqual(
      [exceptions[0]?.kind, exceptions[0]?.frames[0]?.line, exceptions[0]?.frames[0]?.function],
      ['SyntaxError', 3, null],
    );
  });

  it('notes repeated frames', () => {
    const { notes } = parsePythonTrace(
      'Traceback (most recent call last):\n  File "a.py", line 1, in f\n  [Previous line repeated 995 more times]\nRecursionError: deep\n',
    );
    assert.deepEqual(notes, ['a frame is repeated 995 more times']);
  });

  it('attaches the members of an exception group', () => {
    const { exceptions } = parsePythonTrace(`  + Exception Group Traceback (most recent call last):
  |   File "a.py", line 9, in <module>
  |     raise eg
  | ExceptionGroup: several (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "a.py", line 3, in one
    | ValueError: 1
    +---------------- 2 ----------------
    | TypeError: 2
    +------------------------------------
`);
    assert.deepEqual(
      exceptions.map(({ kind, message }) => [kind, message]),
      [['ExceptionGroup', 'several (2 sub-exceptions)']],
    );
    assert.deepEqual(
      exceptions[0]?.attached.map(({ kind, message, frames }) => [kind, message, frames.length]),
      [
        ['ValueError', '1', 1],
        ['TypeError', '2', 0],
      ],
    );
  });

  it('keeps the frames of a traceback that was cut off', () => {
    const { exceptions } = parsePythonTrace(
      'Traceback (most recent call last):\n  File "a.py", line 1, in f\n',
    );
    assert.deepEqual([exceptions[0]?.kind, exceptions[0]?.frames.length], ['', 1]);
  });
});
