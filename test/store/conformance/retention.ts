// What goes when it is too old or too much, and what stays.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { crash, fileReport } from './processed-builder.ts';
import { storeReport } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const MEBIBYTE = 1024 * 1024;

export function retentionTopic(open: StoreFactory): void {
  test('reports past their age go, by the limit of their product before that of the store', async () => {
    const store = await open({ keepDays: 30 });
    const now = Date.now();
    const at = async (days: number, product: string): Promise<string> =>
      (await storeReport(store, { product, receivedAt: now - days * DAY_MS })).crashId;
    const young = await at(10, 'Piano');
    const old = await at(40, 'Piano');
    const patient = await at(40, 'Organ');
    const strict = await at(10, 'Flute');
    await store.people.updateProduct('default', 'Organ', { keepDays: 50 });
    await store.people.updateProduct('default', 'Flute', { keepDays: 5 });
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
