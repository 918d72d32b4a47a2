// `mayday/minidump`: reads minidumps, and processes them as `mayday dump` does. Works in browsers.
export { type ByteSource } from '../base/paged-reader.ts';
export { renderText } from '../formats/crash/crash-text.ts';
export { type ProcessOptions, processMinidump } from '../formats/crash/process-minidump.ts';
export type {
  FrameJson,
  ModuleJson,
  ProcessedMinidump,
  ThreadJson,
} from '../formats/crash/processed-minidump.ts';
export type { CpuContext } from '../formats/minidump/cpu-context.ts';
export { contextOf, type Minidump, parseMinidump } from '../formats/minidump/minidump.ts';
export type { MinidumpLimits } from '../formats/minidump/minidump-limits.ts';
