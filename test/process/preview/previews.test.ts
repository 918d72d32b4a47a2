// What would happen: previews change nothing and tell everything.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Previews, type SignaturePreview } from '../../../src/process/preview/previews.ts';
import { NO_RULES } from '../../../src/process/product-settings.ts';
import type { Store } from '../../../src/store/store.ts';
import { storeReport } from '../../store/conformance/report-builder.ts';
import { dumpOf } from '../../formats/minidump/parsed.ts';
import { occurrence } from '../report-of.ts';
import { withProcessor } from '../worker/processing.ts';

const SCOPE = { account: 'default', product: 'Piano' };

function storePayload(store: Store, payload: unknown) {
  return storeReport(store, { protocol: 'crashkit', payloadKind: 'json' }, [
    { name: 'payload.json', kind: 'payload', data: Buffer.from(JSON.stringify(payload)) },
  ]);
}

async function withPreviews(
  run: (previews: Previews, store: Store, idle: () => Promise<void>) => Promise<void>,
  options: { readonly timeoutMs?: number } = {},
): Promise<void> {
  await withProcessor({}, async ({ store, idle }) => {
    const previews = new Previews({ store, ...options });
    try {
      await run(previews, store, idle);
    } finally {
      await previews.close();
    }
  });
}

describe('a preview of rules', () => {
  test('tells which crashes would move, and moves none', async () => {
    await withPreviews(async (previews, store, idle) => {
      await storePayload(store, [occurrence()]);
      await storePayload(store, [occurrence({ language: 'php' })]);
      await storePayload(store, [occurrence({ language: 'python' })]);
      await idle();
      const groupingRules = [
        { name: 'carts', when: { frame: 'Cart', kind: 'java' }, key: 'carts' },
        { name: 'more carts', when: { frame: 'Cart', kind: 'php' }, key: 'carts' },
      ];
      const preview = await previews.rules({ ...SCOPE, rules: { ...NO_RULES, groupingRules } }, 100);
      assert.deepEqual([preview.examined, preview.crashes, preview.regrouped, preview.renamed], [3, 3, 2, 0]);
      assert.deepEqual([preview.groupsNow, preview.groupsThen], [3, 2]);
      assert.deepEqual(
        preview.changes.map(({ was, becomes }) => [was.grouping.source, becomes.grouping.key]),
        [
          ['stack', 'rule:carts'],
          ['stack', 'rule:carts'],
        ],
      );
      assert.ok(preview.changes.every(({ bugId }) => bugId !== null));
      assert.deepEqual(preview.problems, []);
      assert.equal((await store.bugs.listBugs({}, { limit: 10 })).rows.length, 3);
    });
  });

  test('of signature lists renames native crashes from their stored stacks', async () => {
    await withPreviews(async (previews, store, idle) => {
      const builder = dumpOf();
      const context = builder.amd64({ rip: 0x40_1000n });
      const data = builder
        .modules({ base: 0x40_0000n, size: 0x10000, name: '/opt/shop/till' })
        .threads({ id: 1, context })
        .exception({ threadId: 1, code: 11, flags: 1, context })
        .build();
      await storeReport(store, {}, [{ name: 'upload_file_minidump', kind: 'minidump', data }]);
      await idle();
      const signatureLists = { ...NO_RULES.signatureLists, prefix: ['till'] };
      const preview = await previews.rules({ ...SCOPE, rules: { ...NO_RULES, signatureLists } }, 100);
      assert.deepEqual([preview.renamed, preview.regrouped], [1, 1]);
      assert.equal(preview.changes[0]?.was.signature, 'till@0x1000');
      assert.equal(preview.changes[0].becomes.signature, 'till');
      const unchanged = await previews.rules({ ...SCOPE, rules: NO_RULES }, 100);
      assert.deepEqual([unchanged.renamed, unchanged.regrouped], [0, 0]);
    });
  });

  test('of a rule that takes too long ends and says so', async () => {
    await withPreviews(
      async (previews, store, idle) => {
        const exceptions = [{ name: 'E', message: `${'a'.repeat(60)}!`, locations: [] }];
        await storePayload(store, [occurrence({ exceptions })]);
        await idle();
        const groupingRules = [{ name: 'slow', when: { message: '/(a+)+$/' }, key: 'x' }];
        const preview = await previews.rules({ ...SCOPE, rules: { ...NO_RULES, groupingRules } }, 100);
        assert.equal(preview.examined, 0);
        assert.match(preview.problems[0] ?? '', /could not be processed: processing it took longer than/);
      },
      { timeoutMs: 1000 },
    );
  });

  test('of a rule that cannot be used names it', async () => {
    await withPreviews(async (previews, store, idle) => {
      await storePayload(store, [occurrence()]);
      await idle();
      const groupingRules = [{ name: 'broken', when: { message: '/(/' }, key: 'x' }];
      const { problems } = await previews.rules({ ...SCOPE, rules: { ...NO_RULES, groupingRules } }, 100);
      assert.match(problems.join(), /grouping rule "broken" is left out/);
    });
  });
});

describe('a preview of a signature', () => {
  const typed: readonly [what: string, text: string, signature: string][] = [
    [
      'a trace of Java',
      'a.B: x\n\tat shop.Cart.total(Cart.java:1)\n\tat shop.Till.run(Till.java:2)',
      'a.B: shop.Cart.total',
    ],
    [
      'a trace of Python',
      'Traceback (most recent call last):\n  File "/app/till.py", line 3, in total\n    x()\nValueError: empty\n',
      'ValueError: till.total',
    ],
    ['a CrashKit occurrence', JSON.stringify(occurrence()), 'IllegalState: shop.Cart.total'],
    ['native frames, one a line', '0 memcpy\n1 till!Cart::total(int)\n2 main', 'memcpy | Cart::total'],
    ['native frames without symbols', 'till@0x1234\nmain', 'till@0x1234'],
    [
      'the JSON of a processed minidump',
      JSON.stringify({
        crash_info: { crashing_thread: 1 },
        threads: [{ frames: [] }, { frames: [{ function: 'Cart::total()' }] }],
      }),
      'Cart::total',
    ],
  ];
  for (const [what, text, signature] of typed) {
    test(`of ${what}`, async () => {
      await withPreviews(async (previews) => {
        const preview: SignaturePreview = await previews.signature(text, SCOPE);
        assert.equal(preview.problem, null);
        assert.equal(preview.crashes[0]?.signature, signature);
        assert.ok(preview.crashes[0].signatureSteps.length > 0);
        assert.ok(preview.crashes[0].grouping.because.length > 0);
      });
    });
  }

  test('of nonsense of any form never fails', async () => {
    await withPreviews(async (previews) => {
      for (const text of [
        '',
        '{',
        '[]',
        '{"threads":7}',
        '{"threads":[null,{"frames":[null,3]}]}',
        '\0',
        '[[[]]]',
      ]) {
        const preview = await previews.signature(text, SCOPE);
        assert.ok(preview.problem !== null || preview.crashes.length > 0, text);
      }
    });
  });

  test('of a stored report tells what would be made of it today', async () => {
    await withPreviews(async (previews, store, idle) => {
      const { crashId } = await storePayload(store, [occurrence()]);
      await idle();
      const preview = await previews.signatureOf(crashId, { ...NO_RULES, uninterestingPackages: ['shop'] });
      assert.equal(preview?.crashes[0]?.signature, 'IllegalState: java.util.List.get');
      assert.equal(await previews.signatureOf('00000000-0000-4000-8000-000000260314'), null);
    });
  });
});
