// ELF: programs and libraries of Linux, Android and the BSDs, and their separate debug files.
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { DebugFileFormat, OpenedDebugFile } from '../debug-file.ts';
import { readElfHeaders } from '../elf/elf-headers.ts';
import { ElfImage } from '../elf/elf-image.ts';
import { withLoadedSections } from '../elf/elf-loaded-sections.ts';

/** Types of files: objects; executables and libraries. */
const ET_REL = 1;
const LINKED = new Set([2, 3]);

export const ELF: DebugFileFormat = {
  name: 'ELF',
  matches: (start) => start[0] === 0x7f && start[1] === 0x45 && start[2] === 0x4c && start[3] === 0x46,
  open(file: RandomAccess): OpenedDebugFile {
    const headers = readElfHeaders(file);
    if (typeof headers === 'string') return { ok: false, fault: headers };
    const has = (wanted: string): boolean => headers.sections.some(({ name }) => name === wanted);
    // Split debug information, and files of shared texts, come in the form of objects; the latter have ids.
    const isSplit = has('.debug_info.dwo') || has('.note.gnu.build-id');
    if (headers.type === ET_REL && !isSplit) {
      return { ok: false, fault: 'the file is an object that was not linked yet' };
    }
    if (!isSplit && !LINKED.has(headers.type)) {
      return { ok: false, fault: 'the ELF file is no program and no library' };
    }
    return { ok: true, images: [new ElfImage(file, withLoadedSections(file, headers))] };
  },
};
