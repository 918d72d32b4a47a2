// The number of an installation within its product: what people without the right to protected data see and filter by. Made with the
// store's secret, so that nobody finds the installation by trying names, and with the product, so that it cannot be followed from
// one product to another. Nothing is stored for it beside the reports themselves, so it needs no bound of its own.
import { hash } from 'node:crypto';
import { query } from './query.ts';
import type { Connection } from './query.ts';

/** 40 bits: among a million installations of a product, two share a number once in two products. */
export const NUMBER_BYTES = 5;

const selectSecret = query<[], Buffer>(`SELECT value FROM settings WHERE name = 'address_salt'`);
/** A secret as HMAC uses it: padded to a block, and masked for the inner and for the outer hash. */
interface Keys {
  readonly inner: Buffer;
  readonly outer: Buffer;
}
const known = new WeakMap<Connection, Keys>();

/** The number of an installation of a product. */
export function installationNumber(connection: Connection, productId: number, installation: string): number {
  let keys = known.get(connection);
  if (keys === undefined) {
    const secret = selectSecret(connection).pluck().get();
    if (secret === undefined) throw new Error('the database has no secret');
    known.set(connection, (keys = keysOf(secret)));
  }
  const text = Buffer.from(`installation\0${productId}\0${installation}`);
  return hmacSha256(keys, text).readUIntBE(0, NUMBER_BYTES);
}

const BLOCK_BYTES = 64;

function keysOf(secret: Buffer): Keys {
  const key = Buffer.alloc(BLOCK_BYTES);
  key.set(secret.length > BLOCK_BYTES ? hash('sha256', secret, 'buffer') : secret);
  return { inner: key.map((byte) => byte ^ 0x36) as Buffer, outer: key.map((byte) => byte ^ 0x5c) as Buffer };
}

/** HMAC-SHA256 (RFC 2104) out of two one-shot hashes: every report needs one, and an `Hmac` object takes six times as long to make. */
function hmacSha256({ inner, outer }: Keys, text: Buffer): Buffer {
  const first = hash('sha256', Buffer.concat([inner, text]), 'buffer');
  return hash('sha256', Buffer.concat([outer, first]), 'buffer');
}
