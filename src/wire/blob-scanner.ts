// Finds `"blob:HASH"` values in a JSON payload that streams by (docs/protocols/crashkit.md), without parsing it.

const MARK = Buffer.from('"blob:');
const QUOTE = 34;
const MAX_HASH = 128;
const MAX_HASHES = 1000;

/** Collects the hashes in order of their first appearance; the thousand-and-first and longer ones are passed over. */
export class BlobScanner {
  readonly #hashes = new Set<string>();
  #carry: Buffer = Buffer.alloc(0);

  write(chunk: Uint8Array): void {
    const bytes = this.#carry.length === 0 ? asBuffer(chunk) : Buffer.concat([this.#carry, chunk]);
    let at = bytes.indexOf(MARK);
    while (at !== -1) {
      const start = at + MARK.length;
      let end = start;
      while (end < bytes.length && end - start < MAX_HASH && isHashByte(bytes[end] ?? 0)) end += 1;
      if (end === bytes.length) {
        this.#carry = Buffer.from(bytes.subarray(at));
        return;
      }
      if (end > start && bytes[end] === QUOTE && this.#hashes.size < MAX_HASHES) {
        this.#hashes.add(bytes.toString('latin1', start, end));
      }
      at = bytes.indexOf(MARK, end);
    }
    // The mark itself may be split over two chunks.
    this.#carry = Buffer.from(bytes.subarray(Math.max(0, bytes.length - MARK.length + 1)));
  }

  hashes(): readonly string[] {
    return [...this.#hashes];
  }
}

function isHashByte(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122);
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
