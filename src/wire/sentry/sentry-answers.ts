// How Sentry's clients are answered: JSON, an error code in a header, CORS on every status, and on success what they need not
// send again.
import type { IncomingHttpHeaders } from 'node:http';
import { REFUSALS, type RefusalCode } from '../../base/refusal.ts';
import type { WireAnswer } from '../adapter.ts';

/** Kinds that Mayday does not keep; a client that is told so stops sending them (and says so in a client report). */
const NOT_KEPT = [
  'transaction',
  'span',
  'profile',
  'profile_chunk',
  'replay',
  'log_item',
  'trace_metric',
  'monitor',
];
const DAY_SECONDS = 86_400;

const JSON_TYPE = { 'Content-Type': 'application/json' };
/** Goes with every 200 of the endpoints that events come through. */
const NOT_KEPT_HEADERS: Readonly<Record<string, string>> = {
  'X-Sentry-Rate-Limits': `${DAY_SECONDS}:${NOT_KEPT.join(';')}:project:not_kept`,
};

/** `{"id": …}` where the request named an event, else `{}`. */
export function takenAnswer(eventId: string | null): WireAnswer {
  return {
    status: 200,
    body: eventId === null ? '{}' : `{"id":"${eventId}"}`,
    headers: { ...JSON_TYPE, ...NOT_KEPT_HEADERS },
  };
}

/** The id as a UUID in plain text, as crash handlers store it. */
export function dashedAnswer(id: string): WireAnswer {
  const uuid = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { status: 200, body: uuid, headers: NOT_KEPT_HEADERS };
}

/** Over the limit that a person set for a key: events wait until the minute is over; everything else goes on. */
export function limitedAnswer(seconds: number): WireAnswer {
  const wait = String(Math.max(1, Math.ceil(seconds)));
  return {
    status: 429,
    body: JSON.stringify({ detail: 'the key has a limit, and it is reached', causes: [] }),
    headers: {
      ...JSON_TYPE,
      'Retry-After': wait,
      'X-Sentry-Error': 'key_limit',
      'X-Sentry-Rate-Limits': `${wait}:error;default;attachment:key:key_limit`,
    },
  };
}

/** A refusal in the words of this protocol. */
export function refuseSentry(code: RefusalCode, problems: readonly string[]): WireAnswer {
  const { status, meaning } = REFUSALS[code];
  return {
    status,
    body: JSON.stringify({ detail: meaning, causes: problems }),
    headers: { ...JSON_TYPE, 'X-Sentry-Error': code },
  };
}

/** Pages of any origin may read every answer. */
export const SENTRY_CORS: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'x-sentry-error, x-sentry-rate-limits, retry-after',
};

/** The answer to a browser that asks first. */
export function sentryPreflight(
  _headers: IncomingHttpHeaders,
  methods: readonly string[],
): Readonly<Record<string, string>> {
  return {
    'Access-Control-Allow-Methods': methods.join(', '),
    'Access-Control-Allow-Headers':
      'x-sentry-auth, x-requested-with, content-type, authorization, content-encoding, sentry-trace, baggage',
    'Access-Control-Max-Age': '86400',
  };
}
