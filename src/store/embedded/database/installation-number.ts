// The number of an installation within its product: what people without the right to protected data see and filter by. Made with the
// store's secret, so that nobody finds the installation by trying names, and with the product, so that it cannot be followed from
// one product to another. Nothing is stored for it beside the reports themselves, so it needs no bound of its own.
import { createHmac } from 'node:crypto';
import { query } from './query.ts';
import type { Connection } from './query.ts';

/** 40 bits: among a million installations of a product, two share a number once in two products. */
const NUMBER_BYTES = 5;

const selectSecret = query<[], Buffer>(`SELECT value FROM settings WHERE name = 'address_salt'`);
const secrets = new WeakMap<Connection, Buffer>();

/** The number of an installation of a product. */
export function installationNumber(connection: Connection, productId: number, installation: string): number {
  let secret = secrets.get(connection);
  if (secret === undefined) {
    secret = selectSecret(connection).pluck().get();
    if (secret === undefined) throw new Error('the database has no secret');
    secrets.set(connection, secret);
  }
  const text = `installation\0${productId}\0${installation}`;
  return createHmac('sha256', secret).update(text).digest().readUIntBE(0, NUMBER_BYTES);
}
