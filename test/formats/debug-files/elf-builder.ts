// Small ELF files for tests, section by section.

/** A section to build. */
export type BuiltSection = {
  readonly name: string;
  readonly type?: number;
  readonly flags?: number;
  readonly address?: number;
  readonly bytes: Uint8Array;
  /** Index of another section, counting the empty first one. */
  readonly link?: number;
};

/** Little-endian bytes of numbers, each with its width. */
export function fields(
  ...values: readonly (readonly [value: number | bigint, bytes: 1 | 2 | 4 | 8])[]
): Buffer {
  const bytes = Buffer.alloc(values.reduce((sum, [, width]) => sum + width, 0));
  let at = 0;
  for (const [value, width] of values) {
    if (width === 8) bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), at);
    else bytes.writeUIntLE(Number(value), at, width);
    at += width;
  }
  return bytes;
}

/** An entry of `.symtab`: a function, in section `section`. */
export function symbol(name: number, address: number, size: number, section = 1): Buffer {
  return fields([name, 4], [0x12, 1], [0, 1], [section, 2], [address, 8], [size, 8]);
}

/** An x86-64 program with these sections; their names are added. */
export function buildElf(sections: readonly BuiltSection[]): Buffer {
  const names = ['', ...sections.map(({ name }) => name), '.shstrtab'];
  const nameBytes = Buffer.from(`${names.join('\0')}\0`);
  const all: BuiltSection[] = [...sections, { name: '.shstrtab', type: 3, bytes: nameBytes }];
  const headers: Buffer[] = [Buffer.alloc(64)];
  const bodies: Buffer[] = [];
  let offset = 64;
  let nameAt = 1;
  for (const { name, type = 1, flags = 0, address = 0, bytes, link = 0 } of all) {
    headers.push(
      fields(
        [nameAt, 4],
        [type, 4],
        [flags, 8],
        [address, 8],
        [offset, 8],
        [bytes.length, 8],
        [link, 4],
        [0, 4],
      ),
      fields([1, 8], [type === 2 ? 24 : 0, 8]),
    );
    bodies.push(Buffer.from(bytes));
    offset += bytes.length;
    nameAt += name.length + 1;
  }
  const header = Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    fields([3, 2], [62, 2], [1, 4], [0, 8], [0, 8], [offset, 8]),
    fields([0, 4], [64, 2], [56, 2], [0, 2], [64, 2], [all.length + 1, 2], [all.length, 2]),
  ]);
  return Buffer.concat([header, ...bodies, ...headers]);
}

/** A note with a build id. */
export function buildIdNote(id: Uint8Array): BuiltSection {
  const bytes = Buffer.concat([fields([4, 4], [id.length, 4], [3, 4]), Buffer.from('GNU\0'), id]);
  return { name: '.note.gnu.build-id', type: 7, flags: 2, bytes };
}

/** `.text` at an address. */
export function text(address: number, size: number): BuiltSection {
  return { name: '.text', flags: 6, address, bytes: Buffer.alloc(size, 0x90) };
}

/** `.eh_frame` with one common entry (CFA = rsp + 8, return address at CFA − 8) and an entry for each range. */
export function ehFrame(
  ranges: readonly {
    readonly start: number;
    readonly size: number;
    readonly instructions: readonly number[];
    readonly signal?: boolean;
  }[],
): BuiltSection {
  const parts: Buffer[] = [];
  let at = 0;
  const add = (body: Buffer): void => {
    const padded = Buffer.concat([body, Buffer.alloc((8 - ((body.length + 4) % 8)) % 8)]);
    parts.push(fields([padded.length, 4]), padded);
    at += padded.length + 4;
  };
  for (const { start, size, instructions, signal = false } of ranges) {
    const common = at;
    const letters = Buffer.from(signal ? 'zRS\0' : 'zR\0');
    add(
      Buffer.concat([fields([0, 4], [1, 1]), letters, Buffer.from([1, 0x78, 16, 1, 0, 12, 7, 8, 0x90, 1])]),
    );
    add(
      Buffer.concat([fields([at + 4 - common, 4], [start, 8], [size, 8], [0, 1]), Buffer.from(instructions)]),
    );
  }
  return { name: '.eh_frame', flags: 2, bytes: Buffer.concat([...parts, Buffer.alloc(4)]) };
}
