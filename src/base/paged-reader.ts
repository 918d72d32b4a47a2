// Bounds-checked reads (byte-reader.ts) of bytes that stay where they are stored: pages are fetched when they are needed, and only so
// many are kept. For files of which a small part is looked at.
import { ByteReader, OutOfBytesError } from './byte-reader.ts';

/** Bytes at rest. */
export interface ByteSource {
  readonly byteLength: number;
  /** The `length` bytes from `position` on, all of which lie inside. Synchronous. Throws where they cannot be had: that is no damage. */
  read(position: number, length: number): Uint8Array;
}

/** As much as one frame of a stored attachment holds, so that a page costs one frame. */
export const PAGE_BYTES = 128 * 1024;
const DEFAULT_KEPT_BYTES = 16 * 1024 * 1024;
/** A reader that jumps about fetches pages again. All pages this many times, and so many more, are enough for every file that is no attack. */
const MOST_ROUNDS = 2;
const FREE_PAGES = 1024;
/** Smaller windows are copied out of their page, which can then be forgotten. */
const COPIED_BYTES = 16 * 1024;

/** The pages of one source, the least recently used forgotten first. */
class Pages {
  readonly #source: ByteSource;
  readonly #maxPages: number;
  readonly #kept = new Map<number, DataView>();
  #left: number;
  #lastIndex = -1;
  #last: DataView = new DataView(new ArrayBuffer(0));

  constructor(source: ByteSource, keptBytes: number) {
    this.#source = source;
    this.#maxPages = Math.max(2, Math.floor(keptBytes / PAGE_BYTES));
    this.#left = MOST_ROUNDS * Math.ceil(source.byteLength / PAGE_BYTES) + FREE_PAGES;
  }

  /** Throws `OutOfBytesError` where more pages were fetched than the file explains. */
  page(index: number): DataView {
    if (index === this.#lastIndex) return this.#last;
    let page = this.#kept.get(index);
    if (page === undefined) page = this.#fetch(index);
    else this.#kept.delete(index);
    this.#kept.set(index, page);
    this.#lastIndex = index;
    this.#last = page;
    return page;
  }

  /** Copies what lies at `position` into `target`. */
  copy(position: number, target: Uint8Array): void {
    for (let done = 0; done < target.length;) {
      const page = this.page(Math.floor((position + done) / PAGE_BYTES));
      const at = (position + done) % PAGE_BYTES;
      const count = Math.min(target.length - done, page.byteLength - at);
      target.set(new Uint8Array(page.buffer, page.byteOffset + at, count), done);
      done += count;
    }
  }

  #fetch(index: number): DataView {
    const start = index * PAGE_BYTES;
    const length = Math.min(PAGE_BYTES, this.#source.byteLength - start);
    this.#left -= 1;
    if (this.#left < 0) throw new OutOfBytesError(start, length, this.#source.byteLength);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size < this.#maxPages) break;
      this.#kept.delete(oldest);
    }
    const bytes = this.#source.read(start, length);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

/** A reader over a source; its windows share the pages. */
export class PagedReader extends ByteReader {
  readonly #pages: Pages;
  readonly #start: number;
  readonly #length: number;

  private constructor(pages: Pages, start: number, length: number, littleEndian: boolean) {
    super(new Uint8Array(0), littleEndian);
    this.#pages = pages;
    this.#start = start;
    this.#length = length;
  }

  /** Keeps at most `keptBytes` of the source in memory, beside what its caller keeps. */
  static over(
    source: ByteSource,
    littleEndian: boolean,
    { keptBytes = DEFAULT_KEPT_BYTES }: { readonly keptBytes?: number } = {},
  ): PagedReader {
    return new PagedReader(new Pages(source, keptBytes), 0, source.byteLength, littleEndian);
  }

  override get length(): number {
    return this.#length;
  }

  override get bytes(): Uint8Array {
    return this.part(0, this.#length);
  }

  override part(from: number, to: number): Uint8Array {
    const start = Math.min(from, this.#length);
    const copy = new Uint8Array(Math.max(0, Math.min(to, this.#length) - start));
    this.#pages.copy(this.#start + start, copy);
    return copy;
  }

  override lazyWindow(offset: number, size: number): ByteReader | null {
    return this.has(offset, size) ? this.#lazily(offset, size) : null;
  }

  override u8(offset: number): number {
    return this.#at(offset, 1, (view, at) => view.getUint8(at));
  }

  override u16(offset: number): number {
    return this.#at(offset, 2, (view, at) => view.getUint16(at, this.littleEndian));
  }

  override u32(offset: number): number {
    return this.#at(offset, 4, (view, at) => view.getUint32(at, this.littleEndian));
  }

  override u64(offset: number): bigint {
    return this.#at(offset, 8, (view, at) => view.getBigUint64(at, this.littleEndian));
  }

  protected override within(offset: number, size: number): ByteReader {
    return size > COPIED_BYTES
      ? this.#lazily(offset, size)
      : new ByteReader(this.part(offset, offset + size), this.littleEndian);
  }

  #lazily(offset: number, size: number): PagedReader {
    return new PagedReader(this.#pages, this.#start + offset, size, this.littleEndian);
  }

  #at<T>(offset: number, size: number, get: (view: DataView, at: number) => T): T {
    this.check(offset, size);
    const position = this.#start + offset;
    const at = position % PAGE_BYTES;
    if (at + size <= PAGE_BYTES) return get(this.#pages.page((position - at) / PAGE_BYTES), at);
    const across = new Uint8Array(size);
    this.#pages.copy(position, across);
    return get(new DataView(across.buffer), 0);
  }
}
