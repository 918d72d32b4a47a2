// Store contract: alert rules, what each of them found so far, and the log of when they fired. What a condition means, and when a rule
// fires, stands in src/alerts/.
import type { Delivery } from './notifications.ts';

/** What is counted. Windows are whole minutes up to a moment; reports count by their time of arrival. */
export type AlertCondition =
  /** At least so many in the window. */
  | { readonly kind: 'crashes' | 'installations'; readonly atLeast: number; readonly minutes: number }
  /** At least so many in the window, and so many percent more than in the equal window before it. */
  | {
      readonly kind: 'rise';
      readonly of: 'crashes' | 'installations';
      readonly percent: number;
      readonly atLeast: number;
      readonly minutes: number;
    }
  /** Less than so many percent of the users or sessions of a release without a crash, in days (UTC) that end with today. */
  | {
      readonly kind: 'crash_free';
      readonly of: 'users' | 'sessions';
      readonly below: number;
      /** Users or sessions that there must be. */
      readonly atLeast: number;
      readonly days: number;
      /** Null: each release by itself. */
      readonly release: string | null;
    }
  /** Bugs that were not there before, or that were closed and crashed again. */
  | { readonly kind: 'bugs'; readonly fresh: boolean; readonly regressed: boolean };

/** Hours of the day, in a time zone, in which a rule tells nothing; `from` inclusive, `to` exclusive, also over midnight. */
export interface AlertQuietHours {
  readonly from: number;
  readonly to: number;
  /** IANA name: `Europe/Berlin`. */
  readonly zone: string;
  /** `hold`: told afterwards in one message; `drop`: only logged. */
  readonly then: 'hold' | 'drop';
}

/** A person by user id, or a webhook by id. */
export type AlertTarget =
  | { readonly kind: 'mail'; readonly userId: number }
  | { readonly kind: 'webhook'; readonly webhookId: number };

/** What a person decides of a rule. */
export interface AlertRuleFields {
  readonly name: string;
  readonly account: string;
  /** Null: all products of the account together. */
  readonly product: string | null;
  readonly condition: AlertCondition;
  /** A search that crashes must match; empty: every crash. */
  readonly search: string;
  /** Crashes of this bug alone; null: of any. */
  readonly bugId: number | null;
  /** The rule fires at most once in so many minutes. */
  readonly everyMinutes: number;
  /** Whether it is also told that the condition holds no longer. */
  readonly tellsEnd: boolean;
  readonly quiet: AlertQuietHours | null;
  readonly targets: readonly AlertTarget[];
  readonly enabled: boolean;
  /** Until then it is evaluated and logged, but tells nothing; null: not muted. */
  readonly mutedUntil: number | null;
}

/** What a rule found at a moment. */
export interface AlertFinding {
  /** End of the window, milliseconds since 1970. */
  readonly at: number;
  readonly what: 'fired' | 'ended';
  /** The number that was compared: a count, a rise in percent, a share in percent, a number of bugs. */
  readonly value: number;
  /** What it was compared with. */
  readonly limit: number;
  /** Of a rise: the count in the window and in the one before. Of crash-free: users or sessions. */
  readonly count: number;
  readonly before: number | null;
  /** The release that the number is of. */
  readonly release: string | null;
  /** False: not all crashes could be counted in time; there were at least so many. */
  readonly complete: boolean;
  /** Numbers of bugs that appeared or came back; the first 20. */
  readonly bugs: readonly { readonly id: number; readonly event: 'new' | 'regressed' }[];
}

/**
 * Where a rule stands. Quiet: `since` is null. —the condition holds→ firing: `since` is the moment at which it began. —it holds no
 * longer→ quiet. A firing within `everyMinutes` of the last one is not told again.
 */
export interface AlertState {
  readonly since: number | null;
  readonly lastFiredAt: number | null;
  /** Whether the last firing was told, so that its end is, too. */
  readonly isTold: boolean;
  /** Findings that wait for the end of quiet hours, or of the time between two messages; the newest 50. */
  readonly held: readonly AlertFinding[];
  /** How many more there were. */
  readonly heldMore: number;
  /** Why the rule could not be evaluated, a sentence; null: it could. */
  readonly problem: string | null;
}

/** A rule with where it stands. */
export interface AlertRule extends AlertRuleFields {
  readonly id: number;
  /** Whose rights it is evaluated with: whoever saved it last. Null: nobody's, so that it sees what everybody sees. */
  readonly ownerId: number | null;
  /** True: the search names what needs the right to protected data, so neither search nor bugs are told. */
  readonly isProtected: boolean;
  readonly changedAt: number;
  /** Grows with every change, so that a finding of the rule as it was is not written down. */
  readonly revision: number;
  /** Moments up to this one are evaluated. */
  readonly evaluatedTo: number;
  readonly state: AlertState;
}

/** A line of the log. */
export interface AlertLogEntry extends AlertFinding {
  readonly id: number;
  readonly ruleId: number;
  /** `told`: put on its way; `held`: waits; `muted` and `logged`: nobody was told. */
  readonly outcome: AlertOutcome;
  /** The moment of the message that told it: `Delivery.alertAt`; null: none did. */
  readonly toldAt: number | null;
}

export type AlertOutcome = 'told' | 'held' | 'muted' | 'logged';

/** What one evaluation found, written down as a whole or not at all. */
export interface AlertAdvance {
  readonly ruleId: number;
  readonly revision: number;
  /** `evaluatedTo` as it was when the evaluation began. */
  readonly from: number;
  readonly to: number;
  readonly state: AlertState;
  readonly findings: readonly { readonly finding: AlertFinding; readonly outcome: AlertOutcome }[];
  /** The moment at which everything that waited was told; null: nothing was. */
  readonly toldAt: number | null;
  readonly messages: readonly Pick<
    Delivery,
    'channel' | 'target' | 'notice' | 'bugId' | 'payload' | 'dueAt'
  >[];
}

/** A bug that appeared, or came back. */
export interface BugHappening {
  readonly bugId: number;
  readonly event: 'new' | 'regressed';
  /** When it was filed, or reopened. */
  readonly at: number;
}

/** Of a time in which more bugs than these appeared or came back the newest are known. */
export const MAX_HAPPENINGS = 1000;

export interface AlertStore {
  /** By name. */
  listRules(): Promise<readonly AlertRule[]>;
  getRule(id: number): Promise<AlertRule | null>;
  /** A new rule is evaluated from now on. Null: there are too many of the product, or of the person. */
  createRule(fields: AlertRuleFields & Pick<AlertRule, 'ownerId' | 'isProtected'>): Promise<AlertRule | null>;
  /** From now on it is evaluated as it is; `restart`: what it found before is forgotten but for the log. Null: it is gone. */
  changeRule(
    id: number,
    fields: AlertRuleFields & Pick<AlertRule, 'ownerId' | 'isProtected'>,
    restart: boolean,
  ): Promise<AlertRule | null>;
  /** With its log; what waits in the outbox is still delivered. */
  deleteRule(id: number): Promise<boolean>;
  /** False: the rule was changed, or another process was faster; nothing is written. */
  advance(advance: AlertAdvance): Promise<boolean>;
  /** Newest first; of a rule, or of all. */
  listLog(ruleId: number | null, limit: number): Promise<readonly AlertLogEntry[]>;
  /** What became of the messages of a rule's firings, newest first. */
  deliveriesOf(ruleId: number, limit: number): Promise<readonly Delivery[]>;
  /**
   * Bugs of products that appeared or came back in a time (from inclusive, to exclusive), oldest first; the newest `MAX_HAPPENINGS`. What was
   * merged away is not among them, nor a bug that processing again took out of another one.
   */
  bugHappenings(
    products: readonly { readonly account: string; readonly product: string }[],
    between: { readonly from: number; readonly to: number },
  ): Promise<readonly BugHappening[]>;
}
