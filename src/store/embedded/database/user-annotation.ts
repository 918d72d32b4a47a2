// The annotation that tells the users of a product apart, where its rules name one.
import { query } from './query.ts';
import type { Connection } from './query.ts';

const selectAnnotation = query<[productId: number], string | null>(`
  SELECT json_extract(rules, '$.userAnnotation') FROM product_rules WHERE product_id = ?`);

export function userAnnotation(connection: Connection, productId: number): string | null {
  return selectAnnotation(connection).pluck().get(productId) ?? null;
}
