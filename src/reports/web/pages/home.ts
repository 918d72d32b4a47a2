// /: all products at a glance: what crashes how often, what is new, and the bugs to look at first.
import { html } from 'hono/html';
import type { ProductOverview } from '../../../store/bugs.ts';
import type { Product } from '../../../store/people.ts';
import { byDay } from '../../view/day-series.ts';
import { bugsLink } from '../../query/bug-query.ts';
import { bugTable } from '../components/bug-table.ts';
import { lastDays, sparkline } from '../components/chart.ts';
import { codeBlock } from '../components/code.ts';
import { overviewPath, productPath } from '../components/product-path.ts';
import { sampleCurl } from '../components/integration-samples.ts';
import { table } from '../components/table.ts';
import type { Column } from '../components/table.ts';
import { count, nothing, time } from '../components/value-table.ts';
import { peopleNames } from '../people-names.ts';
import type { Html, MemberPage } from '../page.ts';

const DAYS = 28;
const MAX_PRODUCTS = 15;
const BUGS = 8;

interface Row {
  readonly product: Product;
  readonly overview: ProductOverview;
  readonly open: number;
}

export const homePage: MemberPage = {
  path: '/',
  access: 'read',
  nav: 'overview',
  async view({ context, seen, now }) {
    const { people } = context.store;
    const products = [...(await people.listProducts())].sort(
      (one, other) => (other.lastReportAt ?? 0) - (one.lastReportAt ?? 0),
    );
    const [rows, newest, names] = await Promise.all([
      Promise.all(
        products.slice(0, MAX_PRODUCTS).map(async (product): Promise<Row> => {
          const { account, name } = product;
          const [overview, counts] = await Promise.all([
            seen.recentOverview({ account, product: name, days: DAYS, now }),
            seen.countBugs({ account, product: name }),
          ]);
          return { product, overview, open: counts.open };
        }),
      ),
      seen.listBugs({ state: 'open' }, { limit: BUGS }),
      peopleNames(context),
    ]);
    return {
      kind: 'html',
      title: 'Overview',
      body: html`<h1>Overview</h1>
        ${
          products.every(({ reportCount }) => reportCount === 0)
            ? empty(context.submitUrl)
            : html`${table({
                caption: `Products, the last ${DAYS} days`,
                columns: columns(
                  now,
                  products.some(({ account }) => account !== 'default'),
                ),
                rows,
                className: 'list overview',
              })}
              ${products.length > rows.length ? html`<p><a href="/products">All ${count(products.length)} products</a></p>` : null}
              <section aria-labelledby="bugs">
                <h2 id="bugs">Look at these first</h2>
                ${
                  newest.rows.length === 0
                    ? html`<p class="quiet">No bug is open.</p>`
                    : bugTable(newest.rows, {
                        now,
                        selectable: false,
                        byWeek: false,
                        names: names.names,
                        withProduct: true,
                        caption: 'Open bugs of the last weeks, new ones first, then by crashes',
                      })
                }
                <p><a href="/bugs">All bugs</a></p>
              </section>`
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

function columns(now: number, withAccount: boolean): readonly Column<Row>[] {
  const days = lastDays(DAYS, now);
  const filters = ({ product }: Row) => ({ account: product.account, product: product.name });
  return [
    {
      label: 'Product',
      cell: ({ product }) => html`<a class="row" href="${overviewPath(product)}">${product.name}</a>`,
    },
    ...(withAccount ? [{ label: 'Account', cell: ({ product }: Row) => product.account }] : []),
    {
      label: `Last ${DAYS} days`,
      wideOnly: true,
      cell: ({ overview }) => sparkline(byDay(overview.series, days), 'Crashes a day, oldest first'),
    },
    {
      label: 'Crashes',
      number: true,
      unit: ({ overview }) => (overview.crashes === 1 ? 'crash' : 'crashes'),
      cell: ({ overview }) => count(overview.crashes),
    },
    {
      label: 'Installations',
      number: true,
      wideOnly: true,
      cell: ({ overview }) => (overview.installations === 0 ? nothing : count(overview.installations)),
    },
    {
      label: 'New bugs',
      number: true,
      wideOnly: true,
      cell: (row) =>
        row.overview.newBugs.length === 0
          ? nothing
          : html`<a href="${bugsLink({ ...filters(row), new_since: days[0] ?? '' })}"
              >${many(row.overview.newBugs.length)}</a
            >`,
    },
    {
      label: 'Open bugs',
      number: true,
      unit: () => 'open',
      cell: (row) => html`<a href="${bugsLink(filters(row))}">${count(row.open)}</a>`,
    },
    { label: 'Last report', cell: ({ product }) => time(product.lastReportAt, now) },
    {
      label: 'Settings',
      wideOnly: true,
      cell: ({ product }) => html`<a href="${productPath(product)}">settings</a>`,
    },
  ];
}

/** The store lists ten at most: ten means ten or more. */
function many(length: number): string {
  return length >= 10 ? `${count(length)}+` : count(length);
}
