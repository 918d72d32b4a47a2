// What stands around every page: head, skip link, navigation, the message of what was done, keyboard help.
import { html } from 'hono/html';
import { allows } from '../auth/person.ts';
import type { Person } from '../auth/person.ts';
import { assetUrl } from './assets.ts';
import { form } from './components/form-controls.ts';
import { doneText } from './done.ts';
import { ACCOUNT, NAV } from './nav.ts';
import type { NavId } from './nav.ts';
import type { Html } from './page.ts';

export interface LayoutOptions {
  readonly title: string;
  readonly body: Html;
  readonly person: Person | null;
  readonly csrf: string;
  readonly nav: NavId | null;
  /** The `done` of the address, as given. */
  readonly done: string | null;
}

/** A whole HTML document. */
export function layout(options: LayoutOptions): Html {
  const done = doneText(options.done);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${options.title} · Mayday</title>
        <link rel="icon" href="${assetUrl('icon.svg')}" type="image/svg+xml" />
        <link rel="stylesheet" href="${assetUrl('style.css')}" />
        <script type="module" src="${assetUrl('keys.js')}"></script>
        <script type="module" src="${assetUrl('copy.js')}"></script>
        <script type="module" src="${assetUrl('times.js')}"></script>
        <script type="module" src="${assetUrl('select.js')}"></script>
        <script type="module" src="${assetUrl('chart.js')}"></script>
        <script type="module" src="${assetUrl('password.js')}"></script>
        <script type="module" src="${assetUrl('passkey.js')}"></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="top">
          <a class="mark" href="/">Mayday</a>
          ${options.person === null ? null : navigation(options.person, options)}
        </header>
        <main id="main" tabindex="-1">
          ${done === null ? null : html`<p class="done" role="status">${done}</p>`} ${options.body}
        </main>
        ${keyHelp}
      </body>
    </html> `;
}

function navigation(person: Person, { nav, csrf }: LayoutOptions): Html {
  const items = NAV.filter((item) => allows(item.access, person));
  const links = (seldom: boolean) =>
    items.filter((item) => 'seldom' in item === seldom).map((item) => html`<li>${navLink(item, nav)}</li>`);
  return html`<nav aria-label="Main">
      <ul>
        ${links(false)}
        <li>
          <details class="seldom">
            <summary>More</summary>
            <ul>
              ${links(true)}
            </ul>
          </details>
        </li>
      </ul>
    </nav>
    <form class="find" action="/find" role="search" aria-label="Find">
      <label for="find" class="unseen">Find</label>
      <input id="find" name="q" type="search" maxlength="1000" placeholder="Find id, #bug, name" />
    </form>
    <div class="self">
      ${navLink(ACCOUNT, nav)}
      ${form({ to: '/sign-out', action: 'sign-out', csrf, className: 'inline' }, html`<button class="plain">Sign out</button>`)}
    </div>`;
}

function navLink(
  item: { readonly id: NavId; readonly href: string; readonly label: string },
  lit: NavId | null,
): Html {
  return html`<a href="${item.href}" ${item.id === lit ? html` aria-current="page"` : null}
    >${item.label}</a
  >`;
}

const keyHelp = html`<dialog id="keys" aria-labelledby="keys-title">
  <h2 id="keys-title">Keyboard</h2>
  <dl class="keys">
    <dt><kbd>j</kbd> <kbd>k</kbd></dt>
    <dd>next and previous row</dd>
    <dt><kbd>Enter</kbd></dt>
    <dd>open the row</dd>
    <dt><kbd>x</kbd></dt>
    <dd>select the row</dd>
    <dt><kbd>n</kbd> <kbd>p</kbd></dt>
    <dd>older and newer report of a bug; next page of a list</dd>
    <dt><kbd>/</kbd></dt>
    <dd>find a report, a bug, a signature, …</dd>
    <dt><kbd>?</kbd></dt>
    <dd>this help</dd>
    <dt><kbd>Esc</kbd></dt>
    <dd>close, or leave a field</dd>
  </dl>
  <form method="dialog"><button>Close</button></form>
</dialog>`;
