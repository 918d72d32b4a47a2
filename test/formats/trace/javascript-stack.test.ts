import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseJavaScriptStack } from '../../../src/formats/trace/javascript-stack.ts';
import type { TraceFrame } from '../../../src/formats/trace/trace.ts';

function place(frame: TraceFrame | undefined): unknown[] {
  return [frame?.class, frame?.function, frame?.file, frame?.line, frame?.column];
}

describe('a V8 stack', () => {
  const trace = parseJavaScriptStack(`/srv/app/index.js:3
  throw new TypeError('no');
  ^

TypeError: Cannot read (a.b) of undefined
second line
    at inner (/srv/app/index.js:3:9)
    at new Widget (https://h:1/app.js?v=2:10:20)
    at async Cart.total [as sum] (file:///srv/my%20app/cart.mjs:5:1)
    at /srv/app/node_modules/lib/index.js:7:8
    at eval (eval at run (http://h/a.js:1:2), <anonymous>:4:5)
    at Array.map (<anonymous>)
    at async Promise.all (index 0)
    at node:internal/main/run_main_module:23:47
  [cause]: RangeError: deep
      at deeper (/srv/app/deep.js:1:2)
`);

  it('has its cause first', () => {
    assert.deepEqual(
      trace.exceptions.map(({ kind, message, link }) => [kind, message, link]),
      [
        ['RangeError', 'deep', 'cause'],
        ['TypeError', 'Cannot read (a.b) of undefined\nsecond line', 'thrown'],
      ],
    );
    assert.equal(trace.dialect, 'v8');
  });

  it('splits calls of every form', () => {
    const frames = trace.exceptions[1]?.frames ?? [];
    assert.deepEqual(
      frames.map((frame) => place(frame)),
      [
        [null, 'inner', '/srv/app/index.js', 3, 9],
        ['Widget', 'new Widget', 'https://h:1/app.js?v=2', 10, 20],
        ['Cart', 'total', 'file:///srv/my%20app/cart.mjs', 5, 1],
        [null, null, '/srv/app/node_modules/lib/index.js', 7, 8],
        [null, 'eval', 'http://h/a.js', 1, 2],
        ['Array', 'map', '<anonymous>', null, null],
        ['Promise', 'all', null, null, null],
        [null, null, 'node:internal/main/run_main_module', 23, 47],
      ],
    );
    assert.deepEqual(
      frames.map(({ inApp }) => inApp),
      [true, true, true, false, true, null, false, false],
    );
  });
});

describe('a SpiderMonkey stack', () => {
  it('is read with and without functions and columns', () => {
    const trace = parseJavaScriptStack(
      'inner@http://h:1/app.js:3:10\nouter/<@http://h:1/vue@3.4/app.js:5:2\n@http://h/a.html:9\nasync*load@http://h/b.js line 7 > eval:1:1\n',
    );
    assert.equal(trace.dialect, 'spidermonkey');
    assert.deepEqual(
      trace.exceptions[0]?.frames.map((frame) => place(frame)),
      [
        [null, 'inner', 'http://h:1/app.js', 3, 10],
        [null, 'outer', 'http://h:1/vue@3.4/app.js', 5, 2],
        [null, null, 'http://h/a.html', 9, null],
        [null, 'load', 'http://h/b.js', 7, null],
      ],
    );
  });
});

describe('a JavaScriptCore stack', () => {
  it('is told by its own words', () => {
    const trace = parseJavaScriptStack(
      'TypeError: undefined is not an object\ninner@http://h/app.js:3:10\nmap@[native code]\nglobal code@http://h/app.js:9:3\n',
    );
    assert.equal(trace.dialect, 'javascriptcore');
    assert.equal(trace.kind, 'TypeError');
    assert.deepEqual(
      trace.exceptions[0]?.frames.map((frame) => place(frame)),
      [
        [null, 'inner', 'http://h/app.js', 3, 10],
        [null, 'map', null, null, null],
        [null, 'global code', 'http://h/app.js', 9, 3],
      ],
    );
  });
});

describe("an error of Node's own", () => {
  it('has its code as its kind, and its class as data', () => {
    const { kind, message, exceptions } = parseJavaScriptStack(
      'TypeError [ERR_INVALID_ARG_TYPE]: The "path" argument must be of type string\n    at f (/srv/a.js:1:2)\n',
    );
    assert.deepEqual(
      [kind, message, exceptions[0]?.data],
      ['ERR_INVALID_ARG_TYPE', 'The "path" argument must be of type string', [['name', 'TypeError']]],
    );
  });
});

describe('a JavaScript error without frames', () => {
  it('keeps its name and message', () => {
    const trace = parseJavaScriptStack('Uncaught (in promise) SyntaxError: Unexpected token');
    assert.deepEqual([trace.kind, trace.message], ['SyntaxError', 'Unexpected token']);
  });

  it('keeps a thrown text', () => {
    assert.deepEqual(parseJavaScriptStack('just a string').exceptions[0]?.message, 'just a string');
  });
});
