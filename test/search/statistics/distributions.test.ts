// The distributions behind comparisons and correlations, held against values of tables and against plain sums.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { associationP, fisher } from '../../../src/search/statistics/association.ts';
import {
  binomialAtLeast,
  binomialAtMost,
  chiSquareTail,
  countAtLeast,
  logFactorial,
  logGamma,
} from '../../../src/search/statistics/distributions.ts';
import { significant } from '../../../src/search/statistics/false-discovery.ts';
import { wilson } from '../../../src/search/statistics/rates.ts';

function near(actual: number, expected: number, relative = 1e-9): void {
  assert.ok(
    Math.abs(actual - expected) <= relative * Math.max(Math.abs(expected), 1e-300),
    `${actual}, ${expected}`,
  );
}

/** C(n, k) p^k (1 − p)^(n − k), by multiplying. */
function plainBinomial(k: number, n: number, p: number): number {
  let value = 1;
  for (let at = 0; at < k; at += 1) value *= ((n - at) / (at + 1)) * p;
  return value * (1 - p) ** (n - k);
}

describe('distributions', () => {
  it('know factorials of any size', () => {
    near(logFactorial(10), Math.log(3_628_800));
    near(logGamma(0.5), Math.log(Math.sqrt(Math.PI)), 1e-12);
    // The table and the series meet.
    near(logFactorial(1023), logGamma(1024), 1e-12);
    near(logFactorial(5000) - logFactorial(4999), Math.log(5000), 1e-8);
  });

  it('sum binomial tails as a plain sum does', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.nat(60),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (n, k0, p) => {
          const k = Math.min(k0, n);
          let sum = 0;
          for (let at = 0; at <= k; at += 1) sum += plainBinomial(at, n, p);
          assert.ok(Math.abs(binomialAtMost(k, n, p) - sum) < 1e-9, `${n} ${k} ${p}`);
          assert.ok(Math.abs(binomialAtLeast(k, n, p) - (1 - sum + plainBinomial(k, n, p))) < 1e-9);
        },
      ),
      { seed: 1 },
    );
    // A small tail keeps its digits.
    near(binomialAtLeast(50, 50, 0.5), 0.5 ** 50);
  });

  it('know χ² with one degree of freedom', () => {
    near(chiSquareTail(3.841458820694124), 0.05, 1e-9);
    near(chiSquareTail(10.827566170662733), 0.001, 1e-8);
    near(chiSquareTail(0.01), 0.9203443263332, 1e-8);
    assert.equal(chiSquareTail(0), 1);
  });

  it('count tails of Poisson and negative binomial distributions', () => {
    near(countAtLeast(1, 2, 2), 1 - Math.exp(-2));
    near(countAtLeast(5, 2, 2), 0.05265301734371115, 1e-9);
    // Geometric: mean (1 − p) / p, and P(X ≥ k) = (1 − p)^k.
    near(countAtLeast(3, 4, 20), 0.8 ** 3, 1e-9);
    near(countAtLeast(40, 4, 20), 0.8 ** 40, 1e-7);
    assert.equal(countAtLeast(0, 2, 2), 1);
  });

  it('know Fisher’s tea and milk', () => {
    near(fisher({ some: 3, all: 4, otherSome: 1, otherAll: 4 }), 34 / 70);
    near(fisher({ some: 4, all: 4, otherSome: 0, otherAll: 4 }), 2 / 70);
  });

  it('say nearly the same by both tests where they meet', () => {
    const small = associationP({ some: 60, all: 200, otherSome: 150, otherAll: 799 });
    const large = associationP({ some: 60, all: 200, otherSome: 150, otherAll: 801 });
    assert.ok(small / large < 2 && large / small < 2, `${small} ${large}`);
  });

  it('find as many significant values as Benjamini and Hochberg do in their paper', () => {
    const ps = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324];
    const rest = [0.4262, 0.5719, 0.6528, 0.759, 1];
    assert.deepEqual(
      significant([...rest, ...ps], 0.05).map((is, at) => (is ? [...rest, ...ps][at] : 0)),
      [0, 0, 0, 0, 0, 0.0001, 0.0004, 0.0019, 0.0095, 0, 0, 0, 0, 0, 0],
    );
    assert.deepEqual(significant([], 0.05), []);
  });

  it('know the interval of a share, also where nothing or everything is part of it', () => {
    assert.equal(wilson(0, 0), null);
    const half = wilson(5, 10);
    near(half?.low ?? 0, 0.236593090512564, 1e-9);
    near(half?.high ?? 0, 0.763406909487436, 1e-9);
    assert.equal(wilson(0, 20)?.low, 0);
    assert.equal(wilson(20, 20)?.high, 1);
  });
});
