// Dumps and protected annotations that go before their report does, as its product decides; the rest of the report stays as it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_DATA_RULES, type DataRules } from '../../../src/report/privacy/data-rules.ts';
import type { ProcessedReport } from '../../../src/report/processed-report.ts';
import type { NewReport } from '../../../src/store/intake.ts';
import type { Store } from '../../../src/store/store.ts';
import { complete, crash, processAgain, processedReport } from './processed-builder.ts';
import { someBytes, storeReport, type TestAttachment } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

const DAY_MS = 86_400_000;
const DUMP = 'upload_file_minidump';
const LACKING = [{ debugFile: 'libm.so', debugId: 'A'.repeat(33), codeFile: null, codeId: null }];

/** What the processor says of a dump that it could read. */
export const READ_DUMP = { status: 'OK', threads: [], mayday: { crashpad: null } };

async function decide(store: Store, rules: Partial<DataRules>): Promise<void> {
  await store.intake.createProduct('default', 'Piano');
  await store.people.updateProduct('default', 'Piano', { dataRules: { ...DEFAULT_DATA_RULES, ...rules } });
}

/** A report with a dump and other parts, of all sizes. */
async function keep(
  store: Store,
  {
    days = 0,
    key = 'a',
    processed = {},
    report = {},
    dump = Buffer.from('MDMP small'),
    beside = [],
    isProcessed = true,
  }: {
    readonly days?: number;
    readonly key?: string;
    readonly processed?: Partial<ProcessedReport>;
    readonly report?: Partial<NewReport>;
    readonly dump?: Buffer;
    readonly beside?: readonly TestAttachment[];
    readonly isProcessed?: boolean;
  } = {},
): Promise<string> {
  const receivedAt = Date.now() - days * DAY_MS;
  const { crashId } = await storeReport(store, { receivedAt, ...report }, [
    { name: DUMP, kind: 'minidump', filename: 'x.dmp', data: dump },
    ...beside,
  ]);
  if (isProcessed)
    await complete(
      store,
      crashId,
      processedReport([crash(key)], { minidumps: { [DUMP]: READ_DUMP }, ...processed }),
    );
  return crashId;
}

async function partsOf(store: Store, crashId: string): Promise<readonly string[]> {
  return (await store.reports.getReport(crashId))?.attachments.map(({ name }) => name) ?? [];
}

async function bytesOf(store: Store, crashId: string, name: string): Promise<Buffer | null> {
  const opened = await store.reports.openAttachment(crashId, name);
  if (opened === null) return null;
  const chunks: Uint8Array[] = [];
  for await (const chunk of opened.stream as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function keptPartsTopic(open: StoreFactory): void {
  const sizes = { small: 100, packed: 150_000, filed: 1_500_000 } as const;
  for (const [place, size] of Object.entries(sizes)) {
    test(`a ${place} dump goes once it has been walked, and everything beside it can still be read`, async () => {
      const store = await open();
      await decide(store, { dumps: 'stacks' });
      const beside = [
        { name: 'small', data: Buffer.from('small one') },
        { name: 'empty', data: Buffer.alloc(0) },
        { name: 'packed', data: someBytes(140_000, 2) },
        { name: 'filed', data: someBytes(1_400_000, 3) },
      ];
      const alone = await keep(store, { dump: someBytes(size, 4) });
      for (const others of [beside.slice(0, 2), beside.slice(0, 3), beside, beside.slice(2, 3)]) {
        const crashId = await keep(store, {
          dump: someBytes(size, 5),
          beside: others,
          report: { annotations: [{ key: 'note', value: 'stays' }] },
        });
        await store.maintenance.prune();
        const report = await store.reports.getReport(crashId);
        assert.deepEqual(
          report?.attachments.map(({ name }) => name),
          others.map(({ name }) => name),
        );
        for (const { name, data } of others)
          assert.deepEqual(await bytesOf(store, crashId, name), data, name);
        assert.equal(await bytesOf(store, crashId, DUMP), null);
        assert.deepEqual([report?.gone?.dumps?.why, report?.gone?.dumps?.names], ['walked', [DUMP]]);
        assert.deepEqual(report?.annotations, [{ key: 'note', value: 'stays' }]);
        assert.notEqual(await store.queue.getProcessed(crashId), null);
      }
      assert.deepEqual(await partsOf(store, alone), []);
      await store.reports.deleteReport(alone);
    });
  }

  test('a dump that lacked symbols waits for them, or for its days', async () => {
    const store = await open();
    await decide(store, { dumps: 'stacks', dumpDays: 30 });
    const processed = { missingSymbols: LACKING };
    const [young, old] = [
      await keep(store, { days: 29, processed }),
      await keep(store, { days: 31, processed }),
    ];
    await store.maintenance.prune();
    assert.deepEqual(await partsOf(store, young), [DUMP]);
    assert.deepEqual(await partsOf(store, old), []);
    assert.equal((await store.reports.getReport(old))?.gone?.dumps?.why, 'days');
    await processAgain(store, young, [crash('a')], { minidumps: { [DUMP]: READ_DUMP } });
    await store.maintenance.prune();
    assert.deepEqual(await partsOf(store, young), []);
    await decide(store, { dumps: 'stacks', dumpDays: null });
    const waiting = await keep(store, { days: 4000, processed });
    await store.maintenance.prune();
    assert.deepEqual(await partsOf(store, waiting), [DUMP]);
  });

  test('a dump that waits to be processed, could not be read or is pinned stays', async () => {
    const store = await open();
    await decide(store, { dumps: 'stacks', dumpDays: 3000 });
    const ids = [
      await keep(store, { isProcessed: false }),
      await keep(store, {
        processed: { minidumps: { [DUMP]: { ...READ_DUMP, status: 'ERROR_TRUNCATED' } } },
      }),
      await keep(store, { processed: { minidumps: {}, status: 'unprocessable', problem: 'x' } }),
    ];
    const pinned = await keep(store, { days: 4000 });
    await store.reports.pinReport(pinned, true);
    const again = await keep(store);
    await store.queue.requeue([again]);
    await store.maintenance.prune();
    for (const id of [...ids, pinned, again]) assert.deepEqual(await partsOf(store, id), [DUMP]);
    await store.reports.pinReport(pinned, false);
    await store.maintenance.prune();
    assert.deepEqual(await partsOf(store, pinned), []);
  });

  test('of each bug the newest dumps stay', async () => {
    const store = await open();
    await decide(store, { dumps: 'newest', dumpsOfBug: 2 });
    const kept = async (ids: readonly string[]) =>
      Promise.all(ids.map(async (id) => (await partsOf(store, id)).length));
    const often = [];
    for (let days = 5; days > 0; days -= 1) often.push(await keep(store, { days, key: 'often' }));
    const seldom = await keep(store, { days: 400, key: 'seldom' });
    await store.maintenance.prune();
    assert.deepEqual(await kept([...often, seldom]), [0, 0, 0, 1, 1, 1]);
    const [first = ''] = often;
    assert.equal((await store.reports.getReport(first))?.gone?.dumps?.why, 'newest');
    often.push(await keep(store, { key: 'often' }));
    await store.maintenance.prune();
    assert.deepEqual(await kept(often), [0, 0, 0, 0, 1, 1]);
  });

  test('dumps of products that decided nothing stay, and rules hold for what was there before them', async () => {
    const store = await open();
    const before = await keep(store);
    const other = await keep(store, { report: { product: 'Organ' } });
    await store.maintenance.prune();
    assert.deepEqual(await partsOf(store, before), [DUMP]);
    await decide(store, { dumps: 'stacks' });
    await store.maintenance.prune();
    assert.deepEqual(await partsOf(store, before), []);
    assert.deepEqual(await partsOf(store, other), [DUMP]);
  });

  test('a dump that came apart from its report goes like others', async () => {
    const store = await open();
    await decide(store, { dumps: 'stacks' });
    const identity = 'apart';
    const { crashId } = await storeReport(store, { receivedAt: Date.now(), identity });
    const draft = store.intake.draft();
    const sink = draft.attachment({ name: DUMP, kind: 'minidump', filename: null, contentType: null });
    await sink.write(Buffer.from('MDMP apart'));
    await sink.end();
    await draft.join({ account: 'default', product: 'Piano', identity });
    await complete(store, crashId, processedReport([crash('a')], { minidumps: { [DUMP]: READ_DUMP } }));
    assert.deepEqual(await partsOf(store, crashId), [DUMP]);
    await store.maintenance.prune();
    assert.deepEqual(await partsOf(store, crashId), []);
    assert.deepEqual((await store.reports.getReport(crashId))?.gone?.dumps?.names, [DUMP]);
  });

  test('annotations that are not public go after their days, and what was filed of the report stays', async () => {
    const store = await open({ publicAnnotations: ['Version'] });
    await decide(store, { protectedDays: 14 });
    await store.people.updateProduct('default', 'Piano', { publicAnnotations: ['Theme'] });
    const annotations = [
      { key: 'Version', value: '1' },
      { key: 'comments', value: 'call zebra17' },
      { key: 'Theme', value: 'dark' },
    ];
    const beside = [
      { name: 'payload.json', kind: 'payload' as const, data: Buffer.from('{"comments":"zebra17"}') },
      { name: 'log', data: Buffer.from('log') },
    ];
    const [old, young] = [
      await keep(store, { days: 15, report: { annotations }, beside }),
      await keep(store, { days: 13, report: { annotations }, beside }),
    ];
    await store.maintenance.prune();
    const report = await store.reports.getReport(old);
    assert.deepEqual(
      report?.annotations.map(({ key }) => key),
      ['Version', 'Theme'],
    );
    assert.deepEqual(await partsOf(store, old), [DUMP, 'log']);
    assert.equal(report?.gone?.annotations?.count, 1);
    assert.equal(report?.state, 'queued', 'what was understood of it is stripped by the processor');
    assert.equal((await store.reports.getReport(young))?.annotations.length, 3);
    const found = await store.reports.listReports({ text: 'zebra17' }, { limit: 5 });
    assert.deepEqual(
      found.rows.map(({ crashId }) => crashId),
      [young],
    );
    // Once is enough: it is not queued again and again.
    await complete(store, old, processedReport([crash('a')], { minidumps: { [DUMP]: READ_DUMP } }));
    await store.maintenance.prune();
    assert.equal((await store.reports.getReport(old))?.state, 'processed');
  });

  test('what was understood of a report goes with its annotations, also where it failed since', async () => {
    const store = await open({ publicAnnotations: ['Version'] });
    await decide(store, { protectedDays: 14 });
    const annotations = [{ key: 'comments', value: 'call zebra17' }];
    const ids = [
      await keep(store, { days: 15, report: { annotations } }),
      await keep(store, { days: 15, report: { annotations }, isProcessed: false }),
    ];
    await store.queue.requeue(ids);
    const leased = await store.queue.lease({ worker: 'test', limit: 10, leaseMs: 60_000 });
    for (const { crashId, leaseId } of leased)
      assert.ok(await store.queue.fail(crashId, leaseId, { reason: 'broken', retryAt: null }));
    await store.maintenance.prune();
    const reports = await Promise.all(ids.map((id) => store.reports.getReport(id)));
    assert.deepEqual(
      reports.map((report) => [report?.state, report?.annotations.length]),
      [
        ['queued', 0],
        ['failed', 0],
      ],
    );
  });

  test('two handles on the same data take the same parts once', async () => {
    const store = await open();
    const beside = await open.beside(store);
    await decide(store, { dumps: 'stacks' });
    const ids = [];
    for (let n = 0; n < 25; n += 1) ids.push(await keep(store, { key: `k${n}`, dump: someBytes(90_000, n) }));
    await Promise.all([store.maintenance.prune(), beside.maintenance.prune()]);
    for (const id of ids) {
      const report = await store.reports.getReport(id);
      assert.deepEqual([report?.attachments.length, report?.gone?.dumps?.names], [0, [DUMP]]);
    }
    const status = await store.reports.status();
    assert.equal(status.reports, 25);
  });
}
