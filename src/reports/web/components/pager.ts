// The pager of a list: by key, so only "newest" and "older" exist; going back is the browser's own.
import { html } from 'hono/html';
import type { Html } from '../page.ts';

/** Links below a list; nothing where all of it is on the page. */
export function pager(options: {
  readonly newest: string | null;
  readonly older: string | null;
}): Html | null {
  if (options.newest === null && options.older === null) return null;
  return html`<nav class="pager" aria-label="Pages">
    ${options.newest === null ? null : html`<a href="${options.newest}">Newest</a>`}
    ${options.older === null ? html`<span class="quiet">That is all.</span>` : html`<a href="${options.older}" rel="next">Older</a>`}
  </nav>`;
}
