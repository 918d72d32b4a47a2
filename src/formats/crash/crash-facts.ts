// Everything about one crash that its analyses start from.
import type { CpuContext } from '../minidump/cpu-context.ts';
import type { RangeMap } from '../minidump/range-map.ts';
import type { MinidumpException } from '../minidump/streams/exception.ts';
import type { MemoryInfo } from '../minidump/streams/memory-info.ts';
import type { SystemInfo } from '../minidump/streams/system-info.ts';
import type { InstructionAnalysis } from './instruction-analysis.ts';

/** What is known when the reason, the registers and the instruction have been read. */
export interface CrashFacts {
  readonly system: SystemInfo;
  readonly exception: MinidumpException;
  readonly reason: string;
  readonly address: bigint;
  readonly context: CpuContext | null;
  readonly instruction: InstructionAnalysis | null;
  readonly mappings: RangeMap<MemoryInfo>;
}

/** What the operating system says that was attempted; only Windows does. */
export type FaultKind = 'read' | 'write' | 'exec' | null;

/** Whether a mapping allows `kind`; an unknown kind is allowed everywhere. */
export function allows(mapping: MemoryInfo, kind: FaultKind): boolean {
  switch (kind) {
    case 'read':
      return mapping.readable;
    case 'write':
      return mapping.writable;
    case 'exec':
      return mapping.executable;
    default:
      return true;
  }
}

/** The kind of access in a Windows access violation. */
export function faultKind(facts: CrashFacts): FaultKind {
  switch (facts.reason) {
    case 'EXCEPTION_ACCESS_VIOLATION_READ':
      return 'read';
    case 'EXCEPTION_ACCESS_VIOLATION_WRITE':
      return 'write';
    case 'EXCEPTION_ACCESS_VIOLATION_EXEC':
      return 'exec';
    default:
      return null;
  }
}
