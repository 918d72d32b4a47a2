import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { processMinidump } from '../../../src/formats/crash/process-minidump.ts';
import { renderText } from '../../../src/formats/crash/crash-text.ts';
import { OS } from '../minidump/builder.ts';
import { CODE, type CrashSpec, crashDump } from './crashed.ts';

async function textOf(spec: CrashSpec, moduleName = '/opt/app'): Promise<string> {
  const builder = crashDump(spec).modules({ base: 0x40_0000n, size: 0x10000, name: moduleName });
  return renderText(await processMinidump(builder.build()));
}

describe('renderText', () => {
  test('shows system, reason, instruction and the crashing thread with registers', async () => {
    const text = await textOf({ code: 'c7401005000000', registers: { rax: 0n }, address: 0x10n });
    const expected = [
      'Operating system: Linux',
      'Crash reason:  SIGSEGV / SEGV_MAPERR',
      'Crash address: 0x0000000000000010 **',
      '    ** Null pointer detected with offset: 0x0000000000000010',
      'Crashing instruction: `mov dword [rax + 0x10], 0x5`',
      'Thread 0 (crashed) - tid: 1',
      ' 0  app + 0x1000',
      `     rip = 0x${CODE.toString(16).padStart(16, '0')}`,
      '    Found by: given as instruction pointer in context',
      'Loaded modules:',
    ];
    const lines = text.split('\n');
    assert.deepEqual(
      expected.filter((line) => !lines.includes(line)),
      [],
    );
  });

  test('shows possible bit flips, the most likely first', async () => {
    const rax = 0x7f00_0000_1000n ^ (1n << 40n);
    const maps = ['7f0000000000-7f0000010000 rw-p'];
    const text = await textOf({ code: 'c70005000000', registers: { rax }, address: rax, maps });
    assert.match(text, /flipped bit:\n {2}0\. Valid address: 0x00007f0000001000 \(0\.250\)/);
  });

  test('shows contradictions in words', async () => {
    const text = await textOf({ code: 'c70005000000', exception: 8, flags: 1 });
    assert.match(text, /Crash is inconsistent:\n {2}The reason is an integer division by zero/);
  });

  test('writes control characters of the dump as escapes', async () => {
    const text = await textOf({ platform: OS.linux }, 'a\u001b[31m\nThread 9 (crashed)\u202e');
    assert.ok(text.includes('a\\u001b[31m\\u000aThread 9 (crashed)\\u202e'));
    // oxlint-disable-next-line no-control-regex -- none of these may be left
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  test('gives the sentence of a file that is no minidump', async () => {
    const report = await processMinidump(new TextEncoder().encode('<html>'));
    assert.equal(
      renderText(report),
      'Status: ERROR_NO_MINIDUMP_HEADER: the file is HTML or XML, not a minidump\n\nNo crash\n',
    );
  });
});
