// Symbol files that are damaged or made to hurt: never a throw, always bounded.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { symbolsFromText } from '../../../src/formats/symbols/build-index.ts';
import { SHARED_ABSENT, sharedData } from '../../shared-data.ts';

function askEverything(sym: Uint8Array): void {
  const symbols = symbolsFromText(sym);
  for (const offset of [0, 0x1000, 0x1004, 0x10ff, 0x2000, 0x3000, 0x15b85, 0xc6db70, 2 ** 47]) {
    symbols.locate(offset);
    symbols.hasName(offset);
    symbols.isUncovered(offset);
    symbols.cfiAt(offset);
    symbols.winFrameDataAt(offset);
    symbols.winFpoAt(offset);
  }
}

const RECORDS = [
  'MODULE Linux x86_64 000000000000000000000000000000000 a',
  'FILE 0 a.c',
  'INLINE_ORIGIN 0 0 g',
  'FUNC 1000 20 0 f',
  'INLINE 0 1 0 0 1000 8 1010 8',
  'INLINE 0 1 0 1000 8',
  '1000 10 7 0',
  'PUBLIC 2000 0 p',
  'STACK CFI INIT 1000 20 .cfa: $rsp 8 + .ra: .cfa -8 + ^',
  'STACK CFI 1004 .cfa: $rsp 16 +',
  'STACK WIN 4 1000 20 0 0 4 0 0 0 1 $eip $esp ^ =',
  'STACK WIN 0 1000 20 0 0 4 0 0 0 0 1',
];

describe('damaged symbol files', () => {
  it('with any byte changed, cut or doubled never throw', () => {
    const whole = Buffer.from(`${RECORDS.join('\n')}\n`);
    const edit = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255), kind: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 8 }), (edits) => {
        let bytes = Buffer.from(whole);
        for (const { at, byte, kind } of edits) {
          if (kind === 0 && at < bytes.length) bytes[at] = byte;
          else if (kind === 1) bytes = bytes.subarray(0, at);
          else bytes = Buffer.concat([bytes.subarray(0, at), bytes]);
        }
        askEverything(bytes);
      }),
      { numRuns: 1500 },
    );
  });

  it('made of records in any order never throw', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...RECORDS), { maxLength: 40 }), (lines) => {
        askEverything(Buffer.from(lines.join('\n')));
      }),
      { numRuns: 500 },
    );
  });
});

describe('the symbol corpora', { skip: sharedData('minidumps') === null ? SHARED_ABSENT : false }, () => {
  const folders = ['hostile-syms', 'sym-corpus', 'symbols'].map(
    (name) => sharedData('minidumps', name) ?? '',
  );
  const files = folders.flatMap((folder) =>
    globSync(`${folder}/**/*`).filter((file) => /\.(sym|out)$/.test(file)),
  );

  it('are there', () => {
    assert.ok(files.length >= 40, `${files.length} files`);
  });

  for (const file of files) {
    it(`${path.basename(file)} is read whole, and with 20 random bytes changed`, () => {
      const bytes = readFileSync(file);
      askEverything(bytes);
      if (bytes.length === 0 || bytes.length > 300_000) return;
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 20, maxLength: 20 }),
          (changes) => {
            const damaged = Buffer.from(bytes);
            for (const [at, byte] of changes) damaged[at] = byte;
            askEverything(damaged);
          },
        ),
        { numRuns: 5 },
      );
    });
  }

  it('skip exactly the damaged lines of the hostile files', () => {
    const skipped = (name: string): number => {
      const folder = sharedData('minidumps', 'hostile-syms') ?? '';
      return symbolsFromText(readFileSync(path.join(folder, `${name}.sym`))).facts.skippedLines;
    };
    assert.deepEqual(
      ['address-overflow', 'bad-utf8', 'crlf', 'empty', 'no-module', 'stackwin-inconsistent', 'zero-id'].map(
        skipped,
      ),
      [4, 0, 0, 0, 0, 2, 0],
    );
  });
});
