// PE: programs and libraries of Windows, with what MinGW and Go put into them.
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { DebugFileFormat, OpenedDebugFile } from '../debug-file.ts';
import { readPeHeaders } from '../pe/pe-headers.ts';
import { PeImage } from '../pe/pe-image.ts';

export const PE: DebugFileFormat = {
  name: 'PE',
  matches: (start) => start[0] === 0x4d && start[1] === 0x5a,
  open(file: RandomAccess): OpenedDebugFile {
    const headers = readPeHeaders(file);
    return typeof headers === 'string'
      ? { ok: false, fault: headers }
      : { ok: true, images: [new PeImage(file, headers)] };
  },
};
