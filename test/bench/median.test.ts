// The figures of the benchmarks: what the middle of some values is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median } from '../../bench/median.ts';

test('the median of an odd number of values is the one in the middle', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([7]), 7);
});

test('the median of an even number of values is the mean of the two in the middle', () => {
  assert.equal(median([8, 1, 4, 100]), 6);
  assert.equal(median([1, 2]), 1.5);
});

test('nothing has no median', () => {
  assert.ok(Number.isNaN(median([])));
});
