// Minidumps go through the engine that all other crashes go through.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProcessedMinidump } from '../../../src/formats/crash/processed-minidump.ts';
import type { ProcessedCrash } from '../../../src/report/processed-report.ts';
import type { ProductRules } from '../../../src/store/bugs.ts';
import { nativeCrashKind } from '../../../src/process/grouping/native-crash-kind.ts';
import { processReport } from '../../../src/process/pipeline.ts';
import { typedStack } from '../../../src/process/preview/typed-stack.ts';
import { NOON } from '../../store/conformance/report-builder.ts';
import { optionsWith, reportOf } from '../report-of.ts';

const SCOPE = { account: 'default', product: 'Piano', now: NOON };

async function crashOfDump(
  frames: readonly string[],
  {
    type = 'SIGSEGV / SEGV_MAPERR',
    annotations = {},
    rules = {},
  }: {
    readonly type?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly rules?: Partial<ProductRules>;
  } = {},
): Promise<ProcessedCrash> {
  const { report, walked = {} } = typedStack(frames.join('\n'), SCOPE);
  const dumps = Object.entries(walked).map(([name, dump]): [string, ProcessedMinidump] => [
    name,
    { ...dump, crash_info: { ...dump.crash_info, type, address: '0x0000000000000010' } },
  ]);
  const given = Object.entries(annotations).map(([key, value]) => ({ key, value }));
  const { crashes } = await processReport(
    { report: { ...report, annotations: given }, parts: new Map(), walked: Object.fromEntries(dumps) },
    optionsWith(rules),
  );
  assert.ok(crashes[0] !== undefined);
  return crashes[0];
}

const keyOf = async (...asked: Parameters<typeof crashOfDump>): Promise<string> =>
  (await crashOfDump(...asked)).grouping.key;

const STACK = ['shop::Cart::total(shop::Order const&)', 'shop::Checkout::pay(int)', 'main'];

describe('the key of a minidump', () => {
  it('is the same whatever way the crash came: as a dump, an event of a client, a backtrace of a debugger', async () => {
    const dump = await keyOf(STACK);
    const names = STACK.map((name) => name.replace(/\(.*/, ''));
    const event = {
      event_id: 'a'.repeat(32),
      platform: 'native',
      exception: {
        values: [
          {
            type: 'SIGSEGV',
            value: 'Segfault',
            stacktrace: { frames: names.toReversed().map((name) => ({ function: name, in_app: true })) },
          },
        ],
      },
    };
    const sent = await processReport(
      reportOf(
        { protocol: 'sentry', payloadKind: 'json' },
        { 'payload.json': ['payload', JSON.stringify(event)] },
      ),
      optionsWith(),
    );
    assert.equal(sent.crashes[0]?.grouping.key, dump);
    const gdb = [
      'Program terminated with signal SIGSEGV, Segmentation fault.',
      ...STACK.map(
        (name, at) =>
          `#${at}  0x000055555555519${at} in ${name.replace(/\(.*/, '')} (this=0x0) at src/a.cc:${at + 7}`,
      ),
      '',
    ].join('\n');
    const printed = await processReport(reportOf({}, { 'gdb.log': ['file', gdb] }), optionsWith());
    assert.equal(printed.crashes[0]?.grouping.key, dump);
  });

  it('does not depend on whether memory was read or written, nor on the system', async () => {
    const one = await keyOf(STACK);
    for (const type of [
      'EXCEPTION_ACCESS_VIOLATION_WRITE',
      'EXC_BAD_ACCESS / KERN_INVALID_ADDRESS',
      'SIGBUS / BUS_ADRALN',
    ])
      assert.equal(await keyOf(STACK, { type }), one);
    assert.notEqual(await keyOf(STACK, { type: 'SIGABRT / SI_TKILL' }), one);
  });

  it('skips the run-time, joins helpers with their caller, and is the same with template arguments of another type', async () => {
    const checked = await crashOfDump(['raise', 'abort', 'base::CheckFailed(char const*)', ...STACK], {
      type: 'SIGABRT',
    });
    assert.deepEqual(checked.grouping.parts?.frames, ['base::CheckFailed', 'shop::Cart::total']);
    const copied = await crashOfDump(['memcpy', ...STACK]);
    assert.deepEqual(copied.grouping.parts?.frames, ['memcpy', 'shop::Cart::total']);
    assert.equal(
      await keyOf(['void shop::copy<char>(char*)', 'main']),
      await keyOf(['void shop::copy<wchar_t>(wchar_t*)', 'main']),
    );
  });

  // Holds: native-run-time
  it('does not know the run-time: neither whole libraries of the system, nor standard libraries', async () => {
    const bare = await keyOf(STACK, { type: 'SIGABRT' });
    for (const above of [
      ['libc.so.6@0x8aeec', 'abort', 'libstdc++.so.6@0x9d918', 'std::terminate()', '__cxa_throw'],
      ['ntdll.dll@0x1234'],
      ['std::__1::vector<int>::at(unsigned long)'],
      ['alloc::vec::Vec<T>::push', '<alloc::vec::Vec<T,A> as core::ops::index::Index<I>>::index'],
      ['core::panicking::panic_fmt', '<u64 as core::ops::arith::Add>::add'],
    ])
      assert.equal(await keyOf([...above, ...STACK], { type: 'SIGABRT' }), bare, above.join());
  });

  it('takes the caller of an operator or a lambda without its function', async () => {
    for (const name of ['operator()', '$_0::operator()(int) const'])
      assert.equal((await crashOfDump([name, ...STACK])).grouping.parts?.frames.length, 2, name);
  });

  it('follows what people declare about own frames', async () => {
    const frames = ['thirdparty::Pool::take()', ...STACK];
    const { grouping } = await crashOfDump(frames, { rules: { frameRules: ['-package:thirdparty'] } });
    assert.deepEqual(grouping.parts?.frames, ['shop::Cart::total']);
    assert.equal(grouping.aliases, undefined, 'declared: it leaves its older keys at once');
  });

  it('is the signature where the product keeps those, where the stack has no name, and where the rules know more than the stack', async () => {
    const bySignature = async (...asked: Parameters<typeof crashOfDump>) =>
      (await crashOfDump(...asked)).grouping.source === 'signature';
    assert.ok(await bySignature(STACK, { rules: { signatureMode: 'socorro' } }));
    assert.ok(await bySignature(['till@0x1234', 'till@0x99']));
    assert.ok(await bySignature(STACK, { annotations: { OOMAllocationSize: '12345678' } }));
    assert.ok(!(await bySignature(STACK)));
  });

  it('has the signature as its alias', async () => {
    const socorro = await keyOf(STACK, { rules: { signatureMode: 'socorro' } });
    assert.deepEqual((await crashOfDump(STACK)).grouping.aliases, [socorro]);
  });
});

describe('the kind of a native crash in keys', () => {
  const kinds: readonly (readonly [string, string])[] = [
    ['SIGSEGV /0x00000080', 'invalid memory access'],
    ['SEGV', 'invalid memory access'],
    ['EXCEPTION_ACCESS_VIOLATION_EXEC', 'invalid memory access'],
    ['EXCEPTION_STACK_OVERFLOW', 'stack overflow'],
    ['stack-overflow', 'stack overflow'],
    ['SIGFPE / FPE_INTDIV', 'arithmetic'],
    ['EXCEPTION_INT_DIVIDE_BY_ZERO', 'arithmetic'],
    ['EXC_BREAKPOINT / EXC_ARM_BREAKPOINT', 'abort'],
    ['SIGILL / ILL_ILLOPN', 'illegal instruction'],
    ['heap-use-after-free', 'heap-use-after-free'],
    ['stack-buffer-overflow', 'stack-buffer-overflow'],
    ['0xe06d7363 / 0x00000001', 'exception'],
    ['unhandled C++ exception / 0x1', 'unhandled C++ exception'],
    ['std::runtime_error', 'std::runtime_error'],
  ];
  for (const [kind, expected] of kinds) {
    it(`${kind} is ${expected}`, () => {
      assert.equal(nativeCrashKind(kind), expected);
    });
  }
});
