// Lenient reading of what Sentry's clients send: the same thing comes in several shapes (docs/protocols/sentry.md).
import { asObject, asText, own, type JsonObject } from '../crashkit/json-object.ts';

const MAX_LIST = 10_000;
const MAX_PAIRS = 500;

/** `{"values": […]}`, a bare list, or one object: its objects, in order. Null entries are left out. */
export function valuesOf(value: unknown): readonly JsonObject[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return objectsOf(value);
  const object = asObject(value);
  if (object === null) return [];
  const values = own(object, 'values');
  if (Array.isArray(values)) return objectsOf(values);
  return values === undefined && Object.keys(object).length > 0 ? [object] : [];
}

function objectsOf(list: readonly unknown[]): readonly JsonObject[] {
  return list.slice(0, MAX_LIST).flatMap((one) => {
    const object = Array.isArray(one) ? null : asObject(one);
    return object === null ? [] : [object];
  });
}

/** Tags and the like: an object, or a list of pairs. Values that are not short texts are left out. */
export function pairsOf(value: unknown): readonly (readonly [name: string, value: string])[] {
  const entries: readonly unknown[] = Array.isArray(value) ? value : Object.entries(asObject(value) ?? {});
  return entries.slice(0, MAX_PAIRS).flatMap((entry): (readonly [string, string])[] => {
    if (Array.isArray(entry)) {
      const name = asText(entry[0]);
      const text = shortText(entry[1]);
      return name === null || text === null ? [] : [[cleanText(name), cleanText(text)]];
    }
    const pair = asObject(entry);
    const name = pair === null ? null : asText(own(pair, 'key'));
    const text = pair === null ? null : shortText(own(pair, 'value'));
    return name === null || text === null ? [] : [[cleanText(name), cleanText(text)]];
  });
}

/** PHP sends each header as a list of its lines. */
function shortText(value: unknown): string | null {
  if (!Array.isArray(value)) return asText(value);
  const texts = value.slice(0, MAX_PAIRS).map(asText);
  return texts.some((text) => text === null) ? null : texts.join(', ');
}

/** Text that can be stored and shown: lone surrogates and NUL become U+FFFD. */
export function cleanText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\uFFFD') : wellFormed;
}

/** A text of an object, cleaned; null where there is none. */
export function textOf(object: JsonObject, key: string): string | null {
  const text = asText(own(object, key));
  return text === null || text === '' ? null : cleanText(text);
}

/** A time: ISO 8601 with 0 to 9 decimals, or seconds since 1970. Milliseconds since 1970, or null. */
export function timeOf(value: unknown): number | null {
  if (typeof value === 'number') return inRange(value * 1000);
  if (typeof value !== 'string' || value.length > 60) return null;
  if (/^\d{1,11}(?:\.\d{1,20})?$/.test(value)) return inRange(Number(value) * 1000);
  const match =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d{2}:?\d{2})?$/i.exec(
      value,
    );
  if (match === null) return null;
  const [, date = '', clock = '', decimals = '', zone = 'Z'] = match;
  const millis = decimals === '' ? '' : `.${decimals.slice(0, 3).padEnd(3, '0')}`;
  const seconds = clock.length === 5 ? `${clock}:00` : clock;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const at = Date.parse(`${date}T${seconds}${millis}${offset}`);
  return Number.isNaN(at) ? null : at;
}

/** Years 1970 to 9999: what is beyond is no time. */
function inRange(at: number): number | null {
  return Number.isFinite(at) && at >= 0 && at < 253_402_300_800_000 ? at : null;
}

/** An event id as 32 lower-case hexadecimal digits, from that form or from a UUID with dashes; null for anything else. */
export function eventIdOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  if (/^[0-9a-f]{32}$/i.test(value)) return value.toLowerCase();
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) return null;
  return value.replaceAll('-', '').toLowerCase();
}
