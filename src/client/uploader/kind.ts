// What a file is, by its content: names are not to be trusted.

/** Kinds of files that can be sent, and those worth a sentence of their own. */
export type FileKind =
  | { readonly kind: 'minidump' }
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'text' }
  /** `isText`: it is a text all the same, which something else may understand. */
  | { readonly kind: 'unknown'; readonly problem: string; readonly isText?: true };

/** `MDMP`, as a little- and a big-endian machine writes it. */
const MINIDUMP = [Buffer.from('MDMP'), Buffer.from('PMDM')];
const BINARIES: readonly (readonly [magic: Buffer, name: string])[] = [
  [Buffer.from([0x1f, 0x8b]), 'gzip-compressed; decompress it first'],
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), 'zstd-compressed; decompress it first'],
  [Buffer.from('PK\u0003\u0004', 'latin1'), 'a zip archive; unpack it first'],
  [Buffer.from([0x7f, 0x45, 0x4c, 0x46]), 'an ELF file (a program or a core file), not a minidump'],
];

export function fileKind(bytes: Buffer): FileKind {
  if (bytes.length === 0) return { kind: 'unknown', problem: 'is empty' };
  if (MINIDUMP.some((magic) => bytes.subarray(0, 4).equals(magic))) return { kind: 'minidump' };
  const binary = BINARIES.find(([magic]) => bytes.subarray(0, magic.length).equals(magic));
  if (binary !== undefined) return { kind: 'unknown', problem: `is ${binary[1]}` };
  if (bytes.subarray(0, 4096).includes(0)) {
    return { kind: 'unknown', problem: 'is neither a minidump nor a text that can be sent' };
  }
  const text = bytes.toString('utf8');
  if (/^\uFEFF?\s*[[{]/.test(text)) {
    try {
      return { kind: 'json', value: JSON.parse(text.replace(/^\uFEFF/, '')) };
    } catch (error) {
      // A panic log may begin with a bracketed prefix; what looks like JSON and is not is told as such.
      if (/^\s*\[[\w ]+\] /.test(text)) return { kind: 'text' };
      return {
        kind: 'unknown',
        problem: `looks like JSON and is none: ${(error as Error).message.slice(0, 200)}`,
        isText: true,
      };
    }
  }
  return { kind: 'text' };
}

export function asRecord(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null;
}

/** The members of an object as annotations: strings as they are, everything else as JSON. */
export function asAnnotations(
  value: Readonly<Record<string, unknown>>,
): readonly (readonly [key: string, value: string])[] {
  return Object.entries(value).map(([key, member]) => [
    key,
    typeof member === 'string' ? member : JSON.stringify(member),
  ]);
}
