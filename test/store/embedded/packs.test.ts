// Larger attachments lie in packs, share their fsync, are gone when their report is, and give their space back.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { HeldBytes } from '../../../src/store/embedded/disk/held-bytes.ts';
import { packName } from '../../../src/store/embedded/disk/pack-format.ts';
import { repairStore } from '../../../src/store/embedded/repair/repair.ts';
import type { Store } from '../../../src/store/store.ts';
import { NOON, eventually, newReport, someBytes, storeReport } from '../conformance/report-builder.ts';
import { recount, strayFiles } from '../faults/recount.ts';
import { newFolder, storeOptions, withStore } from './open-store.ts';
import { systemError, watchedFiles } from './recording-files.ts';

const SIZE = 100_000;

function inDatabase<T>(dir: string, work: (database: Database.Database) => T): T {
  const database = new Database(path.join(dir, 'mayday.db'));
  try {
    return work(database);
  } finally {
    database.close();
  }
}

interface PackRow {
  readonly name: string;
  readonly bytes: number;
  readonly live: number;
}

function packs(dir: string): readonly PackRow[] {
  return inDatabase(dir, (database) =>
    database.prepare<[], PackRow>('SELECT name, bytes, live FROM packs ORDER BY id').all(),
  );
}

function packFiles(dir: string): readonly string[] {
  return readdirSync(path.join(dir, 'packs'));
}

async function dumpOf(store: Store, crashId: string, name = 'dump'): Promise<Buffer | null> {
  const opened = await store.reports.openAttachment(crashId, name);
  return opened === null ? null : buffer(opened.stream);
}

/** So many reports with a dump each, all at once; crash ids in order of their seeds. */
async function storeDumps(store: Store, count: number, size = SIZE): Promise<readonly string[]> {
  const results = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      storeReport(store, { identity: `dump ${index} ${size}` }, [
        { name: 'dump', data: someBytes(size, index + 1) },
      ]),
    ),
  );
  return results.map(({ crashId }) => crashId);
}

async function expectWhole(store: Store, crashIds: readonly string[], size = SIZE): Promise<void> {
  for (const [index, crashId] of crashIds.entries()) {
    if (crashId === '') continue;
    const bytes = await dumpOf(store, crashId);
    assert.ok(bytes?.equals(someBytes(size, index + 1)), `the dump of ${crashId} is whole`);
  }
}

async function inFolder(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await newFolder();
  try {
    await run(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

test('reports that arrive together share the fsync of one pack, and none has a folder', async () => {
  await inFolder(async (dir) => {
    const synced: string[] = [];
    const files = watchedFiles(dir, (operation, target) => {
      if (operation === 'sync' || operation === 'makeFolder')
        synced.push(`${operation} ${target.split(path.sep)[0]}`);
    });
    const store = await openEmbeddedStore(storeOptions(dir, { files, housekeeping: false }));
    synced.length = 0;
    const crashIds = await storeDumps(store, 24);
    assert.ok(synced.length < 24, `${synced.length} for 24 reports`);
    assert.ok(
      synced.every((each) => each === 'sync packs'),
      synced.join(', '),
    );
    assert.deepEqual(readdirSync(path.join(dir, 'reports')), []);
    assert.equal(packFiles(dir).length, 1);
    await expectWhole(store, crashIds);
    await store.close();
    assert.deepEqual(recount(dir), []);
  });
});

test('a report with attachments of all sizes keeps each where it belongs, in the order in which they came', async () => {
  await withStore({ housekeeping: false }, async (store, dir) => {
    const parts = [
      { name: 'tiny', data: someBytes(100, 1) },
      { name: 'first', data: someBytes(120_000, 2) },
      { name: 'zeros', data: Buffer.alloc(5_000_000) },
      { name: 'second', data: someBytes(300_000, 3) },
    ];
    const { crashId } = await storeReport(store, {}, parts);
    const report = await store.reports.getReport(crashId);
    assert.deepEqual(
      report?.attachments.map(({ name }) => name),
      parts.map(({ name }) => name),
    );
    for (const { name, data } of parts) assert.ok((await dumpOf(store, crashId, name))?.equals(data), name);
    const read = await store.reports.readAttachment(crashId, 'second');
    assert.ok(
      (await read?.bytes.read(200_000, 70_000))?.equals(someBytes(300_000, 3).subarray(200_000, 270_000)),
    );
    await read?.bytes.close();
    assert.deepEqual(readdirSync(path.join(dir, 'reports')), []);
    // With one that is too large for memory all larger ones go into files.
    const large = [...parts, { name: 'huge', data: someBytes(3_000_000, 4) }];
    const second = await storeReport(store, {}, large);
    for (const { name, data } of large)
      assert.ok((await dumpOf(store, second.crashId, name))?.equals(data), name);
    assert.equal(packs(dir)[0]?.live, packs(dir)[0]?.bytes, 'nothing of it is in a pack');
    assert.equal(readdirSync(path.join(dir, 'reports')).length, 1);
  });
});

test('a small attachment that no longer fits the row is whole in a pack, and in a file beside one that is too large for memory', async () => {
  await withStore({ housekeeping: false }, async (store) => {
    const parts = [
      ...Array.from({ length: 4 }, (_, index) => ({
        name: `part${index}`,
        data: someBytes(65_300, index + 1),
      })),
      { name: 'small', data: someBytes(1500, 9) },
    ];
    const packed = await storeReport(store, { identity: 'packed' }, parts);
    const withHuge = [...parts, { name: 'huge', data: someBytes(3_000_000, 7) }];
    const inFiles = await storeReport(store, { identity: 'in files' }, withHuge);
    for (const { name, data } of parts)
      assert.ok((await dumpOf(store, packed.crashId, name))?.equals(data), name);
    for (const { name, data } of withHuge)
      assert.ok((await dumpOf(store, inFiles.crashId, name))?.equals(data), `${name} in a file`);
  });
});

test('what waits in memory for a pack is bounded; what comes beyond goes into files', async () => {
  const held = new HeldBytes();
  let taken = 0;
  while (held.take(1024 * 1024)) taken += 1;
  assert.equal(taken, 8);
  held.give(1024 * 1024);
  assert.equal(held.take(1024 * 1024), true);
  await withStore({ housekeeping: false }, async (store, dir) => {
    const drafts = Array.from({ length: 70 }, () => store.intake.draft());
    const data = someBytes(500_000, 5);
    for (const draft of drafts) {
      const sink = draft.attachment({ name: 'dump', kind: 'file', filename: null, contentType: null });
      for (let at = 0; at < data.length; at += 50_000) await sink.write(data.subarray(at, at + 50_000));
      await sink.end();
    }
    assert.ok(readdirSync(path.join(dir, 'incoming')).length >= 4, 'some of them had to go into files');
    const results = await Promise.all(drafts.map((draft) => draft.commit(newReport())));
    for (const { crashId } of results) assert.ok((await dumpOf(store, crashId))?.equals(data));
    assert.deepEqual(readdirSync(path.join(dir, 'incoming')), []);
  });
});

test('the bytes of a deleted report are overwritten soon, and those beside it stay', async () => {
  await withStore({}, async (store, dir) => {
    const crashIds = [...(await storeDumps(store, 5))];
    const [deleted = ''] = crashIds.splice(2, 1, '');
    // Random bytes are stored as they are, but for frames of 128 KiB around them.
    const needle = someBytes(SIZE, 3).subarray(1000, 1100);
    const isThere = () =>
      packFiles(dir).some((name) => readFileSync(path.join(dir, 'packs', name)).includes(needle));
    assert.equal(isThere(), true);
    await store.reports.deleteReport(deleted);
    assert.equal(
      await eventually(
        async () => isThere(),
        (there) => !there,
      ),
      false,
    );
    await expectWhole(store, crashIds);
    assert.equal(await dumpOf(store, deleted), null);
  });
});

test('an entry that a duplicate left behind is overwritten like that of a deleted report', async () => {
  await withStore({}, async (store, dir) => {
    const data = someBytes(SIZE, 8);
    const both = await Promise.all(
      [1, 2].map(() => storeReport(store, { identity: 'the same' }, [{ name: 'dump', data }])),
    );
    assert.deepEqual(both.map(({ kind }) => kind).toSorted(), ['duplicate', 'stored']);
    const needle = data.subarray(500, 600);
    const times = () =>
      packFiles(dir).reduce((sum, name) => {
        const bytes = readFileSync(path.join(dir, 'packs', name));
        let count = 0;
        for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + 1)) count += 1;
        return sum + count;
      }, 0);
    assert.equal(
      await eventually(
        async () => times(),
        (count) => count === 1,
      ),
      1,
    );
    assert.ok((await dumpOf(store, both[0]?.crashId ?? ''))?.equals(data));
  });
});

test('compaction keeps what lives, byte for byte, and gives the rest of the pack back', async () => {
  await inFolder(async (dir) => {
    const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    const crashIds = [...(await storeDumps(store, 40))];
    // Opened before the pack goes, and read afterwards.
    const early = await store.reports.openAttachment(crashIds[1] ?? '', 'dump');
    for (const index of crashIds.keys()) {
      if (index % 4 === 1) continue;
      await store.reports.deleteReport(crashIds[index] ?? '');
      crashIds[index] = '';
    }
    const before = packs(dir);
    await store.maintenance.prune();
    const after = packs(dir);
    assert.ok(
      after.every(({ bytes, live }) => bytes === live),
      JSON.stringify(after),
    );
    assert.equal(
      after.reduce((sum, { live }) => sum + live, 0),
      before.reduce((sum, { live }) => sum + live, 0),
    );
    assert.deepEqual(packFiles(dir).toSorted(), after.map(({ name }) => name).toSorted());
    assert.ok(!after.some(({ name }) => before.some((old) => old.name === name)));
    assert.ok(early !== null && (await buffer(early.stream)).equals(someBytes(SIZE, 2)));
    await expectWhole(store, crashIds);
    // Reports go on being stored, although the pack that was being filled is gone.
    await expectWhole(store, await storeDumps(store, 3, SIZE + 1), SIZE + 1);
    await store.close();
    assert.deepEqual([...recount(dir), ...strayFiles(dir)], []);
    const again = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    await expectWhole(again, crashIds);
    await again.close();
  });
});

test('a pack whose reports are all gone goes without anything being copied', async () => {
  await withStore({ housekeeping: false }, async (store, dir) => {
    for (const crashId of await storeDumps(store, 6)) await store.reports.deleteReport(crashId);
    await store.maintenance.prune();
    assert.deepEqual([packs(dir), packFiles(dir)], [[], []]);
  });
});

test('a report that is committed while its pack is taken out of use gets into another one', async () => {
  await withStore({ housekeeping: false }, async (store, dir) => {
    const crashIds = [...(await storeDumps(store, 2))];
    inDatabase(dir, (database) => database.prepare('UPDATE packs SET retired = 1').run());
    const third = await storeReport(store, {}, [{ name: 'dump', data: someBytes(SIZE, 3) }]);
    assert.equal(third.kind, 'stored');
    assert.equal(packs(dir).length, 2);
    await expectWhole(store, [...crashIds, third.crashId]);
  });
});

test('a pack that was removed while it was open takes no report with it', async () => {
  await withStore({ housekeeping: false }, async (store, dir) => {
    const [first = ''] = await storeDumps(store, 1);
    await store.reports.deleteReport(first);
    await store.maintenance.prune();
    assert.deepEqual(packFiles(dir), []);
    const second = await storeReport(store, {}, [{ name: 'dump', data: someBytes(SIZE, 1) }]);
    await expectWhole(store, [second.crashId]);
  });
});

test('the sweep cuts off what was never committed, and removes packs that no row knows, once they are old', async () => {
  await inFolder(async (dir) => {
    const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    const crashIds = await storeDumps(store, 2);
    await store.close();
    inDatabase(dir, (database) => database.prepare('UPDATE migrations SET applied_at = 0').run());
    const [known] = packs(dir);
    const file = path.join(dir, 'packs', known?.name ?? '');
    const orphan = path.join(dir, 'packs', packName('20260314', Buffer.alloc(12, 7)));
    const note = path.join(dir, 'packs', 'note-of-a-person.txt');
    appendFileSync(file, someBytes(5000));
    writeFileSync(orphan, 'left behind');
    writeFileSync(note, 'x');
    const sweepWith = async (sweepGraceMs: number): Promise<void> => {
      const swept = await openEmbeddedStore(storeOptions(dir, { housekeeping: false, sweepGraceMs }));
      await swept.maintenance.prune();
      await expectWhole(swept, crashIds);
      await swept.close();
    };
    await sweepWith(600_000);
    assert.equal(statSync(file).size, (known?.bytes ?? 0) + 5000, 'an entry may be on its way');
    assert.equal(existsSync(orphan), true);
    for (const old of [file, orphan]) utimesSync(old, new Date(NOON), new Date(NOON));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await sweepWith(20);
    assert.equal(statSync(file).size, known?.bytes);
    assert.equal(existsSync(orphan), false);
    assert.equal(existsSync(note), true);
  });
});

test('a database that is gone gives back the reports in packs, as they were, and none that was deleted', async () => {
  await inFolder(async (dir) => {
    const store = await openEmbeddedStore(storeOptions(dir));
    const crashIds = [...(await storeDumps(store, 6))];
    const { crashId } = await storeReport(
      store,
      { product: 'Organ', version: '7.0', annotations: [{ key: 'text', value: 'kept' }] },
      [
        { name: 'small', data: someBytes(10) },
        { name: 'dump', data: someBytes(200_000, 77) },
      ],
    );
    await store.reports.deleteReport(crashIds[3] ?? '');
    await eventually(
      async () =>
        inDatabase(dir, (database) => database.prepare('SELECT count(*) FROM removals').pluck().get()),
      (count) => count === 0,
    );
    await store.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(path.join(dir, `mayday.db${suffix}`), { force: true });
    const result = repairStore(dir, NOON);
    const again = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    const left = crashIds.map((each, index) => (index === 3 ? '' : each));
    assert.deepEqual(result.joined.toSorted(), [...left.filter((each) => each !== ''), crashId].toSorted());
    await expectWhole(again, left);
    assert.ok((await dumpOf(again, crashId))?.equals(someBytes(200_000, 77)));
    const report = await again.reports.getReport(crashId);
    assert.deepEqual(
      [report?.product, report?.version, report?.annotations[0]?.value],
      ['Organ', '7.0', 'kept'],
    );
    assert.ok(report?.notes.some((note) => note.includes('small was lost')));
    await again.maintenance.prune();
    await expectWhole(again, left);
    await again.close();
    assert.deepEqual([...recount(dir), ...strayFiles(dir)], []);
    assert.equal(repairStore(dir, NOON).sound, true, 'a second repair has nothing to do');
  });
});

test('a report whose place was lost finds its entry again, and one whose pack is gone is told', async () => {
  await inFolder(async (dir) => {
    const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    const crashIds = await storeDumps(store, 3);
    await store.close();
    inDatabase(dir, (database) => database.prepare('DELETE FROM report_packs').run());
    assert.deepEqual(repairStore(dir, NOON).joined.toSorted(), crashIds.toSorted());
    const again = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    await expectWhole(again, crashIds);
    await again.close();
    for (const name of packFiles(dir)) rmSync(path.join(dir, 'packs', name));
    const result = repairStore(dir, NOON + 60_000);
    assert.deepEqual(result.withoutFiles.toSorted(), crashIds.toSorted());
  });
});

test('what lies in packs counts for the limit and for its product, and is pruned when space is short', async () => {
  const maxBytes = 24 * 1024 * 1024;
  await withStore({ maxBytes }, async (store, dir) => {
    const data = someBytes(40_000 + 30_000, 1);
    assert.ok(data.length > 64 * 1024);
    for (let index = 0; index < 40; index += 1) {
      await Promise.all(
        Array.from({ length: 12 }, (_, each) =>
          storeReport(store, { receivedAt: NOON + index * 1000, identity: `${index} ${each}` }, [
            { name: 'dump', data: someBytes(data.length / 2, index * 12 + each + 1) },
            { name: 'more', data: someBytes(34_000, index * 12 + each + 2) },
          ]),
        ),
      );
    }
    const status = await store.reports.status();
    assert.ok(status.usedBytes <= maxBytes, `${status.usedBytes} bytes`);
    assert.ok(status.pruned > 0 && status.reports > 50, `${status.pruned} pruned, ${status.reports} kept`);
    const stored = inDatabase(dir, (database) =>
      database.prepare<[], number>('SELECT stored_bytes FROM products').pluck().get(),
    );
    assert.ok((stored ?? 0) > status.reports * 60_000);
    const digest = (bytes: Buffer | null): string | null =>
      bytes === null ? null : createHash('sha256').update(bytes).digest('hex');
    for (const { crashId } of (await store.reports.listReports({}, { limit: 100 })).rows) {
      const report = await store.reports.getReport(crashId);
      for (const { name, sha256 } of report?.attachments ?? [])
        assert.equal(digest(await dumpOf(store, crashId, name)), sha256);
    }
  });
});

for (const operation of ['create', 'write', 'sync', 'syncFolder'] as const) {
  test(`a ${operation} of a pack that the disk refuses fails the reports that need it, and the next is stored`, async () => {
    await inFolder(async (dir) => {
      let fails = false;
      const files = watchedFiles(dir, (now, target) => {
        if (fails && now === operation && target.startsWith('packs')) throw systemError('EIO');
      });
      const store = await openEmbeddedStore(storeOptions(dir, { files, housekeeping: false }));
      try {
        const [first = ''] = await storeDumps(store, 1);
        // So that a pack has to be made.
        if (operation === 'create' || operation === 'syncFolder')
          inDatabase(dir, (database) => database.prepare('UPDATE packs SET retired = 1').run());
        fails = true;
        await assert.rejects(storeReport(store, {}, [{ name: 'dump', data: someBytes(SIZE, 2) }]), /EIO/);
        fails = false;
        const third = await storeReport(store, {}, [{ name: 'dump', data: someBytes(SIZE, 3) }]);
        await expectWhole(store, [first, '', third.crashId]);
        assert.equal((await store.reports.status()).reports, 2);
      } finally {
        await store.close();
      }
      assert.deepEqual(recount(dir), []);
    });
  });
}

test('a pack behind which a newer database stored reports is neither cut off nor compacted', async () => {
  await inFolder(async (dir) => {
    const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    const [first = '', second = ''] = await storeDumps(store, 2);
    await store.reports.deleteReport(second);
    await store.close();
    const [pack] = packs(dir);
    const file = path.join(dir, 'packs', pack?.name ?? '');
    appendFileSync(file, someBytes(SIZE, 9));
    // From a time in which this database was not in use.
    utimesSync(file, new Date(NOON), new Date(NOON));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const again = await openEmbeddedStore(storeOptions(dir, { housekeeping: false, sweepGraceMs: 20 })).catch(
      () => null,
    );
    // Where it is not refused at the start, it stays as it is.
    await again?.maintenance.prune();
    if (again !== null) await expectWhole(again, [first]);
    await again?.close();
    assert.ok(readFileSync(file).subarray(-SIZE).equals(someBytes(SIZE, 9)));
  });
});
