// The ticket of a bug beside its stack: where it is, what its tracker last said of it, and the way to make one.
import { html } from 'hono/html';
import type { Bug } from '../../../store/bugs.ts';
import type { Ticket } from '../../../store/tickets.ts';
import type { TicketOfBug } from '../../query/ticket-of-bug.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { form } from './form-controls.ts';
import { time } from './value-table.ts';

export interface BugTicketOptions {
  readonly now: number;
  readonly csrf: string;
  readonly mayChange: boolean;
}

/** Null: there is nothing to say, and nothing to do. */
export function bugTicket(bug: Bug, found: TicketOfBug, options: BugTicketOptions): Html | null {
  const { ticket, settings, claim } = found;
  if (ticket !== null)
    return html`<div class="ticket">${ticketState(ticket, options.now)}${askAgain(bug, found, options)}</div>`;
  if (bug.ticket !== null || settings === null || !options.mayChange) return null;
  return html`<p>
    <a class="button" href="/bugs/${bug.id}/ticket">Create a ticket…</a>
    ${claim === null ? null : html`<span class="quiet">${claim.is === 'asking' ? 'One is being made.' : 'Nobody knows whether one was made.'}</span>`}
  </p>`;
}

/** What the tracker said, and how long ago; honest where it does not answer. */
export function ticketState({ key, url, state, isClosed, checkedAt, fault }: Ticket, now: number): Html {
  const name = html`<a href="${url}" rel="noreferrer">${/^\d+$/.test(key) ? `#${key}` : excerpt(key, 60).text}</a>`;
  const words =
    state === null
      ? html`<span class="quiet">its tracker was not asked yet</span>`
      : html`<strong class="${isClosed === true ? '' : 'broken'}">${excerpt(state, 60).text}</strong>`;
  return html`<p>
      Ticket ${name}: ${words}${checkedAt === null ? null : html` <span class="quiet">${time(checkedAt, now)}</span>`}
    </p>
    ${fault === null ? null : html`<p class="quiet">The tracker gave no answer since: ${excerpt(fault, 240).text}.</p>`}`;
}

function askAgain(
  bug: Bug,
  { isConnected }: TicketOfBug,
  { csrf, mayChange }: BugTicketOptions,
): Html | null {
  if (!isConnected || !mayChange) return null;
  return form(
    { to: `/bugs/${bug.id}/ticket`, action: 'refresh', csrf, className: 'inline' },
    html`<button>Ask the tracker now</button>`,
  );
}
