// The whole way from the bytes of a minidump to its processed report: parse, analyse the crash, walk every thread.
import type { ByteSource } from '../../base/paged-reader.ts';
import type { Refusal, RefusalReason } from '../minidump/directory.ts';
import type { MinidumpLimits } from '../minidump/minidump-limits.ts';
import { type Minidump, parseMinidump } from '../minidump/minidump.ts';
import { crashFacts, renderCrashInfo } from './crash-info.ts';
import { CrashMemory } from './crash-memory.ts';
import {
  MAYDAY_FORMAT,
  type MacRecordJson,
  type ProcessedMinidump,
  type ProcessingStatus,
  type SystemInfoJson,
} from './processed-minidump.ts';
import { renderMayday } from './render-mayday.ts';
import { renderModules, renderUnloadedModules } from './render-modules.ts';
import { renderCrashingThread, renderThreads } from './render-threads.ts';
import { type WalkOptions, walkThreads } from './thread-walks.ts';
import { formatAddress } from '../minidump/cpu.ts';
import type { OsKind } from '../minidump/streams/system-info.ts';

/** How to process a minidump: symbols, limits and a deadline. */
export interface ProcessOptions extends WalkOptions {
  readonly limits?: MinidumpLimits;
}

/**
 * Processes a minidump, from memory or from where it is stored (then it rejects where the source throws, and keeps no more of it in memory
 * than a cache of pages and the parts that matter). Never throws or rejects for any content: what is no minidump, or lacks its essential streams,
 * gives a report with another `status` than `OK`, a sentence in `mayday.error`, and whatever could be read.
 */
export async function processMinidump(
  input: Uint8Array | ByteSource,
  options: ProcessOptions = {},
): Promise<ProcessedMinidump> {
  const parsed = parseMinidump(input, options.limits);
  if (!parsed.ok) return refusedReport(parsed);
  const { dump } = parsed;
  const memory = new CrashMemory(dump);
  const facts = crashFacts(dump, memory);
  const walks = await walkThreads(dump, memory, options);
  const threads = renderThreads(dump, walks, memory);
  const crashingThread = renderCrashingThread(dump, walks, threads);
  // Without a source of symbols nothing was looked for, so nothing is missing.
  const symbolStates = options.symbols === undefined ? null : walks.symbolStates;
  const { status, error } = statusOf(dump);
  return {
    status,
    pid: dump.miscInfo?.processId ?? dump.linuxPid,
    process_uptime: uptime(dump),
    crash_info: renderCrashInfo(dump, facts, walks.crashingThread),
    system_info: renderSystem(dump),
    linux_memory_map_count: dump.linuxMaps?.length ?? null,
    thread_count: threads.length,
    threads,
    ...(crashingThread === null ? {} : { crashing_thread: crashingThread }),
    main_module: 0,
    modules_contains_cert_info: false,
    modules: renderModules(dump, symbolStates),
    unloaded_modules: renderUnloadedModules(dump),
    handles:
      dump.handles?.map(({ handle, typeName, objectName }) => ({
        handle: Number(handle),
        type_name: typeName,
        object_name: objectName,
      })) ?? null,
    lsb_release: dump.lsbRelease,
    proc_limits: dump.procLimits === null ? null : { limits: dump.procLimits },
    mac_crash_info: renderMacCrashInfo(dump),
    mac_boot_args: dump.macBootArgs,
    soft_errors: dump.softErrors,
    mayday: renderMayday({ dump, facts, walks, symbolStates, error }),
  };
}

const REFUSAL_STATUS: Readonly<Record<RefusalReason, ProcessingStatus>> = {
  empty: 'ERROR_EMPTY_FILE',
  'not-a-minidump': 'ERROR_NO_MINIDUMP_HEADER',
  truncated: 'ERROR_TRUNCATED',
  'unsupported-version': 'ERROR_UNSUPPORTED_VERSION',
};

/** The worst thing about a dump, with a sentence; the rest of the report holds what could be read all the same. */
function statusOf(dump: Minidump): { readonly status: ProcessingStatus; readonly error: string | null } {
  const cut = dump.streams.filter((stream) => !stream.present).length;
  if (cut > 0 || dump.blocksBeyondEnd > 0) {
    const parts: string[] = [];
    if (cut > 0) parts.push(`${cut} of ${dump.streams.length} streams`);
    if (dump.blocksBeyondEnd > 0)
      parts.push(`${dump.blocksBeyondEnd} ${dump.blocksBeyondEnd === 1 ? 'block' : 'blocks'} of memory`);
    const error = `the file is cut short or damaged: it lacks ${parts.join(' and ')}`;
    return { status: 'ERROR_TRUNCATED', error };
  }
  if (dump.systemInfo === null) {
    return { status: 'ERROR_NO_SYSTEM_INFO', error: 'the minidump does not say which system it is from' };
  }
  if (dump.systemInfo.cpu === 'unknown') {
    const number = dump.systemInfo.architecture;
    return {
      status: 'ERROR_UNSUPPORTED_CPU',
      error: `the minidump is from a processor that is not known (architecture ${number}); stacks cannot be walked`,
    };
  }
  if (dump.threads === null) {
    return { status: 'ERROR_NO_THREAD_LIST', error: 'the minidump has no readable list of threads' };
  }
  return { status: 'OK', error: null };
}

function refusedReport(refusal: Refusal): ProcessedMinidump {
  return {
    status: REFUSAL_STATUS[refusal.reason],
    pid: null,
    process_uptime: null,
    crash_info: {
      type: null,
      address: null,
      adjusted_address: null,
      instruction: null,
      memory_accesses: null,
      instruction_pointer_update: null,
      possible_bit_flips: null,
      crash_inconsistencies: null,
      crashing_thread: null,
      assertion: null,
    },
    system_info: null,
    linux_memory_map_count: null,
    thread_count: 0,
    threads: [],
    main_module: 0,
    modules_contains_cert_info: false,
    modules: [],
    unloaded_modules: [],
    handles: null,
    lsb_release: null,
    proc_limits: null,
    mac_crash_info: null,
    mac_boot_args: null,
    soft_errors: null,
    mayday: {
      format: MAYDAY_FORMAT,
      error: refusal.message,
      time: null,
      exception: null,
      assertion: null,
      crashpad: null,
      crash_mapping: null,
      threads: [],
      modules: [],
      streams: [],
      limits_hit: [],
      notes: [],
    },
  };
}

/** Names of operating systems as Breakpad has printed them since 2006. */
const OS_NAMES: Readonly<Record<Exclude<OsKind, 'unknown'>, string>> = {
  windows: 'Windows NT',
  macos: 'Mac OS X',
  ios: 'iOS',
  linux: 'Linux',
  solaris: 'Solaris',
  android: 'Android',
  ps3: 'PS3',
  nacl: 'NaCl',
  fuchsia: 'Fuchsia',
};

function renderSystem(dump: Minidump): SystemInfoJson | null {
  const { systemInfo, microcode } = dump;
  if (systemInfo === null) return null;
  const { os, platformId, osVersion, osBuild } = systemInfo;
  return {
    os: os === 'unknown' ? `0x${platformId.toString(16).padStart(8, '0')}` : OS_NAMES[os],
    os_ver: osBuild === null ? osVersion : `${osVersion} ${osBuild}`,
    cpu_arch: systemInfo.cpu,
    cpu_info: systemInfo.cpuInfo,
    cpu_count: systemInfo.cpuCount,
    cpu_microcode_version: microcode === null ? null : `0x${microcode.toString(16)}`,
  };
}

function uptime(dump: Minidump): number | null {
  const started = dump.miscInfo?.processCreateTime ?? null;
  return started === null ? null : Math.max(0, dump.header.timestamp - started);
}

function renderMacCrashInfo(dump: Minidump): ProcessedMinidump['mac_crash_info'] {
  const { macCrashInfo, systemInfo } = dump;
  if (macCrashInfo === null) return null;
  const cpu = systemInfo?.cpu ?? 'unknown';
  const hex = (value: bigint | null): string | null => (value === null ? null : formatAddress(value, cpu));
  const records = macCrashInfo.map((record): MacRecordJson => ({
    thread: hex(record.thread),
    dialog_mode: hex(record.dialogMode),
    abort_cause: hex(record.abortCause),
    module: record.modulePath,
    message: record.message,
    signature_string: record.signatureString,
    backtrace: record.backtrace,
    message2: record.message2,
  }));
  return { num_records: records.length, records };
}
