// An .xz file → its bytes (the .xz file format 1.2.1, tukaani.org): the blocks of the first stream, each LZMA2 alone. Sizes and
// checks behind a block are passed over; what matters is found out by whoever reads the content.
import { decodeLzma2, LzmaError } from './lzma.ts';

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] as const;
const LZMA2_FILTER = 0x21;
const STREAM_HEADER = 12;
/** Bytes of the check behind each block, by the kind that the stream's header names. */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64] as const;
const MAX_BLOCKS = 10_000;

/** Whether bytes begin as an .xz file does. */
export function isXz(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[index] === byte);
}

/** Decompresses; throws `LzmaError` where the file is damaged, has other filters, or grows beyond `maxBytes`. */
export function decodeXz(bytes: Uint8Array, { maxBytes }: { readonly maxBytes: number }): Uint8Array {
  if (!isXz(bytes)) throw new LzmaError('it is no .xz file');
  const check = CHECK_BYTES[(bytes[7] ?? 0) & 0x0f] ?? 0;
  const blocks: Uint8Array[] = [];
  let length = 0;
  let at = STREAM_HEADER;
  while (blocks.length < MAX_BLOCKS) {
    const headerSize = bytes[at];
    if (headerSize === undefined) throw new LzmaError('it ends early');
    // A size of 0 is the index that follows the last block.
    if (headerSize === 0) return joined(blocks, length);
    const begin = at + (headerSize + 1) * 4;
    requireLzma2(bytes, at, begin);
    const block = decodeLzma2(bytes, begin, { maxBytes: maxBytes - length });
    blocks.push(block.bytes);
    length += block.bytes.length;
    const padded = begin + Math.ceil((block.end - begin) / 4) * 4;
    at = padded + check;
  }
  throw new LzmaError('it has too many blocks');
}

/** The header of a block: flags, two optional sizes, then the filters. */
function requireLzma2(bytes: Uint8Array, at: number, end: number): void {
  const flags = bytes[at + 1] ?? 0;
  let position = at + 2;
  const skipNumber = (): void => {
    while (position < end && ((bytes[position] ?? 0) & 0x80) !== 0) position += 1;
    position += 1;
  };
  if ((flags & 0x40) !== 0) skipNumber();
  if ((flags & 0x80) !== 0) skipNumber();
  if ((flags & 0x03) !== 0 || bytes[position] !== LZMA2_FILTER)
    throw new LzmaError('it uses filters other than LZMA2');
}

function joined(blocks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = blocks;
  if (blocks.length === 1 && only !== undefined) return only;
  const all = new Uint8Array(length);
  let at = 0;
  for (const block of blocks) {
    all.set(block, at);
    at += block.length;
  }
  return all;
}
