// Which bug a crash belongs to, and why.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Grouping } from '../../../src/report/processed-report.ts';
import type { GroupingRule } from '../../../src/store/bugs.ts';
import { compileGroupingRules } from '../../../src/process/grouping/grouping-rules.ts';
import { processReport } from '../../../src/process/pipeline.ts';
import { crashKitReport, occurrence, optionsWith, reportOf } from '../report-of.ts';

async function groupingOf(
  fields: Readonly<Record<string, unknown>>,
  rules: readonly GroupingRule[] = [],
  annotations: Readonly<Record<string, string>> = {},
): Promise<Grouping> {
  const input = crashKitReport([occurrence(fields)]);
  const report = {
    ...input.report,
    annotations: Object.entries(annotations).map(([key, value]) => ({ key, value })),
  };
  const { crashes } = await processReport({ ...input, report }, optionsWith({ groupingRules: rules }));
  assert.ok(crashes[0] !== undefined);
  return crashes[0].grouping;
}

describe('grouping', () => {
  it('goes by the stack where nobody says otherwise', async () => {
    const grouping = await groupingOf({});
    assert.equal(grouping.source, 'stack');
    assert.match(grouping.key, /^K2\.[0-9a-f]{40}$/);
    assert.match(grouping.because, /Kind of the root cause and the frame "shop\.Cart\.total"/);
  });

  it('leaves message, role and environment out of the key, and severity in the case', async () => {
    const plain = await groupingOf({});
    const other = await groupingOf({ role: 'tester', env: { a: 'b' }, severity: 'major' });
    assert.equal(other.key, plain.key);
    assert.notEqual(other.caseKey, plain.caseKey);
  });

  it('honours the fingerprint that the program sent', async () => {
    const grouping = await groupingOf({ fingerprint: ['checkout', 'timeout'] });
    assert.equal(grouping.source, 'client_fingerprint');
    assert.equal(grouping.key, 'fingerprint:checkout | timeout');
    assert.match(grouping.because, /"checkout \| timeout"/);
  });

  it('puts the own key in the place of {{ default }}', async () => {
    const { key } = await groupingOf({});
    const split = await groupingOf({ fingerprint: ['{{ default }}', 'eu'] });
    assert.equal(split.key, `fingerprint:${key} | eu`);
  });

  it('takes a fingerprint from an annotation, as text or as JSON', async () => {
    for (const fingerprint of ['checkout', '["checkout"]']) {
      const report = reportOf({}, {}, { JavaStackTrace: 'a.B: x\n\tat a.C.d(C.java:1)', fingerprint });
      const { crashes } = await processReport(report, optionsWith());
      assert.equal(crashes[0]?.grouping.key, 'fingerprint:checkout');
    }
  });

  it('asks the rules of the product before the fingerprint, in their order', async () => {
    const rules: GroupingRule[] = [
      { name: 'never', when: { message: 'nothing like it' }, key: 'a' },
      { name: 'carts', when: { message: 'CART', kind: 'java' }, key: 'cart trouble' },
      { name: 'late', when: {}, key: 'b' },
    ];
    const grouping = await groupingOf({ fingerprint: ['x'] }, rules);
    assert.equal(grouping.source, 'product_rule');
    assert.equal(grouping.rule, 'carts');
    assert.equal(grouping.key, 'rule:cart trouble');
    assert.equal(grouping.because, 'The product\'s rule "carts" gives it the key "cart trouble".');
  });

  const conditions: readonly [string, GroupingRule['when'], boolean][] = [
    ['a part of the signature', { signature: 'cart.TOTAL' }, true],
    ['an expression on the signature', { signature: '/^IllegalState: shop\\./' }, true],
    ['an expression with a flag', { message: '/NO CART/i' }, true],
    ['an expression that does not match', { message: '/NO CART/' }, false],
    ['another kind', { kind: 'python' }, false],
    ['a frame deep in the stack', { frame: 'java.util.List.get' }, true],
    ['a frame that is not there', { frame: 'java.io' }, false],
    ['an annotation', { annotation: { channel: 'beta' } }, true],
    ['an annotation that is not there', { annotation: { flavour: '' } }, false],
    ['two conditions of which one fails', { message: 'cart', annotation: { channel: 'release' } }, false],
  ];
  for (const [what, when, applies] of conditions) {
    it(`${applies ? 'applies' : 'does not apply'} a rule on ${what}`, async () => {
      const grouping = await groupingOf({}, [{ name: 'r', when, key: 'k' }], { channel: 'beta' });
      assert.equal(grouping.source, applies ? 'product_rule' : 'stack');
    });
  }

  it('fills names into the key of a rule', async () => {
    const key = '{kind}/{annotation.channel}/{annotation.none}/{message}/{signature}';
    const grouping = await groupingOf({}, [{ name: 'r', when: {}, key }], { channel: 'beta' });
    assert.equal(grouping.key, 'rule:java/beta//no cart/IllegalState: shop.Cart.total');
  });

  it('leaves out a rule that is no expression, and says so', async () => {
    const { rules, problems } = compileGroupingRules([
      { name: 'broken', when: { message: '/(/' }, key: 'a' },
      { name: 'flags', when: { message: '/a/g' }, key: 'a' },
      { name: 'good', when: {}, key: 'b' },
    ]);
    assert.deepEqual(
      rules.map(({ name }) => name),
      ['good'],
    );
    assert.match(problems[0] ?? '', /^grouping rule "broken" is left out: /);
    assert.match(problems[1] ?? '', /^grouping rule "flags" is left out: the flags "g"/);
    const { notes } = await processReport(
      crashKitReport([occurrence()]),
      optionsWith({ groupingRules: [{ name: 'broken', when: { message: '/(/' }, key: 'a' }] }),
    );
    assert.match(notes.join('\n'), /grouping rule "broken" is left out/);
  });
});
