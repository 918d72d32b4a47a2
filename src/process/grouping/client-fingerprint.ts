// Client fingerprints: what a program itself says makes two of its crashes the same. An annotation `fingerprint` (a text,
// or a JSON list of texts), or the key `fingerprint` of a CrashKit occurrence.
import { asText } from '../../report/crashkit/json-object.ts';

const MAX_ITEMS = 20;
const MAX_ITEM_LENGTH = 500;
/** Stands for the key that the crash would have without a fingerprint, so that a program can split or widen it. */
const DEFAULT_ITEM = /^\{\{\s*default\s*\}\}$/;

/** The items of a fingerprint; null where there is none that can be used. */
export function readFingerprint(value: unknown): readonly string[] | null {
  const items = (Array.isArray(value) ? value : [decoded(value)].flat())
    .slice(0, MAX_ITEMS)
    .map((item) => asText(item)?.trim().slice(0, MAX_ITEM_LENGTH) ?? '')
    .filter((item) => item !== '');
  return items.length === 0 ? null : items;
}

/** The items with the crash's own key in the place of `{{ default }}`. */
export function resolvedFingerprint(items: readonly string[], ownKey: string): readonly string[] {
  return items.map((item) => (DEFAULT_ITEM.test(item) ? ownKey : item));
}

function decoded(value: unknown): unknown {
  if (typeof value !== 'string' || !value.trimStart().startsWith('[')) return value;
  try {
    const list: unknown = JSON.parse(value);
    return Array.isArray(list) ? list : value;
  } catch {
    return value;
  }
}
