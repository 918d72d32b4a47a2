import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { definitiveLocation } from '../../../src/report/crashkit/definitive-location.ts';
import { packageFilter } from '../../../src/report/crashkit/packages.ts';
import { readStack } from '../../../src/report/crashkit/read-stack.ts';
import type { DefinitiveLocation } from '../../../src/report/crashkit/occurrence.ts';

interface Frame {
  readonly package?: string;
  readonly file?: string;
  readonly claimed?: boolean;
  readonly method?: string;
}

function find(
  language: string,
  stacks: readonly (readonly Frame[])[],
  list?: string,
): DefinitiveLocation | null {
  const exceptions = stacks.map((locations, index) => ({ name: `E${index}`, locations }));
  const stack = readStack({ language, exceptions });
  return definitiveLocation(
    language,
    stack.exceptions,
    list === undefined ? {} : { interesting: packageFilter(list) },
  );
}

describe('the definitive location', () => {
  // Holds: ck-exceptions, ck-claimed
  it('is the first claimed one, root cause first, with the name of its exception', () => {
    const found = find('java', [
      [{ package: 'org.lib' }],
      [{ package: 'org.lib' }, { package: 'com.mine', claimed: true }],
      [{ package: 'com.other', claimed: true }],
    ]);
    assert.equal(found?.package, 'com.mine');
    assert.equal(found.name, 'E1');
    assert.equal(found.exceptionIndex, 1);
    assert.equal(found.locationIndex, 1);
  });

  it('is else the first outside the uninteresting packages', () => {
    assert.equal(find('java', [[{ package: 'java.lang' }, { package: 'org.lib' }]])?.package, 'org.lib');
  });

  it('covers whole segments of an uninteresting package', () => {
    assert.equal(find('java', [[{ package: 'javassist' }, { package: 'org.lib' }]])?.package, 'javassist');
  });

  it('lets an entry with ! make a package interesting again', () => {
    const stack = [[{ package: 'java.lang' }, { package: 'java.demo.app' }, { package: 'org.lib' }]];
    assert.equal(find('java', stack, '!java.demo, java')?.package, 'java.demo.app');
    assert.equal(
      find('java', stack, 'java, !java.demo')?.package,
      'org.lib',
      'the first entry that covers it wins',
    );
  });

  it('is else the very first location', () => {
    assert.equal(find('java', [[{ package: 'java.util' }, { package: 'java.lang' }]])?.package, 'java.util');
  });

  it('is else the name alone', () => {
    const found = find('php', [[]]);
    assert.deepEqual(
      [found?.name, found?.package, found?.className, found?.method, found?.line, found?.locationIndex],
      ['E0', '', null, '', 0, null],
    );
  });

  it('is null without any exception', () => {
    assert.equal(find('php', []), null);
  });

  const clients: readonly [string, Frame, Frame][] = [
    ['java', { package: 'com.yoursway.crashkit.internal', claimed: true }, { package: 'java.lang' }],
    ['java', { package: 'com.yoursway.crashkit' }, { package: 'com.yoursway.crashkit.demo' }],
    ['javascript', { package: '/static/crashkit-javascript.js' }, { package: '/a.html' }],
    ['php', { file: 'lib/crashkit.inc.php' }, { file: 'index.php' }],
    ['python', { package: 'crashkit', file: 'crashkit.py' }, { package: 'polls.views' }],
    ['java', { package: 'mayday' }, { package: 'shop' }],
    ['javascript', { package: '/static/mayday.js' }, { package: '/a.html' }],
    ['php', { file: 'lib/mayday.php' }, { file: 'index.php' }],
    ['python', { package: 'mayday', file: 'mayday.py' }, { package: 'polls.views' }],
    ['ruby', { file: '/app/lib/mayday.rb' }, { file: '/app/till.rb' }],
    [
      'go',
      { package: 'example.org/shop/mayday', file: '/src/mayday/mayday.go' },
      { package: 'main', file: '/src/main.go' },
    ],
    ['csharp', { package: 'Client', file: '/src/Mayday.cs' }, { package: 'Till', file: '/src/Shop.cs' }],
  ];
  for (const [language, client, other] of clients) {
    it(`is never a frame of the ${language} client library (${client.package ?? client.file}) while there is another`, () => {
      assert.equal(find(language, [[client, other]])?.package, other.package ?? other.file);
      assert.equal(find(language, [[client]])?.package, client.package ?? client.file);
    });
  }
});
