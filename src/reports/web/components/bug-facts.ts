// The facts of a bug beside its stack: state, people, ticket, first and last seen, and how its title came about.
import { html } from 'hono/html';
import type { Bug, ProductRules } from '../../../store/bugs.ts';
import { excerpt } from '../../view/excerpt.ts';
import { ticketAddress } from '../../view/ticket.ts';
import type { Html } from '../page.ts';
import { bugFilterLink } from './bug-links.ts';
import { facts } from './table.ts';
import { count, exactTime, time } from './value-table.ts';

/** The list of facts; the request path can name people, so it is protected. */
export function bugFacts(
  bug: Bug,
  options: {
    readonly rules: ProductRules;
    readonly now: number;
    readonly names: ReadonlyMap<string, string>;
    readonly seesProtected: boolean;
    /** Which release brought it. */
    readonly origin: Html | null;
  },
): Html {
  const { now } = options;
  return facts([
    ['State', html`${bug.state}${stateDetail(bug, now)}`],
    [
      'Assignee',
      bug.assignee === null
        ? html`<span class="quiet">nobody</span>`
        : bugFilterLink({ assignee: bug.assignee }, options.names.get(bug.assignee) ?? bug.assignee),
    ],
    ['Ticket', bug.ticket === null ? null : ticket(options.rules, bug.ticket)],
    ['First seen', time(bug.firstSeenAt, now)],
    ['Last seen', time(bug.lastSeenAt, now)],
    ['Versions', versions(bug)],
    ['Brought by', options.origin === null ? null : html`<span class="sentence">${options.origin}</span>`],
    ['Kind', bugFilterLink({ product: bug.product, kind: bug.kind }, bug.kind)],
    ['Language', bug.language === null || bug.language === bug.kind ? null : excerpt(bug.language, 60).text],
    ['Roles', bug.roles.length === 0 ? null : excerpt(bug.roles.join(', '), 200).text],
    [
      'Request',
      options.seesProtected && bug.path !== null
        ? html`<code class="value">${excerpt(bug.path, 200).text}</code>`
        : null,
    ],
    ['Callers', bug.callers === null ? null : callers(bug.callers)],
    ['Why this title', bug.titleSteps.length === 0 ? null : titleSteps(bug)],
    [
      'Key',
      html`<details><summary><code>${excerpt(bug.key, 24).text}…</code></summary>${bug.keys.slice(0, 20).map((key) => html`<code class="value">${excerpt(key, 200).text}</code> `)}</details>`,
    ],
  ]);
}

/** The oldest and the newest, in the product's order. */
function versions({ product, firstVersion: first, lastVersion: last }: Bug): Html | null {
  const link = (version: string): Html => bugFilterLink({ product, version, state: 'all' }, version);
  if (first === null || last === null || first === last) return first === null ? null : link(first);
  return html`${link(first)} to ${link(last)}`;
}

function callers({ count: number, areTakenAlong }: NonNullable<Bug['callers']>): Html {
  return areTakenAlong
    ? html`${count(number)}, none of which stands out: crashes that come by further callers become bugs of their own.`
    : html`${count(number)}`;
}

function titleSteps({ titleSteps: steps }: Bug): Html {
  return html`<details>
    <summary>${count(steps.length)} ${steps.length === 1 ? 'step' : 'steps'}</summary>
    <ol>
      ${steps.slice(0, 20).map((step) => html`<li>${excerpt(step, 300).text}</li>`)}
    </ol>
  </details>`;
}

function stateDetail(bug: Bug, now: number): Html | null {
  if (bug.state === 'closed') {
    return html`${bug.closedInVersion === null ? null : html` in ${excerpt(bug.closedInVersion, 80).text}`}${bug.closedAt === null ? null : html`, ${time(bug.closedAt, now)}`}`;
  }
  if (bug.state !== 'ignored') return null;
  return html`${bug.ignoredUntil === null ? null : html` until <span title="${exactTime(bug.ignoredUntil)}">${new Date(bug.ignoredUntil).toISOString().slice(0, 10)}</span>`}${
    bug.ignoredUntilCount === null ? null : html` until ${count(bug.ignoredUntilCount)} crashes`
  }`;
}

function ticket(rules: ProductRules, name: string): Html {
  const address = ticketAddress(rules, name);
  const text = excerpt(name, 160).text;
  return address === null ? html`${text}` : html`<a href="${address}" rel="noreferrer">${text}</a>`;
}
