// From a CrashKit payload, as it was stored, to typed occurrences. Everything that cannot be understood is said; what
// can be is kept.
import { jsonFault } from '../../base/json-fault.ts';
import { bugKey } from '../../report/crashkit/bug-key.ts';
import {
  definitiveLocation,
  type DefinitiveLocationOptions,
} from '../../report/crashkit/definitive-location.ts';
import { expandDottedKeys } from '../../report/crashkit/dotted-keys.ts';
import { asInteger, asObject, asText, type JsonObject, own } from '../../report/crashkit/json-object.ts';
import { readStack, texts } from '../../report/crashkit/read-stack.ts';
import { isCalendarDate } from '../../report/crashkit/validate.ts';
import { readFingerprint } from '../grouping/client-fingerprint.ts';
import { findBlobs } from './payload-blobs.ts';
import { interpretCgi } from './cgi.ts';
import { interpretBrowser } from './javascript.ts';
import { caseKey, occurrenceKey } from './crashkit-keys.ts';
import type { CrashKitOccurrence } from './understood-occurrence.ts';
import { SectionBuilder } from './sections.ts';
import { crashKitSignature } from './crashkit-signature.ts';

/** Items of one payload that are read. */
const MAX_OCCURRENCES = 1000;
/** Locations of all occurrences together, after which no further one is read. */
const MAX_LOCATIONS = 50_000;
/** The largest count that is believed: a client adds up a day at most. */
const MAX_COUNT = 1_000_000;
/** Tags of one user or account, and the length of one. */
const MAX_TAGS = 100;
const MAX_TAG = 200;

/** The occurrences of a payload, and what was wrong with the rest. */
export interface UnderstoodPayload {
  readonly occurrences: readonly CrashKitOccurrence[];
  /** One line for each item that could not be understood; with no occurrence at all, the report has failed. */
  readonly problems: readonly string[];
}

/** What decides about occurrences. */
export interface UnderstandOptions extends DefinitiveLocationOptions {
  /** False where no value can be a reference to an attachment. */
  readonly hasBlobs?: boolean;
}

/** Reads the body of a request: JSON whatever its content type said. */
export function understandBody(body: string, options: DefinitiveLocationOptions = {}): UnderstoodPayload {
  let payload: unknown;
  try {
    payload = JSON.parse(body.startsWith('\ufeff') ? body.slice(1) : body);
  } catch (error) {
    return { occurrences: [], problems: [`the payload is not JSON: ${jsonFault(error)}`] };
  }
  // Where the word does not stand in the text, escaped or not, no value refers to an attachment.
  const hasBlobs = body.includes('blob:') || body.includes('\\u');
  return understandPayload(payload, { ...options, hasBlobs });
}

/** Reads a decoded payload: an array of occurrences, or one alone. */
export function understandPayload(payload: unknown, options: UnderstandOptions = {}): UnderstoodPayload {
  const items: readonly unknown[] = Array.isArray(payload) ? payload : [payload];
  const occurrences: CrashKitOccurrence[] = [];
  const problems: string[] = [];
  if (items.length === 0) problems.push('the payload holds no occurrence');
  if (items.length > MAX_OCCURRENCES)
    problems.push(`only the first ${MAX_OCCURRENCES} occurrences were read`);
  let locations = 0;
  for (const [index, item] of items.slice(0, MAX_OCCURRENCES).entries()) {
    if (locations > MAX_LOCATIONS) {
      problems.push(`only the first ${index} occurrences were read: they hold ${locations} locations`);
      break;
    }
    const sent = Array.isArray(item) ? null : asObject(item);
    const occurrence = sent === null ? null : understandOccurrence(sent, options);
    locations += occurrence?.exceptions.reduce((sum, exception) => sum + exception.locations.length, 0) ?? 0;
    if (occurrence !== null) occurrences.push(occurrence);
    else
      problems.push(`occurrence ${index + 1} ${sent === null ? 'is not an object' : 'holds no exception'}`);
  }
  return { occurrences, problems };
}

/** Reads one occurrence; null where it holds no exception. */
export function understandOccurrence(
  item: JsonObject,
  options: UnderstandOptions = {},
): CrashKitOccurrence | null {
  const { object: sent, clashes } = expandDottedKeys(item);
  const stack = readStack(sent);
  const { api, language, exceptions } = stack;
  const definitive = definitiveLocation(language, exceptions, options);
  if (definitive === null) return null;
  const notes = [
    ...stack.notes,
    ...clashes.map((key) => `${key}: was sent twice; the nested value was kept`),
  ];

  const section = (name: string): JsonObject => asObject(own(sent, name)) ?? {};
  const interpreted =
    language === 'javascript' && api === 'current'
      ? interpretBrowser(section('env'), section('data'))
      : { env: section('env'), data: section('data') };
  const env = texts(interpreted.env);
  const data = texts(interpreted.data);
  const variables = texts(own(section('environment'), 'variables'));
  const cgi = interpretCgi(variables, env);
  const [version, user, account, host] = [
    texts(versionOf(sent)),
    section('user'),
    section('account'),
    section('host'),
  ];

  const severity = own(sent, 'severity') === 'major' ? 'major' : 'normal';
  const sentRole = own(sent, 'role');
  const role = typeof sentRole === 'string' && sentRole !== '' ? sentRole : 'customer';
  const context = asText(own(sent, 'userActionOrScreenNameOrBackgroundProcess')) || 'unknown';
  const messages = exceptions.map(({ message }) => message).filter((message) => message !== '');
  const date = readDate(own(sent, 'date'), notes);
  const ofCase = caseKey(language, exceptions, severity, context);
  const userId = asText(own(user, 'id'));
  const userIsAnonymous = userId?.startsWith('anonymous') ?? false;

  return {
    api,
    language,
    clientVersion: asText(own(sent, 'client_version')) ?? asText(own(sent, 'clientVersion')),
    exceptions,
    definitive,
    bugKey: bugKey(language, definitive),
    caseKey: ofCase,
    // Wanted only where a payload holds several.
    get occurrenceKey() {
      return occurrenceKey({ caseKey: ofCase, messages, env, data, date, role });
    },
    // Wanted only where bugs are named as the original server did.
    get signature() {
      return crashKitSignature(definitive);
    },
    messages,
    severity,
    role,
    count: readCount(own(sent, 'count'), notes),
    date,
    context,
    data,
    env,
    sections: new SectionBuilder()
      .add('request', texts(section('request')), { split: true })
      .add('data', data, { split: true })
      .add('user', { ...texts(without(user, 'tags')), ...kindOfUser(user, userIsAnonymous) })
      .addEach('user', 'tags', tagsOf(user))
      .add('account', texts(without(account, 'tags')))
      .addEach('account', 'tags', tagsOf(account))
      .add('version', version)
      .add('configuration', texts(section('configuration')))
      .add('host', texts(host))
      .add('environment', {
        ...timeOf(sent),
        ...texts(without(section('environment'), 'variables')),
        ...env,
      })
      .add('variables', variables)
      .add('tags', texts(section('tags')))
      .addEach('breadcrumbs', 'breadcrumb', breadcrumbsOf(own(sent, 'breadcrumbs')))
      .addCgi(cgi)
      .build(),
    requestPath: cgi?.path ?? null,
    version: version['number'] ?? env['product_version'] ?? null,
    hostId: asText(own(host, 'id')),
    userId: userIsAnonymous ? null : userId,
    userIsAnonymous,
    blobs: options.hasBlobs === false ? [] : findBlobs(item),
    fingerprint: readFingerprint(own(sent, 'fingerprint')),
    notes,
  };
}

/** `version` as an object; a client that sends the number alone means `version.number`. */
function versionOf(sent: JsonObject): unknown {
  const version = own(sent, 'version');
  const number = asText(version);
  return number === null ? version : { number };
}

function without(section: JsonObject, key: string): JsonObject {
  const { [key]: _left, ...rest } = section;
  return rest;
}

/** Each tag is a value of its own, so that crashes can be grouped on one of them. */
function tagsOf(section: JsonObject): readonly string[] {
  const tags = own(section, 'tags');
  const sent = Array.isArray(tags) ? tags : [tags];
  return [...new Set(sent.map((tag) => asText(tag)?.trim().slice(0, MAX_TAG) ?? ''))]
    .filter((tag) => tag !== '')
    .slice(0, MAX_TAGS);
}

/** The moment of the occurrence, where the client says it. */
function timeOf(sent: JsonObject): Readonly<Record<string, string>> {
  const time = asText(own(sent, 'time'));
  return time === null || time === '' ? {} : { time: time.slice(0, MAX_TAG) };
}

const MAX_BREADCRUMBS = 100;
const MAX_BREADCRUMB = 1000;

/** What the program did before, oldest first: time, category, message and data, in one line each. */
function breadcrumbsOf(sent: unknown): readonly string[] {
  return (Array.isArray(sent) ? sent.slice(-MAX_BREADCRUMBS) : []).flatMap((item) => {
    const crumb = asObject(item);
    if (crumb === null) return [];
    const data = Object.entries(texts(asObject(own(crumb, 'data')) ?? {})).map(
      ([key, value]) => `${key}=${value}`,
    );
    const words = [own(crumb, 'time'), own(crumb, 'category'), own(crumb, 'message')].map(
      (part) => asText(part) ?? '',
    );
    const line = [...words, ...data].filter((part) => part !== '').join(' ');
    return line === '' ? [] : [line.slice(0, MAX_BREADCRUMB)];
  });
}

/** Whether somebody was signed in: ids that begin with `anonymous` are made up by the program for those who were not. */
function kindOfUser(user: JsonObject, isAnonymous: boolean): Readonly<Record<string, string>> {
  if (asText(own(user, 'id')) === null || own(user, 'kind') !== undefined) return {};
  return { kind: isAnonymous ? 'anonymous' : 'person' };
}

function readDate(value: unknown, notes: string[]): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (isCalendarDate(value)) return value;
  notes.push('date: is not a date in the form YYYY-MM-DD; the day of arrival counts');
  return null;
}

function readCount(value: unknown, notes: string[]): number {
  if (value === undefined || value === null) return 1;
  const count = asInteger(value);
  if (count !== null && count >= 1 && count <= MAX_COUNT) return count;
  notes.push(`count: is not a whole number from 1 to ${MAX_COUNT}; 1 was taken`);
  return 1;
}
