// How API tokens are written: known by their prefix, and told from what only looks like one by their checksum.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unknownToken } from '../../src/reports/auth/bearer.ts';
import { isDamagedToken, newTokenText } from '../../src/reports/auth/token-text.ts';

/** The pattern that docs/api.md gives to secret scanners. */
const PATTERN = /^mayday_[ps]_[0-9A-Za-z]{36}$/;

test('a token says whose it is, fits the pattern of the docs and is whole', () => {
  for (const [kind, mark] of [
    ['person', 'mayday_p_'],
    ['service', 'mayday_s_'],
  ] as const) {
    const token = newTokenText(kind);
    assert.match(token, PATTERN);
    assert.ok(token.startsWith(mark));
    assert.equal(isDamagedToken(token), false);
    assert.notEqual(newTokenText(kind), token);
  }
});

test('the checksum is the CRC-32 of all before it in base 62, as anybody can compute it', () => {
  // With the polynomial of IEEE 802.3, bit by bit.
  const body = `mayday_p_${'0'.repeat(30)}`;
  let crc = 0xffffffff;
  for (const byte of Buffer.from(body)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  let text = '';
  for (let place = 0; place < 6; place += 1) {
    text = `${digits[rest % 62] ?? ''}${text}`;
    rest = Math.floor(rest / 62);
  }
  assert.equal(isDamagedToken(body + text), false);
});

test('one wrong character anywhere is told as such, before anybody looks for the token', () => {
  const token = newTokenText('person');
  for (let at = 'mayday_p_'.length; at < token.length; at += 1) {
    const other = token[at] === 'x' ? 'y' : 'x';
    const wrong = `${token.slice(0, at)}${other}${token.slice(at + 1)}`;
    assert.equal(isDamagedToken(wrong), true, wrong);
    assert.match(unknownToken(wrong), /not whole/);
  }
  assert.match(unknownToken(token), /was deleted, has expired/);
  // Those of before had no checksum, and are not judged.
  assert.equal(isDamagedToken(`mayday_${'A'.repeat(43)}`), false);
});
