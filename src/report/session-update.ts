// Sessions: runs of a program, for crash-free rates. Updates as Sentry's clients and Mayday's own send them; each is a whole state.
import { asInteger, asObject, asText, own, type JsonObject } from './crashkit/json-object.ts';
import { cleanText, timeOf } from './sentry/event-values.ts';

/** How a session stands, from good to bad; `unhandled` went on after an error that nobody caught, and is no crash. */
export const SESSION_OUTCOMES = ['healthy', 'errored', 'unhandled', 'abnormal', 'crashed'] as const;
export type SessionOutcome = (typeof SESSION_OUTCOMES)[number];

/** The state of one session. */
export interface SessionUpdate {
  readonly sid: string;
  readonly outcome: SessionOutcome;
  /** `exited`, `crashed` and `abnormal` are the last word. */
  readonly final: boolean;
  /** What orders updates: `seq`, else the time of the update; 0: the first. */
  readonly rank: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** What names the user or device; hashed before it is stored. */
  readonly user: string | null;
  readonly release: string;
  readonly environment: string;
}

/** Sessions that the client has counted itself. */
export interface SessionBucket {
  readonly startedAt: number;
  readonly user: string | null;
  readonly release: string;
  readonly environment: string;
  readonly counts: Readonly<Record<SessionOutcome, number>>;
}

const MAX_TEXT = 200;
const MAX_COUNT = 10_000_000;

/** A session update; null where it names no session or no time. `receivedAt` stands for a missing time. */
export function readSession(value: JsonObject, receivedAt: number): SessionUpdate | null {
  const sid = asText(own(value, 'sid'));
  if (sid === null || sid === '' || sid.length > MAX_TEXT) return null;
  const status = asText(own(value, 'status')) ?? 'ok';
  const timestamp = timeOf(own(value, 'timestamp'));
  const attrs = asObject(own(value, 'attrs')) ?? value;
  const seq = asInteger(own(value, 'seq'));
  return {
    sid,
    outcome: outcomeOf(status, asInteger(own(value, 'errors')) ?? 0),
    final: status === 'exited' || status === 'crashed' || status === 'abnormal',
    // The first update has no number where the others have small ones.
    rank: seq ?? (own(value, 'init') === true ? 0 : (timestamp ?? receivedAt)),
    startedAt: timeOf(own(value, 'started')) ?? timestamp ?? receivedAt,
    user: userOf(value),
    ...placeOf(attrs),
  };
}

/** The buckets of a `sessions` item. */
export function readSessionBuckets(value: JsonObject, receivedAt: number): readonly SessionBucket[] {
  const place = placeOf(asObject(own(value, 'attrs')) ?? {});
  const aggregates = own(value, 'aggregates');
  return (Array.isArray(aggregates) ? aggregates : []).flatMap((entry): SessionBucket[] => {
    const bucket = asObject(entry);
    if (bucket === null || Array.isArray(entry)) return [];
    const count = (name: string): number =>
      Math.min(MAX_COUNT, Math.max(0, asInteger(own(bucket, name)) ?? 0));
    return [
      {
        startedAt: timeOf(own(bucket, 'started')) ?? receivedAt,
        user: userOf(bucket),
        ...place,
        counts: {
          healthy: count('exited'),
          errored: count('errored'),
          unhandled: count('unhandled'),
          abnormal: count('abnormal'),
          crashed: count('crashed'),
        },
      },
    ];
  });
}

function outcomeOf(status: string, errors: number): SessionOutcome {
  if (status === 'crashed' || status === 'abnormal' || status === 'unhandled') return status;
  return errors > 0 || status === 'errored' ? 'errored' : 'healthy';
}

function userOf(value: JsonObject): string | null {
  const did = asText(own(value, 'did')) ?? asText(own(value, 'user'));
  return did === null || did === '' ? null : did.slice(0, MAX_TEXT);
}

function placeOf(attrs: JsonObject): { readonly release: string; readonly environment: string } {
  const text = (name: string): string => cleanText(asText(own(attrs, name)) ?? '').slice(0, MAX_TEXT);
  return { release: text('release') || text('version'), environment: text('environment') };
}
