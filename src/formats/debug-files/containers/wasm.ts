// WebAssembly modules, and separate files of their debug information.
import type { RandomAccess } from '../../symbols/random-access.ts';
import type { DebugFileFormat, OpenedDebugFile } from '../debug-file.ts';
import { readWasmHeaders } from '../wasm/wasm-headers.ts';
import { WasmImage } from '../wasm/wasm-image.ts';

export const WASM: DebugFileFormat = {
  name: 'WebAssembly',
  matches: (start) => start[0] === 0 && start[1] === 0x61 && start[2] === 0x73 && start[3] === 0x6d,
  open(file: RandomAccess): OpenedDebugFile {
    const headers = readWasmHeaders(file);
    return typeof headers === 'string'
      ? { ok: false, fault: headers }
      : { ok: true, images: [new WasmImage(headers)] };
  },
};
