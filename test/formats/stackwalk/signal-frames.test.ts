// Frames of signal handlers and of exception dispatchers, on every CPU: the walk goes on in the code that was interrupted.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ByteReader } from '../../../src/base/byte-reader.ts';
import { createStackWalker } from '../../../src/formats/stackwalk/walker.ts';
import type { CpuKind, MemoryRegion, Walk, WalkOs } from '../../../src/formats/stackwalk/walk.ts';
import { module, StackBuilder, symbolsFor, walk } from './stack-builder.ts';

const APP = module('app', 0x40_0000n);
const LIB = module('lib', 0x50_0000n);
const TOP = 0x7000_0000n;
/** Where the handler returns to, and where the signal came. */
const TRAMPOLINE = LIB.base + 0x2000n;
const INTERRUPTED = APP.base + 0x3000n;

/** What the kernel saved of the interrupted code. */
type Saved = { readonly pc: bigint; readonly sp: bigint; readonly lr: bigint };
const SAVED: Saved = { pc: INTERRUPTED, sp: TOP + 0x400n, lr: 0n };

/** A handler in `app` that returns to a trampoline in `lib`, of which symbols know what `lib` says. */
type Case = {
  readonly cpu: CpuKind;
  readonly os?: WalkOs;
  /** The frame behind the handler's return address. */
  readonly frame: (stack: StackBuilder, saved: Saved) => StackBuilder;
  readonly registers: Readonly<Record<string, bigint>>;
  /** Unwind information of the handler. */
  readonly handler: string;
  readonly lib?: readonly string[];
  /** The trampoline's instructions, where the dump holds them. */
  readonly code?: readonly number[];
  readonly bigEndian?: boolean;
};

const WORD: Readonly<Record<CpuKind, 4 | 8>> = { x86: 4, arm: 4, mips: 4, amd64: 8, arm64: 8, mips64: 8 };

function walkHandler(
  { cpu, os = 'linux', frame, registers, handler, lib = [], code, bigEndian }: Case,
  saved = SAVED,
): Promise<Walk> {
  const stack = frame(new StackBuilder(TOP, WORD[cpu], bigEndian), saved).build();
  const text: MemoryRegion | null =
    code === undefined
      ? null
      : { start: TRAMPOLINE, bytes: new ByteReader(Uint8Array.from(code), bigEndian !== true) };
  return walk({
    cpu,
    os,
    modules: [APP, LIB],
    stack,
    registers,
    regionAt: (address) =>
      text !== null && address >= TRAMPOLINE && address < TRAMPOLINE + BigInt(text.bytes.length)
        ? text
        : null,
    symbols: symbolsFor({
      app: [
        `STACK CFI INIT 100 100 ${handler}`,
        'FUNC 100 100 0 handler',
        'FUNC 2ff0 10 0 before',
        'FUNC 3000 20 0 interrupted_code',
        'FUNC 4000 100 0 caller',
        `STACK CFI INIT 4000 100 ${handler}`,
      ],
      lib: ['FUNC 1ff0 10 0 padding_before', ...lib],
    }),
  });
}

/** The third frame is the interrupted code at its exact address, and nothing of what stands before either address is named. */
function assertInterrupted({ frames }: Walk, what: string): void {
  assert.equal(frames[2]?.function, 'interrupted_code', what);
  assert.equal(frames[2]?.instruction, INTERRUPTED, what);
  assert.equal(frames[1]?.instruction, TRAMPOLINE, what);
  assert.notEqual(frames[1]?.function, 'padding_before', what);
}

const AMD64_CFI = '.cfa: $rsp 8 + .ra: .cfa 8 - ^';
const X86_CFI = '.cfa: $esp 4 + .ra: .cfa 4 - ^';

const amd64: Case = {
  cpu: 'amd64',
  handler: AMD64_CFI,
  registers: { rip: APP.base + 0x123n, rsp: TOP },
  frame: (stack, { pc, sp }) => stack.push(TRAMPOLINE).gap(5, 0n).gap(15, 0x88n).push(sp, pc).gap(20, 0n),
};

/** `sigcontext` of 32 bits: segments, eight registers with esp fourth, trap and error, eip, and more segments. */
const x86Context = (stack: StackBuilder, { pc, sp }: Saved): StackBuilder =>
  stack.gap(4, 0n).gap(3, 1n).push(sp).gap(4, 1n).gap(2, 0n).push(pc, 0x23n, 0n, 0n, 0x2bn);
const x86: Case = {
  cpu: 'x86',
  handler: X86_CFI,
  registers: { eip: APP.base + 0x123n, esp: TOP, ebp: 0n },
  frame: (stack, saved) => x86Context(stack.push(TRAMPOLINE, 11n), saved).gap(8, 0n),
};
/** Number, addresses of `siginfo_t` and `ucontext`, 128 bytes, and five words before the registers. */
const x86WithInfo: Case = {
  ...x86,
  frame: (stack, saved) =>
    x86Context(stack.push(TRAMPOLINE, 11n, TOP, TOP).gap(32 + 5, 0n), saved).gap(8, 0n),
};

const arm64: Case = {
  cpu: 'arm64',
  handler: '.cfa: sp 16 + .ra: .cfa 8 - ^',
  registers: { pc: APP.base + 0x123n, sp: TOP, fp: 0n },
  // The frame of the handler, then 312 bytes before x0; behind pc lie flags, and at 592 the floating point registers.
  frame: (stack, { pc, sp, lr }) =>
    stack
      .push(0n, TRAMPOLINE)
      .gap(39, 0n)
      .gap(29, 0x99n)
      .push(0n, lr, sp, pc, 0n, 0n, 0x210_4650_8001n)
      .gap(40, 0n),
};

const armRegisters = (stack: StackBuilder, { pc, sp, lr }: Saved): StackBuilder =>
  stack.gap(13, 5n).push(sp, lr, pc, 0x10n).gap(16, 0n);
const arm: Case = {
  cpu: 'arm',
  handler: '.cfa: sp 4 + .ra: .cfa 4 - ^',
  registers: { pc: APP.base + 0x123n, sp: TOP, lr: 0n, fp: 0n },
  frame: (stack, saved) => armRegisters(stack.push(TRAMPOLINE).gap(8, 0n), saved),
};
const armWithInfo: Case = {
  ...arm,
  frame: (stack, saved) => armRegisters(stack.push(TRAMPOLINE).gap(40, 0n), saved),
};

/** Return address, then four argument words, eight bytes, `siginfo_t`, and 24 bytes before the registers. */
function mips(bigEndian: boolean): Case {
  const wide = (value: bigint): readonly [bigint, bigint] => (bigEndian ? [0n, value] : [value, 0n]);
  return {
    cpu: 'mips',
    handler: '.cfa: $sp 4 + .ra: .cfa 4 - ^',
    registers: { pc: APP.base + 0x123n, sp: TOP },
    frame: (stack, { pc, sp }) => {
      stack
        .push(TRAMPOLINE)
        .gap(4 + 2 + 32 + 6, 0n)
        .push(0n, 0n, ...wide(pc));
      for (let i = 0; i < 32; i++) stack.push(...wide(i === 29 ? sp : BigInt(i)));
      return stack.gap(8, 0n);
    },
    code: [0x61, 0x10, 0x02, 0x24, 0x0c, 0, 0, 0].map((_, i, all) => all[bigEndian ? i ^ 3 : i] ?? 0),
    bigEndian,
  };
}

/** Registers at 192, the program counter behind general and floating point registers and eight more. */
const mips64: Case = {
  cpu: 'mips64',
  handler: '.cfa: $sp 8 + .ra: .cfa 8 - ^',
  registers: { pc: APP.base + 0x123n, sp: TOP },
  frame: (stack, { pc, sp }) =>
    stack
      .push(TRAMPOLINE)
      .gap(24, 0n)
      .gap(29, 7n)
      .push(sp)
      .gap(2 + 32 + 8, 0n)
      .push(pc),
  code: [0x5b, 0x14, 0x02, 0x24, 0x0c, 0, 0, 0],
};

describe('the code that a signal interrupted', () => {
  const named = (name: string): readonly string[] => [`PUBLIC 2000 0 ${name}`];
  const cases: readonly (readonly [what: string, of: Case])[] = [
    ['amd64, by name', { ...amd64, lib: named('__restore_rt') }],
    ['amd64, by code', { ...amd64, code: [0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05] }],
    ['x86, by name', { ...x86, lib: named('__kernel_sigreturn') }],
    ['x86, by code', { ...x86, code: [0x58, 0xb8, 0x77, 0, 0, 0, 0xcd, 0x80] }],
    ['x86, by its segments', x86],
    ['x86 with information, by name', { ...x86WithInfo, lib: named('__kernel_rt_sigreturn') }],
    ['x86 with information, by code', { ...x86WithInfo, code: [0xb8, 0xad, 0, 0, 0, 0xcd, 0x80] }],
    ['x86 with information, by its segments', x86WithInfo],
    ['arm64, by name', { ...arm64, lib: named('__kernel_rt_sigreturn') }],
    ['arm64, by code', { ...arm64, code: [0x68, 0x11, 0x80, 0xd2, 1, 0, 0, 0xd4] }],
    ['arm64, by its floating point registers', arm64],
    ['arm64 on Android', { ...arm64, os: 'android', lib: named('__kernel_rt_sigreturn') }],
    ['arm, by name', { ...arm, lib: named('__restore') }],
    ['arm, by code', { ...arm, code: [0x77, 0x70, 0xa0, 0xe3, 0, 0, 0, 0xef] }],
    ['arm with information, by name', { ...armWithInfo, lib: named('__restore_rt') }],
    [
      'arm with information, by code',
      { ...armWithInfo, code: [0xad, 0x70, 0xa0, 0xe3, 0xad, 0, 0x90, 0xef] },
    ],
  ];
  for (const [what, of] of cases) {
    // Holds: native-signal
    it(`is found on ${what}`, async () => assertInterrupted(await walkHandler(of), what));
  }

  it('is found where the handler is Thumb code: bit 0 of an address is none of it', async () => {
    const thumb: Case = {
      ...arm,
      frame: (stack, saved) => armRegisters(stack.push(TRAMPOLINE + 1n).gap(8, 0n), saved),
      code: [0x77, 0x27, 0, 0xdf],
    };
    const { frames } = await walkHandler(thumb);
    assert.equal(frames[2]?.function, 'interrupted_code');
  });

  for (const bigEndian of [false, true]) {
    it(`is found on mips, ${bigEndian ? 'big' : 'little'}-endian: registers have 64 bits there`, async () => {
      const result = await walkHandler(mips(bigEndian));
      assertInterrupted(result, 'mips');
      assert.equal(result.frames[2]?.registers.get('s0'), 16n);
    });
  }

  it('is found on mips with 64 bits', async () => {
    const result = await walkHandler(mips64);
    assertInterrupted(result, 'mips64');
  });

  // Holds: native-signal
  it('is exact also where unwind information leads there and has lost that it is a signal frame', async () => {
    const result = await walkHandler({
      ...amd64,
      lib: [
        'PUBLIC 2000 0 __restore_rt',
        'STACK CFI INIT 2000 9 .cfa: $rsp 160 + ^ .ra: $rsp 168 + ^ $rbx: $rsp 128 + ^',
      ],
    });
    assertInterrupted(result, 'amd64 with unwind information');
    assert.equal(result.frames[2]?.registers.get('rbx'), 0x88n);
  });

  it('keeps its trampoline named while one walker walks several threads', async () => {
    const stack = x86.frame(new StackBuilder(TOP, 4), SAVED).build();
    const walker = createStackWalker({ cpu: 'x86', os: 'linux', modules: [APP, LIB] });
    const registers = new Map(Object.entries({ ...x86.registers, ebp: TOP - 4n }));
    const handler = {
      start: TOP - 4n,
      bytes: new ByteReader(Buffer.concat([Buffer.alloc(4), stack.bytes.part(0, stack.bytes.length)]), true),
    };
    // Other threads come to their end at every step of this one.
    const other = async (steps: number): Promise<void> => {
      for (let step = 0; step < steps; step++) await Promise.resolve();
      await walker.walk({ registers, stack: null });
    };
    const walked = walker.walk({ registers, stack: handler });
    await Promise.all(Array.from({ length: 30 }, (_, steps) => other(steps)));
    const { frames } = await walked;
    assert.deepEqual(
      frames.slice(1, 3).map(({ function: name, instruction }) => name ?? instruction),
      ['__restore', INTERRUPTED],
    );
  });

  it('is found on x86 where the dump holds what the kernel saved and not the arguments before it', async () => {
    const whole = x86WithInfo.frame(new StackBuilder(TOP, 4), SAVED).build();
    const part = (from: number, to: number): MemoryRegion => ({
      start: TOP + BigInt(from),
      bytes: new ByteReader(whole.bytes.part(from, to), true),
    });
    const saved = part(4 + 160, whole.bytes.length);
    const { frames } = await walk({
      cpu: 'x86',
      modules: [APP, LIB],
      stack: part(0, 8),
      registers: x86.registers,
      regionAt: (address) => (address >= saved.start ? saved : null),
      symbols: symbolsFor({
        app: [`STACK CFI INIT 100 100 ${X86_CFI}`, 'FUNC 100 100 0 handler'],
        lib: named('__kernel_rt_sigreturn'),
      }),
    });
    assert.equal(frames[2]?.instruction, INTERRUPTED);
  });

  const selfPointing: readonly (readonly [of: Case, sp: bigint])[] = [
    [{ ...amd64, lib: named('__restore_rt') }, TOP + 8n],
    [{ ...x86, lib: named('__kernel_sigreturn') }, TOP + 4n],
    [{ ...arm64, lib: named('__kernel_rt_sigreturn') }, TOP + 16n],
    [{ ...arm, lib: named('__restore') }, TOP + 4n],
    [mips(false), TOP + 4n],
    [mips64, TOP + 8n],
  ];
  for (const [of, sp] of selfPointing) {
    it(`is given up after 64 signals on ${of.cpu}: the frame of a signal may point at itself`, async () => {
      const { frameCount, notes } = await walkHandler(of, { ...SAVED, pc: TRAMPOLINE, sp });
      assert.equal(frameCount, 2 + 64, 'the handler, its trampoline, and what was interrupted');
      assert.deepEqual(notes, ['frame_limit']);
    });
  }

  for (const of of [
    { ...arm64, lib: named('__kernel_rt_sigreturn') },
    { ...arm, lib: named('__restore') },
  ]) {
    it(`has its caller in the link register where it is a leaf, on ${of.cpu}`, async () => {
      const { frames } = await walkHandler(of, { ...SAVED, lr: APP.base + 0x4010n });
      assert.deepEqual([frames[3]?.trust, frames[3]?.function], ['leaf', 'caller']);
      assert.equal(frames[3]?.registers.get('sp'), SAVED.sp);
    });

    it(`is no leaf by the link register of a trampoline whose frame is not there, on ${of.cpu}`, async () => {
      const { frames } = await walkHandler({
        ...of,
        handler: `${of.handler} lr: ${APP.base + 0x4010n}`,
        frame: (stack) => stack.push(...(of.cpu === 'arm64' ? [0n] : []), TRAMPOLINE, 0n),
      });
      assert.equal(frames[1]?.registers.get('lr'), APP.base + 0x4010n);
      assert.equal(frames[1]?.instruction, TRAMPOLINE);
      assert.equal(frames.length, 2);
    });
  }

  it('is not looked for in code that is no trampoline', async () => {
    const { frames } = await walkHandler({ ...amd64, code: [0x48, 0xc7, 0xc0, 0x10, 0, 0, 0, 0x0f, 0x05] });
    assert.ok(frames.every((frame) => frame.function !== 'interrupted_code'));
  });

  it('is not looked for on other systems', async () => {
    const { frames } = await walkHandler({ ...x86, os: 'windows' });
    assert.notEqual(frames[2]?.trust, 'cfi');
  });
});

describe('the code that an exception interrupted', () => {
  const lib = ['FUNC 2000 100 0 KiUserExceptionDispatcher', 'FUNC 2100 100 0 _sigtramp'];
  const call = LIB.base + 0x2050n;

  // Holds: native-dispatcher
  it('is found below the dispatcher of Windows, in the context that the kernel pushed for it', async () => {
    // 0x30 bytes of home space, flags, segments and debug registers up to 0x78, then rax, rcx, rdx, rbx, rsp …
    const { frames } = await walkHandler({
      ...amd64,
      os: 'windows',
      lib,
      frame: (stack) =>
        stack
          .push(call)
          .gap(6, 0n)
          .push(0x10_005fn)
          .gap(8, 0n)
          .push(1n, 2n, 3n, 4n, TOP + 0x800n, 5n, 6n, 7n)
          .gap(8, 9n)
          .push(INTERRUPTED)
          .gap(8, 0n),
    });
    assert.deepEqual(
      frames.slice(0, 3).map((frame) => frame.function),
      ['handler', 'KiUserExceptionDispatcher', 'interrupted_code'],
    );
    assert.equal(frames[1]?.instruction, call - 1n, 'the dispatcher has called the handler');
    assert.equal(frames[2]?.instruction, INTERRUPTED);
    assert.equal(frames[2]?.registers.get('rbp'), 5n);
  });

  it('is found on 32-bit Windows, where the context is an argument', async () => {
    const { frames } = await walkHandler({
      ...x86,
      os: 'windows',
      lib,
      frame: (stack) =>
        stack
          .push(call, TOP, 'context')
          .label('context')
          .push(0x1_007fn)
          .gap(38, 0n)
          .push(1n, 2n, 3n, 4n, 5n, 6n, TOP + 0x400n, INTERRUPTED, 0x23n, 0n, TOP + 0x300n)
          .gap(4, 0n),
    });
    assert.equal(frames[2]?.function, 'interrupted_code');
    assert.equal(frames[2]?.instruction, INTERRUPTED);
  });

  it('is found on arm64 Windows', async () => {
    const { frames } = await walkHandler({
      ...arm64,
      os: 'windows',
      lib,
      frame: (stack) =>
        stack
          .push(0n, call + 3n)
          .push(0x40_001fn)
          .gap(31, 3n)
          .push(TOP + 0x400n, INTERRUPTED)
          .gap(4, 0n),
    });
    assert.equal(frames[2]?.function, 'interrupted_code');
  });

  // Holds: native-dispatcher
  it('is found below the trampoline of macOS, in the context that it keeps in a register', async () => {
    const { frames } = await walkHandler({
      ...amd64,
      os: 'macos',
      lib,
      registers: { ...amd64.registers, rbx: TOP + 0x20n },
      frame: (stack) =>
        stack
          .push(LIB.base + 0x2150n, 0n, 0n, 0n)
          .gap(6, 0n)
          .push('saved')
          .label('saved')
          .gap(2, 0n)
          .gap(7, 1n)
          .push(TOP + 0x400n)
          .gap(8, 2n)
          .push(INTERRUPTED)
          .gap(4, 0n),
    });
    assert.equal(frames[2]?.function, 'interrupted_code');
    assert.equal(frames[2]?.instruction, INTERRUPTED);
  });

  it('is not taken from what is no context', async () => {
    const { frames } = await walkHandler({
      ...amd64,
      os: 'windows',
      lib,
      frame: (stack) => stack.push(call).gap(6, 0n).push(0x40_005fn).gap(24, INTERRUPTED).gap(8, 0n),
    });
    assert.notEqual(frames[2]?.instruction, INTERRUPTED);
  });
});
