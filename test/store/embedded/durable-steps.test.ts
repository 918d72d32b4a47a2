// Single steps of durability that no history notices on a machine that never loses power: each has a test of its own.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { newCrashId, utcDay } from '../../../src/report/crash-id.ts';
import { openDatabase } from '../../../src/store/embedded/database/open-database.ts';
import { statements } from '../../../src/store/embedded/database/statements.ts';
import { KeptLedger } from '../../../src/store/embedded/filing/kept-ledger.ts';
import { layoutOf, reportFolder } from '../../../src/store/embedded/disk/folder-layout.ts';
import { sharedFolderSync } from '../../../src/store/embedded/disk/folder-sync.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { inTransaction } from '../../../src/store/embedded/write/in-transaction.ts';
import type { Writer } from '../../../src/store/embedded/write/in-transaction.ts';
import { newNames } from '../../../src/store/embedded/transaction/write-context.ts';
import { deleteReport } from '../../../src/store/embedded/write/change-report.ts';
import { commitReport } from '../../../src/store/embedded/write/commit-report.ts';
import { pruneFairly } from '../../../src/store/embedded/write/prune-reports.ts';
import { removalsAreDue, workOffRemovals } from '../../../src/store/embedded/write/removals.ts';
import { sweep } from '../../../src/store/embedded/write/sweep.ts';
import { toRow } from '../../../src/store/shared/report-row.ts';
import { NOON, newReport, someBytes, storeReport } from '../conformance/report-builder.ts';
import { newFolder, storeOptions } from './open-store.ts';

/** A writer of the test's own on a folder with what `prepare` stored. */
async function withWriter(
  run: (writer: Writer, crashId: string, dir: string) => void | Promise<void>,
): Promise<void> {
  const dir = await newFolder();
  try {
    const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false, packedBytes: 0 }));
    const { crashId } = await storeReport(store, {}, [{ name: 'dump', data: someBytes(200_000) }]);
    await store.close();
    const layout = layoutOf(dir);
    const connection = openDatabase(layout.database, {
      readonly: false,
      cacheBytes: 1024 * 1024,
      walBytes: 1024 * 1024,
    });
    try {
      await run({ connection, layout, names: newNames(), kept: new KeptLedger() }, crashId, dir);
    } finally {
      connection.close();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

test('who comes while a folder is being synced waits for an fsync that begins afterwards', async () => {
  const begun: PromiseWithResolvers<void>[] = [];
  const sync = sharedFolderSync({
    syncFolder() {
      const round = Promise.withResolvers<void>();
      begun.push(round);
      return round.promise;
    },
  });
  const done: string[] = [];
  const first = sync('day').then(() => done.push('first'));
  // Their names may have been made after the first fsync looked at the folder.
  const second = sync('day').then(() => done.push('second'));
  const third = sync('day').then(() => done.push('third'));
  assert.equal(begun.length, 1);
  begun[0]?.resolve();
  await first;
  assert.deepEqual(done, ['first']);
  assert.equal(begun.length, 2, 'the second fsync has begun');
  begun[1]?.resolve();
  await Promise.all([second, third]);
  assert.deepEqual(done, ['first', 'second', 'third']);
  assert.equal(begun.length, 2, 'those who waited share it');
});

test('who waited for an fsync that failed gets one of his own', async () => {
  let calls = 0;
  const sync = sharedFolderSync({
    async syncFolder() {
      calls += 1;
      if (calls === 1) throw new Error('EIO');
    },
  });
  const results = await Promise.allSettled([sync('day'), sync('day')]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  );
});

test('a connection that writes waits for the disk at every commit', async () => {
  await withWriter(({ connection }) => {
    assert.equal(connection.pragma('synchronous', { simple: true }), 2, 'FULL');
    assert.equal(connection.pragma('journal_mode', { simple: true }), 'wal');
  });
});

test('a deletion whose commit fails keeps the files, and lists nothing to be removed', async () => {
  await withWriter(async (failing, crashId) => {
    const { connection, layout } = failing;
    const folder = reportFolder(layout, NOON, crashId);
    const real = { ...statements };
    Object.assign(statements, {
      prepare: (...args: Parameters<typeof real.prepare>) => {
        if (args[1] === 'COMMIT') throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR' });
        return real.prepare(...args);
      },
    });
    try {
      await assert.rejects(
        () => inTransaction(failing, (context) => deleteReport(context, crashId)),
        /disk I\/O error/,
      );
    } finally {
      Object.assign(statements, real);
    }
    assert.ok(existsSync(folder), 'the row is there, and its files too');
    assert.equal(removalsAreDue(connection, Date.now()), false);
    await inTransaction(failing, (context) => deleteReport(context, crashId));
    assert.ok(existsSync(folder), 'nothing is removed before the list is worked off');
    await workOffRemovals(failing, Date.now());
    assert.equal(existsSync(folder), false);
  });
});

test('a report that waited beyond its deadline is not committed: the sweep may have its files already', async () => {
  await withWriter(async (writer) => {
    const row = (commitBefore: number) =>
      toRow(newReport(), { attachments: [], data: null, pack: null, folderBytes: 4096, commitBefore });
    await assert.rejects(
      () => inTransaction(writer, (context) => commitReport(context, row(Date.now() - 1))),
      /waited too long/,
    );
    assert.equal(
      await inTransaction(writer, (context) => commitReport(context, row(Date.now() + 60_000))),
      null,
    );
  });
});

test('the grace time of pruning counts in milliseconds: a store can fill up within a second', async () => {
  await withWriter(async (writer) => {
    const pruneAt = (now: number) =>
      pruneFairly(writer, 1, { graceMs: 60_000, keepOfCase: 1, now }).then(({ reports }) => reports);
    assert.equal(await pruneAt(NOON + 59_999), 0);
    assert.equal(await pruneAt(NOON + 60_000), 1);
  });
});

test('the sweep takes what is older than the grace time, to the second', async () => {
  await withWriter(({ connection, layout }) => {
    const orphan = reportFolder(layout, NOON, newCrashId(0, NOON));
    mkdirSync(orphan, { recursive: true });
    const { ctimeMs } = statSync(orphan);
    const graceMs = 900_000;
    const sweepAt = (now: number): number =>
      [...sweep({ connection, layout, graceMs, now })].reduce((sum, removed) => sum + removed, 0);
    assert.equal(sweepAt(ctimeMs + graceMs - 1000), 0);
    assert.ok(existsSync(orphan));
    assert.equal(sweepAt(ctimeMs + graceMs + 1000), 1);
    assert.equal(existsSync(orphan), false);
  });
});

test('housekeeping gives the sweep the whole grace time', async () => {
  const dir = await newFolder();
  const graceMs = 2500;
  const store = await openEmbeddedStore(storeOptions(dir, { sweepGraceMs: graceMs, packedBytes: 0 }));
  try {
    const orphan = path.join(dir, 'reports', utcDay(NOON), newCrashId(0, NOON));
    mkdirSync(orphan, { recursive: true });
    const { ctimeMs } = statSync(orphan);
    // However slow the machine is: when it is gone, the grace time has passed.
    while (existsSync(orphan)) await store.maintenance.prune();
    assert.ok(Date.now() - ctimeMs > graceMs, `gone after ${Date.now() - ctimeMs} ms`);
  } finally {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  }
});

test('files have until half of the grace time has passed to get their row; small reports have no files and no such deadline', async () => {
  const dir = await newFolder();
  try {
    // A grace time that is over before it began: half of it lies a second back.
    const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false, sweepGraceMs: -2000 }));
    try {
      await storeReport(store, {}, [{ name: 'dump', data: someBytes(100) }]);
      await assert.rejects(
        storeReport(store, {}, [{ name: 'dump', data: someBytes(200_000) }]),
        /waited too long/,
      );
      assert.equal((await store.reports.status()).reports, 1);
    } finally {
      await store.close();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
