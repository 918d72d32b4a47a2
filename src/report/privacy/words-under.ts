// What people say of crashes, as the data rules of a product leave it.
import type { PersonWords } from '../person-words.ts';
import { DataFilter } from './data-filter.ts';
import { changesData, type DataRules } from './data-rules.ts';
import { FILTERED } from './filter-text.ts';

/** Their words; an address of which a part is scrubbed is none. `rules` absent: the product has decided nothing. */
export function wordsUnder(words: PersonWords, rules: DataRules | undefined): PersonWords {
  if (rules === undefined || !changesData(rules)) return words;
  const { eventId, name, email, message, url } = words;
  const filter = new DataFilter(rules);
  const kept = (member: string, text: string): string =>
    filter.isNeverStored(member) ? '' : filter.text(text, member);
  const address = kept('email', email);
  return {
    eventId,
    name: kept('name', name),
    email: address.includes(FILTERED) ? '' : address,
    message: filter.text(message),
    url: kept('url', url),
  };
}
