// What a body may cost beside its bytes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refused } from '../../src/base/refusal.ts';
import { BodyBudget } from '../../src/submit/body-budget.ts';

const isTooCostly = (error: unknown) => error instanceof Refused && error.code === 'too_costly';

test('pieces as a network delivers them are never too many', () => {
  const budget = new BodyBudget(() => 0);
  for (let piece = 0; piece < 200_000; piece += 1) budget.spend(1000, () => undefined);
});

test('pieces of a byte are bounded by number', () => {
  const budget = new BodyBudget(() => 0);
  assert.throws(() => {
    for (let piece = 0; piece < 20_000; piece += 1) budget.spend(1, () => undefined);
  }, isTooCostly);
});

test('work that takes the processor far longer than its bytes explain ends the body', () => {
  let now = 0;
  const budget = new BodyBudget(() => now);
  const slow = () => (now += 30);
  assert.throws(() => {
    for (let piece = 0; piece < 100; piece += 1) budget.spend(64 * 1024, slow);
  }, isTooCostly);
});

test('of small pieces those that are measured stand for all', () => {
  let now = 0;
  const budget = new BodyBudget(() => now);
  assert.throws(() => {
    for (let piece = 0; piece < 10_000; piece += 1) budget.spend(100, () => (now += 1));
  }, isTooCostly);
});

test('what work gives is handed on', () => {
  assert.equal(
    new BodyBudget(() => 0).spend(10, () => 'result'),
    'result',
  );
});
