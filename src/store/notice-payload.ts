// What a message of the outbox says (`Delivery.payload`): a picture of the bug, or of the alert, at the moment at which there was something to tell. It is
// kept as JSON until it is delivered, so that a message that waited for days still tells what happened then.
import type { Bug, BugState } from './bugs.ts';
import { NOTICES } from './notifications.ts';
import type { Notice, Subscription } from './notifications.ts';

/** Version of the payload; messages of other versions that still wait are given up, visibly. */
const PAYLOAD_VERSION = 1;
const MAX_MESSAGE = 500;

/** The bug as it was. */
export interface BugPicture {
  readonly id: number;
  readonly account: string;
  readonly product: string;
  readonly title: string;
  /** At most 500 characters. */
  readonly message: string;
  readonly kind: string;
  readonly language: string | null;
  readonly severity: 'normal' | 'major';
  readonly state: BugState;
  readonly count: number;
  readonly installations: number;
  /** Milliseconds since 1970. */
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly firstVersion: string | null;
  readonly lastVersion: string | null;
  readonly assignee: string | null;
  readonly ticket: string | null;
  /** Crash id of the newest report. */
  readonly newestReport: string | null;
}

/** What makes a spike one. */
export interface Spike {
  /** Occurrences today so far. */
  readonly today: number;
  /** Occurrences on a usual day: the mean of the history. */
  readonly usual: number;
  /** More than this many are a spike. */
  readonly threshold: number;
}

/** What somebody wrote on a bug. */
export interface BugComment {
  /** Of its line in the history. */
  readonly id: number;
  readonly by: string;
  readonly text: string;
}

/** Something to tell about a bug. */
export interface BugNotice {
  readonly notice: Notice;
  /** When it happened, milliseconds since 1970. */
  readonly at: number;
  readonly bug: BugPicture;
  /** Only with the notice `spike`. */
  readonly spike: Spike | null;
  /** Only with the notice `comment`. */
  readonly comment?: BugComment;
}

/** What the test buttons send. */
export interface TestNotice {
  readonly notice: 'test';
  readonly at: number;
  /** Who pressed the button. */
  readonly by: string;
}

/** What an alert tells: a picture of the rule at the moment at which it fired. */
export interface AlertNotice {
  readonly notice: 'alert';
  readonly at: number;
  readonly rule: {
    readonly id: number;
    readonly name: string;
    readonly account: string;
    readonly product: string | null;
    /** What it looks at, in words; without the search where that is protected. */
    readonly words: string;
  };
  /** Oldest first. */
  readonly findings: readonly {
    readonly at: number;
    readonly what: 'fired' | 'ended';
    /** What was found, in words. */
    readonly words: string;
    readonly value: number;
    readonly limit: number;
  }[];
  /** Findings that are only counted. */
  readonly more: number;
  /** Bugs that appeared, or with the most crashes in the window; as everybody sees them. */
  readonly bugs: readonly (BugPicture & { readonly crashes: number | null })[];
  /** Where to look: a path with a query, below the address of the server. */
  readonly path: string;
}

/** A payload with what delivering it needs. */
export type Payload = (BugNotice | TestNotice | AlertNotice) & {
  /** Of the person that it goes to. */
  readonly quietHours: Subscription['quietHours'];
};

/** The bug as a notice shows it. */
export function pictureOf(bug: Bug): BugPicture {
  return {
    id: bug.id,
    account: bug.account,
    product: bug.product,
    title: bug.title,
    message: bug.message.slice(0, MAX_MESSAGE).toWellFormed(),
    kind: bug.kind,
    language: bug.language,
    severity: bug.severity,
    state: bug.state,
    count: bug.count,
    installations: bug.installations,
    firstSeenAt: bug.firstSeenAt,
    lastSeenAt: bug.lastSeenAt,
    firstVersion: bug.firstVersion,
    lastVersion: bug.lastVersion,
    assignee: bug.assignee,
    ticket: bug.ticket,
    newestReport: bug.newestReport,
  };
}

/** The JSON of a payload, as the outbox keeps it. */
export function writePayload(payload: Payload): string {
  return JSON.stringify({ version: PAYLOAD_VERSION, ...payload });
}

/** Reads a payload back; null where this version of Mayday cannot read it. */
export function readPayload(json: string): Payload | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { version, notice, bug } = value as Readonly<Record<string, unknown>>;
  if (version !== PAYLOAD_VERSION) return null;
  const known =
    notice === 'test' ||
    (notice === 'alert' && isAlert(value as Readonly<Record<string, unknown>>)) ||
    (NOTICES.some((name) => name === notice) && isPicture(bug));
  return known ? (value as Payload) : null;
}

function isAlert({ rule, findings, bugs, path }: Readonly<Record<string, unknown>>): boolean {
  return (
    typeof rule === 'object' &&
    rule !== null &&
    Array.isArray(findings) &&
    Array.isArray(bugs) &&
    bugs.every(isPicture) &&
    typeof path === 'string'
  );
}

/** Only this file writes payloads: version and shape are what could differ. */
function isPicture(bug: unknown): boolean {
  if (typeof bug !== 'object' || bug === null) return false;
  const { id, title, message } = bug as Readonly<Record<string, unknown>>;
  return typeof id === 'number' && typeof title === 'string' && typeof message === 'string';
}
