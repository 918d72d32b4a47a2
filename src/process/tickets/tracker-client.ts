// The contract of an issue tracker: which requests make, show, comment and close a ticket, and what its answers mean. A kind is one file with
// one `TrackerClient`, and one line in tracker-registry.ts. It knows no socket: `tracker-http.ts` sends.
import type { TrackerSettings } from '../../store/tickets.ts';

/** What a new ticket says. Words of clients stand in it as everybody may see them. */
export interface TicketText {
  readonly title: string;
  readonly body: string;
  /** Of the bug, for trackers that have a field of it. */
  readonly signature: string;
}

export interface TrackerRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: string;
  /** Without those of the token. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** The JSON of a good answer; throws `TrackerFailure`. */
export type SendToTracker = (request: TrackerRequest) => Promise<unknown>;

export interface TicketName {
  readonly key: string;
  readonly url: string;
}

export interface TicketState {
  /** In the tracker's words. */
  readonly state: string;
  readonly isClosed: boolean;
}

export interface TrackerClient {
  readonly label: string;
  /** How texts are marked up there. */
  readonly markup: 'markdown' | 'jira' | 'plain';
  /** The headers that carry a token. */
  authorization(settings: TrackerSettings, token: string): Readonly<Record<string, string>>;
  /** Null: the answer names no ticket, so nobody knows whether there is one. */
  create(settings: TrackerSettings, text: TicketText, send: SendToTracker): Promise<TicketName | null>;
  /** Null: the answer says no state. */
  show(settings: TrackerSettings, key: string, send: SendToTracker): Promise<TicketState | null>;
  comment(settings: TrackerSettings, key: string, text: string, send: SendToTracker): Promise<void>;
  /** The texts of a ticket's comments since a time (milliseconds since 1970), the newest hundred or so. */
  commentsSince(
    settings: TrackerSettings,
    key: string,
    since: number,
    send: SendToTracker,
  ): Promise<readonly string[]>;
  close(settings: TrackerSettings, key: string, send: SendToTracker): Promise<void>;
  /** Of a ticket that is closed. */
  reopen(settings: TrackerSettings, key: string, send: SendToTracker): Promise<void>;
  /** The ticket of this project that a number, key or address names; null: it names none. */
  named(settings: TrackerSettings, ticket: string): TicketName | null;
  /** The address of its form for a new ticket, filled; null: it has none. */
  form(settings: TrackerSettings, text: TicketText): string | null;
}

export type Json = Readonly<Record<string, unknown>>;

/** A JSON object, or an empty one where it is none. */
export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

/** The objects of a list in an answer. */
export function objectsOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map((one) => objectOf(one)) : [];
}

/** Texts of those of a list that were written at a time or later; `text` and `at` name their fields. */
export function textsSince(
  list: unknown,
  since: number,
  { text, at }: { readonly text: string; readonly at: string },
): readonly string[] {
  return objectsOf(list).flatMap(({ [text]: words, [at]: time }) =>
    typeof words === 'string' && typeof time === 'string' && Date.parse(time) >= since ? [words] : [],
  );
}

/** A positive whole number of an answer. */
export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
}

/** A short text of an answer. */
export function wordOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= 200 ? value : null;
}

/** The number of a ticket: `12`, `#12`, or its address below a base. */
export function numberedTicket(ticket: string, base: string): string | null {
  const rest = ticket.startsWith(base) ? ticket.slice(base.length).replace(/[/?#].*$/s, '') : ticket;
  return /^#?([1-9]\d{0,14})$/.exec(rest.trim())?.[1] ?? null;
}
