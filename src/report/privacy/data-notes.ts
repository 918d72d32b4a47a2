// What the collector notes of values that were left out or scrubbed: how many, and nothing of them.
import type { ScrubKind } from './data-rules.ts';

/** What found something in a value. */
export type Found = ScrubKind | 'pattern' | 'name' | 'unseen';

const DATA_NOTE =
  /^\d+ (?:values?|texts?) (?:was|were) (?:(?:left out by name|scrubbed|filtered) before storing|left out(?:: looking through them took too long| from where the product's own expressions had looked through as much as they may))\.$/;

/**
 * Whether a note tells what was found in values. Whoever sends values of their choice beside protected ones could ask by it what these are, so
 * that it is as protected as they.
 */
export function tellsOfValues(note: string): boolean {
  return DATA_NOTE.test(note);
}

/** What the collector says of it, a sentence for each kind; nothing of the values. */
export function dataNotes(found: ReadonlyMap<Found, number>): readonly string[] {
  const notes: string[] = [];
  const named = found.get('name') ?? 0;
  const unseen = found.get('unseen') ?? 0;
  const scrubbed = [...found].reduce(
    (sum, [kind, count]) => (kind === 'name' || kind === 'unseen' ? sum : sum + count),
    0,
  );
  if (named > 0)
    notes.push(`${named} ${named === 1 ? 'value was' : 'values were'} left out by name before storing.`);
  if (scrubbed > 0)
    notes.push(`${scrubbed} ${scrubbed === 1 ? 'text was' : 'texts were'} scrubbed before storing.`);
  if (unseen > 0)
    notes.push(
      `${unseen} ${unseen === 1 ? 'text was' : 'texts were'} left out from where the product's own expressions had looked through as much as they may.`,
    );
  return notes;
}
