// Methods that are named as an interface of collections or properties prescribes.
import { readFileSync } from 'node:fs';

const NAMES: ReadonlySet<string> = new Set(
  readFileSync(new URL('lists/accessors.txt', import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#')),
);

/** Whether a method says what is done and not with what. */
export function isAccessor(member: string): boolean {
  return NAMES.has(member.toLowerCase());
}
