// What a person said of a crash: the feedback of Sentry's clients in its three forms, and of the report dialog.
import { asObject, asText, own, type JsonObject } from './crashkit/json-object.ts';
import { cleanText, eventIdOf } from './sentry/event-values.ts';

/** One person's words; texts from outside. */
export interface PersonWords {
  /** The event that they are about; null: none is named. */
  readonly eventId: string | null;
  readonly name: string;
  readonly email: string;
  readonly message: string;
  readonly url: string;
}

const MAX_SHORT = 200;
const MAX_URL = 2000;
const MAX_MESSAGE = 10_000;

/** Bounded and clean; null where nothing was said. */
export function personWords(words: Partial<PersonWords>): PersonWords | null {
  const message = cleanText(words.message ?? '')
    .slice(0, MAX_MESSAGE)
    .trim();
  if (message === '') return null;
  const cut = (text: string | undefined, max: number): string =>
    cleanText(text ?? '')
      .slice(0, max)
      .trim();
  return {
    eventId: words.eventId ?? null,
    name: cut(words.name, MAX_SHORT),
    email: cut(words.email, MAX_SHORT),
    message,
    url: cut(words.url, MAX_URL),
  };
}

/** A `feedback` item (an event whose context holds the words), or a `user_report`. */
export function readPersonWords(item: JsonObject): PersonWords | null {
  const context = asObject(own(asObject(own(item, 'contexts')) ?? {}, 'feedback'));
  const source = context ?? item;
  const text = (...names: readonly string[]): string =>
    names.map((name) => asText(own(source, name))).find((value) => value !== null) ?? '';
  return personWords({
    eventId: eventIdOf(own(source, context === null ? 'event_id' : 'associated_event_id')),
    name: text('name'),
    email: text('contact_email', 'email'),
    message: text('message', 'comments'),
    url: text('url'),
  });
}
