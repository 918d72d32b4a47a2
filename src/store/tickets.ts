// Store contract: the issue trackers of products, what they say of the tickets that bugs name, and what they are to be told.

export const TRACKER_KINDS = ['github', 'gitlab', 'jira', 'bugzilla', 'link'] as const;
export type TrackerKind = (typeof TRACKER_KINDS)[number];

interface ProductNamed {
  readonly account: string;
  readonly product: string;
}

/** Where tickets of a product are made. */
export interface TrackerSettings {
  /** `link`: none whose API is spoken; there is only the address of its form. */
  readonly kind: TrackerKind;
  /** GitHub, GitLab: the project's page. Jira, Bugzilla: the server. Empty for `link`. */
  readonly url: string;
  /** The base of its API, where that does not follow from `url`. */
  readonly api: string | null;
  /** Jira: the key of the project. Bugzilla: the product. */
  readonly project: string | null;
  /** Bugzilla. */
  readonly component: string | null;
  readonly version: string | null;
  /** Jira; default: Bug. */
  readonly issueType: string | null;
  /** Labels; of Bugzilla keywords. */
  readonly labels: readonly string[];
  /** Bugzilla: the field that holds `[@ signature]`; null: none. */
  readonly signatureField: string | null;
  /** Jira: whose token it is (Cloud); null: a personal access token (Data Center). */
  readonly user: string | null;
  /** The address of the form for a new ticket with `{title}`, `{body}`, `{signature}`, `{url}`; null: that of the kind. */
  readonly form: string | null;
  /** A comment is posted when the bug is closed or opens again. */
  readonly comments: boolean;
  /** The ticket is closed with the bug, and opened again where a person opens the bug again or undoes the closing. */
  readonly closes: boolean;
  /** Jira: the transition that closes; null: the first that leads to a status of the category done. */
  readonly closeTransition: string | null;
}

export interface Tracker extends ProductNamed {
  readonly settings: TrackerSettings;
  /** A secret: null where there is none. */
  readonly token: string | null;
  /** There is one, and it cannot be opened: its key is missing. */
  readonly tokenLost?: boolean;
}

/** A ticket that bugs name, and what its tracker last said. Times are milliseconds since 1970. */
export interface Ticket {
  /** As bugs name it. */
  readonly ticket: string;
  /** As its tracker names it: `12`, `SHOP-12`. */
  readonly key: string;
  readonly url: string;
  /** In the tracker's words; null: it was never learned. */
  readonly state: string | null;
  readonly isClosed: boolean | null;
  readonly checkedAt: number | null;
  /** Why the last question was not answered; null: it was. */
  readonly fault: string | null;
}

/** What a tracker said of a ticket, or why it did not. */
export type TicketAnswer =
  | { readonly state: string; readonly isClosed: boolean }
  | { readonly fault: string };

/**
 * Somebody makes a bug's ticket now, or nobody knows whether it was made, because a tracker was asked and no answer came, or the
 * process died.
 */
export type HeldClaim =
  | { readonly is: 'asking' }
  | { readonly is: 'unknown'; readonly at: number; readonly fault: string | null };

/** The right to make a bug's ticket, or why it is not given. */
export type TicketClaim = { readonly is: 'claimed' | 'has_ticket' | 'no_bug' } | HeldClaim;

/** Something to tell a tracker, in the order of what happened. */
export interface TicketMessage extends ProductNamed {
  readonly id: number;
  readonly bugId: number;
  readonly ticket: string;
  /** `close`: the ticket is closed, or (`what` is `reopened`) opened again. */
  readonly part: 'comment' | 'close';
  readonly what: 'closed' | 'reopened';
  /** As in the bug's history. */
  readonly detail: string;
  readonly byPerson: boolean;
  readonly at: number;
  readonly attempts: number;
  readonly state: 'due' | 'done' | 'given_up';
  readonly lastError: string | null;
}

export interface TicketStore {
  /** Null: the product has none. */
  tracker(product: ProductNamed): Promise<Tracker | null>;
  /** `token` undefined: it stays. False: no such product. */
  saveTracker(product: ProductNamed, settings: TrackerSettings, token?: string | null): Promise<boolean>;
  /** Forgets it with its token, and gives up what still waits for it. False: there was none. */
  deleteTracker(product: ProductNamed): Promise<boolean>;

  /** Takes the right to make a bug's ticket; `again`: also where an earlier one's end is not known. */
  claim(bugId: number, options: { readonly again: boolean }): Promise<TicketClaim>;
  /** Looks at the claim and changes nothing; null: nobody holds one. */
  claimOf(bugId: number): Promise<HeldClaim | null>;
  /** Gives the right back: the ticket was made, or surely not. */
  release(bugId: number): Promise<void>;
  /** Nobody knows whether it was made. */
  lose(bugId: number, fault: string): Promise<void>;

  /** Null: nothing was ever asked about it. */
  ticketOf(product: ProductNamed, ticket: string): Promise<Ticket | null>;
  /** Remembers a ticket, so that its state is asked for; `answer` where it is known. */
  watch(
    product: ProductNamed,
    ticket: Pick<Ticket, 'ticket' | 'key' | 'url'>,
    answer: TicketAnswer | null,
  ): Promise<void>;
  /** The tickets whose trackers are to be asked now, for a minute nobody else's; those that no bug names any longer are forgotten. */
  takeTickets(limit: number): Promise<readonly (Ticket & ProductNamed)[]>;

  /** Turns what happened to bugs with tickets since the last call into messages; true: there is more. */
  gatherMessages(): Promise<boolean>;
  /** Due messages, leased for a minute. */
  takeMessages(limit: number): Promise<readonly TicketMessage[]>;
  messageDone(id: number): Promise<void>;
  /** `retryAt` null: given up. */
  messageFailed(id: number, error: string, retryAt: number | null): Promise<void>;
  /** Newest first. */
  listMessages(product: ProductNamed, limit: number): Promise<readonly TicketMessage[]>;
}
