// Which crashes are one bug, and which are not: the key of a text.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readTrace } from '../../formats/read-trace.ts';
import { crashKey, KEY_VERSION, type CrashKey } from '../../../src/process/grouping/crash-key.ts';
import { NO_PRODUCT_FRAMES } from '../../../src/process/grouping/seen-stack.ts';
import type { GroupingException, GroupingFrame } from '../../../src/process/grouping/stacked-crash.ts';

function keyOf(text: string): CrashKey {
  const trace = readTrace(text);
  assert.ok(trace !== null, `no trace in ${JSON.stringify(text)}`);
  const { format: language, exceptions } = trace;
  const key = crashKey({ language, exceptions, isClaimedByClient: false });
  assert.ok(key !== null);
  return key;
}

const java = (...frames: readonly string[]): string =>
  ['java.lang.IllegalStateException: closed', ...frames.map((frame) => `\tat ${frame}`), ''].join('\n');
const js = (...frames: readonly string[]): string =>
  ['TypeError: a is undefined', ...frames.map((frame) => `    at ${frame}`), ''].join('\n');
const python = (...frames: readonly (readonly [file: string, name: string])[]): string =>
  [
    'Traceback (most recent call last):',
    ...frames.flatMap(([file, name]) => [`  File "${file}", line 3, in ${name}`, '    x']),
    'KeyError: 7',
    '',
  ].join('\n');
const go = (message: string, ...calls: readonly string[]): string =>
  [
    `panic: ${message}`,
    '',
    'goroutine 1 [running]:',
    ...calls.flatMap((call) => [`${call}(0x1)`, '\t/src/a.go:1 +0x1']),
    '',
  ].join('\n');
const dotnet = (...calls: readonly string[]): string =>
  ['System.InvalidOperationException: closed', ...calls.map((call) => `   at ${call}`), ''].join('\n');
const ruby = (called: string): string =>
  `/srv/a/till.rb:3:in ${called}: closed (IOError)\n\tfrom /srv/a/main.rb:1:in '<main>'\n`;
const MAIN = 'shop.Main.main(Main.java:3)';

const SAME: readonly (readonly [what: string, one: string, other: string])[] = [
  [
    'a proxy of Spring',
    java('shop.Till$$SpringCGLIB$$0.open(<generated>)', MAIN),
    java('shop.Till$$SpringCGLIB$$4.open(<generated>)', MAIN),
  ],
  [
    'a proxy of the JDK above',
    java('shop.Till.open(Till.java:1)', MAIN),
    java('jdk.proxy2.$Proxy31.open(Unknown Source)', 'shop.Till.open(Till.java:1)', MAIN),
  ],
  [
    'a lambda of another number',
    java('shop.Till.lambda$open$0(Till.java:1)', MAIN),
    java('shop.Till.lambda$open$3(Till.java:7)', MAIN),
  ],
  [
    'an anonymous class of another number',
    java('shop.Till$1.run(Till.java:1)', MAIN),
    java('shop.Till$2.run(Till.java:9)', MAIN),
  ],
  [
    'a call site of R8',
    java('shop.Till.open(Till.java:1)', 'shop.App$$ExternalSyntheticLambda3.run(Unknown Source:4)', MAIN),
    java(
      'shop.Till.open(SourceFile:1)',
      'shop.App$$ExternalSyntheticLambda9.run(D8$$SyntheticClass:0)',
      MAIN,
    ),
  ],
  [
    'a coroutine',
    java('shop.Till$open$1.invokeSuspend(Till.kt:1)', MAIN),
    java('shop.Till$open$2.invokeSuspend(Till.kt:5)', MAIN),
  ],
  [
    'a closure of Groovy',
    java('shop.Till$_open_closure1.doCall(Till.groovy:1)', MAIN),
    java('shop.Till$_open_closure3.doCall(Till.groovy:4)', MAIN),
  ],
  [
    'a function of Scala',
    java('shop.Till.$anonfun$open$1(Till.scala:1)', MAIN),
    java('shop.Till.$anonfun$open$4$adapted(Till.scala:4)', MAIN),
  ],
  [
    'a check of a library on top',
    java('shop.Till.open(Till.java:1)', MAIN),
    java(
      'java.base/java.util.Objects.requireNonNull(Objects.java:1)',
      'com.google.common.base.Preconditions.checkState(P.java:1)',
      'shop.Till.open(Till.java:1)',
      MAIN,
    ),
  ],
  [
    'recursion of two',
    java('shop.A.a(A.java:1)', 'shop.B.b(B.java:1)', MAIN),
    java('shop.A.a(A.java:1)', 'shop.B.b(B.java:1)', 'shop.A.a(A.java:1)', 'shop.B.b(B.java:1)', MAIN),
  ],
  [
    'another caller',
    java('shop.Till.open(Till.java:1)', 'shop.A.a(A.java:1)', MAIN),
    java('shop.Till.open(Till.java:1)', 'shop.B.b(B.java:1)', MAIN),
  ],
  [
    'an overflow that ended elsewhere in its cycle',
    'java.lang.StackOverflowError\n' + '\tat shop.A.a(A.java:1)\n\tat shop.B.b(B.java:2)\n'.repeat(20),
    'java.lang.StackOverflowError\n\tat java.base/java.util.HashMap.hash(HashMap.java:1)\n\tat shop.B.b(B.java:2)\n' +
      '\tat shop.A.a(A.java:1)\n\tat shop.B.b(B.java:2)\n'.repeat(20),
  ],
  [
    'a rebuilt bundle',
    js('Till.open (https://h/assets/index-Ab3dEf9H.js:1:9)'),
    js('Till.open (https://h/assets/index-Zz0yXw-1.js:1:44)'),
  ],
  [
    'a bundle with a hash of letters',
    js('Till.open (https://h/assets/till-QkRsTvWx.js:1:9)'),
    js('Till.open (https://h/assets/till-aBcDeFgH.js:1:44)'),
  ],
  [
    'a minified function under another name',
    js('e.t (https://h/app.3f9a1c2b.js:1:50000)', 'boot (https://h/boot.js:1:9)'),
    js('n.r (https://h/app.77aa01fe.js:1:50410)', 'boot (https://h/boot.js:1:9)'),
  ],
  [
    'a check of a package on top',
    js('open (/srv/a/till.js:1:2)'),
    js('invariant (/srv/a/node_modules/invariant/index.js:9:1)', 'open (/srv/a/till.js:1:2)'),
  ],
  [
    'another folder',
    python(['/srv/a/main.py', 'main'], ['/srv/a/till.py', 'open']),
    python(['/home/b/main.py', 'main'], ['/home/b/till.py', 'open']),
  ],
  [
    'a comprehension that is inlined',
    python(['/srv/a/main.py', 'main'], ['/srv/a/till.py', 'open']),
    python(['/srv/a/main.py', 'main'], ['/srv/a/till.py', 'open'], ['/srv/a/till.py', '<listcomp>']),
  ],
  [
    'a closure of another number',
    go('x', 'main.open.func1', 'main.main'),
    go('x', 'main.open.func2.1', 'main.main'),
  ],
  [
    'an index out of range by another number',
    go('runtime error: index out of range [5] with length 3', 'main.open'),
    go('runtime error: index out of range [9] with length 9', 'main.open'),
  ],
  [
    'an instance of a generic function',
    go('x', 'example.org/a.Max[int]', 'main.main'),
    go('x', 'example.org/a.Max[...]', 'main.main'),
  ],
  [
    'a lambda of .NET',
    dotnet('Shop.Till.<>c__DisplayClass3_0.<Open>b__0(Int32 x)', 'Shop.Main()'),
    dotnet('Shop.Till.<>c.<Open>b__7_1(Int32 x)', 'Shop.Main()'),
  ],
  [
    'an async method',
    dotnet('Shop.Till.<OpenAsync>d__3.MoveNext()', 'Shop.Main()'),
    dotnet('Shop.Till.<OpenAsync>d__9.MoveNext()', 'Shop.Main()'),
  ],
  ['quotes of Ruby 3.4', ruby("`open'"), ruby("'Shop::Till#open'")],
];

const DIFFERENT: readonly (readonly [what: string, one: string, other: string])[] = [
  ['another method', java('shop.Till.open(Till.java:1)', MAIN), java('shop.Till.close(Till.java:1)', MAIN)],
  [
    'another kind',
    java('shop.Till.open(Till.java:1)'),
    java('shop.Till.open(Till.java:1)').replace('IllegalState', 'IllegalArgument'),
  ],
  [
    'lambdas of two methods',
    java('shop.Till.lambda$open$0(Till.java:1)', MAIN),
    java('shop.Till.lambda$close$0(Till.java:1)', MAIN),
  ],
  [
    'the caller of a check',
    java('shop.Checks.requireOpen(Checks.java:1)', 'shop.A.a(A.java:1)'),
    java('shop.Checks.requireOpen(Checks.java:1)', 'shop.B.b(B.java:1)'),
  ],
  [
    'the caller of a library',
    java('com.google.gson.Gson.fromJson(Gson.java:1)', 'shop.A.a(A.java:1)'),
    java('com.google.gson.Gson.fromJson(Gson.java:1)', 'shop.B.b(B.java:1)'),
  ],
  [
    'the caller of an accessor',
    java('shop.Box.get(Box.java:1)', 'shop.A.a(A.java:1)'),
    java('shop.Box.get(Box.java:1)', 'shop.B.b(B.java:1)'),
  ],
  [
    'programs that live below org.apache',
    java('org.apache.till.A.a(A.java:1)', 'io.netty.X.run(X.java:1)'),
    java('org.apache.till.B.b(B.java:1)', 'io.netty.X.run(X.java:1)'),
  ],
  [
    'places in one bundle',
    js('https://h/app.3f9a1c2b.js:1:2000', 'boot (https://h/boot.js:1:9)'),
    js('https://h/app.3f9a1c2b.js:1:200000', 'boot (https://h/boot.js:1:9)'),
  ],
  [
    'views of two packages',
    python(['/srv/a/main.py', 'main'], ['/srv/a/till/views.py', 'get']),
    python(['/srv/a/main.py', 'main'], ['/srv/a/mail/views.py', 'get']),
  ],
  [
    'run-time errors of Go at one place',
    go('runtime error: index out of range [5] with length 3', 'main.open'),
    go('runtime error: integer divide by zero', 'main.open'),
  ],
  [
    'assertions in one function',
    "till: till.cc:12: void open(int): Assertion `n > 0' failed.\n",
    "till: till.cc:12: void open(int): Assertion `n < 9' failed.\n",
  ],
];

describe('the key of a crash', () => {
  for (const [what, one, other] of SAME) {
    it(`is the same with ${what}`, () => assert.deepEqual(keyOf(one).parts, keyOf(other).parts));
  }
  for (const [what, one, other] of DIFFERENT) {
    it(`tells apart ${what}`, () => assert.notDeepEqual(keyOf(one).parts, keyOf(other).parts));
  }

  it('carries its version', () => {
    assert.ok(keyOf(java(MAIN)).key.startsWith(`K${KEY_VERSION}.`));
  });

  it('holds no line, folder, hash or address', () => {
    const { parts } = keyOf(js('Till.open (https://cdn.example.org/a/b/app.3f9a1c2b.js:71:93)'));
    assert.deepEqual(parts, ['javascript', 'TypeError', 'Till.open (app.js)']);
  });

  it('is of the program itself where the client says what is its own', () => {
    const frames = [frame('Lib', 'f', { inApp: false }), frame('Mine', 'g', { inApp: true })];
    const key = crashKey({ language: 'java', exceptions: [exception(frames)], isClaimedByClient: true });
    assert.deepEqual(key?.parts, ['java', 'E', 'Mine.g']);
  });

  it('follows what the product declares before what the client says', () => {
    const frames = [frame('Lib', 'f', { inApp: true }), frame('Mine', 'g', { inApp: false })];
    const product = {
      declared: ({ owner }: { readonly owner: string }) => ({ isOwn: owner === 'Mine', rule: '+Mine' }),
      learned: () => null,
    };
    const key = crashKey(
      { language: 'java', exceptions: [exception(frames)], isClaimedByClient: true },
      { ...NO_PRODUCT_FRAMES, product },
    );
    assert.deepEqual(key?.parts, ['java', 'E', 'Mine.g']);
    assert.match(key?.steps.at(-1) ?? '', /the product's rule "\+Mine" says that it is own code/);
  });

  it('is the only member of a group', () => {
    const leaf = { ...exception([frame('Till', 'open')]), kind: 'KeyError' };
    const group = { ...exception([frame('Main', 'main')]), kind: 'ExceptionGroup', attached: [leaf] };
    const key = crashKey({ language: 'python', exceptions: [group], isClaimedByClient: false });
    assert.equal(key?.parts[1], 'KeyError');
  });

  it('is of the exception that has a stack where the innermost cause has none', () => {
    const cause = { ...exception([]), kind: 'Errno' };
    const outer = { ...exception([frame('Till', 'open')]), kind: 'Unreadable' };
    const key = crashKey({ language: 'java', exceptions: [cause, outer], isClaimedByClient: false });
    assert.deepEqual(key?.parts, ['java', 'Unreadable', 'Till.open']);
  });

  it('says why in plain words', () => {
    const { steps, because, title } = keyOf(
      java('shop.Checks.requireOpen(Checks.java:1)', 'shop.Till.open(Till.java:1)', MAIN),
    );
    assert.equal(title, 'java.lang.IllegalStateException: shop.Till.open (in Checks.requireOpen)');
    assert.deepEqual(steps, [
      '"java.lang.IllegalStateException" is the kind: it is the only exception.',
      '"shop.Checks.requireOpen" raises for its caller (it is a helper), so the next frame joins it.',
      '"shop.Till.open" names the crash: it is the first frame of the program itself: nothing says that it is foreign.',
    ]);
    assert.equal(
      because,
      'Kind of the root cause and the frames "shop.Checks.requireOpen", "shop.Till.open" are its key.',
    );
  });

  it('is bounded for any frames of any language, and the same each time', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('', 'a.b', '<T>', '$$', '(', '{closure}', 'C:\\x\\y.js'),
    );
    const anyFrame = fc.record({
      function: fc.option(text),
      class: fc.option(text),
      package: fc.option(text),
      module: fc.option(text),
      file: fc.option(text),
      line: fc.option(fc.nat()),
      column: fc.option(fc.nat()),
      inApp: fc.option(fc.boolean()),
    });
    const anyException = fc.record({
      kind: text,
      message: text,
      frames: fc.array(anyFrame, { maxLength: 30 }),
    });
    const language = fc.constantFrom(
      'java',
      'javascript',
      'python',
      'go',
      'rust',
      'c++',
      'dotnet',
      'php',
      'ruby',
      'cobol',
      '__proto__',
    );
    fc.assert(
      fc.property(
        language,
        fc.array(anyException, { maxLength: 4 }),
        fc.boolean(),
        (name, exceptions, isClaimedByClient) => {
          const crash = { language: name, exceptions, isClaimedByClient };
          const key = crashKey(crash);
          if (exceptions.length === 0) return assert.equal(key, null);
          assert.match(key?.key ?? '', /^K\d\.[0-9a-f]{40}$/);
          assert.deepEqual(crashKey(crash), key);
        },
      ),
    );
  });

  it('stays the same when lines move, whatever the frames are', () => {
    const name = fc.stringMatching(/^[A-Za-z$][A-Za-z0-9$_]{0,12}$/);
    const frames = fc.array(fc.tuple(name, name, fc.nat(5000)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(frames, fc.integer({ min: 1, max: 900 }), (calls, by) => {
        const text = (shift: number): string =>
          java(
            ...calls.map(([owner, method, line]) => `shop.${owner}.${method}(${owner}.java:${line + shift})`),
          );
        assert.equal(keyOf(text(0)).key, keyOf(text(by)).key);
      }),
    );
  });
});

function frame(owner: string, called: string, known: Partial<GroupingFrame> = {}): GroupingFrame {
  return {
    function: called,
    class: owner,
    package: null,
    module: null,
    file: null,
    line: null,
    column: null,
    inApp: null,
    ...known,
  };
}

function exception(frames: readonly GroupingFrame[]): GroupingException {
  return { kind: 'E', message: 'm', frames };
}
