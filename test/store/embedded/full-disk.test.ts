// A file system that is really full, and writes that SQLite itself cannot do: told as such, survived without a restart.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { StorageError } from '../../../src/store/intake.ts';
import type { Store } from '../../../src/store/store.ts';
import { eventually, someBytes, storeReport } from '../conformance/report-builder.ts';
import { newFolder, storeOptions } from './open-store.ts';

/** Stores reports of `size` until one fails; gives those acknowledged and the error. */
async function fill(
  store: Store,
  size: number,
): Promise<{ readonly stored: string[]; readonly error: unknown }> {
  const stored: string[] = [];
  for (;;) {
    try {
      const data = someBytes(size, stored.length + 1);
      stored.push((await storeReport(store, {}, [{ name: 'dump', data }])).crashId);
    } catch (error) {
      return { stored, error };
    }
    assert.ok(stored.length < 20_000, 'the limit was never met');
  }
}

async function assertAllWhole(store: Store, stored: readonly string[], size: number): Promise<void> {
  for (const [index, crashId] of stored.entries()) {
    const opened = await store.reports.openAttachment(crashId, 'dump');
    assert.ok(opened !== null, `report ${index} is gone`);
    assert.deepEqual(await buffer(opened.stream), someBytes(size, index + 1));
  }
}

async function mountedFolder(megabytes: number): Promise<string | null> {
  const dir = await newFolder();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'none', dir], {
    stdio: 'ignore',
  });
  if (status === 0) return dir;
  await rm(dir, { recursive: true });
  return null;
}

for (const size of [20_000, 200_000]) {
  test(`a full file system refuses reports of ${size} bytes, keeps the others whole, and takes new ones when space is back`, async (t) => {
    const dir = await mountedFolder(12);
    if (dir === null) {
      t.skip('a tmpfs cannot be mounted here');
      return;
    }
    try {
      await writeFile(path.join(dir, 'ballast'), Buffer.alloc(6 * 1024 * 1024));
      const store = await openEmbeddedStore(storeOptions(path.join(dir, 'data')));
      const { stored, error } = await fill(store, size);
      assert.ok(stored.length > 5, `${stored.length} stored`);
      assert.ok(error instanceof StorageError && error.reason === 'full', String(error));
      await assertAllWhole(store, stored, size);
      await rm(path.join(dir, 'ballast'));
      await eventually(
        () => storeReport(store, {}, [{ name: 'dump', data: someBytes(size) }]).catch(() => null),
        (result) => result !== null,
      );
      await store.intake.check();
      await assertAllWhole(store, stored, size);
      await store.close();
      const again = await openEmbeddedStore(storeOptions(path.join(dir, 'data')));
      await assertAllWhole(again, stored, size);
      await again.close();
    } finally {
      spawnSync('umount', [dir], { stdio: 'ignore' });
      await rm(dir, { recursive: true, force: true });
    }
  });
}

test('after an I/O error of SQLite the connection is opened again and reports are taken', async (t) => {
  const limit = (bytes: string) =>
    spawnSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`], { stdio: 'ignore' }).status ===
    0;
  const dir = await newFolder();
  const store = await openEmbeddedStore(storeOptions(dir));
  try {
    // Files may not grow beyond this from now on: SQLite's write fails with EFBIG, which it tells as an I/O error.
    if (!limit('400000')) {
      t.skip('prlimit is not available here');
      return;
    }
    const { stored, error } = await fill(store, 20_000);
    limit('unlimited');
    assert.ok(stored.length > 3, `${stored.length} stored`);
    assert.ok(error instanceof StorageError && error.reason === 'failed', String(error));
    await assertAllWhole(store, stored, 20_000);
    await storeReport(store, {}, [{ name: 'dump', data: someBytes(20_000) }]);
    await store.intake.check();
    await assertAllWhole(store, stored, 20_000);
  } finally {
    limit('unlimited');
    await store.close();
    await rm(dir, { recursive: true, force: true });
  }
});
