// One small trace of each language, with what must be read from it.
import type { TraceFormat } from '../../../src/formats/trace/trace.ts';

/** A trace and its answer. */
export interface LanguageSample {
  readonly text: string;
  readonly kind: string;
  readonly message: string;
  /** Class, function and line of the innermost frame. */
  readonly frame: readonly [owner: string | null, called: string | null, line: number | null];
}

export const LANGUAGE_SAMPLES: Readonly<Record<TraceFormat, LanguageSample>> = {
  go: {
    text: 'panic: x\n\ngoroutine 1 [running]:\nmain.total(0x1)\n\t/a/cart.go:3 +0x1\nmain.main()\n\t/a/main.go:9 +0x1\n',
    kind: 'panic',
    message: 'x',
    frame: [null, 'total', 3],
  },
  java: {
    text: 'java.lang.Error: x\n\tat a.b.C.d(C.java:3)\n\tat java.base/java.lang.Thread.run(Thread.java:840)\n',
    kind: 'java.lang.Error',
    message: 'x',
    frame: ['C', 'd', 3],
  },
  javascript: {
    text: 'TypeError: x\n    at f (http://h/a.js:1:2)\n    at http://h/a.js:3:4\n',
    kind: 'TypeError',
    message: 'x',
    frame: [null, 'f', 1],
  },
  python: {
    text: 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\nValueError: x\n',
    kind: 'ValueError',
    message: 'x',
    frame: [null, 'f', 1],
  },
  php: {
    text: "PHP Fatal error:  Uncaught Exception: x in /a.php:3\nStack trace:\n#0 /a.php(9): f('1')\n#1 {main}\n  thrown in /a.php on line 3\n",
    kind: 'Exception',
    message: 'x',
    frame: [null, 'f', 3],
  },
  ruby: {
    text: "a.rb:1:in `f': x (RuntimeError)\n\tfrom a.rb:2:in `<main>'\n",
    kind: 'RuntimeError',
    message: 'x',
    frame: [null, 'f', 1],
  },
  dotnet: {
    text: 'Unhandled exception. System.Exception: x\n   at A.B.C(String s) in /a/B.cs:line 3\n   at A.Main()\n',
    kind: 'System.Exception',
    message: 'x',
    frame: ['B', 'C', 3],
  },
  rust: {
    text: "thread 'main' panicked at src/main.rs:4:5:\nx\nnote: run with `RUST_BACKTRACE=1`\n",
    kind: 'panic',
    message: 'x',
    frame: [null, null, 4],
  },
  'c++': {
    text: "terminate called after throwing an instance of 'shop::Error'\n  what():  x\nAborted (core dumped)\n",
    kind: 'shop::Error',
    message: 'x',
    frame: [null, null, null],
  },
  dart: {
    text: 'Unhandled exception:\nx\n#0      Cart.total (package:shop/cart.dart:12:5)\n#1      main (file:///srv/bin/main.dart:3:1)\n',
    kind: 'unhandled exception',
    message: 'x',
    frame: [null, 'Cart.total', 12],
  },
  elixir: {
    text: '** (ArithmeticError) x\n    (shop 0.1.0) lib/shop/cart.ex:12: Shop.Cart.total/1\n    (elixir 1.16.0) lib/enum.ex:1: Enum.map/2\n',
    kind: 'ArithmeticError',
    message: 'x',
    frame: ['Shop.Cart', 'total', 12],
  },
  perl: {
    text: 'x at lib/Shop/Cart.pm line 12.\n\tShop::Cart::total(Shop::Cart=HASH(0x1)) called at bin/shop.pl line 3\n',
    kind: 'die',
    message: 'x',
    frame: [null, 'Shop::Cart::total', 12],
  },
  lua: {
    text: "lua: cart.lua:12: x\nstack traceback:\n\tcart.lua:12: in function 'total'\n\tmain.lua:3: in main chunk\n\t[C]: in ?\n",
    kind: 'error',
    message: 'x',
    frame: [null, 'total', 12],
  },
  haskell: {
    text: 'shop: x\nCallStack (from HasCallStack):\n  error, called at src/Cart.hs:12:5 in shop-0.1-inplace:Shop.Cart\n  total, called at app/Main.hs:3:1 in main:Main\n',
    kind: 'error',
    message: 'x',
    frame: ['Shop.Cart', 'total', 12],
  },
  r: {
    text: 'Error in total(cart) : x\nCalls: main -> total\nExecution halted\n',
    kind: 'Error',
    message: 'x',
    frame: [null, 'total', null],
  },
  julia: {
    text: 'ERROR: ArgumentError: x\nStacktrace:\n [1] total(cart::Vector{Int64})\n   @ Shop /srv/shop/src/cart.jl:12\n [2] top-level scope\n   @ /srv/shop/main.jl:3\n',
    kind: 'ArgumentError',
    message: 'x',
    frame: [null, 'total', 12],
  },
  native: {
    text: 'Program received signal SIGSEGV, x.\n#0  0x0000000000401136 in shop::Cart::total (this=0x0) at cart.cc:12\n#1  0x0000000000401156 in main () at main.cc:3\n',
    kind: 'SIGSEGV',
    message: 'x',
    frame: [null, 'shop::Cart::total', 12],
  },
};
