// Parses a minidump (Microsoft minidumpapiset.h with the extensions of Breakpad, Crashpad and Mozilla) into what is
// in it. Damaged parts are absent and noted; only a file without a readable front is refused.
import { ByteReader, OutOfBytesError, orNull } from '../../base/byte-reader.ts';
import { type ByteSource, PagedReader } from '../../base/paged-reader.ts';
import { type CpuContext, readContext } from './cpu-context.ts';
import {
  type DirectoryEntry,
  type MinidumpHeader,
  type Refusal,
  readDirectory,
  readHeader,
} from './directory.ts';
import { DEFAULT_MINIDUMP_LIMITS, type MinidumpLimits } from './minidump-limits.ts';
import { type Note, NoteList } from './minidump-notes.ts';
import type { ParseContext } from './parse-context.ts';
import { streamType, streamVendor } from './stream-types.ts';
import {
  type AssertionInfo,
  type BreakpadInfo,
  readAssertion,
  readBreakpadInfo,
} from './streams/breakpad-info.ts';
import { type CrashpadInfo, readCrashpadInfo } from './streams/crashpad-info.ts';
import { type MinidumpException, readException } from './streams/exception.ts';
import { type MinidumpHandle, readHandles } from './streams/handles.ts';
import {
  type LsbRelease,
  type ProcLimit,
  readLsbRelease,
  readMicrocode,
  readProcLimits,
  readProcStatusPid,
  readSoftErrors,
} from './streams/linux-text.ts';
import { type MacCrashRecord, readMacBootArgs, readMacCrashInfo } from './streams/mac-crash-info.ts';
import { type MemoryInfo, readLinuxMaps, readMemoryInfoList } from './streams/memory-info.ts';
import { type MemoryRegion, readMemory64List, readMemoryList } from './streams/memory.ts';
import { type MiscInfo, readMiscInfo } from './streams/misc-info.ts';
import {
  type MinidumpModule,
  type UnloadedModule,
  readModules,
  readUnloadedModules,
} from './streams/modules.ts';
import { type SystemInfo, readSystemInfo } from './streams/system-info.ts';
import { type MinidumpThread, readThreadNames, readThreads } from './streams/threads.ts';

/** A stream that is in the dump, with how far it is understood. */
interface StreamSummary {
  readonly type: number;
  readonly name: string | null;
  readonly vendor: string;
  readonly size: number;
  readonly rva: number;
  readonly support: 'read' | 'listed' | 'unknown';
  /** Whether all of it is inside the file. */
  readonly present: boolean;
}

/** A parsed minidump; null marks streams that are absent or beyond reading (then there is a note). */
export interface Minidump {
  readonly header: MinidumpHeader;
  readonly streams: readonly StreamSummary[];
  readonly systemInfo: SystemInfo | null;
  readonly threads: readonly MinidumpThread[] | null;
  readonly threadNames: ReadonlyMap<number, string>;
  readonly modules: readonly MinidumpModule[];
  readonly unloadedModules: readonly UnloadedModule[];
  readonly memory: readonly MemoryRegion[];
  readonly exception: MinidumpException | null;
  readonly miscInfo: MiscInfo | null;
  readonly breakpadInfo: BreakpadInfo | null;
  readonly assertion: AssertionInfo | null;
  readonly crashpadInfo: CrashpadInfo | null;
  readonly memoryInfoList: readonly MemoryInfo[] | null;
  readonly linuxMaps: readonly MemoryInfo[] | null;
  readonly lsbRelease: LsbRelease | null;
  readonly linuxPid: number | null;
  readonly microcode: bigint | null;
  readonly procLimits: readonly ProcLimit[] | null;
  readonly handles: readonly MinidumpHandle[] | null;
  readonly softErrors: unknown;
  readonly macCrashInfo: readonly MacCrashRecord[] | null;
  readonly macBootArgs: string | null;
  /** Blocks of bytes that the dump refers to and the file does not have. */
  readonly blocksBeyondEnd: number;
  readonly notes: readonly Note[];
}

/**
 * Parses bytes that are in memory, or stored ones, of which only what is looked at is read. Never throws for any content (what a source
 * throws is passed on); time and memory are bounded by the size of the file and the limits. Memory contents are read from the input
 * when they are asked for, so it must stay as it is while the result is in use.
 */
export function parseMinidump(
  input: Uint8Array | ByteSource,
  limits: MinidumpLimits = DEFAULT_MINIDUMP_LIMITS,
): { readonly ok: true; readonly dump: Minidump } | Refusal {
  const front = readHeader(frontOf(input));
  if (!front.ok) return front;
  const notes = new NoteList();
  const { littleEndian } = front.header;
  const file =
    input instanceof Uint8Array ? new ByteReader(input, littleEndian) : PagedReader.over(input, littleEndian);
  const directory = readDirectory(file, limits, notes);
  if (directory === null) {
    return {
      ok: false,
      reason: 'truncated',
      message: 'the file is cut short: its stream directory lies outside of it',
    };
  }
  const context: ParseContext = {
    file,
    limits,
    notes,
    beyondEnd: { blocks: 0 },
    strings: { left: limits.maxTotalStringBytes },
  };
  return { ok: true, dump: readStreams(context, front.header, directory) };
}

/** Enough to tell a minidump from other files. */
const FRONT_BYTES = 64;

function frontOf(input: Uint8Array | ByteSource): Uint8Array {
  if (input instanceof Uint8Array) return input.subarray(0, FRONT_BYTES);
  return input.byteLength === 0 ? new Uint8Array(0) : input.read(0, Math.min(FRONT_BYTES, input.byteLength));
}

/** The registers in a CONTEXT record of this dump; null without SystemInfo or where the record does not fit it. */
export function contextOf(dump: Minidump, record: ByteReader | null): CpuContext | null {
  const { systemInfo } = dump;
  if (record === null || systemInfo === null) return null;
  return orNull(() => readContext(record, systemInfo.architecture));
}

function readStreams(
  context: ParseContext,
  header: MinidumpHeader,
  directory: ReadonlyMap<number, DirectoryEntry>,
): Minidump {
  /** Runs one stream's parser; a stream that is too short for its fixed parts is absent, the others are not. */
  function read<T>(type: number, parse: (stream: ByteReader) => T): T | null {
    const entry = directory.get(type);
    if (entry === undefined || !entry.present) return null;
    try {
      return parse(context.file.require(entry.rva, entry.size));
    } catch (error) {
      if (!(error instanceof OutOfBytesError)) throw error;
      context.notes.add(streamType(type)?.name ?? String(type), `the stream is cut short: ${error.message}`);
      return null;
    }
  }

  const systemInfo = read(7, (stream) => readSystemInfo(context, stream));
  const os = systemInfo?.os ?? 'unknown';
  // A full dump may carry both lists; the 64-bit one is then the complete one.
  const memory64 = read(9, (stream) => readMemory64List(context, stream));
  return {
    header,
    streams: [...directory.values()].map(summarise),
    systemInfo,
    threads: read(3, (stream) => readThreads(context, stream)),
    threadNames: read(24, (stream) => readThreadNames(context, stream)) ?? new Map(),
    modules: read(4, (stream) => readModules(context, stream, os)) ?? [],
    unloadedModules: read(14, (stream) => readUnloadedModules(context, stream)) ?? [],
    memory: memory64 ?? read(5, (stream) => readMemoryList(context, stream)) ?? [],
    exception: read(6, (stream) => readException(context, stream)),
    miscInfo: read(15, readMiscInfo),
    breakpadInfo: read(0x47670001, readBreakpadInfo),
    assertion: read(0x47670002, readAssertion),
    crashpadInfo: read(0x43500001, (stream) => readCrashpadInfo(context, stream)),
    memoryInfoList: read(16, (stream) => readMemoryInfoList(context, stream)),
    linuxMaps: read(0x47670009, (stream) => readLinuxMaps(context, stream)),
    lsbRelease: read(0x47670005, (stream) => readLsbRelease(context, stream)),
    linuxPid: read(0x47670004, (stream) => readProcStatusPid(context, stream)),
    microcode: read(0x47670003, (stream) => readMicrocode(context, stream)),
    procLimits: read(0x4d7a0003, (stream) => readProcLimits(context, stream)),
    handles: read(12, (stream) => readHandles(context, stream)),
    softErrors: read(0x4d7a0004, (stream) => readSoftErrors(context, stream)),
    macCrashInfo: read(0x4d7a0001, (stream) => readMacCrashInfo(context, stream)),
    macBootArgs: read(0x4d7a0002, (stream) => readMacBootArgs(context, stream)),
    blocksBeyondEnd: context.beyondEnd.blocks,
    notes: context.notes.toArray(),
  };
}

function summarise(entry: DirectoryEntry): StreamSummary {
  const known = streamType(entry.type);
  return {
    type: entry.type,
    name: known?.name ?? null,
    vendor: streamVendor(entry.type),
    size: entry.size,
    rva: entry.rva,
    support: known?.support ?? 'unknown',
    present: entry.present,
  };
}
