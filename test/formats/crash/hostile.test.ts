import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { processMinidump } from '../../../src/formats/crash/process-minidump.ts';
import { ARCH, DumpBuilder, OS, words64 } from '../minidump/builder.ts';
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

describe('a dump of 8,192 threads with 8,192 unloaded modules around their frames', () => {
  const THREADS = 8192;
  const STACK = 0x7f00_0000_0000n;

  /** All threads share a stack of twelve frames and a context. */
  function crowded(): Uint8Array {
    const builder = new DumpBuilder().system({ architecture: ARCH.amd64, platform: OS.linux });
    const frames = Array.from({ length: 12 }, (_, index) => [STACK + BigInt(index + 1) * 16n, 0x40_1000n]);
    const stack = builder.place(words64(...frames.flat()));
    const context = builder.amd64({ rip: 0x40_1234n, rsp: STACK, rbp: STACK });
    const registers = builder.place(context);
    const name = builder.string16('u'.repeat(200));
    const threads = new DataView(new ArrayBuffer(4 + 48 * THREADS));
    const unloaded = new DataView(new ArrayBuffer(12 + 24 * THREADS));
    threads.setUint32(0, THREADS, true);
    for (const [at, value] of [12, 24, THREADS].entries()) unloaded.setUint32(at * 4, value, true);
    for (let index = 0; index < THREADS; index++) {
      const thread = 4 + index * 48;
      threads.setUint32(thread, index, true);
      threads.setBigUint64(thread + 24, STACK, true);
      for (const [at, value] of [stack.size, stack.rva, registers.size, registers.rva].entries())
        threads.setUint32(thread + 32 + at * 4, value, true);
      const module = 12 + index * 24;
      unloaded.setBigUint64(module, BigInt(index), true);
      unloaded.setUint32(module + 8, 0xf000_0000, true);
      unloaded.setUint32(module + 20, name, true);
    }
    return builder
      .stream('threadList', new Uint8Array(threads.buffer))
      .stream('unloadedModuleList', new Uint8Array(unloaded.buffer))
      .exception({ threadId: THREADS - 1, code: 11, context })
      .build();
  }

  test('gives the crashed thread whole and bounds the rest', async () => {
    const report = await processMinidump(crowded());
    assert.equal(report.thread_count, THREADS);
    assert.equal(report.crashing_thread?.frame_count, 12);
    const frames = report.threads.flatMap((thread) => thread.frames);
    assert.ok(frames.length <= 20_000 + THREADS, `${frames.length} frames`);
    const offsets = frames.flatMap((frame) => frame.unloaded_modules ?? []).flatMap((hit) => hit.offsets);
    assert.equal(offsets.length, 10_000);
    assert.equal(report.crashing_thread?.frames[0]?.unloaded_modules?.[0]?.offsets.length, 64);
    assert.deepEqual(report.mayday.limits_hit, ['total_frame_limit']);
  });
});
