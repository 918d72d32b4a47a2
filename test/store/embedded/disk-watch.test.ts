// When the store says that little is left.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../../../src/base/metrics.ts';
import { DiskWatch } from '../../../src/store/embedded/disk-watch.ts';

async function shortWith(waiting: number, longQueue?: number): Promise<boolean> {
  const watch = await DiskWatch.start({
    dir: '/',
    maxBytes: 1000,
    minFreeBytes: 0,
    files: { freeBytes: async () => Promise.resolve(1_000_000) },
    metrics: createMetrics(),
    measure: () => waiting,
    ...(longQueue !== undefined && { longQueue }),
  });
  watch.stop();
  return watch.admission().short;
}

test('a queue as long as LONG_QUEUE is short, a shorter one and one without a limit are not', async () => {
  assert.equal(await shortWith(5, 5), true);
  assert.equal(await shortWith(4, 5), false);
  assert.equal(await shortWith(1_000_000, 0), false);
  assert.equal(await shortWith(1_000_000), false);
});

test('the limit of the store makes it short, whatever waits', async () => {
  const watch = await DiskWatch.start({
    dir: '/',
    maxBytes: 1000,
    minFreeBytes: 0,
    files: { freeBytes: async () => Promise.resolve(1_000_000) },
    metrics: createMetrics(),
    measure: () => 0,
    longQueue: 5,
  });
  watch.stop();
  watch.hear({ full: null, short: true });
  assert.equal(watch.admission().short, true);
});
