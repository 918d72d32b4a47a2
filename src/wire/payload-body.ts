// The body of a JSON or text protocol on its way into a `payload` attachment: streamed as sent, its beginning kept for
// those who want to read it.
import type { PartDigest, PartSink, RequestBody } from './adapter.ts';
import { releaseChunk } from '../base/release-chunk.ts';

/** Bodies up to this size are kept beside the attachment so that version, platform and texts can be read from them. */
export const READABLE_BYTES = 1024 * 1024;

/** What is known of a payload after its last byte. */
export interface ReceivedPayload extends PartDigest {
  /** Nothing but white space. */
  readonly blank: boolean;
  /** The whole payload where it is not larger than `keepBytes`; null where it is. */
  readonly bytes: Buffer | null;
}

/** Reads a body into a sink. `look` sees every chunk. Throws whatever reading or writing throws. */
export async function receivePayload(
  body: RequestBody,
  sink: PartSink,
  options: { readonly keepBytes?: number; readonly look?: (chunk: Uint8Array) => void } = {},
): Promise<ReceivedPayload> {
  const { keepBytes = READABLE_BYTES, look } = options;
  let kept: Uint8Array[] | null = [];
  let size = 0;
  let blank = true;
  await body.pump((chunk) => {
    size += chunk.length;
    if (blank) blank = isBlank(chunk);
    if (size > keepBytes && kept !== null) {
      body.letGo(size - chunk.length);
      kept = null;
    }
    kept?.push(chunk);
    look?.(chunk);
    const waiting = sink.write(chunk);
    if (kept === null) return waiting?.then(() => releaseChunk(chunk));
    const held = body.hold(chunk.length, keepBytes - size + chunk.length);
    return held === undefined ? waiting : Promise.all([held, waiting]).then(nothing);
  });
  const { sha256 } = await sink.end();
  return { blank, bytes: kept === null ? null : joined(kept), size, sha256 };
}

/** Reads a body that must be looked at as a whole; null where it is larger than `maxBytes` (the rest is read and forgotten). */
export async function readWhole(
  body: Pick<RequestBody, 'pump' | 'hold' | 'letGo'>,
  maxBytes: number,
): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  await body.pump((chunk) => {
    size += chunk.length;
    if (size <= maxBytes) {
      chunks.push(chunk);
      return body.hold(chunk.length, maxBytes - size + chunk.length);
    }
    body.letGo(size - chunk.length);
    chunks.length = 0;
    return undefined;
  });
  return size > maxBytes ? null : joined(chunks);
}

/** Whether bytes are nothing but JSON white space. */
export function isBlank(bytes: Uint8Array): boolean {
  for (const byte of bytes) {
    if (byte !== 32 && byte !== 9 && byte !== 10 && byte !== 13) return false;
  }
  return true;
}

function nothing(): void {
  // Both have been waited for.
}

function joined(chunks: readonly Uint8Array[]): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && Buffer.isBuffer(first) ? first : Buffer.concat(chunks);
}
