// Whatever `mayday watch` starts on, the server reads: each pattern has a crash that begins with it, which goes through the detector and
// then through the processing of the server.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { CrashDetector } from '../../../src/client/monitor/crash-detector.ts';
import { CRASH_PATTERNS } from '../../../src/client/monitor/crash-patterns.ts';
import { LineSplitter } from '../../../src/client/monitor/output-line-splitter.ts';
import { processReport } from '../../../src/process/pipeline.ts';
import { NO_RULES, productSettings } from '../../../src/process/product-settings.ts';
import { REPORT_SCHEMA } from '../../../src/report/report.ts';
import { SHARED_ABSENT, sharedData } from '../../shared-data.ts';

const PRODUCT = productSettings(NO_RULES);

/** What the detector takes for the last crash of an output, and the pattern's language. */
function detected(
  output: string,
  stream: 'stderr' | 'stdout' = 'stderr',
): { language: string; text: string } {
  const seen = { language: '', text: '' };
  const detector = new CrashDetector(
    {
      begin(_kind, language) {
        seen.language = language;
        seen.text = '';
      },
      line(line) {
        seen.text += line.toString();
      },
    },
    [],
    stream,
  );
  const splitter = new LineSplitter((line) => detector.write(line));
  splitter.write(Buffer.from(output));
  splitter.end();
  return seen;
}

/** Kind and title that the server gives to a log with this trace. */
async function onServer(trace: string): Promise<string> {
  const bytes = Buffer.from(`till v1.2.0 "" (unknown linux-amd64)\nPanic at 2026-03-04T05:06:07Z\n${trace}`);
  const report = {
    schema: REPORT_SCHEMA,
    crashId: '00000000-0000-4000-8000-000000260304',
    protocol: 'syncthing',
    account: 'default',
    product: 'till',
    version: '1.2.0',
    platform: null,
    receivedAt: Date.UTC(2026, 2, 4),
    annotations: [],
    notes: [],
    payloadKind: 'text',
    encoding: 'identity',
    bodyBytes: bytes.length,
    userAgent: null,
    clientHash: null,
    throttle: { rule: 'accept_all', action: 'accept' },
    installation: null,
    token: null,
    state: 'queued',
    attachments: [
      {
        name: 'report.txt',
        kind: 'payload',
        filename: null,
        contentType: null,
        size: bytes.length,
        sha256: '0'.repeat(64),
      },
    ],
  } as const;
  const parts = new Map([['report.txt', bytes]]);
  const { status, problem, crashes } = await processReport(
    { report, parts },
    { product: PRODUCT, processor: 'test', now: () => 0 },
  );
  return status === 'processed' ? (crashes[0]?.signature ?? '') : `not processed: ${problem ?? ''}`;
}

/** A crash for each pattern, in its order: the output, and what the server calls it. */
const CRASHES: readonly (readonly [output: string, title: string])[] = [
  ['panic: no till\n\ngoroutine 1 [running]:\nmain.open(0x1)\n\t/src/till.go:3 +0x1\n', 'panic: main.open'],
  [
    'SIGSEGV: segmentation violation\nPC=0x46b8a1 m=0 sigcode=1\n\ngoroutine 1 [running]:\nmain.open(0x1)\n\t/src/till.go:3 +0x1\n',
    'SIGSEGV: main.open',
  ],
  [
    'opening 80%panic: no till\n\ngoroutine 1 [running]:\nmain.open(0x1)\n\t/src/till.go:3 +0x1\n',
    'panic: main.open',
  ],
  [
    'Fatal Python error: Segmentation fault\n\nCurrent thread 0x00007f (most recent call first):\n  File "/srv/till.py", line 3 in open_till\n',
    'Fatal Python error: till.open_till',
  ],
  [
    'Exception in thread Thread-1 (work):\nTraceback (most recent call last):\n  File "/srv/till.py", line 3, in open_till\n    x\nKeyError: 1\n',
    'KeyError: till.open_till',
  ],
  [
    'Traceback (most recent call last):\n  File "/srv/till.py", line 3, in open_till\n    x\nKeyError: 1\n',
    'KeyError: till.open_till',
  ],
  [
    '  File "/srv/till.py", line 3\n    f(\n     ^\nSyntaxError: \'(\' was never closed\n',
    'SyntaxError: till',
  ],
  [
    'Exception in thread "main" java.lang.IllegalStateException: closed\n\tat shop.Till.open(Till.java:3)\n',
    'java.lang.IllegalStateException: shop.Till.open',
  ],
  [
    '# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV (0xb) at pc=0x00007f01, pid=7, tid=8\n#\n# Problematic frame:\n# C  [libtill.so+0xa1b2]  till::open()+0x12\n',
    'SIGSEGV: till::open',
  ],
  [
    'Exception: java.lang.OutOfMemoryError thrown from the UncaughtExceptionHandler in thread "main"\n',
    'java.lang.OutOfMemoryError',
  ],
  [
    "/srv/till.js:4\n  throw new TypeError('closed');\n  ^\n\nTypeError: closed\n    at open (/srv/till.js:4:9)\n\nNode.js v24.1.0\n",
    'TypeError: open (till.js)',
  ],
  [
    'error: Uncaught (in promise) TypeError: closed\n    at open (file:///srv/till.ts:4:9)\n',
    'TypeError: open (till.ts)',
  ],
  [
    '<--- Last few GCs --->\n\n[7:0x1]    3 ms: Mark-Compact 1.0 (2.0) -> 1.0 (2.0) MB\n\n<--- JS stacktrace --->\n\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n----- Native stack trace -----\n\n 1: 0xb7a940 node::Abort() [node]\n',
    'out of memory: Reached heap limit Allocation failed - JavaScript heap out of memory',
  ],
  ['# Fatal error in , line 0\n# unreachable code\n#\n', 'fatal error: unreachable code'],
  ["thread 'main' (7) panicked at src/till.rs:3:5:\nclosed\n", 'panic: closed (till.rs)'],
  ['memory allocation of 1024 bytes failed\n', 'fatal runtime error: memory allocation of 1024 bytes failed'],
  [
    'Unhandled exception. System.InvalidOperationException: closed\n   at Shop.Till.Open() in /src/Till.cs:line 3\n',
    'System.InvalidOperationException: Shop.Till.Open',
  ],
  ['Stack overflow.\n   at Shop.Till.Open()\n   at Shop.Till.Open()\n', 'Stack overflow: Shop.Till.Open'],
  [
    '/srv/till.rb:3: [BUG] Segmentation fault at 0x0000000000000000\nruby 3.3.0\n\n-- Control frame information ---\nc:0001 p:0000 s:0003 E:0 (none) [FINISH]\n',
    'Segmentation fault: (till.rb)',
  ],
  [
    "#<Thread:0x01 /srv/till.rb:1 run> terminated with exception (report_on_exception is true):\n/srv/till.rb:3:in `open': closed (IOError)\n",
    'IOError: open (till.rb)',
  ],
  [
    "/srv/till.rb:3:in `open': closed (IOError)\n\tfrom /srv/till.rb:9:in `<main>'\n",
    'IOError: open (till.rb)',
  ],
  [
    "terminate called after throwing an instance of 'shop::Closed'\n  what():  closed\n",
    'shop::Closed: closed',
  ],
  ['libc++abi: terminating due to uncaught exception of type shop::Closed: closed\n', 'shop::Closed: closed'],
  ["till: till.cc:3: void open(): Assertion `is_open' failed.\n", 'assertion failed: open'],
  ['*** stack smashing detected ***: terminated\n', 'stack smashing detected'],
  ['double free or corruption (fasttop)\n', 'double free or corruption (fasttop)'],
  [
    '==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010\nREAD of size 4 at 0x602000000010 thread T0\n    #0 0x1 in till::open() /src/till.cc:3:1\n',
    'heap-use-after-free: till::open',
  ],
  [
    'PHP Fatal error:  Uncaught LogicException: closed in /srv/till.php:3\nStack trace:\n#0 /srv/main.php(9): open_till()\n#1 {main}\n  thrown in /srv/till.php on line 3\n',
    'LogicException: open_till',
  ],
];

describe('a crash that the monitor starts on is read by the server', () => {
  test('for each pattern', () => assert.equal(CRASHES.length, CRASH_PATTERNS.length));

  for (const [index, [output, title]] of CRASHES.entries()) {
    const pattern = CRASH_PATTERNS[index];
    test(`of ${pattern?.language ?? ''}: ${output.slice(0, 40).replaceAll('\n', ' ')}`, async () => {
      const { language, text } = detected(`one\ntwo\n${output}`);
      assert.equal(language, pattern?.language);
      assert.ok(output.endsWith(text), text);
      assert.equal(await onServer(text), title);
    });
    if (pattern?.unfinished !== undefined)
      test(`of ${pattern.language} behind an unfinished line`, async () => {
        const { language, text } = detected(`one\nloading 20%\rloading 40%${output}`);
        assert.equal(language, pattern.language);
        assert.equal(await onServer(text), title);
      });
    if (pattern?.stdout === true)
      test(`of ${pattern.language} on standard output`, async () =>
        assert.equal(await onServer(detected(`one\n${output}`, 'stdout').text), title));
  }
});

describe('a log of another machine', () => {
  const intake = sharedData('cases', 'intake');
  for (const [name, title] of [
    ['node-throw-string.panic.log', /^thrown value: just a string/],
    ['node-enoent.panic.log', /^Error: /],
  ] as const)
    test(`${name} is read`, { skip: intake === null ? SHARED_ABSENT : false }, async () => {
      const log = readFileSync(`${intake ?? ''}/${name}`, 'utf8');
      assert.match(await onServer(log.replace(/^[^]*?\nPanic at .*\n/, '')), title);
    });
});
