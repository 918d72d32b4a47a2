// The order of a product's versions, as far as a few of them need it.
import { versionOrder } from '../../report/version-schemes.ts';
import type { CompareVersions } from '../../report/version-schemes.ts';
import type { Ledger } from './ledger.ts';

/** The order of these versions of a product. */
export async function orderOf(
  ledger: Ledger,
  productId: number,
  versions: readonly string[],
): Promise<CompareVersions> {
  const rules = await ledger.versionRules(productId);
  const seen = new Map<string, number>();
  if (rules.scheme === 'first_seen') {
    const anchors = rules.corrections.flatMap(({ after }) => (after === null ? [] : [after]));
    for (const name of new Set([...versions, ...anchors])) {
      const label = await ledger.labels.find(productId, 'version', name);
      if (label !== null) seen.set(name, label.firstSeenAt);
    }
  }
  return versionOrder(rules, (version) => seen.get(version));
}
