import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { UnloadedModules } from '../../../src/formats/stackwalk/unloaded-modules.ts';
import type { WalkUnloadedModule } from '../../../src/formats/stackwalk/walk.ts';

/** The same question by looking at every module. */
function everyHit(modules: readonly WalkUnloadedModule[], address: bigint): unknown {
  const covering = modules.filter(({ base, size }) => address >= base && address < base + size);
  const names = [...new Set(covering.map(({ name }) => name))].sort();
  return names.map((name) => ({
    name,
    offsets: [
      ...new Set(covering.filter((module) => module.name === name).map(({ base }) => address - base)),
    ].sort((a, b) => Number(a - b)),
  }));
}

describe('unloaded modules', () => {
  it('are found like by looking at each, however they overlap', () => {
    const module = fc.record({
      base: fc.bigInt(0n, 60n),
      size: fc.bigInt(0n, 40n),
      name: fc.constantFrom('a.dll', 'b.dll', 'c.dll'),
    });
    fc.assert(
      fc.property(fc.array(module, { maxLength: 12 }), fc.bigInt(0n, 110n), (modules, address) => {
        assert.deepEqual(new UnloadedModules(modules).find(address), everyHit(modules, address));
      }),
    );
  });

  it('give at most 64 offsets for an address, the smallest', () => {
    const modules = Array.from({ length: 1000 }, (_, i) => ({ base: BigInt(i), size: 5000n, name: 'a.dll' }));
    const [hit] = new UnloadedModules(modules).find(1000n);
    assert.deepEqual(
      hit?.offsets,
      Array.from({ length: 64 }, (_, i) => BigInt(i + 1)),
    );
  });

  it('stop when a dump has asked too much', () => {
    const modules = Array.from({ length: 200 }, () => ({ base: 0n, size: 1n << 40n, name: 'a.dll' }));
    const table = new UnloadedModules(modules);
    const answers = Array.from({ length: 200 }, (_, i) => table.find(BigInt(i)).length);
    assert.equal(answers[0], 1);
    assert.equal(answers.at(-1), 0);
  });
});
