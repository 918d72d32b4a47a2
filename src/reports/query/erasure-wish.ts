// What somebody wants to be erased, read from the fields of a form, a body, or the options of the command; and the reports that a search finds.
import type { ErasureWish } from '../../store/erasures.ts';
import type { SeenStore } from '../gate/gate.ts';
import type { SearchAsked } from '../gate/seen-search.ts';
import { dateFilter } from '../view/date-filter.ts';
import { faultSentence } from './crash-filter.ts';
import { readExportQuery } from './search-query.ts';

/** Fields, and what each says. */
export const ERASURE_FIELDS = {
  user: 'What the program calls its user: a value of the section `user`, or of an annotation whose name says user, account or login.',
  mail: 'A mail address, whatever its case.',
  mailHash: 'Or the SHA-256 of the address in lower case, in hexadecimal digits.',
  installation: 'What the client calls its installation.',
  q: 'Reports that this search finds; the other fields of a search narrow it.',
  before: 'What arrived before this day (UTC) or ISO 8601 time.',
  account: 'Account of the product; default: default.',
  product: 'Alone: the product with everything that it has. With `before` or `q`: only of this product.',
} as const;
type Name = keyof typeof ERASURE_FIELDS;

/** The search is there for the kind `search`. */
export interface ReadWish {
  readonly wish: ErasureWish;
  readonly search: (SearchAsked & { readonly list: NonNullable<SearchAsked['list']> }) | null;
  /** Whether counting tells what only the right to protected data tells. */
  readonly isProtected: boolean;
}

const MAX_TEXT = 1000;

/** What is wanted, or what is wrong in a sentence. `params`: fields of a search go with `q`. */
export function readErasureWish(params: URLSearchParams): ReadWish | { readonly fault: string } {
  const text = (name: Name): string | null => {
    const value = (params.get(name) ?? '').trim();
    return value === '' ? null : value;
  };
  const [user, mail, mailHash] = [text('user'), text('mail'), text('mailHash')];
  const [installation, q, before] = [text('installation'), text('q'), text('before')];
  const [account, product] = [text('account'), text('product')];
  if (
    [user, mail, mailHash, installation, before, account, product].some(
      (value) => (value?.length ?? 0) > MAX_TEXT,
    )
  )
    return { fault: `A field is longer than ${MAX_TEXT} characters.` };
  const isPerson = user !== null || mail !== null || mailHash !== null;
  const kinds = [isPerson, installation !== null, q !== null, before !== null].filter(Boolean).length;
  if (kinds > 1)
    return { fault: 'Give a person, an installation, a search, or a time: one of them at a time.' };
  if (isPerson) {
    if (mailHash !== null && !/^[0-9a-f]{64}$/i.test(mailHash))
      return { fault: '"mailHash" is a SHA-256 in 64 hexadecimal digits.' };
    return { wish: { kind: 'person', user, mail, mailHash }, search: null, isProtected: true };
  }
  if (installation !== null)
    return { wish: { kind: 'installation', installation }, search: null, isProtected: true };
  if (before !== null) {
    const at = dateFilter(before, 'start');
    if (at === null || at === undefined)
      return { fault: '"before" is a day (2026-11-30) or an ISO 8601 time.' };
    const of = { account: product === null ? account : (account ?? 'default'), product };
    return { wish: { kind: 'before', before: at, ...of }, search: null, isProtected: false };
  }
  if (q !== null) {
    const { asked, problem, at } = readExportQuery(searchParams(params));
    if (asked === null) return { fault: faultSentence(problem ?? '', at) };
    return { wish: { kind: 'search' }, search: asked, isProtected: false };
  }
  if (product === null)
    return { fault: 'Say what is to be erased: a person, an installation, a product, a search, or a time.' };
  return {
    wish: { kind: 'product', account: account ?? 'default', product },
    search: null,
    isProtected: false,
  };
}

/** The parameters of a search, without those that say nothing. */
function searchParams(params: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...params].filter(([name, value]) => name !== 'before' && value.trim() !== ''));
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
