// The bytes of a symbol index, version 2. One file, written front to back and read from its end:
//
//   header    16 bytes: magic, version (u16), zeros
//   records   functions, public symbols, CFI, STACK WIN and names, in the order in which they were read
//   tables    for each kind of record: sorted entries of 16 bytes (start u48, size u32, position u48), little-endian,
//             the first at a multiple of 16
//   facts     JSON: what the file as a whole says and how many lines were skipped
//   trailer   for each table position and count (f64, f64); facts position and length (f64, f64); total length of the
//             file (f64); magic
//
// A record is a byte length and that many bytes of varints:
//   function   parameter size, name, lines, inlines (see function-record.ts)
//   public     parameter size, name (the size in the table is 0 where it is unknown)
//   cfi        flags, positions of rule texts (see cfi-record.ts)
//   win        parameter size, saved register size, local size, allocates base pointer, program
//   file, origin, rule text: the bytes themselves

/** The kinds of tables, in their order in the trailer. */
export const TABLES = ['functions', 'publics', 'cfi', 'frameData', 'fpo', 'files', 'origins'] as const;
/** Name of a table. */
export type TableName = (typeof TABLES)[number];

export const INDEX_VERSION = 2;
export const HEADER_BYTES = 16;
export const ENTRY_BYTES = 16;
const MAGIC_BYTES = 8;
const HEADER_MAGIC = 'MAYDAYSX';
const TRAILER_MAGIC = 'XSYADYAM';
export const TRAILER_BYTES = TABLES.length * 16 + 16 + 8 + MAGIC_BYTES;
/** Largest record that a reader accepts, and a writer writes. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;
/** Largest facts. */
export const MAX_FACTS_BYTES = 64 * 1024;

/** The fixed first bytes. */
export function encodeHeader(): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  writeAscii(bytes, 0, HEADER_MAGIC);
  new DataView(bytes.buffer).setUint16(MAGIC_BYTES, INDEX_VERSION, true);
  return bytes;
}

/** The version of an index by its first bytes; null where it is none. */
export function decodeHeader(bytes: Uint8Array): number | null {
  if (bytes.length < HEADER_BYTES || !hasAscii(bytes, 0, HEADER_MAGIC)) return null;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint16(MAGIC_BYTES, true);
}

/** Where something lies: for tables in entries, for facts in bytes. */
export type Extent = { readonly position: number; readonly count: number };

/** What the last bytes say. */
export type Trailer = {
  readonly tables: Readonly<Record<TableName, Extent>>;
  readonly facts: Extent;
};

/** The last bytes of an index of `totalBytes`, these included. */
export function encodeTrailer(trailer: Trailer, totalBytes: number): Uint8Array {
  const bytes = new Uint8Array(TRAILER_BYTES);
  const view = new DataView(bytes.buffer);
  const numbers = TABLES.flatMap((name) => [trailer.tables[name].position, trailer.tables[name].count]);
  numbers.push(trailer.facts.position, trailer.facts.count, totalBytes);
  for (const [i, value] of numbers.entries()) view.setFloat64(i * 8, value, true);
  writeAscii(bytes, TRAILER_BYTES - MAGIC_BYTES, TRAILER_MAGIC);
  return bytes;
}

/** Reads the trailer of an index of `totalBytes`; null where anything in it points outside or it was cut off. */
export function decodeTrailer(bytes: Uint8Array, totalBytes: number): Trailer | null {
  if (bytes.length !== TRAILER_BYTES || !hasAscii(bytes, TRAILER_BYTES - MAGIC_BYTES, TRAILER_MAGIC))
    return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const extents: Extent[] = [];
  for (let i = 0; i <= TABLES.length; i++) {
    const position = view.getFloat64(i * 16, true);
    const count = view.getFloat64(i * 16 + 8, true);
    const unit = i < TABLES.length ? ENTRY_BYTES : 1;
    if (!Number.isSafeInteger(position) || !Number.isSafeInteger(count) || position < 0 || count < 0)
      return null;
    if (position + count * unit > totalBytes) return null;
    extents.push({ position, count });
  }
  if (view.getFloat64(TABLES.length * 16 + 16, true) !== totalBytes) return null;
  const facts = extents.pop();
  if (facts === undefined || facts.count > MAX_FACTS_BYTES) return null;
  const tables = Object.fromEntries(TABLES.map((name, i) => [name, extents[i]]));
  return { tables: tables as Record<TableName, Extent>, facts };
}

/** Writes one table entry. */
export function encodeEntry(view: DataView, at: number, start: number, size: number, position: number): void {
  view.setUint32(at, start % 2 ** 32, true);
  view.setUint16(at + 4, Math.floor(start / 2 ** 32), true);
  view.setUint32(at + 6, size, true);
  view.setUint32(at + 10, position % 2 ** 32, true);
  view.setUint16(at + 14, Math.floor(position / 2 ** 32), true);
}

/** One table entry. */
export type Entry = { readonly start: number; readonly size: number; readonly position: number };

/** Reads `start` of the entry at `at`. */
export function entryStart(view: DataView, at: number): number {
  return view.getUint16(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

/** Reads a whole entry. */
export function decodeEntry(view: DataView, at: number): Entry {
  return {
    start: entryStart(view, at),
    size: view.getUint32(at + 6, true),
    position: view.getUint16(at + 14, true) * 2 ** 32 + view.getUint32(at + 10, true),
  };
}

function writeAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

function hasAscii(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (bytes[at + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}
