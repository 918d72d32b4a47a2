// /products: what reports here, and since when.
import { html } from 'hono/html';
import type { Product } from '../../../store/people.ts';
import { reportsLink } from '../../query/report-query.ts';
import { isProductName } from '../../view/product-change.ts';
import { faultBox, field, form, select } from '../components/form-controls.ts';
import { productPath } from '../components/product-path.ts';
import type { Column } from '../components/table.ts';
import { table } from '../components/table.ts';
import { count, nothing, time } from '../components/value-table.ts';
import type { MemberPage, MemberRequest, PageAnswer } from '../page.ts';

/** Products of one page; automatic ones are capped well below. */
const MAX_ROWS = 200;

export const productsPage: MemberPage = {
  path: '/products',
  access: 'read',
  nav: 'products',
  view: (request) => show(request, null),
  actions: {
    add: {
      access: 'account',
      async run(request, form) {
        const name = form.text('name').trim();
        const account = form.text('account');
        if (!isProductName(name)) {
          return show(request, 'A name has 1 to 100 characters, without slashes and control characters.');
        }
        const product = await request.seen.settings.createProduct(account, name);
        if (product === null)
          return show(request, 'There is a product of this name already, or the account is gone.');
        return { kind: 'redirect', to: productPath(product), done: 'added' };
      },
    },
  },
};

async function show({ seen, csrf, now }: MemberRequest, fault: string | null): Promise<PageAnswer> {
  const products = await seen.settings.products();
  const accounts = seen.settings.accounts().filter((account) => seen.settings.administers(account));
  return {
    kind: 'html',
    title: 'Products',
    status: fault === null ? 200 : 400,
    body: html`<h1>Products</h1>
      ${
        products.length === 0
          ? html`<p class="empty">No product yet. The first report of one adds it; or add it by hand.</p>`
          : table({
              caption: 'Products',
              columns: columns(
                now,
                products.some(({ account }) => account !== 'default'),
              ),
              rows: products.slice(0, MAX_ROWS),
            })
      }
      ${products.length > MAX_ROWS ? html`<p class="quiet">and ${count(products.length - MAX_ROWS)} more in <a href="/api">the API</a>.</p>` : null}
      ${
        accounts.length > 0
          ? html`<section aria-labelledby="add">
              <h2 id="add">Add a product</h2>
              ${faultBox(fault)}
              ${form(
                { to: '/products', action: 'add', csrf, className: 'row-form' },
                html`${field({ name: 'name', label: 'Name', required: true, maxLength: 100 })}
                  ${
                    accounts.length > 1
                      ? select({
                          name: 'account',
                          label: 'Account',
                          value: accounts[0] ?? '',
                          choices: accounts.map((value) => ({ value, label: value })),
                        })
                      : html`<input type="hidden" name="account" value="${accounts[0] ?? ''}" />`
                  } <button>Add product</button>`,
              )}
            </section>`
          : null
      }`,
  };
}

function columns(now: number, withAccount: boolean): readonly Column<Product>[] {
  return [
    {
      label: 'Product',
      cell: (product) => html`<a class="row" href="${productPath(product)}">${product.name}</a>`,
    },
    ...(withAccount ? [{ label: 'Account', cell: (product: Product) => product.account }] : []),
    {
      label: 'Reports',
      number: true,
      unit: ({ reportCount }) => (reportCount === 1 ? 'report' : 'reports'),
      cell: (product) =>
        html`<a href="${reportsLink({ account: product.account, product: product.name })}"
          >${count(product.reportCount)}</a
        >`,
    },
    { label: 'Last report', cell: (product) => time(product.lastReportAt, now) },
    {
      label: 'Kept',
      wideOnly: true,
      cell: ({ keepDays }) => (keepDays === null ? 'while there is room' : `${count(keepDays)} days`),
    },
    { label: 'Key', wideOnly: true, cell: ({ requireKey }) => (requireKey ? 'required' : nothing) },
    {
      label: 'Added by',
      wideOnly: true,
      cell: ({ automatic }) => (automatic ? 'its first report' : 'hand'),
    },
    {
      label: 'Set up',
      cell: (product) => html`<a href="${productPath(product)}/integration">Integration</a>`,
    },
  ];
}
