// MiscInfo stream (15): process id and start time. Five versions exist; a longer one only appends fields.
import type { ByteReader } from '../../../base/byte-reader.ts';
import { decodeUtf16, untilNul } from '../strings.ts';

/** What of MiscInfo concerns a crash report; a field that is flagged as absent, or not there, is null. */
export interface MiscInfo {
  readonly processId: number | null;
  /** Seconds since 1970. */
  readonly processCreateTime: number | null;
  readonly processUserTime: number | null;
  readonly processKernelTime: number | null;
  readonly buildString: string | null;
}

// Versions by size: 24, 44, 232, 832 and 1364 bytes. Fields used: size u32, flags1 u32, pid u32, create u32,
// user u32, kernel u32; version 4 adds BuildString (260 UTF-16 units) at 232.
const FLAG_PROCESS_ID = 0x1;
const FLAG_PROCESS_TIMES = 0x2;
const FLAG_BUILD_STRING = 0x100;
const BUILD_STRING = { offset: 232, bytes: 520 };

/** Reads the MiscInfo stream. */
export function readMiscInfo(stream: ByteReader): MiscInfo {
  const flags = stream.u32(4);
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const field = (flag: number, offset: number): number | null =>
    has(flag) && stream.has(offset, 4) ? stream.u32(offset) : null;
  const build = has(FLAG_BUILD_STRING) ? stream.window(BUILD_STRING.offset, BUILD_STRING.bytes) : null;
  return {
    processId: field(FLAG_PROCESS_ID, 8),
    processCreateTime: field(FLAG_PROCESS_TIMES, 12),
    processUserTime: field(FLAG_PROCESS_TIMES, 16),
    processKernelTime: field(FLAG_PROCESS_TIMES, 20),
    buildString: build === null ? null : untilNul(decodeUtf16(build)),
  };
}
