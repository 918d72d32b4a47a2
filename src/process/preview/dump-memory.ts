// Bytes of the crashed process around an address, out of a stored minidump: for a person who looks at memory.
import { unpackDump } from '../../formats/containers/dump-container.ts';
import { parseMinidump } from '../../formats/minidump/minidump.ts';

/** Memory of the process as far as the dump holds it. */
export interface MemoryWindow {
  readonly start: bigint;
  readonly bytes: Uint8Array;
}

/** The bytes from `before` below an address to `after` above it, cut to the region that holds it; null: not in the dump. */
export function memoryAround(
  dump: Uint8Array,
  at: bigint,
  size: { readonly before: number; readonly after: number },
): MemoryWindow | null {
  const parsed = parseMinidump(unpackDump(dump).bytes);
  if (!parsed.ok) return null;
  const region = parsed.dump.memory.find(({ base, bytes }) => at >= base && at < base + BigInt(bytes.length));
  if (region === undefined) return null;
  const offset = Number(at - region.base);
  const from = Math.max(0, offset - size.before);
  return { start: region.base + BigInt(from), bytes: region.bytes.part(from, offset + size.after) };
}
