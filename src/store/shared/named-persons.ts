// Where a report names people: the user of the program, and mail addresses. One rule for erasing, for applying an erasure again, and for exports.
import { hash } from 'node:crypto';

/** What a report says: section (empty: an annotation), key, value. */
export type SaidPair = readonly [section: string, key: string, value: string];

/** `user`: as the report has it; `mail`: without spaces around it, in lower case. */
export interface NamedPerson {
  readonly kind: 'user' | 'mail';
  readonly value: string;
}

/** Keys by which programs name their users; a number alone could stand for anything elsewhere. */
const NAMES_USER =
  /(?:^|[._\- ])(?:user|uid|login|account|member|customer|person)(?:[._\- ]?(?:id|name|guid|uuid))?$/i;

/** Everybody whom these pairs name; somebody who is named twice comes twice. */
export function* personsIn(pairs: Iterable<SaidPair>): Generator<NamedPerson> {
  for (const [section, key, value] of pairs) {
    if (section.toLowerCase() === 'user' || NAMES_USER.test(key)) yield { kind: 'user', value };
    const lower = mailOf(value);
    if (lower.includes('@')) yield { kind: 'mail', value: lower };
  }
}

/** A mail address as it is compared. */
export function mailOf(text: string): string {
  return text.trim().toLowerCase();
}

/** The SHA-256 of a mail address as it is compared, hex. */
export function mailHashOf(text: string): string {
  return hash('sha256', mailOf(text));
}

/** What sums and sessions keep of a user or an installation: the first 8 bytes of the SHA-256. */
export function markOfName(name: string): Uint8Array {
  return hash('sha256', name.toWellFormed(), 'buffer').subarray(0, 8);
}
