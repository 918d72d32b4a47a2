// A line above numbers that do not count every crash: which of the crashes they do count. Nothing where all were counted.
import { html } from 'hono/html';
import type { Counted } from '../../../search/engine/counted.ts';
import { countedSentence } from '../../view/counted-words.ts';
import type { Html } from '../page.ts';

/** `what`: which of the numbers, where it is not all of them. */
export function countedNote(counted: Counted, what?: string): Html | null {
  const sentence = countedSentence(counted);
  if (sentence === '') return null;
  return html`<p class="quiet" role="status">${what === undefined ? sentence : `${what} are ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`}</p>`;
}
