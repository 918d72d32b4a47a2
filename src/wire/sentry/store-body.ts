// The body of the old endpoint `store/`: JSON, or zlib, or base64 of zlib, without a header that says so.
import { inflateSync } from 'node:zlib';
import { Refused } from '../../base/refusal.ts';
import type { RequestBody } from '../adapter.ts';

/** Deflate makes a byte of at most so many. */
const MAX_RATIO = 1032;

/** The event's bytes, held of `from`. Refuses what becomes larger than `maxBytes` or is none of the three. */
export async function unpackedStoreBody(
  body: Buffer,
  maxBytes: number,
  from: Pick<RequestBody, 'hold' | 'letGo'>,
): Promise<Buffer> {
  const first = body.find((byte) => byte !== 32 && byte !== 9 && byte !== 10 && byte !== 13);
  if (first === 0x7b || first === 0x5b || first === undefined) return body;
  const packed = first === 0x78 ? body : Buffer.from(body.toString('latin1'), 'base64');
  const most = Math.min(maxBytes, packed.length * MAX_RATIO);
  await from.hold(most, most);
  try {
    const unpacked = inflateSync(packed, { maxOutputLength: maxBytes });
    from.letGo(most - unpacked.length);
    return unpacked;
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new Refused(isTooLarge ? 'too_large' : 'invalid_event', 'the body is neither JSON nor zlib', {
      cause: error,
    });
  }
}
