// The two small binary files of a Crashpad database on Linux: a report's `.meta` and the `settings.dat`.
// Layouts: ReportMetadata in crashpad's client/crash_report_database_generic.cc, Settings::Data in client/settings.cc, as
// compilers lay them out where time_t has 8 bytes.
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
