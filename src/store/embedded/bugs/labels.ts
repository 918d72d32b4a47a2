// Versions and platforms by number. Clients choose them, so their number is bounded for each product.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

const MAX_LABELS = { version: 1000, platform: 50 };

/** The number of no label, and of all labels beyond the bound. */
export const NO_LABEL = 0;

/** A version or platform in the database. */
export interface Label {
  readonly id: number;
  readonly firstSeenAt: number;
}

const findLabel = query<[productId: number, what: string, name: string], Label>(`
  SELECT id, first_seen_at AS firstSeenAt FROM labels WHERE product_id = ? AND what = ? AND name = ?`);

const countLabels = query<[productId: number, what: string], number>(`
  SELECT count(*) FROM labels WHERE product_id = ? AND what = ?`);

const insertLabel = query<[productId: number, what: string, name: string, at: number]>(`
  INSERT INTO labels (product_id, what, name, first_seen_at) VALUES (?, ?, ?, ?)`);

const seenEarlier = query<[at: number, id: number]>(`UPDATE labels SET first_seen_at = ? WHERE id = ?`);

/** Finds or makes the label of a name that was seen at `at`. */
export function labelOf(
  connection: Connection,
  productId: number,
  what: 'version' | 'platform',
  { name, at }: { readonly name: string | null; readonly at: number },
): Label {
  if (name === null) return { id: NO_LABEL, firstSeenAt: at };
  const known = findLabel(connection).get(productId, what, name);
  if (known !== undefined) {
    if (at >= known.firstSeenAt) return known;
    seenEarlier(connection).run(at, known.id);
    return { ...known, firstSeenAt: at };
  }
  if ((countLabels(connection).pluck().get(productId, what) ?? 0) >= MAX_LABELS[what]) {
    return { id: NO_LABEL, firstSeenAt: at };
  }
  const { lastInsertRowid } = insertLabel(connection).run(productId, what, name, at);
  return { id: Number(lastInsertRowid), firstSeenAt: at };
}
