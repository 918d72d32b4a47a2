// Alert rules over HTTP, on a real store: made, previewed, changed, switched and tested on pages without scripts and through the API.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import { evaluateAlerts } from '../../src/process/alerts/evaluate-alerts.ts';
import { SCHEMAS } from '../../src/reports/operations/schemas.ts';
import { crash, fileReport } from '../store/conformance/processed-builder.ts';
import { schemaFaults } from './support/json-schema.ts';
import { addPerson, addToken, PASSWORD, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { Visitor } from './support/visitor.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let running: Running;
let admin: Visitor;
/** Has the right to protected data. */
let trusted: Visitor;
let reader: Visitor;
const tokens = { admin: '', trusted: '', read: '' };

before(async () => {
  running = await startRunning({ mail: true });
  const { store, url } = running;
  const boss = await addPerson(store, { email: 'boss@example.org', role: 'admin' });
  const eve = await addPerson(store, { email: 'eve@example.org', role: 'admin', seesProtected: true });
  const ann = await addPerson(store, { email: 'ann@example.org', role: 'read' });
  tokens.admin = await addToken(store, boss);
  tokens.trusted = await addToken(store, eve);
  tokens.read = await addToken(store, ann);
  [admin, trusted, reader] = [new Visitor(url), new Visitor(url), new Visitor(url)];
  await admin.signIn('boss@example.org', PASSWORD);
  await trusted.signIn('eve@example.org', PASSWORD);
  await reader.signIn('ann@example.org', PASSWORD);
  await store.people.createProductByHand('default', 'Piano');
  // Three nights with five crashes each.
  const now = Date.now();
  for (const days of [9, 6, 3]) {
    for (let n = 0; n < 5; n += 1) {
      await fileReport(
        store,
        [
          crash(`bug ${n}`, {
            day: new Date(now - days * DAY).toISOString().slice(0, 10),
            sections: [{ name: 'annotations', protected: true, values: [['Secret', 'hunter2']] }],
          }),
        ],
        {
          report: { receivedAt: now - days * DAY + n * 1000 },
          processed: { processedAt: now, version: n < 4 ? '1.0' : '2.0', installation: `i${n}` },
        },
      );
    }
  }
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

const RULE = {
  name: 'Nights',
  product: 'Piano',
  condition: { kind: 'crashes', atLeast: 3, minutes: 60 },
  targets: [],
} as const;

const FORM = {
  ...{ name: 'Nights', scope: 'default/Piano', kind: 'crashes', 'at-least': '3', window: '1h', every: '24h' },
  ...{
    search: '',
    bug: '',
    mail: 'ann@example.org',
    'quiet-from': '',
    'quiet-to': '',
    zone: 'UTC',
    then: 'hold',
  },
  enabled: 'yes',
};

describe('the API of alert rules', () => {
  test('previews a rule on history, with the moments, and saves nothing', async () => {
    const preview = await call('/api/alerts/preview', { method: 'POST', body: RULE });
    fits(preview, 200, 'AlertPreview');
    assert.deepEqual([preview.json.fired, preview.json.messages, preview.json.complete], [3, 3, true]);
    assert.match(preview.json.firings[0].words, /^[35] crashes in 1 hour until 20\d\d-/);
    const search = { ...RULE, search: 'version:2.0' };
    const narrower = await call('/api/alerts/preview', { method: 'POST', body: search });
    assert.equal(narrower.json.fired, 0);
    assert.deepEqual((await call('/api/alerts')).json, { rules: [] });
  });

  test('makes, changes, switches, tests and deletes a rule', async () => {
    const hook = await call('/api/webhooks', {
      method: 'POST',
      body: { url: 'https://hooks.slack.com/services/T0/B0/verysecret', format: 'slack', notices: [] },
    });
    fits(hook, 201, 'WebhookWithSecret');
    const targets = [
      { kind: 'mail', user: 'ann@example.org' },
      { kind: 'webhook', webhook: hook.json.id },
    ];
    const quiet = { from: 22, to: 7, zone: 'Europe/Berlin', then: 'drop' };
    const made = await call('/api/alerts', {
      method: 'POST',
      body: { ...RULE, targets, quiet, tellsEnd: true },
    });
    fits(made, 201, 'AlertRule');
    assert.deepEqual(made.json.targets, targets);
    assert.deepEqual(
      [made.json.quiet, made.json.owner, made.json.protected],
      [quiet, 'boss@example.org', false],
    );
    const path = `/api/alerts/${made.json.id}`;
    const changed = await call(path, { method: 'PATCH', body: { search: 'version:1.0 platform:linux' } });
    fits(changed, 200, 'AlertRule');
    assert.deepEqual([changed.json.search, changed.json.name], ['version:1.0 platform:linux', 'Nights']);
    assert.deepEqual(changed.json.targets, targets);
    const muted = await call(path, { method: 'PATCH', body: { mutedUntil: '2099-01-01T00:00:00.000Z' } });
    assert.equal(muted.json.mutedUntil, '2099-01-01T00:00:00.000Z');
    fits(await call('/api/alerts'), 200, 'AlertRuleList');
    fits(await call(path), 200, 'AlertRule');
    assert.equal((await call(`${path}/test`, { method: 'POST' })).status, 204);
    const deliveries = await running.store.notifications.listDeliveries({}, 10);
    assert.deepEqual(deliveries.map(({ channel, notice }) => `${channel} ${notice}`).toSorted(), [
      'mail test',
      'webhook test',
    ]);
    fits(await call(`${path}/log`), 200, 'AlertLog');
    assert.equal((await call(path, { method: 'DELETE' })).status, 204);
    fits(await call(path), 404, 'Error');
    fits(await call(`${path}/log`), 404, 'Error');
  });

  test('refuses what makes no sense, in words', async () => {
    const refusals: readonly (readonly [change: object, words: RegExp])[] = [
      [{ name: ' ' }, /"name" must be/],
      [{ product: 'Nothing' }, /no such product/],
      [{ condition: { kind: 'phase of the moon' } }, /"kind" must be/],
      [{ condition: { kind: 'crashes', atLeast: 0, minutes: 5 } }, /"atLeast"/],
      [{ condition: { kind: 'crashes', atLeast: 1, minutes: 50_000 } }, /"minutes"/],
      [{ condition: { kind: 'crashes', atLeast: 1, minutes: 5, percent: 3 } }, /"percent" is not part/],
      [{ condition: { kind: 'rise', percent: -5, atLeast: 1, minutes: 5 } }, /"percent"/],
      [{ condition: { kind: 'crash_free', below: 101, atLeast: 1 } }, /"below"/],
      [{ condition: { kind: 'crash_free', below: 99, atLeast: 1 }, search: 'version:1' }, /take.* no search/],
      [{ condition: { kind: 'bugs', fresh: false, regressed: false } }, /one of them true/],
      [{ search: 'version:' }, /"search": .*at character/],
      [{ search: 'received:-7d' }, /leave "received" out/],
      [{ search: 'nobody_sent_this:1' }, /No report has a "nobody_sent_this"/],
      [{ search: 'Secret:hunter2' }, /No report has a "Secret"/],
      [{ bug: 99_999 }, /no such bug/],
      [{ savedSearch: 99_999 }, /no search that you keep/],
      [{ everyMinutes: 0 }, /"everyMinutes"/],
      [{ quiet: { from: 5, to: 5 } }, /two different hours/],
      [{ quiet: { from: 5, to: 6, zone: 'Mars/Olympus' } }, /time zone/],
      [{ targets: [{ kind: 'mail', user: 'nobody@example.org' }] }, /Nobody with the address/],
      [{ targets: [{ kind: 'webhook', webhook: 999 }] }, /no such webhook/],
      [{ targets: [{ kind: 'pigeon' }] }, /A target is/],
      [{ mutedUntil: 'soon' }, /"mutedUntil"/],
      [{ surprise: 1 }, /"surprise" is not part/],
    ];
    for (const [change, words] of refusals) {
      const body = { ...RULE, ...change };
      const answer = await call('/api/alerts', { method: 'POST', body });
      fits(answer, 400, 'Error');
      assert.match(answer.json.error.message, words);
    }
    assert.deepEqual((await call('/api/alerts')).json, { rules: [] });
  });

  test('takes no webhook of another product, also when the rule moves there', async () => {
    await running.store.people.createProductByHand('default', 'Violin');
    const hook = await call('/api/webhooks', {
      method: 'POST',
      body: { product: 'Violin', url: 'http://127.0.0.1:1/', notices: [] },
    });
    const targets = [{ kind: 'webhook', webhook: hook.json.id }];
    const refused = await call('/api/alerts', { method: 'POST', body: { ...RULE, targets } });
    fits(refused, 400, 'Error');
    assert.match(refused.json.error.message, /another place/);
    const made = await call('/api/alerts', { method: 'POST', body: { ...RULE, product: 'Violin', targets } });
    fits(made, 201, 'AlertRule');
    const place = `/api/alerts/${made.json.id}`;
    fits(await call(place, { method: 'PATCH', body: { product: 'Piano' } }), 400, 'Error');
    await call(place, { method: 'DELETE' });
    await call(`/api/webhooks/${hook.json.id}`, { method: 'DELETE' });
  });

  test('takes over a kept search as it is', async () => {
    const kept = await call('/api/searches', {
      method: 'POST',
      body: { name: 'old ones', query: 'q=platform:linux&version=1.0&period=7d' },
    });
    const made = await call('/api/alerts', { method: 'POST', body: { ...RULE, savedSearch: kept.json.id } });
    fits(made, 201, 'AlertRule');
    assert.equal(made.json.search, 'platform:linux version:1.0');
    await call(`/api/alerts/${made.json.id}`, { method: 'DELETE' });
  });

  test('is for administrators alone', async () => {
    for (const path of ['/api/alerts', '/api/alerts/1', '/api/alerts/1/log']) {
      assert.equal((await call(path, { token: tokens.read })).status, 403);
    }
    assert.equal(
      (await call('/api/alerts/preview', { method: 'POST', token: tokens.read, body: RULE })).status,
      403,
    );
  });
});

describe('a rule over protected data', () => {
  test('is saved with the right alone, and tells nobody else what it looks for', async () => {
    const body = { ...RULE, search: 'Secret:hunter2', condition: { kind: 'bugs' } };
    const made = await call('/api/alerts', { method: 'POST', token: tokens.trusted, body });
    fits(made, 201, 'AlertRule');
    assert.deepEqual([made.json.protected, made.json.search], [true, 'Secret:hunter2']);
    const path = `/api/alerts/${made.json.id}`;
    const seen = await call(path);
    assert.equal(seen.json.search, null);
    const texts = [JSON.stringify(seen.json), JSON.stringify((await call('/api/alerts')).json)];
    for (const page of ['/alerts', `/alerts/${made.json.id}`, '/alerts/history'])
      texts.push((await admin.get(page)).text);
    for (const text of texts) assert.ok(!/Secret|hunter2/.test(text));
    assert.match((await trusted.get(`/alerts/${made.json.id}`)).text, /hunter2/);
    // Who may not see it changes nothing of it but the switches, and is not its owner then.
    fits(await call(path, { method: 'PATCH', body: { name: 'Mine' } }), 400, 'Error');
    const off = await call(path, { method: 'PATCH', body: { enabled: false } });
    assert.deepEqual([off.json.enabled, off.json.owner], [false, 'eve@example.org']);
    assert.equal((await admin.act(`/alerts/${made.json.id}`, 'save', FORM)).status, 403);
    assert.equal((await call(path, { method: 'DELETE' })).status, 204);
  });
});

describe('the pages of alerts', () => {
  test('preview a rule before it is saved, and keep what was typed', async () => {
    const preview = await admin.act('/alerts', 'create', { ...FORM, do: 'preview' });
    assert.equal(preview.status, 200);
    assert.match(preview.text, /It would have fired 3 times in 28 days/);
    assert.match(preview.text, /[35] crashes in 1 hour until 20/);
    assert.match(preview.text, /value="Nights"/);
    assert.match(preview.text, /value="ann@example.org"/);
    const never = await admin.act('/alerts', 'create', { ...FORM, 'at-least': '100', do: 'preview' });
    assert.match(never.text, /It would not have fired in 28 days/);
    const wrong = await admin.act('/alerts', 'create', { ...FORM, window: 'soon', do: 'preview' });
    assert.equal(wrong.status, 400);
    assert.match(wrong.text, /&quot;minutes&quot; must be a whole number/);
    assert.deepEqual(await running.store.alerts.listRules(), []);
  });

  test('make a rule, show where it stands, what it sent and why, and switch it', async () => {
    const { store } = running;
    const made = await admin.act('/alerts', 'create', {
      ...FORM,
      ...{
        'quiet-from': '22',
        'quiet-to': '6',
        zone: 'America/New_York',
        then: 'drop',
        'tells-end': 'yes',
        do: 'save',
      },
    });
    assert.equal(made.status, 303);
    const [rule] = await store.alerts.listRules();
    assert.ok(rule !== undefined);
    assert.deepEqual(rule.quiet, { from: 22, to: 6, zone: 'America/New_York', then: 'drop' });
    assert.deepEqual([rule.everyMinutes, rule.tellsEnd, rule.enabled], [1440, true, true]);
    const path = `/alerts/${rule.id}`;
    assert.match((await admin.get('/alerts')).text, /at least 3 crashes in 1 hour, in Piano.*quiet/s);
    // The form of a rule says what the rule is, so that saving it changes nothing.
    assert.equal(
      (await admin.act(path, 'save', { ...FORM, 'quiet-from': '', 'quiet-to': '', do: 'save' })).status,
      303,
    );
    assert.equal((await store.alerts.getRule(rule.id))?.quiet, null);

    for (let n = 0; n < 4; n += 1) {
      await fileReport(store, [crash('tonight')], {
        report: { receivedAt: Date.now() },
        processed: { processedAt: Date.now() },
      });
    }
    await evaluateAlerts({
      ...{ store, metrics: createMetrics(), log: createLog('silent'), publicAnnotations: [], mail: true },
      ...{ now: () => Date.now() + 2 * 60_000, enqueued: () => undefined, stopping: () => false },
      rest: () => Promise.resolve(),
    });
    const page = await admin.get(path);
    assert.match(page.text, /<a href="\/search\?q=received[^"]*product=Piano">4 crashes in 1 hour/);
    assert.match(page.text, /ann@example\.org: due/);
    assert.match(page.text, /firing<\/strong> since/);
    assert.match((await admin.get('/alerts/history')).text, /Nights.*4 crashes in 1 hour.*told/s);
    const log = await call(`/api/alerts/${rule.id}/log`);
    fits(log, 200, 'AlertLog');
    assert.equal(log.json.log[0].deliveries[0].target, 'ann@example.org');
    // The link leads to the crashes that were counted.
    const [, link = ''] = /<a href="(\/search\?q=received[^"]*)"/.exec(page.text) ?? [];
    assert.match((await admin.get(link.replaceAll('&amp;', '&'))).text, /<strong>4<\/strong>|>4<|4 crashes/);

    assert.equal((await admin.act(path, 'switch', { to: 'mute 8' })).status, 303);
    const muted = (await store.alerts.getRule(rule.id))?.mutedUntil ?? 0;
    assert.ok(Math.abs(muted - Date.now() - 8 * HOUR) < HOUR / 2);
    await admin.act(path, 'switch', { to: 'off' });
    assert.equal((await store.alerts.getRule(rule.id))?.enabled, false);
    assert.equal((await admin.act(path, 'test')).status, 303);
    assert.equal((await admin.act(path, 'delete')).status, 303);
    assert.equal((await admin.get(path)).status, 404);
  });

  test('fill the form from a search or a bug that a link names', async () => {
    const search = await admin.get('/search?q=platform%3Alinux&version=2.0&product=Piano&period=7d');
    assert.match(search.text, /<a href="\/alerts\?q=platform%3Alinux\+version%3A2.0&amp;product=Piano">/);
    assert.ok(!(await reader.get('/search')).text.includes('Alert on this search'));
    const page = await admin.get('/alerts?q=version%3A2.0&product=Piano&bug=3');
    assert.match(page.text, /value="version:2.0"/);
    assert.match(page.text, /<option value="default\/Piano" selected/);
  });

  test('are for administrators alone', async () => {
    for (const path of ['/alerts', '/alerts/1', '/alerts/history'])
      assert.equal((await reader.get(path)).status, 403);
  });
});

describe('chats as webhooks', () => {
  test('never show an address that is a secret, nor an access token, once they are saved', async () => {
    const hooks = [
      { format: 'slack', url: 'https://hooks.slack.com/services/T0/verysecret' },
      { format: 'teams', url: 'https://prod.westeurope.logic.azure.com/workflows/x?sig=verysecret' },
      { format: 'discord', url: 'https://discord.com/api/webhooks/1/verysecret' },
      { format: 'matrix', url: 'https://matrix.example.org', room: '!r:example.org', token: 'verysecret' },
    ];
    for (const body of hooks) {
      const made = await call('/api/webhooks', { method: 'POST', body: { ...body, notices: [] } });
      fits(made, 201, 'WebhookWithSecret');
      const path = `/webhooks/${made.json.id}`;
      const texts = [
        JSON.stringify(made.json),
        JSON.stringify((await call(`/api${path}`)).json),
        ...(await Promise.all(
          [path, '/webhooks', '/alerts'].map(async (page) => (await admin.get(page)).text),
        )),
      ];
      for (const text of texts) assert.ok(!text.includes('verysecret'), body.format);
      // Saved again without them, they stay.
      const saved = await admin.act(path, 'save', {
        ...{
          url: body.format === 'matrix' ? body.url : '',
          format: body.format,
          scope: 'default/',
          enabled: 'yes',
        },
        ...{ room: body.room ?? '', token: '', 'notice-new': 'yes' },
      });
      assert.equal(saved.status, 303);
      const stored = (await running.store.notifications.listWebhooks()).find(({ id }) => id === made.json.id);
      assert.deepEqual(
        [stored?.url.includes('verysecret'), stored?.token ?? null],
        [body.format !== 'matrix', body.token ?? null],
      );
      // Another format would show the address.
      if (body.format !== 'matrix')
        fits(await call(`/api${path}`, { method: 'PATCH', body: { format: 'mayday' } }), 400, 'Error');
      await call(`/api${path}`, { method: 'DELETE' });
    }
  });

  test('of Matrix need the id of a room and a token', async () => {
    const base = { format: 'matrix', url: 'https://matrix.example.org', notices: [] };
    for (const fields of [
      {},
      { room: '#alias:example.org', token: 't' },
      { room: '!r:example.org' },
      { room: '!r:x', token: 'a b' },
    ]) {
      fits(await call('/api/webhooks', { method: 'POST', body: { ...base, ...fields } }), 400, 'Error');
    }
  });

  test('of Matrix send a token nowhere but to the server that it was given for', async () => {
    const base = { format: 'matrix', room: '!r:example.org', notices: [] };
    const made = await call('/api/webhooks', {
      method: 'POST',
      body: { ...base, url: 'https://matrix.example.org', token: 'given' },
    });
    fits(made, 201, 'WebhookWithSecret');
    const path = `/webhooks/${made.json.id}`;
    const kept = async () => {
      const hook = (await running.store.notifications.listWebhooks()).find(({ id }) => id === made.json.id);
      return [hook?.url, hook?.token];
    };
    const before = await kept();
    for (const url of [
      'https://evil.example.org',
      'https://matrix.example.org:8443',
      'https://matrix.example.org.evil.example/',
    ]) {
      const refused = await call(`/api${path}`, { method: 'PATCH', body: { url } });
      fits(refused, 400, 'Error');
      assert.match(refused.json.error.message, /"token" is missing: .* given for another address/, url);
      const page = await admin.act(path, 'save', {
        ...{ url, format: 'matrix', scope: 'default/', enabled: 'yes', 'notice-new': 'yes' },
        ...{ room: base.room, token: '' },
      });
      assert.notEqual(page.status, 303);
      assert.match(page.text, /given for another address/);
      assert.deepEqual(await kept(), before);
    }
    // By another format and back it does not get there either: a format without rooms keeps no token.
    await call(`/api${path}`, {
      method: 'PATCH',
      body: { format: 'mayday', url: 'https://evil.example.org/' },
    });
    const back = await call(`/api${path}`, { method: 'PATCH', body: { format: 'matrix', room: base.room } });
    fits(back, 400, 'Error');
    assert.equal((await kept())[1], null);
    // With the token given anew it is moved; at the same server it goes along.
    const moved = { ...base, url: 'https://other.example.org', token: 'new' };
    fits(await call(`/api${path}`, { method: 'PATCH', body: moved }), 200, 'Webhook');
    fits(
      await call(`/api${path}`, { method: 'PATCH', body: { url: 'https://other.example.org/base' } }),
      200,
      'Webhook',
    );
    assert.deepEqual(await kept(), ['https://other.example.org/base', 'new']);
    await call(`/api${path}`, { method: 'DELETE' });
  });

  test('take a search, unless it names protected data', async () => {
    const base = { url: 'https://example.org/', notices: ['new'] };
    const made = await call('/api/webhooks', { method: 'POST', body: { ...base, search: 'version:2.0' } });
    fits(made, 201, 'WebhookWithSecret');
    assert.equal(made.json.search, 'version:2.0');
    await call(`/api/webhooks/${made.json.id}`, { method: 'DELETE' });
    const refused = { ...base, search: 'Secret:hunter2' };
    fits(await call('/api/webhooks', { method: 'POST', token: tokens.trusted, body: refused }), 400, 'Error');
    const own = { notices: ['new'], search: 'Secret:hunter2' };
    fits(
      await call('/api/subscriptions', { method: 'POST', token: tokens.trusted, body: own }),
      201,
      'Subscription',
    );
    fits(await call('/api/subscriptions', { method: 'POST', body: own }), 400, 'Error');
  });
});
