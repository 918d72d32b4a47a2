// Reports that lost their dumps or annotations, and reports under data rules, through the whole processor.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { demoMinidump } from '../../../src/client/demo/demo-minidump.ts';
import type { ProcessedCrash } from '../../../src/report/processed-report.ts';
import { DEFAULT_DATA_RULES, type DataRules } from '../../../src/report/privacy/data-rules.ts';
import type { Store } from '../../../src/store/store.ts';
import { sharedData } from '../../shared-data.ts';
import { storeReport } from '../../store/conformance/report-builder.ts';
import { withProcessor } from './processing.ts';

const DUMP = 'upload_file_minidump';
const DAY_MS = 86_400_000;
const folder = sharedData('minidumps', 'dumps');

/** Dumps as other programs write them, where they are there, and one of our own. */
function dumps(): readonly Uint8Array[] {
  const real =
    folder === null ? [] : readdirSync(folder).map((name) => readFileSync(path.join(folder, name)));
  const unpacked = real.map((bytes) => (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes));
  return [demoMinidump(Date.UTC(2026, 2, 14)), ...unpacked];
}

async function decide(store: Store, rules: Partial<DataRules>): Promise<void> {
  await store.people.updateProduct('default', 'Piano', { dataRules: { ...DEFAULT_DATA_RULES, ...rules } });
}

function framesOf(crash: ProcessedCrash | undefined): unknown {
  return [crash?.exceptions.map(({ frames }) => frames), crash?.threads.map(({ frames }) => frames)];
}

test('a report without its dump is processed again to the same stack, title and bug', async () => {
  await withProcessor({}, async ({ store, idle }) => {
    const ids: string[] = [];
    for (const data of dumps()) {
      const stored = await storeReport(store, { annotations: [{ key: 'ptype', value: 'browser' }] }, [
        { name: DUMP, kind: 'minidump', data },
      ]);
      ids.push(stored.crashId);
    }
    await idle();
    const before = await Promise.all(ids.map((id) => store.queue.getProcessed(id)));
    await decide(store, { dumps: 'stacks', dumpDays: 1 });
    await store.maintenance.prune();
    await store.queue.requeue(ids);
    await idle();
    let stacks = 0;
    for (const [index, id] of ids.entries()) {
      const report = await store.reports.getReport(id);
      assert.deepEqual(report?.attachments, []);
      assert.deepEqual(report?.gone?.dumps?.names, [DUMP]);
      const [was, is] = [before[index], await store.queue.getProcessed(id)];
      assert.deepEqual(is?.bugIds, was?.bugIds, id);
      if (was?.processed.status !== 'processed') continue;
      stacks += 1;
      const [then, now] = [was.processed.crashes[0], is?.processed.crashes[0]];
      assert.deepEqual(
        [now?.signature, now?.grouping, now?.reason],
        [then?.signature, then?.grouping, then?.reason],
      );
      assert.deepEqual(framesOf(now), framesOf(then));
      assert.deepEqual(is?.processed.minidumps, was.processed.minidumps);
    }
    assert.ok(stacks > 0);
  });
});

test('a report whose annotations are gone stays understood, without what came from them', async () => {
  await withProcessor({ publicAnnotations: ['Version'] }, async ({ store, idle }) => {
    const trace =
      'java.lang.IllegalStateException: no cart\n\tat shop.Cart.pay(Cart.java:12)\n\tat shop.Main.main(Main.java:3)';
    const { crashId } = await storeReport(store, {
      protocol: 'socorro',
      receivedAt: Date.now() - 9 * DAY_MS,
      annotations: [
        { key: 'ProductName', value: 'Piano' },
        { key: 'Version', value: '1.0' },
        { key: 'JavaStackTrace', value: trace },
        { key: 'Comments', value: 'call Zqcomments' },
      ],
    });
    await idle();
    const was = await store.queue.getProcessed(crashId);
    assert.match(JSON.stringify(was), /Zqcomments/);
    assert.ok((was?.processed.crashes[0]?.exceptions[0]?.frames.length ?? 0) > 0);
    await decide(store, { protectedDays: 7 });
    // Once for the rule, once more as a person may ask for it.
    for (let round = 0; round < 2; round += 1) {
      await store.maintenance.prune();
      await idle();
      const is = await store.queue.getProcessed(crashId);
      assert.deepEqual(framesOf(is?.processed.crashes[0]), framesOf(was?.processed.crashes[0]));
      assert.equal(is?.processed.crashes[0]?.signature, was?.processed.crashes[0]?.signature);
      assert.deepEqual(is?.bugIds, was?.bugIds);
      assert.doesNotMatch(JSON.stringify(is), /Zqcomments/);
      await store.queue.requeue([crashId]);
    }
    await idle();
    const values = await store.bugs.valuesOf(was?.bugIds[0] ?? 0, 20);
    assert.doesNotMatch(JSON.stringify(values), /Zqcomments/);
    assert.match(JSON.stringify(values), /Version/);
  });
});

test('what was stored under other rules shows no more than the rules of now, once it is processed again', async () => {
  await withProcessor({}, async ({ store, idle }) => {
    const event = {
      platform: 'python',
      tags: { customer: 'Zqcustomer', plan: 'pro' },
      exception: { values: [{ type: 'ValueError', value: 'no cart of zqmail@example.org' }] },
    };
    const { crashId } = await storeReport(
      store,
      { protocol: 'sentry', annotations: [{ key: 'tags.customer', value: 'Zqcustomer' }] },
      [{ name: 'payload.json', kind: 'payload', data: Buffer.from(JSON.stringify(event)) }],
    );
    const text = await storeReport(store, { product: 'Piano' }, [
      {
        name: 'log.txt',
        data: Buffer.from(
          'Traceback (most recent call last):\n  File "/home/zqada/a.py", line 1, in pay\n    pay()\nValueError: zqmail@example.org\n',
        ),
      },
    ]);
    await idle();
    const shown = async (id: string) => JSON.stringify(await store.queue.getProcessed(id));
    assert.match(await shown(crashId), /Zqcustomer.*zqmail|zqmail.*Zqcustomer/s);
    assert.match(await shown(text.crashId), /zqada/);
    await decide(store, { neverStored: ['customer'], scrub: ['email', 'home'] });
    // Rules of a product are kept in memory for two seconds.
    await store.intake.product('default', 'Piano');
    await store.queue.requeue([crashId, text.crashId]);
    await idle();
    assert.doesNotMatch(await shown(crashId), /Zqcustomer|zqmail/);
    assert.match(await shown(crashId), /no cart of \[Filtered\]/);
    assert.doesNotMatch(await shown(text.crashId), /zqada|zqmail/);
    assert.match(await shown(text.crashId), /"pay"/);
  });
});
