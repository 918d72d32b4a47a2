import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bugKeyOf } from '../../../src/report/crashkit/bug-key.ts';
import { sharedData, SHARED_ABSENT } from '../../shared-data.ts';

function report(
  location: Record<string, unknown>,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    language: 'ruby',
    stacktrace: [{ kind: 'IOError', message: 'm', locations: [location] }],
    ...more,
  };
}

describe('the key of a CrashKit bug', () => {
  // Holds: ck-message, ck1-message
  it('is the same for another message, role, severity, host and environment', () => {
    const place = { module: 'app/models/user', method: 'load', line: 12 };
    const other = {
      ...report(place),
      host: { id: 'h2' },
      severity: 'major',
      role: 'tester',
      'environment.variables': { A: 'b' },
    };
    assert.equal(bugKeyOf(other), bugKeyOf(report(place)));
  });

  // Holds: ck-name, ck1-kind
  it('differs with the kind, the place and the language', () => {
    const place = { module: 'app/models/user', method: 'load', line: 12 };
    const keys = [
      bugKeyOf(report(place)),
      bugKeyOf(report({ ...place, line: 13 })),
      bugKeyOf(report({ ...place, method: 'save' })),
      bugKeyOf(report({ ...place, module: 'app/models/group' })),
      bugKeyOf(report({ ...place, class: 'User' })),
      bugKeyOf(report(place, { language: 'python' })),
      bugKeyOf({ language: 'ruby', stacktrace: [{ kind: 'EOFError', locations: [place] }] }),
    ];
    assert.equal(new Set(keys).size, keys.length);
  });

  // Holds: ck1-package
  it('does not depend on where the application is installed, when ownership tells its folder', () => {
    const at = (root: string): unknown =>
      report(
        { absolute_file: `${root}/models/user.rb`, method: 'load', line: 12 },
        { ownership: { paths: [{ absolute_path: root, kind: 'application' }] } },
      );
    assert.equal(bugKeyOf(at('/srv/one')), bugKeyOf(at('/home/two/app')));
  });

  it('takes the exception names of any alphabet', () => {
    const named = (kind: string): unknown => ({
      stacktrace: [{ kind, locations: [{ method: 'ф', line: 1 }] }],
    });
    assert.match(bugKeyOf(named('Ошибка')) ?? '', /^L[0-9a-f]{40}$/);
    assert.notEqual(bugKeyOf(named('Ошибка')), bugKeyOf(named('Ошибки')));
  });

  it('is null where a payload holds no exception', () => {
    for (const payload of [null, 4, [], {}, { stacktrace: [] }, { stacktrace: 'x' }, [{ exceptions: {} }]]) {
      assert.equal(bugKeyOf(payload), null);
    }
  });

  it('is found or null for any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const key = bugKeyOf({ stacktrace: [{ kind: 'X', locations: value }] });
        assert.match(key ?? '', /^L[0-9a-f]{40}$/);
        assert.ok(bugKeyOf(value) === null || typeof bugKeyOf(value) === 'string');
      }),
    );
  });

  const folder = sharedData('crashkit', 'oracle');
  it(
    'is the key that the original server gave, product apart',
    { skip: folder === null && SHARED_ABSENT },
    () => {
      const read = (...path: string[]): unknown =>
        JSON.parse(readFileSync(sharedData('crashkit', ...path) ?? '', 'utf8'));
      const keysOf = (name: string): string[] =>
        (read('oracle', name) as { bugs: { key: string }[] }).bugs.map(({ key }) =>
          key.replace(/^P\d+-/, ''),
        );
      const django = read('expected-reports', 'django.json');
      const python = read('expected-reports', 'python.json');
      const php = read('expected-reports', 'php.json') as unknown[];
      const ours = [django, python, ...php].map((payload) => bugKeyOf(payload));
      assert.deepEqual(new Set(ours), new Set(keysOf('expected-reports.json')));
    },
  );
});
