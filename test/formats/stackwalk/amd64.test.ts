import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { module, outline, StackBuilder, symbolsFor, walk } from './stack-builder.ts';

const APP = module('app', 0x40_0000n);
const LIB = module('lib', 0x7f00_0000_0000n);
const modules = [APP, LIB];
const TOP = 0x7fff_0000_0000n;

const stackAt = (): StackBuilder => new StackBuilder(TOP, 8);

describe('amd64 frame pointers', () => {
  const chain = (): StackBuilder =>
    stackAt()
      .gap(2)
      .label('record 1')
      .push('record 2', 0x40_1005n)
      .gap(3)
      .label('record 2')
      .push('record 3', 0x40_2005n)
      .label('record 3')
      .push(0n, 0n);

  it('are followed to a return address of zero', async () => {
    const stack = chain();
    const result = await walk({
      cpu: 'amd64',
      modules,
      stack,
      registers: { rip: 0x40_0123n, rsp: TOP, rbp: stack.address('record 1') },
    });
    assert.deepEqual(outline(result), [
      'context 0x400123',
      'frame_pointer 0x401005',
      'frame_pointer 0x402005',
    ]);
    const [, caller] = result.frames;
    assert.equal(caller?.instruction, 0x40_1004n);
    assert.deepEqual(Object.fromEntries(caller?.registers ?? []), {
      rip: 0x40_1005n,
      rsp: stack.address('record 1') + 16n,
      rbp: stack.address('record 2'),
    });
  });

  it('that do not lie on eight bytes are something else', async () => {
    // A record that would be perfect, four bytes off: saved rbp, return address.
    const saved = TOP + 0x20n;
    const stack = stackAt()
      .push((saved & 0xffff_ffffn) << 32n)
      .push((saved >> 32n) | (0x40_1005n << 32n))
      .gap(8, 0n);
    const scene = {
      cpu: 'amd64' as const,
      stack,
      registers: { rip: 0x40_0123n, rsp: TOP - 8n, rbp: TOP + 4n },
    };
    assert.deepEqual(outline(await walk(scene)), ['context 0x400123']);
  });

  it('below the stack pointer are left over', async () => {
    const stack = stackAt()
      .label('old')
      .push('up', 0x40_1005n)
      .gap(4, 0n)
      .label('top')
      .gap(4, 0n)
      .label('up')
      .gap(2, 0n);
    const registers = { rip: 0x40_0123n, rsp: stack.address('top'), rbp: stack.address('old') };
    assert.deepEqual(outline(await walk({ cpu: 'amd64', stack, registers })), ['context 0x400123']);
  });

  it('with a return address that cannot be one are something else', async () => {
    const stack = stackAt().label('r').push('s', 0x8000_0000_0000n).label('s').push('s', 0n);
    const result = await walk({
      cpu: 'amd64',
      stack,
      registers: { rip: 0x40_0123n, rsp: TOP - 8n, rbp: TOP },
    });
    assert.deepEqual(outline(result), ['context 0x400123']);
  });

  it('that lead to themselves end the walk', async () => {
    const stack = stackAt().gap(2).label('loop').push('loop', 0x40_1005n).gap(2);
    const result = await walk({
      cpu: 'amd64',
      stack,
      registers: { rip: 0x40_0123n, rsp: TOP, rbp: stack.address('loop') },
    });
    assert.deepEqual(outline(result), ['context 0x400123']);
  });

  it('may point up to 240 bytes into the frame on Windows', async () => {
    const stack = stackAt().gap(30, 0n).label('record').push('end', 0x40_1005n).label('end').gap(4, 0n);
    const scene = {
      cpu: 'amd64' as const,
      modules,
      stack,
      registers: { rip: 0x40_0123n, rsp: TOP - 8n, rbp: TOP },
    };
    assert.deepEqual(outline(await walk({ ...scene, os: 'windows' })), [
      'context 0x400123',
      'frame_pointer 0x401005',
    ]);
    assert.deepEqual(outline(await walk(scene)), ['context 0x400123']);
  });
});

describe('amd64 CFI', () => {
  const symbols = symbolsFor({
    app: [
      'FUNC 1000 100 0 leaf',
      'FUNC 2000 100 0 middle',
      'FUNC 3000 100 0 main',
      'STACK CFI INIT 1000 100 .cfa: $rsp 8 + .ra: .cfa -8 + ^',
      'STACK CFI INIT 2000 100 .cfa: $rsp 8 + .ra: .cfa -8 + ^',
      'STACK CFI 2004 .cfa: $rsp 24 + $rbx: .cfa -16 + ^',
      'STACK CFI INIT 3000 100 .cfa: $rsp 8 + .ra: .undef',
    ],
  });
  const stack = stackAt().push(0x40_2010n).gap(1).push(0xb0bn, 0x40_3010n).gap(40, 0x40_2010n);
  const registers = { rip: 0x40_1000n, rsp: TOP, rbx: 1n, r12: 12n, rax: 99n, rdi: 7n };

  it('restores what it has rules for, keeps callee-saved registers and forgets the others', async () => {
    const result = await walk({ cpu: 'amd64', modules, symbols, stack, registers });
    assert.deepEqual(outline(result), ['context leaf', 'cfi middle', 'cfi main']);
    assert.deepEqual(Object.fromEntries(result.frames[1]?.registers ?? []), {
      rbx: 1n,
      r12: 12n,
      rip: 0x40_2010n,
      rsp: TOP + 8n,
    });
    assert.equal(result.frames[2]?.registers.get('rbx'), 0xb0bn);
  });

  it('keeps rdi and rsi on Windows, where they belong to the caller', async () => {
    const result = await walk({ cpu: 'amd64', os: 'windows', modules, symbols, stack, registers });
    assert.equal(result.frames[1]?.registers.get('rdi'), 7n);
  });

  it('that says the return address is undefined ends the stack, whatever lies behind', async () => {
    const result = await walk({ cpu: 'amd64', modules, symbols, stack, registers });
    assert.equal(result.frames.length, 3);
  });

  it('whose memory is missing gives way to the other techniques', async () => {
    const result = await walk({
      cpu: 'amd64',
      modules,
      symbols: symbolsFor({ app: ['STACK CFI INIT 1000 100 .cfa: $rsp 8 + .ra: .cfa 999999 + ^'] }),
      stack: stackAt().label('r').push('s', 0x7f00_0000_1000n).label('s').gap(2, 0n),
      registers: { rip: 0x40_1000n, rsp: TOP - 8n, rbp: TOP },
    });
    assert.deepEqual(outline(result), ['context 0x401000', 'frame_pointer 0x7f0000001000']);
  });

  it('loses only a register whose own rule fails', async () => {
    const result = await walk({
      cpu: 'amd64',
      modules,
      symbols: symbolsFor({ app: ['STACK CFI INIT 1000 100 .cfa: $rsp 8 + .ra: .cfa -8 + ^ $rbx: $r9 ^'] }),
      stack,
      registers,
    });
    assert.equal(result.frames[1]?.registers.has('rbx'), false);
    assert.equal(result.frames[1]?.registers.get('r12'), 12n);
  });

  it('that does not move the stack pointer ends the walk', async () => {
    const result = await walk({
      cpu: 'amd64',
      modules,
      symbols: symbolsFor({ app: ['STACK CFI INIT 1000 ffff .cfa: $rsp .ra: $rip'] }),
      stack,
      registers,
    });
    assert.deepEqual(outline(result), ['context 0x401000']);
  });

  it('reads memory outside of the stack too (a signal handler on its own stack)', async () => {
    const interrupted = new StackBuilder(0x1000_0000n, 8).push(0x40_3010n).build();
    const result = await walk({
      cpu: 'amd64',
      modules,
      symbols: symbolsFor({ app: ['STACK CFI INIT 1000 100 .cfa: $rbx 8 + .ra: .cfa -8 + ^'] }),
      stack: new StackBuilder(0x9000n, 8).gap(4).build(),
      regionAt: (address) => (address >= 0x1000_0000n && address < 0x1000_0008n ? interrupted : null),
      registers: { rip: 0x40_1000n, rsp: 0x9000n, rbx: 0x1000_0000n },
    });
    assert.deepEqual(outline(result), ['context 0x401000', 'cfi 0x403010']);
  });
});

describe('amd64 scanning', () => {
  const registers = { rip: 0x40_0123n, rsp: TOP };

  it('takes the first word that points into a module', async () => {
    const stack = stackAt().push(0n, 0x1234n, 0x4f_0000n, 0x40_1005n).gap(2);
    const result = await walk({ cpu: 'amd64', modules, stack, registers });
    assert.deepEqual(outline(result), ['context 0x400123', 'scan 0x401005']);
    assert.equal(result.frames[1]?.registers.get('rsp'), TOP + 32n);
  });

  it('looks at the byte before a return address: a call can be the last instruction of a module', async () => {
    const stack = stackAt().push(0x41_0000n);
    assert.deepEqual(outline(await walk({ cpu: 'amd64', modules, stack, registers })), [
      'context 0x400123',
      'scan 0x410000',
    ]);
  });

  it('looks 160 words far from a trusted frame and 40 from a guessed one', async () => {
    const near = stackAt().gap(159).push(0x40_1005n).gap(39).push(0x40_2005n).gap(40).push(0x40_3005n);
    assert.deepEqual(outline(await walk({ cpu: 'amd64', modules, stack: near, registers })), [
      'context 0x400123',
      'scan 0x401005',
      'scan 0x402005',
    ]);
    const far = stackAt().gap(160).push(0x40_1005n);
    assert.deepEqual(outline(await walk({ cpu: 'amd64', modules, stack: far, registers })), [
      'context 0x400123',
    ]);
  });

  it('looks as far behind a frame that CFI found', async () => {
    const symbols = symbolsFor({
      app: ['FUNC 1000 100 0 f', 'STACK CFI INIT 1000 100 .cfa: $rsp 8 + .ra: .cfa -8 + ^'],
    });
    const stack = stackAt().push(0x7f00_0000_1000n).gap(159).push(0x7f00_0000_2000n);
    const result = await walk({
      cpu: 'amd64',
      modules,
      symbols,
      stack,
      registers: { ...registers, rip: 0x40_1000n },
    });
    assert.deepEqual(outline(result), ['context f', 'cfi 0x7f0000001000', 'scan 0x7f0000002000']);
  });

  it('wants a name where the module has symbols, and code that lines or CFI know', async () => {
    const symbols = symbolsFor({
      app: ['FILE 0 a.c', 'FUNC 1000 100 0 f', '1000 100 1 0', 'PUBLIC 8000 0 table'],
    });
    const stack = stackAt().push(0x40_0500n, 0x40_8010n, 0x40_1005n);
    const result = await walk({ cpu: 'amd64', modules, symbols, stack, registers });
    assert.deepEqual(outline(result), ['context 0x400123', 'scan f']);
  });

  it('restores the frame pointer beside the return address', async () => {
    const stack = stackAt().gap(3).label('saved').push('up', 0x40_1005n).gap(2).label('up').push('up', 0n);
    const result = await walk({
      cpu: 'amd64',
      modules,
      // Without the top of the stack, the frame record at rbp alone is not believed.
      stack,
      os: 'linux',
      registers: { ...registers, rbp: stack.address('saved') },
    });
    assert.equal(result.frames[1]?.registers.get('rbp'), stack.address('up'));
  });

  it('keeps a frame pointer that lies above the found frame', async () => {
    const stack = stackAt().push(0n, 0x40_1005n).gap(8, 0n);
    const rbp = TOP + 8n * 8n;
    const result = await walk({ cpu: 'amd64', modules, stack, registers: { ...registers, rbp } });
    assert.equal(result.frames[1]?.registers.get('rbp'), rbp);
  });
});

describe('amd64 on Windows', () => {
  const stack = stackAt().push(0x40_2010n, 0x40_2020n).gap(2, 0n);
  const registers = { rip: 0x40_1000n, rsp: TOP };
  const names = ['PUBLIC 1000 0 leaf', 'PUBLIC 2000 0 caller'];

  it('a function without unwind data is a leaf: the return address is on top', async () => {
    const symbols = symbolsFor({
      app: [...names, 'STACK CFI INIT 2000 100 .cfa: $rsp 8 + .ra: .cfa -8 + ^'],
    });
    const result = await walk({ cpu: 'amd64', os: 'windows', modules, symbols, stack, registers });
    assert.deepEqual(outline(result), ['context leaf', 'leaf caller', 'cfi caller']);
    assert.equal(result.frames[1]?.registers.get('rsp'), TOP + 8n);
  });

  it('so is one of a module without symbols, before any frame record is followed', async () => {
    const record = stackAt().push(0x40_2010n).label('r').push('s', 0x40_3010n).label('s').gap(2, 0n);
    const result = await walk({
      cpu: 'amd64',
      os: 'windows',
      modules,
      stack: record,
      registers: { ...registers, rbp: record.address('r') },
    });
    assert.deepEqual(outline(result), ['context 0x401000', 'leaf 0x402010', 'frame_pointer 0x403010']);
  });

  it('not so where the function has unwind data that fails', async () => {
    const symbols = symbolsFor({ app: [...names, 'STACK CFI INIT 1000 100 .cfa: $r9 8 + .ra: .cfa -8 + ^'] });
    const result = await walk({ cpu: 'amd64', os: 'windows', modules, symbols, stack, registers });
    assert.equal(result.frames[1]?.trust, undefined);
  });

  it('and not elsewhere', async () => {
    const result = await walk({ cpu: 'amd64', modules, stack, registers });
    assert.deepEqual(outline(result).slice(0, 2), ['context 0x401000', 'scan 0x402010']);
  });
});

describe('the bottom of a stack', () => {
  it('is _start, whatever lies behind it', async () => {
    const symbols = symbolsFor({ app: ['FUNC 1000 100 0 main', 'FUNC 2000 100 0 _start'] });
    const stack = stackAt().push(0x40_2010n).gap(2).push(0x40_1010n);
    const result = await walk({
      cpu: 'amd64',
      modules,
      symbols,
      stack,
      registers: { rip: 0x40_1000n, rsp: TOP },
    });
    assert.deepEqual(outline(result), ['context main', 'scan _start']);
  });

  it('is start in dyld and nowhere else', async () => {
    const lines = ['FUNC 1000 100 0 start'];
    const stack = stackAt().push(0x40_1010n);
    for (const [name, frames] of [
      ['/usr/lib/dyld', 1],
      ['game', 2],
    ] as const) {
      const result = await walk({
        cpu: 'amd64',
        modules: [module(name, 0x40_0000n)],
        symbols: symbolsFor({ [name]: lines }),
        stack,
        registers: { rip: 0x40_1000n, rsp: TOP },
      });
      assert.equal(result.frames.length, frames, name);
    }
  });
});

describe('amd64 signal frames of Linux', () => {
  /** The handler's frame, then `ucontext`: five words, the registers, and the segments. */
  const frame = (segments: bigint): StackBuilder =>
    stackAt()
      .push(0x7f00_0000_2000n)
      .gap(5, 0n)
      .gap(8, 0x80n)
      .push(0n, 0n, 'interrupted', 0x55n, 0n, 0n, 0n, 'interrupted', 0x40_3000n, 0n)
      .push(segments)
      .gap(8, 0n)
      .label('interrupted')
      .push('end', 0x40_4005n)
      .label('end')
      .push(0n, 0n);
  const symbols = symbolsFor({
    app: [
      'STACK CFI INIT 100 100 .cfa: $rsp 8 + .ra: .cfa -8 + ^',
      'FUNC 2ff0 10 0 before',
      'FUNC 3000 20 0 interrupted_code',
    ],
    lib: ['PUBLIC 1000 0 sigaction', 'STACK CFI INIT 1000 800 .cfa: $rsp 8 + .ra: .cfa -8 + ^'],
  });
  const registers = { rip: 0x40_0123n, rsp: TOP };

  it('lead to the interrupted code, whose address is exact, and the trampoline has its own name', async () => {
    const result = await walk({
      cpu: 'amd64',
      modules,
      stack: frame(0x2b_0000_0000_0033n),
      registers,
      symbols,
    });
    const names = result.frames.map((each) => each.function);
    assert.deepEqual(names.slice(1, 3), ['__restore_rt', 'interrupted_code']);
    const [, , interrupted] = result.frames;
    assert.equal(interrupted?.instruction, 0x40_3000n);
    assert.equal(interrupted?.registers.get('rbx'), 0x55n);
    assert.equal(result.frames[3]?.instruction, 0x40_4004n);
  });

  it('are not seen where the segments are not those of a program', async () => {
    const stack = frame(0x1234n);
    const result = await walk({ cpu: 'amd64', modules, stack, registers, symbols });
    assert.ok(result.frames.every((each) => each.function !== '__restore_rt'));
  });
});
