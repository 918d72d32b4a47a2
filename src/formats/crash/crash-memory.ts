// The process's memory as a dump has it: bytes by address, and what the mappings allowed.
import { orNull } from '../../base/byte-reader.ts';
import type { CpuKind } from '../minidump/cpu.ts';
import type { Minidump } from '../minidump/minidump.ts';
import { RangeMap } from '../minidump/range-map.ts';
import type { MemoryInfo } from '../minidump/streams/memory-info.ts';
import type { MemoryRegion } from '../minidump/streams/memory.ts';

/** Bytes of the crashed process by address. */
export class CrashMemory {
  readonly #regions: RangeMap<MemoryRegion>;

  constructor(dump: Minidump) {
    this.#regions = new RangeMap(dump.memory);
  }

  /** The captured region that holds `address`, or null. */
  regionAt(address: bigint): MemoryRegion | null {
    return this.#regions.at(address);
  }

  /** Up to `size` bytes from `address`, fewer at the end of the region; null where nothing was captured. */
  bytesAt(address: bigint, size: number): Uint8Array | null {
    const region = this.#regions.at(address);
    if (region === null) return null;
    const offset = Number(address - region.base);
    return orNull(() => region.bytes.part(offset, offset + size));
  }

  /** The unsigned word of 4 or 8 bytes at `address`, or null where not all of it was captured. */
  wordAt(address: bigint, size: 4 | 8): bigint | null {
    const region = this.#regions.at(address);
    if (region === null) return null;
    const { bytes, base } = region;
    const offset = Number(address - base);
    return orNull(() => (size === 4 ? BigInt(bytes.u32(offset)) : bytes.u64(offset)));
  }
}

/** Mappings with their rights. Windows' own list wins where a dump has both. */
export function memoryMappings(dump: Minidump): RangeMap<MemoryInfo> {
  return new RangeMap(dump.memoryInfoList ?? dump.linuxMaps ?? []);
}

/** Whether the mapping allows anything at all. */
export function isAccessible(mapping: MemoryInfo): boolean {
  return mapping.readable || mapping.writable || mapping.executable;
}

const NON_CANONICAL_FIRST = 0x0000_8000_0000_0000n;
const NON_CANONICAL_LAST = 0xffff_7fff_ffff_ffffn;

/** Addresses that amd64 cannot translate: bits 48 to 63 differ from bit 47. */
export function isNonCanonical(address: bigint, cpu: CpuKind): boolean {
  return cpu === 'amd64' && address >= NON_CANONICAL_FIRST && address <= NON_CANONICAL_LAST;
}
