// The registers of a thread, out of the CONTEXT record that belongs to the processor of the dump.
import type { ByteReader } from '../../base/byte-reader.ts';
import { contextLayout } from './context-layouts.ts';
import type { CpuKind } from './cpu.ts';

/** Integer registers of one thread. */
export interface CpuContext {
  readonly cpu: CpuKind;
  /** By name, in reading order. */
  readonly registers: ReadonlyMap<string, bigint>;
  readonly instructionPointer: bigint;
  readonly stackPointer: bigint;
}

/** The CPU half of `context_flags`; the low byte says which register groups were saved. */
const CPU_MASK = 0xffffff00;

/**
 * Reads a context, or gives null: an unknown processor, a record that is too short, or flags of another processor
 * (then the bytes are not what the directory says, and registers read from them would be inventions).
 */
export function readContext(record: ByteReader, architecture: number): CpuContext | null {
  const layout = contextLayout(architecture);
  if (layout === null || record.length < layout.size) return null;
  if ((record.u32(layout.flagsOffset) & CPU_MASK) >>> 0 !== layout.cpuFlag) return null;
  const registers = new Map<string, bigint>();
  for (const slot of layout.registers) {
    registers.set(slot.name, slot.bytes === 4 ? BigInt(record.u32(slot.offset)) : record.u64(slot.offset));
  }
  return {
    cpu: layout.cpu,
    registers,
    instructionPointer: registers.get(layout.instructionPointer) ?? 0n,
    stackPointer: registers.get(layout.stackPointer) ?? 0n,
  };
}
