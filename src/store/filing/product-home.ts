// Where a product lives. Lists know libraries by their packages, and some products are such a library: `org.apache.solr` is own code to
// those who build it. A package in which most crashes without own frames begin is taken for the product's own, from then on and for good;
// people see it and can declare otherwise. It is counted over the first crashes of a product only: what it is does not change every day.
import type { Ledger } from './ledger.ts';

/** Crashes of a product that are looked at. */
const MAX_LOOKED_AT = 1000;
/** Crashes that must begin in a package, and that more than half of all must be. */
export const ENOUGH_CRASHES = 20;
/** Packages of a product that are counted. */
const MAX_PACKAGES = 32;
/** Of crashes that have frames of the program itself. */
export const OWN_FRAMES = '';

/** Counts where a crash that was not counted before begins; `home` null: it does not tell. */
export async function noteHome(
  { packages }: Ledger,
  productId: number,
  home: string | null,
  at: number,
): Promise<void> {
  if (home === null) return;
  const known = await packages.of(productId);
  let total = 0;
  for (const { count } of known.values()) total += count;
  const counted = known.get(home);
  if (total >= MAX_LOOKED_AT || (counted === undefined && known.size >= MAX_PACKAGES)) return;
  await packages.count(productId, home);
  const count = (counted?.count ?? 0) + 1;
  if (home === OWN_FRAMES || counted?.learnedAt != null) return;
  if (count >= ENOUGH_CRASHES && 2 * count > total + 1) await packages.learn(productId, home, at);
}
