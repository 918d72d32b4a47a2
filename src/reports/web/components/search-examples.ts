// The query language by examples, folded on the search page: what is asked, and the search, which is a link that asks it. docs/searching.md has
// the same ones at length.
import { html } from 'hono/html';
import type { Html } from '../page.ts';

/** What is asked, and how. They name fields alone, which every server has. */
export const SEARCH_EXAMPLES: readonly (readonly [asked: string, search: string])[] = [
  ['one version on one platform', 'version:2.1.4 platform:windows'],
  ['a version or a later one; versions between two', 'version:>=2.1 OR version:1.4..1.6'],
  ['two platforms, but no nightly builds', 'platform:windows,linux -channel:nightly'],
  ['soon after the start', 'uptime:<60'],
  ['whatever passes through a function', 'frame:~alloc'],
  ['the beginning of a signature; a pattern', 'signature:^render OR signature:*::draw'],
  ['a regular expression', 'frame:/Alloc.*Huge/'],
  ['where a value is there at all', 'has:uptime'],
  ['of the last week', 'received:-7d'],
  ['one bug', 'bug:#12'],
  ['words in title, message, frames', 'segfault "bad alloc"'],
  ['either or', 'version:>=2.1 (uptime:<60 OR reason:SIGILL)'],
];

export function searchExamples(): Html {
  return html`<details>
    <summary>How to search, by example</summary>
    <table class="list">
      <caption class="unseen">
        Searches by example
      </caption>
      <thead>
        <tr>
          <th scope="col">What is asked</th>
          <th scope="col">Search</th>
        </tr>
      </thead>
      <tbody>
        ${SEARCH_EXAMPLES.map(
          ([asked, search]) =>
            html`<tr>
              <td>${asked}</td>
              <td><a href="/search?${new URLSearchParams({ q: search }).toString()}"><code>${search}</code></a></td>
            </tr>`,
        )}
      </tbody>
    </table>
    <p class="quiet">
      Conditions beside each other must all hold; <code>-</code> before one turns it round. <code>~part</code>, <code>^start</code>, <code>$end</code>,
      <code>*</code>, <code>1..5</code>, <code>&lt;5</code> stand for what a value may be; a name of any annotation or tag is a key, too.
    </p>
  </details>`;
}
