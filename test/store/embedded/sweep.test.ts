// Files that no row owns go after the grace time, and no others.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { newCrashId, utcDay } from '../../../src/report/crash-id.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { NOON, chunks, someBytes, storeReport } from '../conformance/report-builder.ts';
import { newFolder, storeOptions, withStore } from './open-store.ts';

const OLD = new Date(NOON - 86_400_000);

async function orphan(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'dump.zst'), 'left behind');
  await utimes(path.join(folder, 'dump.zst'), OLD, OLD);
  await utimes(folder, OLD, OLD);
  return folder;
}

test('a sweep removes what no row owns and is older than the grace time', async () => {
  const dir = await newFolder();
  try {
    // Stored with a grace time that no slow machine can pass between two steps of a commit.
    const first = await openEmbeddedStore(storeOptions(dir));
    const { crashId } = await storeReport(first, {}, [{ name: 'dump', data: someBytes(100_000) }]);
    await first.intake.putBlob('default', 'Piano', 'kept', chunks(someBytes(100_000)));
    await first.close();
    // What is older than the database itself stays; these are leftovers of its own.
    const database = new Database(path.join(dir, 'mayday.db'));
    database.prepare('UPDATE migrations SET applied_at = ?').run(NOON - 365 * 86_400_000);
    database.close();
    const day = path.join(dir, 'reports', utcDay(NOON));
    const gone = [
      await orphan(path.join(dir, 'incoming', 'abandoned')),
      await orphan(path.join(day, newCrashId(0, NOON))),
      await orphan(path.join(dir, 'reports', '20200101', newCrashId(0, Date.UTC(2020, 0, 1)))),
      path.join(dir, 'blobs', 'nobody.zst'),
    ];
    await writeFile(path.join(dir, 'blobs', 'nobody.zst'), 'x');
    // The change time of a file cannot be set back, so the grace time has to pass.
    await pause(50);
    const store = await openEmbeddedStore(storeOptions(dir, { sweepGraceMs: 20 }));
    try {
      const stays = path.join(day, 'notes-of-a-person.txt');
      await writeFile(stays, 'x');
      await store.maintenance.prune();
      for (const folder of gone) assert.equal(existsSync(folder), false, folder);
      assert.equal(existsSync(stays), true);
      assert.equal(existsSync(path.join(dir, 'reports', '20200101')), false);
      assert.notEqual(await store.reports.openAttachment(crashId, 'dump'), null);
      assert.deepEqual(await store.intake.missingBlobs('default', 'Piano', ['kept']), []);
    } finally {
      await store.close();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test('what is younger than the grace time stays: another process may be committing it', async () => {
  await withStore({ sweepGraceMs: 60_000 }, async (store, dir) => {
    const young = path.join(dir, 'reports', utcDay(NOON), newCrashId(0, NOON));
    await mkdir(young, { recursive: true });
    const upload = path.join(dir, 'incoming', 'running');
    await orphan(upload);
    await writeFile(path.join(upload, 'dump.zst'), 'still being written');
    const blob = path.join(dir, 'blobs', 'nobody.zst');
    await writeFile(blob, 'being put');
    const symbols = path.join(dir, 'symbols', 'app.so', 'AB1', 'app.so.0123456789abcdef.sym.zst');
    await mkdir(path.dirname(symbols), { recursive: true });
    await writeFile(symbols, 'being put');
    // A clock of files may be coarse: as much as a hundredth of the grace time goes by.
    await pause(700);
    const { orphanFiles } = await store.maintenance.prune();
    assert.equal(orphanFiles, 0);
    assert.ok([young, upload, blob, symbols].every((target) => existsSync(target)));
  });
});
