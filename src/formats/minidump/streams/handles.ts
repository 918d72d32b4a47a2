// HandleData stream (12): the handles that a Windows process had open.
import type { ByteReader } from '../../../base/byte-reader.ts';
import type { ParseContext } from '../parse-context.ts';
import { readUtf16At } from '../strings.ts';

/** One open handle. */
export interface MinidumpHandle {
  readonly handle: bigint;
  readonly typeName: string | null;
  readonly objectName: string | null;
  readonly grantedAccess: number;
  /** Types of the further object information that is attached to it. */
  readonly objectInfo: readonly number[];
}

// MINIDUMP_HANDLE_DATA_STREAM: header size u32, descriptor size u32, count u32, reserved u32. Descriptors: handle
// u64, type name rva u32, object name rva u32, attributes u32, access u32, handle count u32, pointer count u32; the
// second version (40 bytes) adds an object info rva u32 and a reserved u32.
const PART = 'HandleData';
const HEADER_BYTES = 16;
const DESCRIPTOR_BYTES = 32;
const DESCRIPTOR2_BYTES = 40;

// MINIDUMP_HANDLE_OBJECT_INFORMATION: next rva u32, type u32, size u32, then the information itself.
const OBJECT_INFO_BYTES = 12;
const MAX_OBJECT_INFOS = 64;

/** Reads the HandleData stream. */
export function readHandles(context: ParseContext, stream: ByteReader): MinidumpHandle[] {
  const start = stream.u32(0);
  const stride = stream.u32(4);
  const claimed = stream.u32(8);
  if (stride < DESCRIPTOR_BYTES || start < HEADER_BYTES) {
    context.notes.add(PART, `descriptors of ${stride} bytes after a header of ${start} cannot be read`);
    return [];
  }
  const fitting = Math.max(0, Math.floor((stream.length - start) / stride));
  const count = Math.min(claimed, fitting, context.limits.maxHandles);
  if (count < claimed) context.notes.add(PART, `the list claims ${claimed} handles, ${count} are read`);
  return Array.from({ length: count }, (_, index) => {
    const record = stream.require(start + index * stride, stride);
    const info = stride >= DESCRIPTOR2_BYTES ? record.u32(32) : 0;
    return {
      handle: record.u64(0),
      typeName: nameAt(context, record.u32(8)),
      objectName: nameAt(context, record.u32(12)),
      grantedAccess: record.u32(20),
      objectInfo: readObjectInfo(context, info),
    };
  });
}

function nameAt(context: ParseContext, rva: number): string | null {
  return rva === 0 ? null : readUtf16At(context, rva);
}

/** A linked list through the file: an entry that points back at an earlier one would never end. */
function readObjectInfo(context: ParseContext, first: number): number[] {
  const seen = new Set<number>();
  const types: number[] = [];
  let rva = first;
  while (rva !== 0 && types.length < MAX_OBJECT_INFOS) {
    const record = seen.has(rva) ? null : context.file.window(rva, OBJECT_INFO_BYTES);
    if (record === null) {
      context.notes.add(PART, 'a list of object information points at itself or outside of the file');
      break;
    }
    seen.add(rva);
    types.push(record.u32(4));
    rva = record.u32(0);
  }
  return types;
}
