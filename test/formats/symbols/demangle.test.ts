import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { demangle, demangledBytes } from '../../../src/formats/symbols/demangle/demangle.ts';
import { MemorySymbols } from '../../../src/formats/symbols/memory-symbols.ts';
import { SHARED_ABSENT, sharedData } from '../../shared-data.ts';

describe('demangled names', () => {
  for (const [mangled, plain] of [
    ['_Z4initv', 'init()'],
    ['__Z4initv', 'init()'],
    ['_ZL4initi', 'init(int)'],
    ['_ZN6render5Frame4drawEi', 'render::Frame::draw(int)'],
    ['_ZNK6render5Frame4sizeEv', 'render::Frame::size() const'],
    ['_ZN6render5FrameC2ERKS0_', 'render::Frame::Frame(render::Frame const&)'],
    ['_ZN6render5FrameD0Ev', 'render::Frame::~Frame()'],
    ['_ZN12_GLOBAL__N_15CrashEv', '(anonymous namespace)::Crash()'],
    ['_ZSt9terminatev', 'std::terminate()'],
    ['_ZN6render5Frame4drawEi.cold', 'render::Frame::draw(int)'],
    ['_ZN3fooIiE3barEv', 'foo<int>::bar()'],
    ['_Z3fooIiEvT_', 'foo<int>(int)'],
    ['_ZNSs6assignERKSs', 'std::string::assign(std::string const&)'],
    ['_ZTV5Frame', 'vtable for Frame'],
    ['_ZZ4mainE5value', 'main::value'],
    ['_ZN6render5Frame4drawB5cxx11Ev', 'render::Frame::draw[abi:cxx11]()'],
    ['_ZZ3runiENKUliE_clEi', 'run(int)::{lambda(int)#1}::operator()(int) const'],
    ['_ZN3AppcvT_IiEEv', 'App::operator int<int>()'],
    ['_Z1fPFvRA7_iM1AFivEE', 'f(void (*)(int (&) [7], int (A::*)()))'],
    ['_ZN4core9panicking5panic17h0123456789abcdefE', 'core::panicking::panic'],
    [
      '_ZN62_$LT$app..Ledger$u20$as$u20$core..ops..drop..Drop$LT$T$GT$$GT$4drop17h0123456789abcdefE.llvm.12',
      '<app::Ledger as core::ops::drop::Drop<T>>::drop',
    ],
    ['_RNvCs1234_7mycrate3foo', 'mycrate::foo'],
    ['_RNvC7mycrateu8gdel_5qa', 'mycrate::gödel'],
    ['_RINvNtC7mycrate3foo3barRShE', 'mycrate::foo::bar::<&[u8]>'],
    ['?draw@Frame@render@@QEAAXH@Z', 'render::Frame::draw'],
    ['??0Frame@render@@QEAA@XZ', 'render::Frame::Frame'],
    ['??1Frame@@QEAA@XZ', 'Frame::~Frame'],
    ['?crash@?A0x1a2b3c4d@@YAXXZ', "`anonymous namespace'::crash"],
  ] as const) {
    it(`${mangled} is ${plain}`, () => assert.equal(demangle(mangled), plain));
  }

  it('stay as they are where they are not mangled, not known, or cut short', () => {
    for (const name of [
      'main',
      '_Zebra',
      'render::Frame::draw(int)',
      '_ZN6render5Fra',
      '_ZN6render5Frame4draw',
      '_ZN',
      '_Z',
      '_Z99999999999999999999x',
      '_RNvB_3foo',
      '?draw@?$List@H@@QEAAXXZ',
      '?',
      '_Rebuild',
      '_RUN',
    ])
      assert.equal(demangle(name), name);
  });

  it('stay as they are where back references would make them huge', () => {
    // Each type is a pair of the type before it: the last would have 2^40 parts.
    const doubling = Array.from(
      { length: 40 },
      (_, i) => `S${i === 0 ? '' : (i - 1).toString(36).toUpperCase()}_`,
    );
    const cpp = `_Z1f1pI${'i'.repeat(2)}E${doubling.map((s) => `1pI${s}${s}E`).join('')}`;
    assert.ok(demangle(cpp).length <= 16 * 1024);
    const rust = `_RIC1a${'TB3_'.repeat(100)}B3_${'E'.repeat(101)}`;
    assert.equal(demangle(rust), rust);
    const deep = `_Z1f${'P'.repeat(5000)}i`;
    assert.equal(demangle(deep), deep);
  });

  it('never take long or throw, whatever the name', () => {
    const piece = fc.constantFrom(
      ...['_Z', '_R', 'N', 'E', 'St', '1a', '3foo', 'C1', 'I', 'S_', 'T_', 'L', 'X', 'sr', 'cl', 'F', 'P'],
      ...['?', '@', '$LT$', '..', '9', 'Nv', 'Cs_1a', 'B_', 'T', 'G_', 'D', 'K', 'p', 'Z', 'Ul', 'cv', 'J'],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 400 }), (pieces) => {
        for (const start of ['', '_Z', '_ZN', '_R', '_RI']) {
          const name = start + pieces.join('');
          assert.ok(demangle(name).length <= Math.max(name.length, 16 * 1024));
        }
      }),
    );
  });

  // Holds: native-hash
  it('have no hash of their build, also where another tool made them readable and left it', () => {
    const read = (name: string): string =>
      new TextDecoder().decode(demangledBytes(new TextEncoder().encode(name)));
    for (const name of [
      '_ZN3app5total17h0123456789abcdefE',
      '_ZN3app5total17h0123456789abcdefE.llvm.42',
      '_RNvCs1234_3app5total',
      'app::total::h0123456789abcdef',
    ])
      assert.equal(read(name), 'app::total', name);
    for (const name of ['app::total::h0123456789abcdeg', 'app::total::h0123', '::h0123456789abcdef'])
      assert.equal(read(name), name);
  });

  it('are given for PUBLIC records and for FUNC records', () => {
    const symbols = new MemorySymbols();
    const module = { debugFile: 'app', debugId: 'A0' };
    symbols.add('FUNC 1000 10 0 _Z4initv\nPUBLIC 2000 0 _ZN6render5Frame4drawEi\n', module);
    const loaded = symbols.load({ ...module, codeFile: null, codeId: null });
    assert.equal(loaded?.locate(0x1004)?.function, 'init()');
    assert.equal(loaded?.locate(0x2004)?.function, 'render::Frame::draw(int)');
  });
});

const NAMES = sharedData('debugfiles', 'names');

/** The answers differ in how they write lambdas, closing brackets, clones and well-known strings. */
function sameStyle(name: string): string {
  return name
    .replaceAll('> >', '>>')
    .replaceAll('> >', '>>')
    .replace(/ (?:\[clone [^\]]*\]|\(\.[\w.]+\))$/, '')
    .replaceAll(/'lambda(\d*)'(?=\()/g, '{lambda')
    .replaceAll('std::basic_string<char, std::char_traits<char>, std::allocator<char>>', 'std::string')
    .replaceAll(/std::basic_(i|o|io)stream<char, std::char_traits<char>>/g, 'std::$1stream');
}

describe('names of real libraries', { skip: NAMES === null && SHARED_ABSENT }, () => {
  for (const [file, answers] of [
    ['itanium', [1, 2, 3]],
    ['rustlegacy', [2]],
    ['rustv0', [1]],
  ] as const) {
    it(`are what other demanglers make of them (${file})`, () => {
      const lines = readFileSync(path.join(NAMES ?? '', `${file}.tsv`), 'utf8')
        .split('\n')
        .slice(1);
      let compared = 0;
      for (const line of lines.filter((each) => each !== '')) {
        const fields = line.split('\t');
        const ours = sameStyle(demangle(fields[0] ?? ''));
        // Return types are left out here.
        const agrees = answers.some((at) => {
          const theirs = sameStyle(fields[at] ?? '');
          return theirs === ours || theirs.endsWith(` ${ours}`);
        });
        assert.ok(agrees, `${ours} of ${line}`);
        compared++;
      }
      assert.ok(compared > 100);
    });
  }
});
