// /products/{account}/{product}/compare?base=…&new=…: two releases side by side, all their bugs or one.
import { html } from 'hono/html';
import type { Product } from '../../../store/people.ts';
import {
  compareLink,
  MAX_COMPARED_DAYS,
  readCompareQuery,
  releaseLink,
  releasesLink,
} from '../../query/release-query.ts';
import type { CompareQuery } from '../../query/release-query.ts';
import { excerpt } from '../../view/excerpt.ts';
import { comparedSides, comparisonSections } from '../components/release-comparison.ts';
import { faultBox, field } from '../components/form-controls.ts';
import { namedProduct } from '../named-product.ts';
import { noSuchRelease } from '../named-release.ts';
import type { Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

const MAX_OFFERED = 200;

export const releaseComparePage: MemberPage = {
  path: '/products/:account/:product/compare',
  access: 'read',
  nav: 'releases',
  view,
};

async function view(request: MemberRequest): Promise<PageAnswer> {
  const product = await namedProduct(request);
  const { account, name } = product;
  const named = { account, product: name };
  const asked = readCompareQuery(request.url.searchParams);
  const { releases } = await request.seen.listReleases(named, { offset: 0, limit: MAX_OFFERED });
  const versions = releases.map(({ version }) => version);
  // Whoever names none sees the newest, beside the one before it.
  const fresh = asked.new ?? versions[0] ?? null;
  const base =
    asked.base ?? (fresh === null ? null : ((await request.seen.getRelease(named, fresh))?.previous ?? null));
  const comparison =
    asked.problem !== null || fresh === null || base === null
      ? null
      : await request.seen.compareReleases(named, {
          base,
          new: fresh,
          days: asked.days,
          bugId: asked.bugId,
        });
  if (asked.problem === null && comparison === null && fresh !== null && base !== null) throw noSuchRelease();
  const title =
    fresh === null || base === null
      ? `${name} releases`
      : `${name} ${excerpt(fresh, 60).text} against ${excerpt(base, 60).text}`;
  return {
    kind: 'html',
    title,
    status: asked.problem === null ? 200 : 400,
    body: html`<p class="id"><a href="${releasesLink(product)}">${name} releases</a>${
      fresh === null ? null : html` · <a href="${releaseLink(product, fresh)}">${excerpt(fresh, 40).text}</a>`
    }${base === null ? null : html` · <a href="${releaseLink(product, base)}">${excerpt(base, 40).text}</a>`}</p>
      <h1>${title}</h1>
      ${faultBox(asked.problem)} ${compareForm(product, asked, { base, fresh, versions })}
      ${
        comparison === null
          ? asked.problem === null
            ? html`<p class="empty">Two releases are needed to compare them, and crashes or sessions name fewer.</p>`
            : null
          : html`${comparedSides(comparison)}
            ${
              asked.bugId === null
                ? null
                : html`<p>Only <a href="/bugs/${asked.bugId}">bug #${asked.bugId}</a>. <a href="${compareLink(product, { base, new: fresh, days: String(asked.days), bug: null })}">All bugs of the two</a></p>`
            }
            ${comparisonSections(product, comparison, asked.days)}
            <p class="hint">
              A bug is called worse or better only where chance explains fewer than 5 of 100 such calls, with 5 installations
              at least, and a change by half as much again or a third less. The lines show where the true ratio lies with 95 %
              confidence.
            </p>`
      }`,
  };
}

function compareForm(
  product: Product,
  asked: CompareQuery,
  {
    base,
    fresh,
    versions,
  }: { readonly base: string | null; readonly fresh: string | null; readonly versions: readonly string[] },
): Html {
  const { pathname } = new URL(
    compareLink(product, { base: null, new: null, days: null, bug: null }),
    'http://x',
  );
  return html`<form method="get" action="${pathname}" class="filters" aria-label="Releases to compare">
    ${field({ name: 'new', label: 'Release', value: fresh ?? '', maxLength: 200, offers: versions })}
    ${field({ name: 'base', label: 'Against', value: base ?? '', maxLength: 200, offers: versions })}
    ${field({ name: 'days', label: 'First days of each', type: 'number', value: String(asked.days), min: 1, max: MAX_COMPARED_DAYS })}
    ${asked.bugId === null ? null : html`<input type="hidden" name="bug" value="${asked.bugId}" />`}
    <button>Compare</button>
  </form>`;
}
