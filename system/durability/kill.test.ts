// Promise 1: an acknowledged report is never lost. The server is killed with SIGKILL at random moments under load, many times;
// every acknowledged report must be there, whole, and no report half. KILL_ROUNDS raises the number of kills.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from '../server.ts';
import { faults, hammer, type Acknowledged } from './workload.ts';

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 8);
const MIN_ACKNOWLEDGED = 20;

test(`${ROUNDS} kills under load lose nothing that was acknowledged`, async () => {
  let server = await startServer();
  const acknowledged: Acknowledged[] = [];
  let stopped = false;
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      stopped = false;
      const ofRound: Acknowledged[] = [];
      const load = hammer(server, () => stopped, 32, ofRound);
      // At a random moment, but never before there is something to lose: a slow machine needs longer.
      do await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 900));
      while (ofRound.length < MIN_ACKNOWLEDGED);
      await server.kill();
      stopped = true;
      acknowledged.push(...(await load));
      server = await server.restart();
    }
    assert.ok(acknowledged.length >= ROUNDS * MIN_ACKNOWLEDGED);
    for (const protocol of ['form', 'crashkit', 'crashkit1', 'syncthing']) {
      assert.ok(
        acknowledged.some((report) => report.protocol === protocol),
        `none over ${protocol}`,
      );
    }
    assert.deepEqual(await faults(server, acknowledged), []);
  } finally {
    stopped = true;
    await server.remove();
  }
});

test('SIGTERM under load finishes what is in flight, answers it and exits 0', async () => {
  const server = await startServer();
  try {
    let stopped = false;
    const load = hammer(server, () => stopped);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(await server.stop(), 0);
    stopped = true;
    const acknowledged = await load;
    assert.ok(acknowledged.length > 10);
    const again = await server.restart();
    try {
      assert.deepEqual(await faults(again, acknowledged), []);
    } finally {
      await again.stop();
    }
  } finally {
    await server.remove();
  }
});
