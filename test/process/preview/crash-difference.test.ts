// Why two crashes are not one bug, in words and frame by frame.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProcessedCrash } from '../../../src/report/processed-report.ts';
import { stackNames } from '../../../src/process/grouping/stack-names.ts';
import { stackNumbers } from '../../../src/process/grouping/stack-numbers.ts';
import { processReport } from '../../../src/process/pipeline.ts';
import { crashDifference } from '../../../src/process/preview/crash-difference.ts';
import { crashKitReport, optionsWith, reportOf } from '../report-of.ts';

async function crashOf(kind: string, ...frames: readonly string[]): Promise<ProcessedCrash> {
  const text = [`${kind}: m`, ...frames.map((frame) => `\tat shop.${frame}(A.java:1)`), ''].join('\n');
  const { crashes } = await processReport(reportOf({}, {}, { JavaStackTrace: text }), optionsWith());
  assert.ok(crashes[0] !== undefined);
  return crashes[0];
}

async function crashWithoutFrames(message: string): Promise<ProcessedCrash> {
  const payload = [{ language: 'java', exceptions: [{ name: 'a.E', message, locations: [] }] }];
  const { crashes } = await processReport(crashKitReport(payload), optionsWith());
  assert.ok(crashes[0] !== undefined);
  return crashes[0];
}

const OPEN = { seesMessages: true };

describe('the difference of two crashes', () => {
  it('names kinds and frames that differ, and aligns the stacks', async () => {
    const one = await crashOf('a.E', 'Cart.total', 'Checkout.pay', 'Main.main');
    const other = await crashOf('a.F', 'Cart.tax', 'Checkout.pay', 'Main.main');
    assert.deepEqual(crashDifference(one, other, OPEN), {
      reasons: [
        'Their kinds differ: "a.E" and "a.F".',
        'The frames that name them differ: "shop.Cart.total", and "shop.Cart.tax".',
      ],
      parts: [
        { part: 'kind', one: ['a.E'], other: ['a.F'], isSame: false },
        { part: 'frames', one: ['shop.Cart.total'], other: ['shop.Cart.tax'], isSame: false },
      ],
      frames: [
        { one: 'shop.Cart.total', other: null },
        { one: null, other: 'shop.Cart.tax' },
        { one: 'shop.Checkout.pay', other: 'shop.Checkout.pay' },
        { one: 'shop.Main.main', other: 'shop.Main.main' },
      ],
    });
  });

  it('says that a rule or a fingerprint decides', async () => {
    const one = await crashOf('a.E', 'Cart.total');
    const ruled = { ...one, grouping: { ...one.grouping, source: 'product_rule', rule: 'carts' } as const };
    const sent = { ...one, grouping: { ...one.grouping, source: 'client_fingerprint' } as const };
    assert.deepEqual(crashDifference(ruled, one, OPEN).reasons, [
      'The product\'s rule "carts" decides about this bug.',
    ]);
    assert.deepEqual(crashDifference(one, sent, OPEN).reasons, [
      'The program sent a fingerprint for the other bug, which decides.',
    ]);
    assert.match(crashDifference(one, one, OPEN).reasons[0] ?? '', /would be the same today/);
  });

  it('quotes no message to those who may not see it', async () => {
    const silent = (words: string) => crashWithoutFrames(words);
    const [one, other] = [await silent('no route to host'), await silent('connection reset')];
    const part = (seesMessages: boolean) =>
      crashDifference(one, other, { seesMessages }).parts.find((each) => each.part === 'message');
    assert.deepEqual(part(true)?.one, ['no route to host']);
    assert.deepEqual(part(false), {
      part: 'message',
      one: ['(protected)'],
      other: ['(protected)'],
      isSame: false,
    });
  });

  it('names the callers where a frame has many', async () => {
    const one = await crashOf('a.E', 'Cart.total', 'Checkout.pay');
    const other = await crashOf('a.E', 'Cart.total', 'Basket.show');
    assert.deepEqual(crashDifference(one, other, OPEN).reasons, [
      'Their frame is reached from many places, and their callers differ: "shop.Checkout.pay" and "shop.Basket.show".',
    ]);
  });

  it('goes by numbers of names, which lines do not change', async () => {
    const numbers = stackNumbers(stackNames(await crashOf('a.E', 'Cart.total', 'Cart.total', 'Main.main')));
    assert.equal(numbers.length, 2);
    assert.ok(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 2 ** 32));
  });
});
