// The query string of the inbox, the same for the page and the API, and what is found by it. Filters look at what has passed the
// gate: a person who may not see headers and details finds nothing by them.
import type { InboxEntry } from '../../store/intake.ts';
import type { Page, PageRequest } from '../../store/reports.ts';
import type { SeenStore } from '../gate/gate.ts';
import { refusalOf } from '../view/refusal-of.ts';

/** What narrows the inbox, in the order of the form. */
export const INBOX_FILTERS = ['text', 'product', 'client', 'code', 'protocol', 'outcome'] as const;
export type InboxFilterName = (typeof INBOX_FILTERS)[number];
export type InboxFilter = Readonly<Partial<Record<InboxFilterName, string>>>;

const MAX_VALUE = 500;
/** Entries that one request looks through, and those that it takes from the store at once. */
const MAX_LOOKED = 2000;
const PIECE = 200;

/** Reads a query string; empty values count as absent. */
export function readInboxFilter(params: URLSearchParams): InboxFilter {
  const filter: Partial<Record<InboxFilterName, string>> = {};
  for (const name of INBOX_FILTERS) {
    const value = (params.get(name) ?? '').trim().slice(0, MAX_VALUE);
    if (value !== '') filter[name] = value;
  }
  return filter;
}

/** The address of the inbox under a filter. */
export function inboxLink(filter: InboxFilter, cursor: string | null = null): string {
  const query = new URLSearchParams();
  for (const name of INBOX_FILTERS) if (filter[name] !== undefined) query.set(name, filter[name]);
  if (cursor !== null) query.set('cursor', cursor);
  return query.size === 0 ? '/inbox' : `/inbox?${query.toString()}`;
}

/** Longest name of a client. */
const MAX_CLIENT = 60;

/**
 * What sent it, without its version: the first product of its User-Agent (RFC 9110, 10.1.5), where that may be seen. Null: not
 * known.
 */
export function clientOf({ headers }: InboxEntry): string | null {
  const [name = ''] = (headers['user-agent'] ?? '').trim().split(/[\s/(;]/);
  return name === '' ? null : name.slice(0, MAX_CLIENT);
}

/** Whether an entry, as the asker sees it, is under a filter. */
export function isUnder(entry: InboxEntry, filter: InboxFilter): boolean {
  const { outcome, protocol, product, client, code, text } = filter;
  return (
    (outcome === undefined || entry.outcome === outcome) &&
    (protocol === undefined || entry.protocol === protocol) &&
    (product === undefined || entry.product === product) &&
    (client === undefined || clientOf(entry) === client) &&
    (code === undefined || entry.reason === code) &&
    (text === undefined || saysText(entry, text.toLowerCase()))
  );
}

function saysText(entry: InboxEntry, text: string): boolean {
  const said = [
    ...[entry.method, entry.path, entry.reason, entry.detail, String(entry.status)],
    ...[entry.product, entry.crashId, entry.clientHash, refusalOf(entry)?.meaning],
    ...Object.entries(entry.headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return said.some((one) => typeof one === 'string' && one.toLowerCase().includes(text));
}

/** One page of what is under a filter, newest first. Where much is looked through in vain, a page is short and has a next one. */
export async function findInInbox(
  seen: SeenStore,
  filter: InboxFilter,
  page: PageRequest,
): Promise<Page<InboxEntry>> {
  const { outcome, protocol } = filter;
  const list = (limit: number, after: string | undefined): Promise<Page<InboxEntry>> =>
    seen.listInbox({
      limit,
      ...(outcome !== undefined && { outcome }),
      ...(protocol !== undefined && { protocol }),
      ...(after !== undefined && { cursor: after }),
    });
  // What the store filters itself needs no second look.
  if (Object.keys(filter).every((name) => name === 'outcome' || name === 'protocol')) {
    return list(page.limit, page.cursor);
  }
  const rows: InboxEntry[] = [];
  let cursor = page.cursor;
  for (let looked = 0; looked < MAX_LOOKED; looked += PIECE) {
    const piece = await list(PIECE, cursor);
    for (const [at, entry] of piece.rows.entries()) {
      if (!isUnder(entry, filter)) continue;
      rows.push(entry);
      // Where the next page begins is known to the store alone.
      if (rows.length === page.limit) return { rows, next: (await list(at + 1, cursor)).next };
    }
    if (piece.next === null) return { rows, next: null };
    cursor = piece.next;
  }
  return { rows, next: cursor ?? null };
}

/** The newest entries of the inbox, whatever they are, to be counted. `complete`: there are no others. */
export async function newestOfInbox(
  seen: SeenStore,
): Promise<{ readonly entries: readonly InboxEntry[]; readonly complete: boolean }> {
  const entries: InboxEntry[] = [];
  let cursor: string | null = null;
  while (entries.length < MAX_LOOKED) {
    const piece: Page<InboxEntry> = await seen.listInbox({
      limit: PIECE,
      ...(cursor !== null && { cursor }),
    });
    entries.push(...piece.rows);
    cursor = piece.next;
    if (cursor === null) break;
  }
  return { entries, complete: cursor === null };
}
