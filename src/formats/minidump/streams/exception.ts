// Exception stream (6): what happened, where, and in which thread.
import type { ByteReader } from '../../../base/byte-reader.ts';
import { type ParseContext, readLocation } from '../parse-context.ts';

/** The exception that the dump was written for. */
export interface MinidumpException {
  readonly threadId: number;
  readonly code: number;
  readonly flags: number;
  readonly address: bigint;
  readonly parameterCount: number;
  /** Always 15 values, of which `parameterCount` are meant. */
  readonly parameters: readonly bigint[];
  readonly context: ByteReader | null;
}

// MINIDUMP_EXCEPTION_STREAM, 168 bytes: thread u32, pad u32, code u32, flags u32, nested record u64, address u64,
// parameters u32, pad u32, 15 x u64, context {size u32, rva u32}.
const STREAM_BYTES = 168;
const PARAMETERS = 15;

/** Reads the Exception stream; a context that is not in the file leaves the rest readable. */
export function readException(context: ParseContext, stream: ByteReader): MinidumpException {
  const record = stream.require(0, STREAM_BYTES);
  return {
    threadId: record.u32(0),
    code: record.u32(8),
    flags: record.u32(12),
    address: record.u64(24),
    parameterCount: Math.min(record.u32(32), PARAMETERS),
    parameters: Array.from({ length: PARAMETERS }, (_, index) => record.u64(40 + index * 8)),
    context: readLocation(context, record, 160),
  };
}
