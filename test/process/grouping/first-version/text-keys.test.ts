// Texts that version 1 read otherwise than they are read now: the keys that it gave them, taken from it, still lead to their bugs.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crashOfText } from '../../../../bench/grouping/crash-of-text.ts';

const GIVEN: readonly (readonly [name: string, key: string, text: string])[] = [
  [
    'a log line before a trace of Java',
    'Tb595e0287f7c96d7dc48f8e3468863ce26624ef8',
    'WARN: slow disk\njava.lang.IllegalStateException: full\n\tat ferry.Dock.land(Dock.java:12)\n\tat ferry.Main.main(Main.java:3)\n',
  ],
  [
    "Android's words before an exception",
    'Tfdd08e812014cb1167c6e206b46b1dfe90b8d616',
    'FATAL EXCEPTION: main\nProcess: org.example.ferry, PID: 4711\njava.lang.IllegalStateException: full\n\tat ferry.Dock.land(Dock.java:12)\n',
  ],
  [
    'two traces of Java',
    'Ta3e737c62c026366dd568fc9d2b61c59a47fcb73',
    'java.io.IOException: torn\n\tat ferry.Rope.pull(Rope.java:5)\njava.lang.IllegalStateException: full\n\tat ferry.Dock.land(Dock.java:12)\n',
  ],
  [
    'a message of Jackson',
    'Tf80ad84a60ed37889e2ab189b0c2e27998f5f5a8',
    'com.fasterxml.jackson.core.JsonParseException: Unexpected character\n at [Source: (String)"{"; line: 1, column: 2]\n\tat ferry.Dock.read(Dock.java:12)\n',
  ],
  [
    'words of the C library',
    'T1b11bd78bb2034ebe9cad85f2850939e4feba275',
    '*** stack smashing detected ***: terminated\nAborted (core dumped)\n',
  ],
  [
    'a warning before the words of a sanitizer',
    'T8d851b9b8c8564c3dc7f25856f65e913a83139af',
    'Warning: flag\n==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x51c3ab\nREAD of size 8\n    #0 0x51c3ab in ferry::Dock::land(int) /src/dock.cc:7:3\n    #1 0x51c3ac in main /src/main.cc:3:1\n',
  ],
  [
    'an assertion before a trap',
    'T169f2002a96529c86657d83f6279268259a6b2fc',
    "dock: dock.cc:7: void ferry::land(int): Assertion `room > 0' failed.\nAborted\n",
  ],
  [
    'a panic of Rust without symbols',
    'T384001f7d1bff37054491195311782f2ece679f4',
    "thread 'main' panicked at src/dock.rs:7:9:\nfull\nstack backtrace:\n   0: <unknown>\n   1: <unknown>\n",
  ],
  [
    'two panics of Rust',
    'Tb04ee383db15534ed8a0a1e2ca401b7fe7f696c8',
    "thread 'main' panicked at src/dock.rs:7:9:\nfull\nnote: run with `RUST_BACKTRACE=1`\nthread 'main' panicked at src/rope.rs:3:9:\ntorn\n",
  ],
  [
    'an error of Node with properties',
    'T865374c21be19b06df1dbf813230ff9e5cab28e5',
    "Error: ENOENT: no such file or directory, open '/srv/ferry/plan'\n    at Object.openSync (node:fs:601:3)\n    at land (/srv/ferry/dock.js:7:9) {\n  errno: -2,\n  code: 'ENOENT'\n}\n",
  ],
  [
    'a script of another site',
    'T3f1cdd5f30e02c9e84edc760027143c05c382768',
    'Script error.\n    at https://ferry.example.org/dock.js:0:0\n',
  ],
  [
    'a log of Rails',
    'T32bdda2c6a4d522eeeb7bdc88a1cd2ca132af76b',
    "  \nNoMethodError (undefined method `land' for nil:NilClass):\n  \nactivesupport (7.0.1) lib/active_support/callbacks.rb:118:in `block'\napp/models/dock.rb:7:in `land'\n",
  ],
  [
    'a panic of Go behind the output of its program',
    'G255fbd7b6f90aee48297909235fd9b835d1d9dd9',
    'ferry 1.2 starts\nlistening\npanic: full\n\ngoroutine 1 [running]:\nexample.org/ferry/dock.Land(0x1)\n\t/src/dock/dock.go:7 +0x1d\nmain.main()\n\t/src/main.go:3 +0x25\n',
  ],
  [
    'a trace of .NET in a log',
    'Ta5b36dd002206cfca963ae15d0769edeaaf08663',
    'fail: Ferry.Dock[0]\n      landing failed\nSystem.InvalidOperationException: full\n   at Ferry.Dock.Land() in C:\\src\\Dock.cs:line 7\n   at Ferry.Program.Main() in C:\\src\\Program.cs:line 3\n',
  ],
];

describe('the key that version 1 gave to a text', () => {
  for (const [name, key, text] of GIVEN) {
    it(`stays an alias: ${name}`, async () => {
      const { grouping } = await crashOfText(text);
      assert.notEqual(grouping.source, 'unprocessable');
      assert.ok(grouping.aliases?.includes(key), `${key} is not among ${String(grouping.aliases)}`);
    });
  }
});
