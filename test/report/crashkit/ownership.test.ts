import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  decidingRule,
  type OwnedThing,
  pathBelow,
  readOwnership,
} from '../../../src/report/crashkit/ownership.ts';

function owner(ownership: unknown, thing: Partial<OwnedThing>): string | null {
  const rule = decidingRule(readOwnership(ownership) ?? [], { path: '', package: '', module: '', ...thing });
  return rule === null ? null : `${rule.name} ${rule.application ? 'application' : 'external'}`;
}

describe('ownership rules', () => {
  const ownership = {
    paths: [
      { absolute_path: '/srv/app/vendor', kind: 'external' },
      { absolute_path: '/srv/app/', kind: 'application' },
    ],
    packages: [{ package_prefix: 'com.mine', kind: 'application' }],
    modules: [
      { module_prefix: 'mine.vendored', kind: 'external' },
      { module_prefix: 'mine', kind: 'application' },
    ],
  };

  // Holds: ck1-ownership
  it('let the first matching entry win', () => {
    assert.equal(owner(ownership, { path: '/srv/app/vendor/x.py' }), 'ownership.paths[0] external');
    assert.equal(owner(ownership, { path: '/srv/app/x.py' }), 'ownership.paths[1] application');
    assert.equal(owner(ownership, { module: 'mine.vendored.a' }), 'ownership.modules[0] external');
    assert.equal(owner(ownership, { module: 'mine.a' }), 'ownership.modules[1] application');
  });

  // Holds: ck1-packages
  it('cover whole segments only', () => {
    assert.equal(owner(ownership, { path: '/srv/application/x.py' }), null);
    assert.equal(owner(ownership, { package: 'com.mineral' }), null);
    assert.equal(owner(ownership, { package: 'com.mine' }), 'ownership.packages[0] application');
    assert.equal(owner(ownership, { package: 'com.mine.ui' }), 'ownership.packages[0] application');
  });

  // Holds: ck1-paths, ck1-modules
  it('ask paths before packages, and packages before modules', () => {
    const thing = { path: '/srv/app/vendor/x', package: 'com.mine', module: 'mine' };
    assert.equal(owner(ownership, thing), 'ownership.paths[0] external');
    assert.equal(owner(ownership, { ...thing, path: '/x' }), 'ownership.packages[0] application');
  });

  // Holds: ck1-ownership
  it('leave what no rule matches to the outside world', () => {
    assert.equal(owner(ownership, { path: '/usr/lib/python/re.py', module: 're' }), null);
  });

  it('understand Windows paths of either separator and any case', () => {
    const rules = { paths: [{ absolute_path: 'C:\\Apps\\Mine', kind: 'application' }] };
    assert.equal(owner(rules, { path: 'c:/apps/mine/a.py' }), 'ownership.paths[0] application');
    assert.equal(pathBelow('C:\\Apps\\Mine', 'c:\\apps\\mine\\Sub\\a.py'), 'Sub/a.py');
  });

  it('ignore entries that make no sense', () => {
    assert.deepEqual(
      readOwnership({ paths: [4, {}, { absolute_path: 4, kind: 'application' }], packages: 'x' }),
      [],
    );
    assert.equal(readOwnership(undefined), null);
  });

  it('find what is below a folder again', () => {
    const segment = fc.stringMatching(/^[a-z]{1,6}$/);
    fc.assert(
      fc.property(
        fc.array(segment, { minLength: 1 }),
        fc.array(segment, { minLength: 1 }),
        (folder, rest) => {
          const base = `/${folder.join('/')}`;
          assert.equal(pathBelow(base, `${base}/${rest.join('/')}`), rest.join('/'));
          assert.equal(pathBelow(base, `${base}x/${rest.join('/')}`), null);
        },
      ),
    );
  });
});
