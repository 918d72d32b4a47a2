// Store contract: what tells people of bugs: subscriptions, webhooks, and the outbox that loses nothing while a receiver is down.
import type { Place } from './rights.ts';

/** What can be told. */
export const NOTICES = ['new', 'reopened', 'recurring', 'spike', 'comment'] as const;
export type Notice = (typeof NOTICES)[number];

/** A person's wishes for one product (or all, where product is null). */
export interface Subscription {
  readonly id: number;
  readonly userId: number;
  readonly account: string;
  readonly product: string | null;
  readonly notices: readonly Notice[];
  /** Hours of the day (UTC) in which mail waits: from inclusive, to exclusive; null: none. */
  readonly quietHours: { readonly from: number; readonly to: number } | null;
  /** A search: only bugs of which a crash of the last day matches it are told; null or absent: all. */
  readonly search?: string | null;
}

/** A place that is told by HTTP: a server, or a room of a chat. */
export interface Webhook {
  readonly id: number;
  readonly account: string;
  /** Null: every product of the account. */
  readonly product: string | null;
  readonly url: string;
  /** Signs the body: `X-Mayday-Signature: sha256=<hex HMAC>`. */
  readonly secret: string;
  /** Name of what it speaks: a target of src/alerts/targets/. */
  readonly format: string;
  /** Empty: only alert rules send there. */
  readonly notices: readonly Notice[];
  readonly enabled: boolean;
  /** A search, as in `Subscription`; it sees what everybody sees. */
  readonly search?: string | null;
  /** The room that is written to, for targets that have rooms. */
  readonly room?: string | null;
  /** What Mayday signs in with, for targets that have rooms; never shown. */
  readonly token?: string | null;
}

/** Whether a webhook may hear what an alert rule finds there: it is of the same account, and of the same product or of all. */
export function mayTell(webhook: Pick<Webhook, 'account' | 'product'>, of: Place): boolean {
  return webhook.account === of.account && (webhook.product === null || webhook.product === of.product);
}

/** One message on its way. States: due → (attempt) → delivered, or due again later, or after the last attempt given up → due, where somebody sends it again. */
export interface Delivery {
  readonly id: number;
  readonly channel: 'mail' | 'webhook';
  /** E-mail address, or webhook id. */
  readonly target: string;
  readonly notice: Notice | 'alert' | 'test';
  readonly bugId: number | null;
  /** What is to be told: JSON of notice-payload.ts. */
  readonly payload: string;
  readonly createdAt: number;
  /** When somebody had it sent again after it was given up; null: nobody did. */
  readonly againAt: number | null;
  readonly dueAt: number;
  readonly attempts: number;
  readonly state: 'due' | 'delivered' | 'given_up';
  readonly lastError: string | null;
  readonly deliveredAt: number | null;
  /** The alert rule that it tells of, and the moment: with `AlertLogEntry.toldAt` the findings that are in it. Null: of none. */
  readonly alertId: number | null;
  readonly alertAt: number | null;
}

/**
 * What filing did to a bug and nobody has been told yet. `QueueStore.complete` writes it in its own transaction, for every event but
 * `unchanged`, so that nothing is lost when a process dies between filing and telling; `enqueue` takes it away in the transaction
 * that puts the messages into the outbox.
 */
export interface PendingNotice {
  /** Never used twice. There is one row for each bug and event: the next occurrence replaces it, under a new id. */
  readonly id: number;
  readonly bugId: number;
  readonly event: 'new' | 'reopened' | 'recurring';
  /** When it was filed. */
  readonly at: number;
}

/** A comment on a bug that nobody was told of yet. */
export interface PendingComment {
  /** Of its line in the history; grows, and is never used twice. */
  readonly id: number;
  readonly bugId: number;
  readonly at: number;
  /** Name of who wrote it, as the history has it. */
  readonly by: string;
  readonly text: string;
}

export interface NotificationStore {
  listSubscriptions(userId: number | null): Promise<readonly Subscription[]>;
  saveSubscription(subscription: Omit<Subscription, 'id'>): Promise<Subscription>;
  deleteSubscription(userId: number, id: number): Promise<boolean>;
  listWebhooks(): Promise<readonly Webhook[]>;
  saveWebhook(webhook: Omit<Webhook, 'id'> & { readonly id?: number }): Promise<Webhook>;
  deleteWebhook(id: number): Promise<boolean>;
  /** The oldest first. Several processes may read the same ones: `onceKey` keeps their messages from doubling. */
  listPendingNotices(limit: number): Promise<readonly PendingNotice[]>;
  /**
   * The next comments, oldest first, and up to which line of the history they are; null: there is nothing new. They stay until
   * `commentsTold`, so that a process that dies in between tells them again, and `onceKey` keeps the messages from doubling.
   */
  pendingComments(): Promise<{ readonly comments: readonly PendingComment[]; readonly until: number } | null>;
  commentsTold(until: number): Promise<void>;
  /**
   * Puts messages into the outbox; `onceKey` makes a second one with the same key vanish (one reminder a day for each bug and
   * receiver). `told` are ids of `PendingNotice`, gone in the same transaction; those replaced meanwhile stay. Gives how many messages
   * are new.
   */
  enqueue(
    messages: readonly (Pick<Delivery, 'channel' | 'target' | 'notice' | 'bugId' | 'payload' | 'dueAt'> & {
      readonly onceKey: string | null;
    })[],
    told?: readonly number[],
  ): Promise<number>;
  /** Due messages, leased for a minute so that two processes do not send one twice. */
  takeDue(limit: number): Promise<readonly Delivery[]>;
  delivered(id: number): Promise<void>;
  /** `retryAt` null: given up. */
  undelivered(id: number, error: string, retryAt: number | null): Promise<void>;
  /**
   * Sends a message again that was given up: it is due at once, its attempts begin anew, and from then on it has as long as a new one. False: the
   * webhook or alert rule has no such message, or it was not given up.
   */
  sendAgain(id: number, of: { readonly webhookId: number } | { readonly alertId: number }): Promise<boolean>;
  listDeliveries(
    filter: { readonly channel?: 'mail' | 'webhook'; readonly target?: string },
    limit: number,
  ): Promise<readonly Delivery[]>;
  /** Forgets messages delivered or given up before a time, with their once keys; gives how many. */
  forgetDeliveries(before: number): Promise<number>;
}
