// Symbol files through the index, as lookups see them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { symbolsFromText } from '../../../src/formats/symbols/build-index.ts';

const HEADER = 'MODULE Linux x86_64 11111111111111111111111111111111A app\n';

function symbols(...lines: readonly string[]): ReturnType<typeof symbolsFromText> {
  return symbolsFromText(`${HEADER}${lines.join('\n')}\n`);
}

describe('functions and lines', () => {
  it('are found at their first and last byte and not behind it', () => {
    const file = symbols('FILE 3 a.c', 'FUNC 1000 20 8 f(int, char)', '1000 10 7 3', '1010 10 9 3');
    assert.deepEqual(file.locate(0x1000), {
      function: 'f(int, char)',
      functionOffset: 0x1000,
      parameterSize: 8,
      source: 'func',
      file: 'a.c',
      line: 7,
      inlines: [],
    });
    assert.equal(file.locate(0x101f)?.line, 9);
    assert.equal(file.locate(0x1020), null);
    assert.equal(file.locate(0xfff), null);
  });

  it('may come in any order', () => {
    const file = symbols(
      'FUNC 2000 10 0 g',
      '2008 8 2 0',
      '2000 8 1 0',
      'FUNC 1000 10 0 f',
      '1000 4 5 0',
      'FILE 0 a.c',
    );
    assert.equal(file.locate(0x2001)?.line, 1);
    assert.equal(file.locate(0x2009)?.line, 2);
    assert.deepEqual([file.locate(0x1001)?.function, file.locate(0x1001)?.file], ['f', 'a.c']);
  });

  it('of size zero are dropped, with their lines, and are not damage', () => {
    const file = symbols('FUNC 1000 0 0 empty', '1000 4 1 0', 'FUNC 2000 10 0 f', '2000 0 1 0');
    assert.equal(file.locate(0x1000), null);
    assert.equal(file.locate(0x2000)?.line, null);
    assert.equal(file.facts.skippedLines, 0);
    assert.equal(file.facts.droppedRecords, 2);
  });

  it('that start inside another function give way to it', () => {
    const file = symbols('FUNC 1000 100 0 outer', 'FUNC 1010 10 0 inner', 'FUNC 1100 10 0 next');
    assert.equal(file.locate(0x1014)?.function, 'outer');
    assert.equal(file.locate(0x1104)?.function, 'next');
  });

  it('that start inside another line give way to it', () => {
    const file = symbols('FILE 0 a.c', 'FUNC 1000 20 0 f', '1000 10 1 0', '1008 10 2 0', '1010 10 3 0');
    assert.equal(file.locate(0x100a)?.line, 1);
    assert.equal(file.locate(0x1010)?.line, 3);
  });

  it('with an unknown file have a line and no file', () => {
    const at = symbols('FUNC 1000 10 0 f', '1000 10 1 77').locate(0x1000);
    assert.deepEqual([at?.file, at?.line], [null, 1]);
  });

  it('of several symbols at one address carry a mark that is not part of the name', () => {
    const file = symbols('FUNC m 1000 10 0 f', 'PUBLIC m 2000 0 g');
    assert.equal(file.locate(0x1000)?.function, 'f');
    assert.equal(file.locate(0x2000)?.function, 'g');
  });

  it('keep names that are not valid UTF-8, with replacement characters', () => {
    const bytes = Buffer.concat([Buffer.from(`${HEADER}FUNC 1000 10 0 `), Buffer.from([0xff, 0x28, 0x0a])]);
    assert.equal(symbolsFromText(bytes).locate(0x1000)?.function, '\ufffd(');
  });
});

describe('public symbols', () => {
  it('name everything up to the next one', () => {
    const file = symbols('PUBLIC 1000 4 first', 'PUBLIC 2000 0 second');
    assert.equal(file.locate(0xfff), null);
    assert.deepEqual([file.locate(0x1fff)?.function, file.locate(0x1fff)?.parameterSize], ['first', 4]);
    assert.equal(file.locate(0x9_0000)?.function, 'second');
  });

  it('do not reach over a function that starts behind them', () => {
    const file = symbols('PUBLIC 1000 0 public', 'FUNC 1100 10 0 func');
    assert.equal(file.locate(0x10ff)?.function, 'public');
    assert.equal(file.locate(0x1105)?.function, 'func');
    assert.equal(file.locate(0x1110), null);
    assert.equal(file.hasName(0x1110), false);
  });

  // Holds: native-public
  it('do not reach past the start of the unwind range that covers an address, nor over one before it', () => {
    const cfi = (start: string): string => `STACK CFI INIT ${start} 80 .cfa: $rsp 8 + .ra: .cfa 8 - ^`;
    const file = symbols('PUBLIC 1000 0 pthread_key_delete', cfi('1000'), cfi('1100'), 'PUBLIC 2000 0 next');
    assert.equal(file.locate(0x107f)?.function, 'pthread_key_delete');
    assert.equal(file.locate(0x10ff)?.function, 'pthread_key_delete', 'code without unwind rows');
    assert.equal(file.locate(0x1100), null);
    assert.equal(file.locate(0x1200), null);
    assert.equal(file.locate(0x2010)?.function, 'next');
  });

  // Holds: native-public
  it('do not reach over other code of Windows either, whose functions may have several ranges in a row', () => {
    for (const range of [
      (start: string) => `STACK CFI INIT ${start} 80 .cfa: $rsp 8 + .ra: .cfa 8 - ^`,
      (start: string) => `STACK WIN 4 ${start} 80 0 0 0 0 0 0 1 $eip .raSearch ^ =`,
      (start: string) => `STACK WIN 0 ${start} 80 0 0 0 0 0 0 0 0`,
    ]) {
      const lines = ['PUBLIC 1000 0 exported', ...['1000', '1080', '1200'].map(range)];
      const file = symbolsFromText(`${HEADER.replace('Linux', 'windows')}${lines.join('\n')}\n`);
      assert.equal(file.locate(0x10ff)?.function, 'exported', range('1080'));
      assert.equal(file.locate(0x1210), null, range('1200'));
      assert.equal(file.locate(0x1300), null, range('1200'));
    }
  });

  it('count from behind a function that covers them', () => {
    const file = symbols('FUNC 1000 100 0 func', 'PUBLIC 1100 0 public');
    assert.equal(file.locate(0x1100)?.function, 'public');
  });
});

/** f calls g at line 20 (inlined), which calls h at line 30 (inlined), which stands at line 40. */
const INLINE_BODY = [
  'FILE 0 f.c',
  'FILE 1 g.c',
  'FILE 2 h.c',
  'FUNC 1000 40 0 f',
  '1000 10 10 0',
  '1010 10 40 2',
  '1020 20 41 2',
];

describe('inlined calls', () => {
  const expected = {
    function: 'f',
    functionOffset: 0x1000,
    parameterSize: 0,
    source: 'func' as const,
    file: 'f.c',
    line: 20,
    inlines: [
      { function: 'h', file: 'h.c', line: 40 },
      { function: 'g', file: 'g.c', line: 30 },
    ],
  };

  it('shift locations: each function stands where it calls the next, the innermost at the line', () => {
    const file = symbols(
      'INLINE_ORIGIN 5 g',
      'INLINE_ORIGIN 6 h',
      ...INLINE_BODY,
      'INLINE 0 20 0 5 1010 10',
      'INLINE 1 30 1 6 1010 10',
    );
    assert.deepEqual(file.locate(0x1018), expected);
    assert.deepEqual([file.locate(0x1000)?.inlines, file.locate(0x1000)?.line], [[], 10]);
  });

  it('of the old generation are read too: the file number is no part of the name', () => {
    const file = symbols(
      'INLINE_ORIGIN 5 1 g',
      'INLINE_ORIGIN 6 2 h',
      ...INLINE_BODY,
      'INLINE 0 20 5 1010 10',
      'INLINE 1 30 6 1010 10',
    );
    // That generation does not say in which file a call stands; the line's own file is assumed.
    assert.deepEqual(file.locate(0x1018), {
      ...expected,
      file: 'h.c',
      inlines: [
        { function: 'h', file: 'h.c', line: 40 },
        { function: 'g', file: 'h.c', line: 30 },
      ],
    });
  });

  it('may have several ranges', () => {
    const file = symbols('INLINE_ORIGIN 5 g', ...INLINE_BODY, 'INLINE 0 20 0 5 1010 8 1030 8');
    assert.equal(file.locate(0x1012)?.inlines.length, 1);
    assert.equal(file.locate(0x1018)?.inlines.length, 0);
    assert.equal(file.locate(0x1037)?.inlines.length, 1);
  });

  it('without an origin have no name, and line 0 is no line', () => {
    const at = symbols(...INLINE_BODY, 'INLINE 0 0 0 9 1010 10').locate(0x1010);
    assert.equal(at?.line, null);
    assert.deepEqual(at?.inlines, [{ function: '<name omitted>', file: 'h.c', line: 40 }]);
  });

  it('of a deeper level do not count where the level above is missing', () => {
    const at = symbols('INLINE_ORIGIN 6 h', ...INLINE_BODY, 'INLINE 1 30 1 6 1010 10').locate(0x1010);
    assert.deepEqual(at?.inlines, []);
  });

  it('nest 256 deep and no deeper', () => {
    const deep = Array.from({ length: 400 }, (_, depth) => `INLINE ${depth} 1 0 5 1000 40`);
    const file = symbols('INLINE_ORIGIN 5 g', ...INLINE_BODY, ...deep);
    assert.equal(file.locate(0x1000)?.inlines.length, 256);
    assert.equal(file.facts.droppedRecords, 400 - 256);
  });
});

describe('STACK CFI', () => {
  const file = symbols(
    'STACK CFI INIT 1000 100 .cfa: $rsp 8 + .ra: .cfa -8 + ^',
    'STACK CFI 1010 .cfa: $rsp 16 + $rbp: .cfa -16 + ^',
    'STACK CFI 1020 .cfa: $rbp 16 +',
  );

  it('holds from its row on, later rows replacing earlier ones', () => {
    assert.deepEqual([...(file.cfiAt(0x100f)?.rules.keys() ?? [])], ['.cfa', '.ra']);
    assert.deepEqual([...(file.cfiAt(0x1010)?.rules.keys() ?? [])], ['.cfa', '.ra', 'rbp']);
    const [base] = file.cfiAt(0x1020)?.rules.get('.cfa') ?? [];
    assert.deepEqual(base, { kind: 'register', name: 'rbp' });
    assert.equal(file.cfiAt(0x10ff)?.start, 0x1000);
    assert.equal(file.cfiAt(0x1100), null);
  });

  it('with a malformed row gives nothing there and is still good before it', () => {
    const damaged = symbols(
      'STACK CFI INIT 1000 100 .cfa: $rsp 8 + .ra: .cfa -8 + ^',
      'STACK CFI 1010 $rbp 8 +',
    );
    assert.notEqual(damaged.cfiAt(0x1000), null);
    assert.equal(damaged.cfiAt(0x1010), null);
  });

  it('rows that come without INIT are damage', () => {
    assert.equal(symbols('STACK CFI 1010 .cfa: $rsp 8 +').facts.skippedLines, 1);
  });
});

describe('STACK WIN', () => {
  it('keeps frame data and FPO apart', () => {
    const file = symbols(
      'STACK WIN 4 1000 20 1 2 8 c 10 0 1 $eip .raSearch ^ =',
      'STACK WIN 0 1000 20 1 2 4 8 c 0 0 1',
    );
    assert.deepEqual(file.winFrameDataAt(0x101f), {
      parameterSize: 8,
      savedRegisterSize: 0xc,
      localSize: 0x10,
      program: '$eip .raSearch ^ =',
      allocatesBasePointer: false,
    });
    assert.deepEqual(file.winFpoAt(0x1000), {
      parameterSize: 4,
      savedRegisterSize: 8,
      localSize: 0xc,
      program: null,
      allocatesBasePointer: true,
    });
  });

  it('cuts a record where the next one starts, and drops the second of two that start together', () => {
    const file = symbols(
      'STACK WIN 4 1000 100 0 0 1 0 0 0 1 a',
      'STACK WIN 4 1010 100 0 0 2 0 0 0 1 b',
      'STACK WIN 4 1010 100 0 0 3 0 0 0 1 c',
    );
    assert.equal(file.winFrameDataAt(0x100f)?.parameterSize, 1);
    assert.equal(file.winFrameDataAt(0x1010)?.parameterSize, 2);
    assert.equal(file.winFrameDataAt(0x110f)?.parameterSize, 2);
  });

  it('refuses a record whose type and program flag contradict each other', () => {
    const file = symbols(
      'STACK WIN 4 1000 10 0 0 0 0 0 0 0 1',
      'STACK WIN 0 2000 10 0 0 0 0 0 0 1 $eip 4 + ^ =',
    );
    assert.equal(file.facts.skippedLines, 2);
    assert.equal(file.facts.winRanges, 0);
  });
});

describe('damage', () => {
  it('costs the line that it is in, and is counted', () => {
    const file = symbols(
      'FUNC 1000 10 0 f',
      '1000 10 x 0',
      'FUNC zz',
      'NONSENSE',
      'FUNC ffffffffffffffff ffffffff 0 far',
      'FUNC 2000 10 0 g',
    );
    assert.equal(file.facts.skippedLines, 4);
    assert.deepEqual([file.locate(0x1000)?.function, file.locate(0x2000)?.function], ['f', 'g']);
  });

  it('does not include a missing MODULE line, carriage returns or empty lines', () => {
    const file = symbolsFromText('\r\nFUNC 1000 10 0 f\r\n\r\n1000 10 7 0\r\n');
    assert.equal(file.facts.skippedLines, 0);
    assert.deepEqual([file.locate(0x1000)?.function, file.locate(0x1000)?.line], ['f', 7]);
    assert.equal(file.facts.debugId, null);
  });

  it('of a line that is too long takes that line alone', () => {
    const file = symbols(`FUNC 1000 10 0 ${'A'.repeat(2_000_000)}`, 'FUNC 2000 10 0 g');
    assert.equal(file.facts.skippedLines, 1);
    assert.equal(file.locate(0x2000)?.function, 'g');
  });
});

describe('facts of a file', () => {
  it('are taken from MODULE and INFO', () => {
    const { facts } = symbols('INFO CODE_ID 5abc12 app.exe', 'INFO GENERATOR some dumper 1.2');
    assert.deepEqual(
      [facts.os, facts.cpu, facts.debugId, facts.debugFile, facts.codeId, facts.codeFile, facts.generator],
      ['Linux', 'x86_64', '11111111111111111111111111111111A', 'app', '5ABC12', 'app.exe', 'some dumper 1.2'],
    );
  });

  it('have no id where it is not one', () => {
    assert.equal(symbolsFromText('MODULE Linux x86_64 ../../../../tmp/x app\n').facts.debugId, null);
  });
});

describe('a header that is too long', () => {
  it('is cut, also where every character of it is escaped in storage', () => {
    const long = '\u0001'.repeat(10_000);
    const { facts } = symbolsFromText(
      `MODULE ${long} ${long} ${long} ${long}\nINFO CODE_ID ${long} ${long}\nINFO GENERATOR ${long}\n`,
    );
    assert.equal(facts.os?.length, 1024);
    assert.equal(facts.debugId, null);
  });
});

describe('an address that nothing returns to', () => {
  const file = symbols(
    'FILE 0 a',
    'FUNC 1000 10 0 f',
    '1000 10 1 0',
    'STACK CFI INIT 2000 10 .cfa: $rsp .ra: .cfa',
  );

  it('is one that neither lines nor CFI cover', () => {
    assert.equal(file.isUncovered(0x1004), false);
    assert.equal(file.isUncovered(0x2004), false);
    assert.equal(file.isUncovered(0x3000), true);
  });

  it('is not known of a file that has neither', () => {
    assert.equal(symbols('PUBLIC 1000 0 f').isUncovered(0x3000), false);
  });
});
