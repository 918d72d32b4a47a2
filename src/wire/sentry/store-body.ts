// The body of the old door `store/`: JSON, or zlib, or base64 of zlib, without a header that says so.
import { inflateSync } from 'node:zlib';
import { Refused } from '../../base/refusal.ts';

/** The event's bytes. Refuses what becomes larger than `maxBytes` or is none of the three. */
export function unpackedStoreBody(body: Buffer, maxBytes: number): Buffer {
  const first = body.find((byte) => byte !== 32 && byte !== 9 && byte !== 10 && byte !== 13);
  if (first === 0x7b || first === 0x5b || first === undefined) return body;
  const packed = first === 0x78 ? body : Buffer.from(body.toString('latin1'), 'base64');
  try {
    return inflateSync(packed, { maxOutputLength: maxBytes });
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new Refused(isTooLarge ? 'too_large' : 'invalid_event', 'the body is neither JSON nor zlib', {
      cause: error,
    });
  }
}
