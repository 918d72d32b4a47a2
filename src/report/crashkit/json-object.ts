// Safe reading of values that came out of JSON: objects, texts and numbers of which nothing is known.

/** A JSON object whose values have not been looked at. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value as an object, or null where it is something else. PHP encodes an empty object as `[]`, which counts as one. */
export function asObject(value: unknown): JsonObject | null {
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) return value.length === 0 ? {} : null;
  return value as JsonObject;
}

/** An own property; inherited names such as `constructor` are never found. */
export function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A text, or null where the value is missing or not one that can be written as a short text. */
export function asText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return null;
}

/** The value as it is shown to people: texts as they are, everything else as JSON. */
export function shownText(value: unknown): string {
  return asText(value) ?? JSON.stringify(value) ?? '';
}

/** A whole number from a number or a decimal text, or null. */
export function asInteger(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.trunc(value) : null;
  if (typeof value !== 'string' || !/^\s*[+-]?\d{1,15}\s*$/.test(value)) return null;
  return Number.parseInt(value, 10);
}

/** The values in an array, or an empty list where the value is not an array. */
export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
