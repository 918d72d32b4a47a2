// The store's clock is one that is given to it: what it notes and waits for goes by that, not by the machine's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crash, fileReport, queueReport } from './processed-builder.ts';
import { NOON } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

const HOUR_MS = 60 * 60 * 1000;
const LEASE = { worker: 'test', limit: 10, leaseMs: HOUR_MS };

export function clockTopic(open: StoreFactory): void {
  test('a lease runs out when the clock says so', async () => {
    let now = NOON;
    const store = await open({ now: () => now });
    const crashId = await queueReport(store, { receivedAt: NOON - HOUR_MS });
    assert.equal((await store.queue.lease(LEASE)).length, 1);
    now += HOUR_MS - 1;
    assert.deepEqual(await store.queue.lease(LEASE), []);
    assert.equal((await store.queue.counts()).leased, 1);
    now += 1;
    assert.deepEqual(
      (await store.queue.lease(LEASE)).map((lease) => [lease.crashId, lease.attempt]),
      [[crashId, 2]],
    );
  });

  test('the age of the queue and the hour of arrivals are told by the clock', async () => {
    const store = await open({ now: () => NOON });
    await queueReport(store, { receivedAt: NOON - 5000 });
    assert.equal((await store.queue.counts()).oldestMs, 5000);
    assert.equal((await store.reports.status()).reportsLastHour, 1);
  });

  test('what people do is noted at the time of the clock, and today is its day', async () => {
    const store = await open({ now: () => NOON });
    const { bugId } = await fileReport(store, [crash('a')], { report: { receivedAt: NOON } });
    await store.bugs.closeBug(bugId, 'Ada', { inVersion: null });
    assert.equal((await store.bugs.eventsOf(bugId, 1))[0]?.at, NOON);
    const bug = await store.bugs.getBug(bugId);
    assert.deepEqual([bug?.closedAt, bug?.createdAt, bug?.last28Days.at(-1)], [NOON, NOON, 1]);
  });
}
