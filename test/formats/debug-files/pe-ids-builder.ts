// A small PE program for x64 that is there for its ids, with or without a reference to its PDB. Microsoft, "PE Format".

const HEADER_AT = 0x40;
const OPTIONAL_BYTES = 240;
const CODE_AT = 0x200;
const CODE_ADDRESS = 0x1000;
const CODE_BYTES = 0x200;

/** What the program says of itself. */
export type PeFacts = {
  readonly timestamp: number;
  readonly imageBytes: number;
  /** 16 bytes as they stand in the file, the age, and the name. */
  readonly pdb?: { readonly guid: Uint8Array; readonly age: number; readonly name: string };
};

/** The bytes of the program; its code is `ret`, over and over. */
export function buildPe({ timestamp, imageBytes, pdb }: PeFacts): Buffer {
  const file = Buffer.alloc(CODE_AT + CODE_BYTES);
  file.write('MZ', 0, 'latin1');
  file.writeUInt32LE(HEADER_AT, 0x3c);
  file.write('PE\0\0', HEADER_AT, 'latin1');
  file.writeUInt16LE(0x8664, HEADER_AT + 4);
  file.writeUInt16LE(1, HEADER_AT + 6);
  file.writeUInt32LE(timestamp, HEADER_AT + 8);
  file.writeUInt16LE(OPTIONAL_BYTES, HEADER_AT + 20);
  const optional = HEADER_AT + 24;
  file.writeUInt16LE(0x20b, optional);
  file.writeBigUInt64LE(0x140000000n, optional + 24);
  file.writeUInt32LE(imageBytes, optional + 56);
  file.writeUInt32LE(16, optional + 108);
  const section = optional + OPTIONAL_BYTES;
  file.write('.text', section, 'latin1');
  file.writeUInt32LE(CODE_BYTES, section + 8);
  file.writeUInt32LE(CODE_ADDRESS, section + 12);
  file.writeUInt32LE(CODE_BYTES, section + 16);
  file.writeUInt32LE(CODE_AT, section + 20);
  file.writeUInt32LE(0x60000020, section + 36);
  file.fill(0xc3, CODE_AT);
  if (pdb !== undefined) {
    // The debug directory and what it points to lie behind the code.
    const entry = CODE_AT + 0x100;
    const record = Buffer.concat([
      Buffer.from('RSDS', 'latin1'),
      pdb.guid,
      Buffer.from(new Uint32Array([pdb.age]).buffer),
      Buffer.from(`${pdb.name}\0`),
    ]);
    file.writeUInt32LE(CODE_ADDRESS + 0x100, optional + 112 + 6 * 8);
    file.writeUInt32LE(28, optional + 112 + 6 * 8 + 4);
    file.writeUInt32LE(2, entry + 12);
    file.writeUInt32LE(record.length, entry + 16);
    file.writeUInt32LE(entry + 28, entry + 24);
    record.copy(file, entry + 28);
  }
  return file;
}
