// What a report says of its parts that went before itself: on its page, in the API and with commands the same sentences.
import type { GoneParts } from '../../report/report.ts';
import { isoTime } from './report-json.ts';

const WHY = {
  walked: 'it had been walked with the symbols that it needs, and the product keeps only stacks',
  days: 'it was older than the product keeps dumps',
  newest: 'newer reports of its bug keep theirs',
} as const;

/** A sentence for each kind of part; empty: all is there. */
export function goneSentences({ dumps, annotations }: GoneParts = {}): readonly string[] {
  const sentences: string[] = [];
  if (dumps !== undefined)
    sentences.push(
      `The dump ${dumps.names.join(', ')} went on ${day(dumps.at)}: ${WHY[dumps.why]}. Its stacks stay.`,
    );
  if (annotations !== undefined) {
    const { at, count } = annotations;
    sentences.push(
      `${count} ${count === 1 ? 'annotation that was not public' : 'annotations that were not public'} went on ${day(at)}, and the payload that they stood in: they were older than the product keeps them.`,
    );
  }
  return sentences;
}

function day(at: number): string {
  return isoTime(at).slice(0, 10);
}
