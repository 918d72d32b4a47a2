// The distinct installations of products: those that were not heard of for long go, and where a product has nearly as many as are counted,
// those that crashed once, heard of longest ago first. Anybody can make names up; without room, no new installation would ever be counted.
import { MAX_OF_PRODUCT } from '../../filing/affected.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

/** Rows of one step. */
const MAX_OF_STEP = 8192;
/** From this share of the ceiling on room is made for newcomers. */
const CROWDED = 0.9;

/** How long installations stay. */
export interface InstallationChoice {
  /** Days since 1970. */
  readonly today: number;
  /** Null: they have no age. */
  readonly keepDays: number | null;
  /** Of one product; the ceiling where it is absent. */
  readonly most?: number;
}

const crowded = query<[most: number], { id: number; beyond: number }>(`
  SELECT id, installations - ? AS beyond FROM products WHERE beyond > 0`);

const aged = query<[before: number], number>(`
  SELECT id FROM products
  WHERE (SELECT min(last_day) FROM product_installations WHERE product_id = products.id) < ?`);

type Choice = [{ product: number; before: number; seldom: number; limit: number }];

const forget = query<Choice>(`
  DELETE FROM product_installations WHERE product_id = @product AND installation IN (
    SELECT installation FROM product_installations INDEXED BY product_installations_by_day
    WHERE product_id = @product AND last_day < @before AND count <= @seldom ORDER BY last_day LIMIT @limit)`);

const uncount = query<[by: number, id: number]>(
  `UPDATE products SET installations = installations - ? WHERE id = ?`,
);

/** One step; gives how many went. Bugs and cases keep theirs: they go with them. */
export function forgetInstallations(
  { connection }: WriteContext,
  { today, keepDays, most = MAX_OF_PRODUCT }: InstallationChoice,
): number {
  const end = today + 2;
  let gone = 0;
  if (keepDays !== null) {
    const before = today - keepDays;
    for (const product of aged(connection).pluck().all(before)) {
      if (gone >= MAX_OF_STEP) return gone;
      const limit = MAX_OF_STEP - gone;
      gone += forgetSome(connection, { product, before, seldom: Number.MAX_SAFE_INTEGER, limit });
    }
  }
  for (const { id: product, beyond } of crowded(connection).all(Math.floor(most * CROWDED))) {
    const limit = Math.min(beyond, MAX_OF_STEP - gone);
    if (limit <= 0) return gone;
    const once = forgetSome(connection, { product, before: end, seldom: 1, limit });
    gone += once;
    if (once === 0)
      gone += forgetSome(connection, { product, before: end, seldom: Number.MAX_SAFE_INTEGER, limit });
  }
  return gone;
}

function forgetSome(connection: Connection, choice: Choice[0]): number {
  const { changes } = forget(connection).run(choice);
  if (changes > 0) uncount(connection).run(changes, choice.product);
  return changes;
}
