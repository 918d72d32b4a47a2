// PDB 7.0: what Microsoft's linker and lld write beside programs of Windows. LLVM, "The PDB File Format".
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { DebugFileFormat, OpenedDebugFile } from '../debug-file.ts';
import { MSF_MAGIC, MsfFile } from '../pdb/msf-file.ts';
import { readPdbHeaders } from '../pdb/pdb-headers.ts';
import { PdbImage } from '../pdb/pdb-image.ts';

export const PDB: DebugFileFormat = {
  name: 'PDB',
  matches: (start) => MSF_MAGIC.every((byte, at) => start[at] === byte),
  open(file: RandomAccess): OpenedDebugFile {
    const msf = MsfFile.open(file);
    if (typeof msf === 'string') return { ok: false, fault: msf };
    const headers = readPdbHeaders(msf);
    return typeof headers === 'string'
      ? { ok: false, fault: headers }
      : { ok: true, images: [new PdbImage(msf, headers)] };
  },
};
