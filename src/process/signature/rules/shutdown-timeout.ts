// Programs that did not manage to shut down.
import type { SignatureRule } from '../signature-rule.ts';

/** Replaces the signature by the phase and the conditions that were waited for. */
export const shutdownTimeout: SignatureRule = {
  name: 'SignatureShutdownTimeout',
  applies: ({ async_shutdown_timeout: value }) => Boolean(value),
  act: ({ async_shutdown_timeout: value }, signature) => {
    const notes: string[] = [];
    const parts = ['AsyncShutdownTimeout'];
    let data: unknown;
    try {
      data = JSON.parse(String(value));
    } catch (error) {
      parts.push('UNKNOWN');
      notes.push(
        `Error parsing AsyncShutdownTimeout: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    if (parts.length === 1) {
      if (typeof data !== 'object' || data === null || Array.isArray(data))
        throw new TypeError('the value is not an object');
      const { phase, conditions } = data as { phase?: unknown; conditions?: unknown };
      parts.push(typeof phase === 'string' ? phase : '(unknown)');
      const names = conditionNames(conditions);
      if (names === null) {
        parts.push('UNKNOWN');
        notes.push("Error parsing AsyncShutdownTimeout: 'name'");
      } else {
        parts.push(names.length === 0 ? '(none)' : names.toSorted(byCodePoint).join(','));
      }
    }
    notes.push(`Signature replaced with a Shutdown Timeout signature, was: "${signature}"`);
    return { signature: parts.join(' | '), notes };
  },
};

/** A condition is a text or an object with a name; null where an object has none. */
function conditionNames(conditions: unknown): readonly string[] | null {
  if (conditions === null || conditions === undefined) return [];
  if (!Array.isArray(conditions)) throw new TypeError('the conditions are not a list');
  const names: string[] = [];
  for (const condition of conditions as readonly unknown[]) {
    const object = typeof condition === 'object' && condition !== null && !Array.isArray(condition);
    if (object && !Object.hasOwn(condition, 'name')) return null;
    const name = object ? (condition as { name: unknown }).name : condition;
    if (typeof name !== 'string') throw new TypeError('a condition is not a text');
    names.push(name);
  }
  return names;
}

function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
