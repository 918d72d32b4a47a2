// The ELF file that some distributions pack into `.gnu_debugdata` of their programs ("mini debug info"): the symbols that stripping took away,
// compressed with xz.
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { DebugFileEnvironment, Note } from '../debug-file.ts';
import { readElfHeaders } from './elf-headers.ts';
import { ElfSections } from './elf-sections.ts';

/** Symbols of the largest programs are a few megabytes, and xz is unpacked in memory. */
const MAX_UNPACKED_BYTES = 32 * 1024 * 1024;
const MAX_PACKED_BYTES = 16 * 1024 * 1024;

/** Its sections; null where it cannot be read. What it may have embedded itself is not looked at. */
export async function openEmbeddedElf(
  packed: RandomAccess,
  environment: DebugFileEnvironment,
  note: Note,
): Promise<ElfSections | null> {
  const bytes =
    packed.byteLength > MAX_PACKED_BYTES ? null : await environment.unpack(packed, 'xz', MAX_UNPACKED_BYTES);
  const headers = bytes === null ? 'damaged' : readElfHeaders(bytes);
  if (bytes !== null && typeof headers !== 'string') return new ElfSections(bytes, headers);
  note('the symbols in .gnu_debugdata cannot be unpacked');
  return null;
}
