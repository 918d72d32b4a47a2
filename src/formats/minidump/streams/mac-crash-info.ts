// Mozilla's macOS streams: the __crash_info sections that system libraries fill in before they abort (0x4d7a0001),
// and the kernel's boot arguments (0x4d7a0002).
import type { ByteReader } from '../../../base/byte-reader.ts';
import type { ParseContext } from '../parse-context.ts';
import { decodeUtf8, readUtf16At } from '../strings.ts';

/** One __crash_info section; version 1 has no fields, 5 adds the abort cause. */
export interface MacCrashRecord {
  readonly version: number;
  readonly thread: bigint | null;
  readonly dialogMode: bigint | null;
  readonly abortCause: bigint | null;
  readonly modulePath: string | null;
  readonly message: string | null;
  readonly signatureString: string | null;
  readonly backtrace: string | null;
  readonly message2: string | null;
}

const PART = 'MozMacosCrashInfo';

// MINIDUMP_MAC_CRASH_INFO: stream type u32, record count u32, size of a record's fixed part u32, then 20 locations
// {size u32, rva u32}. A record: stream type u64, version u64, thread u64, dialog mode u64, abort cause u64 (v5),
// and after the fixed part the strings module path, message, signature, backtrace and message 2.
const MAX_RECORDS = 20;
const MAX_STRING_BYTES = 8192;

/** Reads the MozMacosCrashInfo stream; records after the first that is damaged are left out. */
export function readMacCrashInfo(context: ParseContext, stream: ByteReader): MacCrashRecord[] {
  const count = Math.min(stream.u32(4), MAX_RECORDS);
  const stringsAt = stream.u32(8);
  const records: MacCrashRecord[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = 12 + index * 8;
    const window = stream.has(at, 8) ? context.file.window(stream.u32(at + 4), stream.u32(at)) : null;
    const record = window === null ? null : readRecord(window, stringsAt);
    // All records share the place of their strings, so they can only be of one version.
    if (record === null || (records[0] !== undefined && records[0].version !== record.version)) {
      context.notes.add(PART, `record ${index} of ${count} cannot be read`);
      break;
    }
    records.push(record);
  }
  return records;
}

/** Reads the MozMacosBootargs stream: stream type u32, then the rva (u64) of a UTF-16 string. */
export function readMacBootArgs(context: ParseContext, stream: ByteReader): string | null {
  return readUtf16At(context, stream.size64(4));
}

function readRecord(record: ByteReader, stringsAt: number): MacCrashRecord | null {
  if (!record.has(0, 16)) return null;
  const version = record.size64(8);
  if (version < 1) return null;
  const fixedBytes = version >= 5 ? 40 : version >= 4 ? 32 : 16;
  if (!record.has(0, fixedBytes) || stringsAt < fixedBytes) return null;
  const strings = version >= 4 ? readStrings(record, stringsAt, 5) : [];
  if (strings === null) return null;
  return {
    version,
    thread: version >= 4 ? record.u64(16) : null,
    dialogMode: version >= 4 ? record.u64(24) : null,
    abortCause: version >= 5 ? record.u64(32) : null,
    modulePath: strings[0] ?? null,
    message: strings[1] ?? null,
    signatureString: strings[2] ?? null,
    backtrace: strings[3] ?? null,
    message2: strings[4] ?? null,
  };
}

function readStrings(record: ByteReader, start: number, count: number): string[] | null {
  const strings: string[] = [];
  let at = start;
  for (let index = 0; index < count; index += 1) {
    const bytes = record.part(at, at + MAX_STRING_BYTES + 1);
    const end = bytes.indexOf(0);
    if (end === -1) return null;
    strings.push(decodeUtf8(bytes.subarray(0, end)));
    at += end + 1;
  }
  return strings;
}
