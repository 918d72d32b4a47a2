// What a message of the outbox says (`Delivery.payload`): a picture of the bug at the moment at which there was something to tell. It is kept as JSON until
// it is delivered, so that a message that waited for days still tells what happened then.
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

/** Something to tell about a bug. */
export interface BugNotice {
  readonly notice: Notice;
  /** When it happened, milliseconds since 1970. */
  readonly at: number;
  readonly bug: BugPicture;
  /** Only with the notice `spike`. */
  readonly spike: Spike | null;
}

/** What the test buttons send. */
export interface TestNotice {
  readonly notice: 'test';
  readonly at: number;
  /** Who pressed the button. */
  readonly by: string;
}

/** A payload with what delivering it needs. */
export type Payload = (BugNotice | TestNotice) & {
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
  const known = notice === 'test' || (NOTICES.some((name) => name === notice) && isPicture(bug));
  return known ? (value as Payload) : null;
}

/** Only this file writes payloads: version and shape are what could differ. */
function isPicture(bug: unknown): boolean {
  if (typeof bug !== 'object' || bug === null) return false;
  const { id, title, message } = bug as Readonly<Record<string, unknown>>;
  return typeof id === 'number' && typeof title === 'string' && typeof message === 'string';
}
