// Passwords that are known from breaches, asked without a network: a Bloom filter beside this file, which scripts/password-filter.ts makes from a
// public list. It knows every listed password of at least twelve characters, in small letters, and takes about one other in 15,000 for one.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { once } from '../../base/once.ts';

/** `MPF1`, then the number of hashes and of bits (32 bits each, little-endian), then the bits. */
const MAGIC = 'MPF1';
const HEADER_BYTES = 12;

/**
 * A filter for a number of words: 20 bits for each, 14 hashes.
 * @internal scripts/password-filter.ts makes the file with it.
 */
export function buildFilter(words: ReadonlySet<string>): Buffer {
  const hashes = 14;
  const bits = Math.ceil((words.size * 20) / 8) * 8;
  const filter = Buffer.alloc(HEADER_BYTES + bits / 8);
  filter.write(MAGIC, 'latin1');
  filter.writeUInt32LE(hashes, 4);
  filter.writeUInt32LE(bits, 8);
  for (const word of words) {
    for (const bit of bitsOf(word, hashes, bits)) {
      const at = HEADER_BYTES + (bit >> 3);
      filter.writeUInt8(filter.readUInt8(at) | (1 << (bit & 7)), at);
    }
  }
  return filter;
}

/** Whether a word is among those of a filter. @internal */
export function inFilter(filter: Buffer, word: string): boolean {
  const [hashes, bits] = [filter.readUInt32LE(4), filter.readUInt32LE(8)];
  return bitsOf(word, hashes, bits).every(
    (bit) => (filter.readUInt8(HEADER_BYTES + (bit >> 3)) & (1 << (bit & 7))) !== 0,
  );
}

/** Two hashes give all (Kirsch and Mitzenmacher, "Less hashing, same performance"). */
function bitsOf(word: string, hashes: number, bits: number): readonly number[] {
  const digest = createHash('sha256').update(word).digest();
  const [first, second] = [digest.readUInt32LE(0), digest.readUInt32LE(4) | 1];
  return Array.from({ length: hashes }, (_, index) => (first + index * (second >>> 0)) % bits);
}

const shipped = once(() => readFileSync(path.join(import.meta.dirname, 'breached-passwords.bin')));

/** Whether a password is known from breaches, whatever its case. */
export function isBreached(password: string): boolean {
  return inFilter(shipped(), password.toLowerCase());
}
