// CrashKit's client installations.
import { randomInt } from 'node:crypto';
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { requireProductId } from '../transaction/product-rows.ts';

const COOKIE_LENGTH = 12;
const COOKIE_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const insertInstallation = query<[productId: number, cookie: string, at: number]>(`
  INSERT INTO installations (product_id, cookie, created_at) VALUES (?, ?, ?)`);

const deleteBeyond = query<[keep: number]>(`
  DELETE FROM installations WHERE id <= (SELECT max(id) FROM installations) - ?`);

/** What a row takes, about; installations may take this part of the limit. */
const ROW_BYTES = 100;
const PART_OF_LIMIT = 16;
const LEAST_KEPT = 1000;

/** How many installations a store with this limit knows: anybody can ask for as many as they like. */
export function keptInstallations(maxBytes: number): number {
  return Math.max(LEAST_KEPT, Math.floor(maxBytes / PART_OF_LIMIT / ROW_BYTES));
}

/**
 * A new installation with its cookie (docs/protocols/crashkit.md: twelve letters or digits). The oldest beyond `keep` are forgotten:
 * their clients are told so with their next report, and ask for a new one.
 */
export function newInstallation(
  context: WriteContext,
  account: string,
  product: string,
  keep: number,
): { readonly id: string; readonly cookie: string } {
  const productId = requireProductId(context, account, product);
  let cookie = '';
  while (cookie.length < COOKIE_LENGTH) cookie += COOKIE_LETTERS[randomInt(COOKIE_LETTERS.length)] ?? '';
  const { lastInsertRowid } = insertInstallation(context.connection).run(productId, cookie, Date.now());
  deleteBeyond(context.connection).run(keep);
  return { id: String(lastInsertRowid), cookie };
}
