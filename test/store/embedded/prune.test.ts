// The limit holds over everything stored; the oldest reports go first.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { NOON, chunks, eventually, someBytes, storeReport } from '../conformance/report-builder.ts';
import { crash, fileReport } from '../conformance/processed-builder.ts';
import { diskSpace } from './disk-space.ts';
import { withStore } from './open-store.ts';

const LIMIT = 8 * 1024 * 1024;
const DAY = 24 * 60 * 60 * 1000;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

test('thousands of reports of all sizes never take more than the limit at rest', async () => {
  await withStore({ maxBytes: LIMIT }, async (store, dir) => {
    const sizes = [300, 1024, 1024, 1024, 5000, 1024, 20_000, 1024, 1024, 70_000];
    for (let round = 0; round < 6; round += 1) {
      await Promise.all(
        Array.from({ length: 500 }, (_, index) =>
          storeReport(
            store,
            {
              receivedAt: NOON + round * 3_600_000 + index,
              identity: `${round} ${index}`,
              annotations: [{ key: 'note', value: `round ${round} report ${index}` }],
            },
            [{ name: 'dump', data: randomBytes(sizes[index % sizes.length] ?? 0) }],
          ),
        ),
      );
      assert.ok(diskSpace(dir) <= LIMIT, `round ${round}: ${diskSpace(dir)} bytes`);
    }
    const status = await store.reports.status();
    assert.ok(status.pruned > 0 && status.reports > 100, `${status.pruned} pruned, ${status.reports} kept`);
    assert.equal(status.pruned + status.reports, 3000);
    // The search index and the give-back of free pages work on while nobody waits; that must not cross the limit either.
    for (let look = 0; look < 12; look += 1) {
      assert.ok(diskSpace(dir) <= LIMIT, `look ${look}: ${diskSpace(dir)} bytes`);
      await pause(200);
    }
    const { rows } = await store.reports.listReports({}, { limit: 1 });
    assert.ok((rows[0]?.receivedAt ?? 0) >= NOON + 5 * 3_600_000);
  });
});

test('what the store says it uses is what the disk says', async () => {
  await withStore({ maxBytes: LIMIT }, async (store, dir) => {
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        storeReport(store, { receivedAt: NOON + index * DAY }, [{ name: 'dump', data: randomBytes(80_000) }]),
      ),
    );
    await store.intake.putBlob('default', 'Piano', 'blob', chunks(randomBytes(90_000)));
    // Symbols are counted apart.
    const ofReports = () => diskSpace(dir) - diskSpace(path.join(dir, 'symbols'));
    const both = await eventually(
      async () => [(await store.reports.status()).usedBytes, ofReports()] as const,
      ([claimed, real]) => claimed === real,
    );
    assert.equal(both[0], both[1]);
  });
});

test('the oldest reports go first, pinned ones last, with files, identity and words', async () => {
  await withStore({ maxBytes: LIMIT }, async (store, dir) => {
    const pinned = await storeReport(store, { receivedAt: NOON - DAY }, [
      { name: 'dump', data: randomBytes(90_000) },
    ]);
    await store.reports.pinReport(pinned.crashId, true);
    const results = [];
    for (let index = 0; index < 150; index += 1) {
      const fields = { receivedAt: NOON + index * 1000, identity: `n${index}` };
      results.push(await storeReport(store, fields, [{ name: 'dump', data: randomBytes(90_000) }]));
    }
    const present = await Promise.all(results.map(({ crashId }) => store.reports.getReport(crashId)));
    const firstKept = present.findIndex((report) => report !== null);
    assert.ok(firstKept > 0);
    assert.ok(present.slice(firstKept).every((report) => report !== null));
    assert.notEqual(await store.reports.getReport(pinned.crashId), null);
    assert.equal(await store.intake.findByIdentity('n0'), null);
    const day = path.join(dir, 'reports', '20260314');
    assert.equal(statSync(path.join(day, results[0]?.crashId ?? ''), { throwIfNoEntry: false }), undefined);
    const kept = results.at(-1)?.crashId ?? '';
    assert.ok(statSync(path.join(day, kept, 'dump.zst')).size > 0);
  });
});

test('a flood of one product evicts its own reports, and every report of the others stays', async () => {
  await withStore({ maxBytes: LIMIT }, async (store) => {
    const honest = [];
    for (let index = 0; index < 10; index += 1) {
      const fields = { product: 'Honest', receivedAt: NOON - DAY + index * 1000 };
      honest.push(await storeReport(store, fields, [{ name: 'dump', data: randomBytes(20_000) }]));
    }
    for (let index = 0; index < 400; index += 1) {
      const fields = { product: 'Flood', receivedAt: NOON + index * 1000 };
      await storeReport(store, fields, [{ name: 'dump', data: randomBytes(60_000) }]);
    }
    assert.ok((await store.reports.status()).pruned > 200);
    for (const { crashId } of honest) assert.notEqual(await store.reports.getReport(crashId), null);
    const { rows } = await store.reports.listReports({ product: 'Flood' }, { limit: 1 });
    assert.equal(rows[0]?.receivedAt, NOON + 399 * 1000);
  });
});

test('of a bug with many reports the first, the newest and a spread stay; bugs with few keep all of theirs', async () => {
  await withStore({ maxBytes: LIMIT, keepOfCase: 4 }, async (store) => {
    const file = async (key: string, receivedAt: number): Promise<string> => {
      const annotations = [{ key: 'noise', value: randomBytes(20_000).toString('hex') }];
      return (await fileReport(store, [crash(key)], { report: { receivedAt, annotations } })).crashId;
    };
    const few = [await file('few', NOON), await file('few', NOON + 1000)];
    const many: string[] = [];
    for (let index = 0; index < 300; index += 1)
      many.push(await file('many', NOON + 60_000 + index * 60_000));
    const present = async (ids: readonly string[]): Promise<readonly boolean[]> =>
      Promise.all(ids.map(async (id) => (await store.reports.getReport(id)) !== null));
    assert.deepEqual(await present(few), [true, true]);
    const kept = (await present(many)).flatMap((is, at) => (is ? [at] : []));
    assert.ok(kept.length < 250, `${kept.length} kept`);
    assert.equal(kept[0], 0);
    assert.equal(kept.at(-1), 299);
    // The old part of the bug is thin, and spread over its time.
    const old = kept.filter((at) => at > 0 && at < 100);
    assert.ok(old.length > 0 && old.length < 50, old.join(' '));
  });
});

test('nothing that is younger than the grace time is pruned: submissions are refused instead', async () => {
  await withStore({ maxBytes: LIMIT, pruneGraceMs: 3_600_000 }, async (store) => {
    const old = await storeReport(store, { receivedAt: Date.now() - 2 * 3_600_000 }, [
      { name: 'dump', data: randomBytes(90_000) },
    ]);
    const young: { readonly crashId: string }[] = [];
    await assert.rejects(
      async () => {
        for (let index = 0; index < 200; index += 1) {
          const fields = { receivedAt: Date.now() };
          young.push(await storeReport(store, fields, [{ name: 'dump', data: randomBytes(90_000) }]));
        }
      },
      { name: 'StorageError', reason: 'full' },
    );
    assert.equal(await store.reports.getReport(old.crashId), null);
    for (const { crashId } of young) assert.notEqual(await store.reports.getReport(crashId), null);
  });
});

test('reports past their age are pruned, by the product’s own age where it has one', async () => {
  await withStore({ keepDays: 10 }, async (store) => {
    await store.people.createProductByHand('default', 'Short');
    await store.people.createProductByHand('default', 'Long');
    await store.people.updateProduct('default', 'Short', { keepDays: 2 });
    await store.people.updateProduct('default', 'Long', { keepDays: 100 });
    const now = Date.now();
    for (const product of ['Short', 'Long', 'Piano']) {
      for (const days of [1, 5, 50, 500]) await storeReport(store, { product, receivedAt: now - days * DAY });
    }
    await store.maintenance.prune();
    const days = async (product: string) =>
      (await store.reports.listReports({ product }, { limit: 10 })).rows.map(({ receivedAt }) =>
        Math.round((now - receivedAt) / DAY),
      );
    assert.deepEqual(await days('Short'), [1]);
    assert.deepEqual(await days('Piano'), [1, 5]);
    assert.deepEqual(await days('Long'), [1, 5, 50]);
  });
});

test('blobs count and are pruned with the reports, oldest first', async () => {
  await withStore({ maxBytes: LIMIT }, async (store, dir) => {
    for (let index = 0; index < 120; index += 1) {
      await store.intake.putBlob('default', 'Piano', `h${index}`, chunks(randomBytes(90_000)));
      assert.ok(diskSpace(dir) <= LIMIT, `${index}: ${diskSpace(dir)}`);
    }
    assert.deepEqual(await store.intake.missingBlobs('default', 'Piano', ['h0', 'h119']), ['h0']);
  });
});

test('a report that is larger than everything allowed is refused, and nothing is pruned for it', async () => {
  await withStore({ maxBytes: LIMIT }, async (store) => {
    const { crashId } = await storeReport(store);
    await assert.rejects(storeReport(store, {}, [{ name: 'dump', data: randomBytes(9 * 1024 * 1024) }]), {
      name: 'StorageError',
      reason: 'full',
    });
    assert.notEqual(await store.reports.getReport(crashId), null);
    assert.equal(store.intake.admission().full, false);
    await storeReport(store, {}, [{ name: 'dump', data: someBytes(100_000) }]);
  });
});

test('a limit that leaves no room for anything is told by the admission', async () => {
  await withStore({ maxBytes: 300_000 }, async (store) => {
    await assert.rejects(storeReport(store), { name: 'StorageError', reason: 'full' });
    const admission = await eventually(
      async () => store.intake.admission(),
      ({ full }) => full,
    );
    assert.equal(admission.full, true);
    assert.match(admission.reason ?? '', /nothing is left to prune/);
  });
});

test('too little free space on the disk is told by the admission', async () => {
  await withStore({ minFreeBytes: Number.MAX_SAFE_INTEGER }, async (store) => {
    const { full, reason } = store.intake.admission();
    assert.equal(full, true);
    assert.match(reason ?? '', /MiB free/);
  });
});

test('a prune ends, although a long log once made an index that stays', async () => {
  await withStore({ maxBytes: 4 * 1024 ** 3 }, async (store, dir) => {
    // While a reader looks at the past the log is not emptied: 40 MB of it need three blocks of index.
    const reader = new Database(path.join(dir, 'mayday.db'), { readonly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM reports').get();
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(
        Array.from({ length: 80 }, (_, index) =>
          storeReport(store, { receivedAt: NOON, identity: `${round} ${index}` }, [
            { name: 'dump', data: randomBytes(50_000) },
          ]),
        ),
      );
    }
    assert.ok(statSync(path.join(dir, 'mayday.db-shm')).size > 64 * 1024, 'the log was long');
    reader.exec('COMMIT');
    reader.close();
    assert.equal((await store.maintenance.prune()).reports, 0);
    assert.equal(statSync(path.join(dir, 'mayday.db-wal')).size, 0);
  });
});
