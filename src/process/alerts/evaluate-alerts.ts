// Evaluates alert rules, one after the other, in the processing role. What a rule found, where it stands and its messages are written in
// one transaction, so that a process that dies anywhere neither forgets a firing nor tells it twice; several processes may do this.
//
// A rule is evaluated for every moment since the last one, also for those that passed while nothing ran. Moments wait until what
// arrived before them is filed, but not for long: a queue that is late would else silence every rule.
import { advanceRule } from '../../alerts/advance-rule.ts';
import { alertSource } from '../../alerts/alert-source.ts';
import { latestMoment } from '../../alerts/moments.ts';
import { readCondition } from '../../alerts/read-condition.ts';
import type { Log } from '../../base/log.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { AlertAdvance, AlertRule, AlertTarget } from '../../store/alerts.ts';
import type { SearchedProduct } from '../../store/crash-search.ts';
import { mayTell } from '../../store/notifications.ts';
import { writePayload } from '../../store/notice-payload.ts';
import type { Store } from '../../store/store.ts';
import { alertNotice } from './alert-message.ts';
import { productsAsSeen } from '../products-as-seen.ts';

/** What arrived so long before now is expected to be filed, unless it still waits. */
const SETTLE_MS = 5000;
/** For so long a moment waits for reports in the queue. */
const MAX_WAIT_MS = 5 * 60_000;
/** Moments that are longer ago are not made up for. */
const MAX_CATCH_UP_MS = 86_400_000;

export interface EvaluateOptions {
  readonly store: Pick<
    Store,
    'accounts' | 'alerts' | 'bugs' | 'notifications' | 'people' | 'queue' | 'search' | 'sessions'
  >;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Annotation names that are public for every product. */
  readonly publicAnnotations: readonly string[];
  /** Whether there is a mail server. */
  readonly mail: boolean;
  readonly now: () => number;
  /** Called when there are new messages. */
  readonly enqueued: () => void;
  /** True: the server stops; no further rule begins. */
  readonly stopping: () => boolean;
  /** Waits so long, in milliseconds: rules take half of one reader's time at most. */
  readonly rest: (ms: number) => Promise<void>;
}

/** Looks at every rule whose next moment has come. */
export async function evaluateAlerts(options: EvaluateOptions): Promise<void> {
  const { store, now, stopping, rest } = options;
  const rules = (await store.alerts.listRules()).filter(({ enabled }) => enabled);
  if (rules.length === 0) return;
  const horizon = await horizonOf(options);
  for (const rule of rules) {
    const to = latestMoment(rule.condition, horizon);
    if (stopping()) return;
    if (to <= rule.evaluatedTo) continue;
    const startedAt = performance.now();
    await evaluateRule(rule, to, options);
    options.metrics.alertEvaluations.inc();
    await rest(performance.now() - startedAt);
  }
  options.metrics.alertsBehindSeconds.set(Math.max(now() - horizon, 0) / 1000);
}

/** Up to when everything that arrived is filed. */
async function horizonOf({ store, now }: EvaluateOptions): Promise<number> {
  const at = now();
  const { oldestMs, paused } = await store.queue.counts();
  const waits = oldestMs === null || paused ? 0 : Math.min(oldestMs, MAX_WAIT_MS);
  return at - Math.max(waits, SETTLE_MS);
}

async function evaluateRule(rule: AlertRule, to: number, options: EvaluateOptions): Promise<void> {
  const { store, log, metrics, publicAnnotations } = options;
  const seesAll = await ownerSeesAll(rule, store);
  const products = await productsAsSeen(store, rule, { seesAll, publicAnnotations });
  const from = Math.max(rule.evaluatedTo, to - MAX_CATCH_UP_MS);
  let at = rule.evaluatedTo;
  let state = rule.state;
  const write = (advance: Omit<AlertAdvance, 'ruleId' | 'revision' | 'from'>): Promise<boolean> =>
    store.alerts.advance({ ruleId: rule.id, revision: rule.revision, from: at, ...advance });

  const read = await readCondition(rule, alertSource(store, products), { from, to });
  if ('problem' in read) {
    metrics.alertProblems.inc();
    log.warn({ rule: rule.id }, 'an alert rule cannot be evaluated; its page says why');
    await write({ to, state: { ...state, problem: read.problem }, findings: [], toldAt: null, messages: [] });
    return;
  }
  let { readings } = read;
  do {
    const step = advanceRule(rule, state, readings);
    const told = step.told === null ? null : await messagesOf(rule, step.told, products, options);
    const reached = readings.length > step.used ? (readings[step.used - 1]?.at ?? to) : to;
    const written = await write({
      to: reached,
      state: step.state,
      findings: step.findings,
      toldAt: step.told?.at ?? null,
      messages: told ?? [],
    });
    // Somebody changed the rule, or another process evaluated it.
    if (!written) return;
    for (const { finding } of step.findings) metrics.alerts.inc({ what: finding.what });
    for (const { channel, notice } of told ?? []) metrics.notices.inc({ channel, notice });
    if (told !== null) options.enqueued();
    state = step.state;
    at = reached;
    readings = readings.slice(step.used);
  } while (readings.length > 0);
}

/** A rule sees what everybody sees, unless it is over protected data; then what its owner may see by now. */
async function ownerSeesAll(
  { ownerId, isProtected, account, product }: AlertRule,
  { accounts }: EvaluateOptions['store'],
): Promise<boolean> {
  if (ownerId === null || !isProtected) return false;
  return (await accounts.rightsOf(ownerId)).of({ account, product })?.seesProtected === true;
}

async function messagesOf(
  rule: AlertRule,
  told: Parameters<typeof alertNotice>[2],
  products: readonly SearchedProduct[],
  { store, mail, now }: EvaluateOptions,
): Promise<AlertAdvance['messages']> {
  const notice = await alertNotice(store, rule, told, products);
  const payload = writePayload({ ...notice, quietHours: null });
  const receivers = await Promise.all(
    rule.targets.map((target) => receiverOf(rule, target, { store, mail })),
  );
  return receivers
    .filter((receiver) => receiver !== null)
    .map(({ channel, target }) => ({ channel, target, notice: 'alert', bugId: null, payload, dueAt: now() }));
}

/** Null: who or what was to be told is gone or may not hear what the rule tells of, or there is no mail server. */
async function receiverOf(
  { account, product }: AlertRule,
  target: AlertTarget,
  { store: { accounts, people, notifications }, mail }: Pick<EvaluateOptions, 'store' | 'mail'>,
): Promise<Pick<AlertAdvance['messages'][number], 'channel' | 'target'> | null> {
  if (target.kind === 'mail') {
    const user = mail ? await people.userById(target.userId) : null;
    if (user === null || (await accounts.rightsOf(user.id)).of({ account, product }) === null) return null;
    return { channel: 'mail', target: user.email };
  }
  const webhook = (await notifications.listWebhooks()).find(({ id }) => id === target.webhookId);
  // Either may have moved since somebody put them together.
  if (webhook === undefined || !mayTell(webhook, { account, product })) return null;
  return { channel: 'webhook', target: String(webhook.id) };
}
