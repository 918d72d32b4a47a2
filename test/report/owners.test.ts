// Who owns a path, by lines as in a CODEOWNERS file; and which commits may have brought a crash.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ownersOf } from '../../src/report/source/path-owners.ts';
import { stackOf, suspectCommits } from '../../src/report/source/suspect-commits.ts';
import { frame } from '../reports/support/seed-bugs.ts';

describe('the owners of a path', () => {
  const cases: readonly (readonly [pattern: string, path: string, fits: boolean])[] = [
    ['*', 'a/b/c.ts', true],
    ['*.js', 'web/app.js', true],
    ['*.js', 'web/app.jsx', false],
    ['/build/logs/', 'build/logs/today/a.log', true],
    ['/build/logs/', 'web/build/logs/a.log', false],
    ['docs/*', 'docs/start.md', true],
    ['docs/*', 'docs/deep/start.md', false],
    ['docs/**', 'docs/deep/start.md', true],
    ['apps/', 'x/apps/y/z.c', true],
    ['apps', 'x/apps/y.c', true],
    ['/apps/github', 'apps/github/a.c', true],
    ['/apps/github', 'apps/githubber/a.c', false],
    ['**/logs', 'build/logs/a.c', true],
    ['a/**/z.c', 'a/z.c', true],
    ['a/**/z.c', 'a/b/c/z.c', true],
    ['a/**/z.c', 'b/a/z.c', false],
    ['src/c?rt.*', 'src/cart.py', true],
    ['my\\ docs/', 'my docs/a.md', true],
    ['/', 'a.c', true],
  ];
  for (const [pattern, path, expected] of cases) {
    test(`${pattern} ${expected ? 'fits' : 'does not fit'} ${path}`, () => {
      assert.equal(ownersOf([`${pattern} @team`])(path) !== null, expected);
    });
  }

  test('are those of the last line that fits, also where it names nobody', () => {
    const owners = ownersOf([
      '# shop',
      '[Section]',
      '* @all ann@example.org # remark',
      '/vendor/',
      '!x @y',
      'cart.py @cart',
    ]);
    assert.deepEqual(owners('src/a.py'), { owners: ['@all', 'ann@example.org'], pattern: '*' });
    assert.deepEqual(owners('vendor/a.py'), { owners: [], pattern: '/vendor/' });
    assert.deepEqual(owners('vendor/cart.py')?.owners, ['@cart']);
    assert.equal(ownersOf(['/src/ @a'])('lib/a.c'), null);
  });

  test('are found soon whatever the pattern', () => {
    const stars = `${'*a'.repeat(100)}b`;
    assert.equal(ownersOf([`${stars} @a`])(`${'a'.repeat(900)}c`), null);
    assert.equal(ownersOf([`${'**/a/'.repeat(60)}b @a`])('a/'.repeat(400).slice(0, -1)), null);
  });
});

describe('suspect commits', () => {
  const commit = (id: string, paths: readonly string[], at = 0) => ({ id, paths, at });
  const ids = (found: readonly { readonly commit: { readonly id: string } }[]) =>
    found.map((one) => one.commit.id);
  const own = (file: string, more = {}) => frame({ file, inApp: true, ...more });

  test('are those that changed a file of the stack, nearest to the crash first', () => {
    const frames = [
      own('/srv/shop/src/cart.py'),
      own('/srv/shop/src/server.py'),
      own('/lib/x/y.py', { inApp: false }),
    ];
    const found = suspectCommits(
      frames,
      [
        commit('far', ['src/server.py']),
        commit('foreign', ['lib/x/y.py']),
        commit('near', ['README', 'src/cart.py']),
        commit('both', ['src/cart.py', 'src/server.py']),
        commit('other', ['src/basket.py']),
      ],
      [{ from: '/srv/shop/', to: '' }],
    );
    assert.deepEqual(ids(found), ['both', 'near', 'far']);
    assert.deepEqual(found[1]?.matches, [{ frame: 0, function: null, path: 'src/cart.py', by: 'path' }]);
  });

  test('are found without settings by the end of a path that has a folder', () => {
    const frames = [
      own('C:\\agent\\work\\ui\\main.cs'),
      own('hg:hg.mozilla.org/mc:xpcom/base/a.cpp:0123abcd'),
    ];
    const found = suspectCommits(
      frames,
      [commit('a', ['ui/main.cs']), commit('b', ['xpcom/base/a.cpp'])],
      [],
    );
    assert.deepEqual(ids(found), ['a', 'b']);
    assert.deepEqual(
      found.map(({ matches }) => matches[0]?.by),
      ['end', 'end'],
    );
    // A file in the root fits the end of too many paths.
    assert.deepEqual(suspectCommits([own('/srv/x/main.cs')], [commit('a', ['main.cs'])], []), []);
  });

  test('are found by a name alone only where no other changed file is called so', () => {
    const frames = [own('base.cpp')];
    assert.deepEqual(ids(suspectCommits(frames, [commit('a', ['src/base.cpp'])], [])), ['a']);
    assert.deepEqual(
      suspectCommits(frames, [commit('a', ['src/base.cpp']), commit('b', ['x/base.cpp'])], []),
      [],
    );
  });

  test('of a class are found by its package', () => {
    const frames = [own('Cart.java', { class: 'com.example.shop.Cart' })];
    const found = suspectCommits(
      frames,
      [commit('a', ['app/src/main/java/com/example/shop/Cart.java']), commit('b', ['x/com/other/Cart.java'])],
      [],
    );
    assert.deepEqual(ids(found), ['a']);
  });

  test('are at most five, of equal ones the newest', () => {
    const commits = Array.from({ length: 9 }, (_, at) => commit(String(at), ['src/a.c'], at));
    assert.deepEqual(ids(suspectCommits([own('/b/src/a.c')], commits, [])), ['8', '7', '6', '5', '4']);
  });

  test('count no guesses, and come from the causes before the threads', () => {
    const guess = [own('/b/src/a.c', { trust: 'context' }), own('/b/src/g.c', { trust: 'scan' })];
    assert.deepEqual(suspectCommits(guess, [commit('g', ['src/g.c'])], []), []);
    const threads = [{ name: '', state: null, crashed: true, frames: guess, omittedFrames: 0 }];
    assert.equal(stackOf({ exceptions: [], threads }).length, 2);
    const cause = { kind: 'E', message: '', frames: [own('x.c')], omittedFrames: 0, data: [] };
    assert.deepEqual(
      stackOf({ exceptions: [cause], threads }).map(({ file }) => file),
      ['x.c'],
    );
  });
});
