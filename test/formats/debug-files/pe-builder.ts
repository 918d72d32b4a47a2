// Small PE32+ files for tests: code, and the unwind tables of Windows.
import { fields } from './elf-builder.ts';

/** Numbers of machines. */
export const MACHINE = { x64: 0x8664, arm64: 0xaa64 } as const;

/** Where the parts lie, relative to the image. */
export const PLACE = { code: 0x1000, functions: 0x2000, unwind: 0x3000 } as const;

const FILE_ALIGNMENT = 0x200;
const CODE_FLAGS = 0x6000_0020;
const DATA_FLAGS = 0x4000_0040;

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([
    bytes,
    Buffer.alloc((FILE_ALIGNMENT - (bytes.length % FILE_ALIGNMENT)) % FILE_ALIGNMENT),
  ]);
}

/** A program with `codeBytes` of code, a table of functions (`.pdata`) and what it points to (`.xdata`). */
export function buildPe(
  machine: number,
  codeBytes: number,
  functions: Uint8Array,
  unwind: Uint8Array,
): Buffer {
  const parts = [
    { name: '.text', address: PLACE.code, bytes: Buffer.alloc(codeBytes, 0x90), flags: CODE_FLAGS },
    { name: '.pdata', address: PLACE.functions, bytes: Buffer.from(functions), flags: DATA_FLAGS },
    { name: '.xdata', address: PLACE.unwind, bytes: Buffer.from(unwind), flags: DATA_FLAGS },
  ];
  const dos = Buffer.alloc(0x40);
  dos.write('MZ');
  dos.writeUInt32LE(0x40, 0x3c);
  const optional = Buffer.concat([
    fields([0x20b, 2], [0, 2], [0, 4], [0, 4], [0, 4], [0, 4], [0, 4], [0x1_4000_0000, 8]),
    fields([0x1000, 4], [FILE_ALIGNMENT, 4], [0, 8], [0, 8], [0x4000, 4], [0x400, 4], [0, 8]),
    Buffer.alloc(32),
    fields([0, 4], [16, 4]),
    Buffer.alloc(24),
    fields([PLACE.functions, 4], [functions.length, 4]),
    Buffer.alloc(96),
  ]);
  let offset = 0x400;
  const headers = parts.map(({ name, address, bytes, flags }) => {
    const text = Buffer.alloc(8);
    text.write(name);
    const size = padded(bytes).length;
    const header = Buffer.concat([
      text,
      fields([bytes.length, 4], [address, 4], [size, 4], [offset, 4], [0, 8], [0, 4], [flags, 4]),
    ]);
    offset += size;
    return header;
  });
  const head = Buffer.concat([
    dos,
    Buffer.from('PE\0\0'),
    fields([machine, 2], [parts.length, 2], [1, 4], [0, 4], [0, 4], [optional.length, 2], [0, 2]),
    optional,
    ...headers,
  ]);
  return Buffer.concat([head, Buffer.alloc(0x400 - head.length), ...parts.map(({ bytes }) => padded(bytes))]);
}
