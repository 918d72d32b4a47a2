// Reports of every way in, with the keys that version 1 gave to their crashes: it made them when it ran, and nothing makes them anew.
import { SAMPLES } from '../../../../bench/grouping/samples.ts';
import type { ProcessedMinidump } from '../../../../src/formats/crash/processed-minidump.ts';
import { typedStack } from '../../../../src/process/preview/typed-stack.ts';
import type { PipelineInput } from '../../../../src/process/pipeline.ts';
import { NOON } from '../../../store/conformance/report-builder.ts';
import { crashKitReport, occurrence, reportOf } from '../../report-of.ts';

/** A report, and the keys of its crashes then. */
export interface OldReport {
  readonly way: string;
  readonly input: PipelineInput;
  readonly keys: readonly string[];
}

const log = (text: string): PipelineInput =>
  reportOf({ protocol: 'crashpad' }, { 'error.log': ['file', text] });
const java = SAMPLES.java;

const TERMINATED =
  "terminate called after throwing an instance of 'std::runtime_error'\n  what():  order 4711 has no items\n";
const ASSERTED = "till: src/cart.cc:42: double shop::Cart::total(): Assertion `items > 0' failed.\nAborted\n";
const CORRUPTED = '*** stack smashing detected ***: terminated\nAborted\n';
const JAVA_EXCEPTION = JSON.stringify({
  exception: {
    values: [
      {
        stacktrace: {
          type: 'IllegalStateException',
          module: 'java.lang',
          value: 'order 4711 has no items',
          frames: [
            {
              module: 'org.example.shop.Cart',
              function: 'total',
              in_app: true,
              lineno: 42,
              filename: 'Cart.java',
            },
            {
              module: 'org.example.shop.Main',
              function: 'main',
              in_app: true,
              lineno: 9,
              filename: 'Main.java',
            },
          ],
        },
      },
    ],
  },
});

function minidump(frames: string, crash: Partial<ProcessedMinidump['crash_info']> = {}): PipelineInput {
  const {
    report,
    parts,
    walked = {},
  } = typedStack(frames, { account: 'default', product: 'Piano', now: NOON });
  const dumps = Object.fromEntries(
    Object.entries(walked).map(([name, dump]) => [
      name,
      { ...dump, crash_info: { ...dump.crash_info, ...crash } },
    ]),
  );
  return { report, parts: new Map(parts), walked: dumps };
}

const NATIVE = 'memcpy\nshop::Cart::total(shop::Order const&)\nshop::Checkout::pay()\nmain';

/** One or more of every way in. */
export const OLD_REPORTS: readonly OldReport[] = [
  { way: 'a log of java', input: log(SAMPLES['java']), keys: ['Tc3608d328a31fcd9800a9f0ec219ae33e466840b'] },
  {
    way: 'a log of javascript',
    input: log(SAMPLES['javascript']),
    keys: ['Td0870c66d847451fcda0da72fa164c716ecb7cee'],
  },
  {
    way: 'a log of python',
    input: log(SAMPLES['python']),
    keys: ['T7fee380cfc9953acf6b77bfc396716f0e958bc72'],
  },
  { way: 'a log of go', input: log(SAMPLES['go']), keys: ['G871a56880b6f56d772d0ec6525c5145b27b09cf1'] },
  { way: 'a log of rust', input: log(SAMPLES['rust']), keys: ['Tc3d6a9b501304e9dbb7329a8084d93d5315b13b8'] },
  {
    way: 'a log of dotnet',
    input: log(SAMPLES['dotnet']),
    keys: ['Te1b709941a5c40034acb2e61965c0f17e517dcb7'],
  },
  { way: 'a log of php', input: log(SAMPLES['php']), keys: ['Te4fffd2deb6777b5b32d33dbd5bb9b26f845fc92'] },
  { way: 'a log of ruby', input: log(SAMPLES['ruby']), keys: ['T87591eac4ef42b3e64dc04bb124220f78c2e0a27'] },
  { way: 'a log of c++', input: log(SAMPLES['c++']), keys: ['Tadca0d21ad2d8e3a6b691713563638f865f8af7e'] },
  {
    way: 'an uncaught exception of C++',
    input: log(TERMINATED),
    keys: ['T90c9962175ca37e13d4c6604431d8da779672ff6'],
  },
  {
    way: 'a failed assertion of C',
    input: log(ASSERTED),
    keys: ['T076ac5b022959d2fe7b93988b9caf35c4ab3a81a'],
  },
  {
    way: 'an end by the C library',
    input: log(CORRUPTED),
    keys: ['T1b11bd78bb2034ebe9cad85f2850939e4feba275'],
  },
  {
    way: 'JavaStackTrace',
    input: reportOf({ protocol: 'socorro' }, {}, { JavaStackTrace: java }),
    keys: ['Tc3608d328a31fcd9800a9f0ec219ae33e466840b'],
  },
  {
    way: 'JavaException',
    input: reportOf({ protocol: 'socorro' }, {}, { JavaException: JAVA_EXCEPTION }),
    keys: ['T9b69ab7ed534bd9f465fdb585c52a86efc0b1076'],
  },
  {
    way: 'a trace in an annotation',
    input: reportOf({ protocol: 'crashpad' }, {}, { trace: SAMPLES.python }),
    keys: ['T7fee380cfc9953acf6b77bfc396716f0e958bc72'],
  },
  {
    way: 'a panic log of a Go program',
    input: reportOf(
      { protocol: 'syncthing', payloadKind: 'text' },
      { 'report.txt': ['payload', SAMPLES.go] },
    ),
    keys: ['G871a56880b6f56d772d0ec6525c5145b27b09cf1'],
  },
  {
    way: 'CrashKit, two crashes',
    input: crashKitReport([occurrence(), occurrence({ language: 'php' })]),
    keys: ['Laa4891d4593bf381d329f5a1ac7f3b675f2141ff', 'L7544ce05b6ce623014927112682a0b9da2029383'],
  },
  {
    way: 'CrashKit, the first API',
    input: crashKitReport(occurrence(), { protocol: 'crashkit1' }),
    keys: ['Laa4891d4593bf381d329f5a1ac7f3b675f2141ff'],
  },
  {
    way: 'a minidump',
    input: minidump(NATIVE, { type: 'SIGSEGV / SEGV_MAPERR', address: '0x0000000000000010' }),
    keys: ['S88dada9997e678a96b2cb0526ec93e36c30e2cb0'],
  },
  {
    way: 'a minidump without symbols',
    input: minidump('till@0x1234\ntill@0x99'),
    keys: ['S0e92b1c65319eb3891855af7b31eae6c73c42712'],
  },
  {
    way: 'a fingerprint of the program',
    input: reportOf(
      { protocol: 'socorro' },
      {},
      { JavaStackTrace: java, fingerprint: '["{{ default }}", "till 7"]' },
    ),
    keys: ['fingerprint:Tc3608d328a31fcd9800a9f0ec219ae33e466840b | till 7'],
  },
];
