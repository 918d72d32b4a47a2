// Files that were written beside another database: an empty or older one in its place, or a backup that was put back. Nothing removes them.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import pino from 'pino';
import { utcDay } from '../../../src/report/crash-id.ts';
import { readLifetime, isForeign, noteLife } from '../../../src/store/embedded/database/lifetime.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { repairStore } from '../../../src/store/embedded/repair/repair.ts';
import type { Store } from '../../../src/store/store.ts';
import { NOON, chunks, someBytes, storeReport } from '../conformance/report-builder.ts';
import { newFolder, storeOptions } from './open-store.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

async function withFolder(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await newFolder();
  try {
    await run(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function storeLarge(dir: string, seed: number): Promise<string> {
  const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false, packedBytes: 0 }));
  const { crashId } = await storeReport(store, {}, [{ name: 'dump', data: someBytes(150_000, seed) }]);
  await store.close();
  return folderOf(dir, crashId);
}

const folderOf = (dir: string, crashId: string): string => path.join(dir, 'reports', utcDay(NOON), crashId);

/** Sets what a database says of its own life. */
function rewrite(dir: string, work: (database: Database.Database) => void): void {
  const database = new Database(path.join(dir, 'mayday.db'));
  work(database);
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}

function lastedFrom(dir: string, createdAt: number, aliveAt: number): void {
  rewrite(dir, (database) => {
    database.prepare('UPDATE migrations SET applied_at = ?').run(createdAt);
    noteLife(database, aliveAt);
  });
}

function removeDatabase(dir: string): void {
  for (const suffix of ['', '-wal', '-shm', '.map'])
    rmSync(path.join(dir, `mayday.db${suffix}`), { force: true });
}

/** A valid database without a report, as `mayday serve` on another folder makes it. */
async function putEmptyDatabase(dir: string): Promise<void> {
  const other = await newFolder();
  await (await openEmbeddedStore(storeOptions(other, { housekeeping: false }))).close();
  rewrite(other, () => undefined);
  removeDatabase(dir);
  copyFileSync(path.join(other, 'mayday.db'), path.join(dir, 'mayday.db'));
  await rm(other, { recursive: true, force: true });
}

function age(target: string, byMs: number): void {
  const at = new Date(Date.now() - byMs);
  utimesSync(target, at, at);
}

async function sweep(store: Store): Promise<number> {
  await pause(30);
  return (await store.maintenance.prune()).orphanFiles;
}

test('an empty database over older files of reports is refused; a repair joins them and it starts', async () => {
  await withFolder(async (dir) => {
    const folder = await storeLarge(dir, 1);
    await putEmptyDatabase(dir);
    age(folder, DAY);
    await assert.rejects(openEmbeddedStore(storeOptions(dir)), (error: Error) => {
      assert.match(
        error.message,
        /holds files of reports that are older and that it does not know \(1 in a sample\)/,
      );
      assert.match(error.message, /run `npm run mayday -- repair`/);
      return true;
    });
    assert.ok(existsSync(folder));
    assert.deepEqual(repairStore(dir, NOON).joined, [path.basename(folder)]);
    const store = await openEmbeddedStore(storeOptions(dir, { sweepGraceMs: 0 }));
    assert.equal(await sweep(store), 0);
    await store.close();
    assert.ok(existsSync(folder));
  });
});

test('an empty database over older blobs or symbols alone is refused as well', async () => {
  await withFolder(async (dir) => {
    const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    await store.intake.putBlob('default', 'Piano', 'b', chunks(someBytes(200_000)));
    await store.close();
    await putEmptyDatabase(dir);
    const [blob = ''] = readdirSync(path.join(dir, 'blobs'));
    age(path.join(dir, 'blobs', blob), DAY);
    await assert.rejects(openEmbeddedStore(storeOptions(dir)), /not the database of these files/);
  });
});

test('a leftover of a crash does not hinder the start: it is younger than the database', async () => {
  await withFolder(async (dir) => {
    const folder = await storeLarge(dir, 2);
    rewrite(dir, (database) => database.exec('DELETE FROM reports'));
    const store = await openEmbeddedStore(storeOptions(dir, { sweepGraceMs: 0 }));
    assert.equal(await sweep(store), 1);
    await store.close();
    assert.equal(existsSync(folder), false);
  });
});

test('what is to be removed does not hinder the start, however old it is', async () => {
  await withFolder(async (dir) => {
    const folder = await storeLarge(dir, 3);
    age(folder, DAY);
    rewrite(dir, (database) => {
      database.exec('DELETE FROM reports');
      database
        .prepare('INSERT INTO removals (target, bytes, noted_at, due_at) VALUES (?, 0, ?, 0)')
        .run(`reports/${utcDay(NOON)}/${path.basename(folder)}`, Date.now());
    });
    await (await openEmbeddedStore(storeOptions(dir, { housekeeping: false }))).close();
  });
});

test('a backup that was put back starts; files that came after it stay, through every later start, until a repair joins them', async () => {
  await withFolder(async (dir) => {
    const before = await storeLarge(dir, 4);
    lastedFrom(dir, Date.now() - 30 * DAY, Date.now() - 10 * DAY);
    const backup = path.join(dir, 'backup');
    copyFileSync(path.join(dir, 'mayday.db'), backup);
    const after = await storeLarge(dir, 5);
    removeDatabase(dir);
    copyFileSync(backup, path.join(dir, 'mayday.db'));
    age(after, 5 * DAY);
    const warned: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => warned.push(line) });
    for (let start = 1; start <= 2; start += 1) {
      const store = await openEmbeddedStore(storeOptions(dir, { sweepGraceMs: 0, log }));
      assert.equal(await sweep(store), 0, `start ${start}`);
      await store.close();
      assert.ok(existsSync(after) && existsSync(before), `start ${start}`);
      assert.equal(
        warned.filter((line) => /npm run mayday -- repair gives them their rows/.test(line)).length,
        start,
      );
    }
    assert.deepEqual(repairStore(dir, NOON).joined, [path.basename(after)]);
    assert.ok(existsSync(after));
  });
});

test('times are told apart: before the database, while it was used, while it was not', () => {
  const database = new Database(':memory:');
  database.exec(`
    CREATE TABLE migrations (number INTEGER PRIMARY KEY, applied_at INTEGER);
    CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB);
    INSERT INTO migrations VALUES (1, ${NOON}), (2, ${NOON + 9 * DAY})`);
  const at = (now: number) => (moment: number) => isForeign(readLifetime(database, now), moment);
  noteLife(database, NOON + DAY);
  noteLife(database, NOON + DAY + 5 * 60_000);
  assert.deepEqual([NOON - HOUR, NOON + HOUR, NOON + DAY].map(at(NOON + DAY)), [true, false, false]);
  // A server that was killed may have left something up to a quarter of an hour after the last sign.
  const later = NOON + 3 * DAY;
  assert.deepEqual(
    [DAY + 10 * 60_000, DAY + HOUR, 3 * DAY].map((ms) => at(later)(NOON + ms)),
    [false, true, false],
  );
  noteLife(database, later);
  noteLife(database, later + 60_000);
  assert.equal(at(later + HOUR)(NOON + 2 * DAY), true, 'a silence is remembered');
  // A clock that was ahead when the database was made tells nothing.
  assert.equal(at(NOON - DAY)(NOON - 2 * DAY), false);
  // However many silences there are, what is kept of them is bounded and forgets none.
  for (let day = 4; day < 400; day += 1) noteLife(database, NOON + day * DAY);
  const { silences } = readLifetime(database, NOON + 400 * DAY);
  assert.ok(silences.length <= 200);
  for (let day = 1; day < 399; day += 1) assert.equal(at(NOON + 400 * DAY)(NOON + day * DAY + HOUR), true);
  database.close();
});
