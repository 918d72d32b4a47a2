// Links to bugs and from a bug's values to the lists that they filter.
import { html } from 'hono/html';
import type { BugFilterName } from '../../query/bug-query.ts';
import { bugsLink } from '../../query/bug-query.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { cut, nothing } from './value-table.ts';

/** Longest address of a link in a list. */
const MAX_HREF = 240;
/** Bytes of HTML that a bug's title may take in a list. */
const TITLE_BUDGET = 300;

/** A bug's title as a link to its page. */
export function bugLink(bug: { readonly id: number; readonly title: string }): Html {
  return html`<a href="/bugs/${bug.id}" class="row">${bugTitle(bug.title)}</a>`;
}

/** A title cut to what a list can hold; one without a title has a name all the same. */
export function bugTitle(title: string): string {
  const { text, complete } = excerpt(title, TITLE_BUDGET);
  return text === '' ? '(no title)' : complete ? text : `${text}…`;
}

/** A value that leads to the bugs with the same value. */
export function bugFilterLink(
  filters: Readonly<Partial<Record<BugFilterName, string>>>,
  text: string | null,
): Html {
  if (text === null || text === '') return nothing;
  const href = bugsLink(filters);
  return href.length > MAX_HREF ? cut(text) : html`<a href="${href}">${cut(text)}</a>`;
}
