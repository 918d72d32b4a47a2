// Alert rules on a real store, with crashes that arrive and a real receiver: when a rule fires, what it tells, and that it tells it once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProcessedSection } from '../../../src/report/processed-report.ts';
import { latestMoment } from '../../../src/alerts/moments.ts';
import type { AlertRule } from '../../../src/store/alerts.ts';
import { HOUR, MINUTE, MORNING, noticesSent, until, withHarness } from '../notify/support/notify-harness.ts';
import type { NotifyHarness } from '../notify/support/notify-harness.ts';
import { crash, fileReport } from '../../store/conformance/processed-builder.ts';
import { storeReport } from '../../store/conformance/report-builder.ts';
import { startMailServer } from '../notify/support/mail-server.ts';
import { startReceiver } from '../notify/support/webhook-receiver.ts';
import type { WebhookReceiver } from '../notify/support/webhook-receiver.ts';
import { addRule, evaluate } from './support.ts';
import type { SavedRule } from './support.ts';
import { addUser } from '../../store/conformance/add-user.ts';

/** A rule that tells a webhook. */
const ruleFor = (
  { store }: NotifyHarness,
  webhookId: number,
  fields: Partial<SavedRule> = {},
): Promise<AlertRule> => addRule(store, { targets: [{ kind: 'webhook', webhookId }], ...fields });

/** Lets the clock go on, and waits until every rule was evaluated up to its moment. */
async function passes(harness: NotifyHarness, ms: number): Promise<void> {
  harness.clock.now += ms;
  await until('all rules evaluated', async () => {
    const rules = (await harness.store.alerts.listRules()).filter(({ enabled }) => enabled);
    const settled = harness.clock.now - 5000;
    return rules.every((rule) => rule.evaluatedTo >= latestMoment(rule.condition, settled));
  });
}

function withReceiver(
  run: (harness: NotifyHarness, receiver: WebhookReceiver) => Promise<void>,
): Promise<void> {
  return withHarness(async (harness) => {
    const receiver = await startReceiver();
    await harness.store.people.createProductByHand('default', 'Piano');
    try {
      await run(harness, receiver);
    } finally {
      await receiver.stop();
    }
  });
}

interface Said {
  readonly notice: string;
  readonly rule: { readonly name: string; readonly words: string; readonly url: string };
  readonly findings: readonly {
    readonly at: string;
    readonly what: string;
    readonly words: string;
    readonly value: number;
  }[];
  readonly bugs: readonly { readonly id: number; readonly title: string; readonly crashes: number | null }[];
  readonly url: string;
}

const said = (receiver: WebhookReceiver): readonly Said[] =>
  receiver.posts.map(({ body }) => JSON.parse(body) as Said);

test('a rule fires when enough crashes arrive within its time, and tells its numbers once', () =>
  withReceiver(async (harness, receiver) => {
    const { id } = await harness.webhook(receiver.url, { notices: [] });
    await ruleFor(harness, id);
    harness.start();
    await harness.crash('overflow');
    await passes(harness, 5 * MINUTE);
    const bugId = await harness.crash('overflow');
    await passes(harness, 4 * MINUTE);
    assert.equal(receiver.posts.length, 0);
    await harness.crash('underflow');
    await passes(harness, 2 * MINUTE);
    await until('the message', () => receiver.posts.length === 1);
    const [alert] = said(receiver);
    assert.equal(alert?.notice, 'alert');
    assert.equal(alert.rule.name, 'Many crashes');
    assert.deepEqual(
      alert.findings.map(({ what, words, value }) => ({ what, words, value })),
      [
        {
          what: 'fired',
          words: '3 crashes in 10 minutes until 2026-11-18 10:10 UTC (limit 3)',
          value: 3,
        },
      ],
    );
    assert.deepEqual(
      alert.bugs.map(({ title, crashes }) => ({ title, crashes })),
      [
        { title: 'overflow()', crashes: 2 },
        { title: 'underflow()', crashes: 1 },
      ],
    );
    assert.equal(alert.bugs[0]?.id, bugId);
    const link = new URL(alert.url);
    assert.equal(link.pathname, '/search');
    assert.equal(link.searchParams.get('q'), 'received:2026-11-18T10:00Z..2026-11-18T10:09Z');
    // It goes on holding, and is not told again within the hour.
    await passes(harness, MINUTE);
    await harness.crash('overflow');
    await passes(harness, 30 * MINUTE);
    assert.equal(receiver.posts.length, 1);
    const log = await harness.store.alerts.listLog(null, 10);
    assert.deepEqual(
      log.map(({ what, outcome, toldAt }) => ({ what, outcome, toldAt })),
      [
        { what: 'ended', outcome: 'logged', toldAt: null },
        { what: 'fired', outcome: 'told', toldAt: MORNING + 10 * MINUTE },
      ],
    );
  }));

test('every kind of chat is written to in its own way, by one firing', () =>
  withReceiver(async (harness, receiver) => {
    const formats = ['mayday', 'slack', 'teams', 'discord', 'matrix'];
    const targets: AlertRule['targets'][number][] = [];
    for (const format of formats) {
      const { id } = await harness.webhook(`http://127.0.0.1:${receiver.port}/${format}`, {
        ...{ format, notices: [], room: '!room:matrix.example', token: 'syt_token' },
      });
      targets.push({ kind: 'webhook', webhookId: id });
    }
    await addRule(harness.store, { targets, condition: { kind: 'crashes', atLeast: 1, minutes: 5 } });
    harness.start();
    await harness.crash('overflow');
    await passes(harness, 2 * MINUTE);
    await until('all messages', () => receiver.posts.length === formats.length);
    const posts = receiver.posts.map(({ method, path, headers }) => ({
      sent: `${method} ${path.split('/')[1]}`,
      token: headers.authorization,
    }));
    assert.deepEqual(
      posts.toSorted((a, b) => a.sent.localeCompare(b.sent)),
      [
        { sent: 'POST discord', token: undefined },
        { sent: 'POST mayday', token: undefined },
        { sent: 'POST slack', token: undefined },
        { sent: 'POST teams', token: undefined },
        { sent: 'PUT matrix', token: 'Bearer syt_token' },
      ],
    );
    await until('all delivered', async () =>
      (await harness.deliveries()).every(({ state }) => state === 'delivered'),
    );
  }));

test('people are told by mail, with the numbers and a link to the search', () =>
  withReceiver(async (harness) => {
    const mail = await startMailServer();
    try {
      const userId = await harness.person('ann@example.org', null);
      await addRule(harness.store, {
        targets: [{ kind: 'mail', userId }],
        condition: { kind: 'installations', atLeast: 1, minutes: 60 },
        search: 'version:1.0',
      });
      harness.start({ smtpUrl: mail.url });
      await fileReport(harness.store, [crash('<b>overflow</b>')], {
        report: { receivedAt: harness.clock.now },
        processed: { processedAt: harness.clock.now, installation: 'i1' },
      });
      await passes(harness, 2 * MINUTE);
      await until('the mail', () => mail.mails.length === 1);
      const [said] = mail.mails;
      assert.equal(said?.subject, '[Piano] Alert: Many crashes');
      assert.match(said.text, /1 installation in 1 hour until 2026-11-18 10:01 UTC \(limit 1\)/);
      assert.match(said.text, /Rule: at least 1 installation in 1 hour, matching version:1\.0, in Piano/);
      assert.match(said.text, /https:\/\/mayday\.example\/search\?q=version%3A1\.0\+received/);
      assert.match(said.html, /&lt;b&gt;overflow&lt;\/b&gt;\(\) \(1 crash\)/);
      assert.match(said.text, /https:\/\/mayday\.example\/alerts/);
    } finally {
      await mail.stop();
    }
  }));

test('new bugs and regressed ones are told when a crash of them matches the search', () =>
  withReceiver(async (harness, receiver) => {
    const { store, clock } = harness;
    const { id } = await harness.webhook(receiver.url, { notices: [] });
    await ruleFor(harness, id, {
      condition: { kind: 'bugs', fresh: true, regressed: true },
      search: 'version:2.0',
      everyMinutes: 1,
    });
    const file = async (key: string, version: string): Promise<number> => {
      const { bugId } = await fileReport(store, [crash(key)], {
        report: { receivedAt: clock.now },
        processed: { processedAt: clock.now, version },
      });
      return bugId;
    };
    harness.start();
    const old = await file('old', '1.0');
    await passes(harness, 2 * MINUTE);
    assert.equal(receiver.posts.length, 0);
    // It comes to the version within the day, and so it is new there.
    await file('old', '2.0');
    await passes(harness, 2 * MINUTE);
    await until('the new bug', () => receiver.posts.length === 1);
    assert.deepEqual(
      said(receiver)[0]?.bugs.map((bug) => bug.id),
      [old],
    );
    assert.equal(new URL(said(receiver)[0]?.url ?? '').pathname, `/bugs/${old}`);
    await store.bugs.closeBug(old, 'ann', { inVersion: null });
    await passes(harness, 3 * HOUR);
    await file('old', '2.0');
    await passes(harness, 2 * MINUTE);
    await until('the regressed bug', () => receiver.posts.length === 2);
    assert.match(said(receiver)[1]?.findings[0]?.words ?? '', /^1 bug until .*: 1 regressed$/);
  }));

test('what fires in quiet hours is told afterwards in one message', () =>
  withReceiver(async (harness, receiver) => {
    const { id } = await harness.webhook(receiver.url, { notices: [] });
    // From 10 to 13 in UTC; the clock stands at 10.
    await ruleFor(harness, id, {
      quiet: { from: 11, to: 14, zone: 'Europe/Berlin', then: 'hold' },
      condition: { kind: 'crashes', atLeast: 1, minutes: 5 },
      everyMinutes: 10,
    });
    harness.start();
    for (let n = 0; n < 3; n += 1) {
      await harness.crash('overflow');
      await passes(harness, 30 * MINUTE);
    }
    assert.equal(receiver.posts.length, 0);
    assert.equal((await harness.store.alerts.listRules())[0]?.state.held.length, 3);
    await passes(harness, 3 * HOUR);
    await until('the message', () => receiver.posts.length === 1);
    const [alert] = said(receiver);
    assert.deepEqual(
      alert?.findings.map(({ at }) => at),
      ['2026-11-18T10:01:00.000Z', '2026-11-18T10:31:00.000Z', '2026-11-18T11:01:00.000Z'],
    );
    const log = await harness.store.alerts.listLog(null, 20);
    const fired = log.filter(({ what }) => what === 'fired');
    assert.deepEqual(
      fired.map(({ outcome, toldAt }) => [outcome, toldAt]),
      [
        ['told', MORNING + 3 * HOUR],
        ['told', MORNING + 3 * HOUR],
        ['told', MORNING + 3 * HOUR],
      ],
    );
  }));

test('a muted rule logs, a rule that is switched off does not look, and both go on afterwards', () =>
  withReceiver(async (harness, receiver) => {
    const { store, clock } = harness;
    const { id } = await harness.webhook(receiver.url, { notices: [] });
    const condition = { kind: 'crashes', atLeast: 1, minutes: 5 } as const;
    const muted = await ruleFor(harness, id, { name: 'muted', condition, mutedUntil: MORNING + HOUR });
    const off = await ruleFor(harness, id, { name: 'off', condition, enabled: false });
    await harness.crash('overflow');
    clock.now += 10 * MINUTE;
    await evaluate(store, clock.now);
    assert.deepEqual(
      (await store.alerts.listLog(muted.id, 10)).map(({ what, outcome }) => `${what} ${outcome}`),
      ['ended logged', 'fired muted'],
    );
    assert.deepEqual(await store.alerts.listLog(off.id, 10), []);
    assert.deepEqual(await harness.deliveries(), []);
    clock.now = MORNING + 2 * HOUR;
    await store.alerts.changeRule(off.id, { ...off, enabled: true }, true);
    await harness.crash('overflow');
    clock.now += 2 * MINUTE;
    await evaluate(store, clock.now);
    assert.deepEqual(
      (await harness.deliveries()).map(({ notice, target }) => `${notice} ${target}`),
      [`alert ${id}`, `alert ${id}`],
    );
  }));

test('moments that passed while nothing ran are made up for, and told with their own time', () =>
  withReceiver(async (harness, receiver) => {
    const { id } = await harness.webhook(receiver.url, { notices: [] });
    await ruleFor(harness, id);
    for (let n = 0; n < 3; n += 1) await harness.crash('overflow');
    harness.clock.now += 6 * HOUR;
    harness.start();
    await until('the message', () => receiver.posts.length === 1);
    assert.equal(said(receiver)[0]?.findings[0]?.at, '2026-11-18T10:01:00.000Z');
  }));

test('several processes that evaluate the same rules tell each firing once', () =>
  withReceiver(async (harness) => {
    const { id } = await harness.webhook('http://127.0.0.1:1/', { notices: [] });
    const rule = await ruleFor(harness, id, {
      condition: { kind: 'crashes', atLeast: 1, minutes: 5 },
      everyMinutes: 7,
      tellsEnd: true,
    });
    for (let n = 0; n < 5; n += 1) {
      await harness.crash('overflow');
      harness.clock.now += 11 * MINUTE;
    }
    await Promise.all(Array.from({ length: 4 }, () => evaluate(harness.store, harness.clock.now)));
    const log = await harness.store.alerts.listLog(rule.id, 100);
    assert.equal(log.filter(({ what }) => what === 'fired').length, 5);
    assert.equal(new Set(log.map(({ at, what }) => `${at} ${what}`)).size, log.length);
    const moments = (await harness.deliveries()).map(({ alertAt }) => alertAt);
    assert.equal(new Set(moments).size, moments.length);
  }));

test('a rule tells no webhook of another place, and what it found is not sent there again', () =>
  withReceiver(async (harness, receiver) => {
    const { store, clock } = harness;
    await store.accounts.create('acme');
    const hook = await harness.webhook(receiver.url, { notices: [] });
    const other = await harness.webhook(receiver.url, { notices: [], product: 'Violin' });
    const foreign = await harness.webhook(receiver.url, { notices: [], account: 'acme' });
    const targets = [hook, other, foreign].map(({ id }) => ({ kind: 'webhook', webhookId: id }) as const);
    const rule = await addRule(store, { targets, condition: { kind: 'crashes', atLeast: 1, minutes: 5 } });
    await harness.crash('overflow');
    clock.now += 2 * MINUTE;
    await evaluate(store, clock.now);
    const made = await harness.deliveries();
    assert.deepEqual(
      made.map(({ target }) => target),
      [String(hook.id)],
    );
    const id = made[0]?.id ?? 0;
    await store.notifications.undelivered(id, 'gone', null);
    // The webhook belongs to somebody else by now.
    await store.notifications.saveWebhook({ ...hook, account: 'acme' });
    assert.equal(await store.notifications.sendAgain(id, { alertId: rule.id }), false);
    assert.equal(await store.notifications.sendAgain(id, { webhookId: hook.id }), false);
    await store.notifications.saveWebhook(hook);
    assert.equal(await store.notifications.sendAgain(id, { alertId: rule.id }), true);
  }));

test('a rule that is changed while it is evaluated is not written over', () =>
  withReceiver(async (harness) => {
    const { store, clock } = harness;
    const rule = await addRule(store);
    for (let n = 0; n < 3; n += 1) await harness.crash('overflow');
    clock.now += 2 * MINUTE;
    const { state, revision, evaluatedTo } = rule;
    await store.alerts.changeRule(rule.id, { ...rule, name: 'Other' }, false);
    const advance = { ruleId: rule.id, revision, from: evaluatedTo, to: clock.now, state };
    assert.equal(await store.alerts.advance({ ...advance, findings: [], toldAt: null, messages: [] }), false);
    assert.equal((await store.alerts.getRule(rule.id))?.evaluatedTo, evaluatedTo);
  }));

test('a moment waits for reports that arrived before it, but not for ever', () =>
  withReceiver(async ({ store, clock }) => {
    const rule = await addRule(store, { condition: { kind: 'crashes', atLeast: 1, minutes: 5 } });
    // It waits in the queue.
    await storeReport(store, { product: 'Piano', receivedAt: clock.now });
    clock.now += 2 * MINUTE;
    await evaluate(store, clock.now);
    assert.equal((await store.alerts.getRule(rule.id))?.evaluatedTo, MORNING);
    clock.now += 5 * MINUTE;
    await evaluate(store, clock.now);
    assert.equal((await store.alerts.getRule(rule.id))?.evaluatedTo, MORNING + 2 * MINUTE);
  }));

test('a rule over protected data goes by the right of its owner, and tells neither search nor bugs', () =>
  withReceiver(async (harness) => {
    const { store, clock } = harness;
    const { id: webhookId } = await harness.webhook('http://127.0.0.1:1/', { notices: [] });
    const owner = await addUser(store, { email: 'eve@example.org', role: 'admin', seesProtected: true });
    const secret: ProcessedSection = {
      name: 'annotations',
      protected: true,
      values: [['Secret', 'hunter2']],
    };
    const file = (): Promise<unknown> =>
      fileReport(store, [crash('overflow', { sections: [secret] })], {
        report: { receivedAt: clock.now },
        processed: { processedAt: clock.now },
      });
    await file();
    const rule = await ruleFor(harness, webhookId, {
      condition: { kind: 'crashes', atLeast: 1, minutes: 5 },
      search: 'Secret:hunter2',
      isProtected: true,
      ownerId: owner.id,
      everyMinutes: 1,
    });
    clock.now += 2 * MINUTE;
    await evaluate(store, clock.now);
    const [delivery] = await harness.deliveries();
    assert.ok(delivery !== undefined);
    assert.match(delivery.payload, /1 crash in 5 minutes/);
    assert.ok(!delivery.payload.includes('Secret') && !delivery.payload.includes('hunter2'));
    assert.deepEqual((JSON.parse(delivery.payload) as Said).bugs, []);
    await store.accounts.grant({
      ...{ account: 'default', product: null, to: { kind: 'user', id: owner.id } },
      ...{ role: 'admin', seesProtected: false, seesDumps: false },
    });
    clock.now += 10 * MINUTE;
    await file();
    clock.now += 2 * MINUTE;
    await evaluate(store, clock.now);
    assert.equal((await harness.deliveries()).length, 1);
    assert.match((await store.alerts.getRule(rule.id))?.state.problem ?? '', /No report has a "Secret"/);
  }));

test('a private address is not written to, and the log says why', () =>
  withReceiver(async (harness, receiver) => {
    for (const format of ['mayday', 'matrix']) {
      const { id } = await harness.webhook(receiver.url, { format, notices: [], room: '!a:b', token: 't' });
      await ruleFor(harness, id, { name: format, condition: { kind: 'crashes', atLeast: 1, minutes: 5 } });
    }
    harness.start({ allowPrivate: false });
    await harness.crash('overflow');
    await passes(harness, 2 * MINUTE);
    await until('both refused', async () => {
      const all = await harness.deliveries();
      return (
        all.length === 2 && all.every(({ lastError }) => lastError?.includes('private address') === true)
      );
    });
    assert.equal(receiver.posts.length, 0);
  }));

test('a subscription and a webhook with a search are told of bugs that match it alone', () =>
  withReceiver(async (harness, receiver) => {
    const { store, clock } = harness;
    const mail = await startMailServer();
    try {
      await harness.webhook(receiver.url, { notices: ['new'], search: 'version:>=2' });
      await harness.person('ann@example.org', { notices: ['new'], search: 'signature:~over platform:linux' });
      for (const [key, version] of [
        ['overflow', '1.0'],
        ['underflow', '2.1'],
      ] as const) {
        await fileReport(store, [crash(key)], {
          report: { receivedAt: clock.now },
          processed: { processedAt: clock.now, version },
        });
      }
      harness.start({ smtpUrl: mail.url });
      await until('the post and the mail', () => receiver.posts.length === 1 && mail.mails.length === 1);
      await noticesSent(harness);
      assert.equal((await harness.deliveries()).length, 2);
      assert.match(receiver.posts[0]?.body ?? '', /underflow\(\)/);
      assert.match(mail.mails[0]?.subject ?? '', /overflow\(\)/);
    } finally {
      await mail.stop();
    }
  }));
