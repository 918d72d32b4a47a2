// Holds the payload of one item of an envelope until it is whole, up to a limit.
import type { ItemSink } from './envelope-parser.ts';

/** `take` gets the bytes; null where they are more than `maxBytes`, or were cut off. */
export function heldItem(maxBytes: number, take: (bytes: Buffer | null) => void): ItemSink {
  let pieces: Buffer[] = [];
  let size = 0;
  return {
    data(chunk) {
      size += chunk.length;
      if (size > maxBytes) pieces = [];
      // The chunk may be reused once it was taken.
      else pieces.push(Buffer.from(chunk));
    },
    end(whole) {
      take(!whole || size > maxBytes ? null : Buffer.concat(pieces));
      pieces = [];
    },
  };
}
