import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { processMinidump } from '../../../src/formats/crash/process-minidump.ts';
import type { ProcessedMinidump } from '../../../src/formats/crash/processed-minidump.ts';
import { MemorySymbols } from '../../../src/formats/symbols/memory-symbols.ts';
import { ARCH, DumpBuilder, OS, u32, u64, words64 } from '../minidump/builder.ts';
import { dumpOf } from '../minidump/parsed.ts';
import { CODE, crashDump } from './crashed.ts';

const APP = { base: 0x40_0000n, size: 0x10000, name: '/opt/app' };
const APP_ID = '030201000504070608090A0B0C0D0E0F0';

function processed(builder: DumpBuilder): Promise<ProcessedMinidump> {
  return processMinidump(builder.build());
}

describe('status', () => {
  for (const [name, bytes, status] of [
    ['an empty file', new Uint8Array(0), 'ERROR_EMPTY_FILE'],
    ['text', new TextEncoder().encode('hello world, this is text'), 'ERROR_NO_MINIDUMP_HEADER'],
    ['the front of a header', dumpOf().build().subarray(0, 20), 'ERROR_TRUNCATED'],
    ['a dump cut in half', crashDump({}).build().subarray(0, 900), 'ERROR_TRUNCATED'],
    ['a dump without system', new DumpBuilder().threads({ id: 1 }).build(), 'ERROR_NO_SYSTEM_INFO'],
    ['a dump without threads', dumpOf().build(), 'ERROR_NO_THREAD_LIST'],
    ['a dump of an unknown CPU', dumpOf({ architecture: 0x7777 }).threads().build(), 'ERROR_UNSUPPORTED_CPU'],
  ] as const) {
    test(`of ${name} is ${status}, with a sentence`, async () => {
      const report = await processMinidump(bytes);
      assert.equal(report.status, status);
      assert.match(report.mayday.error ?? '', /^[a-z].{10,}/);
    });
  }

  test('counts only what a cut dump lacks', async () => {
    const builder = crashDump({});
    const noStream = builder.stream('softErrors', new Uint8Array(64)).build();
    const directory = new DataView(noStream.buffer).getUint32(12, true);
    const streams = new DataView(noStream.buffer).getUint32(8, true);
    new DataView(noStream.buffer).setUint32(directory + (streams - 1) * 12 + 8, 0x7fff_0000, true);
    const report = await processMinidump(noStream);
    assert.equal(report.mayday.error, `the file is cut short or damaged: it lacks 1 of ${streams} streams`);
  });

  test('of a whole dump is OK, without a sentence', async () => {
    const report = await processed(crashDump({}));
    assert.deepEqual([report.status, report.mayday.error], ['OK', null]);
  });

  test('keeps what a dump with a cut stream still has', async () => {
    const builder = crashDump({}).modules(APP);
    const bytes = builder.build();
    const view = new DataView(bytes.buffer);
    const directory = view.getUint32(12, true);
    // The last entry is the module list; move it out of the file.
    view.setUint32(directory + (view.getUint32(8, true) - 1) * 12 + 8, 0x7fffffff, true);
    const report = await processMinidump(bytes);
    assert.equal(report.status, 'ERROR_TRUNCATED');
    assert.equal(report.threads.length, 1);
    assert.equal(report.crash_info.type, 'SIGSEGV / SEGV_MAPERR');
  });
});

describe('threads', () => {
  test('of a crash start with the registers of the exception', async () => {
    const builder = dumpOf();
    builder
      .threads(
        { id: 1, context: builder.amd64({ rip: 0x1111n }) },
        { id: 2, context: builder.amd64({ rip: 0x2222n }) },
      )
      .exception({ threadId: 2, code: 11, context: builder.amd64({ rip: 0x3333n }) });
    const report = await processed(builder);
    assert.deepEqual(
      report.threads.map((thread) => thread.frames[0]?.offset),
      ['0x0000000000001111', '0x0000000000003333'],
    );
    assert.equal(report.crash_info.crashing_thread, 1);
    assert.equal(report.crashing_thread?.threads_index, 1);
    assert.equal(report.crashing_thread.frames[0]?.registers?.['rip'], '0x0000000000003333');
  });

  test('without exception show the one that asked for the dump', async () => {
    const builder = dumpOf();
    builder.threads(
      { id: 1, context: builder.amd64({}) },
      { id: 2, context: builder.amd64({ rip: 0x2222n }) },
    );
    builder.stream('breakpadInfo', builder.pack(u32(2), u32(0), u32(2)));
    const report = await processed(builder);
    assert.equal(report.crash_info.type, null);
    assert.equal(report.crashing_thread?.thread_id, 2);
  });

  test('leave out the stack of the one that wrote the dump', async () => {
    const builder = dumpOf();
    builder.threads(
      { id: 1, context: builder.amd64({}) },
      { id: 2, context: builder.amd64({ rip: 0x2222n }) },
    );
    builder.stream('breakpadInfo', builder.pack(u32(3), u32(1), u32(2)));
    const report = await processed(builder);
    assert.deepEqual([report.threads[0]?.frames, report.mayday.threads[0]?.state], [[], 'skipped']);
  });

  test('have no crashing one where its id is not in the list', async () => {
    const builder = dumpOf();
    const report = await processed(builder.threads({ id: 1 }).exception({ threadId: 99, code: 11 }));
    assert.equal(report.crash_info.crashing_thread, null);
    assert.equal('crashing_thread' in report, false);
  });

  test('keep their place when their context cannot be read', async () => {
    const report = await processed(dumpOf().threads({ id: 1 }, { id: 2 }));
    assert.deepEqual(
      report.mayday.threads.map(({ state }) => state),
      ['no_context', 'no_context'],
    );
    assert.equal(report.thread_count, 2);
  });

  test('take their stack from the memory list where the thread list has none', async () => {
    const builder = dumpOf().modules(APP);
    const stack = words64(0x8020n, CODE + 5n, 0n, 0n, 0n, 0n);
    builder
      .threads({ id: 1, context: builder.amd64({ rip: CODE, rsp: 0x8000n, rbp: 0x8000n }) })
      .memory({ base: 0x8000n, bytes: stack });
    const report = await processed(builder);
    assert.deepEqual(
      report.threads[0]?.frames.slice(0, 2).map(({ offset, trust }) => [offset, trust]),
      [
        ['0x0000000000401000', 'context'],
        ['0x0000000000401004', 'frame_pointer'],
      ],
    );
  });

  test('take the memory around the stack pointer where that is elsewhere than their stack', async () => {
    const builder = dumpOf().modules(APP);
    builder
      .threads({
        id: 1,
        context: builder.amd64({ rip: CODE, rsp: 0x8000n, rbp: 0x8000n }),
        stack: { base: 0x70000n, bytes: words64(1n, 2n) },
      })
      .memory({ base: 0x8000n, bytes: words64(0x8020n, CODE + 5n, 0n, 0n, 0n, 0n) });
    const report = await processed(builder);
    assert.equal(report.threads[0]?.frames[1]?.trust, 'frame_pointer');
  });

  test('of a processor that nobody unwinds show where they were', async () => {
    const builder = dumpOf({ architecture: ARCH.ppc });
    builder.modules(APP).threads({ id: 1, context: builder.ppc({ srr0: CODE, r1: 0x8000n }) });
    const report = await processed(builder.exception({ threadId: 1, code: 11 }));
    assert.equal(report.threads[0]?.frames.length, 1);
    assert.equal(report.threads[0]?.frames[0]?.module, 'app');
    assert.equal(report.crashing_thread?.frames[0]?.registers?.['srr0'], '0x00401000');
  });

  test('name the last error of Windows', async () => {
    const builder = dumpOf({ platform: OS.windows });
    builder
      .threads({ id: 1, teb: 0x9000n, context: builder.amd64({ rip: 1n }) })
      .memory({ base: 0x9000n, bytes: words64(...Array.from({ length: 13 }, () => 0n), 5n) });
    const report = await processed(builder);
    assert.equal(report.threads[0]?.last_error_value, 'ERROR_ACCESS_DENIED');
  });

  test('show unloaded modules where no loaded one covers the frame', async () => {
    const builder = dumpOf({ platform: OS.windows });
    const name = builder.string16('gone.dll');
    const entry = builder.pack(u64(CODE - 0x10n), u32(0x100), u32(0), u32(0), u32(name));
    builder
      .stream('unloadedModuleList', builder.pack(u32(12), u32(24), u32(1), entry))
      .threads({ id: 1, context: builder.amd64({ rip: CODE }) });
    const report = await processed(builder);
    assert.deepEqual(report.threads[0]?.frames[0]?.unloaded_modules, [
      { module: 'gone.dll', offsets: ['0x0000000000000010'] },
    ]);
  });
});

describe('a big-endian dump', () => {
  test('is processed like any other: registers, stack memory, modules', async () => {
    const builder = new DumpBuilder({ bigEndian: true }).system({
      architecture: ARCH.mips,
      platform: OS.linux,
    });
    const context = builder.mips({ epc: CODE, $29: 0x8000n, $31: CODE + 0x20n });
    const stack = {
      base: 0x8000n,
      bytes: builder.pack(...Array.from({ length: 64 }, () => u32(CODE + 0x100n))),
    };
    builder.modules(APP).threads({ id: 1, stack, context }).memory(stack);
    const report = await processed(
      builder.exception({ threadId: 1, code: 11, flags: 1, address: 4n, context }),
    );
    assert.deepEqual([report.status, report.crash_info.type], ['OK', 'SIGSEGV / SEGV_MAPERR']);
    assert.equal(report.crashing_thread?.frames[0]?.registers?.['ra'], '0x00401020');
    assert.equal(report.crashing_thread.frames[0]?.module, 'app');
    assert.ok(report.crashing_thread.frame_count > 1, 'frames were found by scanning big-endian words');
  });
});

describe('modules', () => {
  const SYMBOLS = `MODULE Linux x86_64 ${APP_ID} app\nFILE 0 main.c\nFUNC 1000 20 0 crash_here\n1000 20 7 0\n`;

  function withSymbols(...buildId: readonly number[]): DumpBuilder {
    const builder = dumpOf();
    return builder
      .modules({ ...APP, codeView: builder.buildId(...buildId) })
      .threads({ id: 1, context: builder.amd64({ rip: CODE }) });
  }

  test('give names and lines to frames, and say that their symbols were found', async () => {
    const symbols = new MemorySymbols();
    symbols.add(SYMBOLS);
    const bytes = withSymbols(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15).build();
    const report = await processMinidump(bytes, { symbols });
    const frame = report.threads[0]?.frames[0];
    assert.deepEqual(
      [frame?.function, frame?.file, frame?.line, frame?.function_offset, frame?.missing_symbols],
      ['crash_here', 'main.c', 7, '0x0000000000000000', false],
    );
    assert.deepEqual(
      [report.modules[0]?.loaded_symbols, report.mayday.modules[0]?.symbols],
      [true, 'loaded'],
    );
  });

  test('say that their symbols are missing only where some were looked for', async () => {
    const bytes = withSymbols(1, 2, 3, 4).build();
    const without = await processMinidump(bytes);
    assert.equal(without.modules[0]?.missing_symbols, false);
    const looked = await processMinidump(bytes, { symbols: new MemorySymbols() });
    assert.equal(looked.modules[0]?.missing_symbols, true);
  });

  test('with nil ids match no symbols', async () => {
    const symbols = new MemorySymbols();
    symbols.add(SYMBOLS.replace(APP_ID, '0'.repeat(33)), { debugFile: 'app', debugId: '0'.repeat(33) });
    const report = await processMinidump(withSymbols(0, 0, 0, 0).build(), { symbols });
    assert.equal(report.threads[0]?.frames[0]?.function, null);
    assert.equal(report.mayday.modules[0]?.symbols, 'no_debug_id');
    assert.equal(report.modules[0]?.debug_id, '0'.repeat(33));
  });
});

describe('mayday', () => {
  test('shows the mapping around the crash address', async () => {
    const report = await processed(crashDump({ address: 0x9008n, maps: ['9000-a000 r--p'] }));
    assert.deepEqual(report.mayday.crash_mapping, {
      base_addr: '0x0000000000009000',
      end_addr: '0x000000000000a000',
      permissions: 'r--',
      name: '',
    });
  });

  /** A thread with twenty frames, each of which points at the next. */
  function deep(): Uint8Array {
    const words = Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0 ? 0x8010n + BigInt(index) * 8n : CODE,
    );
    const builder = dumpOf().modules(APP);
    const context = builder.amd64({ rip: CODE, rsp: 0x8000n, rbp: 0x8000n });
    return builder.threads({ id: 1, stack: { base: 0x8000n, bytes: words64(...words) }, context }).build();
  }

  test('names the limits that were hit', async () => {
    const report = await processMinidump(deep(), { walkLimits: { maxFramesPerThread: 5 } });
    assert.deepEqual(report.mayday.limits_hit, ['frame_limit']);
  });

  test('says how many frames were left out in the middle', async () => {
    const report = await processMinidump(deep(), { walkLimits: { keepHead: 2, keepTail: 3 } });
    const [thread] = report.mayday.threads;
    assert.equal(report.threads[0]?.frame_count, 5);
    assert.deepEqual(thread?.omitted, { from: 2, count: (thread?.walked_frames ?? 0) - 5 });
  });

  test('takes no word for a return address that leads into data, unless the mappings are those of an emulator', async () => {
    const offsets = async (program: string): Promise<unknown[]> => {
      const stack = { base: 0x8000n, bytes: words64(0x40_8000n, 0x40_2000n, 0n, 0n) };
      const maps = [`00400000-00404000 ${program}`, '00404000-00410000 rw-p'];
      const report = await processed(crashDump({ registers: { rsp: 0x8000n }, stack, maps }).modules(APP));
      return (report.threads[0]?.frames ?? []).slice(1).map((frame) => frame.module_offset);
    };
    assert.deepEqual(await offsets('r-xp'), ['0x0000000000001fff']);
    assert.deepEqual(await offsets('r--p'), ['0x0000000000007fff', '0x0000000000001fff']);
  });

  test('walks the crashed thread before all others, which could use up what a dump may have', async () => {
    const builder = dumpOf().modules(APP);
    const words = Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0 ? 0x8010n + BigInt(index) * 8n : CODE,
    );
    const context = builder.amd64({ rip: CODE, rsp: 0x8000n, rbp: 0x8000n });
    const stack = { base: 0x8000n, bytes: words64(...words) };
    builder
      .threads({ id: 1, stack, context }, { id: 2, stack, context }, { id: 3, stack, context })
      .exception({ threadId: 3, code: 11, context });
    const report = await processMinidump(builder.build(), { walkLimits: { maxFramesTotal: 23 } });
    const counts = report.threads.map(({ thread_id: id, frame_count: frames }) => [id, frames]);
    assert.deepEqual(counts, [
      [1, 2],
      [2, 1],
      [3, 21],
    ]);
    assert.equal(report.crash_info.crashing_thread, 2);
  });

  test('ends the walk when the caller says that it is over', async () => {
    const report = await processMinidump(deep(), { isOver: () => true });
    assert.deepEqual(report.mayday.limits_hit, ['deadline']);
  });
});
