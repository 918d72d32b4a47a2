// Keys of fixed length, made of parts.
import { hash } from 'node:crypto';

/** A key of parts. The prefix says what was hashed. */
export function hashedKey(prefix: string, parts: readonly unknown[]): string {
  return prefix + hash('sha1', JSON.stringify(parts), 'hex');
}
