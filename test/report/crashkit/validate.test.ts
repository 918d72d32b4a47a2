import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MAX_PROBLEMS } from '../../../src/report/crashkit/problems.ts';
import { validateReport } from '../../../src/report/crashkit/validate.ts';

function sound(): Record<string, unknown> {
  return {
    'host.id': 'f2a1',
    host: { hostname: 'web-3' },
    user: { id: 'anonymous-7', tags: ['paid'], shoeSize: 44 },
    version: { number: '1.0rc2', revision: 'abc' },
    configuration: { port: 8080, 'db.pool': 4 },
    'environment.variables': { PATH_INFO: '/vote' },
    request: { G_q: 'x' },
    language: 'python',
    stacktrace: [
      {
        kind: 'ZeroDivisionError',
        message: 'division by zero',
        data: {},
        locations: [
          {
            absolute_file: '/srv/app/views.py',
            module: 'app.views',
            class: null,
            method: 'vote',
            line: 21,
            locals: { total: 0 },
            source: ['def vote():', '  return 1 / total', ''],
          },
        ],
      },
    ],
    ownership: { paths: [{ absolute_path: '/srv/app', kind: 'application' }] },
  };
}

describe('the strict check of a CrashKit 1.0 payload', () => {
  it('finds nothing wrong with a sound report, alone or in an array', () => {
    assert.deepEqual(validateReport(sound()), []);
    assert.deepEqual(validateReport([sound(), sound()]), []);
  });

  it('accepts the empty arrays that PHP sends for empty objects', () => {
    assert.deepEqual(validateReport({ ...sound(), data: [], env: [], configuration: [] }), []);
  });

  // Holds: ck1-source
  it('names every fault with its path', () => {
    const problems = validateReport({
      user: { id: 7, tags: ['a', 1] },
      version: '1.0',
      environment: { variables: { PORT: 80 } },
      severity: 'bad',
      count: 0,
      date: '2026-02-30',
      stacktrace: [
        { kind: '', message: 4, locations: [{ line: '12', source: ['a', 'b'], locals: 'x', class: 1 }, 5] },
        { locations: {} },
      ],
      ownership: {
        paths: [{ absolute_path: '/a', kind: 'mine' }],
        packages: [{ kind: 'application' }],
        modules: 1,
      },
    });
    assert.deepEqual(problems, [
      'user.id: must be a string',
      'version: must be an object (the number goes into version.number)',
      'user.tags[1]: must be a string',
      'environment.variables.PORT: must be a string',
      'severity: must be "normal" or "major"',
      'count: must be a whole number of at least 1',
      'date: must be a date in the form YYYY-MM-DD',
      'stacktrace[0].kind: must not be empty',
      'stacktrace[0].message: must be a string',
      'stacktrace[0].locations[0].class: must be a string',
      'stacktrace[0].locations[0].line: must be a whole number of at least 0',
      'stacktrace[0].locations[0].locals: must be an object',
      'stacktrace[0].locations[0].source: must have an odd length, with the line of the exception in the middle',
      'stacktrace[0].locations[1]: must be an object',
      'stacktrace[1].kind: is missing',
      'stacktrace[1].locations: must be an array of locations',
      'ownership.paths[0].kind: must be "application" or "external"',
      'ownership.packages[0].package_prefix: is missing',
      'ownership.modules: must be an array of rules',
    ]);
  });

  it('says which report of an array is meant', () => {
    const problems = validateReport([sound(), { ...sound(), stacktrace: [] }, 4]);
    assert.deepEqual(problems, [
      '[1].stacktrace: must hold at least one exception',
      '[2]: must be an object',
    ]);
  });

  it('reports a missing stack trace', () => {
    assert.deepEqual(validateReport({}), ['stacktrace: is missing']);
  });

  it('refuses payloads that are no report at all', () => {
    for (const payload of [null, 'text', 4, true, undefined]) {
      assert.deepEqual(validateReport(payload), ['payload: must be an object or an array of objects']);
    }
    assert.deepEqual(validateReport([]), ['payload: must hold at least one report']);
  });

  it('reports a value that is given both dotted and nested', () => {
    assert.deepEqual(validateReport({ ...sound(), host: { id: 'other' } }), [
      'host.id: is given twice, as a dotted key and as a nested one',
    ]);
  });

  it('stops listing after a bounded number of faults', () => {
    const locations = Array.from({ length: 100_000 }, () => ({ line: -1 }));
    const problems = validateReport({ stacktrace: [{ kind: 'X', locations }] });
    assert.equal(problems.length, MAX_PROBLEMS + 1);
    assert.equal(problems.at(-1), 'payload: has more faults than are listed here');
  });

  it('keeps control characters of a key out of its answer', () => {
    assert.deepEqual(validateReport({ ...sound(), 'environment.variables': { 'A\r\nB': 1 } }), [
      'environment.variables.A  B: must be a string',
    ]);
  });

  it('answers a bounded list for any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(sound())), (value, key) => {
        assert.ok(validateReport(value).length <= MAX_PROBLEMS + 1);
        assert.ok(validateReport({ ...sound(), [key]: value }).length <= MAX_PROBLEMS + 1);
      }),
    );
  });
});
