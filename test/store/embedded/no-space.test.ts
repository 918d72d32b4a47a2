// A file system without a single free byte: the store opens, is read, deletes and prunes; only what would grow is refused, with the reason.
import assert from 'node:assert/strict';
import { statfsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import type { EmbeddedOptions } from '../../../src/store/embedded/options.ts';
import type { Store } from '../../../src/store/store.ts';
import { NOON, someBytes, storeReport } from '../conformance/report-builder.ts';
import { storeOptions } from './open-store.ts';
import { fillUp, withSmallDisk } from './small-disk.ts';

const DAY_MS = 86_400_000;

async function storeSome(store: Store): Promise<readonly string[]> {
  const crashIds: string[] = [];
  for (let index = 0; index < 40; index += 1) {
    const receivedAt = index < 20 ? NOON - 900 * DAY_MS + index : Date.now();
    const data = someBytes(index % 2 === 0 ? 3000 : 200_000, index + 1);
    crashIds.push((await storeReport(store, { receivedAt }, [{ name: 'dump', data }])).crashId);
  }
  return crashIds;
}

async function assertUsable(store: Store, crashIds: readonly string[]): Promise<void> {
  assert.equal((await store.reports.listReports({}, { limit: 100 })).rows.length, 40, 'lists are served');
  const opened = await store.reports.openAttachment(crashIds[1] ?? '', 'dump');
  assert.equal(opened === null ? 0 : (await buffer(opened.stream)).length, 200_000);
  assert.equal(store.intake.admission().full, true);
  assert.match(store.intake.admission().reason ?? '', /free/);
  await assert.rejects(storeReport(store, {}, [{ name: 'dump', data: someBytes(400_000, 99) }]), {
    name: 'StorageError',
    reason: 'full',
  });
  for (const crashId of crashIds.slice(38)) {
    assert.equal(await store.reports.deleteReport(crashId), true, 'reports can be deleted');
  }
  const pruned = await store.maintenance.prune();
  assert.equal(pruned.reports, 20, 'what is past its age goes');
  assert.equal((await store.reports.listReports({}, { limit: 100 })).rows.length, 18);
}

const options: Partial<EmbeddedOptions> = { keepDays: 800, minFreeBytes: 512 * 1024, housekeeping: false };

test('with not a byte free a running store is read, deletes and prunes, and takes reports again afterwards', async (t) => {
  const skipped = await withSmallDisk(async (dir, data) => {
    const store = await openEmbeddedStore(storeOptions(data, options));
    try {
      const crashIds = await storeSome(store);
      fillUp(path.join(dir, 'ballast'));
      assert.equal(statfsSync(dir).bavail, 0);
      // Admission looks once a second.
      while (!store.intake.admission().full) await new Promise((resolve) => setTimeout(resolve, 50));
      await assertUsable(store, crashIds);
      await rm(path.join(dir, 'ballast'));
      while (store.intake.admission().full) await new Promise((resolve) => setTimeout(resolve, 50));
      await storeReport(store, {}, [{ name: 'dump', data: someBytes(400_000, 99) }]);
    } finally {
      await store.close();
    }
  });
  if (skipped !== null) t.skip(skipped);
});

for (const log of ['folded back', 'left by a kill'] as const) {
  test(`with not a byte free a store starts (its log ${log}), is read, deletes and prunes`, async (t) => {
    const skipped = await withSmallDisk(async (dir, data) => {
      const first = await openEmbeddedStore(storeOptions(data, options));
      const crashIds = await storeSome(first);
      await first.close();
      if (log === 'folded back') {
        const { default: Database } = await import('better-sqlite3');
        new Database(path.join(data, 'mayday.db')).close();
      }
      fillUp(path.join(dir, 'ballast'));
      assert.equal(statfsSync(dir).bavail, 0);
      const store = await openEmbeddedStore(storeOptions(data, options));
      try {
        await assertUsable(store, crashIds);
      } finally {
        await store.close();
      }
      await rm(path.join(dir, 'ballast'));
      const again = await openEmbeddedStore(storeOptions(data, options));
      try {
        assert.equal((await again.reports.listReports({}, { limit: 100 })).rows.length, 18);
        await storeReport(again, {}, [{ name: 'dump', data: someBytes(400_000, 99) }]);
      } finally {
        await again.close();
      }
    });
    if (skipped !== null) t.skip(skipped);
  });
}
