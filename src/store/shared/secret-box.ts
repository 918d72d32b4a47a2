// Secrets that Mayday must be able to read again (of webhooks, trackers, second factors), sealed with a key that lies apart from the database:
// AES-256-GCM with the id of its key, so that keys can change one after the other. Pure: where keys come from is the store's affair.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const KEY_BYTES = 32;
/** NIST SP 800-38D 8.2: 96 random bits; one key seals far fewer than 2^32 secrets. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Keys that are kept for what they sealed, here and in older backups: a change each month for eight years. */
export const MAX_KEYS = 100;
/** What stands above a key in a file: when another one took its place. */
const RETIRED = /^# retired (\d{4}-\d\d-\d\dT[\d:.]+Z)/;

/** `sealed:1:<id of the key>:<nonce, ciphertext and tag as base64url>` */
const SEALED = /^sealed:1:([0-9a-f]{8}):([\w-]{38,})$/;

export interface SecretKey {
  /** The first eight hex digits of a hash of the key: it says which one is missing, and nothing of the key. */
  readonly id: string;
  readonly bytes: Buffer;
  /** Since when another key seals, milliseconds since 1970; null: nobody wrote that down, or it seals. */
  readonly retiredAt: number | null;
}

/** The keys that are known. The first one seals, all of them open. */
export type KeyRing = readonly [SecretKey, ...SecretKey[]];

/** Thrown where keys cannot be read, or the key of a secret is not among them; the message is a sentence for the operator. */
export class SecretsLocked extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SecretsLocked';
  }
}

/** A fresh key. */
export function newKey(): SecretKey {
  return keyOf(randomBytes(KEY_BYTES));
}

function keyOf(bytes: Buffer, retiredAt: number | null = null): SecretKey {
  const id = createHash('sha256').update('mayday key id').update(bytes).digest('hex').slice(0, 8);
  return { id, bytes, retiredAt };
}

/** Keys as text: one a line, 32 bytes as base64, the one that seals first; lines that begin with `#` say something to people. */
export function parseKeys(text: string, from: string): KeyRing {
  const keys: SecretKey[] = [];
  let retiredAt: number | null = null;
  for (const line of text.split(/\r?\n/).map((each) => each.trim())) {
    const retired = RETIRED.exec(line)?.[1];
    if (retired !== undefined) retiredAt = momentOf(retired);
    if (line === '' || line.startsWith('#')) continue;
    const bytes = Buffer.from(line, 'base64');
    if (!/^[A-Za-z0-9+/]{43}=$/.test(line) || bytes.length !== KEY_BYTES) {
      throw new SecretsLocked(
        `${from} has a line that is no key: each is 32 bytes as base64, 44 characters.`,
      );
    }
    // Leaving some out could lose what they sealed.
    if (keys.length >= MAX_KEYS) throw new SecretsLocked(`${from} has more than ${MAX_KEYS} keys.`);
    keys.push(keyOf(bytes, retiredAt));
    retiredAt = null;
  }
  const [first, ...others] = keys;
  if (first === undefined) throw new SecretsLocked(`${from} has no key.`);
  return [first, ...others];
}

function momentOf(text: string): number | null {
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? null : moment;
}

/** The text of keys, for `parseKeys`. */
export function formatKeys(ring: KeyRing): string {
  const head =
    '# Keys of the secrets in the database: the first one seals, all of them open. Keep a copy apart from backups.';
  const lines = ring.flatMap(({ bytes, retiredAt }) => [
    ...(retiredAt === null
      ? []
      : [`# retired ${new Date(retiredAt).toISOString()}: backups from before may need this one`]),
    bytes.toString('base64'),
  ]);
  return `${[head, ...lines].join('\n')}\n`;
}

/** Whether a text is a sealed secret. */
export function isSealed(text: string): boolean {
  return SEALED.test(text);
}

/** Which key sealed a text; null: none did. */
export function keyIdOf(text: string): string | null {
  return SEALED.exec(text)?.[1] ?? null;
}

/** Seals a text. `place` says what it is for: moved to another place, it does not open. */
export function seal(ring: KeyRing, text: string, place: string): string {
  const [{ id, bytes }] = ring;
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', bytes, nonce).setAAD(boundTo(id, place));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return `sealed:1:${id}:${Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url')}`;
}

/** Opens what `seal` made. Throws `SecretsLocked` where its key is not in the ring, or it was changed or moved. */
export function openSealed(ring: KeyRing, sealed: string, place: string): string {
  const [, id, body] = SEALED.exec(sealed) ?? [];
  const key = ring.find((known) => known.id === id);
  if (id === undefined || body === undefined || key === undefined) {
    throw new SecretsLocked(`The key ${id ?? 'of a secret'} is not among those that are known.`);
  }
  const bytes = Buffer.from(body, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, NONCE_BYTES))
      .setAAD(boundTo(id, place))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch (error) {
    throw Object.assign(
      new SecretsLocked('A secret does not open: it was changed, or belongs to another place.'),
      { cause: error },
    );
  }
}

function boundTo(id: string, place: string): Buffer {
  return Buffer.from(`mayday sealed:1 ${id} ${place}`);
}
