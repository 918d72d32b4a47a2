import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ByteReader } from '../../../src/base/byte-reader.ts';
import { module, outline, StackBuilder, symbolsFor, walk } from './stack-builder.ts';

const TOP64 = 0x1_6000_0000n;
const modules = [module('app', 0x1_0000_0000n), module('lib', 0x1_8000_0000n)];
const stack64 = (): StackBuilder => new StackBuilder(TOP64, 8);

describe('arm64 frame pointers', () => {
  const chain = (signature = 0n): StackBuilder =>
    stack64()
      .gap(2)
      .label('one')
      .push('two', 0x1_0000_1004n | signature)
      .gap(1)
      .label('two')
      .push(0n, 0x1_0000_2004n | signature)
      .gap(40, 0x1_0000_3004n);

  it('are followed until one is zero, and nothing is guessed behind it', async () => {
    const stack = chain();
    const result = await walk({
      cpu: 'arm64',
      modules,
      stack,
      registers: { pc: 0x1_0000_0100n, sp: TOP64, fp: stack.address('one') },
    });
    assert.deepEqual(outline(result), [
      'context 0x100000100',
      'frame_pointer 0x100001004',
      'frame_pointer 0x100002004',
    ]);
    assert.equal(result.frames[1]?.instruction, 0x1_0000_1000n);
    assert.equal(result.frames[1]?.registers.get('sp'), stack.address('one') + 16n);
    // lr as the caller's own frame record has it.
    assert.equal(result.frames[1]?.registers.get('lr'), 0x1_0000_2004n);
  });

  it('and return addresses lose their authentication codes', async () => {
    const stack = chain(0x007a_8000_0000_0000n);
    const result = await walk({
      cpu: 'arm64',
      os: 'macos',
      modules,
      stack,
      registers: { pc: 0x1_0000_0100n, sp: TOP64, fp: stack.address('one') },
    });
    assert.deepEqual(outline(result).slice(1), ['frame_pointer 0x100001004', 'frame_pointer 0x100002004']);
  });

  it('that repeat the same frame for ever do not', async () => {
    const stack = stack64().label('self').push('self', 0x1_0000_1004n).gap(2);
    const result = await walk({
      cpu: 'arm64',
      modules,
      stack,
      registers: { pc: 0x1_0000_0100n, sp: TOP64, fp: TOP64 },
    });
    assert.equal(result.frames.length, 2);
  });
});

describe('arm64 link register', () => {
  it('is the caller of a call to nowhere', async () => {
    const stack = stack64().gap(2).label('record').push(0n, 0x1_0000_2004n);
    const result = await walk({
      cpu: 'arm64',
      modules,
      stack,
      registers: { pc: 0n, sp: TOP64, fp: stack.address('record'), lr: 0x1_0000_1004n },
    });
    assert.deepEqual(outline(result), ['context 0x0', 'leaf 0x100001004', 'frame_pointer 0x100002004']);
  });

  it('is the caller of a leaf in another module, or of another function', async () => {
    const symbols = symbolsFor({ app: ['FUNC 100 10 0 leaf', 'FUNC 1000 100 0 caller'] });
    const stack = stack64().label('record').push(0n, 0x1_8000_2004n);
    for (const pc of [0x1_0000_0104n, 0x1_8000_0000n]) {
      const registers = { pc, sp: TOP64, fp: TOP64, lr: 0x1_0000_1004n };
      const result = await walk({ cpu: 'arm64', modules, symbols, stack, registers });
      assert.deepEqual(outline(result).slice(1), ['leaf caller', 'frame_pointer 0x180002004']);
    }
  });

  it('is left over from a call where it leads into the function itself, or where nobody can tell', async () => {
    const stack = stack64().label('record').push(0n, 0x1_8000_2004n);
    const registers = { pc: 0x1_0000_1010n, sp: TOP64, fp: TOP64, lr: 0x1_0000_1004n };
    const symbols = symbolsFor({ app: ['FUNC 1000 100 0 caller'] });
    for (const known of [symbols, symbolsFor({})]) {
      const result = await walk({ cpu: 'arm64', modules, symbols: known, stack, registers });
      assert.equal(result.frames[1]?.trust, 'frame_pointer');
    }
  });
});

describe('arm64 link register without symbols', () => {
  const fp = TOP64;
  /** The trust of frame 1, where `code` are the instructions before the pc. */
  const caller = async (pc: bigint, lr: bigint, code: readonly number[] = []): Promise<string> => {
    const start = pc - BigInt(4 * code.length);
    const words = new DataView(new ArrayBuffer(4 * code.length));
    for (const [i, word] of code.entries()) words.setUint32(4 * i, word, true);
    const text = { start, bytes: new ByteReader(new Uint8Array(words.buffer)) };
    const result = await walk({
      cpu: 'arm64',
      modules,
      stack: stack64().label('record').push(0n, 0x1_8000_2004n),
      registers: { pc, sp: TOP64, fp, lr },
      regionAt: (address) => (address >= start && address < pc ? text : null),
    });
    return result.frames[1]?.trust ?? 'none';
  };
  const RET = 0xd65f03c0;
  const NOP = 0xd503201f;
  const SAVE = 0xa9bf7bfd;
  const SAVE_ALONE = 0xf81f0ffe;
  const CALL = 0x94000010;
  const CALL_REGISTER = 0xd63f0100;

  // Holds: native-leaf
  it('is the caller where it leads far away, or forward, in the same module', async () => {
    assert.equal(await caller(0x1_0000_11a8n, 0x1_0000_1010n), 'leaf');
    assert.equal(await caller(0x1_0000_1008n, 0x1_0000_1010n), 'leaf');
  });

  it('is left over where it leads shortly before the pc', async () => {
    assert.equal(await caller(0x1_0000_1030n, 0x1_0000_1010n), 'frame_pointer');
  });

  // Holds: native-leaf
  it('is what the code before the pc says, where the dump holds it', async () => {
    const near = [0x1_0000_1030n, 0x1_0000_1010n] as const;
    const far = [0x1_0000_1f30n, 0x1_0000_1010n] as const;
    assert.equal(await caller(...near, [RET, NOP, NOP]), 'leaf');
    for (const code of [SAVE, SAVE_ALONE, CALL, CALL_REGISTER])
      assert.equal(await caller(...far, [RET, code, NOP]), 'frame_pointer', code.toString(16));
  });
});

describe('arm64 CFI', () => {
  const symbols = symbolsFor({
    app: ['FUNC 1000 10 0 f', 'STACK CFI INIT 1000 10 .cfa: sp 0 + .ra: x30', 'FUNC 2000 10 0 g'],
  });

  it('may leave the stack pointer as it is, if the pc moves', async () => {
    const registers = { pc: 0x1_0000_1004n, sp: TOP64, lr: 0x1_0000_2004n, fp: 0n, x19: 19n };
    const result = await walk({ cpu: 'arm64', modules, symbols, stack: stack64().gap(2), registers });
    assert.deepEqual(outline(result), ['context f', 'cfi g']);
    assert.equal(result.frames[1]?.registers.get('x19'), 19n);
    assert.equal(result.frames[1]?.registers.has('lr'), false);
  });

  it('does not repeat the same pc at the same stack pointer', async () => {
    const registers = { pc: 0x1_0000_1004n, sp: TOP64, lr: 0x1_0000_1004n, fp: 0n };
    const result = await walk({ cpu: 'arm64', modules, symbols, stack: stack64().gap(2), registers });
    assert.deepEqual(outline(result), ['context f']);
  });

  it('does not read a link register that a frame record only suggests', async () => {
    const stack = stack64()
      .label('one')
      .push('two', 0x1_0000_1008n)
      .label('two')
      .push(0n, 0x1_0000_2004n)
      .gap(2);
    const registers = { pc: 0x1_8000_0000n, sp: TOP64 - 8n, fp: stack.address('one') };
    const result = await walk({ cpu: 'arm64', modules, symbols, stack, registers });
    assert.deepEqual(outline(result), ['context 0x180000000', 'frame_pointer f', 'frame_pointer g']);
  });
});

describe('arm64 scanning', () => {
  it('recovers pc and sp alone', async () => {
    const stack = stack64().gap(5).push(0x1_0000_1004n).gap(1);
    const result = await walk({ cpu: 'arm64', modules, stack, registers: { pc: 0x1_0000_0100n, sp: TOP64 } });
    assert.deepEqual(outline(result), ['context 0x100000100', 'scan 0x100001004']);
    assert.deepEqual([...(result.frames[1]?.registers.keys() ?? [])], ['pc', 'sp']);
  });
});

describe('arm', () => {
  const TOP = 0x8000_0000n;
  const modules32 = [module('app', 0x40_0000n)];

  it('follows frame pointers on iOS only', async () => {
    const stack = new StackBuilder(TOP, 4).gap(1, 0n).label('fp').push(0n, 0x40_1005n).gap(2, 0n);
    const scene = {
      cpu: 'arm' as const,
      modules: modules32,
      stack,
      registers: { pc: 0x40_0100n, sp: TOP, fp: stack.address('fp') },
    };
    const ios = await walk({ ...scene, os: 'ios' });
    assert.deepEqual(outline(ios), ['context 0x400100', 'frame_pointer 0x401005']);
    assert.equal(ios.frames[1]?.instruction, 0x40_1003n);
    assert.deepEqual(outline(await walk(scene)), ['context 0x400100', 'scan 0x401005']);
  });

  it('knows registers by their numbers in CFI, and allows a leaf on top to use no stack', async () => {
    const symbols = symbolsFor({
      app: [
        'FUNC 1000 10 0 leaf',
        'STACK CFI INIT 1000 10 .cfa: r13 .ra: r14',
        'FUNC 2000 10 0 f',
        'STACK CFI INIT 2000 10 .cfa: r11 8 + .ra: .cfa -4 + ^ r11: .cfa -8 + ^',
        'FUNC 3000 10 0 main',
      ],
    });
    const stack = new StackBuilder(TOP, 4).gap(2).label('fp').push(0xfffn, 0x40_3004n).gap(2, 0n);
    const result = await walk({
      cpu: 'arm',
      modules: modules32,
      symbols,
      stack,
      registers: { pc: 0x40_1000n, sp: TOP, lr: 0x40_2004n, fp: stack.address('fp'), r4: 4n },
    });
    assert.deepEqual(outline(result), ['context leaf', 'cfi f', 'cfi main']);
    assert.equal(result.frames[2]?.registers.get('fp'), 0xfffn);
    assert.equal(result.frames[2]?.registers.get('r4'), 4n);
  });
});

describe('mips', () => {
  const TOP = 0x7000_0000n;
  const modules32 = [module('app', 0x40_0000n)];

  it('skips the four argument words of a frame that called another', async () => {
    const stack = new StackBuilder(TOP, 4, true)
      .push(0x40_1008n)
      .push(0x40_9008n, 0x40_9008n, 0x40_9008n, 0x40_9008n)
      .push(0x40_2008n)
      .gap(4, 0n);
    const result = await walk({
      cpu: 'mips',
      modules: modules32,
      stack,
      registers: { pc: 0x40_0100n, sp: TOP },
    });
    assert.deepEqual(outline(result), ['context 0x400100', 'scan 0x401008', 'scan 0x402008']);
    assert.equal(result.frames[1]?.instruction, 0x40_1000n);
  });

  it('unwinds by CFI, 64 bits wide', async () => {
    const symbols = symbolsFor({
      app: [
        'FUNC 1000 10 0 f',
        'STACK CFI INIT 1000 10 .cfa: $sp 16 + .ra: .cfa -8 + ^ $s0: .cfa -16 + ^',
        'FUNC 2000 10 0 main',
      ],
    });
    const stack = new StackBuilder(TOP, 8).push(0x50n, 0x40_2008n).gap(2, 0n);
    const result = await walk({
      cpu: 'mips64',
      modules: modules32,
      symbols,
      stack,
      registers: { pc: 0x40_1000n, sp: TOP },
    });
    assert.deepEqual(outline(result), ['context f', 'cfi main']);
    assert.equal(result.frames[1]?.registers.get('s0'), 0x50n);
  });
});

describe('a link register below the first frame', () => {
  const app = module('app', 0x40_0000n);
  for (const [cpu, width] of [
    ['arm', 4],
    ['arm64', 8],
  ] as const) {
    it(`costs no look at instructions or at the stack on ${cpu}: only an exact frame can be a leaf`, async () => {
      const looks = async (rule: string): Promise<readonly string[]> => {
        const asked: string[] = [];
        const stack = new StackBuilder(0x7000_0000n, width)
          .push(app.base + 0x2010n)
          .gap(20, 0n)
          .push(app.base + 0x3010n)
          .gap(4, 0n);
        const { frames } = await walk({
          cpu,
          modules: [app],
          stack,
          registers: { pc: app.base + 0x1004n, sp: stack.start },
          regionAt: (address) => {
            asked.push(`memory ${address}`);
            return address >= app.base && address < app.base + 0x1_0000n
              ? { start: app.base, bytes: new ByteReader(new Uint8Array(0x1_0000), true) }
              : null;
          },
          isExecutable: (address) => {
            asked.push(`code ${address}`);
            return true;
          },
          symbols: symbolsFor({
            app: [
              `STACK CFI INIT 1000 100 .cfa: sp ${width} + .ra: .cfa ${width} - ^${rule}`,
              'FUNC 1000 100 0 first',
              'FUNC 2000 100 0 second',
              'FUNC 3000 100 0 third',
              'STACK CFI INIT 3000 100 .cfa: sp 4 + .ra: .undef',
            ],
          }),
        });
        assert.deepEqual(
          frames.map((frame) => frame.function),
          ['first', 'second', 'third'],
        );
        assert.equal(frames[1]?.registers.has('lr'), rule !== '');
        return asked;
      };
      assert.deepEqual(await looks(` lr: ${app.base + 0x3010n}`), await looks(''));
    });
  }
});
