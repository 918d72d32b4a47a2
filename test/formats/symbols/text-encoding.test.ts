// Symbol texts that are not UTF-8, in pieces of any size.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SymbolIndexBuilder } from '../../../src/formats/symbols/index-builder.ts';
import { SymbolTextEncoding } from '../../../src/formats/symbols/text-encoding.ts';

const TEXT = 'MODULE windows x86_64 0123456789ABCDEF0123456789ABCDEF1 app.pdb\r\nFUNC 1000 10 0 größe()\r\n';

function utf16(text: string, bigEndian: boolean): Uint8Array {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
}

function read(bytes: Uint8Array, pieceBytes: number): string {
  const encoding = new SymbolTextEncoding();
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    pieces.push(encoding.write(bytes.subarray(at, at + pieceBytes)));
  }
  pieces.push(encoding.end());
  return Buffer.concat(pieces).toString();
}

for (const [name, bytes] of Object.entries({
  'UTF-16, little-endian': utf16(TEXT, false),
  'UTF-16, big-endian': utf16(TEXT, true),
  'UTF-8 with a byte order mark': Buffer.from(`\ufeff${TEXT}`),
  'UTF-8': Buffer.from(TEXT),
})) {
  test(`a text in ${name} is read, however it is cut`, () => {
    for (const pieceBytes of [1, 2, 3, 7, 1000]) assert.equal(read(bytes, pieceBytes), TEXT);
  });

  // Holds: native-utf16
  test(`a text in ${name} is indexed`, () => {
    const builder = new SymbolIndexBuilder(() => {});
    builder.write(bytes);
    const facts = builder.end();
    assert.deepEqual([facts.debugFile, facts.functions, facts.skippedLines], ['app.pdb', 1, 0]);
  });
}

test('bytes that are no symbol text pass as they are, also where they begin with a byte order mark', () => {
  for (const bytes of [
    [],
    [0xff],
    [0xff, 0xfe],
    [0xff, 0xfe, 0x4d],
    [0xff, 0xfe, 0x00, 0x4d, 1, 2],
    [0x7f, 0x45, 0x4c, 0x46, 2],
  ]) {
    const encoding = new SymbolTextEncoding();
    const out = Buffer.concat([encoding.write(Uint8Array.from(bytes)), encoding.end()]);
    assert.deepEqual([...out], bytes);
  }
});
