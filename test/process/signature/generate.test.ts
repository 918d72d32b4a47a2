// Signatures in Mayday's default mode, with its own lists.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HANDLER_FRAMES } from '../../../src/formats/stackwalk/handler-frames.ts';
import type { CrashFrame } from '../../../src/process/signature/crash-data.ts';
import {
  DEFAULT_LIST_TEXTS,
  DEFAULT_LISTS,
  productLists,
} from '../../../src/process/signature/default-lists.ts';
import { generateSignature, type GenerateOptions } from '../../../src/process/signature/generate.ts';
import { listEntries } from '../../../src/process/signature/lists.ts';
import { SIGNATURE_DEFECTS, SIGNATURE_MODES } from '../../../src/process/signature/mode.ts';
import { SIGNATURE_RULES } from '../../../src/process/signature/rules/signature-rule-registry.ts';

function crash(
  frames: readonly (string | CrashFrame)[],
  os = 'Linux',
): { os: string; threads: { frames: CrashFrame[] }[] } {
  return {
    os,
    threads: [{ frames: frames.map((frame) => (typeof frame === 'string' ? { function: frame } : frame)) }],
  };
}

function signature(
  frames: readonly (string | CrashFrame)[],
  options: GenerateOptions = {},
  os = 'Linux',
): string {
  return generateSignature(crash(frames, os), options).signature;
}

describe('a signature', () => {
  it('skips what raised the crash and stops at what caused it', () => {
    assert.equal(
      signature(['__pthread_kill_implementation', '__GI_raise', 'abort', 'app::Store::commit(int)', 'main']),
      'abort | app::Store::commit',
    );
  });

  it('keeps what leads to the cause', () => {
    assert.equal(
      signature(['memcpy', 'std::vector<int>::push_back(int)', 'app::Load(char const*)']),
      'memcpy | std::vector<T>::push_back | app::Load',
    );
  });

  it('starts below a sentinel', () => {
    assert.equal(
      signature([
        'rust_panic',
        { function: 'core::panicking::panic', file: '/rustc/x/library/core/src/panicking.rs' },
        { function: 'app::run', file: '/src/main.rs' },
      ]),
      'app::run',
    );
  });

  // Holds: native-vague
  it('takes the next frame, too, where a name says nothing alone', () => {
    const RUSTC = '/rustc/0123456789abcdef0123456789abcdef01234567/library/core/src/ops/arith.rs';
    const says: readonly (readonly [frame: string | CrashFrame, inSignature: string | null])[] = [
      ['operator()', 'operator()'],
      ['$_0::operator()(int) const', '$_0::operator()'],
      ['main::{lambda(int)#1}::operator()(int) const', 'main::{lambda#1}::operator()'],
      ['<lambda_0123456789abcdef0123456789abcdef>::operator()', '{lambda}::operator()'],
      ['RefPtr<app::Cart>::operator->() const', 'RefPtr<T>::operator->'],
      ['operator new(unsigned long)', 'operator new'],
      ['<u64 as core::ops::arith::Add>::add', '<u64 as core::ops::arith::Add>::add'],
      [{ function: '<u64 as Add>::add', file: RUSTC }, '<u64 as Add>::add'],
      [
        '<&mut I as core::iter::traits::iterator::Iterator>::next',
        '<&mut I as core::iter::traits::iterator::Iterator>::next',
      ],
      ['core::num::<impl u64>::pow::h0123456789abcdef', 'core::num::<T>::pow'],
      ['alloc::vec::Vec<T,A>::push', 'alloc::vec::Vec<T>::push'],
      ['std::__1::sort<int*>(int*, int*)', 'std::sort<T>'],
      [
        { function: 'sort<int*, f()::<lambda(int)> >', file: '/usr/include/c++/12/bits/stl_algo.h' },
        'std::sort<T>',
      ],
      [{ function: 'operator()<int*>', file: '/usr/include/c++/12/bits/predefined_ops.h' }, null],
      [{ function: '__sort<int*>', file: 'C:\\VC\\Tools\\MSVC\\14.38\\include\\algorithm' }, null],
      ['OUTLINED_FUNCTION_12', 'OUTLINED_FUNCTION'],
      ["[thunk]: __cdecl app::Cart::`vcall'{8,{flat}}' }'", "app::Cart::`vcall'"],
      ['reabstraction thunk helper from @callee_guaranteed () -> () to @escaping () -> ()', 'thunk'],
      ['outlined copy of App.Cart', 'outlined copy'],
    ];
    for (const [frame, expected] of says) {
      assert.equal(
        signature([frame, 'app::total(int)', 'main']),
        expected === null ? 'app::total' : `${expected} | app::total`,
        JSON.stringify(frame),
      );
    }
  });

  it('is decided by names that say something: methods of own types, lambdas of own functions', () => {
    for (const [frame, expected] of [
      ['<app::Cart as core::fmt::Display>::fmt', '<app::Cart as core::fmt::Display>::fmt'],
      ['app::run()::{lambda(int)#1}::operator()(int) const', 'app::run::{lambda#1}::operator()'],
      ['app::Cart::operator==(app::Cart const&) const', 'app::Cart::operator=='],
    ] as const)
      assert.equal(signature([frame, 'app::total(int)', 'main']), expected);
  });

  // Holds: native-parts
  it('does not depend on how a function was cut, copied, reached or mangled into versions', () => {
    for (const name of [
      'app::total(int) [clone .cold]',
      'app::total(int) (.cold.1)',
      'app::total(int) [clone .part.0] [clone .isra.0]',
      'app::total.cold.1',
      'app::total.__uniq.123456789.llvm.99',
      'app::total._omp_fn.0',
      'app::total.cfi_jt',
      'app::total::h0123456789abcdef',
      'app::total::h0123456789abcdef.llvm.99',
      'non-virtual thunk to app::total(int)',
      "[thunk]: public: virtual int __cdecl app::total`vtordisp{4294967292, 0}'(void)",
    ])
      assert.equal(signature([name, 'main']), 'app::total', name);
    for (const name of [
      'total@plt',
      '__total_veneer',
      '__AArch64AbsLongThunk_total',
      '@ILT+120(total)',
      'total@@APP_1.2',
    ])
      assert.equal(signature([name, 'main']), 'total', name);
  });

  // Holds: native-guess
  it('is not decided by frames found by scanning while other frames name the crash', () => {
    const guess = (name: string, inlines: CrashFrame['inlines'] = null): CrashFrame => ({
      function: name,
      trust: 'scan',
      inlines,
    });
    const libc = { module: 'libc.so.6', module_offset: '0x8aeec', trust: 'context' };
    assert.equal(
      signature([
        libc,
        guess('core::fmt::Formatter::write_char', [{ function: 'app::left_over' }]),
        { function: 'std::panicking::begin_panic_handler', trust: 'cfi' },
        { function: 'core::panicking::panic_fmt', trust: 'cfi' },
        { function: 'app::pay', trust: 'cfi' },
      ]),
      'app::pay',
    );
    assert.equal(
      signature([libc, guess('app::left_over'), { function: 'app::caller', trust: 'cfi' }]),
      'libc.so.6 | app::caller',
    );
    assert.equal(
      signature([libc, guess('app::crash'), { function: 'main', trust: 'cfi' }]),
      'libc.so.6 | app::crash',
      'every stack has an entry',
    );
    assert.equal(signature([libc, guess('app::crash'), guess('main')]), 'libc.so.6 | app::crash');
  });

  // Holds: native-handler
  it('is that of a handler which crashed itself, and that of the interrupted code where the handler ended the process', () => {
    for (const trampoline of HANDLER_FRAMES) {
      const below = [trampoline, 'raise', 'app::work()', 'main'];
      assert.equal(signature(['app::on_signal(int)', ...below]), 'app::on_signal');
      assert.equal(signature(['abort', 'app::on_crash(int)', trampoline, 'app::work()']), 'app::work');
      assert.equal(
        signature([
          { module: 'libc.so.6', module_offset: '0x8ae' },
          'app::on_crash(int)',
          trampoline,
          'app::work()',
        ]),
        'app::work',
      );
    }
  });

  it('names a frame without symbols by module and offset', () => {
    assert.equal(
      signature([{ module: 'app.exe', module_offset: '0x00001f30', offset: '0x7ff1f30' }, 'main']),
      'app.exe@0x1f30',
    );
  });

  it('names system libraries without symbols once and without offset', () => {
    assert.equal(
      signature(
        [
          { module: 'NTDLL.dll', module_offset: '0x10' },
          { module: 'ntdll.dll', module_offset: '0x20' },
          { module: 'App.exe', module_offset: '0x30' },
        ],
        {},
        'Windows NT',
      ),
      'ntdll.dll | app.exe@0x30',
    );
  });

  it('costs no more than the length of hostile names', () => {
    const before = process.cpuUsage();
    for (const [head, piece] of [
      ['<std::', ' as a'],
      ['<std::', 'a '],
      ['<u8', ' as a'],
      ['<', '& '],
      ['<', 'mut '],
    ] as const) {
      signature(Array.from({ length: 40 }, () => head + piece.repeat(1000)));
    }
    const { user } = process.cpuUsage(before);
    // Processor time, not the clock's; an expression that tries all splits takes minutes.
    assert.ok(user < 4_000_000, `${user / 1000} ms`);
  });

  it('improves when symbols arrive', () => {
    const frame = { module: 'app', module_offset: '0x30' };
    assert.equal(signature([frame]), 'app@0x30');
    assert.equal(signature([{ ...frame, function: 'app::run()' }]), 'app::run');
  });

  it('is explained step by step', () => {
    const { steps } = generateSignature(crash(['raise', 'app::f(int)']));
    assert.deepEqual(
      steps.map(({ rule, text }) => `${rule}: ${text}`),
      [
        'SignatureGenerationRule: made from the native frames of thread 0',
        'SignatureGenerationRule: prefix (raise$); continue iterating: "raise"',
        'SignatureGenerationRule: not a prefix; stop: "app::f"',
        'SignatureGenerationRule: change signature: "" -> "raise | app::f"',
      ],
    );
  });

  it('follows the lists that a product adds', () => {
    const lists = productLists({
      irrelevant: 'app::detail::',
      prefix: 'app::check',
      lineNumbers: 'app::loop',
      sentinels: 'app::die',
    });
    assert.equal(
      signature(['x', 'app::die', 'app::detail::f()', 'app::check()', { function: 'app::loop()', line: 7 }], {
        lists,
      }),
      'app::die',
    );
    assert.equal(
      signature(['app::detail::f()', 'app::check()', { function: 'app::loop()', line: 7 }], { lists }),
      'app::check | app::loop:7',
    );
  });

  it('leaves out a list entry that is no regular expression, and says so', () => {
    const lists = productLists({ prefix: 'fine\n(broken' });
    assert.equal(lists.problems.length, 1);
    assert.match(lists.problems[0] ?? '', /prefix entry \d+ is not a usable regular expression: \(broken/);
    assert.equal(signature(['fine', 'next'], { lists }), 'fine | next');
  });

  it('keeps going when a rule throws, and notes it', () => {
    const { signature: text, notes } = generateSignature({ ...crash(['foo']), async_shutdown_timeout: '[]' });
    assert.equal(text, 'foo');
    assert.deepEqual(notes, ['SignatureShutdownTimeout: Rule failed: the value is not an object']);
  });

  it('stacks prefixes in the order of the rules', () => {
    const data = {
      ...crash(['foo']),
      hang: 'ui',
      reason: 'STATUS_DEVICE_DATA_ERROR',
      abort_message: 'boom: file a.cpp, line 3',
      ipc_message_name: 'X',
    };
    assert.equal(
      generateSignature(data).signature,
      'hang: ui | Abort | boom | bad hardware | foo | IPC_Message_Name=X',
    );
  });

  it('takes thread 0 for a hang that the watchdog ended', () => {
    const data = {
      crashing_thread: 1,
      threads: [{ frames: [{ function: 'app::wait()' }] }, { frames: [{ function: 'RunWatchdog(void*)' }] }],
    };
    assert.equal(generateSignature(data).signature, 'shutdownhang | app::wait');
  });
});

describe('the modes', () => {
  for (const { function: name, socorro, byDefault } of SIGNATURE_DEFECTS) {
    it(`differ on ${name}`, () => {
      assert.equal(signature([name], { mode: 'socorro' }), socorro);
      assert.equal(signature([name]), byDefault);
    });
  }

  const names: readonly [string, string][] = [
    ['int Foo<a, b>::bar(int) const volatile &&', 'Foo<T>::bar'],
    ['Foo::operator bool() const', 'Foo::operator bool'],
    ['std::ostream& operator<<(std::ostream&, Foo const&)', 'operator<<'],
    ['void* operator new[](unsigned long)', 'operator new[]'],
    ['foo.part.0.cold', 'foo'],
    ['fooconst', 'fooconst'],
    ['static App.Cart.add(item: App.Item) throws -> Swift.Int', 'App.Cart.add'],
    [
      'closure #1 (Swift.Int) -> () in closure #2 () -> () in App.Foo.bar() -> ()',
      'closure #1 in closure #2 in App.Foo.bar',
    ],
    ['App.(helper in _1F0A)(x: Swift.Int) -> ()', 'App.helper'],
    ['protocol witness for App.Seq.next() -> A in conformance App.X : App.Seq in App', 'App.Seq.next'],
    ['generic specialization <Swift.Int> of App.f(A) -> ()', 'App.f'],
    ['__45-[Foo bar:]_block_invoke.23', '-[Foo bar:]_block_invoke'],
  ];
  for (const [name, expected] of names) {
    it(`name ${name} by default as ${expected}`, () => assert.equal(signature([name]), expected));
  }
});

describe('the lists', () => {
  it('are all usable', () => {
    assert.deepEqual(DEFAULT_LISTS.problems, []);
    for (const [name, text] of Object.entries(DEFAULT_LIST_TEXTS))
      assert.ok(listEntries(text).length > 0, name);
  });

  it('name no product', () => {
    assert.doesNotMatch(
      Object.values(DEFAULT_LIST_TEXTS).join('\n'),
      /mozilla|firefox|chrome|webkit|gecko|xul/i,
    );
  });
});

describe('any crash', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({
      unit: fc.constantFrom(
        '<',
        '>',
        '(',
        ')',
        '[',
        ']',
        '`',
        "'",
        ' ',
        '::',
        'operator',
        'const',
        '&',
        ' -> ',
        'a',
        '.cold',
        'closure #1 ',
        ' in ',
      ),
    }),
  );
  const frame = fc.record(
    { function: text, file: text, line: fc.nat(), module: text, module_offset: text, offset: text },
    { requiredKeys: [] },
  );

  it('has a signature of at most 255 printable characters', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 50 }),
        fc.constantFrom(...SIGNATURE_MODES),
        text,
        (frames, mode, message) => {
          const data = {
            threads: [{ frames }],
            abort_message: message,
            hang: message,
            ipc_message_name: message,
          };
          const result = generateSignature(data, { mode });
          assert.match(result.signature, /^[ -~]{1,255}$/);
        },
      ),
    );
  });

  it('costs little, however long and nested its names are', () => {
    for (const piece of [
      '<',
      '(',
      '[',
      '`',
      'a<',
      'operator',
      ' ',
      ' -> ',
      'closure #1 ',
      '.cold',
      '&&',
      ' const',
      '::$_1',
      ', ',
    ]) {
      const frames = Array.from({ length: 60 }, () => ({ function: `f(${piece.repeat(20_000)}` }));
      const started = performance.now();
      for (const mode of SIGNATURE_MODES) generateSignature({ threads: [{ frames }] }, { mode });
      assert.ok(performance.now() - started < 20_000, JSON.stringify(piece));
    }
  });

  it('is named by rules with different names', () => {
    const names = SIGNATURE_RULES.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  });
});
