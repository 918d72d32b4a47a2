import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { processMinidump } from '../../../src/formats/crash/process-minidump.ts';
import { SHARED_ABSENT, sharedData } from '../../shared-data.ts';

const MAX_MS = 2000;
const MAX_BYTES = 256 * 1024 * 1024;

const hostile = sharedData('minidumps', 'hostile');
const dumps = sharedData('minidumps', 'dumps');
const skip = hostile === null || dumps === null ? SHARED_ABSENT : false;

function filesIn(folder: string | null): string[] {
  return folder === null ? [] : readdirSync(folder).map((name) => path.join(folder, name));
}

/** A small generator of numbers that gives the same ones on every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('hostile minidumps', { skip }, () => {
  test('are processed within 2 seconds each and 256 MB in all', () => {
    const files = filesIn(hostile);
    assert.ok(files.length >= 25, `${files.length} files`);
    const script = path.join(import.meta.dirname, 'hostile-run.ts');
    const output = execFileSync(process.execPath, [script, ...files], { encoding: 'utf8', timeout: 120_000 });
    const run = JSON.parse(output) as {
      slowestMs: number;
      peakBytes: number;
      statuses: Record<string, string>;
    };
    assert.equal(Object.keys(run.statuses).length, files.length);
    assert.ok(run.slowestMs < MAX_MS, `${run.slowestMs} ms`);
    assert.ok(run.peakBytes < MAX_BYTES, `${run.peakBytes} bytes`);
  });

  test('whose stack is one long list of return addresses hit a limit instead of growing', async () => {
    const { gunzipSync } = await import('node:zlib');
    const file = filesIn(hostile).find((name) => name.includes('scan-explosion'));
    assert.ok(file);
    const report = await processMinidump(gunzipSync(readFileSync(file)));
    assert.ok((report.threads[0]?.frame_count ?? 0) <= 500);
    assert.notDeepEqual(report.mayday.limits_hit, []);
  });
});

describe('damaged minidumps', { skip }, () => {
  test('never make processing throw or run long, whichever bytes are flipped', async () => {
    const random = randomNumbers(20_261_120);
    for (const file of [...filesIn(dumps), ...filesIn(hostile)]) {
      const bytes = readFileSync(file);
      if (bytes.length === 0 || file.endsWith('.gz')) continue;
      for (let round = 0; round < 12; round += 1) {
        const damaged = Uint8Array.from(bytes);
        // Half of the rounds aim at headers and lists, which lie in the front of most files.
        const reach = round % 2 === 0 ? Math.min(4096, damaged.length) : damaged.length;
        for (let flip = 0; flip < 1 + round; flip += 1) damaged[random(reach)] = random(256);
        const start = performance.now();
        const report = await processMinidump(damaged);
        const took = performance.now() - start;
        assert.ok(typeof report.status === 'string');
        assert.ok(took < MAX_MS, `${path.basename(file)} round ${round}: ${took} ms`);
      }
    }
  });

  test('never make processing throw, wherever the file ends', async () => {
    for (const file of filesIn(dumps)) {
      const bytes = readFileSync(file);
      for (let part = 0; part < 24; part += 1) {
        const report = await processMinidump(bytes.subarray(0, Math.floor((bytes.length * part) / 24)));
        assert.notEqual(report.status, 'OK', `${path.basename(file)} cut to ${part}/24`);
      }
    }
  });
});
