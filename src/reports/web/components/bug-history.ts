// The history of a bug: who did what and when, comments among it, newest first.
import { html } from 'hono/html';
import type { BugEvent } from '../../../store/bugs.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { time } from './value-table.ts';

const COMMENT_BUDGET = 3000;
const DETAIL_BUDGET = 300;
const PAGE_BUDGET = 12_000;
const ENTRY_COST = 230;

const WORDS: Readonly<Record<string, string>> = {
  created: 'filed the first report',
  closed: 'closed it',
  reopened: 'reopened it',
  ignored: 'ignored it',
  assigned: 'assigned it',
  ticket: 'set the ticket',
  comment: 'wrote',
  merged: 'merged',
  unmerged: 'undid a merge',
  split: 'split',
  moved: 'moved a report',
  renamed: 'renamed it',
};

/** The list of events; `full` shows all that were read. */
export function bugHistory(
  events: readonly BugEvent[],
  options: { readonly now: number; readonly full: boolean; readonly fullLink: string },
): Html {
  const shown: Html[] = [];
  let left = options.full ? Number.POSITIVE_INFINITY : PAGE_BUDGET;
  for (const event of events) {
    const isComment = event.what === 'comment';
    const detail = excerpt(event.detail, options.full ? 80_000 : isComment ? COMMENT_BUDGET : DETAIL_BUDGET);
    left -= detail.cost + ENTRY_COST;
    if (left < 0) break;
    const text = `${detail.text}${detail.complete ? '' : '…'}`;
    shown.push(
      html`<li>
        <p>
          <strong>${event.by ?? 'Mayday'}</strong> ${WORDS[event.what] ?? event.what}${
            isComment || text === '' ? null : html`: <span class="value">${text}</span>`
          }
          <span class="quiet">${time(event.at, options.now)}</span>
        </p>
        ${isComment ? html`<p class="comment value">${text}</p>` : null}
      </li>`,
    );
  }
  if (shown.length === 0) return html`<p class="quiet">Nothing happened yet.</p>`;
  return html`<ol class="history">
      ${shown}
    </ol>
    ${shown.length < events.length ? html`<p><a href="${options.fullLink}">Show ${events.length} entries</a></p>` : null}`;
}
