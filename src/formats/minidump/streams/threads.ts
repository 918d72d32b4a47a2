// ThreadList stream (3): each thread's stack and registers, and the stream that names threads (24).
import type { ByteReader } from '../../../base/byte-reader.ts';
import { type ParseContext, countedEntries, lazyLocation } from '../parse-context.ts';
import { readUtf16At } from '../strings.ts';

/** One thread of the process. */
export interface MinidumpThread {
  readonly id: number;
  readonly suspendCount: number;
  readonly priority: number;
  /** Windows thread environment block; 0 elsewhere. */
  readonly teb: bigint;
  readonly stackBase: bigint;
  /** Null where the dump keeps the stack only in its memory list (normal on Windows). */
  readonly stack: ByteReader | null;
  /** The raw CONTEXT record; which layout it has depends on SystemInfo. */
  readonly context: ByteReader | null;
}

// MINIDUMP_THREAD: id u32, suspend u32, priority class u32, priority u32, teb u64, stack {start u64, size u32,
// rva u32}, context {size u32, rva u32}.
const THREAD = { part: 'ThreadList', entrySize: 48 };

// MINIDUMP_THREAD_NAME: id u32, rva u64.
const THREAD_NAME = { part: 'ThreadNames', entrySize: 12 };

/** Reads the ThreadList stream. */
export function readThreads(context: ParseContext, stream: ByteReader): MinidumpThread[] {
  const entries = countedEntries(context, stream, { ...THREAD, maxEntries: context.limits.maxThreads });
  return entries.map((record) => ({
    id: record.u32(0),
    suspendCount: record.u32(4),
    priority: record.u32(12),
    teb: record.u64(16),
    stackBase: record.u64(24),
    stack: lazyLocation(context, record, 32),
    context: lazyLocation(context, record, 40),
  }));
}

/** Thread names by thread id; an unreadable name is left out with a note. */
export function readThreadNames(context: ParseContext, stream: ByteReader): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  const entries = countedEntries(context, stream, { ...THREAD_NAME, maxEntries: context.limits.maxThreads });
  for (const record of entries) {
    const id = record.u32(0);
    const name = readUtf16At(context, record.size64(4));
    if (name === null) context.notes.add('ThreadNames', `the name of thread ${id} cannot be read`);
    else names.set(id, name);
  }
  return names;
}
