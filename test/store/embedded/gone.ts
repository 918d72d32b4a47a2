// Looks for words in every byte of a data folder: plain, in UTF-16, and inside of zstd frames wherever they begin.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { zstdDecompressSync } from 'node:zlib';

const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const MAX_FRAME = 64 * 1024 * 1024;

/** `<file>: <word>` for each word that is found in a file of the folder. */
export function wordsIn(dir: string, words: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(dir, file);
    const bytes = readFileSync(file);
    const pieces = [bytes, ...framesIn(bytes)];
    for (const word of words) {
      const forms = [Buffer.from(word), Buffer.from(word.toLowerCase()), Buffer.from(word, 'utf16le')];
      if (pieces.some((piece) => forms.some((form) => piece.includes(form)))) found.add(`${name}: ${word}`);
    }
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
