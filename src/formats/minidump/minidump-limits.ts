// Bounds of one minidump parse. A count from the wire is held against these and against the bytes that are there.

/** Limits of the minidump parser; a limit that is hit leaves a note and the entries before it. */
export interface MinidumpLimits {
  readonly maxStreams: number;
  readonly maxThreads: number;
  readonly maxModules: number;
  readonly maxUnloadedModules: number;
  readonly maxRegions: number;
  readonly maxHandles: number;
  readonly maxAnnotations: number;
  readonly maxStringBytes: number;
  /** Over all strings of the dump: thousands of records may point at one long string. */
  readonly maxTotalStringBytes: number;
  readonly maxCodeViewBytes: number;
  /** One text stream (memory maps, lsb-release, soft errors). */
  readonly maxTextBytes: number;
}

/** Generous for every dump seen in the field; Breakpad's own limits (4,096 regions) have lost real stacks. */
export const DEFAULT_MINIDUMP_LIMITS: MinidumpLimits = {
  maxStreams: 1024,
  maxThreads: 8192,
  maxModules: 8192,
  maxUnloadedModules: 8192,
  maxRegions: 262_144,
  maxHandles: 65_536,
  maxAnnotations: 4096,
  maxStringBytes: 65_536,
  maxTotalStringBytes: 16 * 1024 * 1024,
  maxCodeViewBytes: 32_768,
  maxTextBytes: 8 * 1024 * 1024,
};
