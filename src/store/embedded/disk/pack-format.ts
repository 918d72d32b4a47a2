// A pack is a file to which the attachments of many reports are appended, so that they share its fsync. Each entry is what one report has in it,
// and tells of itself (docs/decisions/0012-packs.md):
//
//   head    skippable zstd frame: magic (4), length (4), mark (8), id of the pack (12), bytes of body (4), bytes of record (4), CRC-32 of all that
//           stands between length and here (4)
//   body    the attachments as they are stored, frames with their checksums (seekable-zstd.ts), one after the other
//   record  what the report is (record-frame.ts), with a CRC-32 of its own
//
// All of it is frames that any zstd decoder reads or passes over. The id of the pack is random and never told to clients, so no upload can hold
// bytes that pass for an entry.
import { crc32 } from 'node:zlib';
import type { RandomFile } from './files.ts';
import { readRecord } from './record-frame.ts';

const SKIPPABLE = 0x184d2a5c;
const MARK = Buffer.from('MAYDAYP1', 'latin1');
const ID_BYTES = 12;
const FRAME_HEAD_BYTES = 8;
/** Where the mark begins in a head. */
const MARK_AT = FRAME_HEAD_BYTES;
const SIZES_AT = MARK_AT + MARK.length + ID_BYTES;
/** Of every entry. */
export const PACK_HEAD_BYTES = SIZES_AT + 12;
/** So much is looked through at a time for the next entry behind damage. */
const SEARCH_BYTES = 1024 * 1024;

const NAME = /^\d{8}-([0-9a-f]{24})\.pack$/;

/** The name of a new pack: the UTC day, so that people can tell them apart, and its id. */
export function packName(day: string, id: Uint8Array): string {
  return `${day}-${Buffer.from(id).toString('hex')}.pack`;
}

/** The id in a name; null: it names no pack. */
export function packId(name: string): Buffer | null {
  const hex = NAME.exec(name)?.[1];
  return hex === undefined ? null : Buffer.from(hex, 'hex');
}

/** The head of an entry. */
export function packHead(id: Uint8Array, bodyBytes: number, ofRecord: number): Buffer {
  const head = Buffer.alloc(PACK_HEAD_BYTES);
  head.writeUInt32LE(SKIPPABLE, 0);
  head.writeUInt32LE(PACK_HEAD_BYTES - FRAME_HEAD_BYTES, 4);
  head.set(MARK, MARK_AT);
  head.set(id, MARK_AT + MARK.length);
  head.writeUInt32LE(bodyBytes, SIZES_AT);
  head.writeUInt32LE(ofRecord, SIZES_AT + 4);
  head.writeUInt32LE(crc32(head.subarray(MARK_AT, SIZES_AT + 8)), SIZES_AT + 8);
  return head;
}

/** What a head says; null where it is none of this pack, or damaged. */
export function readPackHead(
  head: Buffer,
  id: Uint8Array,
): { readonly bodyBytes: number; readonly recordBytes: number } | null {
  if (head.length < PACK_HEAD_BYTES || head.readUInt32LE(0) !== SKIPPABLE) return null;
  if (!head.subarray(MARK_AT, SIZES_AT).equals(Buffer.concat([MARK, id]))) return null;
  if (head.readUInt32LE(SIZES_AT + 8) !== crc32(head.subarray(MARK_AT, SIZES_AT + 8))) return null;
  return { bodyBytes: head.readUInt32LE(SIZES_AT), recordBytes: head.readUInt32LE(SIZES_AT + 4) };
}

/** An entry that was found in a pack. */
export interface PackEntry {
  /** Where its head begins, and what it takes. */
  readonly at: number;
  readonly bytes: number;
  /** What the report is; null where that is damaged. */
  readonly record: unknown;
}

/** All entries of a pack in order; what was erased, torn or damaged is passed over. */
export function* packEntries(file: RandomFile, id: Uint8Array): Generator<PackEntry> {
  for (let at = nextHead(file, id, 0); at !== null;) {
    const head = readPackHead(file.read(at, PACK_HEAD_BYTES), id);
    const bytes = head === null ? 0 : PACK_HEAD_BYTES + head.bodyBytes + head.recordBytes;
    if (head === null || at + bytes > file.size) {
      at = nextHead(file, id, at + 1);
      continue;
    }
    yield { at, bytes, record: readRecord(file.read(at + bytes - head.recordBytes, head.recordBytes)) };
    at = nextHead(file, id, at + bytes);
  }
}

/** The next head from a place on; nearly always it begins there. */
function nextHead(file: RandomFile, id: Uint8Array, from: number): number | null {
  if (readPackHead(file.read(from, PACK_HEAD_BYTES), id) !== null) return from;
  const sought = Buffer.concat([MARK, id]);
  for (let start = from; start < file.size; start += SEARCH_BYTES) {
    const bytes = file.read(start, SEARCH_BYTES + sought.length + MARK_AT);
    for (let found = bytes.indexOf(sought); found !== -1; found = bytes.indexOf(sought, found + 1)) {
      const at = start + found - MARK_AT;
      if (at >= from && readPackHead(file.read(at, PACK_HEAD_BYTES), id) !== null) return at;
    }
  }
  return null;
}
