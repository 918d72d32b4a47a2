// A data folder that version 0.1.0 wrote opens with this one: everything is there, every count is right, and what is asked anew is answered.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { unpackTar } from 'modern-tar';
import { parseQuery } from '../../../src/search/query/parse-query.ts';
import { writeArchive } from '../../../src/store/embedded/backup/backup-archive.ts';
import { isPathOfBackup, sumsText } from '../../../src/store/embedded/backup/backup-format.ts';
import { hashFile } from '../../../src/store/embedded/backup/copy-file.ts';
import { restoreBackup } from '../../../src/store/embedded/backup/restore-backup.ts';
import { verifyStore } from '../../../src/store/embedded/backup/verify-store.ts';
import { nodeFiles } from '../../../src/store/embedded/disk/files.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { eventually } from '../conformance/report-builder.ts';
import { recount } from '../faults/recount.ts';
import { newFolder, storeOptions } from './open-store.ts';

const ARCHIVE = 'testdata/data-folder-0.1.0.tar.zst';

async function withOldFolder(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await newFolder();
  try {
    for (const { header, data } of await unpackTar(zstdDecompressSync(readFileSync(ARCHIVE)))) {
      const file = path.join(dir, header.name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, data ?? new Uint8Array());
    }
    await run(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

test('everything that version 0.1.0 stored is there, and counted', () =>
  withOldFolder(async (dir) => {
    const store = await openEmbeddedStore(storeOptions(dir));
    try {
      const { rows } = await store.bugs.listBugs({}, { limit: 50 });
      assert.deepEqual(
        rows
          .map(({ id, product, state, count, ticket }) => [id, product, state, count, ticket])
          .sort(([a], [b]) => Number(a) - Number(b)),
        [
          [1, 'Jami', 'open', 3, null],
          [2, 'Demo Browser', 'open', 3, null],
          [3, 'demo-python', 'closed', 3, null],
          [4, 'demo-java', 'open', 3, 'OLD-1'],
          [5, 'demo-sync', 'ignored', 3, null],
          [6, 'Old', 'open', 1, null],
          [7, 'Old', 'open', 1, null],
          [8, 'Old', 'open', 1, null],
        ],
      );
      const status = await store.reports.status();
      assert.equal(status.reports, 18);
      assert.equal((await store.people.listUsers()).length, 1);
      // Facts of crashes, which that version did not have, are told by housekeeping.
      const parsed = parseQuery('');
      assert.ok('query' in parsed);
      const crashes = await eventually(
        async () => {
          const found = await store.search.search({
            products: ['Jami', 'demo-python', 'Old'].map((product) => ({
              account: 'default',
              product,
              publicNames: null,
              messages: true,
            })),
            query: parsed.query,
            facets: [],
            histogram: null,
            distinct: [],
            numbers: [],
            list: null,
          });
          return 'answer' in found ? found.answer.crashes : -1;
        },
        (number) => number === 9,
      );
      assert.equal(crashes, 9);
    } finally {
      await store.close();
    }
    assert.deepEqual(recount(dir), []);
    const verified = await verifyStore({ files: nodeFiles, dir, progress: () => undefined });
    assert.deepEqual([verified.reports, verified.symbols, verified.wrong], [18, 1, []]);
  }));

test('people and tokens of version 0.1.0 have the rights that they had, and what was write is triage', () =>
  withOldFolder(async (dir) => {
    const old = new Database(path.join(dir, 'mayday.db'));
    const addUser = old.prepare(`
      INSERT INTO users (id, email, name, role, sees_protected, password_hash, created_at, disabled)
      VALUES (?, ?, ?, ?, ?, 'x', 1, 0)`);
    const addToken = old.prepare(`
      INSERT INTO tokens (user_id, hash, label, role, sees_protected, created_at) VALUES (?, ?, 'old', ?, ?, 1)`);
    const people = [
      { id: 101, was: 'read', role: 'read', sees: false, scopes: ['read'] },
      { id: 102, was: 'write', role: 'triage', sees: true, scopes: WRITES },
      { id: 103, was: 'admin', role: 'admin', sees: false, scopes: ['read', 'triage', 'symbols', 'admin'] },
    ] as const;
    for (const { id, was, sees } of people) {
      addUser.run(id, `${was}@example.org`, was, was, sees ? 1 : 0);
      addToken.run(id, `hash of ${was}`, was, sees ? 1 : 0);
    }
    old.close();
    const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    try {
      for (const { id, was, role, sees, scopes } of people) {
        const rights = await store.accounts.rightsOf(id);
        assert.deepEqual(rights.of({ account: 'default', product: 'Jami' }), {
          ...{ role, seesProtected: sees, seesDumps: sees },
        });
        assert.equal(rights.isAdminOf('default'), was === 'admin');
        const found = await store.people.tokenByHash(`hash of ${was}`, Date.now());
        assert.deepEqual([found?.user?.id, found?.user?.isAdmin], [id, was === 'admin']);
        assert.deepEqual(found?.token.scopes.toSorted(), scopes.toSorted());
        assert.equal(found?.token.products, null);
      }
    } finally {
      await store.close();
    }
  }));

const WRITES = ['read', 'triage', 'protected', 'dumps', 'symbols'] as const;

test('a backup of what version 0.1.0 stored is restored, from a folder and from one file, and brought up to date', () =>
  withOldFolder(async (old) => {
    // As a backup of that version's folder is: it had no command for it, but its files are those of a backup.
    const names = readdirSync(old, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(old, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
      .filter(isPathOfBackup);
    const database = new Database(path.join(old, 'mayday.db'));
    database.pragma('journal_mode = DELETE');
    database.close();
    const sums = await Promise.all(
      names.map(async (name) => [name, (await hashFile(nodeFiles, path.join(old, name))).sha256] as const),
    );
    writeFileSync(path.join(old, 'SHA256SUMS'), sumsText(new Map(sums)));
    const manifest = {
      ...{ format: 1, mayday: '0.1.0', schema: 4, reports: 18, files: names.length, bytes: 0, missing: [] },
      ...{ startedAt: '2026-11-01T00:00:00.000Z', finishedAt: '2026-11-01T00:00:00.000Z' },
    };
    writeFileSync(path.join(old, 'manifest.json'), JSON.stringify(manifest));
    const archive = `${old}.tar.zst`;
    await writeArchive(nodeFiles, old, archive, () => undefined);
    for (const from of [old, archive]) {
      const dir = await newFolder();
      try {
        await restoreBackup({ files: nodeFiles, from, name: null, dir, progress: () => undefined });
        await (await openEmbeddedStore(storeOptions(dir, { housekeeping: false }))).close();
        assert.deepEqual(recount(dir), []);
        const found = await verifyStore({ files: nodeFiles, dir, progress: () => undefined });
        assert.deepEqual([found.reports, found.symbols, found.wrong], [18, 1, []]);
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    }
    await rm(archive);
  }));

test('a copy of the older database is kept for a week', () =>
  withOldFolder(async (dir) => {
    await (await openEmbeddedStore(storeOptions(dir, { housekeeping: false }))).close();
    const copy = path.join(dir, 'mayday.db.schema-4');
    const old = new Database(copy, { readonly: true });
    assert.equal(old.prepare('SELECT max(number) FROM migrations').pluck().get(), 4);
    assert.equal(old.prepare('SELECT count(*) FROM reports').pluck().get(), 18);
    old.close();
    const again = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    await again.maintenance.prune();
    assert.ok(readdirSync(dir).includes('mayday.db.schema-4'));
    const weekAgo = statSync(copy).mtimeMs / 1000 - 8 * 86_400;
    utimesSync(copy, weekAgo, weekAgo);
    await again.maintenance.prune();
    await again.close();
    assert.ok(!readdirSync(dir).includes('mayday.db.schema-4'));
  }));

test('the copy is of this upgrade, and not of an earlier one after which somebody went back', () =>
  withOldFolder(async (dir) => {
    await (await openEmbeddedStore(storeOptions(dir, { housekeeping: false }))).close();
    const copy = path.join(dir, 'mayday.db.schema-4');
    for (const suffix of ['', '-wal', '-shm']) rmSync(path.join(dir, `mayday.db${suffix}`), { force: true });
    copyFileSync(copy, path.join(dir, 'mayday.db'));
    const older = new Database(path.join(dir, 'mayday.db'));
    older.exec(`UPDATE bugs SET ticket = 'used on' WHERE id = 1`);
    older.close();
    await (await openEmbeddedStore(storeOptions(dir, { housekeeping: false }))).close();
    const old = new Database(copy, { readonly: true });
    assert.equal(old.prepare('SELECT ticket FROM bugs WHERE id = 1').pluck().get(), 'used on');
    assert.equal(old.prepare('SELECT max(number) FROM migrations').pluck().get(), 4);
    old.close();
    assert.deepEqual(
      readdirSync(dir).filter((name) => name.startsWith('mayday.db.schema')),
      ['mayday.db.schema-4'],
    );
  }));

test('a migration that is killed at any statement is made whole by the next start', () =>
  withOldFolder(async (dir) => {
    const script = `
      import { statements } from './src/store/embedded/database/statements.ts';
      import { openEmbeddedStore } from './src/store/embedded/open.ts';
      import { createLog } from './src/base/log.ts';
      import { createMetrics } from './src/base/metrics.ts';
      const { exec } = statements;
      let left = Number(process.argv[2]);
      statements.exec = (connection, sql) => {
        if (left-- === 0) process.kill(process.pid, 'SIGKILL');
        exec(connection, sql);
      };
      const store = await openEmbeddedStore({
        dir: process.argv[1], maxBytes: 2 ** 30, minFreeBytes: 0, keepDays: null, autoProducts: true, maxAutoProducts: 10,
        inboxSize: 10, sweepGraceMs: 60_000, housekeeping: false, log: createLog('silent'), metrics: createMetrics(),
      });
      await store.close();`;
    let killed = 0;
    for (const at of [1, 3, 8, 14]) {
      const { signal, stderr } = spawnSync(
        process.execPath,
        ['--input-type=module', '--eval', script, '--', dir, String(at)],
        { encoding: 'utf8' },
      );
      assert.ok(signal === 'SIGKILL' || signal === null, stderr);
      killed += signal === 'SIGKILL' ? 1 : 0;
    }
    assert.ok(killed >= 3, `${killed}`);
    await (await openEmbeddedStore(storeOptions(dir, { housekeeping: false }))).close();
    assert.deepEqual(recount(dir), []);
  }));

test('the newer database is refused by a version that does not know it, and nothing is changed', () =>
  withOldFolder(async (dir) => {
    await (await openEmbeddedStore(storeOptions(dir, { housekeeping: false }))).close();
    const database = new Database(path.join(dir, 'mayday.db'));
    database.prepare(`INSERT INTO migrations VALUES (9999, 'later', 0)`).run();
    database.pragma('wal_checkpoint(TRUNCATE)');
    database.close();
    const before = readFileSync(path.join(dir, 'mayday.db'));
    await assert.rejects(() => openEmbeddedStore(storeOptions(dir)), /made by a newer version of Mayday/);
    assert.deepEqual(readFileSync(path.join(dir, 'mayday.db')), before);
  }));
