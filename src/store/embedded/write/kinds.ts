// Finds or makes the kind of a report: its product, protocol, version and platform in one number.
import type { Protocol } from '../../../report/report.ts';
import { query } from '../database/query.ts';
import type { WriteContext } from './context.ts';

/** Beyond so many kinds of one product, new versions and platforms share the mixed kind. Clients choose both texts. */
export const MAX_KINDS_OF_PRODUCT = 1000;

type KindFields = readonly [
  productId: number,
  protocol: Protocol,
  version: string | null,
  platform: string | null,
];

const findKind = query<[...KindFields, mixed: number], number>(`
  SELECT id FROM kinds
  WHERE product_id = ? AND protocol = ? AND version IS ? AND platform IS ? AND mixed = ?`);

const countKinds = query<[productId: number], number>(`SELECT count(*) FROM kinds WHERE product_id = ?`);

const insertKind = query<[...KindFields, mixed: number]>(`
  INSERT INTO kinds (product_id, protocol, version, platform, mixed) VALUES (?, ?, ?, ?, ?)`);

/** The id of the kind of a report with these fields. */
export function kindOf(context: WriteContext, ...fields: KindFields): number {
  const { connection, names } = context;
  const key = JSON.stringify(fields);
  const known = names.kinds.get(key);
  if (known !== undefined) return known;
  const id =
    findKind(connection)
      .pluck()
      .get(...fields, 0) ?? makeKind(context, fields);
  if (names.kinds.size > 20_000) names.kinds.clear();
  names.kinds.set(key, id);
  return id;
}

function makeKind({ connection }: WriteContext, fields: KindFields): number {
  const [productId, protocol] = fields;
  if ((countKinds(connection).pluck().get(productId) ?? 0) < MAX_KINDS_OF_PRODUCT) {
    return Number(insertKind(connection).run(...fields, 0).lastInsertRowid);
  }
  const mixed = findKind(connection).pluck().get(productId, protocol, null, null, 1);
  return mixed ?? Number(insertKind(connection).run(productId, protocol, null, null, 1).lastInsertRowid);
}
