// The log of alert rules: when they fired, with which numbers, whom that was told, and what became of it.
import { html } from 'hono/html';
import { findingWords } from '../../../alerts/alert-words.ts';
import { searchPath } from '../../../alerts/search-path.ts';
import type { AlertLogEntry, AlertOutcome, AlertRule } from '../../../store/alerts.ts';
import type { Delivery, Webhook } from '../../../store/notifications.ts';
import { deliveriesOf } from '../../view/alert-json.ts';
import { maskedTarget } from '../../view/alert-target.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { form } from './form-controls.ts';
import { table } from './table.ts';
import { nothing, time } from './value-table.ts';

/** What is shown beside an entry. */
export interface LogSurroundings {
  readonly now: number;
  readonly deliveries: readonly Delivery[];
  readonly webhooks: readonly Webhook[];
  /** Where the page of a rule has an action `again`, for what was given up. */
  readonly again?: { readonly to: string; readonly csrf: string };
}

/** An entry with its rule, as the person sees both. */
export interface ShownEntry {
  readonly rule: AlertRule;
  readonly entry: AlertLogEntry;
  /** False: the search of the rule is protected. */
  readonly isOpen: boolean;
}

/** The entries, newest first. `named`: rules are named beside them. */
export function alertLogTable(
  entries: readonly ShownEntry[],
  { named }: { readonly named: boolean },
  surroundings: LogSurroundings,
): Html {
  const { now, deliveries } = surroundings;
  return table({
    caption: 'Firings, newest first',
    rows: entries,
    columns: [
      { label: 'When', cell: ({ entry }) => time(entry.at, now) },
      ...(named
        ? [
            {
              label: 'Rule',
              cell: ({ rule }: ShownEntry) => html`<a href="/alerts/${rule.id}" class="row">${rule.name}</a>`,
            },
          ]
        : []),
      { label: 'Why', cell: whyCell },
      { label: 'Told', cell: ({ entry }) => OUTCOMES[entry.outcome] },
      {
        label: 'What became of it',
        cell: ({ rule, entry }) => {
          const own = deliveries.filter(({ alertId }) => alertId === rule.id);
          return deliveredCell(deliveriesOf(entry, own), surroundings);
        },
      },
    ],
  });
}

const OUTCOMES: Readonly<Record<AlertOutcome, string>> = {
  told: 'told',
  held: 'waits',
  muted: 'muted',
  logged: 'only logged',
};

function whyCell({ rule, entry, isOpen }: ShownEntry): Html {
  const words = findingWords(rule.condition, entry);
  // Long names of releases come from clients.
  const text = excerpt(words, 400).text;
  return isOpen ? html`<a href="${searchPath(rule, entry)}">${text}</a>` : html`${text}`;
}

function deliveredCell(deliveries: readonly Delivery[], { now, webhooks, again }: LogSurroundings): Html {
  if (deliveries.length === 0) return nothing;
  return html`<ul class="plain">
    ${deliveries.map((delivery) => {
      const receiver = receiverOf(delivery, webhooks);
      const canAgain = again !== undefined && delivery.state === 'given_up';
      return html`<li>${receiver}: ${stateOf(delivery, now)} ${canAgain ? againForm(again, delivery.id, receiver) : null}</li> `;
    })}
  </ul>`;
}

function againForm(
  { to, csrf }: { readonly to: string; readonly csrf: string },
  id: number,
  whom: string,
): Html {
  return form(
    { to, action: 'again', csrf, className: 'inline' },
    html`<input type="hidden" name="delivery" value="${id}" /><button aria-label="Send the message to ${whom} again">Send again</button>`,
  );
}

function receiverOf({ channel, target }: Delivery, webhooks: readonly Webhook[]): string {
  if (channel === 'mail') return target;
  const webhook = webhooks.find(({ id }) => String(id) === target);
  return webhook === undefined ? `webhook ${target}` : maskedTarget(webhook);
}

function stateOf({ state, dueAt, deliveredAt, lastError }: Delivery, now: number): Html {
  const error = lastError === null ? '' : `: ${excerpt(lastError, 200).text}`;
  switch (state) {
    case 'delivered':
      return html`delivered ${time(deliveredAt, now)}`;
    case 'due':
      return html`${dueAt <= now ? 'due' : html`due ${time(dueAt, now)}`}${error}`;
    default:
      return html`<span class="broken">given up</span>${error}`;
  }
}
