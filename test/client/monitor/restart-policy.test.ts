import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RestartPolicy } from '../../../src/client/monitor/restart-policy.ts';

test('four restarts within 60 s are allowed, a fifth is not', () => {
  const policy = new RestartPolicy();
  assert.deepEqual(
    [0, 1, 2, 3, 59].map((second) => policy.mayRestart(second * 1000)),
    [true, true, true, true, false],
  );
});

test('a program that fails every 20 s is restarted for ever', () => {
  const policy = new RestartPolicy();
  for (let second = 0; second < 2000; second += 20) assert.ok(policy.mayRestart(second * 1000));
});
