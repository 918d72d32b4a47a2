// Holds the payload of one item of an envelope until it is whole, up to a limit.
import type { RequestBody } from '../adapter.ts';
import type { ItemSink } from './envelope-parser.ts';

/**
 * `take` gets the bytes; null where they are more than `maxBytes`, or were cut off. True as its answer: they are kept beyond the item.
 */
export function heldItem(
  body: Pick<RequestBody, 'hold' | 'letGo'>,
  maxBytes: number,
  take: (bytes: Buffer | null) => boolean,
): ItemSink {
  let pieces: Buffer[] = [];
  let size = 0;
  let held = 0;
  return {
    data(chunk) {
      size += chunk.length;
      if (size > maxBytes) {
        pieces = [];
        return undefined;
      }
      // The chunk may be reused once it was taken.
      pieces.push(Buffer.from(chunk));
      held += chunk.length;
      return body.hold(chunk.length, maxBytes - size + chunk.length);
    },
    end(whole) {
      const isKept = take(!whole || size > maxBytes ? null : Buffer.concat(pieces));
      if (!isKept) body.letGo(held);
      pieces = [];
    },
  };
}
