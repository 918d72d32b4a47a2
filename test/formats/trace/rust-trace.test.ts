import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTrace } from '../read-trace.ts';
import { parseRustTrace } from '../../../src/formats/trace/rust-trace.ts';

const PANIC = `thread 'main' panicked at src/order.rs:4:5:
index out of bounds: the len is 3
but the index is 5
stack backtrace:
   0: rust_begin_unwind
             at /rustc/90b35a623/library/std/src/panicking.rs:665:5
   1: core::panicking::panic_fmt
             at /rustc/90b35a623/library/core/src/panicking.rs:74:14
   2:     0x55d0c0ffee00 - <shop::Order as shop::Priced>::price::h0123456789abcdef
             at ./src/order.rs:4:5
   3: shop::main
             at ./src/main.rs:8:5
note: Some details are omitted, run with \`RUST_BACKTRACE=full\` for a verbose backtrace.
this is not part of it
`;

describe('a Rust panic', () => {
  it('has its message and the frames of its backtrace', () => {
    const trace = readTrace(PANIC);
    assert.equal(trace?.format, 'rust');
    assert.deepEqual(
      [trace.kind, trace.message],
      ['panic', 'index out of bounds: the len is 3\nbut the index is 5'],
    );
    assert.deepEqual(
      trace.exceptions[0]?.frames.map((frame) => [frame.function, frame.file, frame.line, frame.inApp]),
      [
        ['rust_begin_unwind', '/rustc/90b35a623/library/std/src/panicking.rs', 665, false],
        ['core::panicking::panic_fmt', '/rustc/90b35a623/library/core/src/panicking.rs', 74, false],
        ['<shop::Order as shop::Priced>::price', './src/order.rs', 4, null],
        ['shop::main', './src/main.rs', 8, null],
      ],
    );
  });

  it('without a backtrace has the place', () => {
    for (const text of [
      "thread 'main' (4711) panicked at src/main.rs:4:5:\nboom\nnote: run with `RUST_BACKTRACE=1`",
      // Before Rust 1.73.
      "thread '<unnamed>' panicked at 'boom', src/main.rs:4:5\nnote: run with `RUST_BACKTRACE=1`",
    ]) {
      const { message, exceptions } = parseRustTrace(text);
      assert.deepEqual(
        [message, exceptions[0]?.frames.map(({ file, line, column }) => [file, line, column])],
        ['boom', [['src/main.rs', 4, 5]]],
      );
    }
  });

  it('that made another one fail stands first', () => {
    const { exceptions } = parseRustTrace(
      "thread 'worker' panicked at src/a.rs:1:1:\nfirst\nthread 'main' panicked at src/b.rs:2:2:\nsecond\nfatal runtime error: failed to initiate panic",
    );
    assert.deepEqual(
      exceptions.map(({ message, link }) => [message, link]),
      [
        ['first', 'cause'],
        ['second', 'thrown'],
      ],
    );
  });
});
