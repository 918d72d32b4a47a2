// Mayday's own lists, read once.
import { readFileSync } from 'node:fs';
import { compileLists, type ListTexts, type SignatureLists } from './lists.ts';

function read(name: string): string {
  return readFileSync(new URL(`./lists/${name}.txt`, import.meta.url), 'utf8');
}

/** The texts, so that people can read them beside those of their product. */
export const DEFAULT_LIST_TEXTS: ListTexts = {
  irrelevant: read('irrelevant'),
  prefix: read('prefix'),
  sentinels: read('sentinels'),
  lineNumbers: read('line-numbers'),
};

/** The lists without additions. */
export const DEFAULT_LISTS: SignatureLists = compileLists([DEFAULT_LIST_TEXTS]);

/** The lists of a product: Mayday's, then its own. */
export function productLists(additions: Partial<ListTexts>): SignatureLists {
  return compileLists([DEFAULT_LIST_TEXTS, additions]);
}
