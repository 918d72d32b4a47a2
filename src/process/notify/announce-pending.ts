// From what filing wrote down (`PendingNotice`) to the outbox. The messages and the taking away of what they tell are one transaction, so a
// process that dies here tells nothing twice and leaves nothing out.
import type { Metrics } from '../../base/metrics.ts';
import type { Bug, BugStore } from '../../store/bugs.ts';
import type { Notice, PendingNotice } from '../../store/notifications.ts';
import { NO_RIGHTS } from '../../store/rights.ts';
import type { Store } from '../../store/store.ts';
import type { MailSpacing } from './mail-spacing.ts';
import { pictureOf } from '../../store/notice-payload.ts';
import type { BugNotice, Spike } from '../../store/notice-payload.ts';
import type { OnceMemory } from './once-memory.ts';
import { matchingBugs } from './matching-bugs.ts';
import { planMessages, wantsSpikes } from './notice-plan.ts';
import type { Matches, Message, Wishes } from './notice-plan.ts';
import { HISTORY_DAYS, spikeOf } from './spike.ts';

/** What is read in one pass, and messages after which they are written. */
const PASS = 200;
const FLUSH_AT = 500;
/** A bug that was told as new or reopened needs no reminder for a day. */
const REMINDER_AFTER_MS = 86_400_000;
const EVENTS_LOOKED_AT = 100;
/** Reports and comments that came so long ago moved here from elsewhere (`mayday import`), where people heard of them: no news. */
export const OLD_NEWS_MS = 7 * 86_400_000;
/** A bug that is this much older than the filing that made it is another one, which the new one was merged into. */
const MERGED_AFTER_MS = 60_000;

/** What telling needs. */
export interface TellOptions {
  readonly store: Pick<Store, 'accounts' | 'bugs' | 'notifications' | 'people' | 'reports' | 'search'>;
  readonly metrics: Metrics;
  /** Whether there is a mail server. */
  readonly mail: boolean;
  readonly spacing: MailSpacing;
  readonly memory: OnceMemory;
  /** Annotation names that are public for every product. */
  readonly publicAnnotations: readonly string[];
  readonly now: () => number;
  /** Called when there are new messages. */
  readonly enqueued: () => void;
}

/** One pass; true: there may be more. */
export async function announcePending(options: TellOptions): Promise<boolean> {
  const { notifications } = options.store;
  const pending = await notifications.listPendingNotices(PASS);
  if (pending.length === 0) return false;
  const wishes = await readWishes(options);
  let told: number[] = [];
  let messages: Message[] = [];
  const flush = async (): Promise<void> => {
    await notifications.enqueue(messages, told);
    for (const { channel, notice, onceKey } of messages) {
      options.metrics.notices.inc({ channel, notice });
      options.memory.add(onceKey);
    }
    if (messages.length > 0) options.enqueued();
    [told, messages] = [[], []];
  };
  const found = anybody(wishes) ? await openBugsOf(pending, options) : [];
  const matches = await matchingBugs(
    options.store,
    found.flatMap((bug) => bug ?? []),
    { wishes, now: options.now(), publicAnnotations: options.publicAnnotations },
  );
  for (const [at, one] of pending.entries()) {
    const bug = found[at] ?? null;
    if (bug !== null) messages.push(...(await messagesFor(one, bug, { wishes, matches, options })));
    told.push(one.id);
    if (messages.length >= FLUSH_AT) await flush();
  }
  await flush();
  return pending.length === PASS;
}

export async function readWishes({ store, mail }: TellOptions): Promise<Wishes> {
  const [users, subscriptions, webhooks] = await Promise.all([
    mail ? store.people.listUsers() : [],
    mail ? store.notifications.listSubscriptions(null) : [],
    store.notifications.listWebhooks(),
  ]);
  const wishing = [...new Set(subscriptions.map(({ userId }) => userId))];
  const rights = await Promise.all(wishing.map((id) => store.accounts.rightsOf(id)));
  return {
    users,
    rights: new Map(wishing.map((id, at) => [id, rights[at] ?? NO_RIGHTS])),
    subscriptions,
    webhooks,
  };
}

export function anybody({ subscriptions, webhooks }: Wishes): boolean {
  return subscriptions.length > 0 || webhooks.some(({ enabled }) => enabled);
}

/** The bug of each notice as it is now; null: it is gone, or not open. */
function openBugsOf(
  pending: readonly PendingNotice[],
  { store: { bugs } }: TellOptions,
): Promise<readonly (Bug | null)[]> {
  return Promise.all(
    pending.map(async ({ bugId }) => {
      const id = await bugs.resolveBug(bugId);
      const bug = id === null ? null : await bugs.getBug(id);
      return bug?.state === 'open' ? bug : null;
    }),
  );
}

/** Whether the newest report of a bug is one that was moved here: it came long ago, whenever it crashed. A crash that is sent late is news. */
async function cameLongAgo({ lastSeenAt, newestReport }: Bug, { store, now }: TellOptions): Promise<boolean> {
  if (now() - lastSeenAt <= OLD_NEWS_MS || newestReport === null) return false;
  const report = await store.reports.getReport(newestReport);
  return report !== null && now() - report.receivedAt > OLD_NEWS_MS;
}

async function messagesFor(
  pending: PendingNotice,
  bug: Bug,
  {
    wishes,
    matches,
    options,
  }: { readonly wishes: Wishes; readonly matches: Matches; readonly options: TellOptions },
): Promise<readonly Message[]> {
  const { bugs } = options.store;
  // Merged a moment after it appeared: somebody knows of it, and where it went is nothing new.
  if (pending.event === 'new' && pending.at - bug.createdAt > MERGED_AFTER_MS) return [];

  const now = options.now();
  if (await cameLongAgo(bug, options)) return [];
  const protectsMessages = (await bugs.productRules(bug.account, bug.product)).messages === 'protected';
  const tell = (notice: Notice, spike: Spike | null): readonly Message[] => {
    const told: BugNotice = { notice, at: pending.at, bug: pictureOf(bug), spike };
    return planMessages(told, wishes, {
      now,
      mail: options.mail,
      mailDue: (address, at) => options.spacing.dueFor(address, at),
      protectsMessages,
      pendingId: pending.id,
      isTold: (onceKey) => options.memory.has(onceKey),
      matches,
    });
  };
  if (pending.event !== 'recurring') return tell(pending.event, null);
  const spike = wantsSpikes(bug, wishes) ? await findSpike(bugs, bug, now) : null;
  return [
    ...((await needsReminder(bugs, bug, now)) ? tell('recurring', null) : []),
    ...(spike === null ? [] : tell('spike', spike)),
  ];
}

async function findSpike(bugs: BugStore, bug: Bug, now: number): Promise<Spike | null> {
  const series = await bugs.seriesOf(bug.id, HISTORY_DAYS + 1);
  return spikeOf(series, { now, firstSeenAt: bug.firstSeenAt });
}

async function needsReminder(bugs: BugStore, bug: Bug, now: number): Promise<boolean> {
  if (now - bug.createdAt < REMINDER_AFTER_MS) return false;
  const events = await bugs.eventsOf(bug.id, EVENTS_LOOKED_AT);
  return !events.some(({ what, at }) => what === 'reopened' && now - at < REMINDER_AFTER_MS);
}
