// /bugs: what is crashing, since when, for whom. By week of the last occurrence, new ones first, then by count.
import { countedWords } from '../../view/counted-words.ts';
import type { Counted } from '../../../search/engine/counted.ts';
import { html } from 'hono/html';
import { allows } from '../../auth/person.ts';
import type { BugRow } from '../../../store/bugs.ts';
import type { Page, PageRequest } from '../../../store/reports.ts';
import { columnsIn, columnsText, readColumns, USUAL_COLUMNS } from '../../query/bug-columns.ts';
import type { BugColumn } from '../../query/bug-columns.ts';
import { assigneeName, bugsLink, ME, readBugQuery } from '../../query/bug-query.ts';
import type { BugQuery } from '../../query/bug-query.ts';
import { barsOf } from '../../query/bars-of-filter.ts';
import { crashFilterOf, faultSentence } from '../../query/crash-filter.ts';
import { bulkAction } from '../bulk-actions.ts';
import { bugFilters, bugTabs } from '../components/bug-filters.ts';
import type { BugsLink } from '../components/bug-filters.ts';
import { bugTable } from '../components/bug-table.ts';
import { bulkActLine } from '../components/bulk-act.ts';
import { bulkForm } from '../components/bulk-bar.ts';
import { columnChoice, REMEMBER } from '../components/column-choice.ts';
import { count } from '../components/value-table.ts';
import { codeBlock } from '../components/code.ts';
import { faultBox } from '../components/form-controls.ts';
import { pager } from '../components/pager.ts';
import { sampleCurl } from '../components/integration-samples.ts';
import { peopleNames } from '../people-names.ts';
import { rememberColumns, rememberedColumns } from '../remembered-columns.ts';
import { readBugId } from '../../view/bug-change.ts';
import type { Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

const ROWS = 30;

export const bugListPage: MemberPage = {
  path: '/bugs',
  access: 'read',
  nav: 'bugs',
  async view(request) {
    const { c, context, url } = request;
    if (!url.searchParams.has(REMEMBER)) return show(request, null);
    // The form of columns: the choice is remembered, and the list that it leads to has an address without that wish.
    const chosen = readColumns(url.searchParams);
    rememberColumns(c, context, chosen);
    const { given } = readBugQuery(url.searchParams, { person: request.person, defaultState: 'open' });
    return { kind: 'redirect', to: bugsLink({ ...given, columns: chosen.join(',') }) };
  },
  actions: {
    close: bulkAction('close', show),
    reopen: bulkAction('reopen', show),
    ignore: bulkAction('ignore', show),
    assign: bulkAction('assign', show),
    merge: bulkAction('merge', show),
  },
};

async function show(request: MemberRequest, fault: string | null): Promise<PageAnswer> {
  const { context, seen, person, url, now, csrf } = request;
  const query = readBugQuery(url.searchParams, { person, defaultState: 'open' });
  const last = columnsIn(rememberedColumns(request.c, context).split('.'));
  const usual = last.length === 0 ? USUAL_COLUMNS : last;
  const columns = readColumns(url.searchParams, usual);
  const chosen = columnsText(columns, usual);
  const link: BugsLink = (filters) => bugsLink({ ...filters, columns: chosen });
  const actId = readBugId(url.searchParams.get('act') ?? '');
  const bars = barsOf(query.given, now);
  const [found, facets, people, act] = await Promise.all([
    listed(request, query, { bars, withUsers: columns.includes('users') }),
    seen.facets(),
    peopleNames(seen),
    actId === null ? null : seen.settings.act(actId),
  ]);
  const { page, counts } = found;
  const { filter, given } = query;
  const mayChange = allows('triage', person);
  const trends = await seen.soonTrends(page.rows);
  const order = filter.order ?? (query.crashes === null ? 'week' : 'count');
  const list = bugTable(page.rows, {
    trends,
    now,
    names: people.names,
    selectable: mayChange,
    byWeek: order === 'week',
    withProduct: given.product === undefined,
    given: crashFilterOf(given),
    columns,
    daysLabel: query.crashes === null ? 'Last 28 days' : bars.label,
    sorting: {
      order,
      reversed: filter.reversed === true,
      link: (by, reversed) => link({ ...given, order: reversed ? `-${by}` : by }),
    },
    caption:
      query.crashes === null
        ? 'Bugs by week of their last occurrence, new ones first, then by crashes'
        : 'Bugs with what their crashes under the filter count',
  });
  const matching = counts === null ? 0 : matchingOf(query, counts);
  const back = link({ ...given, cursor: query.cursor });
  return {
    kind: 'html',
    title: given.product === undefined ? 'Bugs' : `${given.product} bugs`,
    status: fault === null && found.fault === null ? 200 : 400,
    body: html`<h1>Bugs</h1>
      ${act === null ? null : bulkActLine(act, { now, csrf, names: people.names, mayChange, back })}
      ${faultBox(fault)} ${faultBox(found.fault)}
      ${counts === null ? null : bugTabs(query, counts, link)} ${bugFilters(query, facets, { link, columns: chosen })}
      ${counts === null ? null : sumLine(query, { matching, columns, found, link })}
      ${
        found.fault !== null
          ? null
          : page.rows.length === 0
            ? emptyList(query, context.submitUrl)
            : mayChange
              ? bulkForm({ csrf, to: back, list, people: people.choices, state: filter.state, matching })
              : list
      }
      ${pager({
        newest: query.cursor === null ? null : link(given),
        older: page.next === null ? null : link({ ...given, cursor: page.next }),
      })}`,
  };
}

/** How many bugs the list has on all its pages. */
function matchingOf({ given, filter }: BugQuery, counts: NonNullable<Listed['counts']>): number {
  if (given.assignee === ME && filter.state === 'open') return counts.mine ?? 0;
  return filter.state === undefined ? counts.open + counts.closed + counts.ignored : counts[filter.state];
}

/** What the list adds up to, and how it looks. */
function sumLine(
  query: BugQuery,
  options: {
    readonly matching: number;
    readonly columns: readonly BugColumn[];
    readonly found: Listed;
    readonly link: BugsLink;
  },
): Html {
  const { matching, found } = options;
  return html`<div class="sums">
    <p role="status">
      <strong>${count(matching)}</strong> ${matching === 1 ? 'bug' : 'bugs'}${found.sums === null ? null : html` · ${count(found.sums.crashes)} ${found.sums.crashes === 1 ? 'crash' : 'crashes'} under this filter${countedWords(found.sums)}; counts, versions, platforms and bars below are theirs`}
    </p>
    ${query.filter.order === undefined || query.filter.order === 'week' ? null : html`<a href="${options.link({ ...query.given, order: query.crashes === null ? null : 'week' })}">By week</a>`}
    <a href="/bugs/acts">Changes to many</a>
    ${columnChoice(options.columns, query.given)}
  </div>`;
}

interface Listed {
  readonly page: Page<BugRow>;
  /** Null: the filter was not understood, and nothing is counted. */
  readonly counts: Parameters<typeof bugTabs>[1] | null;
  /** What is wrong with the filter of crashes. */
  readonly fault: string | null;
  /** Of the crashes that the filter selects; null: it selects none in particular. */
  readonly sums: ({ readonly crashes: number } & Counted) | null;
}

/** The rows, and how many bugs stand under each tab: of all crashes, or of those that the filter selects. */
async function listed(
  { seen, person }: MemberRequest,
  query: BugQuery,
  { bars, withUsers }: { readonly bars: ReturnType<typeof barsOf>; readonly withUsers: boolean },
): Promise<Listed> {
  if (query.fault !== null) return faulty(query.fault);
  const { state: _state, ...stateless } = query.filter;
  const { assignee: _assignee, ...anybodys } = stateless;
  const me = assigneeName(person);
  const ofAll = query.given.assignee === ME ? anybodys : stateless;
  const page = { limit: ROWS, ...(query.cursor === null ? {} : { cursor: query.cursor }) };
  const { crashes } = query;
  if (crashes === null) {
    const [rows, counts, mine] = await Promise.all([
      listedRows(seen, query, page, withUsers),
      seen.countBugs(ofAll),
      me === null ? null : seen.countBugs({ ...stateless, assignee: me }),
    ]);
    return { page: rows, counts: { ...counts, mine: mine?.open ?? null }, fault: null, sums: null };
  }
  // An answer counts all states; a second one counts for the tab that the rows are not of.
  const isMine = query.given.assignee === ME;
  const other = isMine ? anybodys : me === null ? null : { ...stateless, assignee: me };
  const [rows, beside] = await Promise.all([
    seen.searchBugs(crashes, query.filter, { ...page, bars }),
    other === null ? null : seen.searchBugs(crashes, other, { limit: 1 }),
  ]);
  if ('fault' in rows) return faulty(faultSentence(rows.fault.problem, rows.fault.at));
  const states = beside === null || 'fault' in beside ? null : beside.found.states;
  const [all, mine] = isMine ? [states, rows.found.states] : [rows.found.states, states];
  const { found } = rows;
  return {
    page: { rows: found.rows, next: found.next },
    counts: { ...(all ?? rows.found.states), mine: mine?.open ?? null },
    fault: null,
    sums: found,
  };
}

/** Users are counted for those who look at them: it takes a look at every crash. */
async function listedRows(
  seen: MemberRequest['seen'],
  { filter }: BugQuery,
  page: PageRequest,
  withUsers: boolean,
): Promise<Page<BugRow>> {
  const found = await seen.listBugs(filter, page);
  return withUsers ? { ...found, rows: await seen.withUsers(found.rows) } : found;
}

function faulty(fault: string): Listed {
  return { page: { rows: [], next: null }, counts: null, fault, sums: null };
}

function emptyList({ given, cursor }: BugQuery, submitUrl: string): Html {
  if (cursor !== null) return html`<p class="empty">There are no further bugs.</p>`;
  const narrowed = Object.keys(given).some((name) => name !== 'state');
  if (narrowed) {
    return html`<p class="empty">No bug matches these filters. <a href="/bugs">Show all open bugs</a></p>`;
  }
  if (given.state !== undefined && given.state !== 'open' && given.state !== 'all') {
    return html`<p class="empty">No bug is ${given.state}. <a href="/bugs">Show the open ones</a></p>`;
  }
  return html`<section class="empty">
    <h2>No open bug</h2>
    <p>Reports become bugs when they are processed; <a href="/status">the queue</a> shows what waits. To see one, post a sample:</p>
    ${codeBlock({ id: 'sample', label: 'A command that posts a sample crash', text: sampleCurl(submitUrl) })}
  </section>`;
}
