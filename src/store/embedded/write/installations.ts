// CrashKit's client installations.
import { randomInt } from 'node:crypto';
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { requireProductId } from '../transaction/product-rows.ts';

const COOKIE_LENGTH = 12;
const COOKIE_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const insertInstallation = query<[productId: number, cookie: string, at: number]>(`
  INSERT INTO installations (product_id, cookie, created_at) VALUES (?, ?, ?)`);

/** A new installation with its cookie (docs/protocols/crashkit.md: twelve letters or digits). */
export function newInstallation(
  context: WriteContext,
  account: string,
  product: string,
): { readonly id: string; readonly cookie: string } {
  const productId = requireProductId(context, account, product);
  let cookie = '';
  while (cookie.length < COOKIE_LENGTH) cookie += COOKIE_LETTERS[randomInt(COOKIE_LETTERS.length)] ?? '';
  const { lastInsertRowid } = insertInstallation(context.connection).run(productId, cookie, Date.now());
  return { id: String(lastInsertRowid), cookie };
}
