// What may be done with which address range: MemoryInfoList (16, Windows) and LinuxMaps (0x47670009), in one form.
import type { ByteReader } from '../../../base/byte-reader.ts';
import { type ParseContext, extendedEntries } from '../parse-context.ts';
import { decodeUtf8 } from '../strings.ts';
import { linesOf } from '../text-lines.ts';

/** One mapping of the address space, whatever system described it. */
export interface MemoryInfo {
  readonly base: bigint;
  readonly size: bigint;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
  /** The mapped file or the kernel's name of the area; empty for anonymous memory and on Windows. */
  readonly name: string;
}

// MINIDUMP_MEMORY_INFO: base u64, allocation base u64, allocation protection u32, pad u32, region size u64,
// state u32, protection u32, type u32, pad u32.
const INFO = { part: 'MemoryInfoList', entrySize: 48 };

// Protection constants of winnt.h.
const READABLE = 0x02 | 0x04 | 0x20 | 0x40;
const WRITABLE = 0x04 | 0x08 | 0x40 | 0x80;
const EXECUTABLE = 0x10 | 0x20 | 0x40 | 0x80;

/** Reads the MemoryInfoList stream. */
export function readMemoryInfoList(context: ParseContext, stream: ByteReader): MemoryInfo[] {
  const shape = { ...INFO, maxEntries: context.limits.maxRegions, wideCount: true };
  return extendedEntries(context, stream, shape).map((record) => {
    const protection = record.u32(36);
    return {
      base: record.u64(0),
      size: record.u64(24),
      readable: (protection & READABLE) !== 0,
      writable: (protection & WRITABLE) !== 0,
      executable: (protection & EXECUTABLE) !== 0,
      name: '',
    };
  });
}

// One line of /proc/<pid>/maps: start-end perms offset device inode name (proc(5)).
const MAPS_LINE = /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([r-])([w-])([x-])\S* [0-9a-f]+ \S+ \d+\s*(.*)$/i;

/** A path has 4,096 bytes at most; a longer line is no mapping. */
const MAX_LINE_LENGTH = 8192;

/** Reads the LinuxMaps stream; lines that are not mappings are left out. */
export function readLinuxMaps(context: ParseContext, stream: ByteReader): MemoryInfo[] {
  const text = decodeUtf8(stream.part(0, context.limits.maxTextBytes));
  const maps: MemoryInfo[] = [];
  for (const line of linesOf(text)) {
    const fields = line.length > MAX_LINE_LENGTH ? null : MAPS_LINE.exec(line.trimEnd());
    if (fields === null) continue;
    if (maps.length === context.limits.maxRegions) {
      context.notes.add('LinuxMaps', `only the first ${maps.length} mappings are read`);
      break;
    }
    const [, start = '', end = '', read, write, execute, name = ''] = fields;
    const base = BigInt(`0x${start}`);
    const size = BigInt(`0x${end}`) - base;
    if (size < 0n) continue;
    maps.push({
      base,
      size,
      readable: read === 'r',
      writable: write === 'w',
      executable: execute === 'x',
      name,
    });
  }
  return maps;
}
