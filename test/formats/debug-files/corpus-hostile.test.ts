// Damaged and hostile files of the corpus: read or refused in bounded time, with a sentence; what is sound in them is read.
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { START_BYTES } from '../../../src/formats/debug-files/debug-file.ts';
import { debugFileFormatOf } from '../../../src/formats/debug-files/registry.ts';
import type { ModuleSymbols } from '../../../src/formats/symbols/module-symbols.ts';
import { SHARED_ABSENT } from '../../shared-data.ts';
import { CORPUS, corpusFile, openImages, readManifest, symbolsOf } from './corpus.ts';

/** What must be known of a file by the number that its name begins with; `null`: it is refused. */
const EXPECTED: Readonly<
  Record<string, ((symbols: ModuleSymbols, notes: readonly string[]) => void) | null>
> = {
  '00': (symbols) => assert.equal(symbols.locate(0x1000)?.function, 'f'),
  '03': null,
  '04': null,
  '06': null,
  '09': null,
  '20': (symbols) => assert.equal(symbols.locate(0x1000)?.function, '<name omitted>'),
  '21': (symbols) => assert.equal(symbols.locate(0x1000)?.function, '<name omitted>'),
  '23': (symbols) => assert.equal(symbols.locate(0x1000)?.function, 'f'),
  '24': (symbols) => assert.equal(symbols.locate(0x1000)?.function, 'f'),
  '07': (_, notes) => assert.match(notes.join(), /lies outside of the file/),
  '15': (_, notes) => assert.match(notes.join(), /compressed section \.debug_info/),
  '26': (symbols, notes) => {
    assert.equal(symbols.facts.functions, 0);
    assert.match(notes.join(), /1 units .* damaged/);
  },
  '27': (symbols, notes) => {
    assert.equal(symbols.facts.functions, 0);
    assert.match(notes.join(), /40000 units .* damaged/);
  },
  '32': (_, notes) => assert.match(notes.join(), /1 units .* damaged/),
  '35': (symbols, notes) => {
    assert.equal(symbols.facts.lines, 0);
    assert.match(notes.join(), /lines of 1 units cannot be read/);
  },
  '43': (symbols) => assert.equal(symbols.locate(0x1000)?.function, 'f'),
  '44': (symbols) => {
    assert.equal(symbols.cfiAt(0x1000)?.rules.size, 2);
    assert.equal(symbols.cfiAt(0x0fff), null);
    assert.deepEqual(symbols.cfiAt(0x103f)?.rules.get('.cfa')?.[1], { kind: 'constant', value: 16n });
  },
  '46': (symbols, notes) => {
    assert.notEqual(symbols.cfiAt(0x1000), null);
    assert.match(notes.join(), /1 entries of \.eh_frame/);
  },
  '49': (symbols) => assert.ok(symbols.facts.cfiRanges <= 1),
  '50': (symbols) => assert.ok(symbols.facts.cfiRanges <= 1),
  '52': (symbols) => assert.equal(symbols.facts.cfiRanges, 0),
  '55': null,
  '58': (_, notes) => assert.match(notes.join(), /table of functions .* cut off/),
  '60': null,
  '61': null,
  '63': null,
  '64': null,
  '66': (_, notes) => assert.match(notes.join(), /1 modules .* damaged/),
  '67': (_, notes) => assert.match(notes.join(), /1 modules .* damaged/),
  '69': null,
  '72': null,
  '75': (symbols) => assert.equal(symbols.facts.os, 'Mac'),
  '78': (_, notes) => assert.match(notes.join(), /__unwind_info/),
  '80': (symbols, notes) => {
    assert.equal(symbols.facts.publics, 0);
    assert.match(notes.join(), /symbol table lies outside/);
  },
  '81': null,
};

describe('hostile files of the corpus', { skip: CORPUS === null && SHARED_ABSENT }, () => {
  for (const { path: file, attack, expect } of CORPUS === null ? [] : readManifest().hostile) {
    const bytes = corpusFile(file);
    // Other containers are refused by their first bytes.
    if (debugFileFormatOf(bytes.subarray(0, START_BYTES)) === null) continue;
    it(`${path.basename(file)} (${attack}): ${expect}`, async () => {
      const images = openImages([{ name: 'hostile', bytes }]);
      const expected = EXPECTED[path.basename(file).slice(0, 2)];
      if (typeof images === 'string') {
        assert.ok(images.length > 10);
        assert.ok(expected === null || expected === undefined, images);
        return;
      }
      assert.notEqual(expected, null);
      const { symbols, notes } = await symbolsOf(images);
      expected?.(symbols, notes);
    });
  }
});
