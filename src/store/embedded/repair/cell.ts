// Cells and records of SQLite's b-trees, read from pages that may be damaged: whatever does not add up is null and nothing throws.
// File format: sqlite.org/fileformat2.html, sections 1.6 (pages, cells, overflow) and 2.1 (records).
import type { PageSource } from './page-source.ts';

export type Value = string | number | bigint | Buffer | null;

/** The kinds of pages by their first byte. */
export const INTERIOR_INDEX = 2;
export const INTERIOR_TABLE = 5;
export const LEAF_INDEX = 10;
export const LEAF_TABLE = 13;

/** No value of the store is larger; a length beyond it is damage. */
const MAX_PAYLOAD_BYTES = 256 * 1024 * 1024;
const MAX_COLUMNS = 200;

/** A page of a tree: its kind, and where its cells begin. */
export interface TreePage {
  readonly kind: number;
  readonly cells: readonly number[];
  /** The child after the last cell, of interior pages. */
  readonly rightmost: number | null;
}

/** Page 1 begins with the header of the file. Null: no page of a tree. */
export function readTreePage(page: Buffer, isFirst: boolean): TreePage | null {
  const at = isFirst ? 100 : 0;
  const kind = page[at] ?? 0;
  const interior = kind === INTERIOR_INDEX || kind === INTERIOR_TABLE;
  if (!interior && kind !== LEAF_INDEX && kind !== LEAF_TABLE) return null;
  const count = page.readUInt16BE(at + 3);
  const pointers = at + (interior ? 12 : 8);
  if (pointers + 2 * count > page.length) return null;
  const cells: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const cell = page.readUInt16BE(pointers + 2 * index);
    if (cell >= pointers + 2 * count && cell < page.length) cells.push(cell);
  }
  return { kind, cells, rightmost: interior ? page.readUInt32BE(at + 8) : null };
}

/** The child that an interior cell leads to. */
export function childOf(page: Buffer, cell: number): number | null {
  return cell + 4 <= page.length ? page.readUInt32BE(cell) : null;
}

/** One row: its number (of tables that have one) and its columns as they are stored. */
export interface Row {
  readonly rowid: bigint | null;
  readonly values: readonly Value[];
  /** Pages that its end lies on. */
  readonly overflow: readonly number[];
}

/** The row in a cell; null where it does not add up or its overflow pages are lost. */
export function readRow(source: PageSource, page: Buffer, cell: number, kind: number): Row | null {
  let at = cell + (kind === INTERIOR_INDEX ? 4 : 0);
  const length = varint(page, at);
  if (length === null || length.value > BigInt(MAX_PAYLOAD_BYTES)) return null;
  at = length.end;
  let rowid: bigint | null = null;
  if (kind === LEAF_TABLE) {
    const key = varint(page, at);
    if (key === null) return null;
    rowid = BigInt.asIntN(64, key.value);
    at = key.end;
  }
  const payload = readPayload(source, page, at, Number(length.value), kind);
  if (payload === null) return null;
  const values = readRecord(payload.bytes);
  return values === null ? null : { rowid, values, overflow: payload.overflow };
}

function readPayload(
  source: PageSource,
  page: Buffer,
  at: number,
  length: number,
  kind: number,
): { readonly bytes: Buffer; readonly overflow: readonly number[] } | null {
  const usable = source.pageBytes;
  const most = kind === LEAF_TABLE ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const spill = least + ((length - least) % (usable - 4));
  const local = length <= most ? length : spill <= most ? spill : least;
  if (at + local > page.length) return null;
  const first = page.subarray(at, at + local);
  if (local === length) return { bytes: first, overflow: [] };
  if (at + local + 4 > page.length) return null;
  const pieces = [first];
  const overflow: number[] = [];
  let left = length - local;
  let next = page.readUInt32BE(at + local);
  // Each page holds a part, so the chain ends with what is left even when it leads in a circle.
  while (left > 0) {
    const piece = next === 0 || next > source.pageCount ? null : source.page(next);
    if (piece === null) return null;
    overflow.push(next);
    pieces.push(piece.subarray(4, Math.min(usable, 4 + left)));
    left -= usable - 4;
    next = piece.readUInt32BE(0);
  }
  return { bytes: Buffer.concat(pieces), overflow };
}

/** The columns of a record. */
export function readRecord(bytes: Buffer): readonly Value[] | null {
  const header = varint(bytes, 0);
  if (header === null || header.value > BigInt(bytes.length)) return null;
  const end = Number(header.value);
  const values: Value[] = [];
  let at = header.end;
  let content = end;
  while (at < end) {
    const type = varint(bytes, at);
    if (type === null || values.length >= MAX_COLUMNS) return null;
    at = type.end;
    const value = readValue(bytes, content, Number(type.value));
    if (value === null) return null;
    values.push(value.value);
    content = value.end;
  }
  return at === end ? values : null;
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8] as const;

function readValue(
  bytes: Buffer,
  at: number,
  type: number,
): { readonly value: Value; readonly end: number } | null {
  if (type === 0) return { value: null, end: at };
  if (type === 8 || type === 9) return { value: type - 8, end: at };
  const size = type >= 12 ? Math.floor((type - 12) / 2) : type === 7 ? 8 : INTEGER_BYTES[type];
  if (size === undefined || at + size > bytes.length) return null;
  const end = at + size;
  if (type >= 12) {
    // A copy: the page is let go.
    return {
      value: type % 2 === 0 ? Buffer.from(bytes.subarray(at, end)) : bytes.toString('utf8', at, end),
      end,
    };
  }
  if (type === 7) return { value: bytes.readDoubleBE(at), end };
  if (size === 8) {
    const large = bytes.readBigInt64BE(at);
    const small = Number(large);
    return { value: Number.isSafeInteger(small) ? small : large, end };
  }
  return { value: bytes.readIntBE(at, size), end };
}

function varint(bytes: Buffer, start: number): { readonly value: bigint; readonly end: number } | null {
  let value = 0n;
  for (let index = 0; index < 9; index += 1) {
    const byte = bytes[start + index];
    if (byte === undefined) return null;
    if (index === 8) return { value: (value << 8n) | BigInt(byte), end: start + 9 };
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  return null;
}
