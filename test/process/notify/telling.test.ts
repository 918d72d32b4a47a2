// What is noticesSent, when, and to whom: events of filed reports to messages in the outbox.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPayload } from '../../../src/store/notice-payload.ts';
import { crash, fileReport } from '../../store/conformance/processed-builder.ts';
import { DAY, HOUR, withHarness, MINUTE, MORNING, noticesSent, until } from './support/notify-harness.ts';
import type { NotifyHarness } from './support/notify-harness.ts';

/** Where nobody listens: messages stay in the outbox. */
const NOWHERE = 'http://127.0.0.1:1/';

async function noticesOf(harness: NotifyHarness): Promise<readonly string[]> {
  await noticesSent(harness);
  return (await harness.deliveries()).map(({ notice }) => notice).toReversed();
}

test('a bug is told as new once', () =>
  withHarness(async (harness) => {
    await harness.webhook(NOWHERE);
    harness.start();
    const bugId = await harness.crash('overflow');
    assert.deepEqual(await noticesOf(harness), ['new']);
    await harness.crash('overflow');
    assert.deepEqual(await noticesOf(harness), ['new']);
    assert.equal((await harness.deliveries())[0]?.bugId, bugId);
  }));

test('events that were filed while nothing ran are told afterwards', () =>
  withHarness(async (harness) => {
    await harness.webhook(NOWHERE);
    await harness.crash('overflow');
    await harness.crash('underflow');
    harness.start();
    assert.deepEqual(await noticesOf(harness), ['new', 'new']);
  }));

test('a report that came long ago and was moved here is no news, and an old crash that comes now is', () =>
  withHarness(async (harness) => {
    await harness.webhook(NOWHERE);
    const { store, clock } = harness;
    await store.people.createProductByHand('default', 'Piano');
    const day = new Date(clock.now - 30 * DAY).toISOString().slice(0, 10);
    const file = (key: string, receivedAt: number) =>
      fileReport(store, [crash(key, { day })], {
        report: { receivedAt },
        processed: { processedAt: clock.now },
      });
    await file('moved', clock.now - 30 * DAY);
    const { bugId } = await file('late', clock.now);
    harness.start();
    assert.deepEqual(await noticesOf(harness), ['new']);
    assert.equal((await harness.deliveries())[0]?.bugId, bugId);
  }));
test('two processes that tell the same events tell them once', () =>
  withHarness(async (harness) => {
    await harness.webhook(NOWHERE);
    for (let n = 0; n < 20; n += 1) await harness.crash(`bug ${n}`);
    harness.start();
    harness.start();
    assert.equal((await noticesOf(harness)).length, 20);
  }));

test('processing a report again tells nothing', () =>
  withHarness(async (harness) => {
    await harness.webhook(NOWHERE);
    harness.start();
    const bugId = await harness.crash('overflow');
    await noticesSent(harness);
    const reports = await harness.store.bugs.reportsOf(bugId, { limit: 10 });
    const crashId = reports.rows[0]?.crashId ?? '';
    const stored = await harness.store.queue.getProcessed(crashId);
    assert.ok(stored !== null);
    await harness.store.queue.requeue([crashId]);
    const [lease] = await harness.store.queue.lease({ worker: 'test', limit: 1, leaseMs: MINUTE });
    await harness.store.queue.complete(crashId, lease?.leaseId ?? '', stored.processed);
    assert.deepEqual(await noticesOf(harness), ['new']);
  }));

test('a bug is recalled at most once a day, and not on the day on which it was new', () =>
  withHarness(async (harness) => {
    await harness.webhook(NOWHERE, { notices: ['new', 'recurring'] });
    harness.start();
    await harness.crash('overflow');
    await noticesSent(harness);
    harness.clock.now = MORNING + 23 * HOUR;
    await harness.crash('overflow');
    assert.deepEqual(await noticesOf(harness), ['new']);
    for (const later of [24 * HOUR, 25 * HOUR, 37 * HOUR]) {
      harness.clock.now = MORNING + later;
      await harness.crash('overflow');
      await noticesSent(harness);
    }
    assert.deepEqual(await noticesOf(harness), ['new', 'recurring']);
    harness.clock.now = MORNING + 2 * DAY;
    await harness.crash('overflow');
    assert.deepEqual(await noticesOf(harness), ['new', 'recurring', 'recurring']);
  }));

test('a reopened bug is told each time that it reopens, and needs no reminder that day', () =>
  withHarness(async (harness) => {
    await harness.webhook(NOWHERE);
    harness.start();
    const bugId = await harness.crash('overflow');
    await noticesSent(harness);
    for (const day of [3, 6]) {
      harness.clock.now = MORNING + day * DAY;
      await harness.store.bugs.closeBug(bugId, 'ann', { inVersion: null });
      harness.clock.now += HOUR;
      await harness.crash('overflow');
      await noticesSent(harness);
      harness.clock.now += HOUR;
      await harness.crash('overflow');
      await noticesSent(harness);
    }
    assert.deepEqual(await noticesOf(harness), ['new', 'reopened', 'reopened']);
  }));

test('an ignored bug is silent, whatever happens to it', () =>
  withHarness(async (harness) => {
    await harness.webhook(NOWHERE);
    const bugId = await harness.crash('overflow');
    await harness.store.bugs.ignoreBug(bugId, 'ann', { until: null, untilCount: null });
    harness.start();
    assert.deepEqual(await noticesOf(harness), []);
    harness.clock.now += 10 * DAY;
    await harness.crash('overflow', { count: 500 });
    assert.deepEqual(await noticesOf(harness), []);
  }));

test('a spike against the own history of a bug is told once a day', () =>
  withHarness(async (harness) => {
    await harness.webhook(NOWHERE, { notices: ['spike'] });
    harness.start();
    for (let day = 0; day < 10; day += 1) {
      await harness.crash('overflow', { count: 4 });
      harness.clock.now += DAY;
    }
    assert.deepEqual(await noticesOf(harness), []);
    await harness.crash('overflow', { count: 12 });
    assert.deepEqual(await noticesOf(harness), []);
    await harness.crash('overflow', { count: 8 });
    assert.deepEqual(await noticesOf(harness), ['spike']);
    await harness.crash('overflow', { count: 50 });
    assert.deepEqual(await noticesOf(harness), ['spike']);
    const payload = readPayload((await harness.deliveries())[0]?.payload ?? '');
    assert.ok(payload !== null && payload.notice === 'spike');
    assert.deepEqual([payload.spike?.today, payload.spike?.usual], [20, 4]);
  }));

test('people and webhooks hear of their products and notices only', () =>
  withHarness(async (harness) => {
    await harness.webhook(NOWHERE, { product: 'Piano', notices: ['new'] });
    await harness.webhook(NOWHERE, { product: 'Organ', notices: ['new'] });
    await harness.webhook(NOWHERE, { notices: ['reopened'] });
    await harness.webhook(NOWHERE, { enabled: false });
    await harness.person('all@example.org');
    await harness.person('piano@example.org', { product: 'Piano' });
    await harness.person('organ@example.org', { product: 'Organ' });
    await harness.person('none@example.org', null);
    const both = await harness.person('both@example.org');
    await harness.store.notifications.saveSubscription({
      userId: both,
      account: 'default',
      product: 'Piano',
      notices: ['spike'],
      quietHours: null,
    });
    harness.start({ smtpUrl: 'smtp://127.0.0.1:1' });
    await harness.crash('overflow');
    await noticesSent(harness);
    const targets = (await harness.deliveries()).map(({ target }) => target).sort();
    assert.deepEqual(targets, ['1', 'all@example.org', 'piano@example.org']);
  }));

test('a new bug that is merged into an old one at once is not told as new', () =>
  withHarness(async (harness) => {
    await harness.webhook(NOWHERE, { notices: ['new'] });
    const old = await harness.crash('overflow');
    const first = harness.start();
    await noticesSent(harness);
    await first.close();
    harness.clock.now += DAY;
    const fresh = await harness.crash('underflow');
    await harness.store.bugs.mergeBugs(fresh, old, 'ann');
    harness.start();
    assert.deepEqual(await noticesOf(harness), ['new']);
  }));

test('a comment is told to who chose it, once, whatever the state of the bug, and not to who wrote it', () =>
  withHarness(async (harness) => {
    const { store } = harness;
    await harness.person('ann@example.org', { notices: ['comment'] });
    await harness.person('bob@example.org', { notices: ['comment'] });
    await harness.person('cem@example.org', { notices: ['new'] });
    await harness.webhook(NOWHERE, { notices: ['comment'] });
    const bugId = await harness.crash('overflow');
    await store.bugs.commentBug(bugId, 'ann@example.org', 'written before anything ran for the first time');
    const told = async (): Promise<boolean> => (await store.notifications.pendingComments()) === null;
    const first = harness.start({ smtpUrl: 'smtp://127.0.0.1:1' });
    await until('the first look', told);
    await first.close();

    await store.bugs.closeBug(bugId, 'ann@example.org', { inVersion: null });
    await store.bugs.commentBug(bugId, 'ann@example.org', 'Seen at home, too');
    harness.start({ smtpUrl: 'smtp://127.0.0.1:1' });
    harness.start({ smtpUrl: 'smtp://127.0.0.1:1' });
    await until('the second look', told);
    const of = async (): Promise<readonly string[]> =>
      (await harness.deliveries())
        .filter(({ notice }) => notice === 'comment')
        .map(({ channel, target }) => `${channel} ${target}`)
        .sort();
    assert.deepEqual(await of(), ['mail bob@example.org', 'webhook 1']);
    const delivery = (await harness.deliveries()).find(({ channel }) => channel === 'webhook');
    const payload = readPayload(delivery?.payload ?? '');
    assert.ok(payload?.notice === 'comment');
    assert.equal(payload.comment?.text, 'Seen at home, too');
    await store.bugs.ignoreBug(bugId, 'ann@example.org', { until: null, untilCount: null });
    await store.bugs.commentBug(bugId, 'bob@example.org', 'And here');
    await until('the third look', told);
    await until('told to the other', async () => (await of()).includes('mail ann@example.org'));
    assert.equal((await of()).length, 4);
  }));
