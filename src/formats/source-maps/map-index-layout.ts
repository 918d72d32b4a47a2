// The index of a source map: what a lookup of a position needs, in tables that are read by small pieces.
//
//   start    8 bytes  MAGIC, the last of which is the version
//            tables of u32 offset, u32 count: in the order of TABLES
//   lines    u32      index of the first segment of each generated line, and one more
//   columns  u32      generated column of each segment
//   places   4 × u32  source, line, column (all from 0) and name + 1 (0: none) of each segment; source NONE: mapped to nothing
//   changes  4 × u32  generated line and column from which on another function is the innermost, its name + 1, and 1 where there is one
//   sources  4 × u32  name, first of its content's lines, their number (0: no content), flags (1: ignored)
//   starts   u32      where each line of the contents begins in `text`; each content has one more, its end
//   strings  u32      where each string begins in `text`, and one more
//   text     bytes    UTF-8 of contents and strings
//
// Everything is little-endian; tables begin at multiples of 16, so that no entry lies across two blocks of the cache.

/** "MDMAP", and the version. */
export const MAGIC = Buffer.from([0x4d, 0x44, 0x4d, 0x41, 0x50, 0x00, 0x00, 0x01]);

export const TABLES = [
  'lines',
  'columns',
  'places',
  'changes',
  'sources',
  'starts',
  'strings',
  'text',
] as const;
export type Table = (typeof TABLES)[number];

/** Bytes of an entry of each table. */
export const ENTRY_BYTES: Readonly<Record<Table, number>> = {
  lines: 4,
  columns: 4,
  places: 16,
  changes: 16,
  sources: 16,
  starts: 4,
  strings: 4,
  text: 1,
};

export const HEADER_BYTES = MAGIC.length + TABLES.length * 8;
export const NONE = 0xffff_ffff;
export const IGNORED = 1;

/** Offsets are u32: a larger index is refused. */
export const MAX_INDEX_BYTES = 0xffff_0000;
