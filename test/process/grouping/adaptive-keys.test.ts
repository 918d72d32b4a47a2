// What the engine gives beside a key: the key with the caller, and where a crash begins; and what was learned of a product.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Grouping } from '../../../src/report/processed-report.ts';
import { processReport } from '../../../src/process/pipeline.ts';
import { optionsWith, reportOf } from '../report-of.ts';
import type { ProductRules } from '../../../src/store/bugs.ts';

async function groupingOf(frames: readonly string[], rules: Partial<ProductRules> = {}): Promise<Grouping> {
  const text = ['a.E: x', ...frames.map((frame) => `\tat ${frame}(A.java:1)`), ''].join('\n');
  const { crashes } = await processReport(reportOf({}, {}, { JavaStackTrace: text }), optionsWith(rules));
  assert.ok(crashes[0] !== undefined);
  return crashes[0].grouping;
}

describe('the caller of a key', () => {
  it('is the next frame of the program itself, and only it tells two such keys apart', async () => {
    const one = await groupingOf([
      'shop.Cart.total',
      'java.util.List.forEach',
      'shop.Checkout.pay',
      'shop.Main.main',
    ]);
    const other = await groupingOf(['shop.Cart.total', 'shop.Basket.show', 'shop.Main.main']);
    const same = await groupingOf(['shop.Cart.total', 'shop.Checkout.pay', 'shop.Other.run']);
    assert.equal(one.key, other.key);
    assert.equal(one.caller?.frame, 'shop.Checkout.pay');
    assert.notEqual(one.caller.key, other.caller?.key);
    assert.equal(one.caller.key, same.caller?.key);
    assert.deepEqual(one.parts, { kind: 'a.E', frames: ['shop.Cart.total'], message: null });
  });

  it("is none where the stack ends, or no frame is the program's own", async () => {
    assert.equal((await groupingOf(['shop.Cart.total'])).caller, undefined);
    assert.equal((await groupingOf(['java.util.List.get', 'java.util.List.of'])).caller, undefined);
  });
});

describe('where a crash begins', () => {
  const LIBRARY = ['org.apache.shop.Index.merge', 'org.apache.shop.Pool.run', 'java.lang.Thread.run'];

  it('is the library of its outermost frame, or the program itself', async () => {
    assert.equal((await groupingOf(LIBRARY)).home, 'java:org.apache.shop');
    assert.equal((await groupingOf(['org.apache.shop.Index.merge', 'com.till.Main.main'])).home, '');
    assert.equal((await groupingOf(['java.util.List.get'])).home, undefined);
  });

  it('makes own code of what the product was seen to live in, with the key of before as an alias', async () => {
    const mixed = ['com.google.common.base.Joiner.join', ...LIBRARY];
    const before = await groupingOf(mixed);
    const learned = await groupingOf(mixed, { learnedPackages: ['java:org.apache.shop'] });
    assert.deepEqual(before.parts?.frames, ['com.google.common.base.Joiner.join']);
    assert.deepEqual(learned.parts?.frames, ['org.apache.shop.Index.merge']);
    assert.ok(learned.aliases?.includes(before.key), 'what is filed keeps its bug');
    assert.equal(learned.home, 'java:org.apache.shop');
    const declared = await groupingOf(mixed, {
      learnedPackages: ['java:org.apache.shop'],
      frameRules: ['-package:org.apache.shop'],
    });
    assert.equal(declared.key, before.key, 'what people declare comes first');
  });
});
