// From reports of every protocol to processed reports.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { processReport } from '../../src/process/pipeline.ts';
import { productSettings, NO_RULES } from '../../src/process/product-settings.ts';
import type { ProcessedReport } from '../../src/report/processed-report.ts';
import { PROTOCOLS, type AttachmentKind } from '../../src/report/report.ts';
import { dumpOf } from '../formats/minidump/parsed.ts';
import { NOON } from '../store/conformance/report-builder.ts';
import { crashKitReport, occurrence, optionsWith, reportOf } from './report-of.ts';

const JAVA = `java.lang.RuntimeException: outer
\tat android.os.Looper.loop(Looper.java:9)
Caused by: shop.CartError: empty
\tat shop.Cart.total(Cart.java:12)
\t... 1 more`;

const GO = `shopd v1.2.0 "Till" (go1.25.0 linux-amd64) build@host 2026-01-02 03:04:05 UTC
Panic at 2026-03-14T12:00:00Z
panic: index out of range [5] with length 3

goroutine 7 [running]:
example.org/shop/cart.(*Cart).Total(0xc000012345)
\t/src/cart.go:42 +0x1d
created by main.main in goroutine 1
\t/src/main.go:9 +0x33

goroutine 1 [chan receive, 2 minutes]:
main.main()
\t/src/main.go:10 +0x44
`;

function dumpBytes(): Uint8Array {
  const builder = dumpOf();
  const context = builder.amd64({ rip: 0x40_1000n });
  return builder
    .modules({ base: 0x40_0000n, size: 0x10000, name: '/opt/shop/till' })
    .threads({ id: 77, context })
    .exception({ threadId: 77, code: 11, flags: 1, context })
    .build();
}

function unprocessable({ status, problem, crashes }: ProcessedReport): readonly unknown[] {
  return [status, problem, crashes[0]?.signature, crashes[0]?.grouping.source];
}

describe('a dump that was packed on its way', () => {
  const signatureOf = async (dump: Uint8Array): Promise<readonly unknown[]> => {
    const input = reportOf({}, { upload_file_minidump: ['minidump', dump] }, { prod: 'Till' });
    const processed = await processReport(input, optionsWith());
    return [
      processed.status,
      processed.crashes[0]?.signature,
      processed.notes.filter((note) => /sent as/.test(note)),
    ];
  };

  it('has the same signature, and a note', async () => {
    const [status, signature] = await signatureOf(dumpBytes());
    assert.equal(status, 'processed');
    assert.deepEqual(await signatureOf(gzipSync(dumpBytes())), [
      status,
      signature,
      ['upload_file_minidump was sent as gzip and is read unpacked.'],
    ]);
  });
});

describe('a CrashKit report', () => {
  // Holds: ck1-ownership
  it('is named by a frame that its ownership rules know, never by one that no rule matches', async () => {
    const frames = [
      { module: 'unknown.helper', method: 'first', line: 1 },
      { absolute_file: '/srv/app/x.py', module: 'app.x', method: 'second', line: 2 },
    ];
    const signatures = async (ownership: unknown): Promise<readonly unknown[]> => {
      const body = {
        language: 'python',
        stacktrace: [{ kind: 'E', message: 'm', locations: frames }],
        ownership,
      };
      const processed = await processReport(crashKitReport([body], { protocol: 'crashkit1' }), optionsWith());
      return processed.crashes.map(({ signature, exceptions }) => [
        signature,
        exceptions[0]?.frames.map(({ inApp }) => inApp),
      ]);
    };
    const owned = { paths: [{ absolute_path: '/srv/app', kind: 'application' }] };
    assert.deepEqual(await signatures(owned), [['E: x.second', [false, true]]]);
    // Rules that match nothing say that nothing is the application's; no rules say nothing.
    const elsewhere = { paths: [{ absolute_path: '/opt', kind: 'application' }] };
    assert.deepEqual(await signatures(elsewhere), [['E: helper.first', [false, false]]]);
    assert.deepEqual(await signatures({}), [['E: helper.first', [null, null]]]);
  });

  it('has a crash for each occurrence, and equal ones are added up', async () => {
    const other = occurrence({ exceptions: [{ name: 'Other', message: '', locations: [] }] });
    const processed = await processReport(
      crashKitReport([occurrence({ count: 2 }), other, occurrence({ count: 3 })]),
      optionsWith(),
    );
    assert.deepEqual(
      processed.crashes.map(({ signature, count }) => [signature, count]),
      [
        ['IllegalState: shop.Cart.total', 5],
        ['Other', 1],
      ],
    );
  });

  it('keeps what it can read and notes the rest', async () => {
    const processed = await processReport(crashKitReport([occurrence(), 7, {}]), optionsWith());
    assert.equal(processed.crashes.length, 1);
    assert.deepEqual(processed.notes, ['occurrence 2 is not an object', 'occurrence 3 holds no exception']);
  });

  it('counts on the day that the client named, but never in the future', async () => {
    const days = await processReport(
      crashKitReport([
        occurrence({ date: '2026-03-10' }),
        occurrence({ date: '2030-01-01', role: 'x' }),
        occurrence({ role: 'y' }),
        occurrence({ date: '2025-02-06', role: 'z' }),
        occurrence({ date: '2025-02-07', role: 'zz' }),
      ]),
      optionsWith(),
    );
    assert.deepEqual(
      days.crashes.map(({ day }) => day),
      ['2026-03-10', '2026-03-14', '2026-03-14', '2026-03-14', '2025-02-07'],
    );
    assert.deepEqual(days.notes, [
      'date: 2030-01-01 lies in the future; the day of arrival counts',
      'date: 2025-02-06 lies more than 400 days before the report came; the day of arrival counts',
    ]);
  });

  // Holds: ck-env
  it('hides what may be private in the environment, and shows the rest', async () => {
    const env = { os_name: 'Linux', java_version: '21', HTTP_COOKIE: 'secret', home: '/home/ada' };
    const { crashes, os } = await processReport(crashKitReport([occurrence({ env })]), optionsWith());
    const shown = crashes[0]?.sections.filter((section) => !section.protected) ?? [];
    assert.deepEqual(shown, [
      {
        name: 'environment',
        protected: false,
        values: [
          ['os_name', 'Linux'],
          ['java_version', '21'],
        ],
      },
    ]);
    assert.ok(JSON.stringify(crashes[0]?.sections).includes('secret'));
    assert.equal(os, 'Linux');
  });

  it('marks frames as the program has claimed them', async () => {
    const locations = [
      { package: 'a', class: 'A', method: 'x', line: 1, claimed: false },
      { package: 'b', class: 'B', method: 'y', line: 2, claimed: true },
      { package: 'c', method: 'z', line: 3 },
    ];
    const { crashes } = await processReport(
      crashKitReport([occurrence({ exceptions: [{ name: 'E', message: '', locations }] })]),
      optionsWith(),
    );
    assert.deepEqual(
      crashes[0]?.exceptions[0]?.frames.map((frame) => [frame.class, frame.function, frame.inApp]),
      [
        ['A', 'x', false],
        ['B', 'y', true],
        [null, 'z', null],
      ],
    );
    assert.equal(crashes[0]?.signature, 'E: b.B.y');
  });

  it("goes by the product's own list of uninteresting packages", async () => {
    const input = crashKitReport([occurrence()]);
    const { crashes } = await processReport(input, optionsWith({ uninterestingPackages: ['shop'] }));
    assert.equal(crashes[0]?.signature, 'IllegalState: java.util.List.get');
  });

  it('that is not JSON cannot be processed, and the reason does not depend on its text', async () => {
    const keys = new Set<string>();
    for (const body of ['{', '<html>', '[1,', 'nonsense']) {
      const processed = await processReport(crashKitReport(body), optionsWith());
      assert.equal(processed.status, 'unprocessable');
      assert.match(processed.problem ?? '', /^the payload is not JSON: ./);
      assert.equal(processed.crashes[0]?.signature, 'could not be processed: the payload is not JSON');
      keys.add(processed.crashes[0]?.grouping.key ?? '');
    }
    assert.equal(keys.size, 1);
  });
});

describe('a Go panic log', () => {
  // Holds: panic-at, backtrace
  it('has its message, frames, goroutines and system', async () => {
    const input = reportOf(
      { protocol: 'syncthing', payloadKind: 'text', version: null, platform: null },
      { 'report.txt': ['payload', GO] },
    );
    const processed = await processReport(input, optionsWith());
    const [crash] = processed.crashes;
    assert.equal(crash?.kind, 'go');
    assert.equal(crash?.signature, 'runtime error: index out of range: example.org/shop/cart.(Cart).Total');
    assert.equal(crash?.message, 'index out of range [5] with length 3');
    assert.deepEqual(
      crash?.threads.map(({ name, state, crashed }) => [name, state, crashed]),
      [
        ['goroutine 7', 'running', true],
        ['goroutine 1', 'chan receive, 2 minutes', false],
      ],
    );
    assert.equal(crash?.grouping.source, 'stack');
    assert.deepEqual(
      [processed.version, processed.platform, processed.os, processed.cpu],
      ['v1.2.0', 'linux-amd64', 'linux', 'amd64'],
    );
  });

  it('groups by the cleaned message', async () => {
    const keyOf = async (text: string): Promise<string | undefined> => {
      const input = reportOf(
        { protocol: 'syncthing', payloadKind: 'text' },
        { 'report.txt': ['payload', text] },
      );
      return (await processReport(input, optionsWith())).crashes[0]?.grouping.key;
    };
    const key = await keyOf(GO);
    assert.equal(await keyOf(GO.replace('[5] with length 3', '[6] with length 4')), key);
    assert.notEqual(await keyOf(GO.replace('index out of range [5] with length 3', 'boom')), key);
  });

  it('of a program in another language is a crash of that language', async () => {
    const text = `tool v2.1.0 "tool 2.1.0" (unknown linux-amd64)
Panic at 2026-03-01T12:00:00Z
Traceback (most recent call last):
  File "/srv/tool/main.py", line 7, in run
    work()
KeyError: 'lost'
`;
    const input = reportOf(
      { protocol: 'syncthing', payloadKind: 'text' },
      { 'report.txt': ['payload', text] },
    );
    const processed = await processReport(input, optionsWith());
    const [crash] = processed.crashes;
    assert.deepEqual([crash?.kind, crash?.reason, crash?.message], ['python', 'KeyError', "'lost'"]);
  });

  for (const [what, trace, signature, kind] of [
    [
      'Rust',
      "thread 'main' panicked at src/order.rs:4:5:\nlost\nstack backtrace:\n   0: rust_begin_unwind\n             at /rustc/90b3/library/std/src/panicking.rs:665:5\n   1: shop::order::price\n             at ./src/order.rs:4:5\n",
      'panic: shop::order::price',
      'native',
    ],
    [
      'Rust, without a backtrace',
      "thread 'main' panicked at src/order.rs:4:5:\nlost\n",
      'panic: lost (order.rs)',
      'native',
    ],
    [
      'C++',
      "terminate called after throwing an instance of 'std::runtime_error'\n  what():  lost\n[ended by SIGABRT: aborted]\n",
      'std::runtime_error: lost',
      'native',
    ],
  ] as const) {
    it(`of a program in ${what} is named by what it says`, async () => {
      const text = `tool v2.1.0 "tool 2.1.0" (unknown linux-amd64)\nPanic at 2026-03-01T12:00:00Z\n${trace}`;
      const input = reportOf(
        { protocol: 'syncthing', payloadKind: 'text' },
        { 'report.txt': ['payload', text] },
      );
      const [crash] = (await processReport(input, optionsWith())).crashes;
      assert.deepEqual([crash?.signature, crash?.kind], [signature, kind]);
    });
  }

  it('of failures has the goroutines, also behind the prefixes of a log', async () => {
    const stack = 'goroutine 7 [running]:\nmain.open(0x1)\n\t/src/till.go:3 +0x1\n';
    for (const goroutines of [stack, stack.replaceAll(/^/gm, '2026-03-14 12:00:00 till[7]: ')]) {
      const failures = JSON.stringify([{ description: 'too slow', goroutines }]);
      const { crashes } = await processReport(
        reportOf({ protocol: 'syncthing', payloadKind: 'json' }, { 'payload.json': ['payload', failures] }),
        optionsWith(),
      );
      assert.equal(crashes[0]?.signature, 'too slow');
      assert.ok(crashes[0]?.threads.some(({ frames }) => frames.some((frame) => frame.function === 'open')));
    }
  });

  it('of failures has a crash for each, with its count', async () => {
    const failures = [
      { description: 'loop in folder', goroutines: '', count: 4, version: 'v1', extra: { folder: 'x' } },
      { description: 'other', count: 1 },
    ];
    const processed = await processReport(
      reportOf(
        { protocol: 'syncthing', payloadKind: 'json' },
        { 'payload.json': ['payload', JSON.stringify(failures)] },
      ),
      optionsWith(),
    );
    assert.deepEqual(
      processed.crashes.map(({ signature, count }) => [signature, count]),
      [
        ['loop in folder', 4],
        ['other', 1],
      ],
    );
  });
});

describe('a form', () => {
  it('with a minidump is a native crash', async () => {
    const processed = await processReport(
      reportOf(
        { version: null, platform: null },
        { upload_file_minidump: ['minidump', dumpBytes()] },
        { ProductName: 'Till', Version: '3', BuildID: '20260301', ProcessType: 'gpu', Theme: 'dark' },
      ),
      optionsWith(),
    );
    const [crash] = processed.crashes;
    assert.equal(crash?.kind, 'native');
    assert.equal(crash?.signature, 'till@0x1000');
    assert.equal(crash?.reason, 'SIGSEGV / SEGV_MAPERR');
    assert.equal(crash?.context, 'gpu');
    const [frame] = crash?.exceptions[0]?.frames ?? [];
    assert.deepEqual(
      [frame?.module, frame?.moduleOffset?.replace(/^0x0*/, '0x'), frame?.inApp, frame?.trust],
      ['till', '0x1000', true, 'context'],
    );
    assert.deepEqual(
      [processed.version, processed.os, processed.cpu, processed.buildId, processed.processType],
      ['3', 'Linux', 'amd64', '20260301', 'gpu'],
    );
    assert.deepEqual(Object.keys(processed.minidumps), ['upload_file_minidump']);
    assert.ok(processed.crashReportKeys.includes('Theme'));
    assert.ok(!processed.crashReportKeys.includes('uuid'));
    assert.ok(crash?.sections.some(({ name, values }) => name === 'annotations' && values.length === 5));
  });

  // Holds: dump-crashing
  it('with further minidumps keeps them all, and the crashed process decides', async () => {
    const processed = await processReport(
      reportOf(
        {},
        {
          upload_file_minidump_gpu: ['minidump', 'no dump'],
          upload_file_minidump: ['minidump', dumpBytes()],
        },
      ),
      optionsWith(),
    );
    assert.deepEqual(Object.keys(processed.minidumps), ['upload_file_minidump', 'upload_file_minidump_gpu']);
    assert.equal(processed.crashes[0]?.signature, 'till@0x1000');
  });

  it('with something else in the place of the minidump cannot be processed', async () => {
    const processed = await processReport(
      reportOf({}, { upload_file_minidump: ['minidump', '<html>'] }),
      optionsWith(),
    );
    assert.deepEqual(unprocessable(processed), [
      'unprocessable',
      'the file sent as a minidump is none: the file is HTML or XML, not a minidump',
      'could not be processed: the file sent as a minidump is none',
      'unprocessable',
    ]);
  });

  it('with a Java trace is named by its root cause', async () => {
    const { crashes, notes } = await processReport(reportOf({}, {}, { JavaStackTrace: JAVA }), optionsWith());
    assert.equal(crashes[0]?.signature, 'shop.CartError: shop.Cart.total');
    assert.deepEqual(
      crashes[0]?.exceptions.map(({ kind }) => kind),
      ['shop.CartError', 'java.lang.RuntimeException'],
    );
    assert.equal(crashes[0]?.message, 'empty\nouter');
    assert.deepEqual(notes, []);
  });

  it('with a Java trace is named as Socorro does where the product wants that', async () => {
    const { crashes } = await processReport(
      reportOf({}, {}, { JavaStackTrace: JAVA }),
      optionsWith({ signatureMode: 'socorro' }),
    );
    assert.equal(crashes[0]?.signature, 'java.lang.RuntimeException: at android.os.Looper.loop(Looper.java)');
  });

  it('with a structured Java exception has its frames', async () => {
    const exception = {
      exception: {
        values: [
          {
            stacktrace: {
              module: 'shop',
              type: 'CartError',
              value: 'empty',
              frames: [
                { module: 'shop.Cart', function: 'total', filename: 'Cart.java', lineno: 12, in_app: true },
              ],
            },
          },
        ],
      },
    };
    const { crashes } = await processReport(
      reportOf({}, {}, { JavaException: JSON.stringify(exception) }),
      optionsWith(),
    );
    assert.equal(crashes[0]?.signature, 'shop.CartError: shop.Cart.total');
    assert.equal(crashes[0]?.exceptions[0]?.frames[0]?.line, 12);
  });

  it('with a trace of any language in an annotation or a text file is read', async () => {
    const python = `Traceback (most recent call last):\n  File "/app/till.py", line 3, in total\n    x()\nValueError: empty\n`;
    const inAnnotation = await processReport(reportOf({}, {}, { what: python }), optionsWith());
    const inFile = await processReport(reportOf({}, { 'till.log': ['file', python] }), optionsWith());
    for (const { crashes } of [inAnnotation, inFile]) {
      assert.equal(crashes[0]?.kind, 'python');
      assert.equal(crashes[0]?.signature, 'ValueError: till.total');
    }
  });

  it('with nothing but an abort message is named by it', async () => {
    const { crashes } = await processReport(
      reportOf({}, {}, { AbortMessage: '###!!! ABORT: till is open: file /till.cpp, line 3' }),
      optionsWith(),
    );
    assert.match(crashes[0]?.signature ?? '', /^Abort \| till is open/);
  });

  it('with nothing to go by cannot be processed', async () => {
    const processed = await processReport(reportOf({}, {}, { Theme: 'dark' }), optionsWith());
    assert.deepEqual(unprocessable(processed), [
      'unprocessable',
      'the report holds neither a minidump nor a stack trace',
      'could not be processed: the report holds neither a minidump nor a stack trace',
      'unprocessable',
    ]);
  });

  it('survives annotations with the names of inherited properties', async () => {
    const annotations = [
      { key: '__proto__', value: 'x' },
      { key: 'constructor', value: 'y' },
    ];
    const input = reportOf({ annotations });
    const processed = await processReport(
      { ...input, report: { ...input.report, annotations } },
      optionsWith(),
    );
    assert.ok(processed.crashReportKeys.includes('__proto__'));
  });
});

describe('what goes wrong inside', () => {
  it('a rule that throws becomes a note and stops nothing', async () => {
    const settings = productSettings(NO_RULES);
    const broken = {
      name: 'BrokenRule',
      act: () => {
        throw new Error('no luck');
      },
    };
    const processed = await processReport(reportOf({}, {}, { JavaStackTrace: JAVA }), {
      ...optionsWith(),
      product: { ...settings, rules: [broken, ...settings.rules] },
    });
    assert.equal(processed.status, 'processed');
    assert.deepEqual(processed.notes, ['BrokenRule: failed: no luck']);
  });

  it('a way that throws becomes a note, and the next is asked', async () => {
    const broken = {
      name: 'broken',
      understand: () => {
        throw new Error('no luck');
      },
    };
    const processed = await processReport(reportOf({}), { ...optionsWith(), sources: [broken] });
    assert.equal(processed.status, 'unprocessable');
    assert.deepEqual(processed.notes, ['broken: failed: no luck']);
  });

  it('no content of any protocol makes it reject', async () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.json({ maxDepth: 4 }),
      fc
        .constantFrom(GO, JAVA, JSON.stringify([occurrence()]))
        .chain((text) =>
          fc
            .tuple(fc.nat(text.length), fc.nat(text.length))
            .map(([a, b]) => text.slice(Math.min(a, b), Math.max(a, b))),
        ),
    );
    const names = fc.constantFrom<readonly [string, AttachmentKind]>(
      ['payload.json', 'payload'],
      ['report.txt', 'payload'],
      ['upload_file_minidump', 'minidump'],
      ['notes.txt', 'file'],
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PROTOCOLS),
        fc.constantFrom('multipart' as const, 'json' as const, 'text' as const),
        names,
        texts,
        fc.dictionary(fc.constantFrom('JavaStackTrace', 'JavaException', 'fingerprint', 'x'), texts),
        async (protocol, payloadKind, [name, kind], text, annotations) => {
          const input = reportOf({ protocol, payloadKind }, { [name]: [kind, text] }, annotations);
          const processed = await processReport(input, optionsWith());
          assert.ok(processed.crashes.length > 0);
          for (const { signature, day, count, grouping } of processed.crashes) {
            assert.ok(signature.length > 0 && signature.length <= 300, signature);
            assert.ok(grouping.key.length > 0 && grouping.key.length <= 300, grouping.key);
            assert.match(day, /^\d{4}-\d\d-\d\d$/);
            assert.ok(count >= 1);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('is the same each time', async () => {
    const once = await processReport(crashKitReport([occurrence()]), { ...optionsWith(), clock: () => 0 });
    const again = await processReport(crashKitReport([occurrence()]), { ...optionsWith(), clock: () => 0 });
    assert.deepEqual(again, once);
    assert.equal(once.processedAt, NOON);
  });
});

describe('a CrashKit exception without locations', () => {
  it('whose message holds a trace is read as every other text is', async () => {
    const message =
      'failed\nTraceback (most recent call last):\n  File "/srv/till.py", line 3, in open_till\n    x\nKeyError: 1\n';
    const input = crashKitReport([occurrence({ exceptions: [{ name: 'Error', message, locations: [] }] })]);
    const { crashes } = await processReport(input, optionsWith());
    assert.deepEqual([crashes[0]?.signature, crashes[0]?.language], ['KeyError: till.open_till', 'python']);
    assert.equal(crashes[0]?.exceptions[0]?.frames[0]?.line, 3);
  });

  it('keeps its name where the message is only words', async () => {
    const message = 'closed\nfor today';
    const input = crashKitReport([
      occurrence({ exceptions: [{ name: 'TillError', message, locations: [] }] }),
    ]);
    const { crashes } = await processReport(input, optionsWith());
    assert.equal(crashes[0]?.reason, 'TillError');
  });
});
