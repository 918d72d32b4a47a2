// How many pieces of attachments are on their way through the packing pool at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { PackingPool } from '../../../src/store/embedded/packing/packing-pool.ts';

test('so many pieces at once are on their way through the pool and no more; the next goes when one has left', async () => {
  const pool = new PackingPool(1, '');
  const going: (() => void)[] = [];
  for (let asked = 0; asked < 64; asked += 1) void pool.turn().then((leave) => going.push(leave));
  await turn();
  const first = going.length;
  assert.ok(first >= 2 && first <= 16, `${first} under way`);
  going.shift()?.();
  await turn();
  assert.equal(going.length, first, 'one left and one came');
  for (let left = 0; left < 64; left += 1) {
    going.shift()?.();
    await turn();
  }
  assert.equal(going.length, 0);
  const leave = await pool.turn();
  leave();
  await pool.close();
});
