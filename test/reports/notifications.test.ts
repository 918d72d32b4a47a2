// Choosing what one is told of, and keeping webhooks: pages and API, over HTTP, on a real store.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SCHEMAS } from '../../src/reports/operations/schemas.ts';
import { readPayload } from '../../src/store/notice-payload.ts';
import { schemaFaults } from './support/json-schema.ts';
import { ADMIN_TOKEN, addPerson, addToken, PASSWORD, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { Visitor } from './support/visitor.ts';

let running: Running;
let admin: Visitor;
let reader: Visitor;
const tokens = { admin: '', read: '' };

before(async () => {
  running = await startRunning({ mail: true });
  const { store, url } = running;
  const [boss, ann] = [
    await addPerson(store, { email: 'boss@example.org', role: 'admin' }),
    await addPerson(store, { email: 'ann@example.org', role: 'read' }),
  ];
  tokens.admin = await addToken(store, boss);
  tokens.read = await addToken(store, ann);
  admin = new Visitor(url);
  reader = new Visitor(url);
  await admin.signIn('boss@example.org', PASSWORD);
  await reader.signIn('ann@example.org', PASSWORD);
  await store.people.createProductByHand('default', 'Piano');
});

after(() => running.stop());

interface Reply {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers that the schema check has seen
  readonly json: any;
}

async function call(
  path: string,
  options: { readonly token?: string; readonly method?: string; readonly body?: unknown } = {},
): Promise<Reply> {
  const { token = tokens.admin, method = 'GET', body } = options;
  const response = await fetch(`${running.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: text === '' ? null : JSON.parse(text) };
}

function fits(reply: Reply, status: number, name: keyof typeof SCHEMAS): void {
  assert.equal(reply.status, status, JSON.stringify(reply.json));
  assert.deepEqual(schemaFaults(reply.json, SCHEMAS[name], SCHEMAS), []);
}

describe('subscriptions', () => {
  test('are chosen on the account page, replaced for the same product, and removed', async () => {
    const fields = { scope: 'default/Piano', 'notice-new': 'yes', 'quiet-from': '22', 'quiet-to': '6' };
    assert.equal((await reader.act('/account', 'subscribe', fields)).status, 303);
    assert.match((await reader.get('/account')).text, /Piano.*new.*22:00 to 06:00 UTC/);
    await reader.act('/account', 'subscribe', { scope: 'default/Piano', 'notice-spike': 'yes' });
    await reader.act('/account', 'subscribe', { scope: 'default/', 'notice-reopened': 'yes' });
    const own = await call('/api/subscriptions', { token: tokens.read });
    fits(own, 200, 'SubscriptionList');
    assert.deepEqual(
      own.json.subscriptions.map(({ product, notices, quietHours }: Record<string, unknown>) => ({
        product,
        notices,
        quietHours,
      })),
      [
        { product: null, notices: ['reopened'], quietHours: null },
        { product: 'Piano', notices: ['spike'], quietHours: null },
      ],
    );
    // Somebody else's entries are not theirs to see or remove.
    assert.deepEqual((await call('/api/subscriptions')).json.subscriptions, []);
    const [{ id }] = own.json.subscriptions;
    assert.equal((await admin.act('/account', 'unsubscribe', { id: String(id) })).status, 404);
    assert.equal((await reader.act('/account', 'unsubscribe', { id: String(id) })).status, 303);
    assert.equal((await call('/api/subscriptions', { token: tokens.read })).json.subscriptions.length, 1);
  });

  test('that make no sense are refused in words', async () => {
    for (const [fields, words] of [
      [{ scope: 'default/Piano' }, /Choose at least one/],
      [{ scope: 'default/Nothing', 'notice-new': 'yes' }, /no such product/],
      [{ scope: '%zz/', 'notice-new': 'yes' }, /no such account/],
      [{ scope: 'default/', 'notice-new': 'yes', 'quiet-from': '5' }, /Quiet hours need two/],
      [
        { scope: 'default/', 'notice-new': 'yes', 'quiet-from': '5', 'quiet-to': '5' },
        /Quiet hours need two/,
      ],
    ] as const) {
      const answer = await reader.act('/account', 'subscribe', fields);
      assert.equal(answer.status, 400);
      assert.match(answer.text, words);
    }
    for (const body of [
      {},
      { notices: ['new', 'never'] },
      { notices: ['new'], quietHours: { from: 1, to: 24 } },
      { notices: ['new'], surprise: 1 },
    ]) {
      fits(await call('/api/subscriptions', { method: 'POST', body }), 400, 'Error');
    }
  });

  test('are made and ended through the API', async () => {
    const body = { notices: ['new', 'recurring'], quietHours: { from: 18, to: 7 } };
    const made = await call('/api/subscriptions', { method: 'POST', body });
    fits(made, 201, 'Subscription');
    assert.deepEqual(made.json.quietHours, { from: 18, to: 7 });
    const path = `/api/subscriptions/${made.json.id}`;
    assert.equal((await call(path, { method: 'DELETE', token: tokens.read })).status, 404);
    assert.equal((await call(path, { method: 'DELETE' })).status, 204);
    assert.equal((await call(path, { method: 'DELETE' })).status, 404);
  });

  test('can be tried with a test mail', async () => {
    assert.equal((await reader.act('/account', 'test-mail')).status, 303);
    const [delivery] = await running.store.notifications.listDeliveries({ channel: 'mail' }, 10);
    assert.deepEqual([delivery?.target, delivery?.notice], ['ann@example.org', 'test']);
    assert.deepEqual(readPayload(delivery?.payload ?? '')?.notice, 'test');
  });
});

describe('webhooks', () => {
  const fields = {
    url: 'https://chat.example.org/hook',
    format: 'slack',
    scope: 'default/Piano',
    'notice-new': 'yes',
    enabled: 'yes',
  };

  test('are added on a page that shows the secret once', async () => {
    const answer = await admin.act('/webhooks', 'create', fields);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('cache-control') ?? '', /no-store/);
    const [webhook] = await running.store.notifications.listWebhooks();
    assert.ok(webhook !== undefined);
    assert.match(webhook.secret, /^[0-9a-f]{64}$/);
    assert.ok(answer.text.includes(webhook.secret));
    for (const path of ['/webhooks', `/webhooks/${webhook.id}`]) {
      const page = await admin.get(path);
      assert.equal(page.status, 200);
      assert.ok(page.text.includes('chat.example.org'));
      assert.ok(!page.text.includes(webhook.secret));
    }
    const renewed = await admin.act(`/webhooks/${webhook.id}`, 'secret');
    const [after_] = await running.store.notifications.listWebhooks();
    assert.notEqual(after_?.secret, webhook.secret);
    assert.ok(renewed.text.includes(after_?.secret ?? '?'));
  });

  test('are changed, tested, logged and deleted on their page', async () => {
    const [webhook] = await running.store.notifications.listWebhooks();
    const path = `/webhooks/${webhook?.id}`;
    const changed = { ...fields, scope: 'default/', format: 'mayday', 'notice-spike': 'yes' };
    assert.equal((await admin.act(path, 'save', changed)).status, 303);
    const [saved] = await running.store.notifications.listWebhooks();
    assert.deepEqual([saved?.product, saved?.format, saved?.notices], [null, 'mayday', ['new', 'spike']]);
    assert.equal(saved?.secret, webhook?.secret);

    assert.equal((await admin.act(path, 'test')).status, 303);
    const [message] = await running.store.notifications.takeDue(10);
    const { id = 0 } = (await running.store.notifications.listDeliveries({ channel: 'webhook' }, 1))[0] ?? {};
    assert.ok(message !== undefined);
    await running.store.notifications.undelivered(id, 'answered 500: <b>out of sorts</b>', null);
    const page = await admin.get(path);
    assert.match(page.text, /given up.*answered 500: &lt;b&gt;out of sorts/);

    assert.equal((await admin.act(path, 'delete')).status, 303);
    assert.equal((await admin.get(path)).status, 404);
  });

  test('are for administrators only', async () => {
    assert.equal((await reader.get('/webhooks')).status, 403);
    assert.equal((await call('/api/webhooks', { token: tokens.read })).status, 403);
  });

  test('with an address that is none, or holds a password, are refused', async () => {
    for (const url of [
      '',
      'chat',
      'ftp://chat.example.org/',
      'file:///etc/passwd',
      'https://me:pass@chat.example.org/',
    ]) {
      assert.equal((await admin.act('/webhooks', 'create', { ...fields, url })).status, 400, url);
      fits(await call('/api/webhooks', { method: 'POST', body: { url } }), 400, 'Error');
    }
  });

  test('with a private address are refused when they are typed, and keep the one they have', async () => {
    const guarded = await startRunning({
      webhookRefusal: (url) =>
        Promise.resolve(url.hostname === '10.0.0.1' ? '10.0.0.1 is a private address' : null),
    });
    try {
      const at = (path: string, method: string, body: unknown) =>
        fetch(`${guarded.url}${path}`, {
          method,
          headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
          body: JSON.stringify(body),
        });
      const refused = await at('/api/webhooks', 'POST', { url: 'http://10.0.0.1/in' });
      assert.equal(refused.status, 400);
      assert.match(await refused.text(), /10\.0\.0\.1 is a private address/);
      const made = await at('/api/webhooks', 'POST', { url: 'http://receiver.example.org/in' });
      assert.equal(made.status, 201);
      const { id } = (await made.json()) as { readonly id: number };
      assert.equal((await at(`/api/webhooks/${id}`, 'PATCH', { url: 'http://10.0.0.1/in' })).status, 400);
      assert.equal((await at(`/api/webhooks/${id}`, 'PATCH', { enabled: false })).status, 200);
    } finally {
      await guarded.stop();
    }
  });

  test('live through the API: made, changed, tested, logged, deleted', async () => {
    const made = await call('/api/webhooks', {
      method: 'POST',
      body: { url: 'http://receiver.example.org/in', notices: ['new'] },
    });
    fits(made, 201, 'WebhookWithSecret');
    const path = `/api/webhooks/${made.json.id}`;
    const one = await call(path);
    fits(one, 200, 'Webhook');
    assert.equal(one.json.secret, undefined);
    fits(await call('/api/webhooks'), 200, 'WebhookList');

    const changed = await call(path, { method: 'PATCH', body: { enabled: false, product: 'Piano' } });
    fits(changed, 200, 'WebhookWithSecret');
    assert.deepEqual(
      [changed.json.enabled, changed.json.product, changed.json.notices, changed.json.secret],
      [false, 'Piano', ['new'], undefined],
    );
    const renewed = await call(path, { method: 'PATCH', body: { newSecret: true } });
    assert.match(renewed.json.secret, /^[0-9a-f]{64}$/);
    assert.notEqual(renewed.json.secret, made.json.secret);
    fits(await call(path, { method: 'PATCH', body: { secret: 'mine' } }), 400, 'Error');

    assert.equal((await call(`${path}/test`, { method: 'POST' })).status, 204);
    const log = await call(`${path}/deliveries`);
    fits(log, 200, 'DeliveryList');
    assert.deepEqual(
      log.json.deliveries.map(({ notice, state }: Record<string, unknown>) => [notice, state]),
      [['test', 'due']],
    );
    const [{ id }] = log.json.deliveries;
    const again = (delivery: unknown) =>
      call(`${path}/deliveries/${String(delivery)}/again`, { method: 'POST' });
    fits(await again(id), 404, 'Error');
    await running.store.notifications.undelivered(id, 'nobody listens', null);
    assert.equal((await again(id)).status, 204);
    fits(await again(id), 404, 'Error');
    fits(await again('x'), 404, 'Error');
    const [sent] = (await call(`${path}/deliveries`)).json.deliveries;
    assert.deepEqual([sent.id, sent.state, sent.attempts, sent.againAt !== null], [id, 'due', 0, true]);
    assert.equal((await call(path, { method: 'DELETE' })).status, 204);
    fits(await call(path), 404, 'Error');
    fits(await call(`${path}/deliveries`), 404, 'Error');
  });
});
