// /: what needs a look now (new, regressed, rising, refused), then all products with their trend, then the bugs of whoever asks.
import { html } from 'hono/html';
import type { Product } from '../../../store/people.ts';
import { bugsLink } from '../../query/bug-query.ts';
import { daysOfPeriod, faultSentence, filteredLink, readCrashFilter } from '../../query/crash-filter.ts';
import type { GivenCrashFilter } from '../../query/crash-filter.ts';
import { productFigures, withinDays } from '../../query/filtered-overview.ts';
import type { ProductFigures } from '../../query/filtered-overview.ts';
import { assigneeName } from '../../query/bug-query.ts';
import { needsAttention } from '../../query/needs-attention.ts';
import { countedSentence } from '../../view/counted-words.ts';
import { changeOf } from '../../view/change-words.ts';
import { attentionList } from '../components/attention-list.ts';
import { bugTable } from '../components/bug-table.ts';
import { lastDays, sparkline } from '../components/chart.ts';
import { codeBlock } from '../components/code.ts';
import { crashFilterForm } from '../components/crash-filters.ts';
import { faultBox } from '../components/form-controls.ts';
import { overviewPath, productPath } from '../components/product-path.ts';
import { sampleCurl } from '../components/integration-samples.ts';
import { table } from '../components/table.ts';
import type { Column } from '../components/table.ts';
import { count, nothing, time } from '../components/value-table.ts';
import { peopleNames } from '../people-names.ts';
import type { Html, MemberPage } from '../page.ts';

const DAYS = 28;
const MAX_PRODUCTS = 15;
const MINE = 8;
const DAY_MS = 86_400_000;
/** Bars of a sparkline, the newest. */
const MAX_BARS = 90;

interface Row {
  readonly product: Product;
  readonly figures: ProductFigures;
}

export const homePage: MemberPage = {
  path: '/',
  access: 'read',
  nav: 'overview',
  async view({ context, person, seen, url, now }) {
    const filter = readCrashFilter(url.searchParams);
    const { period: given } = filter.given;
    const days = daysOfPeriod(given) ?? DAYS;
    const products = [...(await seen.settings.products())].sort(
      (one, other) => (other.lastReportAt ?? 0) - (one.lastReportAt ?? 0),
    );
    const asked = { days, query: filter.query, period: given, now };
    const shown = { ...filter.given, period: given ?? '28d' };
    const me = assigneeName(person);
    const since = Math.floor(now / DAY_MS - days + 1) * DAY_MS;
    const [found, needed, mine, names, facets] = await Promise.all([
      filter.problem === null
        ? Promise.all(
            products.slice(0, MAX_PRODUCTS).map(async (product) => {
              const figures = await productFigures(seen, {
                account: product.account,
                product: product.name,
                ...asked,
              });
              return { product, found: figures };
            }),
          )
        : [],
      filter.problem === null
        ? needsAttention(seen, {
            query: withinDays(asked),
            products: products
              .slice(0, MAX_PRODUCTS)
              .map(({ account, name }) => ({ account, product: name })),
            since,
            now,
          })
        : { fault: { problem: filter.problem, at: filter.at } },
      me === null
        ? { rows: [] }
        : seen.listBugs({ assignee: me, state: 'open', order: 'last_seen' }, { limit: MINE }),
      peopleNames(seen),
      seen.facets(),
    ]);
    const rows = found.flatMap((row): Row[] =>
      'figures' in row.found ? [{ product: row.product, figures: row.found.figures }] : [],
    );
    const fault = 'fault' in needed ? faultSentence(needed.fault.problem, needed.fault.at) : null;
    const trends = await seen.soonTrends(mine.rows);
    return {
      kind: 'html',
      title: 'Overview',
      status: fault === null ? 200 : 400,
      body: html`<h1>Overview</h1>
        ${
          products.every(({ reportCount }) => reportCount === 0)
            ? empty(context.submitUrl)
            : html`${faultBox(fault)}
              ${crashFilterForm({ action: '/', given: filter.given, facets, anyTime: 'last 28 days' })}
              ${
                'fault' in needed
                  ? null
                  : html`<section aria-labelledby="needs">
                      <h2 id="needs">What needs a look</h2>
                      ${attentionList(needed.attention, {
                        now,
                        given: shown,
                        names: names.names,
                        since: new Date(since).toISOString().slice(0, 10),
                      })}
                    </section>`
              }
              <h2>Products <span class="quiet">${days === 1 ? 'the last day, against the day before' : `the last ${days} days, against the ${days} before`}</span></h2>
              ${table({
                caption: `Products, the last ${days} days`,
                columns: columns({
                  now,
                  days,
                  given: shown,
                  asGiven: filter.given,
                  withAccount: products.some(({ account }) => account !== 'default'),
                }),
                rows,
                className: 'list overview',
              })}
              ${products.length > rows.length ? html`<p><a href="/products">All ${count(products.length)} products</a></p>` : null}
              ${
                mine.rows.length === 0
                  ? null
                  : html`<section aria-labelledby="bugs">
                      <h2 id="bugs">Your bugs <span class="quiet">of all time</span></h2>
                      ${bugTable(mine.rows, {
                        trends,
                        now,
                        selectable: false,
                        byWeek: false,
                        names: names.names,
                        withProduct: true,
                        columns: ['product', 'days', 'crashes', 'installations', 'versions', 'last_seen'],
                        caption: 'Open bugs that you are assigned to, the last seen first',
                      })}
                      <p><a href="${bugsLink({ assignee: 'me' })}">All that are yours</a></p>
                    </section>`
              }
              <p><a href="${filteredLink('/bugs', shown)}">All bugs of this time</a></p>`
        }`,
    };
  },
};

function empty(submitUrl: string): Html {
  return html`<section class="empty">
    <h2>No crash yet</h2>
    <p>Post a sample, then load this page again:</p>
    ${codeBlock({ id: 'sample', label: 'A command that posts a sample crash', text: sampleCurl(submitUrl) })}
    <p>
      To make a program report here, see the
      <a href="/products/default/Sample/integration">integration page</a>.
    </p>
  </section>`;
}

function columns(options: {
  readonly now: number;
  readonly days: number;
  /** With the period that is shown where none was given. */
  readonly given: GivenCrashFilter;
  readonly asGiven: GivenCrashFilter;
  readonly withAccount: boolean;
}): readonly Column<Row>[] {
  const { now, days, given, asGiven, withAccount } = options;
  const [first = ''] = lastDays(days, now);
  const filters = ({ product }: Row) => ({ ...given, account: product.account, product: product.name });
  return [
    {
      label: 'Product',
      cell: ({ product }) =>
        html`<a class="row" href="${filteredLink(overviewPath(product), asGiven)}">${product.name}</a>`,
    },
    ...(withAccount ? [{ label: 'Account', cell: ({ product }: Row) => product.account }] : []),
    {
      label: days === 1 ? 'Last day' : `Last ${days} days`,
      wideOnly: true,
      cell: ({ figures }) => sparkline(figures.byDay.slice(-MAX_BARS), 'Crashes a day, oldest first'),
    },
    {
      label: 'Crashes',
      number: true,
      unit: ({ figures }) => (figures.crashes === 1 ? 'crash' : 'crashes'),
      cell: ({ figures }) =>
        figures.complete
          ? html`${count(figures.crashes)}`
          : html`<span title="${countedSentence(figures)}">${count(figures.crashes)}+<span class="unseen"> ${countedSentence(figures)}</span></span>`,
    },
    {
      label: 'Change',
      number: true,
      wideOnly: true,
      cell: ({ figures }) => changeCell(figures),
    },
    {
      label: 'Installations',
      number: true,
      wideOnly: true,
      cell: ({ figures }) => (figures.installations === 0 ? nothing : count(figures.installations)),
    },
    {
      label: 'New bugs',
      number: true,
      wideOnly: true,
      cell: (row) =>
        row.figures.newBugs === 0
          ? nothing
          : html`<a href="${bugsLink({ ...filters(row), new_since: first })}">${count(row.figures.newBugs)}</a>`,
    },
    {
      label: 'Open bugs',
      number: true,
      unit: () => 'open',
      cell: (row) => html`<a href="${bugsLink(filters(row))}">${count(row.figures.openBugs)}</a>`,
    },
    { label: 'Last report', cell: ({ product }) => time(product.lastReportAt, now) },
    {
      label: 'Settings',
      wideOnly: true,
      cell: ({ product }) => html`<a href="${productPath(product)}">settings</a>`,
    },
  ];
}

/** Against the time before; what is chance is said to be so. */
function changeCell({ crashes, crashesBefore }: ProductFigures): Html {
  const { kind, words } = changeOf(crashes, crashesBefore);
  const title = `${count(crashes)} now, ${count(crashesBefore)} before`;
  return html`<span title="${title}" class="${kind === 'more' || kind === 'new' ? 'broken' : kind === 'less' ? '' : 'quiet'}">${words}</span>`;
}
