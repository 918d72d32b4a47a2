// Alert rules on a real store, with crashes that arrive and a real receiver: when a rule fires, what it tells, and that it tells it once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latestMoment } from '../../../src/alerts/moments.ts';
import type { AlertRule, AlertRuleFields } from '../../../src/store/alerts.ts';
import { MINUTE, MORNING, until, withHarness } from '../notify/support/notify-harness.ts';
import type { NotifyHarness } from '../notify/support/notify-harness.ts';
import { startReceiver } from '../notify/support/webhook-receiver.ts';
import type { WebhookReceiver } from '../notify/support/webhook-receiver.ts';

/** A rule over everything of the product that tells a webhook. */
async function ruleFor(
  { store }: NotifyHarness,
  webhookId: number,
  fields: Partial<AlertRuleFields> = {},
): Promise<AlertRule> {
  const rule = await store.alerts.createRule({
    name: 'Many crashes',
    account: 'default',
    product: 'Piano',
    condition: { kind: 'crashes', atLeast: 3, minutes: 10 },
    search: '',
    bugId: null,
    everyMinutes: 60,
    tellsEnd: false,
    quiet: null,
    targets: [{ kind: 'webhook', webhookId }],
    enabled: true,
    mutedUntil: null,
    ownerId: null,
    isProtected: false,
    ...fields,
  });
  assert.ok(rule !== null);
  return rule;
}

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
