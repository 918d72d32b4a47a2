// The bug list: any order and filter, by key. Each state, of each product that is asked for, is a walk along an index; the walks are
// merged. Filters without an index of their own are checked on the way: the number of bugs is small beside that of reports.
import { BUG_STATES } from '../../bugs.ts';
import type { BugFilter, BugOrder, BugRow, BugState } from '../../bugs.ts';
import type { Page, PageRequest } from '../../reports.ts';
import { prepared } from '../database/prepared.ts';
import type { Connection } from '../database/query.ts';
import { isDescending, placeOrder } from './list-places.ts';
import type { Place } from './list-places.ts';
import { productIdsWithin } from '../database/products-within.ts';
import { bugRow } from './bug-row.ts';
import { computedPlaces, isComputed } from './computed-places.ts';
import type { ComputedOrder, PlacedBug, UsersOf } from './computed-places.ts';
import { withSpans } from './bug-spans.ts';

const MAX_PAGE = 200;
const MAX_WORDS = 8;
/** With more products than this, one walk over all of them is less work than one for each. */
const MAX_WALKS = 16;

/** Orders that an index has. */
type Order = Exclude<BugOrder, ComputedOrder>;

/** What each order sorts by; the id decides last. */
const SORTED_BY = {
  week: ['last_week', 'fresh', 'count', 'id'],
  count: ['count', 'id'],
  installations: ['installations', 'id'],
  last_seen: ['last_seen_at', 'id'],
  first_seen: ['first_seen_at', 'id'],
  title: ['title COLLATE NOCASE', 'id'],
} as const satisfies Record<Order, readonly string[]>;

/** One page of the list. */
export function listBugs(
  connection: Connection,
  filter: BugFilter,
  page: PageRequest,
  now: number,
  usersOf: UsersOf = NOBODY,
): Page<BugRow> {
  const limit = Math.min(Math.max(Math.floor(page.limit), 1), MAX_PAGE);
  const { order = 'week' } = filter;
  if (isComputed(order))
    return computedPage(connection, { ...filter, order }, { ...page, limit }, { now, usersOf });
  const after = placeOfCursor(page.cursor, order);
  const states: readonly BugState[] = filter.state === undefined ? BUG_STATES : [filter.state];
  const products = productIdsWithin(connection, filter);
  const walked = products !== null && products.length <= MAX_WALKS ? products : [null];
  const places: Place[] = [];
  for (const state of states) {
    for (const productId of walked) {
      places.push(
        ...placesOf(connection, { ...filter, order, state, productId, products }, after, limit + 1),
      );
    }
  }
  places.sort(placeOrder(isDescending(filter)));
  const shown = places.slice(0, limit);
  const last = shown.at(-1);
  return {
    rows: withSpans(
      connection,
      shown.flatMap((place) => bugRow(connection, Number(place.at(-1) ?? 0), now) ?? []),
    ),
    next: places.length > limit && last !== undefined ? cursorOf(order, last) : null,
  };
}

/** A page of an order that no index has: its cursor says how many bugs came before. */
function computedPage(
  connection: Connection,
  filter: BugFilter & { readonly order: ComputedOrder },
  { limit, cursor }: PageRequest,
  { now, usersOf }: { readonly now: number; readonly usersOf: UsersOf },
): Page<BugRow> {
  const compare = placeOrder(isDescending(filter));
  const ids = matchingBugs(connection, filter, now, usersOf)
    .filter(({ shelf }) => filter.state === undefined || shelf === filter.state)
    .toSorted((a, b) => compare(a.sortedBy, b.sortedBy))
    .map(({ id }) => id);
  const start = startOf(cursor);
  const rows = withSpans(
    connection,
    ids.slice(start, start + limit).flatMap((id) => bugRow(connection, id, now) ?? []),
  );
  const users = filter.order === 'users' ? usersOf(connection, ids.slice(start, start + limit)) : null;
  return {
    rows:
      users === null ? rows : rows.map((row) => Object.assign({}, row, { users: users.get(row.id) ?? 0 })),
    next: start + limit < ids.length ? String(start + limit) : null,
  };
}

const NOBODY: UsersOf = () => new Map();

/** The beginning of a page of which the cursor is a number; somebody else's begins anew. */
export function startOf(cursor: string | undefined): number {
  return /^\d{1,7}$/.test(cursor ?? '') ? Number(cursor) : 0;
}

/** One walk: of a state, and of one product or (null) of those in `products` (null: all). */
export type Walk = Omit<BugFilter, 'account' | 'product' | 'within'> & {
  readonly order: Order;
  readonly state: BugState;
  readonly productId: number | null;
  readonly products: readonly number[] | null;
};

function placesOf(connection: Connection, walk: Walk, after: Place | null, limit: number): readonly Place[] {
  const { sql, parameters } = walkQuery(walk, after, limit);
  return prepared<Record<string, unknown>, (number | string)[]>(connection, sql).raw().all(parameters);
}

/** The statement of a walk; exported for the test that looks at its plan. */
export function walkQuery(
  walk: Walk,
  after: Place | null,
  limit: number,
): { readonly sql: string; readonly parameters: Record<string, unknown> } {
  const { state, order, productId, products } = walk;
  const columns = SORTED_BY[order];
  const conditions = ['shelf = @state', ...filterConditions(walk)];
  const parameters: Record<string, unknown> = { ...filterParameters(walk), state, limit };
  if (productId !== null) {
    conditions.push('product_id = @productId');
    parameters['productId'] = productId;
  } else if (products !== null) {
    conditions.push('product_id IN (SELECT value FROM json_each(@products))');
    parameters['products'] = JSON.stringify(products);
  }
  const isGreatestFirst = isDescending(walk);
  if (after !== null) {
    conditions.push(
      `(${columns.join(', ')}) ${isGreatestFirst ? '<' : '>'} (${columns.map((_, index) => `@after${index}`).join(', ')})`,
    );
    for (const [index, value] of after.entries()) parameters[`after${index}`] = value;
  }
  return {
    sql: `
      SELECT ${columns.join(', ')} FROM bugs ${hintFor(walk)}
      WHERE ${conditions.join(' AND ')}
      ORDER BY ${columns.map((column) => `${column} ${isGreatestFirst ? 'DESC' : 'ASC'}`).join(', ')} LIMIT @limit`,
    parameters,
  };
}

/** What a person was given is little: sorting it is less work than walking past everybody else's. */
function hintFor({ assignee, productId, order }: Walk): string {
  if (assignee !== undefined) return 'INDEXED BY bugs_of_assignee';
  return `INDEXED BY ${productId === null ? 'bugs_by' : 'bugs_of_product_by'}_${order}`;
}

export type Restrictions = Omit<BugFilter, 'account' | 'product' | 'within' | 'state' | 'order' | 'reversed'>;

function filterConditions(filter: Restrictions): readonly string[] {
  const conditions: string[] = [];
  if (filter.assignee !== undefined) conditions.push('assignee = @assignee');
  if (filter.severity !== undefined) conditions.push('severity = @severity');
  if (filter.kind !== undefined) conditions.push('kind = @kind');
  if (filter.seenFrom !== undefined) conditions.push('last_seen_at >= @seenFrom');
  if (filter.newSince !== undefined) conditions.push('new_at >= @newSince');
  if (filter.version !== undefined) {
    conditions.push(`EXISTS (
      SELECT 1 FROM bug_series WHERE bug_id = bugs.id AND version_id IN (
        SELECT id FROM labels WHERE product_id = bugs.product_id AND what = 'version' AND name = @version))`);
  }
  // `search` holds title and message in lower case.
  const searched =
    filter.titlesOnlyWhereProtected === true
      ? `CASE WHEN product_id IN (
           SELECT product_id FROM product_rules WHERE rules ->> '$.messages' = 'protected'
         ) THEN lower(title) ELSE opened(bugs.search, 'bugs.search') END`
      : `opened(bugs.search, 'bugs.search')`;
  for (const [index] of wordsOf(filter.text).entries())
    conditions.push(`instr(${searched}, @word${index}) > 0`);
  return conditions;
}

function filterParameters(filter: Restrictions): Record<string, unknown> {
  const { severity } = filter;
  const parameters: Record<string, unknown> = {
    assignee: filter.assignee,
    severity: severity === undefined ? undefined : severity === 'major' ? 1 : 0,
    kind: filter.kind,
    seenFrom: filter.seenFrom,
    newSince: filter.newSince,
    version: filter.version,
  };
  for (const [index, word] of wordsOf(filter.text).entries()) parameters[`word${index}`] = word;
  return parameters;
}

function wordsOf(text: string | undefined): readonly string[] {
  return (text ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, MAX_WORDS);
}

/** A bug that a filter leaves, with what an order sorts by. */
export interface MatchingBug {
  readonly id: number;
  readonly productId: number;
  readonly shelf: BugState;
  readonly sortedBy: Place;
}

/** All bugs of products that a filter leaves, whatever their state, for lists that are put in order elsewhere. */
export function matchingBugs(
  connection: Connection,
  filter: Restrictions & Pick<BugFilter, 'account' | 'product' | 'within' | 'order'>,
  now: number,
  usersOf: UsersOf = NOBODY,
): readonly MatchingBug[] {
  const { order = 'week' } = filter;
  if (!isComputed(order)) {
    return selected<[number, number, BugState, ...(number | string)[]]>(connection, filter, {
      columns: ['id', 'product_id', 'shelf', ...SORTED_BY[order]],
    })
      .raw()
      .all(parametersOf(connection, filter))
      .map(([id, productId, shelf, ...sortedBy]) => ({ id, productId, shelf, sortedBy }));
  }
  const bugs = selected<PlacedBug & { readonly shelf: BugState }>(connection, filter, {
    columns: [
      ...['id', 'product_id AS productId', 'shelf', 'kind', 'assignee', 'ticket'],
      ...['first_version AS firstVersion', 'last_version AS lastVersion'],
    ],
  }).all(parametersOf(connection, filter));
  const places = computedPlaces(connection, order, bugs, { now, usersOf });
  return bugs.map(({ id, productId, shelf }) => ({ id, productId, shelf, sortedBy: places.get(id) ?? [id] }));
}

/** Only the number and the state of each of these bugs: a twentieth of the work, for lists that are put in order by what is counted elsewhere. */
export function matchingStates(
  connection: Connection,
  filter: Restrictions & Pick<BugFilter, 'account' | 'product' | 'within'>,
): readonly (readonly [id: number, state: BugState])[] {
  const shelves = BUG_STATES.map((state, at) => `WHEN '${state}' THEN ${at}`).join(' ');
  // One number a bug: rows of several columns would cost more than reading them.
  return selected<number>(connection, filter, {
    columns: [`id * ${BUG_STATES.length} + CASE shelf ${shelves} END`],
  })
    .pluck()
    .all(parametersOf(connection, filter))
    .map((both) => [Math.floor(both / BUG_STATES.length), BUG_STATES[both % BUG_STATES.length] ?? 'open']);
}

/** Where some bugs stand in an order that an index has. */
export function placesIn(
  connection: Connection,
  order: BugOrder,
  ids: readonly number[],
): ReadonlyMap<number, Place> {
  const columns = SORTED_BY[isComputed(order) ? 'count' : order];
  const rows = prepared<{ ids: string }, [id: number, ...place: (number | string)[]]>(
    connection,
    `SELECT id, ${columns.join(', ')} FROM bugs WHERE id IN (SELECT value FROM json_each(@ids))`,
  )
    .raw()
    .all({ ids: JSON.stringify(ids) });
  return new Map(rows.map(([id, ...place]) => [id, place]));
}

type AnyState = Omit<BugFilter, 'state'>;

/** The statement over all bugs that a filter leaves, whatever their state. */
function selected<Row>(
  connection: Connection,
  filter: AnyState,
  { columns, grouped = '' }: { readonly columns: readonly string[]; readonly grouped?: string },
) {
  const conditions = [
    'shelf IS NOT NULL',
    ...(filter.account === undefined && filter.product === undefined && filter.within === undefined
      ? []
      : ['product_id IN (SELECT value FROM json_each(@products))']),
    ...filterConditions(filter),
  ];
  return prepared<Record<string, unknown>, Row>(
    connection,
    `SELECT ${columns.join(', ')} FROM bugs WHERE ${conditions.join(' AND ')} ${grouped}`,
  );
}

function parametersOf(connection: Connection, filter: AnyState): Record<string, unknown> {
  return { ...filterParameters(filter), products: JSON.stringify(productIdsWithin(connection, filter)) };
}

/** How many bugs of each state a filter leaves. */
export function countBugs(
  connection: Connection,
  filter: Omit<BugFilter, 'state'>,
): Readonly<Record<BugState, number>> {
  const rows = selected<{ shelf: BugState; bugs: number }>(connection, filter, {
    columns: ['shelf', 'count(*) AS bugs'],
    grouped: 'GROUP BY shelf',
  }).all(parametersOf(connection, filter));
  const counts = { open: 0, closed: 0, ignored: 0 };
  for (const { shelf, bugs } of rows) counts[shelf] = bugs;
  return counts;
}

/** Numbers of bugs that a filter leaves, at most so many. */
export function bugIds(
  connection: Connection,
  { order: _order, ...filter }: BugFilter,
  limit: number,
  now: number,
): readonly number[] {
  return matchingBugs(connection, filter, now)
    .filter(({ shelf }) => filter.state === undefined || shelf === filter.state)
    .slice(0, limit)
    .map(({ id }) => id);
}

function cursorOf(order: Order, place: Place): string {
  return `${order}-${Buffer.from(JSON.stringify(place)).toString('base64url')}`;
}

function placeOfCursor(cursor: string | undefined, order: Order): Place | null {
  const [, name, text = ''] = /^([a-z_]+)-([\w-]{1,4000})$/.exec(cursor ?? '') ?? [];
  if (name !== order) return null;
  const place = placeOf(Buffer.from(text, 'base64url').toString());
  return place?.length === SORTED_BY[order].length ? place : null;
}

function placeOf(text: string): Place | null {
  try {
    const place: unknown = JSON.parse(text);
    const isPart = (part: unknown): part is number | string =>
      typeof part === 'string' || Number.isSafeInteger(part);
    return Array.isArray(place) && place.every(isPart) ? place : null;
  } catch {
    // Somebody else's cursor: the list begins anew.
    return null;
  }
}
