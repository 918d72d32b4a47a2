// /overview/{account}/{product}: crashes by day and version, top bugs, new and reopened ones, affected installations.
import { html } from 'hono/html';
import { NOTHING_ASKED } from '../../../search/engine/counted.ts';
import type { Query } from '../../../search/query/query-tree.ts';
import type { BugRow } from '../../../store/bugs.ts';
import { bugsLink } from '../../query/bug-query.ts';
import {
  PERIODS,
  PERIOD_DAYS,
  daysWithin,
  daysOfPeriod,
  faultSentence,
  filteredLink,
  readCrashFilter,
} from '../../query/crash-filter.ts';
import { filteredOverview, withinDays } from '../../query/filtered-overview.ts';
import type { FilteredOverview } from '../../query/filtered-overview.ts';
import { releasesLink, topLink } from '../../query/release-query.ts';
import { reportsLink } from '../../query/report-query.ts';
import { byVersion } from '../../view/day-series.ts';
import { bugFilterLink } from '../components/bug-links.ts';
import { bugTable } from '../components/bug-table.ts';
import { barTable, dayChart, lastDays, MAX_SERIES } from '../components/chart.ts';
import { crashFilterForm } from '../components/crash-filters.ts';
import { faultBox } from '../components/form-controls.ts';
import { overviewPath, productPath } from '../components/product-path.ts';
import { countedNote } from '../components/counted-note.ts';
import { count } from '../components/value-table.ts';
import { namedProduct } from '../named-product.ts';
import { peopleNames } from '../people-names.ts';
import type { Html, MemberPage, MemberRequest } from '../page.ts';

const DEFAULT_PERIOD = '28d';
const MAX_RISING = 10;

export const overviewPage: MemberPage = {
  path: '/overview/:account/:product',
  access: 'read',
  nav: 'overview',
  async view(request) {
    const { seen, url, now } = request;
    const product = await namedProduct(request);
    const { account, name } = product;
    const inDays = periodOfDays(url.searchParams);
    if (inDays !== null) return { kind: 'redirect', to: filteredLink(overviewPath(product), {}, inDays) };
    const filter = readCrashFilter(url.searchParams);
    const shown = { ...filter.given, period: filter.given.period ?? DEFAULT_PERIOD };
    const period = daysOfPeriod(shown.period) ?? PERIOD_DAYS[DEFAULT_PERIOD];
    const [found, facets, { names }, rising] = await Promise.all([
      filter.problem === null
        ? filteredOverview(request.seen, {
            account,
            product: name,
            days: period,
            query: filter.query,
            period: filter.given.period,
            now,
          })
        : { fault: { problem: filter.problem, at: filter.at } },
      seen.facets(),
      peopleNames(seen),
      request.seen.trends({ account, product: name }),
    ]);
    const trends = new Map(rising.map((trend) => [trend.bugId, trend]));
    const risen =
      rising.length === 0 || filter.problem !== null
        ? []
        : await countedRows(
            request,
            rising.slice(0, MAX_RISING).map(({ bugId }) => bugId),
            { account, product: name, days: period, query: filter.query, period: filter.given.period },
          );
    const fault = 'fault' in found ? faultSentence(found.fault.problem, found.fault.at) : null;
    const overview = 'overview' in found ? found.overview : NOTHING_FOUND;
    const all = lastDays(period, now);
    const inside = daysWithin(all, filter.given);
    const days = inside.length === 0 ? all : inside;
    const since = days[0] ?? '';
    const versions = byVersion(overview.series, days, MAX_SERIES);
    const filters = { ...shown, account, product: name };
    const list = (rows: readonly BugRow[], caption: string) =>
      bugTable(rows, {
        given: shown,
        now,
        names,
        selectable: false,
        byWeek: false,
        withProduct: false,
        caption,
        trends,
      });
    return {
      kind: 'html',
      title: `${name} overview`,
      status: fault === null ? 200 : 400,
      body: html`<div class="heading">
          <h1>${name}</h1>
          <div class="actions">
            <a class="button" href="${bugsLink(filters)}">Bugs</a>
            <a class="button" href="${topLink({ account, product: name })}">Top crashers</a>
            <a class="button" href="${releasesLink(product)}">Releases</a>
            <a class="button" href="${reportsLink(filters)}">Reports</a>
            <a class="button" href="${filteredLink('/search', shown, { account, product: name })}">Search</a>
            <a class="button" href="${productPath(product)}">Settings</a>
          </div>
        </div>
        ${faultBox(fault)}
        ${crashFilterForm({ action: overviewPath(product), given: filter.given, facets, anyTime: 'last 28 days' })}
        ${countedNote(overview)}
        <div class="figures">
          ${figure(overview.crashes, overview.crashes === 1 ? 'crash' : 'crashes')}
          ${figure(overview.installations, overview.installations === 1 ? 'installation affected' : 'installations affected')}
          ${figure(overview.newBugs.length, overview.newBugs.length === 1 ? 'new bug' : 'new bugs', 10)}
          ${figure(overview.reopenedBugs.length, overview.reopenedBugs.length === 1 ? 'reopened bug' : 'reopened bugs', 10)}
        </div>
        <div class="pair">
          ${dayChart({
            title: 'Crashes by day and version',
            days,
            series: versions.length === 0 ? [{ name: 'Crashes', values: days.map(() => 0) }] : versions,
            range: (from, to) =>
              filteredLink(overviewPath(product), { ...filter.given, happened_from: from, happened_to: to }),
          })}
          <figure class="chart">
            <figcaption>By version <span class="quiet">${period} days</span></figcaption>
            ${
              versions.length === 0
                ? html`<p class="quiet">No crash in this time.</p>`
                : barTable({
                    caption: `Crashes by version in ${period} days`,
                    nameLabel: 'Version',
                    rows: versions.map((version) => ({
                      name: overview.series.some((point) => point.version === version.name)
                        ? bugFilterLink({ ...filters, version: version.name }, version.name)
                        : html`<span class="quiet">${version.name}</span>`,
                      value: version.values.reduce((sum, value) => sum + value, 0),
                    })),
                  })
            }
          </figure>
        </div>
        ${risen.length === 0 ? null : part('rising', 'On the rise', risen, '', list)}
        ${part('top', 'Top bugs', overview.topBugs, 'Nothing crashed in this time.', list)}
        ${part('new', `New since ${since}`, overview.newBugs, 'No bug is new.', list)}
        ${part('reopened', `Reopened since ${since}`, overview.reopenedBugs, 'No bug was reopened.', list)}
        <p><a href="${bugsLink({ ...filters, new_since: since })}">All bugs that are new or reopened since ${since}</a></p>`,
    };
  },
};

/** Bugs on the rise, in their order, with what they count under the filter. */
async function countedRows(
  { seen }: MemberRequest,
  ids: readonly number[],
  asked: Parameters<typeof withinDays>[0] & { readonly account: string; readonly product: string },
): Promise<readonly BugRow[]> {
  const these: Query = {
    is: 'clause',
    key: 'bug',
    conditions: ids.map((id) => ({ op: 'equals', text: String(id) })),
    at: 0,
  };
  const { account, product } = asked;
  const answer = await seen.searchBugs(
    { is: 'and', of: [withinDays(asked), these] },
    { account, product },
    { limit: ids.length },
  );
  const rows = 'found' in answer ? answer.found.rows : [];
  return rows.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
}

const NOTHING_FOUND: FilteredOverview = {
  crashes: 0,
  installations: 0,
  byDay: [],
  ...NOTHING_ASKED,
  series: [],
  topBugs: [],
  newBugs: [],
  reopenedBugs: [],
};

/** Older links say `days=14`: the same address with the shortest period that holds them; null: it names none. */
function periodOfDays(params: URLSearchParams): Readonly<Record<string, string>> | null {
  const days = params.get('days');
  if (days === null) return null;
  const to = new URLSearchParams(params);
  to.delete('days');
  if ((params.get('period') ?? '') === '' && /^\d{1,3}$/.test(days))
    to.set('period', PERIODS.find((one) => PERIOD_DAYS[one] >= Number(days)) ?? '400d');
  return Object.fromEntries(to);
}

/** `most`: the store lists so many at most, so that this number means "or more". */
function figure(value: number, label: string, most?: number): Html {
  return html`<p class="figure">
    <strong>${count(value)}${most !== undefined && value >= most ? '+' : null}</strong> <span>${label}</span>
  </p>`;
}

function part(
  id: string,
  title: string,
  rows: readonly BugRow[],
  none: string,
  list: (rows: readonly BugRow[], caption: string) => Html,
): Html {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${rows.length === 0 ? html`<p class="quiet">${none}</p>` : list(rows, title)}
  </section>`;
}
