// Looks for words and numbers in every byte of a data folder: plain, in UTF-16, and inside of zstd frames wherever they begin.
import path from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { filesIn } from '../../files-in.ts';

const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const MAX_FRAME = 64 * 1024 * 1024;

/** `<file>: <word>` for each word that is found in a file of the folder. */
export function wordsIn(dir: string, words: readonly string[]): readonly string[] {
  return formsIn(
    dir,
    words.map((word) => ({
      of: word,
      forms: [Buffer.from(word), Buffer.from(word.toLowerCase()), Buffer.from(word, 'utf16le')],
    })),
  );
}

/** The same for numbers of up to 48 bits: as text, as five or more bytes of either order, and as doubles of either. */
export function numbersIn(dir: string, numbers: readonly number[]): readonly string[] {
  return formsIn(
    dir,
    numbers.map((number) => {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleBE(number);
      const double = Buffer.from(bytes);
      bytes.writeBigUInt64BE(BigInt(number));
      // Of a small number five bytes are nearly nothing, and are found everywhere.
      const integer = bytes.subarray(3);
      const turned = [integer, double].map((each) => Buffer.from(each.toReversed()));
      return { of: String(number), forms: [Buffer.from(String(number)), integer, double, ...turned] };
    }),
  );
}

interface Sought {
  readonly of: string;
  readonly forms: readonly Buffer[];
}

function formsIn(dir: string, sought: readonly Sought[]): readonly string[] {
  const found = new Set<string>();
  for (const [file, bytes] of filesIn(dir)) {
    const name = path.relative(dir, file);
    const pieces = [bytes, ...framesIn(bytes)];
    for (const { of, forms } of sought)
      if (pieces.some((piece) => forms.some((form) => piece.includes(form)))) found.add(`${name}: ${of}`);
  }
  return [...found];
}

/** Whatever can be unpacked from each place that looks like the beginning of a frame; SQLite may have cut it in pages. */
function framesIn(bytes: Buffer): readonly Buffer[] {
  const frames: Buffer[] = [];
  for (let at = bytes.indexOf(MAGIC); at !== -1; at = bytes.indexOf(MAGIC, at + 1)) {
    const unpacked = unpack(bytes.subarray(at));
    if (unpacked !== null) frames.push(unpacked);
  }
  return frames;
}

function unpack(bytes: Buffer): Buffer | null {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: MAX_FRAME, finishFlush: 0 });
  } catch {
    return null;
  }
}
