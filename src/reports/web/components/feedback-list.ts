// What people said of a crash. Protected: the gate gives nothing to people without the right.
import { html } from 'hono/html';
import { excerpt } from '../../view/excerpt.ts';
import type { Said } from '../../query/bug-people.ts';
import type { Html } from '../page.ts';
import { time } from './value-table.ts';

const MAX_WORDS = 2000;

/** A section of the words; nothing where there are none. */
export function feedbackSection(words: readonly Said[], now: number): Html | null {
  if (words.length === 0) return null;
  return html`<section aria-labelledby="feedback">
    <h2 id="feedback">What people said <span class="quiet">${words.length}</span></h2>
    ${words.map(
      ({ name, email, message, url, at, crashId }) => html`<blockquote>
        <p class="value">${excerpt(message, MAX_WORDS).text}</p>
        <p class="quiet">
          ${[name, email].filter((part) => part !== '').join(', ') || 'somebody'}, ${time(at, now)}
          ${url === '' ? null : html`· <span class="value">${excerpt(url, 200).text}</span>`}
          ${crashId === null ? null : html`· <a href="/reports/${crashId}">report</a>`}
        </p>
      </blockquote> `,
    )}
  </section>`;
}
