// /top: bugs by their crashes in a period, with how their places moved, under the same filter as the bug list.
import { html } from 'hono/html';
import { BUG_STATES } from '../../../store/bugs.ts';
import type { TopBug, TopCrashers } from '../../../store/crash-analysis.ts';
import { bugsLink } from '../../query/bug-query.ts';
import { daysOfPeriod, crashFilterOf, faultSentence, filteredLink } from '../../query/crash-filter.ts';
import type { GivenCrashFilter } from '../../query/crash-filter.ts';
import { readTopQuery, TOP_FILTER_NAMES, topLink } from '../../query/release-query.ts';
import type { TopQuery } from '../../query/release-query.ts';
import type { Facets } from '../../gate/facet-cache.ts';
import { countedWords } from '../../view/counted-words.ts';
import { excerpt } from '../../view/excerpt.ts';
import { bugTitle } from '../components/bug-links.ts';
import { trendMark } from '../components/trend-mark.ts';
import { sparkline } from '../components/chart.ts';
import { FURTHER, firstFields, furtherFields, offered } from '../components/crash-filters.ts';
import { faultBox, field, select } from '../components/form-controls.ts';
import { count, exactTime, nothing } from '../components/value-table.ts';
import type { BugTrend } from '../../../store/crash-analysis.ts';
import type { Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

const MAX_BARS = 28;
const ROWS = 50;
const MESSAGE_BUDGET = 140;
const MORE = [...FURTHER, 'text'] as const;

export const topPage: MemberPage = { path: '/top', access: 'read', nav: 'top', view };

async function view(request: MemberRequest): Promise<PageAnswer> {
  const { seen, person, url } = request;
  const asked = readTopQuery(url.searchParams, person);
  // A filter that was not understood counts nothing: numbers of all crashes would look like its answer.
  const [answer, facets] = await Promise.all([
    asked.problems.length > 0
      ? { fault: { problem: asked.problems.join(' '), at: null } }
      : seen.topCrashers(asked.query, asked.filter, { periodMs: asked.periodMs, by: asked.by, limit: ROWS }),
    seen.facets(),
  ]);
  const fault = 'fault' in answer ? faultSentence(answer.fault.problem, answer.fault.at) : null;
  const top = 'fault' in answer ? null : answer.top;
  const trends =
    top === null ? new Map<number, BugTrend>() : await seen.soonTrends(top.rows.map(({ bug }) => bug));
  const { product, version, platform } = asked.given;
  const title = `Top crashers${product === undefined ? '' : ` of ${excerpt(product, 60).text}`}${version === undefined ? '' : ` ${excerpt(version, 40).text}`}${platform === undefined ? '' : ` on ${excerpt(platform, 40).text}`}`;
  return {
    kind: 'html',
    title,
    status: fault === null ? 200 : 400,
    body: html`<h1>${title}</h1>
      ${faultBox(fault)}
      ${filters(asked, facets)} ${chips(asked)} ${top === null ? null : result(top, asked, trends)}`,
  };
}

function filters({ given, by }: TopQuery, facets: Facets): Html {
  const products = offered([...new Set(facets.products.map((one) => one.product))]);
  const crashes = crashFilterOf(given);
  const hidden = (name: string): Html | null =>
    given[name] === undefined ? null : html`<input type="hidden" name="${name}" value="${given[name]}" />`;
  return html`<form method="get" action="/top" class="filters" role="search" aria-label="Filter top crashers">
    ${select({ name: 'product', label: 'Product', value: given['product'] ?? '', choices: [{ value: '', label: 'all' }, ...products.map((value) => ({ value, label: value }))] })}
    ${firstFields(crashes, facets, 'last 7 days')}
    ${select({
      name: 'by',
      label: 'Places by',
      value: by,
      choices: [
        { value: 'crashes', label: 'crashes' },
        { value: 'installations', label: 'installations' },
      ],
    })}
    ${select({ name: 'state', label: 'State', value: given['state'] ?? 'all', choices: [{ value: 'all', label: 'all' }, ...BUG_STATES.map((value) => ({ value, label: value }))] })}
    ${['account', 'kind', 'severity', 'assignee', 'seen_from', 'new_since'].map(hidden)}
    <button>Show</button>
    <details class="more" ${MORE.some((name) => given[name] !== undefined) ? html` open` : null}>
      <summary>More filters</summary>
      <div class="filters">
        ${furtherFields(crashes)}
        ${field({ name: 'text', label: 'Words', value: given['text'] ?? '', search: true, maxLength: 200 })}
      </div>
    </details>
  </form>`;
}

function chips({ given }: TopQuery): Html | null {
  const set = TOP_FILTER_NAMES.filter(
    (name) => given[name] !== undefined && !(name === 'state' && given[name] === 'all'),
  );
  if (set.length === 0) return null;
  return html`<ul class="chips" aria-label="Filters that are set">
    ${set.map(
      (name) =>
        html`<li>
          ${name.replaceAll('_', ' ')}: <strong>${excerpt(given[name] ?? '', 80).text}</strong>
          <a href="${topLink({ ...given, [name]: null })}" aria-label="Remove the filter ${name.replaceAll('_', ' ')}">×</a>
        </li> `,
    )}
    <li><a href="${topLink({ period: given['period'], by: given['by'] })}">Clear all</a></li>
  </ul>`;
}

function result(top: TopCrashers, asked: TopQuery, trends: ReadonlyMap<number, BugTrend>): Html {
  const { given, period, by } = asked;
  const first = top.rows.slice(0, 3).reduce((sum, { bug }) => sum + bug.count, 0);
  const bugs = bugsLink({
    ...Object.fromEntries(Object.entries(given).filter(([name]) => name !== 'by')),
    state: given['state'] ?? 'all',
    period,
    order: 'count',
  });
  return html`<p role="status">
      <strong>${count(top.crashes)}</strong> ${top.crashes === 1 ? 'crash' : 'crashes'} of ${count(top.bugs)} ${top.bugs === 1 ? 'bug' : 'bugs'}
      since <span title="${exactTime(top.from)}">${new Date(top.from).toISOString().slice(0, 10)}</span>,
      ${count(top.crashesBefore)} in the same time before${top.rows.length > 3 ? `; the first three make ${Math.round((first / Math.max(top.crashes, 1)) * 100)}\u00a0% of all` : ''}${countedWords(top)}.
      <a href="${bugs}">The bug list of this filter</a>
    </p>
    ${
      top.rows.length === 0
        ? html`<p class="empty">Nothing crashed under this filter in this time. Widen the period, or <a href="/top">show all</a>.</p>`
        : html`<div class="table">
            <table class="list top-crashers">
              <caption class="unseen">
                Top crashers by ${by}
              </caption>
              <thead>
                <tr>
                  <th scope="col">Bug</th>
                  <th scope="col" class="number">Place</th>
                  <th scope="col" class="number">Move</th>
                  <th scope="col" class="wide">${barDays(period) === 1 ? 'Last day' : `Last ${barDays(period)} days`}</th>
                  <th scope="col" class="number">Crashes</th>
                  <th scope="col" class="number wide">Before</th>
                  <th scope="col" class="number">Share</th>
                  <th scope="col" class="number wide">Installations</th>
                  <th scope="col" class="wide">Ticket</th>
                </tr>
              </thead>
              <tbody>
                ${top.rows.map((row) => line(row, { top, trend: trends.get(row.bug.id), filter: { ...crashFilterOf(given), period } }))}
              </tbody>
            </table>
          </div>
          ${top.bugs > top.rows.length ? html`<p class="quiet">The first ${count(top.rows.length)} of ${count(top.bugs)}.</p>` : null}`
    }`;
}

function line(
  row: TopBug,
  options: {
    readonly top: TopCrashers;
    readonly trend: BugTrend | undefined;
    readonly filter: GivenCrashFilter;
  },
): Html {
  const { bug } = row;
  const { top, trend, filter } = options;
  return html`<tr data-row>
    <td>
      <a class="row" href="${filteredLink(`/bugs/${bug.id}`, filter)}">${bugTitle(bug.title)}</a>
      ${bug.state === 'open' ? null : html`<span class="tag">${bug.state}</span>`} ${trend === undefined ? null : trendMark(trend)}
      <p class="quiet">#${bug.id}${bug.message === '' ? null : html` · ${excerpt(bug.message, MESSAGE_BUDGET).text}`}</p>
    </td>
    <td class="number" data-unit="place">${row.rank}</td>
    <td class="number">${move(row)}</td>
    <td class="wide">${sparkline(bug.last28Days.slice(-barDays(filter.period)), 'Crashes a day, oldest first')}</td>
    <td class="number" data-unit="${bug.count === 1 ? 'crash' : 'crashes'}">${count(bug.count)}</td>
    <td class="number wide">${count(row.crashesBefore)}</td>
    <td class="number">${((bug.count / Math.max(top.crashes, 1)) * 100).toFixed(1)}\u00a0%</td>
    <td class="number wide">${bug.installations === 0 ? nothing : count(bug.installations)}</td>
    <td class="wide">${bug.ticket === null ? nothing : html`<code>${excerpt(bug.ticket.replace(/^.*\//, ''), 40).text}</code>`}</td>
  </tr>`;
}

/** Days whose crashes are counted under a period, so far as a row has room: a day before it would look like one without crashes. */
function barDays(period: string | undefined): number {
  return Math.min(MAX_BARS, daysOfPeriod(period) ?? MAX_BARS);
}

/** How the place changed: said in words for those who see no arrows. */
function move({ rank, rankBefore }: TopBug): Html {
  if (rankBefore === null) return html`<span class="tag new">new</span>`;
  const places = rankBefore - rank;
  if (places === 0) return html`<span class="quiet">same</span>`;
  const words = `${Math.abs(places)} ${Math.abs(places) === 1 ? 'place' : 'places'} ${places > 0 ? 'up' : 'down'}, from ${rankBefore}`;
  return html`<span class="${places > 0 ? 'broken' : 'quiet'}" title="${words}"><span aria-hidden="true">${places > 0 ? '▲' : '▼'} ${Math.abs(places)}</span><span class="unseen">${words}</span></span>`;
}
