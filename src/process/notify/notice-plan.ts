// Who is told what: from something to tell and everybody's wishes to messages for the outbox. Pure: nothing is read or written here.
import type { User } from '../../store/people.ts';
import type { Rights } from '../../store/rights.ts';
import type { Delivery, Subscription, Webhook } from '../../store/notifications.ts';
import { writePayload } from '../../store/notice-payload.ts';
import type { BugNotice } from '../../store/notice-payload.ts';
import { afterQuiet } from './quiet-hours.ts';
import { dayOf } from './spike.ts';

/** A message on its way into the outbox. */
export interface Message extends Pick<
  Delivery,
  'channel' | 'target' | 'notice' | 'bugId' | 'payload' | 'dueAt'
> {
  readonly onceKey: string;
}

/** Everybody's wishes, read once for a pass. */
export interface Wishes {
  readonly users: readonly User[];
  /** What those who have a subscription may do, by user: nobody is told of a product that they may not read. */
  readonly rights: ReadonlyMap<number, Rights>;
  readonly subscriptions: readonly Subscription[];
  readonly webhooks: readonly Webhook[];
}

/** Whether a wish's search selects a crash of a bug; `seesAll`: with the right to protected data. */
export type Matches = (search: string, seesAll: boolean, bugId: number) => boolean;

/** How messages are made. */
export interface PlanOptions {
  readonly now: number;
  /** Whether there is a mail server; without one nobody is written to. */
  readonly mail: boolean;
  /** When a mail to an address goes, quiet hours aside. */
  readonly mailDue: (address: string, now: number) => number;
  /** Whether the product protects messages of crashes: they are then told to people with the right alone. */
  readonly protectsMessages: boolean;
  /** Tells two reopenings of a bug apart. */
  readonly pendingId: number;
  /** Whether a message with this once key is known to be in the outbox; the outbox itself has the last word. */
  readonly isTold: (onceKey: string) => boolean;
  /** Whether a crash of the bug matches a wish's search. */
  readonly matches: Matches;
}

/** The messages of one notice. Of bugs that are closed or ignored only comments are told. */
export function planMessages(notice: BugNotice, wishes: Wishes, options: PlanOptions): readonly Message[] {
  if (notice.bug.state !== 'open' && notice.notice !== 'comment') return [];
  return [...mails(notice, wishes, options), ...hooks(notice, wishes, options)];
}

/** Whether anybody wants to hear of spikes of a product: finding one costs reading the bug's history. */
export function wantsSpikes(
  bug: { readonly account: string; readonly product: string },
  wishes: Wishes,
): boolean {
  const wanted = [...wishes.subscriptions, ...wishes.webhooks.filter(({ enabled }) => enabled)];
  return wanted.some((wish) => concerns(wish, bug) && wish.notices.includes('spike'));
}

function mails(
  notice: BugNotice,
  { users, rights, subscriptions }: Wishes,
  options: PlanOptions,
): readonly Message[] {
  if (!options.mail) return [];
  return users.flatMap((user) => {
    const right = user.disabled ? null : (rights.get(user.id)?.of(notice.bug) ?? null);
    const wish = right === null ? null : wishOf(user, subscriptions, notice.bug);
    if (right === null || wish === null || !wish.notices.includes(notice.notice) || wrote(user, notice))
      return [];
    const { quietHours, search = null } = wish;
    if (search !== null && !options.matches(search, right.seesProtected, notice.bug.id)) return [];
    const onceKey = `${onceFor(notice, options)} mail ${user.id}`;
    if (options.isTold(onceKey)) return [];
    return {
      channel: 'mail' as const,
      target: user.email,
      notice: notice.notice,
      bugId: notice.bug.id,
      payload: writePayload({ ...(right.seesProtected ? notice : seenByAll(notice, options)), quietHours }),
      dueAt: afterQuiet(quietHours, options.mailDue(user.email, options.now)),
      onceKey,
    };
  });
}

function hooks(notice: BugNotice, { webhooks }: Wishes, options: PlanOptions): readonly Message[] {
  return webhooks
    .filter((webhook) => webhook.enabled && concerns(webhook, notice.bug))
    .filter(({ notices }) => notices.includes(notice.notice))
    .filter(({ search = null }) => search === null || options.matches(search, false, notice.bug.id))
    .map((webhook) => ({
      channel: 'webhook' as const,
      target: String(webhook.id),
      notice: notice.notice,
      bugId: notice.bug.id,
      // Who reads a webhook's messages is not known here.
      payload: writePayload({ ...seenByAll(notice, options), quietHours: null }),
      dueAt: options.now,
      onceKey: `${onceFor(notice, options)} webhook ${webhook.id}`,
    }))
    .filter(({ onceKey }) => !options.isTold(onceKey));
}

/** The notice without what needs the right to protected data. */
function seenByAll(notice: BugNotice, { protectsMessages }: PlanOptions): BugNotice {
  return protectsMessages ? { ...notice, bug: { ...notice.bug, message: '' } } : notice;
}

/** A wish for the product itself stands above the one for all products. */
function wishOf(
  user: User,
  subscriptions: readonly Subscription[],
  bug: { readonly account: string; readonly product: string },
): Subscription | null {
  const own = subscriptions.filter((wish) => wish.userId === user.id && concerns(wish, bug));
  return own.find(({ product }) => product !== null) ?? own[0] ?? null;
}

function concerns(
  wish: { readonly account: string; readonly product: string | null },
  bug: { readonly account: string; readonly product: string },
): boolean {
  return wish.account === bug.account && (wish.product === null || wish.product === bug.product);
}

/** Nobody is told what they wrote themselves; the history has names. */
function wrote({ name, email }: User, { comment }: BugNotice): boolean {
  return comment !== undefined && comment.by === (name || email);
}

/** What may be told once: a bug is new once, each reopening is told, reminders and spikes once a day (UTC). */
function onceFor({ notice, bug, comment }: BugNotice, { now, pendingId }: PlanOptions): string {
  switch (notice) {
    case 'new':
      return `new ${bug.id}`;
    case 'reopened':
      return `reopened ${bug.id} ${pendingId}`;
    case 'comment':
      return `comment ${comment?.id ?? pendingId}`;
    default:
      return `${notice} ${bug.id} ${dayOf(now)}`;
  }
}
