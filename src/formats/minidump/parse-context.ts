// What every stream parser is given: the whole file, the limits, and the place for its notes.
import type { ByteReader } from '../../base/byte-reader.ts';
import type { MinidumpLimits } from './minidump-limits.ts';
import type { NoteList } from './minidump-notes.ts';

/** Handed to each stream parser next to the bytes of its own stream. */
export interface ParseContext {
  readonly file: ByteReader;
  readonly limits: MinidumpLimits;
  readonly notes: NoteList;
  readonly beyondEnd: BeyondEnd;
  readonly strings: StringBudget;
}

/** Counts blocks of bytes that the dump refers to and that the file does not have: it was cut short. */
interface BeyondEnd {
  blocks: number;
}

/** Bytes of strings that may still be decoded. */
interface StringBudget {
  left: number;
}

/** A location descriptor (size u32, rva u32) at `offset` of a record, as the bytes that it points to. */
export function readLocation(context: ParseContext, record: ByteReader, offset: number): ByteReader | null {
  return locate(context, record, offset, (rva, size) => context.file.window(rva, size));
}

/** The same, of which nothing is read before it is looked at. */
export function lazyLocation(context: ParseContext, record: ByteReader, offset: number): ByteReader | null {
  return locate(context, record, offset, (rva, size) => context.file.lazyWindow(rva, size));
}

function locate(
  context: ParseContext,
  record: ByteReader,
  offset: number,
  open: (rva: number, size: number) => ByteReader | null,
): ByteReader | null {
  const size = record.u32(offset);
  const rva = record.u32(offset + 4);
  if (size === 0 || rva === 0) return null;
  const window = open(rva, size);
  if (window === null) context.beyondEnd.blocks += 1;
  return window;
}

/** The shape of a counted list: how large its entries are and how many we are willing to read. */
export interface ListShape {
  readonly part: string;
  readonly entrySize: number;
  readonly maxEntries: number;
}

/**
 * The entries of a list that starts with a u32 count. Writers for some platforms align the entries to 8 bytes, so four
 * bytes of padding after the count are normal. The entries that are there are read even if the count says more.
 */
export function countedEntries(context: ParseContext, stream: ByteReader, shape: ListShape): ByteReader[] {
  const count = stream.u32(0);
  const start = stream.length - 8 === count * shape.entrySize && count > 0 ? 8 : 4;
  return entriesAt(context, stream, { ...shape, start, count });
}

/**
 * The entries of a list with a header of size_of_header, size_of_entry and a count (u32, or u64 where `wideCount`).
 * Newer writers may use longer entries; we read the front that we know.
 */
export function extendedEntries(
  context: ParseContext,
  stream: ByteReader,
  shape: ListShape & { readonly wideCount?: boolean },
): ByteReader[] {
  const start = stream.u32(0);
  const stride = stream.u32(4);
  const count = shape.wideCount === true ? stream.size64(8) : stream.u32(8);
  if (stride < shape.entrySize) {
    context.notes.add(
      shape.part,
      `entries of ${stride} bytes are smaller than the ${shape.entrySize} expected`,
    );
    return [];
  }
  return entriesAt(context, stream, { ...shape, entrySize: stride, start, count });
}

function entriesAt(
  context: ParseContext,
  stream: ByteReader,
  list: ListShape & { readonly start: number; readonly count: number },
): ByteReader[] {
  const fitting = Math.max(0, Math.floor((stream.length - list.start) / list.entrySize));
  const count = Math.min(list.count, fitting, list.maxEntries);
  if (count < list.count) {
    const why = fitting <= list.maxEntries ? 'fit into the stream' : 'are within the limit';
    context.notes.add(list.part, `the list claims ${list.count} entries, ${count} ${why}`);
  }
  const entries: ByteReader[] = [];
  for (let index = 0; index < count; index += 1) {
    entries.push(stream.require(list.start + index * list.entrySize, list.entrySize));
  }
  return entries;
}
