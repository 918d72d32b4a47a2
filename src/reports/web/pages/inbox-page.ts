// /inbox: why did a client's report not arrive? The last submissions that were refused or odd.
import { html } from 'hono/html';
import { PROTOCOLS } from '../../../report/report.ts';
import type { InboxEntry } from '../../../store/intake.ts';
import { reportsLink } from '../../query/report-query.ts';
import { excerpt } from '../../view/excerpt.ts';
import { select } from '../components/form-controls.ts';
import { pager } from '../components/pager.ts';
import { PROTOCOL_NAMES } from '../components/report-links.ts';
import { table } from '../components/table.ts';
import type { Column } from '../components/table.ts';
import { count, nothing, size, time } from '../components/value-table.ts';
import type { Html, MemberPage } from '../page.ts';

const ROWS = 40;
const OUTCOMES = ['refused', 'throttled', 'accepted_with_notes', 'duplicate', 'ignored'] as const;

const any = { value: '', label: 'any' };

export const inboxPage: MemberPage = {
  path: '/inbox',
  access: 'read',
  nav: 'inbox',
  async view({ seen, person, url, now }) {
    const given = (name: string) => (url.searchParams.get(name) ?? '').slice(0, 500);
    const [outcome, protocol, cursor] = [given('outcome'), given('protocol'), given('cursor')];
    const page = await seen.listInbox({
      limit: ROWS,
      ...(outcome !== '' && { outcome }),
      ...(protocol !== '' && { protocol }),
      ...(cursor !== '' && { cursor }),
    });
    const link = (older: string) => reportsLink({ protocol, cursor: older }, '/inbox');
    const withOutcome = (path: string) =>
      outcome === ''
        ? path
        : `${path}${path.includes('?') ? '&' : '?'}outcome=${encodeURIComponent(outcome)}`;
    return {
      kind: 'html',
      title: 'Inbox',
      body: html`<h1>Inbox</h1>
        <p class="lead">
          The last submissions that were refused, or accepted though something about them was odd.
        </p>
        <form method="get" action="/inbox" class="filters" aria-label="Filter the inbox">
          ${select({
            name: 'outcome',
            label: 'Outcome',
            value: outcome,
            choices: [any, ...OUTCOMES.map((value) => ({ value, label: words(value) }))],
          })}
          ${select({
            name: 'protocol',
            label: 'Protocol',
            value: protocol,
            choices: [any, ...PROTOCOLS.map((value) => ({ value, label: PROTOCOL_NAMES[value] }))],
          })}
          <button>Filter</button>
        </form>
        ${
          page.rows.length > 0
            ? table({
                caption: 'Submissions, newest first',
                columns: columns(now, person.seesProtected),
                rows: page.rows,
                className: 'list inbox',
              })
            : empty(outcome !== '' || protocol !== '' || cursor !== '')
        }
        ${pager({
          newest: cursor === '' ? null : withOutcome(link('')),
          older: page.next === null ? null : withOutcome(link(page.next)),
        })}`,
    };
  },
};

function words(outcome: string): string {
  return outcome.replaceAll('_', ' ');
}

function empty(narrowed: boolean): Html {
  return narrowed
    ? html`<p class="empty">Nothing here matches. <a href="/inbox">Show everything</a></p>`
    : html`<p class="empty">
        Nothing was refused, and nothing was odd. When a client says that it sent a report and the list lacks
        it, look here.
      </p>`;
}

function columns(now: number, seesProtected: boolean): readonly Column<InboxEntry>[] {
  return [
    { label: 'When', cell: (entry) => time(entry.at, now) },
    {
      label: 'Outcome',
      cell: (entry) =>
        html`<span class="${entry.outcome === 'refused' ? 'broken' : ''}">${words(entry.outcome)}</span>`,
    },
    {
      label: 'Reason',
      cell: (entry) =>
        html`<code>${excerpt(entry.reason, 200).text}</code>${
          entry.detail === ''
            ? null
            : html`<br /><span class="quiet">${excerpt(entry.detail, 300).text}</span>`
        }`,
    },
    {
      label: 'Protocol',
      wideOnly: true,
      cell: ({ protocol }) => protocolName(protocol),
    },
    {
      label: 'Product',
      cell: ({ product }) =>
        product === null
          ? nothing
          : html`<a href="${reportsLink({ product })}">${excerpt(product, 120).text}</a>`,
    },
    { label: 'Status', number: true, wideOnly: true, cell: (entry) => String(entry.status) },
    { label: 'Body', number: true, wideOnly: true, cell: (entry) => size(entry.bodyBytes) },
    { label: 'Request', cell: (entry) => request(entry, seesProtected) },
  ];
}

function protocolName(protocol: string | null): Html | string {
  if (protocol === null) return nothing;
  return Object.hasOwn(PROTOCOL_NAMES, protocol)
    ? PROTOCOL_NAMES[protocol as keyof typeof PROTOCOL_NAMES]
    : protocol;
}

/** Bytes of HTML that the headers of one entry may take: a page holds many. */
const HEADER_BUDGET = 500;

function request(entry: InboxEntry, seesProtected: boolean): Html {
  const headers = Object.entries(entry.headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
  const line = html`<code class="value">${entry.method} ${excerpt(entry.path, 160).text}</code>`;
  return html`${
    seesProtected && headers !== ''
      ? html`<details>
          <summary>${line}</summary>
          <pre class="small">${excerpt(headers, HEADER_BUDGET).text}</pre>
          <p class="quiet">
            ${count(Object.keys(entry.headers).length)} headers; all of them in <a href="/api">the API</a>.
          </p>
        </details>`
      : line
  }${entry.crashId === null ? null : html` <a href="/reports/${entry.crashId}">report</a>`}`;
}
