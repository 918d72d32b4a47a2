// The products of which lists, searches and counts may have something for one person: every read of more than one of them is given this.
import type { Within } from '../../store/reports.ts';
import { isAtLeast } from '../../store/rights.ts';
import type { Rights, Role } from '../../store/rights.ts';

/** Null: the whole installation, what belongs to no product included. */
export function withinOf(rights: Rights, role: Role = 'read'): Within | null {
  if (rights.isWhole && role === 'read') return null;
  return {
    accounts: rights.accounts
      .filter(({ everyProduct }) => isAtLeast(everyProduct?.role ?? null, role))
      .map(({ account }) => account),
    products: rights.accounts.flatMap(({ account, products }) =>
      [...products]
        .filter(([, right]) => isAtLeast(right.role, role))
        .map(([product]) => ({ account, product })),
    ),
  };
}
