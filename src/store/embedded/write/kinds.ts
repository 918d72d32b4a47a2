// Finds or makes the kind of a report: its product, protocol, version and platform in one number.
import type { Protocol } from '../../../report/report.ts';
import { query } from '../database/query.ts';
import type { Kind, WriteContext } from '../transaction/write-context.ts';

/** Beyond so many kinds of one product, new versions and platforms share the mixed kind. Clients choose both texts. */
export const MAX_KINDS_OF_PRODUCT = 3000;

type KindFields = readonly [
  productId: number,
  protocol: Protocol,
  version: string | null,
  platform: string | null,
];

const findKind = query<[...KindFields, mixed: number], number>(`
  SELECT id FROM kinds
  WHERE product_id = ? AND protocol = ? AND version IS ? AND platform IS ? AND mixed = ?`);

const countKinds = query<[productId: number, limit: number], number>(`
  SELECT count(*) FROM (SELECT 1 FROM kinds WHERE product_id = ? LIMIT ?)`);

const insertKind = query<[...KindFields, mixed: number]>(`
  INSERT INTO kinds (product_id, protocol, version, platform, mixed) VALUES (?, ?, ?, ?, ?)`);

/** The kind of a report with these fields. */
export function kindOf(context: WriteContext, ...fields: KindFields): Kind {
  const { connection, names } = context;
  const key = JSON.stringify(fields);
  const known = names.kinds.get(key);
  if (known !== undefined) return known;
  const id = findKind(connection)
    .pluck()
    .get(...fields, 0);
  const kind = id === undefined ? makeKind(context, fields) : { id, mixed: false };
  names.kinds.set(key, kind);
  return kind;
}

function makeKind({ connection }: WriteContext, fields: KindFields): Kind {
  const [productId, protocol] = fields;
  // Counted each time, also when there is a mixed kind: others go with their last report, and make room for new ones.
  const isMixed =
    (countKinds(connection).pluck().get(productId, MAX_KINDS_OF_PRODUCT) ?? 0) >= MAX_KINDS_OF_PRODUCT;
  const mixed = isMixed ? findKind(connection).pluck().get(productId, protocol, null, null, 1) : undefined;
  if (mixed !== undefined) return { id: mixed, mixed: true };
  const { lastInsertRowid } = isMixed
    ? insertKind(connection).run(productId, protocol, null, null, 1)
    : insertKind(connection).run(...fields, 0);
  return { id: Number(lastInsertRowid), mixed: isMixed };
}
