// Orders that products choose: each scheme by its own specification, corrections on top of any, and a total order whatever they say.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { correctionsFault, VERSION_SCHEMES, versionOrder } from '../../src/report/version-schemes.ts';
import type { VersionCorrection, VersionScheme } from '../../src/report/version-schemes.ts';

const never = (): undefined => undefined;

function sorted(
  versions: readonly string[],
  scheme: VersionScheme,
  corrections: readonly VersionCorrection[] = [],
  seen: (version: string) => number | undefined = never,
): readonly string[] {
  return versions.toSorted(versionOrder({ scheme, corrections }, seen));
}

/** Sorting a shuffled chain gives the chain, and each of its neighbours differ. */
function holds(chain: readonly string[], scheme: VersionScheme): void {
  assert.deepEqual(sorted(chain.toReversed(), scheme), chain);
  const order = versionOrder({ scheme, corrections: [] }, never);
  for (let at = 1; at < chain.length; at += 1) {
    assert.ok(order(chain[at - 1] ?? '', chain[at] ?? '') < 0, `${chain[at - 1]} before ${chain[at]}`);
  }
}

describe('schemes of versions', () => {
  it('hold the precedence of semver.org', () => {
    holds(
      [
        'nothing of the kind',
        '1.0.0-alpha',
        '1.0.0-alpha.1',
        '1.0.0-alpha.beta',
        '1.0.0-beta',
        '1.0.0-beta.2',
        '1.0.0-beta.11',
        '1.0.0-rc.1',
        '1.0.0',
        '1.0.1-5',
        'v1.0.1',
        '1.10.0',
      ],
      'semver',
    );
    const order = versionOrder({ scheme: 'semver', corrections: [] }, never);
    assert.equal(order('1.0.0+20130313144700', '1.0.0+exp.sha.5114f85'), 0, 'build metadata says nothing');
    // What tells the scheme from the automatic one: a number behind a hyphen is a pre-release here, a revision there.
    assert.ok(order('1.0.1-5', '1.0.1') < 0);
    assert.ok(versionOrder({ scheme: 'automatic', corrections: [] }, never)('1.0.1-5', '1.0.1') > 0);
  });

  it('hold the order of dpkg', () => {
    holds(
      [
        '1.0~~',
        '1.0~~a',
        '1.0~',
        '1.0~rc1-1',
        '1.0',
        '1.0-1',
        '1.0-1ubuntu1',
        '1.0-1ubuntu1.1',
        '1.0-9',
        '1.0-10',
        '1.0a',
        '1.0+dfsg',
        '1.0.1-1',
        '1:0.9',
      ],
      'debian',
    );
    const order = versionOrder({ scheme: 'debian', corrections: [] }, never);
    assert.equal(order('1.0', '1.0-0'), 0);
    assert.equal(order('1.05', '1.5'), 0);
  });

  it('hold the order of appearance, and take what was never seen for the newest', () => {
    const seen: Readonly<Record<string, number>> = { tulip: 3, rose: 1, lily: 2 };
    assert.deepEqual(
      sorted(['aster', 'lily', 'tulip', 'rose'], 'first_seen', [], (one) => seen[one]),
      ['rose', 'lily', 'tulip', 'aster'],
    );
  });

  it('let people correct them', () => {
    const versions = ['1.0', '1.1', 'hotfix-a', '2.0'];
    assert.deepEqual(
      sorted(versions, 'automatic', [
        { version: 'hotfix-a', after: '1.1' },
        { version: '2.0', after: null },
      ]),
      ['2.0', '1.0', '1.1', 'hotfix-a'],
    );
    // Behind what was moved itself, and several behind one.
    assert.deepEqual(
      sorted(['1.0', 'x', 'y', 'z', '1.1'], 'automatic', [
        { version: 'x', after: '1.0' },
        { version: 'y', after: 'x' },
        { version: 'z', after: '1.0' },
      ]),
      ['1.0', 'x', 'y', 'z', '1.1'],
    );
  });

  it('refuse corrections that contradict themselves', () => {
    assert.equal(correctionsFault([{ version: 'a', after: 'b' }]), null);
    assert.match(correctionsFault([{ version: 'a', after: 'a' }]) ?? '', /behind itself/);
    const circle = [
      { version: 'a', after: 'b' },
      { version: 'b', after: 'c' },
      { version: 'c', after: 'b' },
    ];
    assert.match(correctionsFault(circle) ?? '', /two places|behind itself/);
    assert.match(correctionsFault(circle.slice(0, 1).concat({ version: 'b', after: 'a' })) ?? '', /itself/);
    assert.match(correctionsFault([circle[0], circle[0]].flatMap((one) => one ?? [])) ?? '', /two places/);
  });

  it('are total orders, corrected or not, even by corrections that nobody could save', () => {
    const version = fc.oneof(
      fc.constantFrom('1.0', '1.0.0', '1.0-1', '1.1', 'v2', '2.0-beta', '2.0', 'x', '', '1:0', '1.0~'),
      fc.string({ unit: fc.constantFrom('1', '0', '.', '-', '~', '+', 'a', 'b'), maxLength: 8 }),
    );
    const correction = fc.record({ version, after: fc.option(version) });
    fc.assert(
      fc.property(
        fc.constantFrom(...VERSION_SCHEMES),
        fc.array(correction, { maxLength: 4 }),
        fc.dictionary(version, fc.nat(3)),
        version,
        version,
        version,
        (scheme, corrections, seen, a, b, c) => {
          const order = versionOrder({ scheme, corrections }, (one) =>
            Object.hasOwn(seen, one) ? seen[one] : undefined,
          );
          assert.equal(Math.sign(order(a, b)), -Math.sign(order(b, a)) || 0);
          assert.equal(order(a, a), 0);
          if (order(a, b) <= 0 && order(b, c) <= 0) {
            assert.ok(order(a, c) <= 0, JSON.stringify([scheme, corrections, seen, a, b, c]));
          }
        },
      ),
      { numRuns: 20_000 },
    );
  });
});
