// Values of crash reports in JSON: `unknown` until one of these has looked at them.

/** A JSON object. */
export type JsonFields = Readonly<Record<string, unknown>>;

/** The value as an object, or null. */
export function jsonFields(value: unknown): JsonFields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonFields) : null;
}

/** The objects of a list; empty where the value is none. */
export function jsonList(value: unknown, max: number): readonly JsonFields[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, max).flatMap((item: unknown) => {
    const fields = jsonFields(item);
    return fields === null ? [] : [fields];
  });
}

/** A text, bounded; null where the value is none or empty. */
export function jsonText(value: unknown, max = 1000): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, max) : null;
}

/** A whole number that is not negative; null where the value is none. */
export function jsonCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** Parses a text; null where it is no JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
