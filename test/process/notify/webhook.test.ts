// Webhooks, against a real HTTP server: what is posted, how it is signed, and what happens when it does not get through.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { DAY, HOUR, withHarness, MINUTE, MORNING, noticesSent, until } from './support/notify-harness.ts';
import type { NotifyHarness } from './support/notify-harness.ts';
import { startReceiver } from './support/webhook-receiver.ts';
import type { WebhookReceiver } from './support/webhook-receiver.ts';

/** Runs a test with a harness and a receiver. */
function withReceiver(
  run: (harness: NotifyHarness, receiver: WebhookReceiver) => Promise<void>,
): Promise<void> {
  return withHarness(async (harness) => {
    const receiver = await startReceiver();
    try {
      await run(harness, receiver);
    } finally {
      await receiver.stop();
    }
  });
}

async function newest(harness: NotifyHarness) {
  const [delivery] = await harness.deliveries();
  assert.ok(delivery !== undefined);
  return delivery;
}

const failedOnce = (harness: NotifyHarness) =>
  until('a failed attempt', async () => ((await harness.deliveries())[0]?.lastError ?? null) !== null);
const delivered = (harness: NotifyHarness) =>
  until('delivered', async () => (await harness.deliveries())[0]?.state === 'delivered');

test('a new bug is posted, signed, with its delivery id and time', () =>
  withReceiver(async (harness, receiver) => {
    await harness.webhook(receiver.url);
    harness.start();
    const bugId = await harness.crash('overflow');
    await delivered(harness);
    assert.equal(receiver.posts.length, 1);
    const [post] = receiver.posts;
    assert.ok(post !== undefined);
    const { headers, body } = post;
    const hmac = createHmac('sha256', 'the secret of the webhook').update(body).digest('hex');
    assert.equal(headers['x-mayday-signature'], `sha256=${hmac}`);
    assert.equal(headers['x-mayday-timestamp'], String(MORNING / 1000));
    assert.equal(headers['x-mayday-notice'], 'new');
    assert.equal(headers['content-type'], 'application/json; charset=utf-8');
    assert.equal(headers['user-agent'], 'Mayday/0.1.0');
    const said = JSON.parse(body) as Record<string, unknown>;
    const { id } = await newest(harness);
    assert.equal(headers['x-mayday-delivery'], String(id));
    assert.deepEqual(
      { schema: said['schema'], delivery: said['delivery'], sentAt: said['sentAt'], notice: said['notice'] },
      { schema: 1, delivery: id, sentAt: new Date(MORNING).toISOString(), notice: 'new' },
    );
    const bug = said['bug'] as Record<string, unknown>;
    assert.equal(bug['url'], `https://mayday.example/bugs/${bugId}`);
    assert.equal(bug['title'], 'overflow()');
    assert.equal(bug['firstSeenAt'], new Date(MORNING).toISOString());
  }));

test('the format slack posts a text that Slack cannot mistake for markup', () =>
  withReceiver(async (harness, receiver) => {
    await harness.webhook(receiver.url, { format: 'slack' });
    harness.start();
    const bugId = await harness.crash('<!channel>|*x*');
    await delivered(harness);
    const said = JSON.parse(receiver.posts[0]?.body ?? '') as { readonly text: string };
    assert.deepEqual(Object.keys(said), ['text']);
    assert.ok(said.text.startsWith(`*New bug* in Piano: <https://mayday.example/bugs/${bugId}|`));
    assert.ok(!said.text.includes('<!'));
    assert.ok(said.text.includes('&lt;!channel&gt;'));
    assert.ok(!said.text.includes('*x*'));
  }));

test('a receiver that fails is tried again later, and gets each message once', () =>
  withReceiver(async (harness, receiver) => {
    await harness.webhook(receiver.url);
    receiver.answer = (response) => {
      response.statusCode = 500;
      response.end('out of\nsorts');
    };
    harness.start();
    await harness.crash('overflow');
    await failedOnce(harness);
    assert.equal((await newest(harness)).lastError, 'answered 500: out of sorts');
    assert.equal((await newest(harness)).dueAt, MORNING + 10_000);
    receiver.answer = (response) => {
      response.statusCode = 200;
      response.end('ok');
    };
    harness.clock.now += 9000;
    await harness.crash('underflow');
    await until('the other message', () => receiver.posts.length === 2);
    harness.clock.now += 2000;
    await until('all delivered', async () =>
      (await harness.deliveries()).every(({ state }) => state === 'delivered'),
    );
    assert.equal(receiver.posts.length, 3);
    assert.equal(new Set(receiver.posts.map(({ headers }) => headers['x-mayday-delivery'])).size, 2);
  }));

test('a receiver that is down is asked once for a batch', () =>
  withReceiver(async (harness, receiver) => {
    await harness.webhook(receiver.url);
    for (let n = 0; n < 5; n += 1) await harness.crash(`bug ${n}`);
    receiver.answer = (response) => {
      response.statusCode = 503;
      response.setHeader('retry-after', '7200');
      response.end();
    };
    harness.start();
    await until('all put back', async () => {
      const all = await harness.deliveries();
      return all.length === 5 && all.every(({ dueAt }) => dueAt === MORNING + 2 * HOUR);
    });
    assert.equal(receiver.posts.length, 1);
  }));

test('redirects are not followed', () =>
  withReceiver(async (harness, receiver) => {
    await harness.webhook(receiver.url);
    receiver.answer = (response) => {
      response.statusCode = 302;
      response.setHeader('location', `${receiver.url}/elsewhere`);
      response.end();
    };
    harness.start();
    await harness.crash('overflow');
    await failedOnce(harness);
    assert.match((await newest(harness)).lastError ?? '', /^answered 302; redirects are not followed$/);
    assert.equal(receiver.posts.length, 1);
  }));

test('an answer without end is not read to its end', () =>
  withReceiver(async (harness, receiver) => {
    await harness.webhook(receiver.url);
    let written = 0;
    receiver.answer = (response) => {
      const pour = (): void => {
        while (!response.destroyed && written < 1_000_000_000) {
          written += 65_536;
          if (!response.write('x'.repeat(65_536))) break;
        }
      };
      response.on('drain', pour);
      pour();
    };
    harness.start();
    await harness.crash('overflow');
    await delivered(harness);
    assert.ok(written < 100_000_000, `${written} bytes were poured`);
  }));

test('what cannot be delivered for two weeks is given up, visibly', () =>
  withReceiver(async (harness, receiver) => {
    await harness.webhook(receiver.url);
    await receiver.stop();
    harness.start();
    await harness.crash('overflow');
    await failedOnce(harness);
    harness.clock.now += 14 * DAY;
    await until('given up', async () => (await newest(harness)).state === 'given_up');
    assert.match((await newest(harness)).lastError ?? '', /ECONNREFUSED/);
    await until('it is counted', async () => {
      const { values } = await harness.metrics.deliveries.get();
      return values.some(({ labels, value }) => labels.outcome === 'given_up' && value === 1);
    });
  }));

test('what was given up can be sent again: it is due at once, under its id, and has as long as a new message', () =>
  withReceiver(async (harness, receiver) => {
    const { id } = await harness.webhook(receiver.url);
    let [answers, status] = [0, 410];
    receiver.answer = (response) => {
      answers += 1;
      response.statusCode = status;
      response.end();
    };
    harness.start();
    await harness.crash('overflow');
    await until('given up', async () => (await harness.deliveries())[0]?.state === 'given_up');
    const given = await newest(harness);
    const { notifications } = harness.store;
    assert.equal(await notifications.sendAgain(given.id, { webhookId: id + 1 }), false);
    assert.equal(await notifications.sendAgain(given.id, { alertId: id }), false);
    assert.equal(await notifications.sendAgain(given.id + 1, { webhookId: id }), false);
    // Far later than a message is tried: its time begins anew.
    harness.clock.now += 30 * DAY;
    status = 500;
    assert.equal(await notifications.sendAgain(given.id, { webhookId: id }), true);
    await until(
      'tried again',
      async () => answers === 2 && (await newest(harness)).lastError !== given.lastError,
    );
    const tried = await newest(harness);
    assert.deepEqual([tried.id, tried.state, tried.attempts], [given.id, 'due', 1]);
    assert.equal(tried.createdAt, given.createdAt);
    assert.equal(await notifications.sendAgain(given.id, { webhookId: id }), false);
    status = 200;
    harness.clock.now += MINUTE;
    await delivered(harness);
    assert.equal(await notifications.sendAgain(given.id, { webhookId: id }), false);
  }));

test('410 Gone ends a message at once', () =>
  withReceiver(async (harness, receiver) => {
    await harness.webhook(receiver.url);
    receiver.answer = (response) => {
      response.statusCode = 410;
      response.end();
    };
    harness.start();
    await harness.crash('overflow');
    await until('given up', async () => (await harness.deliveries())[0]?.state === 'given_up');
  }));

test('private addresses are refused unless allowed, by number and by name', () =>
  withReceiver(async (harness, receiver) => {
    for (const url of [
      receiver.url,
      `http://localhost:${receiver.port}/`,
      `http://[::ffff:127.0.0.1]:${receiver.port}/`,
      `http://2130706433:${receiver.port}/`,
      'http://169.254.169.254/latest/meta-data/',
    ]) {
      await harness.webhook(url);
    }
    harness.start({ allowPrivate: false });
    await harness.crash('overflow');
    await until('all refused', async () => {
      const all = await harness.deliveries();
      return all.length === 5 && all.every(({ lastError }) => lastError !== null);
    });
    for (const { lastError } of await harness.deliveries()) {
      assert.match(lastError ?? '', /private address.*WEBHOOK_ALLOW_PRIVATE/);
    }
    assert.equal(receiver.posts.length, 0);
  }));

test('a webhook that is switched off gets nothing, not even what waited', () =>
  withReceiver(async (harness, receiver) => {
    const webhook = await harness.webhook(receiver.url);
    receiver.answer = (response) => {
      response.statusCode = 500;
      response.end();
    };
    harness.start();
    await harness.crash('overflow');
    await failedOnce(harness);
    await harness.store.notifications.saveWebhook({ ...webhook, enabled: false });
    harness.clock.now += MINUTE;
    await until('given up', async () => (await newest(harness)).state === 'given_up');
    await harness.crash('underflow');
    await noticesSent(harness);
    assert.equal((await harness.deliveries()).length, 1);
    assert.equal(receiver.posts.length, 1);
  }));

test('a stop ends a post under way, and the message is sent after the start', () =>
  withReceiver(async (harness, receiver) => {
    await harness.webhook(receiver.url);
    const held = receiver.answer;
    receiver.answer = () => undefined;
    const notifier = harness.start();
    await harness.crash('overflow');
    await until('a post', () => receiver.posts.length === 1);
    await notifier.close();
    assert.equal((await newest(harness)).state, 'due');
    receiver.answer = held;
    harness.start();
    await delivered(harness);
    const ids = receiver.posts.map(({ headers }) => headers['x-mayday-delivery']);
    assert.deepEqual([ids.length, new Set(ids).size], [2, 1]);
  }));
