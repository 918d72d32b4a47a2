import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTrace } from '../read-trace.ts';

const ENDS: readonly (readonly [string, string, string, string])[] = [
  [
    'an exception of libstdc++',
    "terminate called after throwing an instance of 'std::runtime_error'\n  what():  boom\n[ended by SIGABRT: aborted]",
    'std::runtime_error',
    'boom',
  ],
  [
    'a thread that nobody joined',
    'terminate called without an active exception',
    'terminate',
    'without an active exception',
  ],
  [
    'an exception of libc++',
    'libc++abi: terminating due to uncaught exception of type std::runtime_error: boom',
    'std::runtime_error',
    'boom',
  ],
  ['a smashed stack', '*** stack smashing detected ***: terminated', 'stack smashing detected', ''],
];

describe('the last words of a C++ program', () => {
  for (const [what, text, kind, message] of ENDS) {
    it(`tell of ${what}`, () => {
      const trace = readTrace(text);
      assert.deepEqual([trace?.format, trace?.kind, trace?.message], ['c++', kind, message]);
    });
  }

  it('name the place of a failed assertion', () => {
    const trace = readTrace(
      "shopd: src/order.cc:12: int shop::Order::price(int) const: Assertion `n > 0' failed.",
    );
    assert.deepEqual([trace?.kind, trace?.message], ['assertion failed', 'n > 0']);
    assert.deepEqual(
      trace?.exceptions[0]?.frames.map((frame) => [frame.function, frame.file, frame.line]),
      [['shop::Order::price', 'src/order.cc', 12]],
    );
  });

  it('have the first stack of a sanitizer, without addresses', () => {
    const trace =
      readTrace(`==4711==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x4f7e20
READ of size 4 at 0x602000000010 thread T0
    #0 0x4f7e1f in shop::price(int) /src/order.cc:9:10
    #1 0x4f7f00 in main /src/main.cc:3:5
    #2 0x7f1234 in __libc_start_main (/lib/libc.so.6+0x2409a)

freed by thread T0 here:
    #0 0x4c5a1d in operator delete(void*) (/src/shopd+0x4c5a1d)`);
    assert.deepEqual(
      [trace?.kind, trace?.message],
      ['heap-use-after-free', 'heap-use-after-free on address'],
    );
    assert.deepEqual(
      trace?.exceptions[0]?.frames.map((frame) => [frame.function, frame.file, frame.line, frame.inApp]),
      [
        ['shop::price', '/src/order.cc', 9, null],
        ['main', '/src/main.cc', 3, null],
        ['__libc_start_main', null, null, false],
      ],
    );
  });

  it('are read to their end where lines are made to be slow', () => {
    const slow = [
      `a${': b:1: '.repeat(280)}`,
      `*** ${': '.repeat(990)}`,
      `libc++abi: terminating${'::a'.repeat(600)}`,
      ` #0 0x1 in ${'f '.repeat(900)}`,
      `thread 'a' panicked at '${"', a".repeat(450)}`,
    ];
    for (const line of slow) {
      const trace = readTrace(`terminate called recursively\n${`${line}\n`.repeat(200)}`);
      assert.ok(trace !== null && trace.kind !== '');
    }
  });
});
