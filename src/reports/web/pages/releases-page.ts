// /releases: the newest releases of each product. /products/{account}/{product}/releases: all of one, in the product's order.
import { html } from 'hono/html';
import type { Product } from '../../../store/people.ts';
import type { Release } from '../../../store/releases.ts';
import { compareLink, releaseLink, releasesLink, topLink } from '../../query/release-query.ts';
import { excerpt } from '../../view/excerpt.ts';
import { countedNote } from '../components/counted-note.ts';
import { pager } from '../components/pager.ts';
import { overviewPath, productPath } from '../components/product-path.ts';
import { crashFreeCell, perThousandCell } from '../components/release-figures.ts';
import { table } from '../components/table.ts';
import type { Column } from '../components/table.ts';
import { count, nothing } from '../components/value-table.ts';
import { namedProduct } from '../named-product.ts';
import type { Html, MemberPage } from '../page.ts';

const ROWS = 30;
const ROWS_OF_EACH = 3;
const MAX_PRODUCTS = 20;

export const allReleasesPage: MemberPage = {
  path: '/releases',
  access: 'read',
  nav: 'releases',
  async view({ seen }) {
    const products = await seen.settings.products();
    const [only] = products;
    if (only !== undefined && products.length === 1) return { kind: 'redirect', to: releasesLink(only) };
    const shown = products
      .toSorted((a, b) => (b.lastReportAt ?? 0) - (a.lastReportAt ?? 0))
      .slice(0, MAX_PRODUCTS);
    const lists = await Promise.all(
      shown.map(({ account, name }) =>
        seen.listReleases({ account, product: name }, { offset: 0, limit: ROWS_OF_EACH }),
      ),
    );
    return {
      kind: 'html',
      title: 'Releases',
      body: html`<h1>Releases</h1>
        ${products.length === 0 ? html`<p class="empty">There is no product yet. <a href="/products">Products</a> come with their first report.</p>` : null}
        ${shown.map((product, at) => {
          const list = lists[at];
          const id = `product-${at}`;
          return html`<section aria-labelledby="${id}">
            <h2 id="${id}"><a href="${releasesLink(product)}">${excerpt(product.name, 80).text}</a> <span class="quiet">${count(list?.total ?? 0)} ${list?.total === 1 ? 'release' : 'releases'}</span></h2>
            ${
              list === undefined || list.releases.length === 0
                ? html`<p class="quiet">No crash or session of it names a version.</p>`
                : html`${countedNote(list, 'Installations')}
                    ${releaseTable(product, list.releases, `The newest releases of ${product.name}`)}`
            }
          </section>`;
        })}
        ${products.length > shown.length ? html`<p><a href="/products">All ${count(products.length)} products</a></p>` : null}`,
    };
  },
};

export const releasesPage: MemberPage = {
  path: '/products/:account/:product/releases',
  access: 'read',
  nav: 'releases',
  async view(request) {
    const product = await namedProduct(request);
    const { account, name } = product;
    const cursor = request.url.searchParams.get('cursor') ?? '';
    const offset = /^\d{1,6}$/.test(cursor) ? Number(cursor) : 0;
    const list = await request.seen.listReleases({ account, product: name }, { offset, limit: ROWS });
    const next = offset + list.releases.length;
    return {
      kind: 'html',
      title: `${name} releases`,
      body: html`<div class="heading">
          <h1>${name} releases</h1>
          <div class="actions">
            <a class="button" href="${overviewPath(product)}">Overview</a>
            <a class="button" href="${topLink({ account, product: name })}">Top crashers</a>
            <a class="button" href="${productPath(product)}/versions">Order of versions</a>
          </div>
        </div>
        <p class="lead">
          ${count(list.total)} ${list.total === 1 ? 'release' : 'releases'}, newest first in the order of versions.
          Crash-free rates come from sessions; where none are sent, nobody knows how many ran a release.
        </p>
        ${countedNote(list, 'Installations')}
        ${
          list.releases.length === 0
            ? html`<p class="empty">${offset === 0 ? 'No crash or session names a version yet. Clients send it with each report; the integration page says how.' : 'There are no further releases.'}</p>`
            : releaseTable(product, list.releases, `Releases of ${name}, newest first`)
        }
        ${pager({
          newest: offset === 0 ? null : releasesLink(product),
          older: next < list.total ? `${releasesLink(product)}?cursor=${next}` : null,
        })}`,
    };
  },
};

function releaseTable(product: Product, releases: readonly Release[], caption: string): Html {
  const columns: readonly Column<Release>[] = [
    {
      label: 'Release',
      cell: ({ version, made }) =>
        html`<a class="row" href="${releaseLink(product, version)}">${excerpt(version, 80).text}</a>${
          made === null || made.releasedAt === null
            ? null
            : html` <span class="quiet">released ${new Date(made.releasedAt).toISOString().slice(0, 10)}</span>`
        }`,
    },
    { label: 'First day', cell: ({ firstDay }) => firstDay ?? nothing },
    { label: 'Last day', cell: ({ lastDay }) => lastDay ?? nothing, wideOnly: true },
    {
      label: 'Crashes',
      number: true,
      cell: ({ crashes }) => count(crashes),
      unit: ({ crashes }) => (crashes === 1 ? 'crash' : 'crashes'),
    },
    {
      label: 'Installations that crashed',
      number: true,
      wideOnly: true,
      cell: ({ installations }) => (installations === 0 ? nothing : count(installations)),
    },
    {
      label: 'Users',
      number: true,
      wideOnly: true,
      cell: ({ sessions }) => (sessions === null ? nothing : count(sessions.users)),
    },
    {
      label: 'Crash-free users',
      number: true,
      cell: ({ sessions }) => crashFreeCell(sessions?.users ?? 0, sessions?.crashedUsers ?? 0, 'users'),
      unit: ({ sessions }) => (sessions === null ? '' : 'users'),
    },
    {
      label: 'Crash-free sessions',
      number: true,
      wideOnly: true,
      cell: ({ sessions }) => crashFreeCell(sessions?.sessions ?? 0, sessions?.crashed ?? 0, 'sessions'),
    },
    { label: 'Crashes per 1\u202f000', number: true, wideOnly: true, cell: perThousandCell },
    {
      label: 'Compare',
      cell: ({ version }) => {
        const before = releases[releases.findIndex((one) => one.version === version) + 1];
        return before === undefined
          ? nothing
          : html`<a href="${compareLink(product, { base: before.version, new: version, days: null, bug: null })}" aria-label="Compare ${excerpt(version, 60).text} with ${excerpt(before.version, 60).text}">with ${excerpt(before.version, 30).text}</a>`;
      },
    },
  ];
  return table({ caption, columns, rows: releases });
}
