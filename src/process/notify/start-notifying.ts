// Runs notifications: three loops, one that turns what was filed into messages, one that evaluates alert rules, and one that delivers. None holds anything that
// is not in the store, so it may end at any moment and run in several processes.
import { setTimeout as rest } from 'node:timers/promises';
import type { Log } from '../../base/log.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { Store } from '../../store/store.ts';
import { evaluateAlerts } from '../alerts/evaluate-alerts.ts';
import { Turns } from '../repeated-turns.ts';
import { announceComments } from './announce-comments.ts';
import { deliverDue } from './deliver.ts';
import { MailSpacing } from './mail-spacing.ts';
import type { MailSender, MailSenderOptions } from './mail-sender.ts';
import { OnceMemory } from './once-memory.ts';
import { announcePending } from './announce-pending.ts';
import { webhookSender } from './webhook-sender.ts';

const POLL_MS = 2000;
/** How long a stop waits for deliveries under way before it ends them. */
const STOP_GRACE_MS = 1000;
const FORGET_EVERY_MS = 3_600_000;
/** A rule that took long is followed by as long a pause, up to this. */
const MAX_REST_MS = 10_000;
/** Messages that are through stay in the delivery log for this long. */
const KEEP_MS = 90 * 86_400_000;

/** What notifications need to know. */
export interface NotifierOptions {
  readonly store: Pick<
    Store,
    'accounts' | 'alerts' | 'bugs' | 'notifications' | 'people' | 'queue' | 'reports' | 'search' | 'sessions'
  >;
  readonly log: Log;
  readonly metrics: Metrics;
  /** `smtp://` or `smtps://`; null: no mail. */
  readonly smtpUrl: string | null;
  readonly mailFrom: string;
  /** Least time between two mails to one person. */
  readonly mailSpacingMs: number;
  /** Public base URL of the reports server, for links. */
  readonly reportsUrl: string;
  /** Whether webhooks may reach private addresses. */
  readonly allowPrivate: boolean;
  readonly giveUpMs: number;
  /** Annotation names that are public for every product. */
  readonly publicAnnotations: readonly string[];
  readonly version: string;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly pollMs?: number;
}

/** Notifications that run. */
export interface Notifier {
  /** There may be something to tell: looks now instead of at the next turn. */
  nudge(): void;
  /** Ends what is under way, then resolves. Idempotent. */
  close(): Promise<void>;
}

/** Loads what mails need with the first one: it takes several megabytes, and most servers send none for a long time. */
function mailWhenNeeded(options: MailSenderOptions): MailSender {
  let sender: Promise<MailSender> | null = null;
  return async (mail) => {
    sender ??= import('./mail-sender.ts').then(({ mailSender }) => mailSender(options));
    return (await sender)(mail);
  };
}

/** Starts all loops. */
export function startNotifier(options: NotifierOptions): Notifier {
  const { store, log, metrics, smtpUrl, mailFrom, giveUpMs, allowPrivate, version } = options;
  const { now = Date.now, random = Math.random, pollMs = POLL_MS } = options;
  const reportsUrl = options.reportsUrl.replace(/\/+$/, '');
  const stopping = new AbortController();
  const ending = new AbortController();
  const tell = {
    store,
    metrics,
    mail: smtpUrl !== null,
    spacing: new MailSpacing(options.mailSpacingMs),
    memory: new OnceMemory(),
    publicAnnotations: options.publicAnnotations,
    now,
  };
  const deliver = {
    store,
    metrics,
    sendMail: smtpUrl === null ? null : mailWhenNeeded({ smtpUrl, from: mailFrom, reportsUrl }),
    sendWebhook: webhookSender({ reportsUrl, allowPrivate, version, now }),
    giveUpMs,
    now,
    random,
    signal: ending.signal,
  };
  let forgetAt = now() + FORGET_EVERY_MS;
  const delivering = new Turns(
    async () => {
      if (now() >= forgetAt) {
        forgetAt = now() + FORGET_EVERY_MS;
        await store.notifications.forgetDeliveries(now() - KEEP_MS);
      }
      return deliverDue(deliver);
    },
    { name: 'delivering notifications', pollMs, log, signal: stopping.signal },
  );
  const enqueued = (): void => delivering.nudge();
  const tellAll = async (): Promise<boolean> => {
    const more = await announcePending({ ...tell, enqueued });
    return (await announceComments({ ...tell, enqueued })) || more;
  };
  const telling = new Turns(tellAll, {
    name: 'telling notifications',
    pollMs,
    log,
    signal: stopping.signal,
  });
  const alerting = new Turns(
    async () => {
      await evaluateAlerts({
        store,
        metrics,
        log,
        publicAnnotations: options.publicAnnotations,
        mail: smtpUrl !== null,
        now,
        enqueued: () => delivering.nudge(),
        stopping: () => stopping.signal.aborted,
        rest: (ms) =>
          rest(Math.min(ms, MAX_REST_MS), undefined, { signal: stopping.signal }).catch(() => undefined),
      });
      return false;
    },
    { name: 'evaluating alerts', pollMs, log, signal: stopping.signal },
  );
  const end = async (): Promise<void> => {
    stopping.abort();
    const timer = setTimeout(() => ending.abort(), STOP_GRACE_MS);
    await Promise.all([telling.done, alerting.done, delivering.done]);
    clearTimeout(timer);
  };
  let closed: Promise<void> | null = null;
  return { nudge: () => telling.nudge(), close: () => (closed ??= end()) };
}
