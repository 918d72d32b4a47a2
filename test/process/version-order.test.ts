import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compareVersions, parseVersion } from '../../src/process/version-order.ts';
import { SKIP_VECTORS, vectors } from './signature/vectors.ts';

describe('versions', () => {
  it('sort by number, channel and candidate', () => {
    const sorted = [
      '1.9.0',
      '1.10.0-alpha.1',
      '1.10.0-alpha.2',
      '1.10.0',
      '62.0a1',
      '62.0b1',
      '62.0b9',
      '62.0b10',
      '62.0rc1',
      '62.0',
      '62.0esr',
      '62.0.1',
    ];
    assert.deepEqual(sorted.toReversed().toSorted(compareVersions), sorted);
  });

  it('that are not understood sort first, numbers as numbers', () => {
    assert.deepEqual(['1.0.0', 'build 10', 'build 9', 'x'].toSorted(compareVersions), [
      'build 9',
      'build 10',
      'x',
      '1.0.0',
    ]);
  });

  it('of any kind have one order', () => {
    const version = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.stringMatching(/^\d{1,3}(\.\d{1,3}){0,3}(a\d|b\d{0,2}|esr|rc\d|-[a-z.0-9]{1,5})?$/),
    );
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        assert.equal(Math.sign(compareVersions(a, b)), -Math.sign(compareVersions(b, a)) || 0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          assert.ok(compareVersions(a, c) <= 0, JSON.stringify([a, b, c]));
      }),
    );
  });

  const cases = vectors('version-semver');
  it('have their vectors', { skip: SKIP_VECTORS }, () => assert.ok(cases.length > 0));
  for (const { id, input, expected } of cases) {
    it(`hold for ${id}`, () => {
      if (input.op === 'order') {
        assert.deepEqual((input.versions as string[]).toSorted(compareVersions), expected);
        return;
      }
      const parsed = parseVersion(input.version);
      const parts =
        parsed === null ? null : [parsed.major, parsed.minor, parsed.patch, parsed.prerelease, parsed.build];
      assert.deepEqual(parts, expected);
    });
  }
});
