// Refusals of the inbox by their cause: what happened, how often, to whom, and what to change so that it does not happen again.
import { html } from 'hono/html';
import type { InboxEntry } from '../../../store/intake.ts';
import { clientOf, inboxLink } from '../../query/inbox-query.ts';
import type { InboxFilter } from '../../query/inbox-query.ts';
import { reportsLink } from '../../query/report-query.ts';
import { excerpt } from '../../view/excerpt.ts';
import { refusalOf } from '../../view/refusal-of.ts';
import type { Html } from '../page.ts';
import { PROTOCOL_NAMES } from './report-links.ts';
import { count, time } from './value-table.ts';

const MAX_CAUSES = 25;
const MAX_NAMES = 4;
const NAME_BUDGET = 80;
const DETAIL_BUDGET = 240;

/** The causes of what was refused, those that happen most often first. `entries`: newest first. */
export function inboxCauses(
  entries: readonly InboxEntry[],
  { filter, now }: { readonly filter: InboxFilter; readonly now: number },
): Html {
  const causes = new Map<string, InboxEntry[]>();
  for (const entry of entries) {
    const of = causes.get(entry.reason);
    if (of === undefined) causes.set(entry.reason, [entry]);
    else of.push(entry);
  }
  const sorted = [...causes.values()].toSorted((one, other) => other.length - one.length);
  return html`${sorted.slice(0, MAX_CAUSES).map((of) => cause(of, filter, now))}
  ${sorted.length > MAX_CAUSES ? html`<p class="quiet">and ${count(sorted.length - MAX_CAUSES)} more causes.</p>` : null}`;
}

function cause(entries: readonly InboxEntry[], filter: InboxFilter, now: number): Html | null {
  const [newest] = entries;
  if (newest === undefined) return null;
  const row = refusalOf(newest);
  const requests = inboxLink({ ...filter, outcome: 'refused', code: newest.reason });
  return html`<section class="cause-of-refusal">
    <h3>${row === null ? excerpt(newest.reason, NAME_BUDGET).text : row.meaning}</h3>
    <p class="quiet">
      <code>${newest.status} ${excerpt(newest.reason, NAME_BUDGET).text}</code> ·
      <a href="${requests}">${count(entries.length)} ${entries.length === 1 ? 'request' : 'requests'}</a>, last ${time(newest.at, now)}${of(entries)}
    </p>
    ${row === null ? null : html`<p><b>What to change:</b> ${inCode(row.remedy)}</p>`}
    ${newest.detail === '' ? null : html`<p class="quiet">The newest: <span class="value">${excerpt(newest.detail, DETAIL_BUDGET).text}</span></p>`}
  </section>`;
}

/** Whose requests they were: products, then what sent them. */
function of(entries: readonly InboxEntry[]): Html | null {
  const products = distinct(entries.map(({ product }) => product));
  const clients = distinct(entries.map((entry) => clientOf(entry) ?? protocolName(entry.protocol)));
  return html`${
    products.length === 0
      ? null
      : html` · ${shown(products, (name) => html`<a href="${reportsLink({ product: name })}">${excerpt(name, NAME_BUDGET).text}</a>`)}`
  }${clients.length === 0 ? null : html` · by ${shown(clients, (name) => html`${excerpt(name, NAME_BUDGET).text}`)}`}`;
}

function distinct(names: readonly (string | null)[]): readonly string[] {
  return [...new Set(names)].filter((name): name is string => name !== null && name !== '');
}

function shown(names: readonly string[], word: (name: string) => Html): Html {
  const first = names.slice(0, MAX_NAMES);
  return html`${first.map((name, at) => html`${at === 0 ? null : ', '}${word(name)}`)}${names.length > first.length ? ` and ${count(names.length - first.length)} more` : null}`;
}

/** What a protocol is called; null: the request named none. */
export function protocolName(protocol: string | null): string | null {
  if (protocol === null) return null;
  return Object.hasOwn(PROTOCOL_NAMES, protocol)
    ? PROTOCOL_NAMES[protocol as keyof typeof PROTOCOL_NAMES]
    : protocol;
}

const INTEGRATION = 'integration page';

/** A sentence of the table of refusals: backticks mark what is typed, and integration pages are a link away. */
function inCode(sentence: string): Html {
  return html`${sentence.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : linked(part)))}`;
}

function linked(words: string): Html {
  const at = words.indexOf(INTEGRATION);
  if (at === -1) return html`${words}`;
  return html`${words.slice(0, at)}<a href="/products">${INTEGRATION}</a>${words.slice(at + INTEGRATION.length)}`;
}
