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

/** A program with these sections, of x86-64 where nothing else is said; their names are added. */
export function buildElf(sections: readonly BuiltSection[], { machine = 62 } = {}): Buffer {
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
    fields([3, 2], [machine, 2], [1, 4], [0, 8], [0, 8], [offset, 8]),
    fields([0, 4], [64, 2], [56, 2], [0, 2], [64, 2], [all.length + 1, 2], [all.length, 2]),
  ]);
  return Buffer.concat([header, ...bodies, ...headers]);
}

/** Bytes as an .xz file that holds them as they are: LZMA2 has pieces without compression. */
export function storedXz(bytes: Uint8Array): Buffer {
  const header = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 0, 0, 0, 0, 0]);
  // A block header of 12 bytes with the filter LZMA2 and its property.
  const block = Buffer.from([2, 0, 0x21, 1, 0x16, 0, 0, 0, 0, 0, 0, 0]);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(bytes.length - 1);
  const chunks = Buffer.concat([Buffer.from([1]), size, bytes, Buffer.from([0])]);
  const padding = Buffer.alloc((4 - (chunks.length % 4)) % 4);
  return Buffer.concat([header, block, chunks, padding, Buffer.from([0])]);
}

/** A program that has no section headers: one segment, in which dynamic symbols, their hash table and unwind rows lie. */
export function buildLoadedElf(symbols: Buffer, names: Buffer, frames: Buffer): Buffer {
  const at = { symbols: 0x200, names: 0x400, hash: 0x500, dynamic: 0x600, frames: 0x800, frameTable: 0x7f0 };
  const bytes = Buffer.alloc(0x1100, 0x90);
  const put = (offset: number, ...parts: Buffer[]): void => void Buffer.concat(parts).copy(bytes, offset);
  const segment = (type: number, flags: number, offset: number, size: number): Buffer =>
    fields([type, 4], [flags, 4], [offset, 8], [offset, 8], [offset, 8], [size, 8], [size, 8], [1, 8]);
  put(
    0,
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    fields([3, 2], [62, 2], [1, 4], [0, 8], [64, 8], [0, 8]),
    fields([0, 4], [64, 2], [56, 2], [3, 2], [0, 2], [0, 2], [0, 2]),
    segment(1, 5, 0, bytes.length),
    segment(2, 4, at.dynamic, 0x50),
    segment(0x6474e550, 4, at.frameTable, 8),
  );
  put(at.symbols, symbols);
  put(at.names, names);
  put(at.hash, fields([1, 4], [symbols.length / 24, 4]));
  put(
    at.dynamic,
    fields([6, 8], [at.symbols, 8], [5, 8], [at.names, 8], [10, 8], [names.length, 8]),
    fields([4, 8], [at.hash, 8], [0, 8], [0, 8]),
  );
  put(at.frameTable, Buffer.from([1, 0x1b, 0xff, 0xff]), fields([at.frames - at.frameTable - 4, 4]));
  put(at.frames, frames);
  return bytes;
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
