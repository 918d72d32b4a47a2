// Whether more may be taken, and what a failing store says.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import { StorageError } from '../../../src/store/intake.ts';
import type { Store } from '../../../src/store/store.ts';
import { storeReport } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

const MEBIBYTE = 1024 * 1024;

/** Waits until the store says so; it looks at the disk by itself. */
async function untilFullIs(store: Store, full: boolean): Promise<void> {
  while (store.intake.admission().full !== full) await pause(20);
}

export function admissionTopic(open: StoreFactory): void {
  test('a store with room takes reports, says so, and is healthy', async () => {
    const store = await open();
    assert.deepEqual(store.intake.admission(), { full: false, reason: null, short: false });
    assert.deepEqual(await store.health(), { state: 'ok', reason: null });
  });

  test('with too little free space nothing may be added, and a sentence says why, until there is space', async (t) => {
    let free = 64 * MEBIBYTE;
    const store = await open({ freeBytes: () => free, minFreeBytes: 32 * MEBIBYTE });
    if (!store.capabilities.tellsDiskFree) return t.skip('no one disk holds this store');
    assert.equal(store.intake.admission().full, false);
    free = MEBIBYTE;
    await untilFullIs(store, true);
    const { reason } = store.intake.admission();
    assert.match(reason ?? '', /^[A-Z].*\.$/);
    assert.deepEqual(await store.health(), { state: 'full', reason });
    free = 64 * MEBIBYTE;
    await untilFullIs(store, false);
    assert.equal((await store.health()).state, 'ok');
    assert.equal((await storeReport(store)).kind, 'stored');
    return undefined;
  });

  test('a report larger than the store is refused for lack of space, and nothing of it is kept', async () => {
    const store = await open({ maxBytes: 4 * MEBIBYTE });
    const attachment = { name: 'dump', data: randomBytes(12 * MEBIBYTE) };
    await assert.rejects(storeReport(store, {}, [attachment]), (error) => {
      assert.ok(error instanceof StorageError);
      assert.deepEqual([error.reason, error.certain], ['full', true]);
      return true;
    });
    assert.equal((await store.reports.status()).reports, 0);
    assert.equal((await storeReport(store)).kind, 'stored');
  });

  test('a fault while a report is stored is told, keeps nothing, and is over when it is over', async () => {
    const fault: { error: Error | null } = { error: null };
    const store = await open({ fault });
    const report = { identity: 'the same client report' };
    const attachment = { name: 'dump', data: randomBytes(300_000) };
    for (const [code, reason] of [
      ['EIO', 'failed'],
      ['ENOSPC', 'full'],
    ] as const) {
      fault.error = Object.assign(new Error(`${code}: injected`), { code });
      await assert.rejects(storeReport(store, report, [attachment]), (error) => {
        assert.ok(error instanceof StorageError);
        assert.deepEqual([error.reason, error.certain], [reason, true]);
        return true;
      });
      assert.equal((await store.reports.status()).reports, 0);
    }
    fault.error = null;
    const { kind, crashId } = await storeReport(store, report, [attachment]);
    assert.equal(kind, 'stored');
    assert.equal((await store.reports.getReport(crashId))?.attachments.length, 1);
  });
}
