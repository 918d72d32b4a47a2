// Time-based one-time passwords (RFC 6238 with RFC 4226): six digits, 30 seconds, SHA-1, which is what every authenticator app takes.
import { createHmac, randomBytes } from 'node:crypto';
import { sameSecret } from './secrets.ts';

const STEP_MS = 30_000;
/** RFC 4226 section 4 asks for 160 bits. */
const SEED_BYTES = 20;
/** RFC 4648. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** One step before and after, for clocks that are a little off and people who type (RFC 6238 section 5.2). */
const WINDOW = [0, -1, 1] as const;

/** Bytes as base32 without padding. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let [bits, value] = [0, 0];
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET[(value >>> (bits - 5)) & 31];
  }
  return bits === 0 ? text : text + ALPHABET[(value << (5 - bits)) & 31];
}

function fromBase32(text: string): Buffer {
  const bytes: number[] = [];
  let [bits, value] = [0, 0];
  for (const letter of text) {
    value = ((value << 5) | ALPHABET.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((value >>> bits) & 0xff);
  }
  return Buffer.from(bytes);
}

/** A fresh seed as base32. */
export function newSeed(): string {
  return base32(randomBytes(SEED_BYTES));
}

/** Whether a text is a seed that `newSeed` could have made. */
export function isSeed(text: string): boolean {
  return /^[A-Z2-7]{32}$/.test(text);
}

/** The code of a time step. */
export function totpCode(seed: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', fromBase32(seed)).update(counter).digest();
  const offset = digest.readUInt8(19) & 0xf;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** The time step of a code that is right now; null: it is wrong. */
export function totpStep(seed: string, code: string, now: number): number | null {
  const current = Math.floor(now / STEP_MS);
  const found = WINDOW.map((by) => current + by).find((step) => sameSecret(totpCode(seed, step), code));
  return found ?? null;
}

/** The address that authenticator apps read out of a QR code (Key URI Format). */
export function totpAddress(seed: string, email: string, host: string): string {
  const label = encodeURIComponent(`Mayday ${host}:${email}`);
  return `otpauth://totp/${label}?secret=${seed}&issuer=${encodeURIComponent(`Mayday ${host}`)}`;
}
