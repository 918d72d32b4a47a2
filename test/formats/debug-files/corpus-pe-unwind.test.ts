// Unwind rows of Windows programs of the corpus: behind each instruction of a prologue, and of an epilogue, they give what the caller had,
// as executing the instructions says that llvm-readobj prints.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluateCfi } from '../../../src/formats/symbols/cfi-program.ts';
import type { ModuleSymbols } from '../../../src/formats/symbols/module-symbols.ts';
import { SHARED_ABSENT } from '../../shared-data.ts';
import { CORPUS, corpusFile, openImages, readManifest, symbolsOf } from './corpus.ts';
import { Machine, type OracleFunction, readOracleFunctions } from './prologue-oracle.ts';

const DOCUMENTED = new Set(['arm64', 'amd64']);

/** Asks the rules at an offset for the caller's frame, and compares. */
function check(symbols: ModuleSymbols, offset: number, machine: Machine): void {
  const where = offset.toString(16);
  const found = symbols.cfiAt(offset);
  assert.ok(found !== null, where);
  let cfa: bigint | null | undefined = null;
  for (const [name, program] of found.rules) {
    const value = evaluateCfi(program, {
      register: (register) => {
        if (register === '.cfa') return cfa ?? undefined;
        return machine.registers.get(register.replace('$', ''));
      },
      word: (address) => machine.memory.get(address) ?? null,
    });
    if (name === '.cfa') cfa = value;
    assert.equal(value, machine.expected.get(name), `${name} at ${where}`);
  }
}

function prologueOffset(text: string): number {
  return Number(/^(0x[0-9A-F]+): /.exec(text)?.[1] ?? 0);
}

function compareX64(
  symbols: ModuleSymbols,
  func: OracleFunction,
  all: readonly OracleFunction[],
  base: number,
): number {
  const machine = new Machine(false);
  const chain: OracleFunction[] = [];
  for (let at = func.parent; at !== null;) {
    const parent = all.find(({ start }) => start === at);
    if (parent === undefined) break;
    chain.unshift(parent);
    at = parent.parent;
  }
  for (const { prologue, frame } of chain)
    for (const step of prologue.toReversed()) machine.step(step, frame);
  const steps = func.prologue.toReversed();
  const first = steps[0] === undefined ? 0 : prologueOffset(steps[0]);
  if (first > 0) check(symbols, func.start - base, machine);
  for (const [i, step] of steps.entries()) {
    machine.step(step, func.frame);
    const next = steps[i + 1];
    if (next === undefined || prologueOffset(next) > prologueOffset(step))
      check(symbols, func.start - base + prologueOffset(step), machine);
  }
  return steps.length + 1;
}

function compareArm64(
  symbols: ModuleSymbols,
  { start, prologue, epilogues }: OracleFunction,
  base: number,
): number {
  const machine = new Machine(true);
  check(symbols, start - base, machine);
  for (const [i, step] of prologue.toReversed().entries()) {
    machine.execute(step);
    check(symbols, start - base + (i + 1) * 4, machine);
  }
  for (const { offset, steps } of epilogues) {
    for (const [i, step] of steps.entries()) {
      check(symbols, start - base + offset + i * 4, machine);
      machine.undo(step);
      // The next pair lies where saving it put it: that it is back shows in the last row alone.
      if (steps.some((each) => each.endsWith('next'))) break;
    }
  }
  return prologue.length + 1;
}

describe('unwind rows of Windows programs', { skip: CORPUS === null && SHARED_ABSENT }, () => {
  for (const entry of CORPUS === null ? [] : readManifest().files) {
    const oracle = entry.oracles.find(
      ({ path }) => path.includes('.exe.unwind.txt') || path.includes('.dll.unwind.txt'),
    );
    if (oracle === undefined || entry.format !== 'PE' || !DOCUMENTED.has(entry.arch)) continue;
    it(`${entry.name}: in prologues and epilogues the caller's registers are found`, async () => {
      const [program] = entry.files;
      assert.ok(program !== undefined);
      const images = openImages([{ name: program.name, bytes: corpusFile(program.path) }]);
      assert.ok(typeof images !== 'string');
      const { symbols } = await symbolsOf(images);
      const base = Number(entry.base[entry.arch]);
      const functions = readOracleFunctions(corpusFile(oracle.path).toString('utf8'));
      let rows = 0;
      for (const func of functions) {
        rows +=
          entry.arch === 'arm64'
            ? compareArm64(symbols, func, base)
            : compareX64(symbols, func, functions, base);
      }
      assert.ok(rows > 0);
    });
  }
});
