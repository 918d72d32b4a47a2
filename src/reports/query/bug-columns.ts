// The columns of the list of bugs that a person chooses: they stand in the address (`columns=product,crashes`), so that a list can be kept.
import type { BugOrder } from '../../store/bugs.ts';

export const BUG_COLUMNS = [
  'product',
  'days',
  'crashes',
  'installations',
  'users',
  'versions',
  'platforms',
  'first_seen',
  'last_seen',
  'kind',
  'assignee',
] as const;
export type BugColumn = (typeof BUG_COLUMNS)[number];

export const BUG_COLUMN_LABELS: Readonly<Record<BugColumn, string>> = {
  product: 'Product',
  days: 'Days',
  crashes: 'Crashes',
  installations: 'Installations',
  users: 'Users',
  versions: 'Versions',
  platforms: 'Platforms',
  first_seen: 'First seen',
  last_seen: 'Last seen',
  kind: 'Kind',
  assignee: 'Assignee, ticket',
};

/** What most come for. */
export const USUAL_COLUMNS: readonly BugColumn[] = [
  'product',
  'days',
  'crashes',
  'installations',
  'versions',
  'platforms',
  'last_seen',
  'assignee',
];

/** The order that the heading of each column gives; `week` and the bug's title have their own. */
export const ORDER_OF_COLUMN: Readonly<Record<BugColumn, BugOrder>> = {
  product: 'product',
  days: 'days',
  crashes: 'count',
  installations: 'installations',
  users: 'users',
  versions: 'versions',
  platforms: 'platforms',
  first_seen: 'first_seen',
  last_seen: 'last_seen',
  kind: 'kind',
  assignee: 'assignee',
};

/** In their fixed order; what is no column is left out, and none at all are the usual ones. A form sends one parameter for each. */
export function readColumns(params: URLSearchParams): readonly BugColumn[] {
  const named = new Set(params.getAll('columns').flatMap((value) => value.split(',')));
  const chosen = BUG_COLUMNS.filter((column) => named.has(column));
  return chosen.length === 0 ? USUAL_COLUMNS : chosen;
}

/** For links; null: the usual ones. */
export function columnsText(columns: readonly BugColumn[]): string | null {
  const text = columns.join(',');
  return text === USUAL_COLUMNS.join(',') ? null : text;
}
