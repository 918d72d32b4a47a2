// /overview/{account}/{product}: crashes by day and version, top bugs, new and reopened ones, affected installations.
import { html } from 'hono/html';
import type { BugRow } from '../../../store/bugs.ts';
import { bugsLink } from '../../query/bug-query.ts';
import { reportsLink } from '../../query/report-query.ts';
import { byVersion } from '../../view/day-series.ts';
import { bugFilterLink } from '../components/bug-links.ts';
import { bugTable } from '../components/bug-table.ts';
import { barTable, dayChart, lastDays, MAX_SERIES } from '../components/chart.ts';
import { select } from '../components/form-controls.ts';
import { overviewPath, productPath } from '../components/product-path.ts';
import { count } from '../components/value-table.ts';
import { namedProduct } from '../named-product.ts';
import { peopleNames } from '../people-names.ts';
import type { Html, MemberPage } from '../page.ts';

const PERIODS = [7, 14, 28, 56, 90] as const;
const DEFAULT_DAYS = 28;

export const overviewPage: MemberPage = {
  path: '/overview/:account/:product',
  access: 'read',
  nav: 'overview',
  async view(request) {
    const { context, url, now } = request;
    const product = await namedProduct(request);
    const { account, name } = product;
    const asked = Number(url.searchParams.get('days') ?? DEFAULT_DAYS);
    const period = PERIODS.find((one) => one === asked) ?? DEFAULT_DAYS;
    const [overview, { names }] = await Promise.all([
      request.seen.recentOverview({ account, product: name, days: period, now }),
      peopleNames(context),
    ]);
    const days = lastDays(period, now);
    const since = days[0] ?? '';
    const versions = byVersion(overview.series, days, MAX_SERIES);
    const filters = { account, product: name };
    const list = (rows: readonly BugRow[], caption: string) =>
      bugTable(rows, { now, names, selectable: false, byWeek: false, withProduct: false, caption });
    return {
      kind: 'html',
      title: `${name} overview`,
      body: html`<div class="heading">
          <h1>${name}</h1>
          <div class="actions">
            <a class="button" href="${bugsLink(filters)}">Bugs</a>
            <a class="button" href="${reportsLink(filters)}">Reports</a>
            <a class="button" href="${productPath(product)}">Settings</a>
          </div>
        </div>
        <form method="get" action="${overviewPath(product)}" class="filters" aria-label="Period">
          ${select({ name: 'days', label: 'Period', value: String(period), choices: PERIODS.map((one) => ({ value: String(one), label: `${one} days` })) })}
          <button>Show</button>
        </form>
        <div class="figures">
          ${figure(overview.crashes, overview.crashes === 1 ? 'crash' : 'crashes')}
          ${figure(overview.installations, overview.installations === 1 ? 'installation affected' : 'installations affected')}
          ${figure(overview.newBugs.length, overview.newBugs.length === 1 ? 'new bug' : 'new bugs', 10)}
          ${figure(overview.reopenedBugs.length, overview.reopenedBugs.length === 1 ? 'reopened bug' : 'reopened bugs', 10)}
        </div>
        <div class="pair">
          ${dayChart({ title: 'Crashes by day and version', days, series: versions.length === 0 ? [{ name: 'Crashes', values: days.map(() => 0) }] : versions })}
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
        ${part('top', 'Top bugs', overview.topBugs, 'Nothing crashed in this time.', list)}
        ${part('new', `New since ${since}`, overview.newBugs, 'No bug is new.', list)}
        ${part('reopened', `Reopened since ${since}`, overview.reopenedBugs, 'No bug was reopened.', list)}
        <p><a href="${bugsLink({ ...filters, new_since: since })}">All bugs that are new or reopened since ${since}</a></p>`,
    };
  },
};

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
