// ELF: programs and libraries of Linux, Android and the BSDs, and their separate debug files.
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { DebugFileFormat, OpenedDebugFile } from '../debug-file.ts';
import { readElfHeaders } from '../elf/elf-headers.ts';
import { ElfImage } from '../elf/elf-image.ts';

/** Types of files: object, executable, shared. Cores are no debug files. */
const TYPES = new Set([1, 2, 3]);

export const ELF: DebugFileFormat = {
  name: 'ELF',
  matches: (start) => start[0] === 0x7f && start[1] === 0x45 && start[2] === 0x4c && start[3] === 0x46,
  open(file: RandomAccess): OpenedDebugFile {
    const headers = readElfHeaders(file);
    if (typeof headers === 'string') return { ok: false, fault: headers };
    if (!TYPES.has(headers.type))
      return { ok: false, fault: 'the ELF file is no program, library or object' };
    return { ok: true, images: [new ElfImage(file, headers)] };
  },
};
