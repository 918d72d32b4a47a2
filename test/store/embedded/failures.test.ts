// Writes that fail below the store: every failure is told, nothing half is left, and the next report is stored.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { chunks, newReport, someBytes, storeReport } from '../conformance/report-builder.ts';
import { newFolder, storeOptions, withStore } from './open-store.ts';
import { systemError, watchedFiles } from './recording-files.ts';
import type { FileOperation } from './recording-files.ts';

/** Runs a test with a store whose file operations can be made to fail from some moment on. */
async function withFailing(
  run: (
    store: Store,
    dir: string,
    fail: (operation: FileOperation | null, code?: 'ENOSPC' | 'EIO') => void,
  ) => Promise<void>,
): Promise<void> {
  const dir = await newFolder();
  let failing: FileOperation | null = null;
  let failWith: 'ENOSPC' | 'EIO' = 'EIO';
  const files = watchedFiles(dir, (operation) => {
    if (operation === failing) throw systemError(failWith);
  });
  try {
    const store = await openEmbeddedStore(storeOptions(dir, { files, packedBytes: 0 }));
    try {
      await run(store, dir, (operation, code = 'EIO') => {
        failing = operation;
        failWith = code;
      });
    } finally {
      await store.close();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

test('the steps of a commit have a fixed order: files, their folder, the rename, the day, then the row', async () => {
  const dir = await newFolder();
  const steps: string[] = [];
  let visible: (() => boolean) | null = null;
  const files = watchedFiles(dir, (operation, target) => {
    if (operation === 'write' || operation === 'makeFolder') return;
    steps.push(`${operation} ${target.replace(/[0-9a-f]{24}/, 'DRAFT')}`);
    assert.equal(visible?.() ?? false, false, `the row must not be there before ${operation} ${target}`);
  });
  const store = await openEmbeddedStore(storeOptions(dir, { files, packedBytes: 0 }));
  try {
    const report = newReport();
    const { default: Database } = await import('better-sqlite3');
    const reader = new Database(path.join(dir, 'mayday.db'), { readonly: true });
    const count = reader.prepare<[], number>('SELECT count(*) FROM reports').pluck();
    visible = () => (count.get() ?? 0) > 0;
    const draft = store.intake.draft();
    for (const name of ['dump', 'log']) {
      const sink = draft.attachment({ name, kind: 'file', filename: null, contentType: null });
      await sink.write(someBytes(100_000));
      await sink.end();
    }
    await draft.commit(report);
    assert.equal(visible(), true);
    reader.close();
    const final = `reports/20260314/${report.crashId}`;
    const order = (step: string) => {
      const at = steps.lastIndexOf(step);
      assert.ok(at >= 0, `${step} is missing in ${steps.join(', ')}`);
      return at;
    };
    const moved = order(`rename ${final}`);
    for (const name of ['dump', 'log']) {
      assert.ok(order(`sync incoming/DRAFT/${name}.zst`) < order('syncFolder incoming/DRAFT'));
    }
    assert.ok(order('syncFolder incoming/DRAFT') < moved);
    assert.ok(order('syncFolder reports') < moved);
    assert.ok(moved < order('syncFolder reports/20260314'));
  } finally {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  }
});

for (const operation of ['makeFolder', 'create', 'write', 'sync', 'rename', 'syncFolder'] as const) {
  for (const code of ['ENOSPC', 'EIO'] as const) {
    test(`${code} in ${operation} fails the report alone and leaves nothing behind`, async () => {
      await withFailing(async (store, dir, fail) => {
        fail(operation, code);
        await assert.rejects(
          storeReport(store, { identity: 'x' }, [{ name: 'dump', data: someBytes(300_000) }]),
          {
            name: 'StorageError',
            reason: code === 'ENOSPC' ? 'full' : 'failed',
          },
        );
        // A report that needs no file is not touched by it.
        assert.equal((await storeReport(store, {}, [{ name: 'dump', data: someBytes(100) }])).kind, 'stored');
        fail(null);
        const again = await storeReport(store, { identity: 'x' }, [
          { name: 'dump', data: someBytes(300_000) },
        ]);
        assert.equal(again.kind, 'stored');
        const days = readdirSync(path.join(dir, 'reports'));
        const folders = days.flatMap((day) => readdirSync(path.join(dir, 'reports', day)));
        assert.deepEqual(folders, [again.crashId]);
      });
    });
  }
}

test('a sink whose write failed is cleaned up by discard', async () => {
  await withFailing(async (store, dir, fail) => {
    const draft = store.intake.draft();
    const sink = draft.attachment({ name: 'dump', kind: 'file', filename: null, contentType: null });
    fail('write', 'ENOSPC');
    await assert.rejects(async () => {
      for (let turn = 0; turn < 100; turn += 1) await sink.write(someBytes(100_000, turn));
    });
    await draft.discard();
    assert.deepEqual(readdirSync(path.join(dir, 'incoming')), []);
  });
});

test('a blob that cannot be kept is told, and is missing afterwards', async () => {
  await withFailing(async (store, dir, fail) => {
    for (const operation of ['create', 'sync', 'rename', 'syncFolder'] as const) {
      fail(operation, 'ENOSPC');
      await assert.rejects(store.intake.putBlob('default', 'Piano', operation, chunks(someBytes(100_000))), {
        name: 'StorageError',
      });
      fail(null);
    }
    assert.equal(
      (await store.intake.missingBlobs('default', 'Piano', ['create', 'sync', 'rename'])).length,
      3,
    );
    assert.deepEqual(readdirSync(path.join(dir, 'incoming')), []);
  });
});

test('many reports at once, some of which fail, are each stored whole or not at all', async () => {
  const dir = await newFolder();
  let calls = 0;
  const files = watchedFiles(dir, (operation) => {
    if (operation === 'removeTree') return;
    calls += 1;
    if (calls > 20 && calls % 17 === 0) throw systemError('EIO');
  });
  try {
    const store = await openEmbeddedStore(storeOptions(dir, { files, packedBytes: 0 }));
    const results = await Promise.allSettled(
      Array.from({ length: 80 }, (_, index) =>
        storeReport(store, {}, [{ name: 'dump', data: someBytes(120_000, index + 1) }]),
      ),
    );
    const stored = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.crashId] : []));
    assert.ok(stored.length > 0 && stored.length < 80, `${stored.length} stored`);
    const { rows } = await store.reports.listReports({}, { limit: 200 });
    assert.deepEqual(rows.map(({ crashId }) => crashId).sort(), stored.toSorted());
    await store.close();
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test('a closed store refuses writes and closes again without harm', async () => {
  await withStore({}, async (store) => {
    const draft = store.intake.draft();
    await store.close();
    await assert.rejects(draft.commit(newReport()), { name: 'StorageError' });
    await store.close();
  });
});
