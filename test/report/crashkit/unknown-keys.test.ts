// What the strict mode warns of: keys that the 1.0 API does not know.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { unknownKeys } from '../../../src/report/crashkit/unknown-keys.ts';

const WHAT = 'is not a key of the 1.0 API';

// Holds: ck1-version
it('keys that nobody reads are named with their place, dotted ones as well', () => {
  assert.deepEqual(
    unknownKeys([
      {},
      {
        verion: '1.0',
        'version.nummer': 3,
        version: { number: '1' },
        stacktrace: [{ kind: 'E', msg: 'm', locations: [{ method: 'f', lines: 3 }] }],
        ownership: { folders: [], paths: [{ path: '/app', kind: 'application' }] },
      },
    ]),
    [
      `[1].verion: ${WHAT}`,
      `[1].version.nummer: ${WHAT}`,
      `[1].stacktrace[0].msg: ${WHAT}`,
      `[1].stacktrace[0].locations[0].lines: ${WHAT}`,
      `[1].ownership.folders: ${WHAT}`,
      `[1].ownership.paths[0].path: ${WHAT}`,
    ],
  );
});

// Holds: ck1-configuration
it('sections of the program itself may hold any key', () => {
  assert.deepEqual(
    unknownKeys({
      ...Object.fromEntries(
        ['host', 'user', 'account', 'configuration', 'request', 'data', 'env'].map((name) => [
          name,
          { anything: 1 },
        ]),
      ),
      'user.plan': 'gold',
      environment: { variables: { PATH: '/bin' } },
      stacktrace: [{ kind: 'E', data: { sql: 'x' }, locations: [{ locals: { x: 1 }, source: ['a'] }] }],
      occurrence_id: 'a',
    }),
    [],
  );
});

it('the list is bounded, and anything at all is looked at', () => {
  const many = unknownKeys(Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`key${n}`, n])));
  assert.equal(many.length, 51);
  assert.equal(many.at(-1), 'payload: has more unknown keys than are listed here');
  for (const value of [null, 1, 'x', [], [[]], { stacktrace: 7, ownership: [] }])
    assert.deepEqual(unknownKeys(value), []);
});
