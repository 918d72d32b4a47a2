// Stream types by number: Microsoft's, and the extensions of Breakpad, Crashpad, Mozilla and Sentry. Sources:
// minidumpapiset.h; Breakpad minidump_format.h; Crashpad minidump_extensions.h; Sentry's client stack extension.

/** How far Mayday takes a stream type. */
type StreamSupport = 'read' | 'listed';

interface StreamType {
  readonly name: string;
  readonly support: StreamSupport;
}

const TYPES: ReadonlyMap<number, StreamType> = new Map<number, StreamType>([
  [3, { name: 'ThreadListStream', support: 'read' }],
  [4, { name: 'ModuleListStream', support: 'read' }],
  [5, { name: 'MemoryListStream', support: 'read' }],
  [6, { name: 'ExceptionStream', support: 'read' }],
  [7, { name: 'SystemInfoStream', support: 'read' }],
  [8, { name: 'ThreadExListStream', support: 'listed' }],
  [9, { name: 'Memory64ListStream', support: 'read' }],
  [10, { name: 'CommentStreamA', support: 'listed' }],
  [11, { name: 'CommentStreamW', support: 'listed' }],
  [12, { name: 'HandleDataStream', support: 'read' }],
  [13, { name: 'FunctionTable', support: 'listed' }],
  [14, { name: 'UnloadedModuleListStream', support: 'read' }],
  [15, { name: 'MiscInfoStream', support: 'read' }],
  [16, { name: 'MemoryInfoListStream', support: 'read' }],
  [17, { name: 'ThreadInfoListStream', support: 'listed' }],
  [18, { name: 'HandleOperationListStream', support: 'listed' }],
  [19, { name: 'TokenStream', support: 'listed' }],
  [20, { name: 'JavaScriptDataStream', support: 'listed' }],
  [21, { name: 'SystemMemoryInfoStream', support: 'listed' }],
  [22, { name: 'ProcessVmCountersStream', support: 'listed' }],
  [23, { name: 'IptTraceStream', support: 'listed' }],
  [24, { name: 'ThreadNamesStream', support: 'read' }],
  [0x8000, { name: 'ceStreamNull', support: 'listed' }],
  [0x8001, { name: 'ceStreamSystemInfo', support: 'listed' }],
  [0x8002, { name: 'ceStreamException', support: 'listed' }],
  [0x8003, { name: 'ceStreamModuleList', support: 'listed' }],
  [0x8004, { name: 'ceStreamProcessList', support: 'listed' }],
  [0x8005, { name: 'ceStreamThreadList', support: 'listed' }],
  [0x8006, { name: 'ceStreamThreadContextList', support: 'listed' }],
  [0x8007, { name: 'ceStreamThreadCallStackList', support: 'listed' }],
  [0x8008, { name: 'ceStreamMemoryVirtualList', support: 'listed' }],
  [0x8009, { name: 'ceStreamMemoryPhysicalList', support: 'listed' }],
  [0x800a, { name: 'ceStreamBucketParameters', support: 'listed' }],
  [0x800b, { name: 'ceStreamProcessModuleMap', support: 'listed' }],
  [0x800c, { name: 'ceStreamDiagnosisList', support: 'listed' }],
  [0x43500001, { name: 'CrashpadInfoStream', support: 'read' }],
  [0x47670001, { name: 'BreakpadInfoStream', support: 'read' }],
  [0x47670002, { name: 'AssertionInfoStream', support: 'read' }],
  [0x47670003, { name: 'LinuxCpuInfo', support: 'read' }],
  [0x47670004, { name: 'LinuxProcStatus', support: 'read' }],
  [0x47670005, { name: 'LinuxLsbRelease', support: 'read' }],
  // The command line and the environment are personal data: they stay in the raw dump.
  [0x47670006, { name: 'LinuxCmdLine', support: 'listed' }],
  [0x47670007, { name: 'LinuxEnviron', support: 'listed' }],
  [0x47670008, { name: 'LinuxAuxv', support: 'listed' }],
  [0x47670009, { name: 'LinuxMaps', support: 'read' }],
  [0x4767000a, { name: 'LinuxDsoDebug', support: 'listed' }],
  [0x4b6b0002, { name: 'StabilityReportStream', support: 'listed' }],
  [0x4d7a0001, { name: 'MozMacosCrashInfoStream', support: 'read' }],
  [0x4d7a0002, { name: 'MozMacosBootargsStream', support: 'read' }],
  [0x4d7a0003, { name: 'MozLinuxLimits', support: 'read' }],
  [0x4d7a0004, { name: 'MozSoftErrors', support: 'read' }],
  [0x53790001, { name: 'SentryClientStacks', support: 'listed' }],
]);

/** Types that mean "no stream here"; writers reserve directory entries with them. */
export function isUnusedStream(type: number): boolean {
  return type <= 2 || type === 0xffff;
}

/** Name and support of a stream type, or null for one that we have never heard of. */
export function streamType(type: number): StreamType | null {
  return TYPES.get(type) ?? null;
}

/** Who defined a stream type, by its high half. */
export function streamVendor(type: number): string {
  if (type <= 0xffff) return 'Official';
  switch (type >>> 16) {
    case 0x4350:
      return 'Crashpad Extension';
    case 0x4767:
      return 'Google Extension';
    case 0x4d7a:
      return 'Mozilla Extension';
    case 0x5379:
      return 'Sentry Extension';
    default:
      return 'Unknown Extension';
  }
}
