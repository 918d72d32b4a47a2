import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { module, outline, StackBuilder, symbolsFor, walk } from './stack-builder.ts';

const modules = [module('app', 0x40_0000n), module('kernel', 0x7600_0000n)];
const TOP = 0x8000_0000n;
const stackAt = (): StackBuilder => new StackBuilder(TOP, 4);

describe('x86 frame pointers', () => {
  it('are followed without further checks', async () => {
    const stack = stackAt().gap(1).label('a').push('b', 0x40_1005n).gap(2).label('b').push(0n, 0x9999_0000n);
    const result = await walk({
      cpu: 'x86',
      modules,
      stack,
      registers: { eip: 0x40_0123n, esp: TOP, ebp: stack.address('a') },
    });
    assert.deepEqual(outline(result), [
      'context 0x400123',
      'frame_pointer 0x401005',
      'frame_pointer 0x99990000',
    ]);
    assert.equal(result.frames[1]?.registers.get('esp'), stack.address('a') + 8n);
  });
});

describe('x86 scanning', () => {
  it('guesses the frame pointer from the word below the return address', async () => {
    const stack = stackAt().gap(2).push('up', 0x40_1005n).gap(3).label('up').push(0n, 0n);
    const result = await walk({ cpu: 'x86', modules, stack, registers: { eip: 0x40_0123n, esp: TOP } });
    assert.deepEqual(outline(result), ['context 0x400123', 'scan 0x401005']);
    assert.equal(result.frames[1]?.registers.get('ebp'), stack.address('up'));
  });

  it('does not believe a frame pointer that is not on the stack', async () => {
    const stack = stackAt()
      .gap(2)
      .push(TOP + 0x1_0000n, 0x40_1005n)
      .gap(3);
    const result = await walk({ cpu: 'x86', modules, stack, registers: { eip: 0x40_0123n, esp: TOP } });
    assert.equal(result.frames[1]?.registers.has('ebp'), false);
  });
});

describe('x86 frame pointers that scanning guesses', () => {
  const scan = async (stack: StackBuilder, esp: bigint): Promise<bigint | undefined> => {
    const result = await walk({ cpu: 'x86', modules, stack, registers: { eip: 0x40_0123n, esp } });
    assert.equal(result.frames[1]?.trust, 'scan');
    return result.frames[1].registers.get('ebp');
  };

  it('are never below the top of the stack', async () => {
    const stack = stackAt().push('up').label('top').push(0x40_1005n).gap(3).label('up').gap(2, 0n);
    assert.equal(await scan(stack, stack.address('top')), undefined);
  });

  it('are not more than 128 KB away', async () => {
    for (const [words, believed] of [
      [32_000, true],
      [33_000, false],
    ] as const) {
      const stack = stackAt().gap(2).push('up', 0x40_1005n).gap(words, 0n).label('up').gap(2, 0n);
      assert.equal(await scan(stack, TOP), believed ? stack.address('up') : undefined, `${words} words`);
    }
  });
});

describe('x86 CFI', () => {
  it('refuses results that do not fit 32 bits', async () => {
    const symbols = symbolsFor({ app: ['STACK CFI INIT 1000 100 .cfa: $esp 4294967296 + .ra: .cfa -4 + ^'] });
    const stack = stackAt().gap(2);
    const result = await walk({
      cpu: 'x86',
      modules,
      symbols,
      stack,
      registers: { eip: 0x40_1000n, esp: TOP },
    });
    assert.deepEqual(outline(result), ['context 0x401000']);
  });

  it('wraps negative constants around', async () => {
    const symbols = symbolsFor({ app: ['STACK CFI INIT 1000 100 .cfa: $esp 8 + .ra: .cfa -4 + ^'] });
    const stack = stackAt().push(0n, 0x7600_1000n);
    const result = await walk({
      cpu: 'x86',
      modules,
      symbols,
      stack,
      registers: { eip: 0x40_1000n, esp: TOP },
    });
    assert.deepEqual(outline(result), ['context 0x401000', 'cfi 0x76001000']);
  });
});

describe('STACK WIN frame data', () => {
  it('runs its program and forgets registers that it does not set', async () => {
    const symbols = symbolsFor({
      app: [
        'FUNC 1000 100 8 f',
        'STACK WIN 4 1000 100 0 0 8 4 10 0 1 $T0 $ebp = $eip $T0 4 + ^ = $ebp $T0 ^ = $esp $T0 8 + =',
      ],
    });
    const stack = stackAt().gap(6).label('frame').push(0x1234n, 0x7600_1000n).gap(4);
    const result = await walk({
      cpu: 'x86',
      os: 'windows',
      modules,
      symbols,
      stack,
      registers: { eip: 0x40_1000n, esp: TOP, ebp: stack.address('frame'), ebx: 3n, esi: 4n },
    });
    assert.deepEqual(outline(result), ['context f', 'cfi 0x76001000']);
    assert.deepEqual(Object.fromEntries(result.frames[1]?.registers ?? []), {
      eip: 0x7600_1000n,
      esp: stack.address('frame') + 8n,
      ebp: 0x1234n,
      ebx: 3n,
    });
  });

  it('counts the return address from esp over locals, saved registers and the arguments of its own call', async () => {
    // outer (frame size 12) called inner with 8 bytes of arguments; inner (frame size 4) crashed.
    const symbols = symbolsFor({
      app: [
        'FUNC 1000 100 8 inner',
        'STACK WIN 4 1000 100 0 0 8 0 4 0 1 $eip .raSearch ^ = $esp .raSearch 4 + =',
        'FUNC 2000 100 0 outer',
        'STACK WIN 4 2000 100 0 0 0 4 8 0 1 $eip .raSearchStart ^ = $esp .raSearchStart 4 + =',
      ],
    });
    const stack = stackAt()
      .push(1n) // inner's local
      .push(0x40_2010n) // return to outer
      .push(2n, 3n) // inner's arguments
      .push(4n, 5n, 6n) // outer's locals and saved register
      .push(0x7600_1000n)
      .gap(2, 0n);
    const result = await walk({
      cpu: 'x86',
      os: 'windows',
      modules,
      symbols,
      stack,
      registers: { eip: 0x40_1000n, esp: TOP, ebp: 0n },
    });
    assert.deepEqual(outline(result).slice(0, 3), ['context inner', 'cfi outer', 'cfi 0x76001000']);
  });

  it('counts from ebp where the program aligns the stack', async () => {
    const symbols = symbolsFor({
      app: ['STACK WIN 4 1000 100 0 0 0 0 400 0 1 $T0 $esp 16 @ = $eip .raSearch ^ = $esp .raSearch 4 + ='],
    });
    const stack = stackAt().gap(8).label('ebp').push(0n, 0x7600_1000n).gap(2, 0n);
    const result = await walk({
      cpu: 'x86',
      os: 'windows',
      modules,
      symbols,
      stack,
      registers: { eip: 0x40_1000n, esp: TOP, ebp: stack.address('ebp') },
    });
    assert.deepEqual(outline(result).slice(0, 2), ['context 0x401000', 'cfi 0x76001000']);
  });
});

describe('STACK WIN FPO data', () => {
  const registers = { eip: 0x40_1000n, esp: TOP, ebp: 0x55n, ebx: 0x66n };

  it('finds the return address above locals and saved registers, and forwards ebp and ebx', async () => {
    const symbols = symbolsFor({ app: ['STACK WIN 0 1000 100 0 0 0 4 8 0 0 0'] });
    const stack = stackAt().gap(3).push(0x7600_1000n).gap(2, 0n);
    const result = await walk({ cpu: 'x86', os: 'windows', modules, symbols, stack, registers });
    assert.deepEqual(Object.fromEntries(result.frames[1]?.registers ?? []), {
      eip: 0x7600_1000n,
      esp: TOP + 16n,
      ebp: 0x55n,
      ebx: 0x66n,
    });
  });

  it('restores ebp from the saved registers where the function uses it', async () => {
    const symbols = symbolsFor({ app: ['STACK WIN 0 1000 100 0 0 0 c 4 0 0 1'] });
    const stack = stackAt().gap(1).push(0xbeefn).gap(2).push(0x7600_1000n).gap(2, 0n);
    const result = await walk({ cpu: 'x86', os: 'windows', modules, symbols, stack, registers });
    assert.equal(result.frames[1]?.registers.get('ebp'), 0xbeefn);
  });

  it('skips a return address that was left over on top', async () => {
    const symbols = symbolsFor({ app: ['STACK WIN 0 1000 100 0 0 0 0 0 0 0 0'] });
    const stack = stackAt().push(0x40_1000n, 0x7600_1000n).gap(2, 0n);
    const result = await walk({ cpu: 'x86', os: 'windows', modules, symbols, stack, registers });
    assert.deepEqual(outline(result).slice(0, 2), ['context 0x401000', 'cfi 0x76001000']);
  });
});
