// Keys of fixed length, made of parts.
import { createHash } from 'node:crypto';

/** A key of parts. The prefix says what was hashed. */
export function hashedKey(prefix: string, parts: readonly unknown[]): string {
  return prefix + createHash('sha1').update(JSON.stringify(parts)).digest('hex');
}
