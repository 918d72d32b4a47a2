// What somebody wants to be erased, read from the fields of a form, a body, or the options of the command; and the reports that a search finds.
import type { ErasureWish } from '../../store/erasures.ts';
import type { SeenStore } from '../gate/gate.ts';
import type { SearchAsked } from '../gate/seen-search.ts';
import { dateFilter } from '../view/date-filter.ts';
import { CRASH_FILTER_NAMES, faultSentence } from './crash-filter.ts';
import { readExportQuery } from './search-query.ts';

/** Fields, and what each says. */
export const ERASURE_FIELDS = {
  user: 'What the program calls its user: a value of the section `user`, or of an annotation whose name says user, account or login.',
  mail: 'A mail address, whatever its case.',
  mailHash: 'Or the SHA-256 of the address in lower case, in hexadecimal digits.',
  installation: 'What the client calls its installation.',
  q: 'Reports that this search finds; the other fields of a search narrow it.',
  before: 'What arrived before this day (UTC) or ISO 8601 time.',
  account: 'Only of this account; with a product: default.',
  product: 'Only of this product.',
  whole: 'true: the product with everything that it has; with an account alone, all of its products.',
} as const;
type Name = keyof typeof ERASURE_FIELDS;

/** What narrows a search, beside its account and product. */
const OF_SEARCH = CRASH_FILTER_NAMES.filter((name) => name !== 'q');
const KNOWN: ReadonlySet<string> = new Set([...Object.keys(ERASURE_FIELDS), ...OF_SEARCH]);

/** The search is there for the kind `search`. */
export interface ReadWish {
  readonly wish: ErasureWish;
  readonly search: (SearchAsked & { readonly list: NonNullable<SearchAsked['list']> }) | null;
  /** Whether counting tells what only the right to protected data tells. */
  readonly isProtected: boolean;
}

const MAX_TEXT = 1000;

/**
 * What is wanted, or what is wrong in a sentence. `params`: fields of a search go with `q`. A field that is unknown, blank, or says nothing
 * in the kind of erasure asked for is a fault: leaving it out would erase more than was meant.
 */
export function readErasureWish(params: URLSearchParams): ReadWish | { readonly fault: string } {
  for (const [name, value] of params) {
    if (!KNOWN.has(name)) return { fault: `There is no field "${name.slice(0, 80)}".` };
    if (value.trim() === '') return { fault: `"${name}" is given, but says nothing.` };
    if (value.length > MAX_TEXT && name !== 'q')
      return { fault: `A field is longer than ${MAX_TEXT} characters.` };
  }
  const text = (name: Name): string | null => params.get(name)?.trim() ?? null;
  const [user, mail, mailHash] = [text('user'), text('mail'), text('mailHash')];
  const [installation, q, before, whole] = [text('installation'), text('q'), text('before'), text('whole')];
  const [account, product] = [text('account'), text('product')];
  const isPerson = user !== null || mail !== null || mailHash !== null;
  const kinds = [isPerson, installation !== null, q !== null, before !== null, whole !== null];
  const many = kinds.filter(Boolean).length;
  if (many > 1)
    return {
      fault:
        'Give a person, an installation, a search, a time, or a whole product or account: one of them at a time.',
    };
  const narrows = OF_SEARCH.find((name) => params.has(name));
  if (narrows !== undefined && q === null)
    return { fault: `"${narrows}" narrows a search: give "q" with it.` };
  if (many === 0)
    return {
      fault:
        product === null
          ? 'Say what is to be erased: a person, an installation, a product, a search, or a time.'
          : 'Say what of the product is to be erased, or that the whole of it is: with "whole".',
    };
  const of = { account: product === null ? account : (account ?? 'default'), product };
  if (isPerson) {
    if (mailHash !== null && !/^[0-9a-f]{64}$/i.test(mailHash))
      return { fault: '"mailHash" is a SHA-256 in 64 hexadecimal digits.' };
    return { wish: { kind: 'person', user, mail, mailHash, ...of }, search: null, isProtected: true };
  }
  if (installation !== null)
    return { wish: { kind: 'installation', installation, ...of }, search: null, isProtected: true };
  if (before !== null) {
    const at = dateFilter(before, 'start');
    if (at === null || at === undefined)
      return { fault: '"before" is a day (2026-11-30) or an ISO 8601 time.' };
    return { wish: { kind: 'before', before: at, ...of }, search: null, isProtected: false };
  }
  if (q !== null) {
    const { asked, problem, at } = readExportQuery(params);
    if (asked === null) return { fault: faultSentence(problem ?? '', at) };
    return { wish: { kind: 'search' }, search: asked, isProtected: false };
  }
  if (whole !== 'true') return { fault: '"whole" is true, or left out.' };
  if (product === null) {
    if (account === null) return { fault: '"whole" needs a product or an account.' };
    return { wish: { kind: 'account', account, product: null }, search: null, isProtected: false };
  }
  return {
    wish: { kind: 'product', account: account ?? 'default', product },
    search: null,
    isProtected: false,
  };
}

/** The fields of a body; a fault: one of them is neither text nor, for `whole`, true. */
export function erasureFields(
  body: Readonly<Record<string, unknown>>,
): { readonly params: URLSearchParams } | { readonly fault: string } {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(body)) {
    if (typeof value === 'string' && name !== 'whole') params.set(name, value);
    else if (value === true && name === 'whole') params.set(name, 'true');
    else return { fault: `"${name.slice(0, 80)}" is not ${name === 'whole' ? 'true' : 'a text'}.` };
  }
  return { params };
}

const PAGE_ROWS = 5000;

/** Crash ids of what a search finds, page after page; a fault is told before anything is written down. */
export async function searchedCrashIds(
  seen: Pick<SeenStore, 'search'>,
  asked: NonNullable<ReadWish['search']>,
): Promise<{ readonly found: AsyncGenerator<readonly string[]> } | { readonly fault: string }> {
  const pageAt = (cursor: string | null) =>
    seen.search({
      ...{ ...asked, facets: [], histogram: null, distinct: [], numbers: [], whole: true },
      list: { ...asked.list, columns: ['crash_id'], limit: PAGE_ROWS, cursor },
    });
  const first = await pageAt(null);
  if ('fault' in first) return { fault: faultSentence(first.fault.problem, first.fault.at) };
  async function* pages(): AsyncGenerator<readonly string[]> {
    let page = first;
    for (;;) {
      if ('fault' in page) throw new Error(page.fault.problem);
      if (!page.answer.complete) throw new Error('a page of a search could not be read in time');
      // Rows of reports that were pruned have none.
      const ids = page.answer.list.map(({ values }) => values[0]).filter((id) => typeof id === 'string');
      yield [...new Set(ids)];
      if (page.answer.next === null) return;
      page = await pageAt(page.answer.next);
    }
  }
  return { found: pages() };
}
