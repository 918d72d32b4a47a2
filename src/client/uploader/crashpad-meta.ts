// The small binary files of a Crashpad database: on Linux a report's `.meta` and the `settings.dat`, on Windows `metadata`.
// Layouts: ReportMetadata in crashpad's client/crash_report_database_generic.cc, Settings::Data in client/settings.cc, as
// compilers lay them out where time_t has 8 bytes; MetadataFileReportRecord in client/crash_report_database_win.cc.
import path from 'node:path';
import { ByteReader } from '../../base/byte-reader.ts';

/** What a `.meta` file says. Times are seconds since 1970. */
export interface CrashpadMeta {
  readonly attempts: number;
  readonly lastAttempt: number;
  readonly created: number;
  readonly uploaded: boolean;
  readonly uploadRequested: boolean;
  /** The server's answer to the upload, as Crashpad keeps it. */
  readonly id: string;
}

// int32 version, int32 attempts, int64 last attempt, time_t creation, uint8 attributes, 7 bytes of padding; then the id.
const VERSION = 1;
const META_BYTES = 32;
const UPLOADED = 1;
const REQUESTED = 2;
const MAX_META_BYTES = 64 * 1024;

/** Null where it is damaged, or of a machine whose time_t has 4 bytes. */
export function readCrashpadMeta(bytes: Uint8Array): CrashpadMeta | null {
  if (bytes.length < META_BYTES || bytes.length > MAX_META_BYTES) return null;
  const reader = new ByteReader(bytes);
  if (reader.u32(0) !== VERSION) return null;
  const attributes = reader.u8(24);
  return {
    attempts: reader.u32(4) | 0,
    lastAttempt: reader.size64(8),
    created: reader.size64(16),
    uploaded: (attributes & UPLOADED) !== 0,
    uploadRequested: (attributes & REQUESTED) !== 0,
    id: Buffer.from(bytes.subarray(META_BYTES)).toString('utf8'),
  };
}

export function writeCrashpadMeta(meta: CrashpadMeta): Buffer {
  const head = Buffer.alloc(META_BYTES);
  head.writeInt32LE(VERSION, 0);
  head.writeInt32LE(meta.attempts, 4);
  head.writeBigInt64LE(BigInt(meta.lastAttempt), 8);
  head.writeBigInt64LE(BigInt(meta.created), 16);
  head.writeUInt8((meta.uploaded ? UPLOADED : 0) | (meta.uploadRequested ? REQUESTED : 0), 24);
  return Buffer.concat([head, Buffer.from(meta.id)]);
}

// uint32 magic 'CPds', uint32 version, uint32 options, uint32 padding, uint64 last upload attempt, 16 bytes client id.
const SETTINGS_MAGIC = 0x43506473;
const SETTINGS_BYTES = 40;
const UPLOADS_ENABLED = 1;
/** Where the time of the last upload attempt stands in `settings.dat`: 8 bytes, little-endian. */
export const SETTINGS_LAST_ATTEMPT_OFFSET = 16;

/** What `settings.dat` says; null where it is none. */
export function readCrashpadSettings(bytes: Uint8Array): { readonly uploadsEnabled: boolean } | null {
  if (bytes.length < SETTINGS_BYTES) return null;
  const reader = new ByteReader(bytes);
  if (reader.u32(0) !== SETTINGS_MAGIC || reader.u32(4) !== 1) return null;
  return { uploadsEnabled: (reader.u32(8) & UPLOADS_ENABLED) !== 0 };
}

// MetadataFileHeader: uint32 magic, version, number of records, padding. MetadataFileReportRecord: 16 bytes UUID, uint32 index of
// the path, uint32 index of the id, int64 creation, int64 last attempt, int32 attempts, int32 state, uint8 attributes, 7 bytes padding.
// Behind the records stand the strings, each with a NUL.
const HEADER_BYTES = 16;
const RECORD_BYTES = 56;
const MAX_RECORDS = 100_000;

/** What `metadata` of Windows says of a report. `created`: seconds since 1970; `state`: 0 pending, 1 being sent, 2 completed. */
export interface CrashpadRecord {
  /** Name of the dump in `reports`. */
  readonly dump: string;
  readonly created: number;
  readonly state: number;
}

/** Null where the file cannot be read, or knows no report. */
export function readCrashpadRecords(bytes: Buffer): readonly CrashpadRecord[] | null {
  const reader = new ByteReader(bytes);
  const count = bytes.length < HEADER_BYTES ? 0 : reader.u32(8);
  const strings = HEADER_BYTES + count * RECORD_BYTES;
  if (count === 0 || count > MAX_RECORDS || strings > bytes.length) return null;
  const records: CrashpadRecord[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = HEADER_BYTES + index * RECORD_BYTES;
    const begin = strings + reader.u32(at + 16);
    const end = begin < bytes.length ? bytes.indexOf(0, begin) : -1;
    if (end <= begin) continue;
    records.push({
      dump: path.win32.basename(bytes.toString('utf8', begin, end)),
      created: reader.size64(at + 24),
      state: reader.u32(at + 44),
    });
  }
  return records;
}
