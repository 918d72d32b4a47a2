import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MemorySymbols } from '../../../src/formats/symbols/memory-symbols.ts';
import { plainName } from '../../../src/formats/symbols/plain-name.ts';

describe('plain names of mangled symbols', () => {
  for (const [mangled, plain] of [
    ['_Z4initv', 'init'],
    ['__Z4initv', 'init'],
    ['_ZL4initi', 'init'],
    ['_ZN6render5Frame4drawEi', 'render::Frame::draw'],
    ['_ZNK6render5Frame4sizeEv', 'render::Frame::size'],
    ['_ZN6render5FrameC2ERKS0_', 'render::Frame::Frame'],
    ['_ZN6render5FrameD0Ev', 'render::Frame::~Frame'],
    ['_ZN12_GLOBAL__N_15CrashEv', '(anonymous namespace)::Crash'],
    ['_ZSt9terminatev', 'std::terminate'],
    ['_ZNSt6thread4joinEv', 'std::thread::join'],
    ['_ZN6render5Frame4drawEi.cold', 'render::Frame::draw'],
    ['_ZN4core9panicking5panic17h0123456789abcdefE', 'core::panicking::panic'],
    [
      '_ZN62_$LT$app..Ledger$u20$as$u20$core..ops..drop..Drop$LT$T$GT$$GT$4drop17h0123456789abcdefE.llvm.12',
      '<app::Ledger as core::ops::drop::Drop<T>>::drop',
    ],
    ['?draw@Frame@render@@QEAAXH@Z', 'render::Frame::draw'],
    ['??0Frame@render@@QEAA@XZ', 'render::Frame::Frame'],
    ['??1Frame@@QEAA@XZ', 'Frame::~Frame'],
    ['?crash@?A0x1a2b3c4d@@YAXXZ', "`anonymous namespace'::crash"],
  ] as const) {
    it(`${mangled} is ${plain}`, () => assert.equal(plainName(mangled), plain));
  }

  it('stay as they are where they are not mangled, not simple, or cut short', () => {
    for (const name of [
      'main',
      '_Zebra',
      'render::Frame::draw(int)',
      '_ZN3fooIiE3barEv',
      '_Z3fooIiEvT_',
      '_ZNSs6assignERKSs',
      '_ZN3foopLEi',
      '_ZTV5Frame',
      '_ZZ4mainE5value',
      '_ZN6render5Frame4drawB5cxx11Ev',
      '_ZN6render5Fra',
      '_ZN6render5Frame4draw',
      '_ZN',
      '_Z',
      '_Z99999999999999999999x',
      '_RNvCs1234_7mycrate3foo',
      '?draw@?$List@H@@QEAAXXZ',
      '??4Frame@@QEAAAEAV0@AEBV0@@Z',
      '?',
      `_ZN${'1a'.repeat(5000)}Ev`,
    ])
      assert.equal(plainName(name), name);
  });

  it('never take long or throw, whatever the name', () => {
    const piece = fc.constantFrom(
      '_Z',
      'N',
      'E',
      'St',
      '1a',
      '3foo',
      'C1',
      'I',
      'S_',
      '?',
      '@',
      '$LT$',
      '..',
      '9',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 400 }), (pieces) => {
        const name = pieces.join('');
        assert.ok(plainName(name).length <= 2 * name.length + 64);
      }),
    );
  });

  it('are given for PUBLIC records, and FUNC names as they are', () => {
    const symbols = new MemorySymbols();
    const module = { debugFile: 'app', debugId: 'A0' };
    symbols.add('FUNC 1000 10 0 _Z4initv\nPUBLIC 2000 0 _ZN6render5Frame4drawEi\n', module);
    const loaded = symbols.load({ ...module, codeFile: null, codeId: null });
    assert.equal(loaded?.locate(0x1004)?.function, '_Z4initv');
    assert.equal(loaded?.locate(0x2004)?.function, 'render::Frame::draw');
  });
});
