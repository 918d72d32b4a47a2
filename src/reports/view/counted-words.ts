// What an answer says when the time was up: which crashes its numbers count. Wherever a number may not be whole it says so in these words.
import type { Counted } from '../../search/engine/counted.ts';

/** Empty: everything was counted. Else as it follows a number: `, counted in the newest 6.2 of 10 million crashes`. */
export function countedWords({ complete, counted, existing }: Counted): string {
  return complete ? '' : `, counted in the newest ${share(counted, existing)} crashes`;
}

/** The same by itself, for a line of its own: `Counted in the newest 6.2 of 10 million crashes.` Empty: everything was counted. */
export function countedSentence(counted: Counted): string {
  return counted.complete ? '' : `Counted in the newest ${share(counted.counted, counted.existing)} crashes.`;
}

/** The fields of an answer of the API. */
export function countedJson({ complete, counted, existing }: Counted): Counted {
  return { complete, counted, existing };
}

const MILLION = 1_000_000;

function share(counted: number, existing: number): string {
  if (existing < MILLION) return `${grouped(counted)} of ${grouped(existing)}`;
  return `${millions(counted)} of ${millions(existing)} million`;
}

function grouped(number: number): string {
  return number.toLocaleString('en-US');
}

/** One digit behind the point, cut: what was not counted is never said to be. */
function millions(number: number): string {
  return String(Math.floor((number / MILLION) * 10) / 10);
}

/** What a filter of crashes counted, as the lists of the API say it. */
export function filteredJson({
  crashes,
  complete,
  counted,
  existing,
}: Counted & { readonly crashes: number }): Readonly<Record<string, number | boolean>> {
  return { crashes, complete, counted, existing };
}
