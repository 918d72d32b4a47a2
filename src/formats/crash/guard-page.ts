// Guard pages: small mappings without any rights next to usable memory, which stacks and allocators put there to be hit.
import type { RangeMap } from '../minidump/range-map.ts';
import type { MemoryInfo } from '../minidump/streams/memory-info.ts';
import { isAccessible } from './crash-memory.ts';

const MAX_GUARD_BYTES = 32_768n;

/** Whether `address` lies in what looks like a guard page. */
export function isLikelyGuardPage(address: bigint, mappings: RangeMap<MemoryInfo>): boolean {
  const mapping = mappings.at(address);
  if (mapping === null || isAccessible(mapping) || mapping.size > MAX_GUARD_BYTES) return false;
  const before = mapping.base === 0n ? null : mappings.at(mapping.base - 1n);
  const after = mappings.at(mapping.base + mapping.size);
  return [before, after].some((neighbour) => neighbour !== null && isAccessible(neighbour));
}
