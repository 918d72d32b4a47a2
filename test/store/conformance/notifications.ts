// Subscriptions, webhooks and the outbox.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../../../src/store/store.ts';
import { crash, fileReport } from './processed-builder.ts';
import type { StoreFactory } from './suite.ts';

type Message = Parameters<Store['notifications']['enqueue']>[0][number];

function mail(fields: Partial<Message> = {}): Message {
  return {
    channel: 'mail',
    target: 'ada@example.org',
    notice: 'new',
    bugId: 1,
    payload: '{"title":"a()"}',
    dueAt: Date.now(),
    onceKey: null,
    ...fields,
  };
}

async function user(store: Store, email: string): Promise<number> {
  const fields = { email, name: email, isAdmin: true, passwordHash: 'x' };
  const created = await store.people.createUser(fields);
  assert.ok(created !== null);
  return created.id;
}

export function notificationTopic(open: StoreFactory): void {
  test('a person has one wish for each product, and the last one counts', async () => {
    const store = await open();
    const [ada, grace] = [await user(store, 'ada@example.org'), await user(store, 'grace@example.org')];
    const wish = {
      userId: ada,
      account: 'default',
      notices: ['new'],
      quietHours: null,
      search: null,
    } as const;
    const first = await store.notifications.saveSubscription({ ...wish, product: 'Piano' });
    const general = await store.notifications.saveSubscription({ ...wish, product: null });
    const changed = {
      ...wish,
      product: 'Piano',
      notices: ['spike'],
      quietHours: { from: 22, to: 6 },
      search: 'version:>=2',
    } as const;
    assert.deepEqual(await store.notifications.saveSubscription(changed), { ...changed, id: first.id });
    await store.notifications.saveSubscription({ ...wish, userId: grace, product: null });
    assert.deepEqual(await store.notifications.listSubscriptions(ada), [
      general,
      { ...changed, id: first.id },
    ]);
    assert.equal((await store.notifications.listSubscriptions(null)).length, 3);
    assert.equal(await store.notifications.deleteSubscription(grace, first.id), false);
    assert.equal(await store.notifications.deleteSubscription(ada, first.id), true);
    assert.deepEqual(await store.notifications.listSubscriptions(ada), [general]);
  });

  test('a webhook is made, changed and deleted, and what waits for it is given up', async () => {
    const store = await open();
    const fields = {
      account: 'default',
      product: null,
      url: 'https://hooks.example/x',
      secret: 's3cret',
      format: 'matrix',
      notices: ['new', 'reopened'],
      enabled: true,
      search: 'version:>=2',
      room: '!abc:matrix.example',
      token: 'syt_secret',
    } as const;
    const hook = await store.notifications.saveWebhook(fields);
    assert.deepEqual(await store.notifications.listWebhooks(), [{ ...fields, id: hook.id }]);
    await store.notifications.saveWebhook({ ...hook, enabled: false });
    assert.deepEqual(await store.notifications.listWebhooks(), [{ ...hook, enabled: false }]);
    await store.notifications.enqueue([mail({ channel: 'webhook', target: String(hook.id) })]);
    assert.equal(await store.notifications.deleteWebhook(hook.id), true);
    assert.equal(await store.notifications.deleteWebhook(hook.id), false);
    assert.deepEqual(await store.notifications.takeDue(10), []);
    const [delivery] = await store.notifications.listDeliveries({ channel: 'webhook' }, 10);
    assert.deepEqual([delivery?.state, delivery?.lastError], ['given_up', 'The webhook was deleted.']);
  });

  test('a message is taken by one process, when it is due, the oldest first', async () => {
    const store = await open();
    const now = Date.now();
    await store.notifications.enqueue([
      mail({ dueAt: now + 60_000, payload: 'later' }),
      mail({ dueAt: now - 10, payload: 'second' }),
      mail({ dueAt: now - 20, payload: 'first' }),
    ]);
    const taken = await Promise.all([store.notifications.takeDue(10), store.notifications.takeDue(10)]);
    assert.deepEqual(
      taken.flat().map(({ payload, attempts }) => [payload, attempts]),
      [
        ['first', 1],
        ['second', 1],
      ],
    );
    assert.deepEqual(await store.notifications.takeDue(10), []);
  });

  test('what nobody has been told of a bug goes along when it is merged', async () => {
    const store = await open();
    const from = (await fileReport(store, [crash('from')])).bugId;
    const into = (await fileReport(store, [crash('into')])).bugId;
    await fileReport(store, [crash('from')]);
    const pending = async () =>
      (await store.notifications.listPendingNotices(10)).map(({ bugId, event }) => [bugId, event]);
    assert.deepEqual(await pending(), [
      [from, 'new'],
      [into, 'new'],
      [from, 'recurring'],
    ]);
    assert.equal(await store.bugs.mergeBugs(from, into, 'Ada'), true);
    const left = await pending();
    assert.deepEqual(
      left.map(([bugId]) => bugId),
      [into, into],
      'nothing is told of a bug that is gone, and no event of it is lost',
    );
    assert.deepEqual(new Set(left.map(([, event]) => event)), new Set(['new', 'recurring']));
  });

  test('a message that was not delivered comes back when it shall, and is given up at last', async () => {
    let now = Date.now();
    const store = await open({ now: () => now });
    await store.notifications.enqueue([mail({ dueAt: now })]);
    const [first] = await store.notifications.takeDue(1);
    assert.ok(first !== undefined);
    await store.notifications.undelivered(first.id, 'connection refused', now + 20);
    assert.deepEqual(await store.notifications.takeDue(1), []);
    now += 20;
    const [second] = await store.notifications.takeDue(1);
    assert.deepEqual([second?.attempts, second?.lastError], [2, 'connection refused']);
    await store.notifications.undelivered(first.id, 'no such user', null);
    assert.deepEqual(await store.notifications.takeDue(1), []);
    const [log] = await store.notifications.listDeliveries({}, 10);
    assert.deepEqual([log?.state, log?.lastError, log?.deliveredAt], ['given_up', 'no such user', null]);
  });

  test('a delivered message stays delivered', async () => {
    const store = await open();
    await store.notifications.enqueue([mail()]);
    const [taken] = await store.notifications.takeDue(1);
    await store.notifications.delivered(taken?.id ?? 0);
    await store.notifications.undelivered(taken?.id ?? 0, 'a late answer', Date.now());
    const [log] = await store.notifications.listDeliveries({ target: 'ada@example.org' }, 10);
    assert.deepEqual([log?.state, log?.lastError], ['delivered', null]);
    assert.ok(log?.deliveredAt !== null);
    assert.deepEqual(await store.notifications.takeDue(10), []);
  });

  test('a once key lets one message through until it is forgotten', async () => {
    const store = await open();
    const onceKey = 'recurring 1 ada@example.org 2026-03-14';
    assert.equal(await store.notifications.enqueue([mail({ onceKey }), mail({ onceKey }), mail()]), 2);
    for (const { id } of await store.notifications.takeDue(10)) await store.notifications.delivered(id);
    assert.equal(await store.notifications.enqueue([mail({ onceKey })]), 0);
    assert.equal(await store.notifications.forgetDeliveries(Date.now() - 60_000), 0);
    assert.equal(await store.notifications.forgetDeliveries(Date.now() + 60_000), 2);
    assert.equal(await store.notifications.enqueue([mail({ onceKey })]), 1);
  });

  test('what was told goes with the messages that tell it; what happened meanwhile stays', async () => {
    const store = await open();
    await fileReport(store, [crash('a')]);
    await fileReport(store, [crash('a')]);
    const untold = await store.notifications.listPendingNotices(10);
    await fileReport(store, [crash('a')]);
    await store.notifications.enqueue(
      [mail()],
      untold.map(({ id }) => id),
    );
    const left = await store.notifications.listPendingNotices(10);
    assert.deepEqual(
      left.map(({ event }) => event),
      ['recurring'],
    );
    assert.ok((left[0]?.id ?? 0) > (untold.at(-1)?.id ?? 0));
  });

  test('the log is listed newest first, by channel and target', async () => {
    const store = await open();
    await store.notifications.enqueue([
      mail({ payload: '1' }),
      mail({ payload: '2', target: 'grace@example.org' }),
      mail({ payload: '3', channel: 'webhook', target: '7' }),
    ]);
    const list = async (filter: Parameters<Store['notifications']['listDeliveries']>[0], limit = 10) =>
      (await store.notifications.listDeliveries(filter, limit)).map(({ payload }) => payload);
    assert.deepEqual(await list({}), ['3', '2', '1']);
    assert.deepEqual(await list({}, 2), ['3', '2']);
    assert.deepEqual(await list({ channel: 'mail' }), ['2', '1']);
    assert.deepEqual(await list({ channel: 'mail', target: 'grace@example.org' }), ['2']);
    assert.deepEqual(await list({ target: '7' }), ['3']);
  });
}
