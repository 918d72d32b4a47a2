// The delivery log of a webhook: what was sent, what waits, what went wrong.
import { html } from 'hono/html';
import { readPayload } from '../../../store/notice-payload.ts';
import type { Delivery } from '../../../store/notifications.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { bugLink } from './bug-links.ts';
import { form } from './form-controls.ts';
import { table } from './table.ts';
import { count, exactTime, nothing, time } from './value-table.ts';

/** The messages, newest first; those that were given up can be sent again by the page's action `again`. */
export function deliveryLog(
  deliveries: readonly Delivery[],
  { now, csrf, to }: { readonly now: number; readonly csrf: string; readonly to: string },
): Html {
  if (deliveries.length === 0) return html`<p class="quiet">Nothing was sent yet.</p>`;
  return table({
    caption: 'Messages, newest first',
    rows: deliveries,
    columns: [
      {
        label: 'When',
        cell: ({ createdAt, againAt }) =>
          html`${time(createdAt, now)}${againAt === null ? null : html` <span class="quiet">sent again ${time(againAt, now)}</span>`}`,
      },
      { label: 'What', cell: ({ notice }) => notice },
      { label: 'Bug', wideOnly: true, cell: bugOf },
      { label: 'State', cell: (delivery) => stateOf(delivery, now) },
      {
        label: 'Attempts',
        number: true,
        cell: ({ attempts }) => count(attempts),
        unit: ({ attempts }) => (attempts === 1 ? 'attempt' : 'attempts'),
      },
      {
        label: 'Last error',
        cell: ({ lastError }) => (lastError === null ? nothing : excerpt(lastError, 300).text),
      },
      ...(deliveries.some(({ state }) => state === 'given_up')
        ? [
            {
              label: 'Again',
              cell: ({ id, state, createdAt }: Delivery) =>
                state === 'given_up'
                  ? form(
                      { to, action: 'again', csrf, className: 'inline' },
                      html`<input type="hidden" name="delivery" value="${id}" />
                        <button aria-label="Send the message of ${exactTime(createdAt)} again">Send again</button>`,
                    )
                  : nothing,
            },
          ]
        : []),
    ],
  });
}

function bugOf({ bugId, payload }: Delivery): Html {
  if (bugId === null) return nothing;
  const said = readPayload(payload);
  return bugLink({
    id: bugId,
    title:
      said === null || said.notice === 'test' || said.notice === 'alert' ? `bug ${bugId}` : said.bug.title,
  });
}

function stateOf({ state, dueAt, deliveredAt }: Delivery, now: number): Html {
  switch (state) {
    case 'delivered':
      return html`delivered ${time(deliveredAt, now)}`;
    case 'due':
      return html`${dueAt <= now ? 'due' : html`due ${time(dueAt, now)}`}`;
    default:
      return html`<span class="broken">given up</span>`;
  }
}
