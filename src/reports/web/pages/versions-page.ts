// /products/{account}/{product}/versions: the order of a product's versions, as it is now, and how people change it.
import { html } from 'hono/html';
import type { VersionCorrection, VersionScheme } from '../../../report/version-schemes.ts';
import { VERSION_SCHEMES } from '../../../report/version-schemes.ts';
import { allows } from '../../auth/person.ts';
import { releaseLink, releasesLink } from '../../query/release-query.ts';
import { checkProductRules } from '../../view/product-rules-view.ts';
import { excerpt } from '../../view/excerpt.ts';
import { faultBox, field, form, select } from '../components/form-controls.ts';
import { productPath } from '../components/product-path.ts';
import { table } from '../components/table.ts';
import { count, nothing } from '../components/value-table.ts';
import { namedProduct } from '../named-product.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

const SHOWN = 200;

const SCHEMES: Readonly<Record<VersionScheme, string>> = {
  automatic: 'by what each version looks like',
  semver: 'as semver.org says',
  debian: 'as Debian’s packages',
  first_seen: 'by who crashed first',
};

export const versionsPage: MemberPage = {
  path: '/products/:account/:product/versions',
  access: 'read',
  nav: 'releases',
  view: (request) => show(request, null),
  actions: {
    scheme: {
      access: 'admin',
      run: (request, given) => change(request, () => ({ versionScheme: given.text('scheme') })),
    },
    place: {
      access: 'admin',
      run: (request, given) => change(request, (now) => ({ versionCorrections: placed(now, given) })),
    },
    release: {
      access: 'admin',
      run: (request, given) =>
        change(request, (now) => ({
          versionCorrections: now.filter(({ version }) => version !== given.text('version')),
        })),
    },
  },
};

/** The corrections with one more; a version that has a place already gets this one. */
function placed(now: readonly VersionCorrection[], given: Form): readonly VersionCorrection[] {
  const version = given.text('version').trim();
  const after = given.text('after').trim();
  return [...now.filter((one) => one.version !== version), { version, after: after === '' ? null : after }];
}

async function change(
  request: MemberRequest,
  make: (now: readonly VersionCorrection[]) => Readonly<Record<string, unknown>>,
): Promise<PageAnswer> {
  const { account, name } = await namedProduct(request);
  const { bugs } = request.context.store;
  const now = await bugs.productRules(account, name);
  const checked = checkProductRules(now, make(now.versionCorrections));
  if (!checked.ok) return show(request, checked.fault);
  await bugs.setProductRules(account, name, checked.value);
  request.context.log.info(
    { account, product: name, by: request.person.user?.id },
    'the order of versions changed',
  );
  return { kind: 'redirect', to: `${productPath({ account, name })}/versions`, done: 'saved' };
}

async function show(request: MemberRequest, fault: string | null): Promise<PageAnswer> {
  const product = await namedProduct(request);
  const { account, name } = product;
  const [rules, list] = await Promise.all([
    request.context.store.bugs.productRules(account, name),
    request.seen.listReleases({ account, product: name }, { offset: 0, limit: SHOWN }),
  ]);
  const versions = list.releases.map(({ version }) => version);
  const to = `${productPath(product)}/versions`;
  const mayChange = allows('admin', request.person);
  const corrected = new Map(rules.versionCorrections.map((one) => [one.version, one.after]));
  return {
    kind: 'html',
    title: `${name} order of versions`,
    status: fault === null ? 200 : 400,
    body: html`<p class="id"><a href="${releasesLink(product)}">${name} releases</a></p>
      <h1>Order of versions</h1>
      <p class="lead">
        Lists, searches such as <code>version:>=2.1</code>, comparisons and the reopening of closed bugs go by this order.
        ${mayChange ? null : html`Administrators can change it.`}
      </p>
      ${faultBox(fault)}
      ${mayChange ? changes(to, { csrf: request.csrf, scheme: rules.versionScheme, versions }) : html`<p>Versions are ordered ${SCHEMES[rules.versionScheme]}.</p>`}
      ${corrections(rules.versionCorrections, { to, csrf: request.csrf, mayChange })}
      <section aria-labelledby="order">
        <h2 id="order">The order now <span class="quiet">newest first</span></h2>
        ${
          versions.length === 0
            ? html`<p class="empty">No crash or session names a version yet.</p>`
            : table({
                caption: 'Versions in their order, newest first',
                rows: list.releases,
                columns: [
                  {
                    label: 'Version',
                    cell: ({ version }) =>
                      html`<a class="row" href="${releaseLink(product, version)}">${excerpt(version, 80).text}</a>`,
                  },
                  { label: 'First day', cell: ({ firstDay }) => firstDay ?? nothing },
                  {
                    label: 'Place',
                    cell: ({ version }) => {
                      const after = corrected.get(version);
                      if (after === undefined) return html`<span class="quiet">by the scheme</span>`;
                      return after === null
                        ? 'before all, by hand'
                        : html`right behind ${excerpt(after, 60).text}, by hand`;
                    },
                  },
                  { label: 'Crashes', number: true, wideOnly: true, cell: ({ crashes }) => count(crashes) },
                ],
              })
        }
        ${list.total > SHOWN ? html`<p class="quiet">The newest ${count(SHOWN)} of ${count(list.total)}.</p>` : null}
      </section>`,
  };
}

function changes(
  to: string,
  {
    csrf,
    scheme,
    versions,
  }: { readonly csrf: string; readonly scheme: VersionScheme; readonly versions: readonly string[] },
): Html {
  return html`${form(
    { to, action: 'scheme', csrf, className: 'filters' },
    html`${select({ name: 'scheme', label: 'Versions are ordered', value: scheme, choices: VERSION_SCHEMES.map((value) => ({ value, label: SCHEMES[value] })) })}
        <button>Choose</button>`,
  )}
    ${form(
      { to, action: 'place', csrf, className: 'filters' },
      html`${field({ name: 'version', label: 'Version', required: true, maxLength: 200, offers: versions })}
        ${field({ name: 'after', label: 'comes right behind (empty: before all)', maxLength: 200, offers: versions })}
        <button>Correct</button>`,
    )}`;
}

function corrections(
  given: readonly VersionCorrection[],
  { to, csrf, mayChange }: { readonly to: string; readonly csrf: string; readonly mayChange: boolean },
): Html | null {
  if (given.length === 0) return null;
  return html`<section aria-labelledby="corrections">
    <h2 id="corrections">Corrections</h2>
    ${table({
      caption: 'Versions that were placed by hand',
      rows: given,
      columns: [
        { label: 'Version', cell: ({ version }) => excerpt(version, 80).text },
        {
          label: 'Comes',
          cell: ({ after }) =>
            after === null ? 'before all' : html`right behind ${excerpt(after, 80).text}`,
        },
        ...(mayChange
          ? [
              {
                label: 'Change',
                cell: ({ version }: VersionCorrection) =>
                  form(
                    { to, action: 'release', csrf, className: 'inline' },
                    html`<input type="hidden" name="version" value="${version}" />
                      <button aria-label="Leave ${excerpt(version, 60).text} to the scheme">Leave to the scheme</button>`,
                  ),
              },
            ]
          : []),
      ],
    })}
  </section>`;
}
