// /inbox: why did a client's report not arrive? Refusals first, by their cause and with what to change; then what was taken though
// something about it was odd.
import { html } from 'hono/html';
import { PROTOCOLS } from '../../../report/report.ts';
import type { InboxEntry } from '../../../store/intake.ts';
import {
  clientOf,
  findInInbox,
  inboxLink,
  isUnder,
  newestOfInbox,
  readInboxFilter,
} from '../../query/inbox-query.ts';
import type { InboxFilter } from '../../query/inbox-query.ts';
import { reportsLink } from '../../query/report-query.ts';
import { excerpt } from '../../view/excerpt.ts';
import { refusalOf } from '../../view/refusal-of.ts';
import { field, select } from '../components/form-controls.ts';
import { inboxCauses, protocolName } from '../components/inbox-causes.ts';
import { pager } from '../components/pager.ts';
import { PROTOCOL_NAMES } from '../components/report-links.ts';
import { table } from '../components/table.ts';
import type { Column } from '../components/table.ts';
import { count, nothing, size, time } from '../components/value-table.ts';
import type { Html, MemberPage } from '../page.ts';

const ROWS = 40;
/** What the tabs say of each outcome, the worst first. */
const OUTCOMES = {
  refused: 'Refused',
  throttled: 'Turned away by a rule',
  accepted_with_notes: 'Taken with a note',
  duplicate: 'Sent twice',
  ignored: 'Ignored',
} as const satisfies Readonly<Record<string, string>>;
/** Values that a list offers. */
const MAX_CHOICES = 60;

export const inboxPage: MemberPage = {
  path: '/inbox',
  access: 'read',
  nav: 'inbox',
  async view({ seen, person, url, now }) {
    const filter = readInboxFilter(url.searchParams);
    const cursor = (url.searchParams.get('cursor') ?? '').slice(0, 500);
    const newest = await newestOfInbox(seen);
    const { outcome, ...others } = filter;
    const matching = newest.entries.filter((entry) => isUnder(entry, others));
    const refused = matching.filter((entry) => entry.outcome === 'refused');
    // Without a choice the causes of all refusals stand above the list; one cause alone says what to change above its requests.
    const explained = cursor === '' && (outcome === undefined || outcome === 'refused') ? refused : [];
    const page = await findInInbox(seen, filter, { limit: ROWS, ...(cursor !== '' && { cursor }) });
    return {
      kind: 'html',
      title: 'Inbox',
      body: html`<h1>Inbox: what clients sent and Mayday did not take</h1>
        <p class="lead">
          The last submissions that were refused, and those that were taken though something about them was odd.
        </p>
        ${filters(filter, newest.entries)} ${tabs(filter, matching, newest.complete)}
        ${
          explained.length === 0
            ? null
            : html`<section aria-labelledby="causes">
                <h2 id="causes">
                  Why reports were refused, and what to change
                  <span class="quiet">${count(explained.length)} ${explained.length === 1 ? 'request' : 'requests'}</span>
                </h2>
                ${inboxCauses(explained, { filter: others, now })}
              </section>`
        }
        ${page.rows.length === 0 ? null : html`<h2>Requests, newest first</h2>`}
        ${
          page.rows.length > 0
            ? table({
                caption: 'Requests, newest first',
                columns: columns(now, person.seesProtected),
                rows: page.rows,
                className: 'list inbox',
              })
            : empty(Object.keys(filter).length > 0 || cursor !== '', page.next !== null)
        }
        ${pager({
          newest: cursor === '' ? null : inboxLink(filter),
          older: page.next === null ? null : inboxLink(filter, page.next),
        })}`,
    };
  },
};

function filters(filter: InboxFilter, entries: readonly InboxEntry[]): Html {
  const choice = (values: readonly (string | null)[]) => [
    { value: '', label: 'any' },
    ...byCount(values).map((value) => ({ value, label: excerpt(value, 100).text })),
  ];
  const codes = entries.flatMap((entry) =>
    refusalOf(entry) === null && entry.outcome !== 'throttled' ? [] : [entry.reason],
  );
  return html`<form method="get" action="/inbox" class="filters" role="search" aria-label="Filter the inbox">
    ${field({ name: 'text', label: 'Text of the request', type: 'search', value: filter.text ?? '', search: true, maxLength: 500 })}
    ${select({ name: 'product', label: 'Product', value: filter.product ?? '', choices: choice(entries.map(({ product }) => product)) })}
    ${select({ name: 'client', label: 'Client', value: filter.client ?? '', choices: choice(entries.map(clientOf)) })}
    ${select({ name: 'code', label: 'Code', value: filter.code ?? '', choices: choice(codes) })}
    ${select({
      name: 'protocol',
      label: 'Protocol',
      value: filter.protocol ?? '',
      choices: [
        { value: '', label: 'any' },
        ...PROTOCOLS.map((value) => ({ value, label: PROTOCOL_NAMES[value] })),
      ],
    })}
    ${filter.outcome === undefined ? null : html`<input type="hidden" name="outcome" value="${filter.outcome}" />`}
    <button>Filter</button>
  </form>`;
}

/** The values that occur, the most frequent first. */
function byCount(values: readonly (string | null)[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const value of values) {
    if (value !== null && value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, MAX_CHOICES)
    .map(([value]) => value);
}

/** Each outcome with how many there are of it under the other filters. */
function tabs(filter: InboxFilter, matching: readonly InboxEntry[], complete: boolean): Html {
  const { outcome: chosen, ...others } = filter;
  const tab = (label: string, total: number, outcome: string | undefined): Html =>
    html`<li>
      <a
        href="${inboxLink(outcome === undefined ? others : { ...others, outcome })}"
        ${chosen === outcome ? html` aria-current="page"` : null}
        >${label} <span class="quiet">${count(total)}${complete ? null : '+'}</span></a
      >
    </li>`;
  return html`<nav class="tabs" aria-label="Outcomes">
    <ul>
      ${tab('Everything', matching.length, undefined)}
      ${Object.entries(OUTCOMES).map(([outcome, label]) =>
        tab(label, matching.filter((entry) => entry.outcome === outcome).length, outcome),
      )}
    </ul>
  </nav>`;
}

function outcomeWords(outcome: string): string {
  return Object.hasOwn(OUTCOMES, outcome) ? OUTCOMES[outcome as keyof typeof OUTCOMES] : outcome;
}

function empty(narrowed: boolean, more: boolean): Html {
  if (more) {
    return html`<p class="empty">
      Nothing among the requests looked through so far. "Older" looks further back.
    </p>`;
  }
  return narrowed
    ? html`<p class="empty">Nothing here matches. <a href="/inbox">Show everything</a></p>`
    : html`<p class="empty">
        Nothing was refused, and nothing was odd. When a client says that it sent a report and the list lacks
        it, look here. Where nothing at all arrives, the client does not reach this server:
        <a href="/products">the integration page of its product</a> has the address that it needs.
      </p>`;
}

function columns(now: number, seesProtected: boolean): readonly Column<InboxEntry>[] {
  return [
    { label: 'When', cell: (entry) => time(entry.at, now) },
    {
      label: 'Outcome',
      cell: (entry) =>
        html`<span class="${entry.outcome === 'refused' ? 'broken' : ''}">${outcomeWords(entry.outcome)}</span>`,
    },
    {
      label: 'Reason',
      cell: (entry) =>
        html`${reason(entry)}${
          entry.detail === ''
            ? null
            : html`<br /><span class="quiet">${excerpt(entry.detail, 300).text}</span>`
        }`,
    },
    {
      label: 'Client',
      wideOnly: true,
      cell: (entry) => clientCell(entry),
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

function clientCell(entry: InboxEntry): Html | string {
  const client = clientOf(entry);
  const protocol = protocolName(entry.protocol);
  if (client === null) return protocol ?? nothing;
  return html`<a href="${inboxLink({ client })}">${client}</a>${protocol === null ? null : html` <span class="quiet">${protocol}</span>`}`;
}

function reason(entry: InboxEntry): Html {
  const code = html`<code>${excerpt(entry.reason, 200).text}</code>`;
  const row = refusalOf(entry);
  if (row === null) {
    // A note is a sentence, a rule a name.
    return entry.outcome === 'throttled' ? code : html`${excerpt(entry.reason, 200).text}`;
  }
  // The causes of one code say what to change.
  return html`<a href="${inboxLink({ outcome: 'refused', code: entry.reason })}" title="What to change">${code}</a>`;
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
