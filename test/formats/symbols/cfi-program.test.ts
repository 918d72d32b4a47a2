import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CfiScope, compileCfiRules, evaluateCfi } from '../../../src/formats/symbols/cfi-program.ts';

const REGISTERS: Readonly<Record<string, bigint>> = { '.cfa': 0x7000n, rsp: 0x6ff0n, x19: 5n };

const SCOPE: CfiScope = {
  register: (name) => REGISTERS[name],
  word: (address) => (address === 0x6ff8n ? 0x4242n : null),
};

function evaluate(expression: string): bigint | null {
  const rule = compileCfiRules([`x: ${expression}`])?.get('x');
  assert.ok(rule !== undefined, `"${expression}" compiles`);
  return evaluateCfi(rule, SCOPE);
}

describe('CFI expressions', () => {
  const cases: readonly [string, bigint | null][] = [
    ['7', 7n],
    ['-1', 0xffff_ffff_ffff_ffffn],
    ['$rsp 16 +', 0x7000n],
    ['x19 2 -', 3n],
    ['x19 3 *', 15n],
    ['x19 2 /', 2n],
    ['x19 2 %', 1n],
    ['0x13 2 @', null],
    ['19 8 @', 16n],
    ['19 6 @', null],
    ['19 0 @', null],
    ['1 0 /', null],
    ['1 0 %', null],
    ['.cfa -8 + ^', 0x4242n],
    ['.cfa ^', null],
    ['0 1 -', 0xffff_ffff_ffff_ffffn],
    ['$rbp', null],
    ['1 2', null],
    ['+', null],
    ['1 +', null],
    ['^', null],
    ['.undef', null],
    ['9223372036854775807 1 +', 0x8000_0000_0000_0000n],
    [`${'1 '.repeat(64)}${'+ '.repeat(63)}`, 64n],
    [`${'1 '.repeat(65)}${'+ '.repeat(64)}`, null],
    [`1 ${Array.from({ length: 2000 }, () => '1 +').join(' ')}`, 2001n],
  ];
  for (const [expression, expected] of cases) {
    it(`${expression.slice(0, 40)} is ${expected ?? 'a failure'}`, () => {
      assert.equal(evaluate(expression), expected);
    });
  }
});

describe('CFI rules', () => {
  it('of later rows replace earlier ones', () => {
    const rules = compileCfiRules(['.cfa: $rsp 8 + .ra: .cfa -8 + ^', '.cfa: $rsp 16 +']);
    assert.deepEqual(rules?.get('.cfa')?.[1], { kind: 'constant', value: 16n });
    assert.equal(rules?.get('.ra')?.length, 4);
  });

  for (const malformed of ['', '$rsp 8 +', '.cfa:', '.cfa: .ra: 8', ': 8', '.cfa: 99999999999999999999']) {
    it(`that are malformed (${JSON.stringify(malformed)}) are refused whole`, () => {
      assert.equal(compileCfiRules([malformed]), null);
    });
  }

  it('are bounded in tokens and in registers', () => {
    assert.equal(compileCfiRules([`.cfa: 1${' 1 +'.repeat(2100)}`]), null);
    assert.equal(compileCfiRules([Array.from({ length: 300 }, (_, i) => `r${i}: 1`).join(' ')]), null);
  });
});
