// A store with people, bugs and notifications that run, on a clock that tests move.
import { createLog } from '../../../../src/base/log.ts';
import { createMetrics } from '../../../../src/base/metrics.ts';
import type { Metrics } from '../../../../src/base/metrics.ts';
import type { Delivery, Notice, Subscription, Webhook } from '../../../../src/store/notifications.ts';
import type { Store } from '../../../../src/store/store.ts';
import { NOTICES } from '../../../../src/store/notifications.ts';
import { startNotifier } from '../../../../src/process/notify/start-notifying.ts';
import type { Notifier, NotifierOptions } from '../../../../src/process/notify/start-notifying.ts';
import { crash, fileReport } from '../../../store/conformance/processed-builder.ts';
import { withStore } from '../../../store/embedded/open-store.ts';
import { addUser } from '../../../store/conformance/add-user.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A Wednesday, 10:00 UTC. */
export const MORNING = Date.UTC(2026, 10, 18, 10);

/** What tests of notifications work with. */
export interface NotifyHarness {
  readonly store: Store;
  readonly metrics: Metrics;
  readonly clock: { now: number };
  /** Starts notifications; they end with the test. */
  start(options?: Partial<NotifierOptions>): Notifier;
  /** A person who wants everything of every product, unless told otherwise. */
  person(email: string, wish?: Partial<Omit<Subscription, 'id' | 'userId'>> | null): Promise<number>;
  webhook(url: string, fields?: Partial<Webhook>): Promise<Webhook>;
  /** A crash of a bug is filed now; gives the bug. */
  crash(key: string, fields?: { readonly product?: string; readonly count?: number }): Promise<number>;
  deliveries(): Promise<readonly Delivery[]>;
}

/** Runs a test in a fresh harness. */
export async function withHarness(run: (harness: NotifyHarness) => Promise<void>): Promise<void> {
  const clock = { now: MORNING };
  const metrics = createMetrics();
  const notifiers: Notifier[] = [];
  await withStore({ now: () => clock.now }, async (store) => {
    try {
      await run(houseOn(store, { clock, metrics, notifiers }));
    } finally {
      await Promise.all(notifiers.map((notifier) => notifier.close()));
    }
  });
}

function houseOn(
  store: Store,
  {
    clock,
    metrics,
    notifiers,
  }: { readonly clock: { now: number }; readonly metrics: Metrics; readonly notifiers: Notifier[] },
): NotifyHarness {
  return {
    store,
    metrics,
    clock,
    start(options = {}) {
      const notifier = startNotifier({
        store,
        log: createLog('silent'),
        metrics,
        smtpUrl: null,
        mailFrom: 'Mayday <mayday@mayday.example>',
        mailSpacingMs: 5 * MINUTE,
        reportsUrl: 'https://mayday.example',
        allowPrivate: true,
        giveUpMs: 14 * DAY,
        publicAnnotations: [],
        version: '0.1.0',
        now: () => clock.now,
        random: () => 0.5,
        pollMs: 20,
        ...options,
      });
      notifiers.push(notifier);
      return notifier;
    },
    async person(email, wish = {}) {
      const user = await addUser(store, { email, role: 'read' });
      if (wish !== null) {
        const notices: readonly Notice[] = NOTICES;
        const all = { account: 'default', product: null, notices, quietHours: null };
        await store.notifications.saveSubscription({ ...all, ...wish, userId: user.id });
      }
      return user.id;
    },
    webhook: (url, fields = {}) =>
      store.notifications.saveWebhook({
        account: 'default',
        product: null,
        url,
        secret: 'the secret of the webhook',
        format: 'mayday',
        notices: NOTICES,
        enabled: true,
        ...fields,
      }),
    async crash(key, { product = 'Piano', count = 1 } = {}) {
      if ((await store.intake.product('default', product)) === null)
        await store.intake.createProduct('default', product);
      const day = new Date(clock.now).toISOString().slice(0, 10);
      const { bugId } = await fileReport(store, [crash(key, { day, count, message: `message of ${key}` })], {
        report: { product, receivedAt: clock.now },
        processed: { product, processedAt: clock.now },
      });
      return bugId;
    },
    deliveries: () => store.notifications.listDeliveries({}, 1000),
  };
}

/** Waits until something holds; fails after two minutes. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 120_000;
  while (!(await holds())) {
    if (Date.now() > giveUpAt) throw new Error(`it did not happen: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

/** Waits until everything that was filed so far has been told. */
export function noticesSent({ store }: NotifyHarness): Promise<void> {
  return until('everything told', async () => (await store.notifications.listPendingNotices(1)).length === 0);
}
