// A table of texts that end in a zero (`.strtab`, `.debug_str`, …), read where somebody asks, through a cache of blocks.
import { BlockCache, type CachedAccess, type RandomAccess } from '../symbols/random-access.ts';

/** Most names are shorter. */
const FIRST_BYTES = 256;
/** Longest text that is read; longer ones are cut, and are no names of any use. */
const MAX_TEXT_BYTES = 64 * 1024;
const CACHE_BYTES = 8 * 1024 * 1024;

/** Texts by their position. */
export class TextTable {
  private readonly access: CachedAccess;

  constructor(source: RandomAccess) {
    this.access = new BlockCache({ maxBytes: CACHE_BYTES }).over(source);
  }

  /** The bytes of the text at a position; null outside of the table. Valid until the next call. */
  at(position: number): Uint8Array | null {
    if (!(position >= 0 && position < this.access.byteLength)) return null;
    const start = this.access.read(position, FIRST_BYTES);
    const end = start.indexOf(0);
    if (end !== -1) return start.subarray(0, end);
    const whole = this.access.read(position, MAX_TEXT_BYTES);
    const wholeEnd = whole.indexOf(0);
    return wholeEnd === -1 ? whole : whole.subarray(0, wholeEnd);
  }
}
