// How API tokens are written, so that people and secret scanners know one when they see it:
//
//   mayday_ p_ <30 letters and digits><6 letters and digits>
//
// `p` is a person's token, `s` a service token of an account. The thirty are random (178 bits); the six are the CRC-32 of everything
// before them in base 62, with leading zeros, so that a scanner tells a token from what only looks like one without asking anybody.
// Tokens that were made before had 43 URL-safe characters behind `mayday_` and no checksum; they go on working.
import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const TOKEN_PREFIX = 'mayday_';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 30;
const CHECK_LENGTH = 6;

const SHAPE = /^mayday_[ps]_[0-9A-Za-z]{36}$/;

/** A fresh token. */
export function newTokenText(kind: 'person' | 'service'): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => DIGITS[randomInt(DIGITS.length)]).join('');
  const body = `${TOKEN_PREFIX}${kind === 'person' ? 'p' : 's'}_${random}`;
  return body + checksum(body);
}

/** Whether a text is whole, where it has the shape of a token; texts of another shape are not judged. */
export function isDamagedToken(text: string): boolean {
  if (!SHAPE.test(text)) return false;
  return checksum(text.slice(0, -CHECK_LENGTH)) !== text.slice(-CHECK_LENGTH);
}

function checksum(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let place = 0; place < CHECK_LENGTH; place += 1) {
    text = `${DIGITS[rest % DIGITS.length] ?? ''}${text}`;
    rest = Math.floor(rest / DIGITS.length);
  }
  return text;
}
