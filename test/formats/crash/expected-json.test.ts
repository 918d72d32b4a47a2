// Every dump that has a report of rust-minidump's minidump-stackwalk, compared key for key. Mayday's report must be a
// superset: equal everywhere except under `mayday` and where a test here names the decision to differ.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { processMinidump } from '../../../src/formats/crash/process-minidump.ts';
import { DirectorySymbols } from '../../../src/process/symbols/directory-symbols.ts';
import { SHARED_ABSENT, sharedData } from '../../shared-data.ts';

const skip = sharedData('minidumps') === null ? SHARED_ABSENT : false;

function shared(...segments: readonly string[]): string {
  const path = sharedData('minidumps', ...segments);
  assert.ok(path, `the shared data has ${segments.join('/')}`);
  return path;
}

async function reportOf(dump: string, symbols: boolean): Promise<Record<string, unknown>> {
  const bytes = readFileSync(shared('dumps', `${dump}.dmp`));
  const options = symbols ? { symbols: new DirectorySymbols({ roots: [shared('symbols')] }) } : {};
  // Through JSON, as everyone else reads it: absent keys and undefined values are the same there.
  const report = JSON.parse(JSON.stringify(await processMinidump(bytes, options))) as Record<string, unknown>;
  delete report['mayday'];
  return report;
}

describe('the processed report equals that of minidump-stackwalk', { skip }, () => {
  for (const [dump, variant] of [
    ['rm-test', 'nosym'],
    ['rm-test', 'sym'],
    ['rm-linux-mini', 'nosym'],
    ['rm-pipeline-inlines-macos-segv', 'sym'],
  ] as const) {
    test(`for ${dump}, ${variant === 'sym' ? 'with symbols' : 'without symbols'}`, async () => {
      const expected: unknown = JSON.parse(
        readFileSync(shared('expected', `${dump}.rust-json-${variant}.json`), 'utf8'),
      );
      assert.deepEqual(await reportOf(dump, variant === 'sym'), expected);
    });
  }
});
