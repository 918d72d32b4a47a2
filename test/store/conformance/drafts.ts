// Drafts: what is stored, what is not, and when.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import type { Store } from '../../../src/store/store.ts';
import { newReport, someBytes, storeReport } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

async function bytesOf(store: Store, crashId: string, name: string): Promise<Buffer | null> {
  const opened = await store.reports.openAttachment(crashId, name);
  return opened === null ? null : buffer(opened.stream);
}

export function draftTopic(open: StoreFactory): void {
  for (const size of [0, 1, 1024, 65_536, 65_537, 1_000_000]) {
    test(`an attachment of ${size} bytes comes back as it was`, async () => {
      const store = await open();
      const data = someBytes(size);
      const { crashId } = await storeReport(store, {}, [
        { name: 'upload_file_minidump', kind: 'minidump', data },
      ]);
      assert.deepEqual(await bytesOf(store, crashId, 'upload_file_minidump'), data);
      const report = await store.reports.getReport(crashId);
      assert.deepEqual(report?.attachments, [
        {
          name: 'upload_file_minidump',
          kind: 'minidump',
          filename: null,
          contentType: null,
          size,
          sha256: createHash('sha256').update(data).digest('hex'),
        },
      ]);
    });
  }

  test('many attachments of all sizes keep their order and their bytes', async () => {
    const store = await open();
    const attachments = [10, 70_000, 0, 60_000, 60_000, 60_000, 60_000, 60_000, 200_000, 5].map(
      (size, index) => ({
        name: `part_${index}`,
        data: someBytes(size, index + 1),
      }),
    );
    const { crashId } = await storeReport(store, {}, attachments);
    const report = await store.reports.getReport(crashId);
    assert.deepEqual(
      report?.attachments.map(({ name }) => name),
      attachments.map(({ name }) => name),
    );
    for (const { name, data } of attachments)
      assert.deepEqual(await bytesOf(store, crashId, name), data, name);
  });

  test('the chunks of an attachment may be reused once write has resolved', async () => {
    const store = await open();
    const draft = store.intake.draft();
    const sink = draft.attachment({ name: 'dump', kind: 'file', filename: null, contentType: null });
    const chunk = Buffer.alloc(30_000);
    for (let turn = 0; turn < 8; turn += 1) {
      chunk.fill(turn);
      await sink.write(chunk);
    }
    await sink.end();
    const report = newReport();
    await draft.commit(report);
    const expected = Buffer.concat([0, 1, 2, 3, 4, 5, 6, 7].map((turn) => Buffer.alloc(30_000, turn)));
    assert.deepEqual(await bytesOf(store, report.crashId, 'dump'), expected);
  });

  test('nothing of a report can be seen before commit', async () => {
    const store = await open();
    const draft = store.intake.draft();
    const sink = draft.attachment({ name: 'dump', kind: 'file', filename: null, contentType: null });
    await sink.write(someBytes(100_000));
    await sink.end();
    assert.deepEqual(await store.reports.listReports({}, { limit: 10 }), { rows: [], next: null });
    await draft.discard();
  });

  test('a discarded draft leaves nothing, and discard after commit does nothing', async () => {
    const store = await open();
    const draft = store.intake.draft();
    const sink = draft.attachment({ name: 'dump', kind: 'file', filename: null, contentType: null });
    await sink.write(someBytes(100_000));
    await draft.discard();
    await draft.discard();
    await assert.rejects(draft.commit(newReport()), { name: 'StorageError' });

    const kept = store.intake.draft();
    const report = newReport();
    await kept.commit(report);
    await kept.discard();
    assert.equal((await store.reports.getReport(report.crashId))?.crashId, report.crashId);
  });

  test('a second report with the same identity is a duplicate and leaves no trace', async () => {
    const store = await open();
    const first = await storeReport(store, { identity: 'same' }, [
      { name: 'dump', data: someBytes(200_000) },
    ]);
    for (const size of [10, 200_000]) {
      const second = await storeReport(store, { identity: 'same' }, [
        { name: 'dump', data: someBytes(size, 7) },
      ]);
      assert.deepEqual(second, { kind: 'duplicate', crashId: first.crashId });
    }
    assert.equal((await store.reports.status()).reports, 1);
    assert.deepEqual(await bytesOf(store, first.crashId, 'dump'), someBytes(200_000));
  });

  test('of many reports with one identity that arrive at once exactly one is stored', async () => {
    const store = await open();
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        storeReport(store, { identity: 'race' }, [
          { name: 'dump', data: someBytes(index % 2 === 0 ? 90_000 : 90) },
        ]),
      ),
    );
    const stored = results.filter(({ kind }) => kind === 'stored');
    assert.equal(stored.length, 1);
    assert.deepEqual(new Set(results.map(({ crashId }) => crashId)), new Set([stored[0]?.crashId]));
    assert.equal((await store.reports.listReports({}, { limit: 50 })).rows.length, 1);
  });

  test('a crash id that is taken already is a duplicate, and the first report stays whole', async () => {
    const store = await open();
    const { crashId } = newReport();
    await storeReport(store, { crashId }, [{ name: 'dump', data: someBytes(100_000, 1) }]);
    for (const size of [100, 100_000]) {
      const again = await storeReport(store, { crashId }, [{ name: 'dump', data: someBytes(size, 2) }]);
      assert.deepEqual(again, { kind: 'duplicate', crashId });
    }
    assert.deepEqual(await bytesOf(store, crashId, 'dump'), someBytes(100_000, 1));
  });

  test('reports without identity are never duplicates', async () => {
    const store = await open();
    const results = await Promise.all([1, 2, 3].map(() => storeReport(store, { identity: null })));
    assert.deepEqual(
      results.map(({ kind }) => kind),
      ['stored', 'stored', 'stored'],
    );
  });

  test('an identity can be found as soon as its report is committed', async () => {
    const store = await open();
    assert.equal(await store.intake.findByIdentity('syncthing:abc'), null);
    const { crashId } = await storeReport(store, { identity: 'syncthing:abc' });
    assert.equal(await store.intake.findByIdentity('syncthing:abc'), crashId);
  });

  test('reports committed at once are all stored, each with its own attachment', async () => {
    const store = await open();
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        storeReport(store, {}, [
          { name: 'dump', data: someBytes(index % 3 === 0 ? 70_000 : 500, index + 1) },
        ]),
      ),
    );
    for (const [index, { crashId }] of results.entries()) {
      const expected = someBytes(index % 3 === 0 ? 70_000 : 500, index + 1);
      assert.deepEqual(await bytesOf(store, crashId, 'dump'), expected);
    }
  });

  test('a name that is not safe as a file name is refused', async () => {
    const store = await open();
    for (const name of ['', '.', '..', 'a/b', '../x', 'nul\0']) {
      assert.throws(
        () => store.intake.draft().attachment({ name, kind: 'file', filename: null, contentType: null }),
        TypeError,
      );
    }
  });
}
