// Processing waits while reports arrive faster than it could follow, but not for ever.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../../src/process/worker/pace.ts';

function arrive(pace: Pace, count: number): void {
  for (let index = 0; index < count; index += 1) pace.arrived();
}

test('a few arrivals make nobody wait', () => {
  const pace = new Pace(0, () => 0);
  arrive(pace, 100);
  assert.equal(pace.shouldWait(250), false);
});

test('a flood makes processing wait, and its end lets it go on', () => {
  const pace = new Pace(0, () => 0);
  arrive(pace, 1000);
  assert.equal(pace.shouldWait(250), true);
  assert.equal(pace.shouldWait(500), false);
});

test('a flood that never ends lets a load through every five seconds', () => {
  const pace = new Pace(0, () => 0);
  const answers: boolean[] = [];
  for (let now = 250; now <= 10_500; now += 250) {
    arrive(pace, 1000);
    answers.push(pace.shouldWait(now));
  }
  assert.equal(answers.filter((waits) => !waits).length, 2);
});

test('two reports of one moment are no flood', () => {
  const pace = new Pace(0, () => 0);
  arrive(pace, 2);
  assert.equal(pace.shouldWait(1), false);
});

test('reports that keep the thread busy make processing wait, however few they are', () => {
  let share = 0.9;
  const pace = new Pace(0, () => share);
  arrive(pace, 100);
  assert.equal(pace.shouldWait(1000), true);
  arrive(pace, 100);
  share = 0.3;
  assert.equal(pace.shouldWait(2000), false);
});

test('a thread that processing alone keeps busy makes nobody wait', () => {
  const pace = new Pace(0, () => 1);
  arrive(pace, 10);
  assert.equal(pace.shouldWait(1000), false);
});
