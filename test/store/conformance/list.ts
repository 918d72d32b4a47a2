// The report list: order, pages, filters and the words of annotations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ReportFilter, ReportRow } from '../../../src/store/reports.ts';
import type { NewReport } from '../../../src/store/intake.ts';
import type { Store } from '../../../src/store/store.ts';
import { NOON, eventually, newReport, someBytes, storeReport } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

async function allRows(store: Store, filter: ReportFilter, limit: number): Promise<readonly ReportRow[]> {
  const rows: ReportRow[] = [];
  let cursor: string | null = null;
  do {
    const page = await store.reports.listReports(filter, cursor === null ? { limit } : { limit, cursor });
    assert.ok(page.rows.length <= limit);
    rows.push(...page.rows);
    cursor = page.next;
  } while (cursor !== null);
  return rows;
}

export function listTopic(open: StoreFactory): void {
  test('the newest report comes first, whatever the order of arrival', async () => {
    const store = await open();
    const times = [5, 1, 9, 3, 7].map((minute) => NOON + minute * 60_000);
    for (const receivedAt of times) await storeReport(store, { receivedAt });
    const { rows } = await store.reports.listReports({}, { limit: 10 });
    assert.deepEqual(
      rows.map(({ receivedAt }) => receivedAt),
      [...times].sort((a, b) => b - a),
    );
  });

  test('a row tells sizes, counts and the Jami fields', async () => {
    const store = await open();
    const annotations = [
      { key: 'client_sha', value: 'c0ffee' },
      { key: 'jamicore_sha', value: 'beef' },
      { key: 'guid', value: 'g' },
    ];
    await storeReport(store, { annotations, notes: ['odd'], installation: 'g' }, [
      { name: 'a', data: someBytes(100) },
      { name: 'b', data: someBytes(100_000) },
    ]);
    const { rows } = await store.reports.listReports({}, { limit: 1 });
    assert.equal(rows[0]?.attachmentCount, 2);
    assert.equal(rows[0].size, 100_100);
    assert.equal(rows[0].noteCount, 1);
    assert.deepEqual(rows[0].jami, {
      clientSha: 'c0ffee',
      jamicoreSha: 'beef',
      buildId: null,
      guid: 'g',
      platform: null,
    });
  });

  test('pages neither repeat nor miss a report while others arrive', async () => {
    const store = await open();
    const before = new Set<string>();
    for (let index = 0; index < 45; index += 1) {
      before.add((await storeReport(store, { receivedAt: NOON + index })).crashId);
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await store.reports.listReports(
        {},
        cursor === null ? { limit: 10 } : { limit: 10, cursor },
      );
      seen.push(...page.rows.map(({ crashId }) => crashId));
      cursor = page.next;
      await storeReport(store, { receivedAt: NOON + 60_000 });
    } while (cursor !== null);
    assert.deepEqual(seen.filter((crashId) => before.has(crashId)).length, 45);
    assert.equal(new Set(seen).size, seen.length);
  });

  test('a last page that is exactly full has no next page', async () => {
    const store = await open();
    for (let index = 0; index < 4; index += 1) await storeReport(store);
    const first = await store.reports.listReports({}, { limit: 2 });
    assert.ok(first.next !== null);
    const second = await store.reports.listReports({}, { limit: 2, cursor: first.next });
    assert.equal(second.rows.length, 2);
    assert.equal(second.next, null);
  });

  test('a damaged cursor is the first page', async () => {
    const store = await open();
    await storeReport(store);
    for (const cursor of ['', 'not a cursor', '-1', '%00', 'zzzzzzzzzzzzzzzzzzzz']) {
      assert.equal((await store.reports.listReports({}, { limit: 5, cursor })).rows.length, 1, cursor);
    }
  });

  test('every combination of filters gives exactly the reports that match', async () => {
    const store = await open();
    const stored: NewReport[] = [];
    const pick = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;
    for (let index = 0; index < 150; index += 1) {
      const report = newReport({
        account: pick(['default', 'test'], Math.floor(index / 9)),
        product: pick(['Piano', 'Flute', 'Drum'], index),
        protocol: pick(['crashpad', 'socorro', 'syncthing'], Math.floor(index / 2)),
        version: pick(['1.0', '2.0', null], Math.floor(index / 3)),
        platform: pick(['linux', 'mac', null, 'windows'], Math.floor(index / 5)),
        state: pick(['queued', 'deferred'], Math.floor(index / 7)),
        installation: pick(['i1', 'i2', null], Math.floor(index / 4)),
        receivedAt: NOON + ((index * 37) % 150) * 1000 + (index % 3),
      });
      stored.push(report);
      await store.intake.draft().commit(report);
    }
    const option = <T>(...values: T[]) => fc.constantFrom(undefined, ...values);
    const filters = fc.record({
      account: option('default', 'test', 'nobody'),
      product: option('Piano', 'Drum', 'Harp'),
      protocol: option('crashpad' as const, 'socorro' as const, 'crashkit' as const),
      version: option('1.0', '2.0', '3.0'),
      platform: option('linux', 'windows', 'beos'),
      state: option('queued' as const, 'deferred' as const, 'failed' as const),
      installation: option('i1', 'i2', 'i3'),
      receivedFrom: option(NOON + 30_000, NOON + 70_001),
      receivedTo: option(NOON + 31_001, NOON + 120_000),
    });
    await fc.assert(
      fc.asyncProperty(filters, fc.integer({ min: 1, max: 60 }), async (sparse, limit) => {
        const filter = Object.fromEntries(
          Object.entries(sparse).filter(([, value]) => value !== undefined),
        ) as ReportFilter;
        const { receivedFrom = 0, receivedTo = Number.MAX_SAFE_INTEGER, ...equal } = filter;
        const expected = stored.filter(
          (report) =>
            report.receivedAt >= receivedFrom &&
            report.receivedAt < receivedTo &&
            Object.entries(equal).every(([name, value]) => report[name as keyof NewReport] === value),
        );
        const rows = await allRows(store, filter, limit);
        assert.deepEqual(
          rows.map(({ crashId }) => crashId).sort(),
          expected.map(({ crashId }) => crashId).sort(),
        );
        const seconds = rows.map(({ receivedAt }) => Math.floor(receivedAt / 1000));
        assert.deepEqual(
          seconds,
          [...seconds].sort((a, b) => b - a),
        );
      }),
      { numRuns: 150 },
    );
  });

  test('words of annotations are found within about a second, all of them, in any case', async () => {
    const store = await open();
    const annotate = (value: string) => [{ key: 'StartupNote', value }];
    const first = await storeReport(store, {
      annotations: annotate('Segfault in libpiano.so.6 while tuning'),
    });
    await storeReport(store, { annotations: annotate('segmentation in libflute.so.6') });
    const find = async (text: string, more: ReportFilter = {}) =>
      (await store.reports.listReports({ text, ...more }, { limit: 10 })).rows.map(({ crashId }) => crashId);
    await eventually(
      () => find('startupnote'),
      (found) => found.length === 2,
    );
    assert.equal((await find('startupnote')).length, 2);
    assert.deepEqual(await find('SEGFAULT tuning'), [first.crashId]);
    assert.deepEqual(await find('libpiano.so.6'), [first.crashId]);
    assert.deepEqual(await find('segfault libflute'), []);
    assert.deepEqual(await find('"OR" NOT * ( ^'), []);
    assert.deepEqual(await find('segfault', { product: 'Drum' }), []);
    assert.deepEqual(await find('segfault', { product: 'Piano' }), [first.crashId]);
    await store.reports.deleteReport(first.crashId);
    assert.deepEqual(await find('segfault'), []);
  });

  test('a search pages by key like any list', async () => {
    const store = await open();
    for (let index = 0; index < 25; index += 1) {
      await storeReport(store, { annotations: [{ key: 'note', value: `common n${index}` }] });
    }
    await eventually(
      () => allRows(store, { text: 'common' }, 10),
      (rows) => rows.length === 25,
    );
    const rows = await allRows(store, { text: 'common' }, 7);
    assert.equal(new Set(rows.map(({ crashId }) => crashId)).size, 25);
  });
}
