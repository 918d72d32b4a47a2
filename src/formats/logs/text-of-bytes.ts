// The text of an attachment or body: UTF-8, or UTF-16 where a mark or the zeros between the characters tell it.

const SAMPLE = 512;

/** Bytes that are no text in the encoding become U+FFFD. */
export function textOfBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const encoding = utf16Of(buffer);
  if (encoding === null) return buffer.toString('utf8');
  return new TextDecoder(encoding, { ignoreBOM: true }).decode(buffer);
}

/** Windows tools write UTF-16 with a mark, and some without. */
function utf16Of(bytes: Buffer): 'utf-16le' | 'utf-16be' | null {
  if (bytes.length < 2) return null;
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  let [even, odd] = [0, 0];
  const length = Math.min(bytes.length, SAMPLE) & ~1;
  for (let index = 0; index < length; index += 2) {
    if (bytes[index] === 0) even += 1;
    if (bytes[index + 1] === 0) odd += 1;
  }
  // Latin text has a zero in nearly every pair, always on the same side.
  if (odd > length * 0.4 && even === 0) return 'utf-16le';
  if (even > length * 0.4 && odd === 0) return 'utf-16be';
  return null;
}
