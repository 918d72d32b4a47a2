// A stop is cut short at its limit, and only there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boundedStop } from '../../src/cli/bounded-stop.ts';
import type { StopTimes } from '../../src/cli/bounded-stop.ts';

test('a stop that hangs is cut short, and it is known what had been closed', async () => {
  const cut = await new Promise<StopTimes>((resolve) => {
    void boundedStop(
      (note) => {
        note('answers');
        return new Promise(() => undefined);
      },
      { limitMs: 20, cutShort: resolve },
    );
  });
  assert.deepEqual(Object.keys(cut), ['answers']);
});

test('a stop that ends in time, well or not, is not cut short', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const cutShort = t.mock.fn();
  const options = { limitMs: 20, cutShort };
  const times = await boundedStop((note) => Promise.resolve(note('store')), options);
  assert.deepEqual(Object.keys(times), ['store']);
  await assert.rejects(
    boundedStop(() => Promise.reject(new Error('no')), options),
    /no/,
  );
  t.mock.timers.tick(60_000);
  assert.equal(cutShort.mock.callCount(), 0);
});
