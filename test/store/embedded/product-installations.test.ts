// Installations of a product: those that nobody hears of go, seldom ones make room, and counts stay right whatever comes back.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { openDatabase } from '../../../src/store/embedded/database/open-database.ts';
import { layoutOf } from '../../../src/store/embedded/disk/folder-layout.ts';
import { KeptLedger } from '../../../src/store/embedded/filing/kept-ledger.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { newNames } from '../../../src/store/embedded/transaction/write-context.ts';
import { inTransaction } from '../../../src/store/embedded/write/in-transaction.ts';
import { forgetInstallations } from '../../../src/store/embedded/write/product-installations.ts';
import { dayOf } from '../../../src/store/shared/days.ts';
import type { Store } from '../../../src/store/store.ts';
import { crash, fileReport, processAgain } from '../conformance/processed-builder.ts';
import { recount } from '../faults/recount.ts';
import { newFolder, storeOptions } from './open-store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const today = dayOf(Date.now());

async function report(store: Store, installation: string, daysAgo: number): Promise<string> {
  const receivedAt = Date.now() - daysAgo * DAY_MS;
  const day = new Date(receivedAt).toISOString().slice(0, 10);
  const { crashId } = await fileReport(store, [crash('key', { day })], {
    report: { receivedAt, installation },
    processed: { installation },
  });
  return crashId;
}

function counted(dir: string): number {
  const database = new Database(path.join(dir, 'mayday.db'), { readonly: true });
  try {
    return database.prepare('SELECT ifnull(sum(installations), 0) FROM products').pluck().get() as number;
  } finally {
    database.close();
  }
}

async function withFolder(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = await newFolder();
  try {
    await work(dir);
    assert.deepEqual(recount(dir), []);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

test('an installation that was not heard of for long is counted no more; it counts again when it comes back', async () => {
  await withFolder(async (dir) => {
    const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false, keepLabelDays: 30 }));
    try {
      const old = await report(store, 'old', 40);
      await report(store, 'new', 2);
      assert.equal(counted(dir), 2);
      await store.maintenance.prune();
      assert.equal(counted(dir), 1);
      const again = await report(store, 'old', 1);
      assert.equal(counted(dir), 2, 'its bug knew it all the time');
      for (const crashId of [old, again])
        await processAgain(store, crashId, [crash('key')], { installation: null });
      assert.equal(counted(dir), 1, 'processed again, neither names one');
    } finally {
      await store.close();
    }
  });
});

test('near the ceiling those that crashed once make room, heard of longest ago first', async () => {
  await withFolder(async (dir) => {
    const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false, keepLabelDays: null }));
    try {
      for (let number = 0; number < 10; number += 1) await report(store, `once ${number}`, 10 - number);
      for (const daysAgo of [20, 19]) await report(store, 'often', daysAgo);
    } finally {
      await store.close();
    }
    const connection = openDatabase(path.join(dir, 'mayday.db'), {
      readonly: false,
      cacheBytes: 1024 * 1024,
      walBytes: 1024 * 1024,
    });
    const writer = { connection, layout: layoutOf(dir), names: newNames(), kept: new KeptLedger() };
    const gone = await inTransaction(writer, (context) =>
      forgetInstallations(context, { today, keepDays: null, most: 9 }),
    );
    assert.equal(gone, 3, 'down to nine tenths');
    const left = connection.prepare('SELECT last_day, count FROM product_installations').all() as {
      last_day: number;
      count: number;
    }[];
    connection.close();
    assert.equal(left.filter(({ count }) => count === 2).length, 1);
    assert.equal(
      Math.min(...left.filter(({ count }) => count === 1).map(({ last_day: day }) => day)),
      today - 7,
    );
    assert.equal(counted(dir), 8);
  });
});
