// What people declare about own and foreign frames comes before everything else.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readFrameRules } from '../../../src/process/grouping/own-frame-rules.ts';
import type { GroupingFrame } from '../../../src/process/grouping/stacked-crash.ts';
import { processReport } from '../../../src/process/pipeline.ts';
import { crashKitReport, occurrence, optionsWith, reportOf } from '../report-of.ts';

function decided(line: string, known: Partial<GroupingFrame>, shown = 'org.shop.Cart.total'): boolean | null {
  const { rules } = readFrameRules([line]);
  const frame = {
    function: null,
    class: null,
    package: null,
    module: null,
    file: null,
    line: null,
    column: null,
    inApp: null,
  };
  return rules.find(({ matches }) => matches(shown, { ...frame, ...known }))?.isOwn ?? null;
}

const TRACE =
  'a.E: x\n\tat org.apache.till.A.a(A.java:1)\n\tat com.shop.B.b(B.java:2)\n\tat com.shop.Main.main(Main.java:3)\n';

describe('a declared frame rule', () => {
  const cases: readonly (readonly [string, Partial<GroupingFrame>, boolean | null])[] = [
    ['+package:org.shop', { package: 'org.shop' }, true],
    ['-package:org.shop', { package: 'org.shop.cart' }, false],
    ['-package: org.sho', { package: 'org.shop' }, null],
    ['+module:libshop.so', { module: '/usr/lib/libshop.so' }, true],
    ['+module:libshop', { module: 'libshop.so' }, null],
    ['-path:/srv/shop/vendor', { file: '/srv/shop/vendor/a/b.php' }, false],
    ['-path:/srv/shop/vendor', { file: '/srv/shop/vendors/a.php' }, null],
    ['-path:vendor', { file: 'C:\\srv\\vendor\\a.php' }, false],
    ['-path:/vendor', { file: '/srv/vendor/a.php' }, null],
  ];
  for (const [line, frame, expected] of cases) {
    it(`${line} ${expected === null ? 'leaves' : 'decides about'} ${JSON.stringify(frame)}`, () => {
      assert.equal(decided(line, frame, ''), expected);
    });
  }

  it('overrides the lists and what the program says, the first that matches before the others', async () => {
    const titleOf = async (frameRules: readonly string[]): Promise<string | undefined> =>
      (await processReport(reportOf({}, {}, { JavaStackTrace: TRACE }), optionsWith({ frameRules })))
        .crashes[0]?.signature;
    assert.equal(await titleOf([]), 'a.E: com.shop.B.b');
    assert.equal(await titleOf(['+package:org.apache.till']), 'a.E: org.apache.till.A.a');
    assert.equal(await titleOf(['-package:com.shop.B', '+package:com.shop']), 'a.E: com.shop.Main.main');
    const claimed = await processReport(
      crashKitReport([
        occurrence({
          exceptions: [
            {
              name: 'E',
              message: '',
              locations: [
                { package: 'shop.made', class: 'Made', method: 'a', line: 1, claimed: true },
                { package: 'shop', class: 'Cart', method: 'b', line: 2, claimed: true },
              ],
            },
          ],
        }),
      ]),
      optionsWith({ frameRules: ['-package:shop.made'] }),
    );
    assert.equal(claimed.crashes[0]?.signature, 'E: shop.Cart.b');
  });

  it('takes effect at once: a crash that it files otherwise leaves its older keys', async () => {
    const aliases = async (frameRules: readonly string[]): Promise<number> =>
      (await processReport(reportOf({}, {}, { JavaStackTrace: TRACE }), optionsWith({ frameRules })))
        .crashes[0]?.grouping.aliases?.length ?? 0;
    assert.equal(await aliases([]), 1);
    assert.equal(await aliases(['+package:com.shop']), 1, 'nothing is filed otherwise');
    assert.equal(await aliases(['+package:org.apache.till']), 0);
  });

  it('that is none is named, and the others are used', async () => {
    const { rules, problems } = readFrameRules(['# ours', 'package:shop', '+package:shop', '']);
    assert.deepEqual(
      [rules.map(({ text }) => text), problems],
      [['+package:shop'], ['frame rule 2 is not understood: package:shop']],
    );
  });

  it('never fails, whatever is written and whatever the frame is', () => {
    const text = fc.string({ unit: 'binary', maxLength: 80 });
    fc.assert(
      fc.property(fc.constantFrom('+package:', '-path:', '+module:', ''), text, text, (kind, value, file) => {
        for (const { matches } of readFrameRules([kind + value]).rules) {
          assert.equal(
            typeof matches(file, {
              function: null,
              class: null,
              package: file,
              module: file,
              file,
              line: null,
              column: null,
              inApp: null,
            }),
            'boolean',
          );
        }
      }),
    );
  });
});
