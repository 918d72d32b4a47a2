// What native text is called: the code under test, never the ends of a process or the printers of stacks.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readLog } from '../../../src/formats/logs/read-log.ts';
import { traceCrash } from '../../../src/process/evidence/trace-crash.ts';
import { NO_RULES, productSettings } from '../../../src/process/product-settings.ts';

function titleOf(text: string): string {
  const { crash } = readLog(text);
  assert.ok(crash !== null);
  return traceCrash(crash.trace, { product: productSettings(NO_RULES), fingerprint: null }).signature;
}

const asan = (...frames: readonly string[]): string =>
  [
    '==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x55d0 bp 0x7ffc sp 0x7ffd',
    'READ of size 8 at 0x602000000010 thread T0',
    ...frames.map((frame, index) => `    #${index} 0x55d${index} in ${frame}`),
    '',
    'SUMMARY: AddressSanitizer: heap-use-after-free',
  ].join('\n');

describe('the title of a sanitizer log', () => {
  it('names vendored code, which is as often what is tested', () =>
    assert.match(
      titleOf(
        asan('tune::Parser::read(int) /src/app/third_party/tune/parser.cc:42:7', 'main /src/app/main.cc:9:3'),
      ),
      /tune::Parser::read/,
    ));

  it('passes over what prints stacks', () =>
    assert.match(
      titleOf(
        asan(
          'base::debug::StackTrace::StackTrace(unsigned long) /src/base/stack.cc:3:1',
          'piano::Key::press() /src/piano/key.cc:42:7',
        ),
      ),
      /piano::Key::press/,
    ));

  it('tells fuzz targets apart by their file', () =>
    assert.match(
      titleOf(
        asan(
          'LLVMFuzzerTestOneInput /src/piano/midi_fuzzer.cc:12:5',
          'fuzzer::Fuzzer::ExecuteCallback(unsigned char const*, unsigned long) /src/fuzzer.cpp:600:15',
        ),
      ),
      /LLVMFuzzerTestOneInput \(midi_fuzzer\.cc\)/,
    ));
});
