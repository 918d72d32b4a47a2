// /search: any question about filed crashes. One filter in the address; every number on the page answers it.
import { html } from 'hono/html';
import { allows } from '../../auth/person.ts';
import { printQuery } from '../../../search/query/print-query.ts';
import type { SavedSearch } from '../../../store/crash-search.ts';
import type { SearchAsked } from '../../gate/seen-search.ts';
import { faultSentence, readCrashFilter } from '../../query/crash-filter.ts';
import { checkSavedSearch, savedSearchLink } from '../../query/saved-search.ts';
import { DEFAULT_COLUMNS, readSearchQuery } from '../../query/search-query.ts';
import { ROW_COLUMNS } from '../../view/search-json.ts';
import { excerpt } from '../../view/excerpt.ts';
import { clauseFields, firstFields } from '../components/crash-filters.ts';
import { checkbox, faultBox, field, form, select } from '../components/form-controls.ts';
import { searchExamples } from '../components/search-examples.ts';
import { searchAnswer } from '../components/search-answer.ts';
import type { Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

const ROWS = 50;
const TOP = 8;
const DEFAULT_FACETS = ['signature', 'version', 'platform', 'reason', 'process_type'];

export const searchPage: MemberPage = {
  path: '/search',
  access: 'read',
  nav: 'search',
  view: (request) => view(request, null),
  actions: {
    save: {
      access: 'read',
      async run(request, form) {
        const { user } = request.person;
        if (user === null) return view(request, 'The administrator by token keeps no searches.');
        const checked = checkSavedSearch({
          name: form.text('name'),
          page: 'search',
          query: request.url.search,
          shared: form.checked('shared'),
        });
        if (!checked.ok) return view(request, checked.fault);
        const { search } = request.context.store;
        const id = await search.saveSearch({ ...checked.value, owner: user.email, changedAt: request.now });
        if (id === null) return view(request, 'You keep as many searches as one can: take one away first.');
        return { kind: 'redirect', to: savedSearchLink(checked.value), done: 'saved' };
      },
    },
    forget: {
      access: 'read',
      async run(request, form) {
        const id = form.text('search');
        const { user } = request.person;
        if (user !== null && /^\d{1,15}$/.test(id))
          await request.context.store.search.deleteSearch(user.email, Number(id));
        const here = request.url.search;
        return { kind: 'redirect', to: `/search${here}`, done: 'saved' };
      },
    },
  },
};

async function view(request: MemberRequest, wrong: string | null): Promise<PageAnswer> {
  const { seen, url, now } = request;
  const params = url.searchParams;
  const read = readSearchQuery(params, ROWS);
  const { given } = readCrashFilter(params);
  const owner = request.person.user?.email ?? '';
  const [offers, saved, keys] = await Promise.all([
    seen.facets(),
    seen.savedSearches(owner),
    seen.searchKeys({ account: params.get('account'), product: params.get('product') }),
  ]);
  const names = [...new Set(offers.products.map(({ product }) => product))];
  const facets =
    (params.get('facets') ?? '') === ''
      ? DEFAULT_FACETS
      : (read.asked?.facets.filter(({ within }) => within === undefined).map(({ key }) => key) ?? []);
  const asked = read.asked === null ? null : wholeQuestion(read.asked, facets);
  const found = asked === null ? null : await seen.search(asked);
  const fault = read.problem ?? (found !== null && 'fault' in found ? found.fault.problem : null);
  const at = read.at ?? (found !== null && 'fault' in found ? found.fault.at : null);
  return {
    kind: 'html',
    title: 'Search',
    status: fault === null && wrong === null ? 200 : 400,
    body: html`<h1>Search</h1>
      ${faultBox(wrong)} ${savedLinks(saved, owner, request)}
      <form method="get" action="/search" class="filters" role="search" aria-label="Search crashes">
        ${field({ name: 'q', label: 'Search', type: 'search', value: params.get('q') ?? '', search: true, maxLength: 4000, placeholder: 'version:>=2.1 -platform:linux uptime:<60 frame:~alloc' })}
        ${select({ name: 'product', label: 'Product', value: params.get('product') ?? '', choices: [{ value: '', label: 'all' }, ...names.map((name) => ({ value: name, label: name }))] })}
        ${firstFields(given, offers)} ${hidden(params, 'account')}
        <button>Search</button>
        <details class="more" ${params.has('facets') || params.has('columns') ? html` open` : null}>
          <summary>Facets, columns, keys</summary>
          <div class="filters">
            ${clauseFields(given)}
            ${field({ name: 'facets', label: 'Facets', value: facets.join(','), maxLength: 500 })}
            ${field({ name: 'columns', label: 'Columns', value: params.get('columns') ?? DEFAULT_COLUMNS.join(','), maxLength: 500 })}
            ${field({ name: 'group', label: 'Two levels', value: params.get('group') ?? '', maxLength: 200, placeholder: 'version,platform' })}
            ${field({ name: 'numbers', label: 'Numbers', value: params.get('numbers') ?? '', maxLength: 200, placeholder: 'uptime' })}
            ${select({
              name: 'histogram',
              label: 'Bars by',
              value: params.get('histogram') ?? 'day',
              choices: [
                { value: 'day', label: 'day' },
                { value: 'hour', label: 'hour' },
              ],
            })}
            ${field({ name: 'sort', label: 'Sort by', value: params.get('sort') ?? '-received', maxLength: 100 })}
          </div>
          <p class="quiet">
            ${keys.map(({ name, about }, index) => html`${index === 0 ? null : ', '}<code title="${about}">${excerpt(name, 80).text}</code>`)}
          </p>
        </details>
      </form>
      ${searchExamples()} ${fault === null ? null : faultBox(faultSentence(fault, at))}
      ${found !== null && 'answer' in found && asked !== null ? searchAnswer(found.answer, asked, { params, now }) : null}
      ${asked === null || owner === '' ? null : saveForm(request)}
      ${fault === null && allows('admin', request.person) ? alertLink(params) : null}`,
  };
}

function hidden(params: URLSearchParams, name: string): Html | null {
  const value = params.get(name);
  return value === null || value === ''
    ? null
    : html`<input type="hidden" name="${name}" value="${value}" />`;
}

function wholeQuestion(asked: SearchAsked, facets: readonly string[]): SearchAsked {
  return {
    ...asked,
    facets: [
      ...facets.map((key) => ({ key, top: TOP, distinct: null, days: false })),
      ...asked.facets.flatMap(({ within, ...outer }) =>
        within === undefined ? [] : [{ ...outer, top: TOP, within: { ...within, top: TOP } }],
      ),
    ],
    histogram: asked.histogram ?? 'day',
    distinct: ['installation'],
    list: asked.list === null ? null : { ...asked.list, columns: [...ROW_COLUMNS, ...asked.list.columns] },
  };
}

function savedLinks(saved: readonly SavedSearch[], owner: string, request: MemberRequest): Html | null {
  const here = `/search${request.url.search}`;
  if (saved.length === 0) return null;
  return html`<ul class="chips" aria-label="Saved searches">
    ${saved.map(
      (one) => html`<li>
        <a href="${savedSearchLink(one)}">${one.name}</a>${one.shared ? html` <span class="quiet">${one.owner === owner ? 'shared' : one.owner}</span>` : null}
        ${one.owner === owner ? form({ to: here, action: 'forget', csrf: request.csrf, className: 'inline' }, html`<input type="hidden" name="search" value="${one.id}" /><button class="plain" aria-label="Take away the saved search ${one.name}">×</button>`) : null}
      </li> `,
    )}
  </ul>`;
}

/** A rule over what is searched for; its time is the rule's own. */
function alertLink(params: URLSearchParams): Html {
  const { query } = readCrashFilter(withoutPeriod(params));
  const link = new URLSearchParams({ q: query === null ? '' : printQuery(query) });
  for (const name of ['account', 'product']) {
    const value = params.get(name) ?? '';
    if (value !== '') link.set(name, value);
  }
  return html`<p><a href="/alerts?${link.toString()}">Alert on this search</a></p>`;
}

function withoutPeriod(params: URLSearchParams): URLSearchParams {
  const kept = new URLSearchParams(params);
  kept.delete('period');
  return kept;
}

function saveForm({ url, csrf }: MemberRequest): Html {
  return html`<details>
    <summary>Save this search</summary>
    ${form(
      { to: `/search${url.search}`, action: 'save', csrf },
      html`${field({ name: 'name', label: 'Name', maxLength: 100, required: true })}
      ${checkbox({ name: 'shared', label: 'Others see it, too; what it finds depends on who asks' })}
      <button>Save</button>`,
    )}
  </details>`;
}
