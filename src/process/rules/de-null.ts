// Null characters in names and values: junk that breaks stores and searches downstream.
import type { ProcessingRule } from '../rule.ts';

/** A text (or bytes) without null characters; anything else as it is. */
export function deNull(value: unknown): unknown {
  if (typeof value === 'string') return value.includes('\0') ? value.replaceAll('\0', '') : value;
  if (value instanceof Uint8Array) return value.includes(0) ? value.filter((byte) => byte !== 0) : value;
  return value;
}

/** Removes null characters from the names and values of annotations. */
export const deNullRule: ProcessingRule = {
  name: 'DeNullRule',
  act: ({ annotations }) => {
    const clean = Object.entries(annotations).map(
      ([key, value]) => [String(deNull(key)), deNull(value)] as const,
    );
    const changed = clean.some(
      ([key, value]) => !Object.hasOwn(annotations, key) || annotations[key] !== value,
    );
    return changed ? { annotations: Object.fromEntries(clean) } : {};
  },
};
