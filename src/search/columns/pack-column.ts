// A column as bytes, for a segment: a small head, the dictionary as JSON, the codes; the whole as one zstd frame.
//
// Bytes before compression: format (1), kind (1), rows (4, little endian), length of the dictionary in bytes (4), number of codes (4),
// dictionary, then the numbers: codes of 1, 2 or 4 bytes, or doubles. Whole numbers have the least and the span as their dictionary. Lists are
// written as how many there are (4), where each starts (4 each, and the end), codes of 2 or 4 bytes, then the list of each row in 1 or 2.
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Column } from './column.ts';
import { MAX_ROWS, codesFor, listCodes, listNumbers, narrowed } from './column.ts';

const FORMAT = 1;
const HEAD = 14;
/** `rows`: lists as they were written before rows shared them, where each row starts and codes of 4 bytes. */
const KINDS = ['text', 'number', 'rows', 'whole', 'list'] as const;
/** Larger columns are never written: 65,535 rows with lists of 100 words each. */
const MAX_BYTES = 256 * 1024 * 1024;

export function packColumn(column: Column): Uint8Array {
  const words = Buffer.from(dictionaryOf(column));
  const numbers = numbersOf(column);
  const head = Buffer.alloc(HEAD);
  head.writeUInt8(FORMAT, 0);
  head.writeUInt8(KINDS.indexOf(column.kind), 1);
  head.writeUInt32LE(rowsOf(column), 2);
  head.writeUInt32LE(words.length, 6);
  head.writeUInt32LE(column.kind === 'number' ? column.numbers.length : column.codes.length, 10);
  return zstdCompressSync(Buffer.concat([head, words, ...numbers]));
}

/** The column that was packed. Throws `RangeError` where the bytes are none. */
export function unpackColumn(packed: Uint8Array): Column {
  const bytes = zstdDecompressSync(packed, { maxOutputLength: MAX_BYTES });
  if (bytes.length < HEAD || bytes.readUInt8(0) !== FORMAT) throw new RangeError('no column of this format');
  const kind = KINDS[bytes.readUInt8(1)];
  const rows = bytes.readUInt32LE(2);
  const wordsEnd = HEAD + bytes.readUInt32LE(6);
  const count = bytes.readUInt32LE(10);
  if (kind === undefined || rows > MAX_ROWS || wordsEnd > bytes.length)
    throw new RangeError('a damaged column');
  // Segments of before whole numbers had a form of their own are narrowed as they are read.
  if (kind === 'number') return narrowed(new Float64Array(copied(bytes, wordsEnd, count * 8)));
  const dictionary = JSON.parse(bytes.toString('utf8', HEAD, wordsEnd)) as unknown[];
  if (kind === 'whole') {
    const [least, span] = dictionary as number[];
    if (least === undefined || span === undefined) throw new RangeError('a damaged column');
    const codes = codesFor(span, count);
    bytesOf(codes).set(new Uint8Array(copied(bytes, wordsEnd, codes.byteLength)));
    return { kind, least, span, codes };
  }
  const words = dictionary as string[];
  if (kind === 'text') {
    const narrow = words.length < 256;
    const data = copied(bytes, wordsEnd, count * (narrow ? 1 : 2));
    return { kind, words, codes: narrow ? new Uint8Array(data) : new Uint16Array(data) };
  }
  if (kind === 'rows') return listOfRows(words, bytes, { rows, count, from: wordsEnd });
  const lists = bytes.readUInt32LE(wordsEnd);
  if (lists > MAX_ROWS + 1) throw new RangeError('a damaged column');
  const startsFrom = wordsEnd + 4;
  const codesFrom = startsFrom + (lists + 1) * 4;
  const rowsFrom = codesFrom + count * listCodes([], words.length).BYTES_PER_ELEMENT;
  const isFew = lists <= 2 ** 8;
  const codes = copied(bytes, codesFrom, rowsFrom - codesFrom);
  const ofRows = copied(bytes, rowsFrom, rows * (isFew ? 1 : 2));
  return {
    kind,
    words,
    lists: isFew ? new Uint8Array(ofRows) : new Uint16Array(ofRows),
    starts: new Uint32Array(copied(bytes, startsFrom, codesFrom - startsFrom)),
    codes: words.length < 2 ** 16 ? new Uint16Array(codes) : new Uint32Array(codes),
  };
}

/** Each row is a list of its own, behind the empty one. */
function listOfRows(
  words: readonly string[],
  bytes: Buffer,
  { rows, count, from }: { readonly rows: number; readonly count: number; readonly from: number },
): Column {
  const starts = new Uint32Array(rows + 2);
  starts.set(new Uint32Array(copied(bytes, from, (rows + 1) * 4)), 1);
  const lists = listNumbers(
    Array.from({ length: rows }, (_, row) => row + 1),
    rows + 1,
  );
  const codes = new Uint32Array(copied(bytes, from + (rows + 1) * 4, count * 4));
  return { kind: 'list', words, lists, starts, codes: listCodes(codes, words.length) };
}

function dictionaryOf(column: Column): string {
  if (column.kind === 'number') return '';
  return JSON.stringify(column.kind === 'whole' ? [column.least, column.span] : column.words);
}

function rowsOf(column: Column): number {
  if (column.kind === 'number') return column.numbers.length;
  return column.kind === 'list' ? column.lists.length : column.codes.length;
}

function numbersOf(column: Column): readonly Uint8Array[] {
  if (column.kind === 'number') return [bytesOf(column.numbers)];
  if (column.kind !== 'list') return [bytesOf(column.codes)];
  const lists = Uint32Array.of(column.starts.length - 1);
  return [lists, column.starts, column.codes, column.lists].map(bytesOf);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Aligned for arrays of any width. */
function copied(bytes: Uint8Array, from: number, length: number): ArrayBuffer {
  if (from + length > bytes.length) throw new RangeError('a damaged column');
  const copy = new ArrayBuffer(length);
  new Uint8Array(copy).set(bytes.subarray(from, from + length));
  return copy;
}
