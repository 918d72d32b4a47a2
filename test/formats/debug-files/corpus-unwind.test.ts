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
      // Between the entries compact unwind information, or the exception table of Arm, describes the code.
      return entry.format === 'Mach-O' || entry.arch === 'arm' ? undefined : assert.equal(found, null, where);
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

/** What the instructions come to that llvm-readobj prints for an entry of `.ARM.exidx`. */
function armExpectation(text: string): Map<string, bigint> {
  let at = registerValue('sp');
  const values = new Map<string, bigint>();
  for (const [, what = ''] of text.matchAll(/; (.*)/g)) {
    const move = /^vsp = vsp ([+-]) (\d+)$/.exec(what);
    const base = /^vsp = (\w+)$/.exec(what)?.[1];
    const popped = /^pop \{(.*)\}$/.exec(what)?.[1];
    if (move !== null) at += BigInt(`${move[1] === '-' ? '-' : ''}${move[2]}`);
    else if (base !== undefined) at = registerValue(base === 'fp' ? 'r11' : base);
    else if (popped !== undefined) {
      for (const register of popped.split(', ')) {
        const isVector = register.startsWith('d');
        if (!isVector) values.set(register === 'fp' ? 'r11' : register, memoryWord(at));
        at += isVector ? 8n : 4n;
      }
    } else if (what !== 'finish') throw new Error(`the oracle has ${what}`);
  }
  values.set('.cfa', at);
  values.set('.ra', values.get('lr') ?? registerValue('lr'));
  values.delete('lr');
  return values;
}

describe('exception tables of Arm in the corpus', { skip: CORPUS === null && SHARED_ABSENT }, () => {
  for (const entry of CORPUS === null ? [] : readManifest().files) {
    const [program] = entry.files;
    const oracle = entry.oracles.find(({ path }) => path.endsWith(`/${program?.name ?? ''}.unwind.txt`));
    if (entry.arch !== 'arm' || oracle === undefined || program === undefined) continue;
    it(`${entry.name}: without other unwind information the rules are those that llvm-readobj prints`, async () => {
      // The name of the section is changed, so that nothing finds it.
      const bytes = corpusFile(program.path);
      const name = bytes.indexOf('.debug_frame\0');
      if (name !== -1) bytes.write('.x', name);
      const images = openImages([{ name: program.name, bytes }]);
      assert.ok(typeof images !== 'string');
      const { symbols } = await symbolsOf(images);
      const base = Number(entry.base['arm']);
      let compared = 0;
      for (const text of corpusFile(oracle.path).toString('utf8').split('Entry {').slice(1)) {
        const at = Number(/FunctionAddress: (\w+)/.exec(text)?.[1]) - base;
        const found = symbols.cfiAt(at);
        if (/Model: CantUnwind/i.test(text)) {
          assert.equal(found, null);
          continue;
        }
        assert.ok(found !== null, at.toString(16));
        // What is behind a personality routine llvm-readobj does not print.
        if (text.includes('Model: Generic')) continue;
        assert.deepEqual(evaluate(found), armExpectation(text), text);
        compared++;
      }
      assert.ok(compared > 0);
    });
  }
});

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
