// Obfuscated Java frames and what they stand for.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildClassIndex } from '../../../src/formats/java-mapping/build-class-index.ts';
import { openClassIndex, type ClassIndex } from '../../../src/formats/java-mapping/class-index.ts';
import { parseClassMappings } from '../../../src/formats/java-mapping/parse-class-mappings.ts';
import { inMemory } from '../../../src/formats/symbols/random-access.ts';

const MAPPING = `# compiler: R8
# {"id":"com.android.tools.r8.mapping","version":"2.2"}
com.example.shop.Cart -> a.b:
# {"id":"sourceFile","fileName":"Cart.kt"}
    int total -> a
    1:5:void pay(int,java.lang.String):20:24 -> a
    6:6:int com.example.shop.Discounts.rateFor(java.lang.String):12:12 -> a
    6:6:int price(com.example.shop.Line):31 -> a
    6:6:void pay(int,java.lang.String):25 -> a
    7:7:void lambda$pay$0():40:40 -> a
      # {"id":"com.android.tools.r8.synthesized"}
    7:7:void pay(int,java.lang.String):41:41 -> a
    void reset() -> b
    boolean isEmpty() -> c
    boolean isFull() -> c
    1:2:void load():50:51 -> d
    3:4:void load():60:61 -> d
    1:10:void keep() -> e
    1:1:void <init>():8:8 -> <init>
com.example.shop.Discounts -> a.c:
# {"id":"sourceFile","fileName":"Discounts.java"}
com.example.shop.Outline -> a.o:
    1:2:int outline():0:1 -> a
      # {"id":"com.android.tools.r8.outline"}
com.example.shop.Caller -> a.p:
    4:4:int one(int):98:98 -> s
    5:5:int two(int):99:99 -> s
    27:27:int one(int):0:0 -> s
      # {"id":"com.android.tools.r8.outlineCallsite","positions":{"1":4,"2":5}}
com.example.shop.Cart$$ExternalSyntheticLambda0 -> a.l:
# {"id":"sourceFile","fileName":"R8$$SyntheticClass"}
# {"id":"com.android.tools.r8.synthesized"}
    1:1:void com.example.shop.Cart.lambda$pay$1():55:55 -> run
    1:1:void run():0:0 -> run
    2:2:void close():0:0 -> close
com.example.Kept -> com.example.Kept:
`;

function indexOf(text: string): ClassIndex {
  const pieces: Buffer[] = [];
  const { header } = buildClassIndex(parseClassMappings(text.split('\n')), (bytes) =>
    pieces.push(Buffer.from(bytes)),
  );
  const bytes = Buffer.concat(pieces);
  Buffer.from(header).copy(bytes);
  const index = openClassIndex(inMemory(bytes));
  assert.ok(typeof index !== 'string');
  return index;
}

describe('retracing', () => {
  const index = indexOf(MAPPING);
  const retrace = (name: string, method: string, line: number | null) =>
    index
      .retrace([{ class: name, method, line }])[0]
      ?.map((frame) => `${frame.class}.${frame.method}(${frame.file ?? '?'}:${frame.line ?? '?'})`);

  it('counts lines along a range of the same length', () => {
    assert.deepEqual(retrace('a.b', 'a', 3), ['com.example.shop.Cart.pay(Cart.kt:22)']);
  });

  it('gives inlined frames, innermost first, with the files of their classes', () => {
    assert.deepEqual(retrace('a.b', 'a', 6), [
      'com.example.shop.Discounts.rateFor(Discounts.java:12)',
      'com.example.shop.Cart.price(Cart.kt:31)',
      'com.example.shop.Cart.pay(Cart.kt:25)',
    ]);
  });

  it('leaves out what R8 made itself', () => {
    assert.deepEqual(retrace('a.b', 'a', 7), ['com.example.shop.Cart.pay(Cart.kt:41)']);
  });

  it('of a class that R8 made for a lambda shows what stood in the source alone', () => {
    assert.deepEqual(retrace('a.l', 'run', 1), ['com.example.shop.Cart.lambda$pay$1(Cart.kt:55)']);
    assert.deepEqual(retrace('a.l', 'close', 2), []);
  });

  it('keeps lines where the mapping has none', () => {
    assert.deepEqual(retrace('a.b', 'b', 17), ['com.example.shop.Cart.reset(Cart.kt:17)']);
    assert.deepEqual(retrace('a.b', 'e', 4), ['com.example.shop.Cart.keep(Cart.kt:4)']);
  });

  it('names a method without a line where there is but one, and all that it may be where there are several', () => {
    assert.deepEqual(retrace('a.b', 'd', null), ['com.example.shop.Cart.load(Cart.kt:?)']);
    assert.deepEqual(retrace('a.b', 'd', 99), ['com.example.shop.Cart.load(Cart.kt:?)']);
    assert.deepEqual(retrace('a.b', 'c', null), ['com.example.shop.Cart.isEmpty or isFull(Cart.kt:?)']);
    assert.deepEqual(retrace('a.b', '<init>', null), ['com.example.shop.Cart.<init>(Cart.kt:8)']);
  });

  it('takes members that the mapping leaves out as they are, and says nothing of other classes', () => {
    assert.deepEqual(retrace('a.b', 'toString', 9), ['com.example.shop.Cart.toString(Cart.kt:9)']);
    assert.equal(retrace('java.lang.Thread', 'run', 9), undefined);
    assert.equal(index.className('a.c'), 'com.example.shop.Discounts');
    assert.equal(index.className('a.z'), null);
  });

  it('an outline stands for the place that its caller tells', () => {
    const frames = index.retrace([
      { class: 'a.o', method: 'a', line: 2 },
      { class: 'a.p', method: 's', line: 27 },
    ]);
    assert.deepEqual(
      frames.map((all) => all?.map(({ method, line }) => [method, line])),
      [[], [['two', 99]]],
    );
  });

  it('any text in place of a mapping gives classes or none, and no error', () => {
    for (const text of [
      '',
      'a -> b',
      'x -> y:\n    -> z\n',
      '    1:2:void a():3:4 -> b',
      'é -> ü:\n    void ä() -> a',
    ]) {
      assert.doesNotThrow(() => indexOf(text));
    }
    assert.equal(indexOf('é.Ü -> ü:\n').className('ü'), 'é.Ü');
  });
});
