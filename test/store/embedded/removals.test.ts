// Files of removed rows: a to-do list of its own, so that a removal that fails harms nothing that was committed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { utcDay } from '../../../src/report/crash-id.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import {
  NOON,
  chunks,
  eventually,
  newReport,
  someBytes,
  storeReport,
} from '../conformance/report-builder.ts';
import { newFolder, storeOptions, withStore } from './open-store.ts';

/** Nobody in particular: a user without rights. */
const NOBODY = 65534;

/** What is still to be removed, as the database has it. */
function pendingTargets(dir: string): readonly string[] {
  const reader = new Database(path.join(dir, 'mayday.db'), { readonly: true });
  try {
    return reader.prepare<[], string>('SELECT target FROM removals ORDER BY id').pluck().all();
  } finally {
    reader.close();
  }
}

function reportFolders(dir: string): readonly string[] {
  return readdirSync(path.join(dir, 'reports')).flatMap((day) => readdirSync(path.join(dir, 'reports', day)));
}

test('folders that cannot be removed harm no report that is committed beside them, and go when they can', async () => {
  const parent = await newFolder();
  const dir = path.join(parent, 'data');
  try {
    const isRoot = process.getuid?.() === 0;
    chmodSync(parent, 0o755);
    mkdirSync(dir);
    if (isRoot) chownSync(dir, NOBODY, NOBODY);
    const script = path.join(import.meta.dirname, 'delete-beside-uploads.ts');
    const child = spawn(process.execPath, [script, dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
      ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    });
    const told = new Map<string, string[]>();
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [word = '', crashId = ''] = line.split(' ');
      told.set(word, [...(told.get(word) ?? []), crashId]);
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(code, 0);
    assert.deepEqual([...told.keys()].toSorted(), ['deleted', 'stored'], 'nothing is a duplicate or refused');
    const deleted = told.get('deleted') ?? [];
    const kept = (told.get('stored') ?? []).filter((crashId) => !deleted.includes(crashId));
    assert.deepEqual([deleted.length, kept.length], [40, 40]);
    assert.equal(pendingTargets(dir).length, 40, 'every folder is still to be removed');

    for (const day of readdirSync(path.join(dir, 'reports'))) {
      for (const name of deleted) chmodSync(path.join(dir, 'reports', day, name), 0o755);
    }
    const store = await openEmbeddedStore(storeOptions(dir, { sweepGraceMs: 0 }));
    try {
      for (const crashId of kept) {
        const report = await store.reports.getReport(crashId);
        const opened = await store.reports.openAttachment(crashId, 'dump');
        assert.ok(report !== null && opened !== null, `${crashId} was acknowledged`);
        const digest = createHash('sha256')
          .update(await buffer(opened.stream))
          .digest('hex');
        assert.equal(digest, report.annotations.find(({ key }) => key === 'sha256')?.value);
      }
      for (const crashId of deleted) assert.equal(await store.reports.getReport(crashId), null);
      await store.maintenance.prune();
      assert.deepEqual(pendingTargets(dir), []);
      assert.deepEqual(reportFolders(dir).toSorted(), kept.toSorted());
    } finally {
      await store.close();
    }
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
});

test('the folder of a deleted report goes soon after its row', async () => {
  await withStore({ packedBytes: 0 }, async (store, dir) => {
    const { crashId } = await storeReport(store, {}, [{ name: 'dump', data: someBytes(200_000) }]);
    await store.reports.deleteReport(crashId);
    assert.deepEqual(
      await eventually(
        async () => reportFolders(dir),
        (names) => names.length === 0,
      ),
      [],
    );
    assert.deepEqual(
      await eventually(
        async () => pendingTargets(dir),
        (targets) => targets.length === 0,
      ),
      [],
    );
    // Where it waits while it is taken apart.
    assert.deepEqual(
      await eventually(
        async () => readdirSync(path.join(dir, 'incoming')),
        (names) => names.length === 0,
      ),
      [],
    );
  });
});

test('a report that is sent again under its crash id keeps the folder that an old entry of the list names', async () => {
  await withStore({ housekeeping: false, packedBytes: 0 }, async (store, dir) => {
    const report = newReport();
    const target = `reports/${utcDay(NOON)}/${report.crashId}`;
    const note = (at: number): void => {
      const writable = new Database(path.join(dir, 'mayday.db'));
      writable
        .prepare('INSERT INTO removals (target, bytes, noted_at, due_at) VALUES (?, 1, ?, ?)')
        .run(target, at, at);
      writable.close();
    };
    // Owned by a row.
    await storeReport(store, report, [{ name: 'dump', data: someBytes(200_000) }]);
    note(Date.now() + 1000);
    await store.maintenance.prune();
    assert.notEqual(await store.reports.openAttachment(report.crashId, 'dump'), null);
    assert.deepEqual(pendingTargets(dir), []);
    // In place before its row: younger than the entry.
    const young = newReport();
    mkdirSync(path.join(dir, 'reports', utcDay(NOON), young.crashId));
    const writable = new Database(path.join(dir, 'mayday.db'));
    writable
      .prepare('INSERT INTO removals (target, bytes, noted_at, due_at) VALUES (?, 1, ?, 0)')
      .run(`reports/${utcDay(NOON)}/${young.crashId}`, Date.now() - 60_000);
    writable.close();
    await store.maintenance.prune();
    assert.ok(existsSync(path.join(dir, 'reports', utcDay(NOON), young.crashId)));
    assert.deepEqual(pendingTargets(dir), []);
  });
});

test('files that are yet to be removed count as used', async () => {
  await withStore({ housekeeping: false, packedBytes: 0 }, async (store, dir) => {
    await storeReport(store, {}, [{ name: 'dump', data: someBytes(10) }]);
    const before = (await store.reports.status()).usedBytes;
    const writable = new Database(path.join(dir, 'mayday.db'));
    writable
      .prepare(`INSERT INTO removals (target, bytes, noted_at, due_at) VALUES ('blobs/x.zst', 5000000, 0, 0)`)
      .run();
    writable.close();
    assert.ok((await store.reports.status()).usedBytes >= before + 5_000_000);
    await store.intake.putBlob('default', 'Piano', 'a', chunks(someBytes(10)));
    await store.maintenance.prune();
    assert.ok((await store.reports.status()).usedBytes < before + 5_000_000);
  });
});
