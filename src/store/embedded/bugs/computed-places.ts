// Places of bugs in orders that no index has: by what their rows show of other tables, or by columns that lists are seldom sorted by. Bugs are
// few beside reports, so all that a filter leaves are looked at.
import type { BugOrder } from '../../bugs.ts';
import { dayOf } from '../../shared/days.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { productVersionOrder } from '../database/version-rules.ts';
import { joined, versionPlaces } from './list-places.ts';
import type { Place } from './list-places.ts';
import { BAR_DAYS } from './bug-row.ts';

/** A bug with what these orders read of its own row. */
export interface PlacedBug {
  readonly id: number;
  readonly productId: number;
  readonly kind: string;
  readonly assignee: string | null;
  readonly ticket: string | null;
  /** As crashes said when they arrived; counts where the series of the bug name none. */
  readonly firstVersion: string | null;
  readonly lastVersion: string | null;
}

const COMPUTED_ORDERS = ['users', 'product', 'days', 'versions', 'platforms', 'kind', 'assignee'] as const;
export type ComputedOrder = (typeof COMPUTED_ORDERS)[number];

export function isComputed(order: BugOrder): order is ComputedOrder {
  return (COMPUTED_ORDERS as readonly BugOrder[]).includes(order);
}

const namesOfProducts = query<[], { id: number; product: string; account: string }>(`
  SELECT products.id, products.name AS product, accounts.name AS account
  FROM products JOIN accounts ON accounts.id = products.account_id`);
const daysSince = query<[day: number, to: number], [bugId: number, count: number]>(`
  SELECT bug_id, sum(count) FROM bug_days WHERE day >= ? AND day <= ? GROUP BY bug_id`);
const labelsOf = (column: 'version_id' | 'platform_id') =>
  query<[], [bugId: number, name: string]>(`
    SELECT bug_id, name FROM (SELECT DISTINCT bug_id, ${column} AS label FROM bug_series) JOIN labels ON labels.id = label`);
const versionsOfBugs = labelsOf('version_id');
const platformsOfBugs = labelsOf('platform_id');

/** How many users the crashes of bugs name; searches know. */
export type UsersOf = (connection: Connection, bugs: readonly number[]) => ReadonlyMap<number, number>;

/** The place of each bug. */
export function computedPlaces(
  connection: Connection,
  order: ComputedOrder,
  bugs: readonly PlacedBug[],
  { now, usersOf }: { readonly now: number; readonly usersOf: UsersOf },
): ReadonlyMap<number, Place> {
  switch (order) {
    case 'users': {
      const counts = usersOf(
        connection,
        bugs.map(({ id }) => id),
      );
      return places(bugs, ({ id }) => [counts.get(id) ?? 0]);
    }
    case 'product': {
      const names = new Map(
        namesOfProducts(connection)
          .all()
          .map((one) => [one.id, one]),
      );
      return places(bugs, ({ productId }) => [
        names.get(productId)?.product ?? null,
        names.get(productId)?.account ?? null,
      ]);
    }
    case 'days': {
      const today = dayOf(now);
      const counts = new Map(
        daysSince(connection)
          .raw()
          .all(today - BAR_DAYS + 1, today),
      );
      return places(bugs, ({ id }) => [counts.get(id) ?? 0]);
    }
    case 'versions': {
      const seen = byBug(versionsOfBugs(connection).raw().all());
      const own = new Map(bugs.map((bug) => [bug.id, [bug.firstVersion, bug.lastVersion]]));
      return versionPlaces(
        bugs,
        (id) => seen.get(id) ?? (own.get(id) ?? []).filter((version) => version !== null),
        (productId) => productVersionOrder(connection, productId),
      );
    }
    case 'platforms': {
      const seen = byBug(platformsOfBugs(connection).raw().all());
      return places(bugs, ({ id }) => [joined(seen.get(id) ?? [])]);
    }
    case 'kind':
      return places(bugs, ({ kind }) => [kind]);
    default:
      return places(bugs, ({ assignee, ticket }) => [assignee, ticket]);
  }
}

function places(bugs: readonly PlacedBug[], of: (bug: PlacedBug) => Place): ReadonlyMap<number, Place> {
  return new Map(bugs.map((bug) => [bug.id, [...of(bug), bug.id]]));
}

function byBug(
  rows: readonly (readonly [bugId: number, name: string])[],
): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, string[]>();
  for (const [bugId, name] of rows) {
    const names = found.get(bugId);
    if (names === undefined) found.set(bugId, [name]);
    else names.push(name);
  }
  return found;
}
