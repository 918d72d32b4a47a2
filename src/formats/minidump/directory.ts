// The front of a minidump: header and stream directory (Microsoft MINIDUMP_HEADER, MINIDUMP_DIRECTORY).
import { hexOfBytes, latin1OfBytes } from '../../base/bytes.ts';
import { ByteReader } from '../../base/byte-reader.ts';
import type { MinidumpLimits } from './minidump-limits.ts';
import type { NoteList } from './minidump-notes.ts';
import { isUnusedStream } from './stream-types.ts';

// MINIDUMP_HEADER: signature u32, version u32 (low half fixed), stream_count u32, directory rva u32, checksum u32,
// time_date_stamp u32, flags u64.
const HEADER_BYTES = 32;
const SIGNATURE_LITTLE = 'MDMP';
const SIGNATURE_BIG = 'PMDM';
const VERSION_LOW = 0xa793;

// MINIDUMP_DIRECTORY: type u32, data size u32, rva u32.
const ENTRY_BYTES = 12;

/** Header of a minidump. */
export interface MinidumpHeader {
  readonly littleEndian: boolean;
  readonly version: number;
  /** Seconds since 1970: when the dump was written, which is the time of the crash. */
  readonly timestamp: number;
  readonly flags: bigint;
}

/** Where one stream lies; `present` tells whether all of it is inside the file. */
export interface DirectoryEntry {
  readonly type: number;
  readonly size: number;
  readonly rva: number;
  readonly present: boolean;
}

/** Why a file cannot be read as a minidump at all. */
export type RefusalReason = 'empty' | 'not-a-minidump' | 'truncated' | 'unsupported-version';

/** A file that gives no minidump, with a sentence for the person who sent it. */
export interface Refusal {
  readonly ok: false;
  readonly reason: RefusalReason;
  readonly message: string;
}

/** Reads the header, or says why these bytes are no minidump. */
export function readHeader(
  bytes: Uint8Array,
): { readonly ok: true; readonly header: MinidumpHeader } | Refusal {
  if (bytes.length === 0) return refuse('empty', 'the file is empty');
  const signature = latin1OfBytes(bytes.subarray(0, 4));
  const littleEndian = signature !== SIGNATURE_BIG;
  if (littleEndian && signature !== SIGNATURE_LITTLE) return refuse('not-a-minidump', describeOther(bytes));
  if (bytes.length < HEADER_BYTES) {
    return refuse('truncated', `the file ends after ${bytes.length} bytes, inside the minidump header`);
  }
  const reader = new ByteReader(bytes, littleEndian);
  const version = reader.u32(4);
  if ((version & 0xffff) !== VERSION_LOW) {
    const found = (version & 0xffff).toString(16).padStart(4, '0');
    return refuse('unsupported-version', `the minidump version is 0x${found}; only 0xa793 is defined`);
  }
  return { ok: true, header: { littleEndian, version, timestamp: reader.u32(20), flags: reader.u64(24) } };
}

/**
 * Reads the stream directory; a type that occurs twice counts with its last entry. Null when no entry can be read.
 * The claimed count is only believed as far as the file goes. Where it claims more than that, what follows the true
 * directory is other data, so the first entry of a type is kept then.
 */
export function readDirectory(
  file: ByteReader,
  limits: MinidumpLimits,
  notes: NoteList,
): ReadonlyMap<number, DirectoryEntry> | null {
  const claimed = file.u32(8);
  const start = file.u32(12);
  const fitting = Math.floor(Math.max(0, file.length - start) / ENTRY_BYTES);
  if (claimed > 0 && fitting === 0) return null;
  const count = Math.min(claimed, fitting, limits.maxStreams);
  const believable = count === claimed;
  if (!believable) notes.add('directory', `the header claims ${claimed} streams, ${count} entries are read`);
  const entries = new Map<number, DirectoryEntry>();
  for (let index = 0; index < count; index += 1) {
    const record = file.require(start + index * ENTRY_BYTES, ENTRY_BYTES);
    const type = record.u32(0);
    if (isUnusedStream(type)) continue;
    const size = record.u32(4);
    const rva = record.u32(8);
    const present = file.has(rva, size);
    if (!believable && (!present || entries.has(type))) continue;
    if (!present) notes.add('directory', `stream ${type} lies outside of the file`);
    entries.set(type, { type, size, rva, present });
  }
  return entries;
}

function refuse(reason: RefusalReason, message: string): Refusal {
  return { ok: false, reason, message };
}

/** Says what the file is instead, for the kinds that senders mistake for minidumps. */
function describeOther(bytes: Uint8Array): string {
  const hex = hexOfBytes(bytes.subarray(0, 4));
  const text = latin1OfBytes(bytes.subarray(0, 64)).trimStart();
  if (hex.startsWith('1f8b')) return 'the file is gzip-compressed data, not a minidump; decompress it first';
  if (hex === '28b52ffd') return 'the file is zstd-compressed data, not a minidump; decompress it first';
  if (hex === '504b0304') return 'the file is a zip archive, not a minidump';
  if (hex === '7f454c46') return 'the file is an ELF file (a core dump or a program), not a minidump';
  if (text.startsWith('<')) return 'the file is HTML or XML, not a minidump';
  if (text.startsWith('PAGEDU')) return 'the file is a Windows kernel dump, not a minidump';
  return `the file does not start with MDMP (it starts with ${hex}), so it is not a minidump`;
}
