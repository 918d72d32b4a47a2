// MemoryList (5) and Memory64List (9): the bytes of the process that are in the dump.
import type { ByteReader } from '../../../base/byte-reader.ts';
import { type ParseContext, countedEntries, lazyLocation } from '../parse-context.ts';

/** Bytes of the process at an address; they are read when they are looked at. */
export interface MemoryRegion {
  readonly base: bigint;
  readonly size: bigint;
  readonly bytes: ByteReader;
}

// MINIDUMP_MEMORY_DESCRIPTOR: start u64, size u32, rva u32.
const DESCRIPTOR = { part: 'MemoryList', entrySize: 16 };

// MINIDUMP_MEMORY64_LIST: count u64, rva of the first region u64, then {start u64, size u64}; the bytes of all
// regions follow one another.
const LIST64_HEADER = 16;
const DESCRIPTOR64_BYTES = 16;

/** Reads the MemoryList stream; a region that is not in the file is left out. */
export function readMemoryList(context: ParseContext, stream: ByteReader): MemoryRegion[] {
  const shape = { ...DESCRIPTOR, maxEntries: context.limits.maxRegions };
  const regions: MemoryRegion[] = [];
  for (const record of countedEntries(context, stream, shape)) {
    const bytes = lazyLocation(context, record, 8);
    if (bytes !== null) regions.push({ base: record.u64(0), size: BigInt(bytes.length), bytes });
    else if (record.u32(8) > 0) context.notes.add(DESCRIPTOR.part, 'a region lies outside of the file');
  }
  return regions;
}

/** Reads the Memory64List stream; a region that runs past the end of the file keeps the bytes that are there. */
export function readMemory64List(context: ParseContext, stream: ByteReader): MemoryRegion[] {
  const claimed = stream.size64(0);
  const fitting = Math.floor((stream.length - LIST64_HEADER) / DESCRIPTOR64_BYTES);
  const count = Math.min(claimed, fitting, context.limits.maxRegions);
  if (count < claimed) {
    context.notes.add('Memory64List', `the list claims ${claimed} regions, ${count} are read`);
  }
  const regions: MemoryRegion[] = [];
  let rva = stream.size64(8);
  for (let index = 0; index < count; index += 1) {
    const at = LIST64_HEADER + index * DESCRIPTOR64_BYTES;
    const base = stream.u64(at);
    const size = stream.size64(at + 8);
    const available = Math.min(size, Math.max(0, context.file.length - rva));
    if (available < size) {
      context.notes.add('Memory64List', `region ${index} runs past the end of the file`);
      context.beyondEnd.blocks += 1;
    }
    const bytes = context.file.lazyWindow(rva, available);
    if (bytes !== null && available > 0) regions.push({ base, size: BigInt(available), bytes });
    // Where every later region lies follows from this size, so a wrong one ends the list.
    if (available < size) break;
    rva += size;
  }
  return regions;
}
