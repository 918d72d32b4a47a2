// Where frames are found in their source: paths as builds write them, addresses as hosts write them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProcessedFrame } from '../../src/report/processed-report.ts';
import { frameLinker } from '../../src/report/source/source-address.ts';
import { repositoryPath } from '../../src/report/source/repository-path.ts';
import { NO_SOURCE, repositoryAddress } from '../../src/report/source/source-settings.ts';
import type { SourceSettings } from '../../src/report/source/source-settings.ts';
import { frame } from '../reports/support/seed-bugs.ts';

const COMMIT = '4dd0ee1a3a2b6c2a5c7ba2a6dd0cf9eb1e5b7a10';
const own = (given: Partial<ProcessedFrame>): ProcessedFrame => frame({ inApp: true, line: 42, ...given });

function linkOf(
  settings: Partial<SourceSettings>,
  given: Partial<ProcessedFrame>,
  build: { readonly version?: string | null; readonly commit?: string | null } = {},
): string | null {
  return frameLinker({ ...NO_SOURCE, ...settings }, { version: '2.1', commit: COMMIT, ...build })(own(given));
}

describe('the path of a frame in its repository', () => {
  const rules = [
    { from: '/build/src/', to: '' },
    { from: 'C:\\agent\\work\\', to: 'client/' },
    { from: 'com/example/', to: 'app/src/main/java/com/example/' },
    { from: '', to: 'web/' },
  ];
  const cases: readonly (readonly [string, Partial<ProcessedFrame>, string | null])[] = [
    ['loses what the build put before it', { file: '/build/src/core/cart.cpp' }, 'core/cart.cpp'],
    ['is found for a frame of nobody by a rule', { file: '/build/src/a.c', inApp: null }, 'a.c'],
    ['is that of Windows in either case', { file: 'c:\\Agent\\work\\ui\\Main.cs' }, 'client/ui/Main.cs'],
    [
      'is that of the package where the JVM names a file alone',
      { file: 'Cart.java', class: 'com.example.shop.Cart' },
      'app/src/main/java/com/example/shop/Cart.java',
    ],
    ['has the folder of all relative ones before it', { file: './views/cart.ts' }, 'web/views/cart.ts'],
    ['loses the scheme of a bundler', { file: 'webpack://shop/./src/cart.ts' }, 'web/src/cart.ts'],
    ['loses the scheme of a client', { file: 'app:///src/cart.js' }, 'web/src/cart.js'],
    ['is none of a foreign frame', { file: '/build/src/third_party/z.c', inApp: false }, null],
    ['is none of a frame of nobody without a rule', { file: './nptl/pthread_kill.c', inApp: null }, null],
    ['is none where no rule knows the folder', { file: '/home/ann/shop/a.c' }, null],
    ['is none of an address', { file: 'https://shop.example/static/a.min.js' }, null],
    ['does not leave the repository', { file: '/build/src/../../etc/passwd' }, null],
    ['goes up inside the repository', { file: '/build/src/obj/../core/a.c' }, 'core/a.c'],
    ['has no line break in it', { file: '/build/src/a\n.c' }, null],
    ['is none of a folder', { file: '/build/src/' }, null],
    ['is none without a file', { file: null }, null],
  ];
  for (const [title, given, path] of cases) {
    test(title, () => assert.equal(repositoryPath(own(given), rules), path));
  }

  test('is that of the frame itself where it is relative and of the program', () => {
    assert.equal(repositoryPath(own({ file: 'src/cart.rs' }), []), 'src/cart.rs');
    assert.equal(repositoryPath(own({ file: 'src/cart.rs', inApp: null }), []), null);
    // Where packages lie nobody said.
    assert.equal(repositoryPath(own({ file: 'Cart.java', class: 'com.example.Cart' }), []), null);
  });
});

describe('the address of a line', () => {
  const file = 'src/a b/cart#1.cpp';
  const hosts: readonly (readonly [Partial<SourceSettings>, string])[] = [
    [
      { repository: 'https://github.com/example/shop' },
      `https://github.com/example/shop/blob/${COMMIT}/src/a%20b/cart%231.cpp#L42`,
    ],
    [
      { repository: 'https://gitlab.com/group/sub/shop' },
      `https://gitlab.com/group/sub/shop/-/blob/${COMMIT}/src/a%20b/cart%231.cpp#L42`,
    ],
    [
      { repository: 'https://code.example:8443/shop', kind: 'gitlab' },
      `https://code.example:8443/shop/-/blob/${COMMIT}/src/a%20b/cart%231.cpp#L42`,
    ],
    [
      { repository: 'https://bitbucket.org/example/shop' },
      `https://bitbucket.org/example/shop/src/${COMMIT}/src/a%20b/cart%231.cpp#lines-42`,
    ],
    [
      { repository: 'https://git.example/projects/SHOP/repos/shop', kind: 'bitbucket_server' },
      `https://git.example/projects/SHOP/repos/shop/browse/src/a%20b/cart%231.cpp?at=${COMMIT}#42`,
    ],
    [
      { repository: 'https://codeberg.org/example/shop' },
      `https://codeberg.org/example/shop/src/commit/${COMMIT}/src/a%20b/cart%231.cpp#L42`,
    ],
    [
      { repository: 'https://hg.mozilla.org/mozilla-central' },
      `https://hg.mozilla.org/mozilla-central/file/${COMMIT}/src/a%20b/cart%231.cpp#l42`,
    ],
    [
      { kind: 'template', template: 'https://code.example/?f={path}&h={commit}&v={version}#{line}' },
      `https://code.example/?f=src/a%20b/cart%231.cpp&h=${COMMIT}&v=2.1#42`,
    ],
  ];
  for (const [settings, address] of hosts) {
    test(`is that of ${settings.kind ?? settings.repository ?? ''}`, () => {
      assert.equal(linkOf(settings, { file }), address);
      assert.ok(URL.canParse(address));
    });
  }

  test('is none where nothing names the commit, unless there is a tag', () => {
    const repository = 'https://github.com/example/shop';
    assert.equal(linkOf({ repository }, { file: 'a.c' }, { commit: null }), null);
    assert.equal(
      linkOf({ repository, tag: 'release/v{version}' }, { file: 'a.c' }, { commit: null }),
      `${repository}/blob/release/v2.1/a.c#L42`,
    );
    assert.equal(
      linkOf({ repository, tag: 'v{version}' }, { file: 'a.c' }, { commit: null, version: null }),
      null,
    );
    // A version from a client goes into an address: what no tag can be called makes none.
    assert.equal(
      linkOf({ repository, tag: 'v{version}' }, { file: 'a.c' }, { commit: null, version: '1/../../evil' }),
      null,
    );
  });

  test('is that of the version where it is a commit', () => {
    const repository = 'https://github.com/example/shop';
    assert.equal(
      linkOf({ repository }, { file: 'a.c' }, { commit: null, version: COMMIT }),
      `${repository}/blob/${COMMIT}/a.c#L42`,
    );
  });

  test('has no anchor without a line', () => {
    assert.equal(
      linkOf({ repository: 'https://github.com/example/shop' }, { file: 'a.c', line: null }),
      `https://github.com/example/shop/blob/${COMMIT}/a.c`,
    );
  });

  test('of a template that lacks what it needs is none', () => {
    const settings = { kind: 'template', template: 'https://code.example/{commit}/{path}' } as const;
    assert.equal(linkOf(settings, { file: 'a.c' }, { commit: null }), null);
  });
});

describe('a file name that says where it is', () => {
  const cases: readonly (readonly [string, string | null])[] = [
    [
      'hg:hg.mozilla.org/mozilla-central:xpcom/base/nsDebug.cpp:4dd0ee1a3a2b',
      'https://hg.mozilla.org/mozilla-central/file/4dd0ee1a3a2b/xpcom/base/nsDebug.cpp#l42',
    ],
    [
      'hg:hg.mozilla.org/releases/mozilla-esr140:a.cpp:4dd0ee1a3a2b',
      'https://hg.mozilla.org/releases/mozilla-esr140/file/4dd0ee1a3a2b/a.cpp#l42',
    ],
    [
      'git:github.com/rust-lang/rust:library/std/src/panicking.rs:90b35a6239c3d8bdabc530a6a0816f7ff89a0aaf',
      'https://github.com/rust-lang/rust/blob/90b35a6239c3d8bdabc530a6a0816f7ff89a0aaf/library/std/src/panicking.rs#L42',
    ],
    [
      's3:gecko-generated-sources:e6b6a09a/ipc/ipdl/PBackground.cpp:',
      'https://gecko-generated-sources.s3.amazonaws.com/e6b6a09a/ipc/ipdl/PBackground.cpp',
    ],
    ['s3:somebodys-bucket:e6b6a09a/a.cpp:', null],
    ['git:evil.example/owner/repo:a.c:0123abcd', null],
    ['hg:github.com/owner/repo:a.c:0123abcd', null],
    ['git:github.com/owner/repo:../../a.c:0123abcd', null],
    ['git:github.com/owner/../../x:a.c:0123abcd', null],
    ['git:github.com/owner/repo:a.c:', null],
    ['git:user@github.com/owner/repo:a.c:0123abcd', null],
    ['cvs:cvs.mozilla.org/cvsroot:mozilla/a.c:1.2', null],
  ];
  for (const [file, address] of cases) {
    test(`${file} leads ${address === null ? 'nowhere' : `to ${address}`}`, () => {
      // Of a library that is not the program's own it is its own repository: the name says so itself.
      assert.equal(
        frameLinker(NO_SOURCE, { version: null, commit: null })(own({ file, inApp: false })),
        address,
      );
    });
  }

  test('leads to the host of the product, too', () => {
    const settings = { repository: 'https://git.example/team/shop', kind: 'gitlab' } as const;
    assert.equal(
      linkOf(settings, { file: 'git:git.example/team/engine:src/a.c:0123abcd' }),
      'https://git.example/team/engine/-/blob/0123abcd/src/a.c#L42',
    );
  });
});

test('a repository is kept without what does not belong to its address', () => {
  const cases: readonly (readonly [string, string | null])[] = [
    ['https://github.com/example/shop.git', 'https://github.com/example/shop'],
    ['HTTPS://github.com/example/shop/', 'https://github.com/example/shop'],
    ['http://git.example:3000/a/b', 'http://git.example:3000/a/b'],
    ['https://user:secret@github.com/example/shop', null],
    ['https://github.com/example/shop?tab=readme', null],
    ['javascript:alert(1)', null],
    ['git@github.com:example/shop.git', null],
    ['ssh://git@github.com/example/shop', null],
  ];
  for (const [given, kept] of cases) assert.equal(repositoryAddress(given), kept, given);
});
