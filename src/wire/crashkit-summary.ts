// What the report list needs to know of a CrashKit payload: version, platform, installation, and a few texts to search
// for. Everything else is read from the stored payload when the report is processed.
import { jsonFault } from '../base/json-fault.ts';
import { definitiveLocation } from '../report/crashkit/definitive-location.ts';
import { expandDottedKeys } from '../report/crashkit/dotted-keys.ts';
import { asObject, asText, own, type JsonObject } from '../report/crashkit/json-object.ts';
import { readStack } from '../report/crashkit/read-stack.ts';
import type { Annotation } from '../report/report.ts';
import { decodeUtf8 } from './text-decoding.ts';

/** What was found in the first occurrence of a payload. */
export interface CrashKitSummary {
  readonly version: string | null;
  readonly platform: string | null;
  /** `host.id` of the 1.0 API. */
  readonly hostId: string | null;
  /** `occurrence_id` at the top level of a single report. */
  readonly occurrenceId: string | null;
  readonly annotations: readonly Annotation[];
  /** What was odd. */
  readonly notes: readonly string[];
  /** What the payload lacks to be processed, in a sentence; null where it has all that is needed. */
  readonly error: string | null;
  /** The parsed payload; undefined where it is not JSON or was not read. */
  readonly payload: unknown;
}

const MAX_VALUE = 1000;
const MAX_ENV = 40;
const TEXT_KEYS = [
  'language',
  'role',
  'severity',
  'date',
  'userActionOrScreenNameOrBackgroundProcess',
] as const;
const PLATFORM_KEYS = [
  ['os_name', 'os_version'],
  ['os_dist', ''],
  ['os_kernel_name', 'os_kernel_version'],
  ['platform', ''],
  ['browser_os', ''],
] as const;

/** Reads a payload of either API; `bytes` is null where it is too large to be read now. Never throws. */
export function summarise(bytes: Buffer | null): CrashKitSummary {
  if (bytes === null) return nothing(null, ['The payload is too large to be looked into on arrival.']);
  const { text, oddity } = decodeUtf8(bytes);
  const notes = oddity === null ? [] : [`The payload ${oddity}.`];
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch (error) {
    const wrong = `The payload is not JSON: ${jsonFault(error)}`;
    return nothing(wrong, [...notes, `${wrong}.`]);
  }
  try {
    return summary(payload, notes);
  } catch {
    // Anything can be in there, objects nested ten thousand levels deep too: the report is stored all the same.
    const wrong = 'The payload could not be looked into on arrival';
    return nothing(wrong, [...notes, `${wrong}.`]);
  }
}

function summary(payload: unknown, notes: readonly string[]): CrashKitSummary {
  const first = asObject(Array.isArray(payload) ? payload[0] : payload);
  if (first === null || (Array.isArray(payload) && payload.length === 0)) {
    const error = 'The payload holds no report object';
    return { ...nothing(error, [...notes, `${error}.`]), payload };
  }
  const { object } = expandDottedKeys(first);
  const environment = asObject(own(object, 'env')) ?? {};
  const occurrenceId = own(object, 'occurrence_id');
  const stack = readStack(object);
  const location = definitiveLocation(stack.language, stack.exceptions);
  const annotations = new AnnotationList();
  for (const key of TEXT_KEYS) annotations.add(key, asText(own(object, key)));
  annotations.add(
    'client_version',
    asText(own(object, 'client_version')) ?? asText(own(object, 'clientVersion')),
  );
  annotations.add('exception.name', location?.name ?? stack.exceptions[0]?.name ?? null);
  annotations.add('exception.message', stack.exceptions[location?.exceptionIndex ?? 0]?.message ?? null);
  if (location !== null && location.locationIndex !== null) {
    const place = [location.package, location.className, location.method].filter(
      (part) => part !== '' && part !== null,
    );
    annotations.add('exception.location', `${place.join('.')}:${location.line}`);
  }
  if (Array.isArray(payload)) annotations.add('occurrences', String(payload.length));
  for (const section of ['host', 'user', 'account', 'version'] as const) {
    for (const [key, value] of Object.entries(asObject(own(object, section)) ?? {}).slice(0, MAX_ENV)) {
      annotations.add(`${section}.${key}`, asText(value));
    }
  }
  for (const [key, value] of Object.entries(environment).slice(0, MAX_ENV))
    annotations.add(`env.${key}`, asText(value));
  return {
    version: versionOf(object, environment),
    platform: platformOf(environment),
    hostId: filled(asText(own(asObject(own(object, 'host')) ?? {}, 'id'))),
    occurrenceId: typeof occurrenceId === 'string' && !Array.isArray(payload) ? filled(occurrenceId) : null,
    annotations: annotations.list(),
    notes,
    error: location === null ? 'The first occurrence has no exception with a name or a location' : null,
    payload,
  };
}

function nothing(error: string | null, notes: readonly string[]): CrashKitSummary {
  return {
    version: null,
    platform: null,
    hostId: null,
    occurrenceId: null,
    annotations: [],
    notes,
    error,
    payload: undefined,
  };
}

class AnnotationList {
  readonly #values = new Map<string, string>();

  add(key: string, value: string | null): void {
    if (value === null || value === '') return;
    const name = key.slice(0, 100);
    if (!this.#values.has(name)) this.#values.set(name, value.slice(0, MAX_VALUE));
  }

  list(): readonly Annotation[] {
    return [...this.#values].map(([key, value]) => ({ key, value }));
  }
}

/** The application's version; `client_version` is the library's own in most clients and stands in for a missing one. */
function versionOf(report: JsonObject, environment: JsonObject): string | null {
  const version = own(report, 'version');
  const number =
    asText(own(asObject(version) ?? {}, 'number')) ??
    asText(version) ??
    asText(own(environment, 'product_version'));
  const sent = asText(own(report, 'client_version')) ?? asText(own(report, 'clientVersion'));
  return filled(number ?? sent);
}

function platformOf(environment: JsonObject): string | null {
  for (const [name, version] of PLATFORM_KEYS) {
    const found = filled(asText(own(environment, name)));
    if (found !== null) return `${found} ${asText(own(environment, version)) ?? ''}`.trim();
  }
  return null;
}

function filled(text: string | null): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed.slice(0, MAX_VALUE);
}
