import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readTrace } from '../../../formats/read-trace.ts';
import { TraceBuilder } from '../../../../src/formats/trace/trace-builder.ts';
import { TRACE_FORMATS, type Trace, traceFrame } from '../../../../src/formats/trace/trace.ts';
import { traceSignature } from '../../../../src/process/grouping/first-version/trace-signature.ts';
import { compileLists } from '../../../../src/process/signature/lists.ts';

function read(text: string): Trace {
  const trace = readTrace(text);
  assert.ok(trace !== null);
  return trace;
}

function signature(text: string): string {
  return traceSignature(read(text)).signature;
}

describe('the signature of a managed crash', () => {
  it('is the root cause and the first frame of the application', () => {
    const trace = read(
      'app.Outer: o\n\tat app.Main.run(Main.java:9)\nCaused by: app.Root: r\n\tat java.base/java.util.ArrayList.get(ArrayList.java:1)\n\tat app.Cart.total(Cart.java:3)\n',
    );
    assert.equal(traceSignature(trace).signature, 'app.Root: app.Cart.total');
    assert.equal(traceSignature(trace).frame?.line, 3);
  });

  it('does not change with lines, addresses and messages', () => {
    const one = 'java.lang.Error: at 3\n\tat a.B$1.lambda$run$0(B.java:3)\n';
    const two = 'java.lang.Error: at 4\n\tat a.B$2.lambda$run$7(B.java:33)\n';
    assert.equal(signature(one), signature(two));
  });

  it('of C++ and Rust is by the list that native signatures had then', () => {
    const frames = ['std::operator()', 'shop::pay'].map((name) => traceFrame(name, { function: name }));
    const exceptions = [{ kind: 'X', message: '', frames, context: null }] as unknown as Trace['exceptions'];
    for (const format of ['c++', 'rust'] as const) {
      const trace = { format, exceptions } as unknown as Trace;
      assert.equal(traceSignature(trace).signature, 'X: std::operator()');
    }
  });

  it('is the first frame where all are of the run-time', () => {
    assert.equal(
      signature('java.lang.Error\n\tat java.base/java.lang.Thread.run(Thread.java:840)\n'),
      'java.lang.Error: java.lang.Thread.run',
    );
  });

  it('is kind and message without frames', () => {
    const { signature: text, frame } = traceSignature(read('Uncaught TypeError: x is not a function\nmore'));
    assert.deepEqual([text, frame], ['TypeError: x is not a function', null]);
  });

  it('says how it came about', () => {
    const { explanation } = traceSignature(read('a.E: m\n\tat a.B.c(B.java:1)\n'));
    assert.deepEqual(explanation, [
      '"a.B.c" names the crash: it is the first frame that is neither the run-time nor on a list',
      'its exception is a.E',
      'read from: at a.B.c(B.java:1)',
    ]);
  });

  it('skips what a product finds irrelevant', () => {
    const { irrelevant } = compileLists([{ irrelevant: 'a\\.Assert\\.' }]);
    const trace = read('a.E: m\n\tat a.Assert.that(Assert.java:1)\n\tat a.B.c(B.java:1)\n');
    assert.equal(traceSignature(trace, { irrelevant }).signature, 'a.E: a.B.c');
  });

  const cases: readonly [string, string, string][] = [
    [
      'Java proxies',
      'a.E\n\tat a.Svc$$EnhancerBySpringCGLIB$$1a2b3c.load(<generated>)\n\tat a.B.c(B.java:2)\n',
      'a.E: a.Svc.load',
    ],
    [
      'Go closures',
      'panic: x\n\ngoroutine 1 [running]:\npanic({0x1})\n\t/go/src/runtime/panic.go:1 +0x1\nmain.main.func2.1(0x1)\n\t/a/main.go:3 +0x1\n',
      'panic: main.main.func',
    ],
    [
      'Go generics',
      'panic: x\n\ngoroutine 1 [running]:\nexample.com/a.Max[...](0x1)\n\t/a/a.go:3 +0x1\n',
      'panic: example.com/a.Max',
    ],
    [
      'bundles',
      'TypeError: x\n    at t.total (https://h/assets/index-BdK3xY9_.mjs?v=2:1:2)\n    at u (https://h/main.3f9a1c2b.js:3:4)\n',
      'TypeError: t.total (index.mjs)',
    ],
    [
      'JavaScript run-time frames',
      'TypeError: x\n    at Array.map (<anonymous>)\n    at new Cart (/srv/a/cart.js:1:2)\n',
      'TypeError: Cart.constructor (cart.js)',
    ],
    [
      'Python modules',
      'Traceback (most recent call last):\n  File "/srv/app/polls/__init__.py", line 1, in vote\nValueError: x\n',
      'ValueError: polls.vote',
    ],
    [
      'PHP closures',
      'PHP Fatal error:  Uncaught E: m in /srv/a.php:3\nStack trace:\n#0 /srv/a.php(9): App\\Cart->App\\{closure}(1)\n#1 {main}\n',
      'E: App\\Cart::{closure}',
    ],
    [
      '.NET state machines',
      'System.E: m\n   at System.Threading.Tasks.Task.Wait()\n   at Shop.Cart.<TotalAsync>d__5.MoveNext() in /a/Cart.cs:line 3\n',
      'System.E: Shop.Cart.TotalAsync',
    ],
    [
      '.NET lambdas',
      'System.E: m\n   at Shop.Cart.<>c__DisplayClass4_0.<Run>b__0(Int32 x) in /a/C.cs:line 3\n',
      'System.E: Shop.Cart.Run.lambda',
    ],
    [
      '.NET local functions',
      'System.E: m\n   at Shop.Cart.<Run>g__Inner|4_0() in /a/C.cs:line 3\n',
      'System.E: Shop.Cart.Run.Inner',
    ],
    [
      '.NET generics',
      'System.E: m\n   at Shop.Box`1.Add[T](T item) in /a/C.cs:line 3\n',
      'System.E: Shop.Box.Add',
    ],
    [
      'Ruby blocks',
      "app/cart.rb:3:in `block (2 levels) in total': m (E)\n\tfrom app/cart.rb:1:in `total'\n",
      'E: total (cart.rb)',
    ],
  ];
  for (const [what, text, expected] of cases) {
    it(`is without made-up parts for ${what}`, () => assert.equal(signature(text), expected));
  }

  it('is short, of one line and not empty for any text in any language', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom(...TRACE_FORMATS),
        fc.string(),
        (text, format, called) => {
          const frame = traceFrame(text, { function: called, class: text, file: `${text}.java`, line: 1 });
          for (const frames of [[], [frame]]) {
            const builder = new TraceBuilder([]);
            const exception = builder.exception(text, called);
            exception.frames.push(...frames);
            const { signature: result } = traceSignature(builder.trace(format, [exception]));
            assert.ok(
              result.length > 0 && result.length <= 300 && !/[\n\r\u0000]/.test(result),
              JSON.stringify(result),
            );
          }
        },
      ),
    );
  });
});
