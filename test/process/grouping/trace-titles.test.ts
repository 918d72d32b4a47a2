// What the traces of languages and frameworks are called, as they stand in the logs of programs: a title names the kind of the root
// cause and the first frame of the program itself.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { readLog } from '../../../src/formats/logs/read-log.ts';
import { traceCrash } from '../../../src/process/evidence/trace-crash.ts';
import { NO_RULES, productSettings } from '../../../src/process/product-settings.ts';

const PRODUCT = productSettings(NO_RULES);

function titleOf(text: string): string {
  const { crash, problem } = readLog(text);
  if (crash === null) return `not understood: ${problem}`;
  return traceCrash(crash.trace, { product: PRODUCT, fingerprint: null }).signature;
}

/** A name, the text with the margin of the source, the title. */
type Sample = readonly [what: string, text: string, title: string];

/** Takes off the margin that the source file has. */
function unmargined(text: string): string {
  return text.replace(/^\n/, '').replaceAll(/^ {6}/gm, '');
}

function titles(language: string, samples: readonly Sample[]): void {
  describe(`the title of a trace of ${language}`, () => {
    for (const [what, text, title] of samples)
      it(`is right for ${what}`, () => assert.equal(titleOf(unmargined(text)), title));
  });
}

titles('JavaScript', [
  [
    'an error that the engine raised in a function which is called like those that throw',
    `
      TypeError: Cannot read properties of undefined (reading 'price')
          at throwDemoError (../src/pages/Till.tsx:36:6)
          at Button (../src/pages/Till.tsx:43:18)
          at Nh (../node_modules/react-dom/cjs/react-dom.production.min.js:160:136)
      `,
    'TypeError: throwDemoError (Till.tsx)',
  ],
  [
    'an error that a helper throws',
    `
      TypeError: the price must be a number
          at throwPriceError (../src/lib/prices.ts:36:6)
          at total (../src/pages/till.ts:43:18)
      `,
    'TypeError: total (till.ts) (in prices.ts.throwPriceError)',
  ],
  [
    "an error of Node's own",
    `
      node:internal/assert:14
          throw new ERR_INTERNAL_ASSERTION(message);
          ^

      Error [ERR_INTERNAL_ASSERTION]: This is caused by either a bug in Node.js or incorrect usage of Node.js internals.
      Please open an issue with this stack trace at https://github.com/nodejs/node/issues

          at new NodeError (node:internal/errors:399:5)
          at assert (node:internal/assert:14:11)
          at connectAll (node:net:1077:3)
      `,
    'ERR_INTERNAL_ASSERTION: connectAll (node:net) (in errors.NodeError.constructor, assert)',
  ],
]);

titles('PHP', [
  [
    "a record of Laravel's log with stacks that were cut",
    String.raw`
      [2026-01-02 03:04:05] production.ERROR: SQLSTATE[42S02]: no such table {"exception":"[object] (Illuminate\\Database\\QueryException(code: 42S02): SQLSTATE[42S02]: no such table at /srv/till/vendor/laravel/framework/src/Illuminate/Database/Connection.php:760)
      [stacktrace]
      #0 /srv/till/vendor/laravel/framework/src/Illuminate/Database/Connection.php(720): Illuminate\\Database\\Connection->runQueryCallback('select', Array, Object(Closure))
      #1 /srv/till/app/Http/Controllers/TillController.php(42): Illuminate\\Database\\Eloquent\\Builder->get()
      #2 /srv/till/vendor/laravel/framework/src/Illuminate/Routing/Controller.php(54): App\\Http\\Controllers\\TillController->close()
      #3 {main}

      [previous exception] [object] (PDOException(code: 42S02): SQLSTATE[42S02]: no such table at /srv/till/vendor/laravel/framework/src/Illuminate/Database/Connection.php:414)
      [stacktrace]
      #0 /srv/till/vendor/laravel/framework/src/Illuminate/Database/Connection.php(414): PDO->prepare('select')
      #1 /srv/till/app/Http/Controllers/TillController.php(42): Illuminate\\Database\\Eloquent\\Builder->get()
      #2 {main}
      "} 
      `,
    String.raw`PDOException: App\Http\Controllers\TillController::close`,
  ],
]);

titles('Go', [
  [
    'a panic whose abort a sanitizer catches',
    `
      panic: runtime error: slice bounds out of range [9:4]
      goroutine 17 [running, locked to thread]:
      strings.(*Builder).grow(0x10c0000b2640, {0x10c000ac201f, 0x962c00})
      \u2003strings/builder.go:66 +0x617
      example.org/till/rules.(*Rule).option(0x10c000066000, {0x0, {0x10c000ac2016, 0x10c000044000}})
      \u2003example.org/till/rules/parser.go:675 +0x36c5
      main.LLVMFuzzerTestOneInput(...)
      \u2003./main.3953748960.go:21
      AddressSanitizer:DEADLYSIGNAL
      =================================================================
      ==16820==ERROR: AddressSanitizer: ABRT on unknown address 0x0539000041b4 (pc 0x0000005b2061 bp 0x10c0000c7160 sp 0x10c0000c7148 T0)
          #0 0x5b2061 in runtime.raise.abi0 runtime/sys_linux_amd64.s:165
      SUMMARY: AddressSanitizer: ABRT (/srv/fuzz/rules+0x5b2061)
      ==16820==ABORTING
      `,
    'runtime error: slice bounds out of range: example.org/till/rules.(Rule).option',
  ],
  [
    "a tool of Go's own",
    `
      panic: runtime error: makeslice: len out of range

      goroutine 1 [running]:
      panic(0x85d9e0, 0xc849858ed0)
          /usr/lib/go/src/runtime/panic.go:464 +0x3e6
      cmd/link/internal/ld.dodata(0xc82082ee10)
          /usr/lib/go/src/cmd/link/internal/ld/data.go:687 +0x161
      main.main()
          /usr/lib/go/src/cmd/link/main.go:33 +0x395
      `,
    'runtime error: makeslice: len out of range: cmd/link/internal/ld.dodata',
  ],
  [
    'a program of those who publish libraries',
    `
      panic: no such rule

      goroutine 1 [running]:
      github.com/google/till-tool/rules.Load(0x1)
      	/src/rules/load.go:12 +0x18
      main.main()
      	/src/main.go:33 +0x39
      `,
    'panic: github.com/google/till-tool/rules.Load',
  ],
]);

titles('Rust', [
  [
    'a panic without a backtrace under a fuzzer, with a quoted message of several lines',
    `
      thread '<unnamed>' panicked at 'called \`Result::unwrap()\` on an \`Err\` value: bad table
      Caused by:
          expected the load to fail', till/src/oracles.rs:427:10
      note: run with \`RUST_BACKTRACE=1\` environment variable to display a backtrace
      ==1476== ERROR: libFuzzer: deadly signal
          #0 0x5551 in __sanitizer_print_stack_trace /src/llvm-project/compiler-rt/lib/asan/asan_stack.cpp:86:3
          #1 0x5552 in fuzzer::PrintStackTrace() /src/llvm-project/compiler-rt/lib/fuzzer/FuzzerUtil.cpp:210:5
          #2 0x7f24 in raise /build/glibc-2.23/sysdeps/unix/sysv/linux/raise.c:54
          #3 0x5553 in core::result::unwrap_failed::hbee7d9f7831678f0 /rustc/llvm/library/core/src/option.rs:1329:5
          #4 0x5554 in till_fuzzing::oracles::load::ha380505b8ea313d4 till/src/oracles.rs:425:5
          #5 0x5555 in rust_fuzzer_test_input till/fuzz/fuzz_targets/load.rs:8:5
      SUMMARY: libFuzzer: deadly signal
      `,
    'panic: called `Result::unwrap()` on an `Err` value: till_fuzzing::oracles::load',
  ],
]);

titles('Python', [
  [
    "a fuzzer's finding with a stack of its own form",
    `
      ===BUG DETECTED: PySecSan: Command injection ===
      [PYSECSAN] code injection by way of os.system
      [PYSECSAN] Stacktrace:
        File "till_fuzz.py", line 43, in <module>
        File "till.py", line 31, in test_one_input
        File "till.py", line 25, in print_receipt
        File "pysecsan/sanlib.py", line 178, in run
        File "pysecsan/command_injection.py", line 96, in hook_pre_exec_os_system
      [PYSECSAN] Exiting
      `,
    'Command injection: till.print_receipt',
  ],
  [
    'an exception that a fuzzer prints before its traceback',
    `
       === Uncaught Python exception: ===
      ValueError: not enough values to unpack (expected 2, got 1)
      Traceback (most recent call last):
        File "fuzz_till.py", line 24, in TestOneInput
        File "till/prices.py", line 54, in parse_price
      INFO: Instrumenting 2391 functions...
      ==1022== ERROR: libFuzzer: fuzz target exited
          #0 0x7f62 in __sanitizer_print_stack_trace /src/llvm-project/compiler-rt/lib/asan/asan_stack.cpp:87:3
          #1 0x7f63 in exit /build/glibc-2.31/stdlib/exit.c:139:3
          #2 0x7f64 in Py_Exit /tmp/Python-3.8.3/Python/pylifecycle.c:2299:5
      SUMMARY: libFuzzer: fuzz target exited
      `,
    'ValueError: prices.parse_price',
  ],
]);

titles('native code', [
  [
    'an abort inside of a test framework',
    `
      ==428==ERROR: AddressSanitizer: ABRT on unknown address 0x0539000001ac (pc 0x7ce3 bp 0x7ffd sp 0x7ffd T0)
          #0 0x7ce1 in raise /build/glibc-2.31/sysdeps/unix/sysv/linux/raise.c:51:1
          #1 0x55d2 in fuzztest::internal::GTest_EventListener<testing::EmptyTestEventListener>::OnTestPartResult(testing::TestPartResult const&) ../../third_party/fuzztest/src/fuzztest/internal/googletest_adaptor.h:9:1
          #2 0x55d3 in testing::UnitTest::AddTestPartResult(testing::TestPartResult::Type, char const*) ../../third_party/googletest/src/gtest.cc:38:1
          #3 0x55d4 in till::ManyPrices(std::__Cr::vector<int, std::__Cr::allocator<int>>, int) ../../test/prices_fuzztest.cc:44:9
          #4 0x55d5 in testing::Test::Run() ../../third_party/googletest/src/gtest.cc:2670:5
      `,
    'ABRT: till::ManyPrices',
  ],
  [
    'a stack that the program prints and a sanitizer prints better',
    `
      [1222/164952:FATAL:prices.cc(198)] Check failed: 1 == map_["jan"] (1 vs. 0)
      #0 0x000000466ef1 __interceptor_backtrace
      #1 0x0000015ac58a base::debug::StackTrace::StackTrace()
      #2 0x000001177e4c logging::LogMessage::~LogMessage()
      #3 0x0000010b9df0 till::Prices::Load()
      #4 0x0000004e640a main

      ASAN:DEADLYSIGNAL
      =================================================================
      ==96165==ERROR: AddressSanitizer: SEGV on unknown address 0x5668a000177a5 (pc 0x7ffb bp 0x7ffe sp 0x7ffe T0)
          #0 0x7ffb in gsignal /build/nptl/sysdeps/unix/sysv/linux/raise.c:56
          #1 0x1178 in logging::LogMessage::~LogMessage() base/logging.cc:721:7
          #2 0x10b9 in MonthsMap till/prices.cc:198:5
          #3 0x10b9 in till::Prices::Load() till/prices.cc:223
          #4 0x4e64 in main till/main.cc:16:3
      `,
    'check failed: MonthsMap',
  ],
  [
    'a check in generated code',
    `
      abort: CSA_DCHECK failed: Torque assert 'budget > 0' failed [src/builtins/till.tq:66] [src/builtins/builtins-gen.cc:164]

      ==480==ERROR: AddressSanitizer: ABRT on unknown address 0x0539000001e0 (pc 0x7aef bp 0x7ffe sp 0x7ffe T0)
          #0 0x7ae1 in raise /build/glibc-2.31/signal/../sysdeps/unix/sysv/linux/raise.c:51:1
          #1 0x7ae2 in v8::base::OS::Abort() src/base/platform/platform-posix.cc:395:5
          #2 0x7ae3 in v8::internal::Runtime_AbortCSADcheck(int, unsigned long*, v8::internal::Isolate*) src/runtime/runtime-test.cc:1496:1
          #3 0x7ae4 in Builtins_WasmToJsWrapperCSA setup-isolate-deserialize.cc
          #4 0x7ae5 in v8::internal::(anonymous namespace)::Invoke(v8::internal::Isolate*) src/execution/execution.cc:1:1
          #5 0x7ae6 in v8::Shell::Main(int, char**) src/d8/d8.cc:6546:18
      `,
    "CSA_DCHECK failed: Torque assert 'budget > 0' failed",
  ],
  [
    'a report of the kernel that ends in an assertion of whoever runs it',
    `
      [  126.0] BUG: KASAN: slab-out-of-bounds in _etext+0x26eda/0x312104
      [  126.0] Write of size 4 at addr 00007f5256480ddc by task kworker/0:1/11
      [  126.1] Linux Kernel Library Stack Trace:
          #0 0x00000000005e6dda in print_address_description /build/lkl/mm/kasan/report.c:375:2
          #1 0x00000000005e7ccf in __asan_store4 /build/lkl/mm/kasan/generic.c:250:1
          #2 0x0000000000a60a36 in till_change_prices /build/lkl/drivers/till/till-input.c:0:31
      [  126.2] Kernel panic - not syncing: panic_on_warn set ...
      till-fuzzer: lib/posix-host.c:191: void panic(void): Assertion \`0' failed.
      ==2434886== ERROR: libFuzzer: deadly signal
          #0 0x510c60  (/srv/till-fuzzer+0x510c60)
          #1 0x4bc5f8  (/srv/till-fuzzer+0x4bc5f8)
      SUMMARY: libFuzzer: deadly signal
      `,
    'slab-out-of-bounds: till_change_prices',
  ],
  [
    'a failed assertion of Swift that a sanitizer follows',
    `
      Assertion failed: file Till/Decoder.swift, line 953
      Current stack trace:
      0    till-fuzz                0x0000555f6035db52 <unavailable> + 32258898
      1    till-fuzz                0x0000555f603b53a3 <unavailable> + 32617379
      2    till-fuzz                0x0000555f5ee31df0 Decoder.decodeGroup(value:) + 2648
      =================================================================
      ==2598==ERROR: AddressSanitizer: attempting free on address which was not malloc()-ed: 0x555f65177ff0 in thread T0
          #0 0x555f5ed935cd in __interceptor_free /build/llvm-project/compiler-rt/lib/asan/asan_malloc_linux.cpp:123:3
          #1 0x555f603b53ac in _swift_stdlib_reportFatalErrorInFile (/out/till-fuzz+0x1f1b3ac)
          #2 0x555f600b6be4 in closure #1 (Swift.UnsafeBufferPointer<Swift.UInt8>) -> () in Swift._assertionFailure(_: Swift.StaticString) -> Swift.Never (/out/till-fuzz+0x1c1b464)
          #3 0x555f5ee32847 in Till.Decoder.decodeGroup(value: inout Swift.Optional<Swift.Int>) throws -> () /src/till/Sources/Till/Decoder.swift:935:16
      `,
    'Assertion failed: Till.Decoder.decodeGroup',
  ],
]);

/** A sample of testdata/traces: what it is, the format, the title, the text. */
interface Trace {
  readonly what: string;
  readonly format: string;
  readonly title: string;
  readonly text: string;
}

function tracesOf(file: string): readonly Trace[] {
  return readFileSync(file, 'utf8')
    .split(/^@@@@@ /m)
    .slice(1)
    .map((sample) => {
      const end = sample.indexOf('\n');
      const [what = '', format = '', title = ''] = sample.slice(0, end).split(' || ');
      return { what, format, title, text: sample.slice(end + 1) };
    });
}

const TRACES = path.resolve(import.meta.dirname, '../../../testdata/traces');
const FILES = globSync(`${TRACES}/*.txt`).sort();

describe('each trace of testdata/traces', () => {
  it('is one of many', () => assert.ok(FILES.flatMap((file) => tracesOf(file)).length > 100));
  for (const file of FILES) {
    for (const { what, format, title, text } of tracesOf(file)) {
      it(`${path.basename(file, '.txt')}: ${what} has its format and title`, () => {
        assert.equal(readLog(text).crash?.trace.format, format);
        assert.equal(titleOf(text), title);
      });
      it(`${path.basename(file, '.txt')}: ${what} keeps its title with other line ends, and in the colours of a terminal`, () => {
        assert.equal(titleOf(text.replaceAll('\n', '\r\n')), title);
        assert.equal(titleOf(text.replaceAll(/^(?=.)/gm, '\u001b[0m')), title);
      });
    }
  }
});
