// Unwind rows of the corpus: at every row's start and one byte before it the rules come to the same as llvm-dwarfdump's.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluateCfi } from '../../../src/formats/symbols/cfi-program.ts';
import type { CfiAt } from '../../../src/formats/symbols/module-symbols.ts';
import { DEBUG_FILE_FORMATS } from '../../../src/formats/debug-files/registry.ts';
import { SHARED_ABSENT } from '../../shared-data.ts';
import { CORPUS, type CorpusEntry, corpusFile, openImages, readManifest, symbolsOf } from './corpus.ts';
import { evaluateOracleRow, memoryWord, readOracleRanges, registerValue } from './frame-oracle.ts';

/** What the rules of an index come to. */
function evaluate({ rules }: CfiAt): Map<string, bigint | 'undefined'> {
  const values = new Map<string, bigint | 'undefined'>();
  let cfa: bigint | undefined;
  for (const [name, program] of rules) {
    const [step] = program;
    if (step?.kind === 'operator' && step.operator === '.undef') {
      values.set(name, 'undefined');
      continue;
    }
    const value = evaluateCfi(program, {
      register: (register) => (register === '.cfa' ? cfa : registerValue(register)),
      word: memoryWord,
    });
    assert.notEqual(value, null);
    if (name === '.cfa') cfa = value ?? 0n;
    values.set(name, value ?? 0n);
  }
  return values;
}

async function compare(entry: CorpusEntry, oracle: string, cpu: string): Promise<number> {
  const base = Number.parseInt(entry.base[entry.arch] ?? '0', 16);
  const file = oracle.replace(/^.*\//, '').replace(/\.cfi\.txt(?:\.zst)?$/, '');
  const source = entry.files.find(({ name }) => name === file);
  assert.ok(source !== undefined, file);
  const images = openImages([{ name: file, bytes: corpusFile(source.path) }]);
  if (typeof images === 'string') throw new Error(images);
  const { symbols } = await symbolsOf(images);
  const ranges = readOracleRanges(corpusFile(oracle).toString('utf8'));
  let rows = 0;
  const check = (address: number): void => {
    const range = ranges.find(({ start, end }) => address >= start && address < end);
    const row = range?.rows.findLast(({ start }) => start <= address);
    const found = symbols.cfiAt(address - base);
    const where = `${entry.name} at ${address.toString(16)}`;
    if (range === undefined || row === undefined) {
      // Between the entries of `__eh_frame` compact unwind information describes the code.
      return entry.format === 'Mach-O' ? undefined : assert.equal(found, null, where);
    }
    assert.ok(found !== null, `${where}: ${row.text}`);
    const expected = evaluateOracleRow(row.text, cpu, address);
    assert.deepEqual(evaluate(found), expected, `${where}: ${row.text}`);
    assert.equal(found.signal, range.signal, where);
    rows++;
  };
  for (const range of ranges) {
    if (range.end <= range.start) continue;
    for (const { start } of range.rows) {
      if (start >= range.end) continue;
      check(start);
      check(start - 1);
    }
    check(range.end - 1);
  }
  return rows;
}

describe('unwind rows of the corpus', { skip: CORPUS === null && SHARED_ABSENT }, () => {
  const entries = CORPUS === null ? [] : readManifest().files;
  for (const entry of entries) {
    if (!DEBUG_FILE_FORMATS.some(({ name }) => name === entry.format)) continue;
    for (const { path, kind } of entry.oracles) {
      if (kind !== 'llvm-dwarfdump rows') continue;
      it(`${entry.name}: the rules are those of llvm-dwarfdump`, async () => {
        const rows = await compare(entry, path, entry.arch);
        assert.ok(rows > 0 || entry.name.includes('arm-'), 'nothing was compared');
      });
    }
  }
});
