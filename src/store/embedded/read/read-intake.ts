// What the submit side asks beside products and identities: installations, blobs, payloads, the salt.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { listReports } from './list-reports.ts';

const selectInstallation = query<[id: number, cookie: string, account: string, product: string], number>(`
  SELECT 1
  FROM installations
  JOIN products ON products.id = installations.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE installations.id = ? AND installations.cookie = ? AND accounts.name = ? AND products.name = ?`);

/** Whether id and cookie belong to an installation of this product. */
export function installationKnown(
  connection: Connection,
  account: string,
  product: string,
  id: string,
  cookie: string,
): boolean {
  if (!/^[0-9]{1,15}$/.test(id)) return false;
  return selectInstallation(connection).pluck().get(Number(id), cookie, account, product) !== undefined;
}

const selectBlob = query<[account: string, product: string, hash: string], number>(`
  SELECT 1
  FROM blobs
  JOIN products ON products.id = blobs.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ? AND products.name = ? AND blobs.hash = ?`);

/** Whether a product has a blob. */
export function hasBlob(connection: Connection, account: string, product: string, hash: string): boolean {
  return selectBlob(connection).pluck().get(account, product, hash) !== undefined;
}

const selectSalt = query<[], Buffer>(`SELECT value FROM settings WHERE name = 'address_salt'`);

/** The secret that salts address hashes. */
export function addressSalt(connection: Connection): Uint8Array {
  const salt = selectSalt(connection).pluck().get();
  if (salt === undefined) throw new Error('the database has no address salt');
  return salt;
}

/** The crash id of a product's newest report, or null. */
export function newestReport(connection: Connection, account: string, product: string): string | null {
  return listReports(connection, { account, product }, { limit: 1 }).rows[0]?.crashId ?? null;
}

const newestOfToken = query<[token: string, account: string, product: string, limit: number], string>(`
  SELECT reports.crash_id
  FROM reports
  JOIN kinds ON kinds.id = reports.kind_id
  JOIN products ON products.id = kinds.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE reports.token = ? AND accounts.name = ? AND products.name = ?
  ORDER BY reports.id DESC LIMIT ?`);

/** The crash ids of a product's reports with a test token, newest first. */
export function reportsByToken(
  connection: Connection,
  account: string,
  product: string,
  token: string,
  limit: number,
): readonly string[] {
  return newestOfToken(connection).pluck().all(token, account, product, limit);
}
