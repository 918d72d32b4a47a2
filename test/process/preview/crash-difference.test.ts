// Why two crashes are not one bug, in words and frame by frame.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProcessedCrash } from '../../../src/report/processed-report.ts';
import { stackNames, stackNumbers } from '../../../src/process/grouping/stack-names.ts';
import { processReport } from '../../../src/process/pipeline.ts';
import { crashDifference } from '../../../src/process/preview/crash-difference.ts';
import { optionsWith, reportOf } from '../report-of.ts';

async function crashOf(kind: string, ...frames: readonly string[]): Promise<ProcessedCrash> {
  const text = [`${kind}: m`, ...frames.map((frame) => `\tat shop.${frame}(A.java:1)`), ''].join('\n');
  const { crashes } = await processReport(reportOf({}, {}, { JavaStackTrace: text }), optionsWith());
  assert.ok(crashes[0] !== undefined);
  return crashes[0];
}

describe('the difference of two crashes', () => {
  it('names kinds and frames that differ, and aligns the stacks', async () => {
    const one = await crashOf('a.E', 'Cart.total', 'Checkout.pay', 'Main.main');
    const other = await crashOf('a.F', 'Cart.tax', 'Checkout.pay', 'Main.main');
    assert.deepEqual(crashDifference(one, other), {
      reasons: [
        'Their kinds differ: "a.E" and "a.F".',
        'The frames that name them differ: "shop.Cart.total", and "shop.Cart.tax".',
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
    const ruled = { ...one, grouping: { ...one.grouping, source: 'product_rule' } as const };
    const sent = { ...one, grouping: { ...one.grouping, source: 'client_fingerprint' } as const };
    assert.deepEqual(crashDifference(ruled, one).reasons, ['A rule of the product decides about this bug.']);
    assert.deepEqual(crashDifference(one, sent).reasons, [
      'The program sent a fingerprint for the other bug, which decides.',
    ]);
    assert.match(crashDifference(one, one).reasons[0] ?? '', /would be the same today/);
  });

  it('goes by numbers of names, which lines do not change', async () => {
    const numbers = stackNumbers(stackNames(await crashOf('a.E', 'Cart.total', 'Cart.total', 'Main.main')));
    assert.equal(numbers.length, 2);
    assert.ok(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 2 ** 32));
  });
});
