// Takes due messages from the outbox and delivers them: mails first, then webhooks, each receiver by itself.
//
// A message: due → (taken, leased for a minute) → delivered | due again later (backoff, quiet hours) | given up (too old, nobody to
// tell, the bug is ignored by now). A process that dies in between leaves the lease to run out: the message is then sent again, under
// the same delivery id. One that was given up is due again, as a new one, where somebody sends it again.
import { isSealed } from '../../store/shared/secret-box.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { Delivery } from '../../store/notifications.ts';
import type { Place } from '../../store/rights.ts';
import type { Store } from '../../store/store.ts';
import { backoffMs } from './delivery-backoff.ts';
import type { MailSender } from './mail-sender.ts';
import { readPayload } from '../../store/notice-payload.ts';
import type { Payload } from '../../store/notice-payload.ts';
import type { Outcome } from './outcome.ts';
import { afterQuiet } from './quiet-hours.ts';
import type { WebhookSender } from './webhook-sender.ts';

/** Messages taken at once. */
const TAKE = 200;
/** After this long no further delivery of a batch begins; with the longest delivery it stays below the lease of a minute. */
const BATCH_MS = 30_000;
/** Webhooks that are posted to at the same time. */
const PARALLEL = 4;
/** The longest pause between attempts: a mail server that is back gets its mail soon, a receiver that refuses is not pestered. */
const MAX_PAUSE_DOWN_MS = 15 * 60_000;
const MAX_PAUSE_REFUSED_MS = 6 * 3_600_000;

/** What delivering needs. */
export interface DeliverOptions {
  readonly store: Pick<Store, 'accounts' | 'bugs' | 'notifications' | 'people'>;
  readonly metrics: Metrics;
  /** Null: there is no mail server; mails that wait go on waiting. */
  readonly sendMail: MailSender | null;
  readonly sendWebhook: WebhookSender;
  /** A message that could not be delivered for this long is given up. */
  readonly giveUpMs: number;
  readonly now: () => number;
  readonly random: () => number;
  /** Ends what is under way: the server stops. */
  readonly signal: AbortSignal;
}

/** A message with what it says. */
interface Ready {
  readonly delivery: Delivery;
  readonly payload: Payload;
}

/** Delivers one batch; true: there may be more. */
export async function deliverDue(options: DeliverOptions): Promise<boolean> {
  const startedAt = performance.now();
  const due = await options.store.notifications.takeDue(TAKE);
  const ready: Ready[] = [];
  for (const delivery of due) {
    const payload = readPayload(delivery.payload);
    const obstacle = payload === null ? UNREADABLE : await obstacleOf(delivery, payload, options);
    if (payload !== null && obstacle === null) ready.push({ delivery, payload });
    else if (obstacle !== null) await putBack(delivery, obstacle, options);
  }
  const groups = [...Map.groupBy(ready, ({ delivery }) => `${delivery.channel} ${delivery.target}`).values()];
  const inTime = (): boolean => performance.now() - startedAt < BATCH_MS && !options.signal.aborted;
  const mails = groups.filter(([first]) => first?.delivery.channel === 'mail');
  const hooks = groups.filter(([first]) => first?.delivery.channel === 'webhook');
  await Promise.all([
    deliverMails(mails, inTime, options),
    ...Array.from({ length: PARALLEL }, (_, lane) =>
      deliverHooks(
        hooks.filter((_group, n) => n % PARALLEL === lane),
        inTime,
        options,
      ),
    ),
  ]);
  return due.length === TAKE;
}

/** Why a message is not even tried. */
interface Obstacle {
  readonly why: string;
  /** Null: for good. */
  readonly until: number | null;
}

const UNREADABLE: Obstacle = { why: 'written by another version of Mayday', until: null };
/** How long mails wait for a mail server to be configured before they look again. */
const NO_SERVER_MS = 15 * 60_000;

async function obstacleOf(
  { channel, target, bugId, createdAt, againAt }: Delivery,
  payload: Payload,
  { store, sendMail, giveUpMs, now }: DeliverOptions,
): Promise<Obstacle | null> {
  // What somebody wrote is told whatever becomes of the bug.
  if (bugId !== null && payload.notice !== 'comment') {
    const id = await store.bugs.resolveBug(bugId);
    const bug = id === null ? null : await store.bugs.getBug(id);
    if (bug?.state === 'ignored') return { why: 'the bug is ignored by now', until: null };
  }
  if (channel === 'webhook') return null;
  const user = await store.people.userByEmail(target);
  if (user === null || user.disabled) return { why: 'nobody with this address may sign in', until: null };
  const place = placeOf(payload);
  // Messages wait for hours: whoever has left an account in between is told nothing of it any more.
  if (place !== null && (await store.accounts.rightsOf(user.id)).of(place) === null)
    return { why: 'whoever has this address may not see the product any more', until: null };
  const at = now();
  if (sendMail === null) {
    const until = at - (againAt ?? createdAt) > giveUpMs ? null : at + NO_SERVER_MS;
    return { why: 'no mail server is configured (SMTP_URL)', until };
  }
  const end = afterQuiet(payload.quietHours, at);
  return end > at ? { why: 'waits for the end of quiet hours', until: end } : null;
}

/** The product, or account, that a message tells of. */
function placeOf(payload: Payload): Place | null {
  if (payload.notice === 'test') return null;
  const { account, product } = payload.notice === 'alert' ? payload.rule : payload.bug;
  return { account, product };
}

async function putBack(delivery: Delivery, { why, until }: Obstacle, options: DeliverOptions): Promise<void> {
  await options.store.notifications.undelivered(delivery.id, why, until);
  count(delivery, until === null ? 'given_up' : 'delayed', options);
}

/** One mail for each person. A mail server that is down is asked once, and everything else waits, too. */
async function deliverMails(
  groups: readonly (readonly Ready[])[],
  inTime: () => boolean,
  options: DeliverOptions,
): Promise<void> {
  let down: Outcome | null = null;
  for (const group of groups) {
    const [first] = group;
    if (first === undefined || options.sendMail === null || !inTime()) continue;
    const outcome: Outcome =
      down ??
      (await options.sendMail({
        to: first.delivery.target,
        id: first.delivery.id,
        payloads: group.map(({ payload }) => payload),
      }));
    if (outcome.kind === 'failed' && outcome.scope === 'receiver') down = outcome;
    for (const ready of group) await settle(ready, outcome, options);
  }
}

/** One post for each message, in order. A receiver that is down is asked once. */
async function deliverHooks(
  groups: readonly (readonly Ready[])[],
  inTime: () => boolean,
  options: DeliverOptions,
): Promise<void> {
  for (const group of groups) {
    const target = group[0]?.delivery.target;
    const webhook = (await options.store.notifications.listWebhooks()).find(
      ({ id }) => String(id) === target,
    );
    let down: Outcome | null = null;
    for (const ready of group) {
      if (!inTime()) return;
      const { delivery, payload } = ready;
      // The test button works for a webhook that is switched off.
      if (webhook === undefined || (!webhook.enabled && payload.notice !== 'test')) {
        const why = webhook === undefined ? 'the webhook was deleted' : 'the webhook is switched off';
        await putBack(delivery, { why, until: null }, options);
        continue;
      }
      if (isSealed(webhook.secret) || isSealed(webhook.token ?? '')) {
        const why = 'the key of its secret is missing on this server';
        await putBack(delivery, { why, until: null }, options);
        continue;
      }
      const outcome: Outcome =
        down ?? (await options.sendWebhook(webhook, delivery, payload, options.signal));
      if (outcome.kind === 'failed' && outcome.scope === 'receiver') down = outcome;
      await settle(ready, outcome, options);
    }
  }
}

async function settle(
  { delivery, payload }: Ready,
  outcome: Outcome,
  options: DeliverOptions,
): Promise<void> {
  const { notifications } = options.store;
  if (outcome.kind === 'delivered') {
    await notifications.delivered(delivery.id);
    return count(delivery, 'delivered', options);
  }
  const now = options.now();
  if (options.signal.aborted) return notifications.undelivered(delivery.id, 'the server stopped', now);
  const maxMs = outcome.scope === 'receiver' ? MAX_PAUSE_DOWN_MS : MAX_PAUSE_REFUSED_MS;
  const pause = backoffMs(delivery.attempts, { maxMs, random: options.random() });
  const retryAt = afterQuiet(payload.quietHours, now + Math.max(pause, outcome.retryAfterMs ?? 0));
  const over = outcome.final || retryAt - (delivery.againAt ?? delivery.createdAt) > options.giveUpMs;
  await notifications.undelivered(delivery.id, outcome.error, over ? null : retryAt);
  count(delivery, over ? 'given_up' : 'delayed', options);
}

function count(
  { channel }: Delivery,
  outcome: 'delivered' | 'delayed' | 'given_up',
  { metrics }: DeliverOptions,
): void {
  metrics.deliveries.inc({ channel, outcome });
}
