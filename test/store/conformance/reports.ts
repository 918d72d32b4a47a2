// Whole reports: read back, removed, queued again, counted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movedIdentity } from '../../../src/store/intake.ts';
import { REPORT_SCHEMA } from '../../../src/report/report.ts';
import type { ReportFilter } from '../../../src/store/reports.ts';
import { NOON, eventually, newReport, someBytes, storeReport } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

export function reportTopic(open: StoreFactory): void {
  test('crash ids are found by their beginning', async () => {
    const store = await open();
    const ids = ['aaaaaa00', 'aaaaaaff', 'aaaaab00', '0aaaaaa0'].map(
      (first) => `${first}-1111-4111-8111-111111260314`,
    );
    for (const crashId of ids) await store.intake.draft().commit(newReport({ crashId }));
    assert.deepEqual(await store.reports.crashIdsFrom('aaaaaa', 5), ids.slice(0, 2));
    assert.deepEqual(await store.reports.crashIdsFrom('aaaaaa', 1), ids.slice(0, 1));
    assert.deepEqual(await store.reports.crashIdsFrom('aaaaaaff-1', 5), ids.slice(1, 2));
    assert.deepEqual(await store.reports.crashIdsFrom(ids[2] ?? '', 5), ids.slice(2, 3));
    assert.deepEqual(await store.reports.crashIdsFrom('b', 5), []);
  });

  test('a report comes back with every field as it was given', async () => {
    const store = await open();
    const report = newReport({
      identity: 'identity',
      protocol: 'socorro',
      version: '\u0000odd "version" \u{1F600}',
      platform: null,
      annotations: [
        { key: 'ProductName', value: 'Piano' },
        { key: 'empty', value: '' },
        { key: 'hostile', value: `<script>'"\0\u{1F4A3}\n` },
      ],
      notes: ['the boundary was quoted', 'a note with "quotes"'],
      payloadKind: 'json',
      encoding: 'gzip',
      userAgent: null,
      clientHash: 'f00',
      throttle: { rule: 'nightly', action: 'defer' },
      installation: 'guid-1',
      token: 'T',
      state: 'deferred',
    });
    await store.intake.draft().commit(report);
    const { identity: _identity, ...fields } = report;
    const found = await store.reports.getReport(report.crashId);
    assert.deepEqual(found, {
      ...fields,
      installationNumber: found?.installationNumber,
      pinned: false,
      schema: REPORT_SCHEMA,
      attachments: [],
    });
  });

  test('an installation has one number in its product, by which it is found, and another in every other product', async () => {
    const store = await open();
    const numberOf = async (product: string, installation: string | null): Promise<number | null> => {
      const { crashId } = await storeReport(store, { product, installation });
      return (await store.reports.getReport(crashId))?.installationNumber ?? null;
    };
    const number = await numberOf('one', 'guid-1');
    assert.ok(number !== null && Number.isSafeInteger(number) && number >= 0);
    assert.equal(await numberOf('one', 'guid-1'), number);
    assert.notEqual(await numberOf('one', 'guid-2'), number);
    assert.notEqual(await numberOf('other', 'guid-1'), number);
    assert.equal(await numberOf('one', null), null);
    const count = async (filter: ReportFilter): Promise<number> =>
      (await store.reports.listReports(filter, { limit: 10 })).rows.length;
    assert.equal(await count({ installationNumber: number }), 2);
    assert.equal(await count({ installationNumber: number, product: 'other' }), 0);
    assert.equal(await count({ installation: 'guid-1' }), 3);
    assert.equal(await count({ installation: 'guid-1', product: 'one' }), 2);
    assert.equal(await count({ installation: 'guid-3' }), 0);
  });

  test('words are looked for in public annotations alone where the filter says so', async () => {
    const store = await open();
    const product = 'searched';
    await store.people.createProductByHand('default', product);
    await store.people.updateProduct('default', product, { publicAnnotations: ['own'] });
    const annotations = [
      { key: 'general', value: 'apple' },
      { key: 'own', value: 'pear' },
      { key: 'secret', value: 'kumquat' },
    ];
    for (let at = 0; at < 3; at += 1) await storeReport(store, { product, annotations });
    const find = (text: string) => store.reports.listReports({ text, textIn: ['general'] }, { limit: 2 });
    await eventually(
      () => store.reports.listReports({ text: 'kumquat' }, { limit: 5 }),
      ({ rows }) => rows.length === 3,
    );
    assert.equal((await find('apple pear')).rows.length, 2);
    assert.deepEqual(await find('kumquat'), { rows: [], next: null });
    assert.deepEqual(await find('nowhere'), { rows: [], next: null });
    assert.deepEqual(await find('secret'), { rows: [], next: null });
    const [first, second] = [await find('pear'), await find('own')];
    assert.deepEqual(first, second);
    const { rows } = await store.reports.listReports(
      { text: 'pear', textIn: ['general'] },
      { limit: 2, cursor: first.next ?? '' },
    );
    assert.equal(rows.length, 1);
  });

  test('the identity of a report moves to another store, where the same report is known by it', async () => {
    const store = await open();
    await storeReport(store, { identity: 'default/Piano:one' });
    const [first] = (await store.reports.listReports({}, { limit: 1 })).rows;
    const key = await store.reports.identityOf(first?.crashId ?? '');
    assert.match(key ?? '', /^[0-9a-f]{32}$/);
    assert.deepEqual(await storeReport(store, { identity: movedIdentity(key ?? '') }), {
      kind: 'duplicate',
      crashId: first?.crashId,
    });
    assert.equal((await storeReport(store, { identity: movedIdentity('0'.repeat(32)) })).kind, 'stored');
    await storeReport(store, { identity: null, receivedAt: NOON + 60_000 });
    const [last] = (await store.reports.listReports({}, { limit: 1 })).rows;
    assert.equal(await store.reports.identityOf(last?.crashId ?? ''), null);
    assert.equal(await store.reports.identityOf('unknown'), null);
  });

  test('a report is pinned and let go', async () => {
    const store = await open();
    const { crashId } = await storeReport(store);
    for (const pinned of [true, false]) {
      assert.equal(await store.reports.pinReport(crashId, pinned), true);
      assert.equal((await store.reports.getReport(crashId))?.pinned, pinned);
    }
    assert.equal(await store.reports.pinReport(newReport().crashId, true), false);
  });

  test('an unknown report, and an unknown attachment, is null', async () => {
    const store = await open();
    const { crashId } = await storeReport(store, {}, [{ name: 'dump', data: someBytes(10) }]);
    assert.equal(await store.reports.getReport(newReport().crashId), null);
    assert.equal(await store.reports.openAttachment(newReport().crashId, 'dump'), null);
    assert.equal(await store.reports.openAttachment(crashId, 'other'), null);
  });

  test('a deleted report is gone with its attachments, its identity and its counts', async () => {
    const store = await open();
    const { crashId } = await storeReport(store, { identity: 'gone' }, [
      { name: 'dump', data: someBytes(90_000) },
    ]);
    assert.equal(await store.reports.deleteReport(crashId), true);
    assert.equal(await store.reports.deleteReport(crashId), false);
    assert.equal(await store.reports.getReport(crashId), null);
    assert.equal(await store.reports.openAttachment(crashId, 'dump'), null);
    assert.equal(await store.intake.findByIdentity('gone'), null);
    assert.equal((await store.reports.status()).reports, 0);
    const again = await storeReport(store, { identity: 'gone' });
    assert.equal(again.kind, 'stored');
  });

  test('a report that is queued again changes its state everywhere', async () => {
    const store = await open();
    const { crashId } = await storeReport(store, { state: 'deferred' });
    assert.equal(await store.reports.requeueReport(crashId), true);
    assert.equal((await store.reports.getReport(crashId))?.state, 'queued');
    assert.deepEqual((await store.reports.status()).reportsByState, {
      queued: 1,
      deferred: 0,
      processed: 0,
      failed: 0,
    });
    assert.equal((await store.reports.listReports({ state: 'queued' }, { limit: 5 })).rows.length, 1);
    assert.equal((await store.reports.listReports({ state: 'deferred' }, { limit: 5 })).rows.length, 0);
    assert.equal(await store.reports.requeueReport(newReport().crashId), false);
  });

  test('the status counts reports by state, and knows the oldest and the newest', async () => {
    const store = await open();
    const empty = await store.reports.status();
    assert.deepEqual([empty.reports, empty.oldestReportAt, empty.newestReportAt], [0, null, null]);
    await storeReport(store, { receivedAt: NOON + 5000 });
    await storeReport(store, { receivedAt: NOON, state: 'deferred' });
    await storeReport(store, { receivedAt: Date.now() });
    const status = await store.reports.status();
    assert.equal(status.reports, 3);
    assert.equal(status.reportsByState.deferred, 1);
    assert.equal(status.oldestReportAt, NOON);
    assert.equal(status.reportsLastHour, 1);
    assert.equal(status.reportsLastDay, 1);
    assert.ok(status.usedBytes > 0 && status.databaseBytes > 0);
    assert.equal(status.diskFreeBytes !== null, store.capabilities.tellsDiskFree);
    assert.ok((status.diskFreeBytes ?? 1) > 0);
    assert.ok(status.schemaVersion >= 1);
  });

  test('facets give the most frequent values first, at most as many as asked for', async () => {
    const store = await open();
    for (const version of ['1', '2', '2', '3', '2', '3'])
      await storeReport(store, { version, product: `P${version}` });
    await storeReport(store, { version: null, platform: null, product: 'P2' });
    const facets = await store.reports.facets(2);
    assert.deepEqual(facets.versions, ['2', '3']);
    assert.deepEqual(facets.platforms, ['linux']);
    assert.deepEqual(facets.products, [
      { account: 'default', product: 'P2' },
      { account: 'default', product: 'P3' },
    ]);
  });

  test('payloads come back by crash id, by product and by token, newest first', async () => {
    const store = await open();
    const payload = (text: string) => [
      { name: 'payload', kind: 'payload' as const, data: Buffer.from(text) },
    ];
    assert.equal(await store.intake.lastPayload('test', 'Piano'), null);
    const first = await storeReport(store, { account: 'test', token: 'T', receivedAt: NOON }, payload('one'));
    await storeReport(store, { account: 'test', token: 'T', receivedAt: NOON + 1000 }, payload('two'));
    await storeReport(store, { account: 'test', product: 'Other', token: 'T' }, payload('other product'));
    const text = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString());
    assert.equal(text(await store.intake.lastPayload('test', 'Piano')), 'two');
    assert.equal(text(await store.intake.payload(first.crashId)), 'one');
    assert.equal(await store.intake.payload(newReport().crashId), null);
    const byToken = await store.intake.payloadsByToken('test', 'Piano', 'T', 10);
    assert.deepEqual(byToken.map(text), ['two', 'one']);
    assert.equal((await store.intake.payloadsByToken('test', 'Piano', 'T', 1)).length, 1);
    assert.deepEqual(await store.intake.payloadsByToken('test', 'Piano', 'U', 10), []);
  });

  test('the heartbeat succeeds, and the salt stays the same', async () => {
    const store = await open();
    await store.intake.check();
    const salt = await store.intake.addressSalt();
    assert.ok(salt.length >= 16);
    assert.deepEqual(await store.intake.addressSalt(), salt);
  });
}
