// The names of an event's parts. The clients before 2018 (Raven) wrote interfaces with their class names, and some parts had
// other names than today's; everything behind the endpoints knows today's only.
import type { JsonObject } from '../crashkit/json-object.ts';

const FORMER: Readonly<Record<string, string>> = {
  'sentry.interfaces.Exception': 'exception',
  'sentry.interfaces.exception.Exception': 'exception',
  'sentry.interfaces.Message': 'logentry',
  'sentry.interfaces.Http': 'request',
  'sentry.interfaces.http.Http': 'request',
  'sentry.interfaces.User': 'user',
  'sentry.interfaces.Stacktrace': 'stacktrace',
  'sentry.interfaces.stacktrace.Stacktrace': 'stacktrace',
  'sentry.interfaces.Breadcrumbs': 'breadcrumbs',
  'sentry.interfaces.Contexts': 'contexts',
  'sentry.interfaces.Threads': 'threads',
  'sentry.interfaces.DebugMeta': 'debug_meta',
  culprit: 'transaction',
};

/** The event with today's names; the very same object where it has no other. A part that is there under today's name wins. */
export function withPresentNames(event: JsonObject): JsonObject {
  const former = Object.keys(event).filter((key) => Object.hasOwn(FORMER, key));
  if (former.length === 0) return event;
  const named = Object.entries(event).filter(([key]) => !Object.hasOwn(FORMER, key));
  const present = new Set(named.map(([key]) => key));
  for (const key of former) {
    const name = FORMER[key] ?? key;
    if (present.has(name) && event[name] !== null) continue;
    named.push([name, event[key]]);
  }
  return Object.fromEntries(named);
}
