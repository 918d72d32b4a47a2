import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runWinProgram } from '../../../src/formats/stackwalk/win-program.ts';

function run(program: string): { ok: boolean; variables: Record<string, number> } {
  const variables = new Map([['$ebp', 0x1000]]);
  const ok = runWinProgram(program, variables, (address) => (address === 0x1004 ? 0x42 : null));
  return { ok, variables: Object.fromEntries(variables) };
}

describe('STACK WIN programs', () => {
  const cases: readonly [string, string, number][] = [
    ['assign', '$a 7 =', 7],
    ['dereference', '$a $ebp 4 + ^ =', 0x42],
    ['wrap below zero', '$a 0 1 - =', 0xffff_ffff],
    ['take negative constants', '$a $ebp -16 + =', 0xff0],
    ['multiply within 32 bits', '$a 65537 65537 * =', 131_073],
    ['divide without a sign', '$a 7 2 / =', 3],
    ['take remainders', '$a 7 4 % =', 3],
    ['align down', '$a 19 8 @ =', 16],
    ['use what they assigned', '$b 3 = $a $b 1 + =', 4],
    ['survive glued assignments', '$b 3 =$a $b 1 + =', 4],
    ['do nothing when empty', '$a 1 = ', 1],
  ];
  for (const [what, program, expected] of cases) {
    it(what, () => {
      assert.deepEqual([run(program).ok, run(program).variables['$a']], [true, expected]);
    });
  }

  const failures: readonly [string, string][] = [
    ['an unknown variable', '$a $nothing 1 + ='],
    ['absent memory', '$a 0 ^ ='],
    ['division by zero', '$a 1 0 / ='],
    ['remainder by zero', '$a 1 0 % ='],
    ['alignment to anything but a power of two', '$a 9 6 @ ='],
    ['an empty stack', '='],
    ['assignment to a number', '1 2 ='],
    ['too many values', Array.from({ length: 65 }, () => '1').join(' ')],
    ['too many tokens', '$a 1 = '.repeat(1500)],
  ];
  for (const [what, program] of failures) {
    it(`fail on ${what}`, () => {
      assert.equal(run(program).ok, false);
    });
  }
});
