// The table of bugs, in groups by the week of their last occurrence. Each row can be selected for what is done to many.
import { html } from 'hono/html';
import type { BugRow } from '../../../store/bugs.ts';
import { filteredLink } from '../../query/crash-filter.ts';
import type { GivenCrashFilter } from '../../query/crash-filter.ts';
import type { BugTrend } from '../../../store/crash-analysis.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { bugFilterLink, bugTitle } from './bug-links.ts';
import { sparkline } from './chart.ts';
import { trendMark } from './trend-mark.ts';
import { count, nothing, time } from './value-table.ts';

/** Bytes of HTML for a message in a list. */
const MESSAGE_BUDGET = 140;
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
}

/** A list of bugs in the order in which they come. */
export function bugTable(rows: readonly BugRow[], options: BugTableOptions): Html {
  const groups = options.byWeek
    ? [...Map.groupBy(rows, ({ lastWeek }) => lastWeek)]
    : ([['', rows]] as readonly (readonly [string, readonly BugRow[]])[]);
  const columns = options.withProduct ? 7 : 6;
  return html`<div class="table">
    <table class="list bugs">
      <caption class="unseen">
        ${options.caption}
      </caption>
      <thead>
        <tr>
          <th scope="col">Bug</th>
          ${options.withProduct ? html`<th scope="col">Product</th>` : null}
          <th scope="col" class="wide">Last 28 days</th>
          <th scope="col" class="number">Crashes</th>
          <th scope="col" class="number wide">Installations</th>
          <th scope="col">Last seen</th>
          <th scope="col" class="wide">Assignee, ticket</th>
        </tr>
      </thead>
      ${groups.map(
        ([week, bugs]) =>
          html`<tbody>
            ${week === '' ? null : html`<tr class="group"><th scope="rowgroup" colspan="${columns}">${weekName(week, options.now)}</th></tr>`}
            ${bugs.map((bug) => row(bug, options))}
          </tbody>`,
      )}
    </table>
  </div>`;
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

function row(bug: BugRow, options: BugTableOptions): Html {
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
    ${options.withProduct ? html`<td>${bugFilterLink({ ...options.given, account: bug.account, product: bug.product }, bug.product)}</td>` : null}
    <td class="wide">${sparkline(bug.last28Days, 'Crashes a day, oldest first')}</td>
    <td class="number" data-unit="${bug.count === 1 ? 'crash' : 'crashes'}">${count(bug.count)}</td>
    <td class="number wide">${bug.installations === 0 ? nothing : count(bug.installations)}</td>
    <td>${time(bug.lastSeenAt, now)}</td>
    <td class="wide">${belongings(bug, options.names)}</td>
  </tr>`;
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
