// What is told, when, and to whom: events of filed reports to messages in the outbox.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPayload } from '../../../src/store/notice-payload.ts';
import { DAY, HOUR, inHouse, MINUTE, MORNING, told } from './support/house.ts';
import type { TestHouse } from './support/house.ts';

/** Where nobody listens: messages stay in the outbox. */
const NOWHERE = 'http://127.0.0.1:1/';

async function noticesOf(house: TestHouse): Promise<readonly string[]> {
  await told(house);
  return (await house.deliveries()).map(({ notice }) => notice).toReversed();
}

test('a bug is told as new once', () =>
  inHouse(async (house) => {
    await house.webhook(NOWHERE);
    house.start();
    const bugId = await house.crash('overflow');
    assert.deepEqual(await noticesOf(house), ['new']);
    await house.crash('overflow');
    assert.deepEqual(await noticesOf(house), ['new']);
    assert.equal((await house.deliveries())[0]?.bugId, bugId);
  }));

test('events that were filed while nothing ran are told afterwards', () =>
  inHouse(async (house) => {
    await house.webhook(NOWHERE);
    await house.crash('overflow');
    await house.crash('underflow');
    house.start();
    assert.deepEqual(await noticesOf(house), ['new', 'new']);
  }));

test('two processes that tell the same events tell them once', () =>
  inHouse(async (house) => {
    await house.webhook(NOWHERE);
    for (let n = 0; n < 20; n += 1) await house.crash(`bug ${n}`);
    house.start();
    house.start();
    assert.equal((await noticesOf(house)).length, 20);
  }));

test('processing a report again tells nothing', () =>
  inHouse(async (house) => {
    await house.webhook(NOWHERE);
    house.start();
    const bugId = await house.crash('overflow');
    await told(house);
    const reports = await house.store.bugs.reportsOf(bugId, { limit: 10 });
    const crashId = reports.rows[0]?.crashId ?? '';
    const stored = await house.store.queue.getProcessed(crashId);
    assert.ok(stored !== null);
    await house.store.queue.requeue([crashId]);
    const [lease] = await house.store.queue.lease({ worker: 'test', limit: 1, leaseMs: MINUTE });
    await house.store.queue.complete(crashId, lease?.leaseId ?? '', stored.processed);
    assert.deepEqual(await noticesOf(house), ['new']);
  }));

test('a bug is recalled at most once a day, and not on the day on which it was new', () =>
  inHouse(async (house) => {
    await house.webhook(NOWHERE, { notices: ['new', 'recurring'] });
    house.start();
    await house.crash('overflow');
    await told(house);
    house.clock.now = MORNING + 23 * HOUR;
    await house.crash('overflow');
    assert.deepEqual(await noticesOf(house), ['new']);
    for (const later of [24 * HOUR, 25 * HOUR, 37 * HOUR]) {
      house.clock.now = MORNING + later;
      await house.crash('overflow');
      await told(house);
    }
    assert.deepEqual(await noticesOf(house), ['new', 'recurring']);
    house.clock.now = MORNING + 2 * DAY;
    await house.crash('overflow');
    assert.deepEqual(await noticesOf(house), ['new', 'recurring', 'recurring']);
  }));

test('a reopened bug is told each time that it reopens, and needs no reminder that day', () =>
  inHouse(async (house) => {
    await house.webhook(NOWHERE);
    house.start();
    const bugId = await house.crash('overflow');
    await told(house);
    for (const day of [3, 6]) {
      house.clock.now = MORNING + day * DAY;
      await house.store.bugs.closeBug(bugId, 'ann', { inVersion: null });
      house.clock.now += HOUR;
      await house.crash('overflow');
      await told(house);
      house.clock.now += HOUR;
      await house.crash('overflow');
      await told(house);
    }
    assert.deepEqual(await noticesOf(house), ['new', 'reopened', 'reopened']);
  }));

test('an ignored bug is silent, whatever happens to it', () =>
  inHouse(async (house) => {
    await house.webhook(NOWHERE);
    const bugId = await house.crash('overflow');
    await house.store.bugs.ignoreBug(bugId, 'ann', { until: null, untilCount: null });
    house.start();
    assert.deepEqual(await noticesOf(house), []);
    house.clock.now += 10 * DAY;
    await house.crash('overflow', { count: 500 });
    assert.deepEqual(await noticesOf(house), []);
  }));

test('a spike against the own history of a bug is told once a day', () =>
  inHouse(async (house) => {
    await house.webhook(NOWHERE, { notices: ['spike'] });
    house.start();
    for (let day = 0; day < 10; day += 1) {
      await house.crash('overflow', { count: 4 });
      house.clock.now += DAY;
    }
    assert.deepEqual(await noticesOf(house), []);
    await house.crash('overflow', { count: 12 });
    assert.deepEqual(await noticesOf(house), []);
    await house.crash('overflow', { count: 8 });
    assert.deepEqual(await noticesOf(house), ['spike']);
    await house.crash('overflow', { count: 50 });
    assert.deepEqual(await noticesOf(house), ['spike']);
    const payload = readPayload((await house.deliveries())[0]?.payload ?? '');
    assert.ok(payload !== null && payload.notice === 'spike');
    assert.deepEqual([payload.spike?.today, payload.spike?.usual], [20, 4]);
  }));

test('people and webhooks hear of their products and notices only', () =>
  inHouse(async (house) => {
    await house.webhook(NOWHERE, { product: 'Piano', notices: ['new'] });
    await house.webhook(NOWHERE, { product: 'Organ', notices: ['new'] });
    await house.webhook(NOWHERE, { notices: ['reopened'] });
    await house.webhook(NOWHERE, { enabled: false });
    await house.person('all@example.org');
    await house.person('piano@example.org', { product: 'Piano' });
    await house.person('organ@example.org', { product: 'Organ' });
    await house.person('none@example.org', null);
    const both = await house.person('both@example.org');
    await house.store.notifications.saveSubscription({
      userId: both,
      account: 'default',
      product: 'Piano',
      notices: ['spike'],
      quietHours: null,
    });
    house.start({ smtpUrl: 'smtp://127.0.0.1:1' });
    await house.crash('overflow');
    await told(house);
    const targets = (await house.deliveries()).map(({ target }) => target).sort();
    assert.deepEqual(targets, ['1', 'all@example.org', 'piano@example.org']);
  }));

test('a new bug that is merged into an old one at once is not told as new', () =>
  inHouse(async (house) => {
    await house.webhook(NOWHERE, { notices: ['new'] });
    const old = await house.crash('overflow');
    const first = house.start();
    await told(house);
    await first.close();
    house.clock.now += DAY;
    const fresh = await house.crash('underflow');
    await house.store.bugs.mergeBugs(fresh, old, 'ann');
    house.start();
    assert.deepEqual(await noticesOf(house), ['new']);
  }));
