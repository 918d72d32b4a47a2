// Error pages: what happened and what to do, inside the layout where somebody is signed in.
import { html } from 'hono/html';
import { allows } from '../auth/person.ts';
import type { Person } from '../auth/person.ts';
import { NAV, navOf } from './nav.ts';
import type { Html, PageError } from './page.ts';

const TITLES: Readonly<Record<PageError['status'], string>> = {
  400: 'That did not work',
  403: 'You may not see this',
  404: 'Not found',
  405: 'That cannot be done here',
  409: 'Not now',
  413: 'Too large',
  421: 'Another name',
  429: 'Too many requests',
  500: 'Something went wrong here',
  503: 'Not just now',
};

/** Title and body for an error of a page at `path`; the way on is the list that it belongs to. */
export function errorPage(
  error: PageError,
  path: string,
  person: Person | null,
): { readonly title: string; readonly body: Html } {
  const found = navOf(path);
  // Nobody is led to where they are refused.
  const list = allows(found.access, person) ? found : NAV[0];
  const title = TITLES[error.status];
  return {
    title,
    body: html`<div class="narrow">
      <p class="quiet">Error ${error.status}</p>
      <h1>${title}</h1>
      <p>${error.happened}</p>
      <p>${error.todo}</p>
      <p><a href="${list.href}">Go to ${list.label === 'API' ? list.label : list.label.toLowerCase()}</a></p>
    </div>`,
  };
}
