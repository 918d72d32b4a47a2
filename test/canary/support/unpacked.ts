// Everything that bytes say: as they are, and what they hold when they are an archive or compressed, in each other a few times over.
import { gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { readZip } from '../../reports/support/zip.ts';

const MAX_DEPTH = 4;
const MAX_BYTES = 64 * 1024 * 1024;

const FORMS: readonly (readonly [magic: Buffer, open: (bytes: Buffer) => readonly Buffer[]])[] = [
  [
    Buffer.from('PK\u0003\u0004'),
    (bytes) => [...readZip(bytes)].flatMap(([name, entry]) => [Buffer.from(name), entry]),
  ],
  [Buffer.from([0x1f, 0x8b]), (bytes) => [gunzipSync(bytes, { maxOutputLength: MAX_BYTES })]],
  [Buffer.from([0x78, 0x9c]), (bytes) => [inflateSync(bytes, { maxOutputLength: MAX_BYTES })]],
  [
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
    (bytes) => [zstdDecompressSync(bytes, { maxOutputLength: MAX_BYTES })],
  ],
];

/** Texts in which tokens can be looked for. */
export function* unpacked(bytes: Buffer, depth = 0): Generator<string> {
  yield bytes.toString('latin1');
  const form = FORMS.find(([magic]) => bytes.subarray(0, magic.length).equals(magic));
  if (form === undefined || depth >= MAX_DEPTH) return;
  for (const inner of form[1](bytes)) yield* unpacked(inner, depth + 1);
}
