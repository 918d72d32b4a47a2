// The columns of the list of bugs that a person chooses: they stand in the address (`columns=product,crashes`), so that a list can be kept; where
// the address says nothing they are those that were chosen last.
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

/** In their fixed order; what is no column is left out, and none at all are those of `instead`. A form sends one parameter for each. */
export function readColumns(
  params: URLSearchParams,
  instead: readonly BugColumn[] = USUAL_COLUMNS,
): readonly BugColumn[] {
  const chosen = columnsIn(params.getAll('columns').flatMap((value) => value.split(',')));
  return chosen.length === 0 ? instead : chosen;
}

/** Columns that names name, in their fixed order. */
export function columnsIn(names: readonly string[]): readonly BugColumn[] {
  return BUG_COLUMNS.filter((column) => names.includes(column));
}

/** For links; null: those that stand there without being named. */
export function columnsText(
  columns: readonly BugColumn[],
  instead: readonly BugColumn[] = USUAL_COLUMNS,
): string | null {
  const text = columns.join(',');
  return text === instead.join(',') ? null : text;
}
