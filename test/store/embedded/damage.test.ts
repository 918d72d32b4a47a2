// Databases that are missing or damaged: never taken for sound, never replaced by an empty one.
import assert from 'node:assert/strict';
import {
  existsSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { Examination } from '../../../src/store/embedded/examination.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { chunks, someBytes, storeReport } from '../conformance/report-builder.ts';
import { newFolder, storeOptions, withStore } from './open-store.ts';

const PAGE = 4096;

/** Runs a test on a folder in which some reports lie, small and large; its store is closed. */
async function withReports(
  count: number,
  run: (dir: string, database: string) => Promise<void>,
): Promise<void> {
  const dir = await newFolder();
  try {
    const store = await openEmbeddedStore(storeOptions(dir));
    for (let index = 0; index < count; index += 1) {
      await storeReport(store, { annotations: [{ key: 'n', value: String(index).repeat(50) }] }, [
        { name: 'dump', data: someBytes(index === 0 ? 200_000 : 3000, index + 1) },
      ]);
    }
    await store.close();
    // What is in the log only is not touched by damage of the file.
    const writable = new Database(path.join(dir, 'mayday.db'));
    writable.pragma('wal_checkpoint(TRUNCATE)');
    writable.close();
    await run(dir, path.join(dir, 'mayday.db'));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Overwrites pages (from 1) with what was never there. */
function spoil(database: string, ...pages: readonly number[]): void {
  const file = openSync(database, 'r+');
  for (const page of pages) writeSync(file, Buffer.alloc(PAGE, 0xa5), 0, PAGE, (page - 1) * PAGE);
  closeSync(file);
}

function rootOf(database: string, name: string): number {
  const reader = new Database(database, { readonly: true });
  try {
    const root = reader.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(name);
    assert.equal(typeof root, 'number');
    return root as number;
  } finally {
    reader.close();
  }
}

const REPAIR = /run `npm run mayday -- repair`/;

test('a missing or empty database over the files of reports is refused, and none is made', async () => {
  await withReports(1, async (dir, database) => {
    rmSync(database);
    await assert.rejects(
      openEmbeddedStore(storeOptions(dir)),
      /is missing, but its folder holds the files of 0 reports.* and 1 packs of attachments/,
    );
    assert.equal(existsSync(database), false);
    writeFileSync(database, '');
    await assert.rejects(openEmbeddedStore(storeOptions(dir)), REPAIR);
    assert.equal(statSync(database).size, 0);
  });
});

test('a missing database over blobs is refused too', async () => {
  await withStore({}, async (store, dir) => {
    await store.intake.putBlob('default', 'Piano', 'b', chunks(someBytes(200_000)));
    await store.close();
    rmSync(path.join(dir, 'mayday.db'));
    await assert.rejects(openEmbeddedStore(storeOptions(dir)), REPAIR);
  });
});

test('a database with a spoilt first page, a spoilt table or a cut end is refused with a sentence, and left as it is', async () => {
  await withReports(60, async (dir, database) => {
    const sound = readFileSync(database);
    const harms: Readonly<Record<string, () => void>> = {
      'first page': () => spoil(database, 1),
      'table of reports': () => spoil(database, rootOf(database, 'reports')),
      attachments: () => spoil(database, rootOf(database, 'report_data')),
      'index of crash ids': () => spoil(database, rootOf(database, 'reports_by_crash_id')),
      bugs: () => spoil(database, rootOf(database, 'bug_keys')),
      half: () => truncateSync(database, Math.floor(sound.length / 2 / PAGE) * PAGE),
    };
    for (const [what, harm] of Object.entries(harms)) {
      writeFileSync(database, sound);
      harm();
      const harmed = readFileSync(database);
      await assert.rejects(openEmbeddedStore(storeOptions(dir)), REPAIR, what);
      assert.deepEqual(readFileSync(database), harmed, what);
    }
    writeFileSync(database, sound);
    await (await openEmbeddedStore(storeOptions(dir))).close();
  });
});

test('damage that came while the server ran is found in the background, and a sound database is found sound', async () => {
  await withReports(60, async (_dir, database) => {
    const found: string[] = [];
    const examination = new Examination({
      database,
      damaged: (damage) => found.push(damage),
      failed: (error) => assert.fail(String(error)),
    });
    try {
      await examination.run(0);
      assert.deepEqual([examination.damage, found], [null, []]);
      spoil(database, rootOf(database, 'report_data'));
      await examination.run(0);
      assert.match(examination.damage ?? '', /malformed/);
      assert.equal(found.length, 1);
    } finally {
      await examination.stop();
    }
  });
});

test('the health check leaves nothing behind', async () => {
  await withStore({}, async (store, dir) => {
    await store.intake.check();
    await store.intake.check();
    assert.equal((await store.reports.status()).reports, 0);
    assert.deepEqual(await store.people.listProducts(), []);
    const reader = new Database(path.join(dir, 'mayday.db'), { readonly: true });
    for (const table of ['kinds', 'report_data', 'search_pending', 'removals', 'arrivals']) {
      assert.equal(reader.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), 0, table);
    }
    reader.close();
  });
});

test('the health check fails where a report would', async () => {
  await withStore({ housekeeping: false }, async (store, dir) => {
    await store.intake.check();
    const writable = new Database(path.join(dir, 'mayday.db'));
    writable.exec('DROP TABLE report_data');
    writable.close();
    await assert.rejects(storeReport(store, {}, [{ name: 'dump', data: someBytes(100) }]), {
      name: 'StorageError',
    });
    await assert.rejects(store.intake.check(), { name: 'StorageError' });
  });
});
