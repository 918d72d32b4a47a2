// Where bugs stand in a list: a place is what an order goes by, part after part; the number of the bug decides last.
import { compareVersions } from '../../../report/version-order.ts';
import type { CompareVersions } from '../../../report/version-schemes.ts';
import { TEXT_ORDERS } from '../../bugs.ts';
import type { BugFilter } from '../../bugs.ts';

/** Null: the bug has nothing of the kind. */
export type Place = readonly (number | string | null)[];

/** Numbers, times and versions begin with the greatest, texts with A. */
export function isDescending({
  order = 'week',
  reversed = false,
}: Pick<BugFilter, 'order' | 'reversed'>): boolean {
  return TEXT_ORDERS.has(order) === reversed;
}

/** Below zero: `a` comes first. What a bug has nothing of comes last, whichever way the list goes. */
export function placeOrder(isGreatestFirst: boolean): (a: Place, b: Place) => number {
  const sign = isGreatestFirst ? -1 : 1;
  return (a, b) => {
    for (const [index, value] of a.entries()) {
      const other = b[index] ?? null;
      if (value === null || other === null) {
        if (value !== other) return value === null ? 1 : -1;
        continue;
      }
      const [one, two] =
        typeof value === 'string' && typeof other === 'string'
          ? [lowerAscii(value), lowerAscii(other)]
          : [value, other];
      if (one !== two) return one < two ? -sign : sign;
    }
    return 0;
  };
}

/** As SQLite's NOCASE: other letters keep their case. */
function lowerAscii(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Names in one text, as a row shows them; null: there is none. */
export function joined(names: readonly string[]): string | null {
  return names.length === 0 ? null : names.toSorted().join(', ');
}

/**
 * The newest and then the oldest version of each bug, as numbers that stand for their order. Each product orders its own versions; where bugs
 * are of several products, the general order tells between them.
 */
export function versionPlaces(
  bugs: readonly { readonly id: number; readonly productId: number }[],
  versionsOf: (id: number) => readonly string[],
  orderOf: (productId: number) => CompareVersions,
): ReadonlyMap<number, Place> {
  const byProduct = Map.groupBy(bugs, ({ productId }) => productId);
  const ends = new Map<number, readonly [newest: string, oldest: string]>();
  let order: CompareVersions = compareVersions;
  for (const [productId, some] of byProduct) {
    const own = orderOf(productId);
    if (byProduct.size === 1) order = own;
    const rankOf = ranks(new Set(some.flatMap(({ id }) => versionsOf(id))), own);
    for (const { id } of some) {
      let [newest, oldest]: (string | undefined)[] = [];
      for (const version of versionsOf(id)) {
        const rank = rankOf.get(version) ?? 0;
        if (newest === undefined || rank > (rankOf.get(newest) ?? 0)) newest = version;
        if (oldest === undefined || rank < (rankOf.get(oldest) ?? 0)) oldest = version;
      }
      if (newest !== undefined && oldest !== undefined) ends.set(id, [newest, oldest]);
    }
  }
  const rankOf = ranks(new Set([...ends.values()].flat()), order);
  return new Map(
    bugs.map(({ id }) => {
      const [newest, oldest] = ends.get(id) ?? [];
      return [id, [rankOf.get(newest ?? '') ?? null, rankOf.get(oldest ?? '') ?? null, id]];
    }),
  );
}

/** Versions that are one in the order share a number. */
function ranks(versions: ReadonlySet<string>, order: CompareVersions): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  let before: string | undefined;
  let rank = 0;
  for (const version of [...versions].toSorted(order)) {
    if (before !== undefined && order(before, version) !== 0) rank += 1;
    found.set(version, rank);
    before = version;
  }
  return found;
}
