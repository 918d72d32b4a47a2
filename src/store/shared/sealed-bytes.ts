// Bytes and texts as they are stored where a store is encrypted at rest: AES-256-GCM (NIST SP 800-38D) under a data key, with the id of that key,
// and bound to what they are for. Pure: which keys there are is the store's affair.
//
// Bytes are a skippable zstd frame (RFC 8878, section 3.1.2), so that files of frames stay files of frames:
//   magic (4), length (4), id of the data key (4), nonce (12), ciphertext, tag (16)
// Texts are `sealed:2:` and the same without magic and length as base64url.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const ID_BYTES = 4;
/** SP 800-38D 8.2.2: random nonces of 96 bits, for at most 2^32 messages of one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MAGIC = 0x184d2a5b;
const HEAD_BYTES = 8;
const PREFIX = 'sealed:2:';
/** Of the shortest text that was sealed, the empty one. */
const LEAST_TEXT = PREFIX.length + Math.ceil(((ID_BYTES + NONCE_BYTES + TAG_BYTES) * 4) / 3);

/** What sealed bytes are longer than their original. */
const SEAL_BYTES = HEAD_BYTES + ID_BYTES + NONCE_BYTES + TAG_BYTES;

/** A key that seals data. */
export interface DataKey {
  /** Eight hex digits, random: they say nothing of the key. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** Finds a data key by its id; undefined: it is not known. */
export type FindKey = (id: string) => DataKey | undefined;

/** Thrown where what was sealed does not open: it was changed or moved, or its key is not known. */
export class DoesNotOpen extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DoesNotOpen';
  }
}

/** A fresh key as it is wrapped: id, then 32 bytes in base64. */
export function newDataKey(): { readonly id: string; readonly secret: string } {
  return {
    id: randomBytes(ID_BYTES).toString('hex'),
    secret: randomBytes(KEY_BYTES).toString('base64'),
  };
}

/** The key of an id and what `newDataKey` gave as its secret. */
export function dataKeyOf(id: string, secret: string): DataKey {
  const bytes = new Uint8Array(Buffer.from(secret, 'base64'));
  if (bytes.length !== KEY_BYTES || !/^[0-9a-f]{8}$/.test(id)) throw new DoesNotOpen(`${id} is no data key`);
  return { id, bytes };
}

/** Seals bytes. `purpose` says what they are for: moved elsewhere, they do not open. */
export function sealBytes(key: DataKey, bytes: Uint8Array, purpose: string): Buffer {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt32LE(bytes.length + SEAL_BYTES - HEAD_BYTES, 4);
  return Buffer.concat([head, ...encrypt(key, bytes, purpose)]);
}

/** Whether bytes look as sealed ones do. */
export function areSealed(bytes: Uint8Array): boolean {
  if (bytes.length < SEAL_BYTES) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEAD_BYTES);
  return view.getUint32(0, true) === MAGIC && view.getUint32(4, true) === bytes.length - HEAD_BYTES;
}

/** The original of sealed bytes; others as they are. Throws `DoesNotOpen`. */
export function openBytes(find: FindKey, bytes: Uint8Array, purpose: string): Uint8Array {
  return areSealed(bytes) ? decrypt(find, bytes.subarray(HEAD_BYTES), purpose) : bytes;
}

/** Seals a text. */
export function sealText(key: DataKey, text: string, purpose: string): string {
  return PREFIX + Buffer.concat(encrypt(key, Buffer.from(text), purpose)).toString('base64url');
}

/** Whether a text looks as sealed ones do. */
function isSealedText(text: string): boolean {
  return text.startsWith(PREFIX) && text.length >= LEAST_TEXT && /^[\w-]+$/.test(text.slice(PREFIX.length));
}

/** The original of a sealed text; others as they are. Throws `DoesNotOpen`. */
export function openText(find: FindKey, text: string, purpose: string): string {
  if (!isSealedText(text)) return text;
  return decrypt(find, Buffer.from(text.slice(PREFIX.length), 'base64url'), purpose).toString('utf8');
}

function encrypt({ id, bytes: key }: DataKey, bytes: Uint8Array, purpose: string): Buffer[] {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(boundTo(id, purpose));
  return [Buffer.from(id, 'hex'), nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()];
}

function decrypt(find: FindKey, sealed: Uint8Array, purpose: string): Buffer {
  const id = Buffer.from(sealed.subarray(0, ID_BYTES)).toString('hex');
  const key = find(id);
  if (key === undefined) throw new DoesNotOpen(`the data key ${id} is not known`);
  const nonce = sealed.subarray(ID_BYTES, ID_BYTES + NONCE_BYTES);
  try {
    const decipher = createDecipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES })
      .setAAD(boundTo(id, purpose))
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    const original = decipher.update(sealed.subarray(ID_BYTES + NONCE_BYTES, -TAG_BYTES));
    // GCM gives nothing more at the end: it checks the tag.
    decipher.final();
    return original;
  } catch (error) {
    throw new DoesNotOpen(`what was sealed for ${purpose} was changed or moved`, { cause: error });
  }
}

function boundTo(id: string, purpose: string): Buffer {
  return Buffer.from(`mayday sealed:2 ${id} ${purpose}`);
}
