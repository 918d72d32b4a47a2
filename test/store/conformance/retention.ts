// What goes when it is too old or too much, and what stays.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { crash, fileReport, processAgain } from './processed-builder.ts';
import { storeReport } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const MEBIBYTE = 1024 * 1024;

export function retentionTopic(open: StoreFactory): void {
  test('reports past their age go, by the limit of their product before that of the store', async () => {
    const store = await open({ keepDays: 30 });
    const now = Date.now();
    // Before there is anything to prune: the store may do that by itself at any moment.
    for (const [product, keepDays] of [
      ['Organ', 50],
      ['Flute', 5],
    ] as const) {
      await store.intake.createProduct('default', product);
      await store.people.updateProduct('default', product, { keepDays });
    }
    const at = async (days: number, product: string): Promise<string> =>
      (await storeReport(store, { product, receivedAt: now - days * DAY_MS })).crashId;
    const young = await at(10, 'Piano');
    const old = await at(40, 'Piano');
    const patient = await at(40, 'Organ');
    const strict = await at(10, 'Flute');
    await store.maintenance.prune();
    const there = await Promise.all(
      [young, old, patient, strict].map(async (id) => (await store.reports.getReport(id)) !== null),
    );
    assert.deepEqual(there, [true, false, true, false]);
    assert.equal((await store.reports.status()).pruned, 2);
  });

  test('without a limit of age nothing is too old', async () => {
    const store = await open();
    const { crashId } = await storeReport(store, { receivedAt: Date.now() - 5000 * DAY_MS });
    assert.equal((await store.maintenance.prune()).reports, 0);
    assert.ok((await store.reports.getReport(crashId)) !== null);
  });

  test('what a bug counted outlives its reports', async () => {
    const store = await open({ keepDays: 30 });
    const report = { receivedAt: Date.now() - 20 * DAY_MS };
    const { bugId, crashId } = await fileReport(store, [crash('a', { count: 4 })], { report });
    await store.bugs.closeBug(bugId, 'Ada', { inVersion: null });
    await store.people.updateProduct('default', 'Piano', { keepDays: 10 });
    await store.maintenance.prune();
    assert.equal(await store.reports.getReport(crashId), null);
    const bug = await store.bugs.getBug(bugId);
    assert.deepEqual([bug?.count, bug?.newestReport], [4, null]);
    assert.deepEqual((await store.bugs.reportsOf(bugId, { limit: 10 })).rows, []);
  });

  test('a version that was seldom and was not seen for long loses its name in counts, and no count is lost', async () => {
    const store = await open();
    const at = (days: number): number => Date.now() - days * DAY_MS;
    const file = (version: string, days: number, count: number) => {
      const day = new Date(at(days)).toISOString().slice(0, 10);
      const report = { receivedAt: at(days), version };
      return fileReport(store, [crash('a', { count, day })], { report, processed: { version } });
    };
    const { bugId } = await file('old and seldom', 380, 3);
    await file('old and frequent', 380, 40);
    await file('seldom', 20, 1);
    const again = await file('old and seldom, too', 390, 2);
    await store.maintenance.prune();
    const versions = await store.bugs.versionsOf(bugId);
    assert.deepEqual(Object.fromEntries(versions.map(({ version, count }) => [String(version), count])), {
      'old and frequent': 40,
      seldom: 1,
      null: 5,
    });
    const series = await store.bugs.seriesOf(bugId, 395);
    assert.equal(
      series.reduce((sum, { count }) => sum + count, 0),
      46,
    );
    // What was counted under a name that is gone is taken back all the same.
    await processAgain(store, again.crashId, [crash('a', { count: 1 })], { version: 'seldom' });
    const after = await store.bugs.versionsOf(bugId);
    assert.deepEqual(Object.fromEntries(after.map(({ version, count }) => [String(version), count])), {
      'old and frequent': 40,
      seldom: 2,
      null: 3,
    });
  });

  test('a flood of made-up platforms does not keep out for good what comes later', async () => {
    const store = await open();
    const file = (platform: string, count: number) => {
      const report = { receivedAt: Date.now(), platform };
      const day = new Date().toISOString().slice(0, 10);
      return fileReport(store, [crash('a', { count, day })], { report, processed: { platform } });
    };
    await file('honest', 20);
    let bugId = 0;
    for (let index = 0; index < 60; index += 1) ({ bugId } = await file(`made up ${index}`, 1));
    const countOf = async (name: string): Promise<number> =>
      (await store.bugs.seriesOf(bugId, 3))
        .filter(({ platform }) => platform === name)
        .reduce((sum, { count }) => sum + count, 0);
    await store.maintenance.prune();
    await file('late and honest', 2);
    assert.deepEqual([await countOf('honest'), await countOf('late and honest')], [20, 2]);
    assert.equal((await store.bugs.getBug(bugId))?.count, 82);
  });

  test('a store at its limit takes the newest reports and lets the oldest go', async () => {
    const store = await open({ maxBytes: 8 * MEBIBYTE });
    const from = Date.now() - 200_000;
    const crashIds: string[] = [];
    for (let index = 0; index < 120; index += 1) {
      const data = randomBytes(200_000);
      const report = { receivedAt: from + index * 1000 };
      crashIds.push((await storeReport(store, report, [{ name: 'dump', data }])).crashId);
      if (!store.capabilities.limitIsExact) continue;
      const { usedBytes, limitBytes } = await store.reports.status();
      assert.ok(usedBytes <= limitBytes, `${usedBytes} of ${limitBytes} after ${index + 1}`);
    }
    await store.maintenance.prune();
    const { reports, pruned, usedBytes, limitBytes } = await store.reports.status();
    assert.ok(usedBytes <= limitBytes);
    assert.equal(reports + pruned, crashIds.length);
    assert.ok(pruned > 0 && reports > 0);
    assert.equal(await store.reports.getReport(crashIds[0] ?? ''), null);
    assert.ok((await store.reports.getReport(crashIds.at(-1) ?? '')) !== null);
  });
}
