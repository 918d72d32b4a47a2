// How a product orders its versions: what people decided, and when each version was seen first.
import { versionOrder } from '../../../report/version-schemes.ts';
import type { CompareVersions, VersionRules } from '../../../report/version-schemes.ts';
import { DEFAULT_RULES } from '../../shared/default-rules.ts';
import { query } from './query.ts';
import type { Connection } from './query.ts';

const selectRules = query<[productId: number], string>(
  `SELECT rules FROM product_rules WHERE product_id = ?`,
);
const firstSeen = query<[productId: number], { name: string; at: number }>(`
  SELECT name, first_seen_at AS at FROM labels WHERE product_id = ? AND what = 'version'`);

export function versionRules(connection: Connection, productId: number): VersionRules {
  const json = selectRules(connection).pluck().get(productId);
  const rules = json === undefined ? {} : (JSON.parse(json) as Partial<typeof DEFAULT_RULES>);
  return {
    scheme: rules.versionScheme ?? DEFAULT_RULES.versionScheme,
    corrections: rules.versionCorrections ?? DEFAULT_RULES.versionCorrections,
  };
}

/** The order of a product's versions. */
export function productVersionOrder(connection: Connection, productId: number): CompareVersions {
  const rules = versionRules(connection, productId);
  let seen: ReadonlyMap<string, number> | undefined;
  return versionOrder(rules, (version) => {
    seen ??= new Map(
      firstSeen(connection)
        .all(productId)
        .map(({ name, at }) => [name, at]),
    );
    return seen.get(version);
  });
}
