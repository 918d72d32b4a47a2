import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SymbolBudgetError } from '../../../src/formats/symbols/symbol-provider.ts';
import { createStackWalker } from '../../../src/formats/stackwalk/walker.ts';
import type { CpuKind, MemoryRegion, WalkOs } from '../../../src/formats/stackwalk/walk.ts';
import type { SymbolProvider } from '../../../src/formats/symbols/symbol-provider.ts';
import { module, outline, StackBuilder, symbolsFor, walk } from './stack-builder.ts';

const TOP = 0x7fff_0000_0000n;
const APP = module('app', 0x40_0000n);
const LIB = module('lib', 0x50_0000n);

/** `count` frame records, one behind the other. */
function chain(count: number): MemoryRegion {
  const stack = new StackBuilder(TOP, 8);
  for (let i = 0; i < count; i++) stack.push(TOP + BigInt(16 * (i + 1)), 0x40_1005n);
  return stack.push(0n, 0n).build();
}

const CHAIN_REGISTERS = { rip: 0x40_0123n, rsp: TOP - 8n, rbp: TOP };

describe('limits of a walk', () => {
  it('keep head and tail of a long stack and say what is missing', async () => {
    const result = await walk({
      cpu: 'amd64',
      modules: [APP],
      stack: chain(1000),
      registers: CHAIN_REGISTERS,
    });
    assert.equal(result.frameCount, 1001);
    assert.equal(result.frames.length, 500);
    assert.deepEqual(result.omitted, { from: 250, count: 501 });
    assert.deepEqual(
      [result.frames[249]?.index, result.frames[250]?.index, result.frames[499]?.index],
      [249, 751, 1000],
    );
    assert.deepEqual(result.notes, []);
  });

  it('leave nothing out where head and tail meet', async () => {
    const result = await walk({
      cpu: 'amd64',
      modules: [APP],
      stack: chain(499),
      registers: CHAIN_REGISTERS,
    });
    assert.equal(result.omitted, null);
    assert.deepEqual(
      result.frames.map((frame) => frame.index),
      Array.from({ length: 500 }, (_, i) => i),
    );
  });

  it('stop a thread after so many frames', async () => {
    const limits = { maxFramesPerThread: 100, keepHead: 10, keepTail: 10 };
    const result = await walk({
      cpu: 'amd64',
      modules: [APP],
      limits,
      stack: chain(1000),
      registers: CHAIN_REGISTERS,
    });
    assert.deepEqual([result.frameCount, result.frames.length, result.notes], [100, 20, ['frame_limit']]);
  });

  it('stop all threads together after so many frames', async () => {
    const walker = createStackWalker({
      cpu: 'amd64',
      os: 'linux',
      modules: [APP],
      limits: { maxFramesTotal: 150 },
    });
    const thread = { registers: new Map(Object.entries(CHAIN_REGISTERS)), stack: chain(99) };
    const first = await walker.walk(thread);
    const second = await walker.walk(thread);
    assert.deepEqual([first.frameCount, first.notes], [100, []]);
    assert.deepEqual([second.frameCount, second.notes], [50, ['total_frame_limit']]);
  });

  it('keep so many frames over all threads, and frame 0 of the threads beyond', async () => {
    const walker = createStackWalker({
      cpu: 'amd64',
      os: 'linux',
      modules: [APP],
      limits: { maxKeptFramesTotal: 130 },
    });
    const thread = { registers: new Map(Object.entries(CHAIN_REGISTERS)), stack: chain(99) };
    const walks = [await walker.walk(thread), await walker.walk(thread), await walker.walk(thread)];
    assert.deepEqual(
      walks.map(({ frames, frameCount, omitted, notes }) => [frames.length, frameCount, omitted, notes]),
      [
        [100, 100, null, []],
        [30, 100, { from: 15, count: 70 }, ['total_frame_limit']],
        [1, 100, { from: 1, count: 99 }, ['total_frame_limit']],
      ],
    );
  });

  it('stop scanning after so many guessed frames', async () => {
    const stack = new StackBuilder(TOP, 8).gap(2000, 0x40_1005n);
    const result = await walk({
      cpu: 'amd64',
      modules: [APP],
      stack,
      registers: { rip: 0x40_0000n, rsp: TOP },
    });
    assert.deepEqual([result.frameCount, result.notes], [1025, ['scan_limit']]);
  });

  it('stop at the deadline', async () => {
    let asked = 0;
    const result = await walk({
      cpu: 'amd64',
      modules: [APP],
      isOver: () => ++asked > 7,
      stack: chain(100),
      registers: CHAIN_REGISTERS,
    });
    assert.deepEqual([result.frameCount, result.notes], [8, ['deadline']]);
  });

  it('cut the inlined calls of one frame', async () => {
    const inlines = Array.from({ length: 20 }, (_, depth) => `INLINE ${depth} 1 0 0 1000 10`);
    const symbols = symbolsFor({ app: ['FILE 0 a', 'INLINE_ORIGIN 0 g', 'FUNC 1000 10 0 f', ...inlines] });
    const result = await walk({
      cpu: 'amd64',
      modules: [APP],
      symbols,
      limits: { maxInlinesPerFrame: 5 },
      stack: chain(0),
      registers: { rip: 0x40_1000n, rsp: TOP },
    });
    assert.deepEqual([result.frames[0]?.inlines.length, result.notes], [5, ['inline_limit']]);
  });

  it('ask for the symbols of so many modules and no more', async () => {
    const modules = Array.from({ length: 10 }, (_, i) => module(`m${i}`, BigInt(i + 1) * 0x10_0000n));
    let loads = 0;
    const symbols: SymbolProvider = {
      load: () => {
        loads++;
        return null;
      },
    };
    const stack = new StackBuilder(TOP, 8).push(...modules.map(({ base }) => base + 16n));
    const walker = createStackWalker({
      cpu: 'amd64',
      os: 'linux',
      modules,
      symbols,
      limits: { maxModulesWithSymbols: 3 },
    });
    const result = await walker.walk({
      registers: new Map([
        ['rip', 5n],
        ['rsp', TOP],
      ]),
      stack: stack.build(),
    });
    assert.equal(loads, 3);
    assert.deepEqual(result.notes, ['symbol_module_limit']);
    assert.deepEqual(walker.symbolStates().slice(2, 5), [
      { state: 'missing' },
      { state: 'over_limit' },
      { state: 'over_limit' },
    ]);
  });
});

describe('a walk', () => {
  it('without a program counter has no frames', async () => {
    const result = await walk({ cpu: 'amd64', stack: chain(1), registers: { rsp: TOP } });
    assert.deepEqual([result.frames, result.notes], [[], ['no_context']]);
  });

  it('without stack memory has the first frame, with its name', async () => {
    const result = await walk({
      cpu: 'amd64',
      modules: [APP],
      symbols: symbolsFor({ app: ['FUNC 1000 10 0 f'] }),
      stack: null,
      registers: { rip: 0x40_1000n, rsp: TOP },
    });
    assert.deepEqual([outline(result), result.notes], [['context f'], ['no_stack_memory']]);
    assert.equal(result.frames[0]?.functionBase, 0x40_1000n);
  });

  it('names unloaded modules where no loaded one covers a frame', async () => {
    const unloadedModules = [
      { base: 0x60_0000n, size: 0x1000n, name: 'old.dll' },
      { base: 0x5f_f000n, size: 0x3000n, name: 'old.dll' },
      { base: 0x60_0000n, size: 0x1000n, name: 'other.dll' },
      { base: 0x70_0000n, size: 0x1000n, name: 'elsewhere.dll' },
    ];
    const scene = { cpu: 'amd64' as const, modules: [APP], unloadedModules, stack: null };
    const gone = await walk({ ...scene, registers: { rip: 0x60_0010n, rsp: TOP } });
    assert.deepEqual(gone.frames[0]?.unloadedModules, [
      { name: 'old.dll', offsets: [0x10n, 0x1010n] },
      { name: 'other.dll', offsets: [0x10n] },
    ]);
    const here = await walk({ ...scene, registers: { rip: 0x40_0010n, rsp: TOP } });
    assert.deepEqual(here.frames[0]?.unloadedModules, []);
  });

  // Holds: native-nested
  it('finds a module that lies inside another there, and the other one around it', async () => {
    const vdso = module('linux-vdso.so.1', APP.base + 0x8000n, 0x1000n);
    const inVdso = module('inner', vdso.base + 0x100n, 0x10n);
    const find = async (rip: bigint): Promise<number | null | undefined> =>
      (await walk({ cpu: 'amd64', modules: [APP, vdso, inVdso], stack: null, registers: { rip, rsp: TOP } }))
        .frames[0]?.moduleIndex;
    const at = (offset: bigint): Promise<number | null | undefined> => find(vdso.base + offset);
    assert.deepEqual(
      await Promise.all([-1n, 0n, 0xffn, 0x100n, 0x10fn, 0x110n, 0xfffn, 0x1000n].map(at)),
      [0, 1, 1, 2, 2, 1, 1, 0],
    );
    assert.equal(await find(APP.base + APP.size), null);
  });

  it('finds modules by address when one only starts inside another: the first stays', async () => {
    const inside = module('inside', APP.base + 0x100n);
    const result = await walk({
      cpu: 'amd64',
      modules: [inside, APP],
      stack: null,
      registers: { rip: APP.base + 0x200n, rsp: TOP },
    });
    assert.equal(result.frames[0]?.moduleIndex, 1);
  });

  it('never matches symbols by an id that is all zeros', async () => {
    let asked = false;
    const symbols: SymbolProvider = {
      load: () => {
        asked = true;
        return null;
      },
    };
    const nil = { ...APP, debugId: '0'.repeat(33), codeId: '' };
    await walk({
      cpu: 'amd64',
      modules: [nil],
      symbols,
      stack: null,
      registers: { rip: APP.base, rsp: TOP },
    });
    assert.equal(asked, false);
  });
});

describe('a caller that nobody can believe', () => {
  const symbols = symbolsFor({
    app: [
      'FUNC 1000 100 0 crash',
      'FUNC 2000 100 0 middle',
      'FUNC 3000 100 0 main',
      'STACK CFI INIT 1000 100 .cfa: $rsp 8 + .ra: .cfa 8 - ^',
      'STACK CFI INIT 2000 100 .cfa: $rsp 16 + .ra: .cfa 8 - ^',
      'STACK CFI INIT 3000 100 .cfa: $rsp 16 + .ra: .undef',
    ],
  });
  const registers = { rip: 0x40_1010n, rsp: TOP };
  const names = ['crash', 'middle', 'main'];
  const walkFrom = async (first: bigint, scene: object = {}): Promise<string[]> => {
    const stack = new StackBuilder(TOP, 8).push(first, 0n, 0x40_2010n, 0n, 0x40_3010n, 0n, 0n);
    return outline(await walk({ cpu: 'amd64', modules: [APP, LIB], symbols, stack, registers, ...scene }));
  };

  // Holds: native-next
  it('gives way to the next technique: unwind information that leads to zero, into the first page, or nowhere forward', async () => {
    const expected = [`context ${names[0]}`, `scan ${names[1]}`, `cfi ${names[2]}`];
    assert.deepEqual(await walkFrom(0n), expected);
    assert.deepEqual(await walkFrom(0x123n), expected);
    const backwards = symbolsFor({
      app: [
        'FUNC 1000 100 0 crash',
        'FUNC 2000 100 0 middle',
        'FUNC 3000 100 0 main',
        'STACK CFI INIT 1000 100 .cfa: $rsp 8 - .ra: $rsp 16 + ^',
        'STACK CFI INIT 2000 100 .cfa: $rsp 16 + .ra: .cfa 8 - ^',
        'STACK CFI INIT 3000 100 .cfa: $rsp 16 + .ra: .undef',
      ],
    });
    assert.deepEqual(await walkFrom(0n, { symbols: backwards }), expected);
  });

  // Holds: native-code
  it('is one in memory that could not be executed, for scanning as well', async () => {
    const isExecutable = (address: bigint): boolean | null =>
      address < LIB.base ? true : address < LIB.base + LIB.size ? false : null;
    const expected = [`context ${names[0]}`, `scan ${names[1]}`, `cfi ${names[2]}`];
    assert.deepEqual(await walkFrom(LIB.base + 0x100n, { isExecutable }), expected);
    const unknown = await walkFrom(0x7777_0000n, { isExecutable });
    assert.equal(unknown[1], 'cfi 0x77770000', 'code that was made at run-time lies in no module');
  });

  it('is not looked for behind the last frame record, which returns to zero', async () => {
    const stack = new StackBuilder(TOP, 8).push(TOP + 16n, 0x50_0010n, TOP + 32n, 0n, 0x50_0020n, 0n, 0n);
    const result = await walk({
      cpu: 'amd64',
      modules: [LIB],
      stack,
      registers: { rip: 0x50_0100n, rsp: TOP - 8n, rbp: TOP },
    });
    assert.equal(result.frames.length, 2);
  });
});

describe('a stack of 30,000 frames', () => {
  // Holds: native-deep
  it('is walked to its true end: main is there, and the frames in the middle are counted', async () => {
    const symbols = symbolsFor({
      app: [
        'FUNC 1000 100 0 recurse',
        'FUNC 2000 100 0 main',
        'STACK CFI INIT 1000 100 .cfa: $rsp 16 + .ra: .cfa 8 - ^',
        'STACK CFI INIT 2000 100 .cfa: $rsp 16 + .ra: .undef',
      ],
    });
    const stack = new StackBuilder(TOP, 8);
    for (let i = 0; i < 29_999; i++) stack.push(0n, 0x40_1010n);
    stack.push(0n, 0x40_2010n, 0n, 0n);
    const registers = { rip: 0x40_1010n, rsp: TOP };
    const result = await walk({ cpu: 'amd64', modules: [APP], symbols, stack, registers });
    assert.equal(result.frameCount, 30_001);
    assert.deepEqual(
      [result.frames[0]?.function, result.frames.at(-1)?.function, result.frames.at(-1)?.index],
      ['recurse', 'main', 30_000],
    );
    assert.deepEqual(result.omitted, { from: 250, count: 29_501 });
    assert.deepEqual(result.notes, []);
  });
});

describe('symbols that arrive later', () => {
  const known = symbolsFor({
    app: ['FUNC 1000 100 0 f', 'STACK CFI INIT 1000 100 .cfa: $rsp 8 + .ra: .cfa -8 + ^'],
    lib: ['FUNC 1000 100 0 g', 'STACK CFI INIT 1000 100 .cfa: $rsp 16 + .ra: .cfa -8 + ^'],
  });
  const stack = new StackBuilder(TOP, 8).push(0x50_1010n, 0n, 0x40_1010n).gap(4, 0n).build();
  const scene = {
    cpu: 'amd64' as const,
    modules: [APP, LIB],
    stack,
    registers: { rip: 0x40_1000n, rsp: TOP },
  };

  it('give the same walk as symbols that are there', async () => {
    const now = await walk({ ...scene, symbols: known });
    const later: SymbolProvider = { load: async (request) => known.load(request) };
    assert.deepEqual(outline(now), ['context f', 'cfi g', 'cfi f']);
    assert.deepEqual(await walk({ ...scene, symbols: later }), now);
  });

  it('and are more than a dump may use, are left out', async () => {
    const load = () => Promise.reject(new SymbolBudgetError('enough'));
    const walker = createStackWalker({ cpu: 'amd64', os: 'linux', modules: [APP, LIB], symbols: { load } });
    const result = await walker.walk({ registers: new Map(Object.entries(scene.registers)), stack });
    assert.deepEqual(result.notes, ['symbol_budget_limit']);
    assert.deepEqual(walker.symbolStates()[0], { state: 'over_limit' });
  });

  it('and fail, or throw, are missing', async () => {
    for (const load of [
      () => Promise.reject(new Error('gone')),
      () => {
        throw new Error('gone');
      },
    ]) {
      const walker = createStackWalker({ cpu: 'amd64', os: 'linux', modules: [APP, LIB], symbols: { load } });
      const result = await walker.walk({ registers: new Map(Object.entries(scene.registers)), stack });
      assert.deepEqual(outline(result).slice(0, 2), ['context 0x401000', 'scan 0x501010']);
      assert.deepEqual(result.notes, ['symbol_provider_failed']);
      assert.deepEqual(walker.symbolStates()[0], { state: 'failed' });
    }
  });

  it('are asked for once, also by threads that are walked at the same time', async () => {
    let loads = 0;
    const symbols: SymbolProvider = {
      load: async (request) => {
        loads++;
        return known.load(request);
      },
    };
    const walker = createStackWalker({ cpu: 'amd64', os: 'linux', modules: [APP, LIB], symbols });
    const thread = { registers: new Map(Object.entries(scene.registers)), stack };
    const walks = await Promise.all([walker.walk(thread), walker.walk(thread), walker.walk(thread)]);
    assert.equal(loads, 2);
    for (const result of walks) assert.deepEqual(outline(result), ['context f', 'cfi g', 'cfi f']);
    assert.deepEqual(walker.symbolStates()[0], {
      state: 'loaded',
      corrupt: false,
      skippedLines: 0,
      hasCfi: true,
      isPartial: false,
    });
  });
});

describe('random stacks', () => {
  const cpus: readonly [CpuKind, string, string, string][] = [
    ['x86', 'eip', 'esp', 'ebp'],
    ['amd64', 'rip', 'rsp', 'rbp'],
    ['arm', 'pc', 'sp', 'fp'],
    ['arm64', 'pc', 'sp', 'fp'],
    ['mips', 'pc', 'sp', 'fp'],
    ['mips64', 'pc', 'sp', 'fp'],
  ];
  const symbols = symbolsFor({
    app: [
      'FUNC 1000 1000 8 f',
      'STACK CFI INIT 1000 800 .cfa: $rsp 8 + .ra: .cfa -8 + ^',
      'STACK CFI INIT 1800 800 .cfa: sp .ra: lr',
      'STACK WIN 4 1000 1000 0 0 8 4 4 0 1 $eip .raSearch ^ = $esp .raSearch 4 + =',
      'PUBLIC 3000 0 p',
    ],
  });

  for (const [cpu, pc, sp, fp] of cpus) {
    it(`never make the ${cpu} walker throw, go on for ever or go backwards`, async () => {
      const width = ['x86', 'arm', 'mips'].includes(cpu) ? 4 : 8;
      const start = 0x7000_0000n;
      const word = fc.oneof(
        fc.bigInt({ min: APP.base, max: APP.base + 0x4000n }),
        fc.bigInt({ min: start, max: start + 0x400n }),
        fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(word, { maxLength: 100 }),
          fc.tuple(word, word, word),
          fc.constantFrom<WalkOs>('linux', 'windows', 'macos', 'ios'),
          async (words, [pcValue, spOffset, fpValue], os) => {
            const mask = (value: bigint): bigint => BigInt.asUintN(width * 8, value);
            const result = await walk({
              cpu,
              os,
              modules: [APP],
              symbols,
              stack: new StackBuilder(start, width).push(...words),
              registers: {
                [pc]: mask(pcValue),
                [sp]: start + (spOffset % 64n),
                [fp]: mask(fpValue),
                lr: mask(fpValue),
              },
            });
            assert.ok(result.frames.length >= 1 && result.frameCount <= 102);
            const pointers = result.frames.map((frame) => frame.registers.get(sp) ?? 0n);
            for (let i = 1; i < pointers.length; i++)
              assert.ok((pointers[i] ?? 0n) >= (pointers[i - 1] ?? 0n));
          },
        ),
        { numRuns: 300 },
      );
    });
  }
});
