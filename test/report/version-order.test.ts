import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compareVersions } from '../../src/report/version-order.ts';
import { SKIP_VECTORS, vectors } from '../process/signature/vectors.ts';

/** Ascending, one list for each style. */
const CHAINS: Readonly<Record<string, readonly string[]>> = {
  semver: [
    '1.9.0',
    '1.10.0-alpha',
    '1.10.0-alpha.1',
    '1.10.0-alpha.2',
    '1.10.0-beta.11',
    '1.10.0-rc.1',
    '1.10.0',
  ],
  firefox: [
    '62.0a1',
    '62.0b1',
    '62.0b9',
    '62.0b10',
    '62.0rc1',
    '62.0',
    '62.0esr',
    '62.0.1',
    '62.0.2',
    '62.0.2esr',
  ],
  'four numbers': ['118.0.5993.70', '118.0.5993.117', '119.0.6045.9'],
  debian: ['2.4~beta2-1', '2.4-1', '2.4-9', '2.4-10', '2.4.1-1', '1:0.1-1'],
  python: ['3.0.dev4', '3.0a2', '3.0b1', '3.0rc2', '3.0', '3.0.post1', '3.0.1'],
  dates: ['2025-12-31', '2026-01-01', '2026-01-10'],
  'build numbers': ['20251231235959', '20260101000000'],
  'names of builds': ['build 9', 'build 10'],
  letters: ['1.0.2', '1.0.2a', '1.0.2k'].slice(2).concat('1.0.3'),
  snapshots: ['4.1-SNAPSHOT', '4.1', '4.2-SNAPSHOT'],
  'builds of one version': ['1.4.0', '1.4.0+12', '1.4.1'],
  'a leading v': ['v9', '10', 'v10.2', '10.10'],
};

function holdsFor(chain: readonly string[]): void {
  for (const [index, older] of chain.entries()) {
    for (const newer of chain.slice(index + 1)) {
      assert.ok(compareVersions(older, newer) < 0, `${older} comes before ${newer}`);
      assert.ok(compareVersions(newer, older) > 0, `${newer} comes after ${older}`);
    }
  }
}

describe('the order of versions', () => {
  for (const [style, chain] of Object.entries(CHAINS)) it(`holds for ${style}`, () => holdsFor(chain));

  const shared = new URL('../../../shared/data/versions.json', import.meta.url);
  const skip = existsSync(shared) ? false : '../shared is not here: the styles above are held without it';
  it('holds for every pair of the shared chains', { skip }, () => {
    const { chains } = JSON.parse(readFileSync(shared, 'utf8')) as { chains: Record<string, string[]> };
    assert.ok(Object.keys(chains).length > 5);
    for (const chain of Object.values(chains)) holdsFor(chain);
  });

  it('knows versions that are the same', () => {
    for (const [a, b] of [
      ['1.0', '1.0.0'],
      ['v2.1', '2.1.0'],
      ['1.0b2', '1.0-beta2'],
      ['3.1.0.Final', '3.1'],
      ['007', '7'],
    ] as const)
      assert.equal(compareVersions(a, b), 0, `${a} and ${b}`);
  });

  it('is total: any three agree', () => {
    const version = fc.oneof(
      fc.string({ maxLength: 10 }),
      fc.string({
        unit: fc.constantFrom('1', '0', '2', '.', '-', '~', '+', ':', 'a', 'b', 'rc', 'esr', 'v', ' '),
        maxLength: 10,
      }),
    );
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        assert.equal(Math.sign(compareVersions(a, b)), -Math.sign(compareVersions(b, a)) || 0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          assert.ok(compareVersions(a, c) <= 0, JSON.stringify([a, b, c]));
      }),
      { numRuns: 20_000 },
    );
  });

  // The vectors take a version apart into five parts, a form that Mayday has no use for; the order of any two of them is held.
  const parsed = vectors('version-semver').filter(({ expected }) => Array.isArray(expected));
  it('agrees with the vectors about every two of them', { skip: SKIP_VECTORS }, () => {
    assert.ok(parsed.length > 3);
    for (const a of parsed)
      for (const b of parsed) {
        const order = comparePlaces(a.expected as Parts, b.expected as Parts);
        const [older, newer] = [String(a.input.version), String(b.input.version)];
        if (order !== 0)
          assert.equal(Math.sign(compareVersions(older, newer)), Math.sign(order), `${older} ${newer}`);
      }
  });
});

type Parts = readonly [number, number, number, string, string | null];

/** Semantic versioning's order of two versions that were taken apart. */
function comparePlaces(a: Parts, b: Parts): number {
  for (const index of [0, 1, 2] as const) if (a[index] !== b[index]) return a[index] - b[index];
  const [left, right] = [a[3].split('.'), b[3].split('.')];
  for (const [index, one] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (one !== other)
      return Number.isNaN(Number(one)) || Number.isNaN(Number(other))
        ? one < other
          ? -1
          : 1
        : Number(one) - Number(other);
  }
  return left.length - right.length;
}
