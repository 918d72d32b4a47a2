// Small Mach-O files for tests: an object with debug information, and the program that it was linked into.
import { fields } from './elf-builder.ts';

/** A section to build: of segment `__TEXT` where it is code, else of `__DWARF`. */
export type BuiltMachoSection = {
  readonly name: string;
  readonly address?: number;
  readonly bytes: Uint8Array;
};

/** An entry of the symbol table: a symbol of section 1, or a stab. */
export type BuiltMachoSymbol = { readonly name: string; readonly type: number; readonly value: number };

/** `N_SECT | N_EXT`, and the stabs of a debug map. */
export const DEFINED = 0x0f;
export const STAB = { fun: 0x24, source: 0x64, object: 0x66 } as const;

/** `MH_OBJECT` and `MH_DYLIB`. */
export const FILE_TYPE = { object: 1, library: 6 } as const;

function fixedName(name: string): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.write(name);
  return bytes;
}

/** An x86-64 file; `base` is where its text segment lies. */
export function buildMacho(
  fileType: number,
  base: number,
  sections: readonly BuiltMachoSection[],
  symbols: readonly BuiltMachoSymbol[],
): Buffer {
  const segmentBytes = 72 + sections.length * 80;
  const commandsBytes = segmentBytes + 24 + 24;
  let offset = 32 + commandsBytes;
  const headers: Buffer[] = [];
  for (const { name, address = 0, bytes } of sections) {
    const isCode = name === '__text';
    headers.push(
      fixedName(name),
      fixedName(isCode ? '__TEXT' : '__DWARF'),
      fields([address, 8], [bytes.length, 8], [offset, 4], [0, 4], [0, 4], [0, 4]),
      fields([isCode ? 0x80000400 : 0, 4], [0, 4], [0, 4], [0, 4]),
    );
    offset += bytes.length;
  }
  let nameAt = 1;
  const entries = symbols.map(({ name, type, value }) => {
    const entry = fields([nameAt, 4], [type, 1], [type === DEFINED ? 1 : 0, 1], [0, 2], [value, 8]);
    nameAt += Buffer.byteLength(name) + 1;
    return entry;
  });
  const texts = Buffer.from(`\0${symbols.map(({ name }) => `${name}\0`).join('')}`);
  return Buffer.concat([
    fields(
      [0xfeedfacf, 4],
      [0x01000007, 4],
      [3, 4],
      [fileType, 4],
      [3, 4],
      [commandsBytes, 4],
      [0, 4],
      [0, 4],
    ),
    fields([0x19, 4], [segmentBytes, 4]),
    fixedName('__TEXT'),
    fields([base, 8], [0x10000, 8], [0, 8], [offset, 8], [7, 4], [7, 4], [sections.length, 4], [0, 4]),
    ...headers,
    fields([0x1b, 4], [24, 4]),
    Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
    fields(
      [0x2, 4],
      [24, 4],
      [offset, 4],
      [symbols.length, 4],
      [offset + entries.length * 16, 4],
      [texts.length, 4],
    ),
    ...sections.map(({ bytes }) => Buffer.from(bytes)),
    ...entries,
    texts,
  ]);
}

/** An archive with one member, whose name is written as BSD's tools write long ones. */
export function buildArchive(name: string, content: Buffer): Buffer {
  const size = String(name.length + content.length).padEnd(10);
  const header = `${`#1/${name.length}`.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'644'.padEnd(8)}${size}\`\n`;
  return Buffer.concat([Buffer.from(`!<arch>\n${header}${name}`), content]);
}
