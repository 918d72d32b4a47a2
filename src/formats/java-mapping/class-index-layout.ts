// The index of a mapping of Java classes: what a lookup of one class needs, read by small pieces.
//
//   start       8 bytes  MAGIC, the last of which is the version
//               u32 × 4  offset and number of entries of `obfuscated`, then of `originals`
//   blocks      JSON of each class: its original name, file and members (StoredClass)
//   names       UTF-8
//   obfuscated  4 × u32  name (offset, bytes) and block (offset, bytes), sorted by the bytes of the name
//   originals   the same by the original name

/** "MDJAVA", and the version. */
export const CLASS_MAGIC = Buffer.from([0x4d, 0x44, 0x4a, 0x41, 0x56, 0x41, 0x00, 0x01]);
export const CLASS_HEADER_BYTES = CLASS_MAGIC.length + 16;
export const CLASS_ENTRY_BYTES = 16;

/** A member in a block: from, to, class, name, originalFrom, originalTo, flags (1 synthesized, 2 outline), positions. */
export type StoredMember = readonly [
  from: number,
  to: number,
  holder: string | null,
  name: string,
  originalFrom: number,
  originalTo: number,
  flags: number,
  positions: Readonly<Record<string, number>> | null,
];

export interface StoredClass {
  readonly o: string;
  readonly f: string | null;
  readonly m: Readonly<Record<string, readonly StoredMember[]>>;
}
