// The table of bugs, in groups by the week of their last occurrence where it goes by week. Columns are chosen, those that have an order are
// sorted by their heading, and each row can be selected for what is done to many.
import { html } from 'hono/html';
import { TEXT_ORDERS } from '../../../store/bugs.ts';
import type { BugOrder, BugRow } from '../../../store/bugs.ts';
import type { BugTrend } from '../../../store/crash-analysis.ts';
import { BUG_COLUMN_LABELS, ORDER_OF_COLUMN, USUAL_COLUMNS } from '../../query/bug-columns.ts';
import type { BugColumn } from '../../query/bug-columns.ts';
import { filteredLink } from '../../query/crash-filter.ts';
import type { GivenCrashFilter } from '../../query/crash-filter.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { bugFilterLink, bugTitle } from './bug-links.ts';
import { sparkline } from './chart.ts';
import { trendMark } from './trend-mark.ts';
import { count, cut, nothing, time } from './value-table.ts';

/** Bytes of HTML for a message in a list. */
const MESSAGE_BUDGET = 140;
const SHOWN_PLATFORMS = 3;
const DAY_MS = 86_400_000;

export interface BugTableOptions {
  readonly now: number;
  /** Rows have a box that selects them. */
  readonly selectable: boolean;
  /** Headings by week; else one plain list. */
  readonly byWeek: boolean;
  /** Names of people by e-mail address. */
  readonly names: ReadonlyMap<string, string>;
  /** Left out where all bugs are of one product. */
  readonly withProduct: boolean;
  readonly caption: string;
  /** The filter that the counts answer; links to bugs carry it. */
  readonly given?: GivenCrashFilter;
  /** Bugs on the rise, by number. */
  readonly trends?: ReadonlyMap<number, BugTrend>;
  readonly columns?: readonly BugColumn[];
  /** What the bars of days are. */
  readonly daysLabel?: string;
  /** By what the list is sorted, and where headings lead; absent: it is not to be sorted. */
  readonly sorting?: Sorting;
}

export interface Sorting {
  readonly order: BugOrder;
  readonly reversed: boolean;
  readonly link: (order: BugOrder, reversed: boolean) => string;
}

interface ColumnCells {
  readonly className: string;
  readonly cell: (bug: BugRow, options: BugTableOptions) => Html;
  readonly unit?: (bug: BugRow) => string;
}

const CELLS: Readonly<Record<BugColumn, ColumnCells>> = {
  product: {
    className: '',
    cell: (bug, { given }) =>
      bugFilterLink({ ...given, account: bug.account, product: bug.product }, bug.product),
  },
  days: {
    className: 'wide',
    cell: (bug) => sparkline(bug.bars ?? bug.last28Days, 'Crashes a day, oldest first'),
  },
  crashes: {
    className: 'number',
    unit: (bug) => (bug.count === 1 ? 'crash' : 'crashes'),
    cell: (bug) => html`${count(bug.count)}`,
  },
  installations: {
    className: 'number wide',
    cell: (bug) => (bug.installations === 0 ? nothing : html`${count(bug.installations)}`),
  },
  users: {
    className: 'number wide',
    cell: ({ users = 0 }) => (users === 0 ? nothing : html`${count(users)}`),
  },
  versions: { className: 'wide', cell: versions },
  platforms: {
    className: 'wide',
    cell: ({ platforms }) =>
      platforms.length === 0
        ? nothing
        : cut(
            `${platforms.slice(0, SHOWN_PLATFORMS).join(', ')}${platforms.length > SHOWN_PLATFORMS ? ', …' : ''}`,
          ),
  },
  first_seen: { className: 'wide', cell: (bug, { now }) => time(bug.firstSeenAt, now) },
  last_seen: { className: '', cell: (bug, { now }) => time(bug.lastSeenAt, now) },
  kind: { className: 'wide', cell: ({ kind }) => cut(kind) },
  assignee: {
    className: 'wide',
    cell: (bug, { names }) => belongings(bug, names),
  },
};

/** A list of bugs in the order in which they come. */
export function bugTable(rows: readonly BugRow[], options: BugTableOptions): Html {
  const { sorting, byWeek, daysLabel = 'Last 28 days' } = options;
  const groups = byWeek
    ? [...Map.groupBy(rows, ({ lastWeek }) => lastWeek)]
    : ([['', rows]] as readonly (readonly [string, readonly BugRow[]])[]);
  const columns = (options.columns ?? USUAL_COLUMNS).filter(
    (column) => column !== 'product' || options.withProduct,
  );
  const label = (column: BugColumn): string => (column === 'days' ? daysLabel : BUG_COLUMN_LABELS[column]);
  return html`<div class="table">
    <table class="list bugs">
      <caption class="unseen">
        ${options.caption}
      </caption>
      <thead>
        <tr>
          ${heading('Bug', '', 'title', sorting)}
          ${columns.map((column) => heading(label(column), CELLS[column].className, ORDER_OF_COLUMN[column], sorting))}
        </tr>
      </thead>
      ${groups.map(
        ([week, bugs]) =>
          html`<tbody>
            ${week === '' ? null : html`<tr class="group"><th scope="rowgroup" colspan="${columns.length + 1}">${weekName(week, options.now)}</th></tr>`}
            ${bugs.map((bug) => row(bug, columns, options))}
          </tbody>`,
      )}
    </table>
  </div>`;
}

/** A heading that sorts: again, it turns the order round. */
function heading(label: string, className: string, order: BugOrder, sorting: Sorting | undefined): Html {
  const attributes = className === '' ? null : html` class="${className}"`;
  if (sorting === undefined) return html`<th scope="col"${attributes}>${label}</th>`;
  const isLit = sorting.order === order;
  const ascends = TEXT_ORDERS.has(order) !== sorting.reversed;
  return html`<th scope="col"${attributes}${isLit ? html` aria-sort="${ascends ? 'ascending' : 'descending'}"` : null}>
    <a href="${sorting.link(order, isLit && !sorting.reversed)}"
      >${label}${isLit ? html` <span aria-hidden="true">${ascends ? '↑' : '↓'}</span>` : null}</a
    >
  </th>`;
}

/** Monday of the week (UTC) of a moment, `yyyy-mm-dd`. */
export function mondayOf(at: number): string {
  const day = Math.floor(at / DAY_MS);
  // Day 0 of 1970 was a Thursday.
  return new Date((day - ((day + 3) % 7)) * DAY_MS).toISOString().slice(0, 10);
}

function weekName(monday: string, now: number): string {
  if (monday === mondayOf(now)) return 'This week';
  if (monday === mondayOf(now - 7 * DAY_MS)) return 'Last week';
  return `Week of ${monday}`;
}

function row(bug: BugRow, columns: readonly BugColumn[], options: BugTableOptions): Html {
  const { now } = options;
  const title = bugTitle(bug.title);
  const message = excerpt(bug.message, MESSAGE_BUDGET);
  return html`<tr data-row>
    <td>
      <div class="bug">
        ${options.selectable ? html`<label class="pick"><input type="checkbox" name="bug" value="${bug.id}" /><span class="unseen">Select bug ${bug.id}</span></label>` : null}
        <div>
          <a class="row" href="${filteredLink(`/bugs/${bug.id}`, options.given ?? {})}">${title}</a> ${marks(bug, now)}${trendOf(bug, options)}
          ${bug.message === '' ? null : html`<p class="quiet">${message.text}${message.complete ? null : '…'}</p>`}
        </div>
      </div>
    </td>
    ${columns.map((column) => cell(bug, CELLS[column], options))}
  </tr>`;
}

function cell(bug: BugRow, { className, unit, cell: content }: ColumnCells, options: BugTableOptions): Html {
  return html`<td${className === '' ? null : html` class="${className}"`}${unit === undefined ? null : html` data-unit="${unit(bug)}"`}>${content(bug, options)}</td>`;
}

/** The oldest and the newest in which it was seen, under the filter. */
function versions({ firstVersion: first, lastVersion: last }: BugRow): Html {
  if (first === null || last === null) return nothing;
  return first === last ? cut(first) : html`${cut(first)} – ${cut(last)}`;
}

function trendOf(bug: BugRow, { trends }: BugTableOptions): Html | null {
  const trend = trends?.get(bug.id);
  return trend === undefined ? null : trendMark(trend);
}

/** What is special about a bug, in words. */
function marks(bug: BugRow, now: number): Html {
  const isNew = mondayOf(bug.firstSeenAt) === bug.lastWeek && now - bug.firstSeenAt < 28 * DAY_MS;
  return html`${isNew ? html`<span class="tag new">new</span> ` : null}${
    bug.severity === 'major' ? html`<span class="tag broken">major</span> ` : null
  }${
    bug.state === 'open'
      ? null
      : html`<span class="tag">${bug.state}${bug.closedInVersion === null ? '' : ` in ${excerpt(bug.closedInVersion, 60).text}`}</span> `
  }${bug.roles.slice(0, 3).map((role) => html`<span class="tag">${excerpt(role, 40).text}</span> `)}`;
}

function belongings(bug: BugRow, names: ReadonlyMap<string, string>): Html {
  const parts = [
    ...(bug.assignee === null
      ? []
      : [bugFilterLink({ assignee: bug.assignee }, names.get(bug.assignee) ?? bug.assignee)]),
    ...(bug.ticket === null ? [] : [html`<code>${excerpt(bug.ticket.replace(/^.*\//, ''), 40).text}</code>`]),
  ];
  return parts.length === 0
    ? nothing
    : html`${parts.map((part, at) => html`${at === 0 ? null : ', '}${part}`)}`;
}
