// A full disk while a backup is made or restored: one sentence, exit code 1, and what was there before is as it was.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { main } from '../../src/cli/main.ts';
import { openEmbeddedStore } from '../../src/store/embedded/open.ts';
import { someBytes, storeReport } from '../store/conformance/report-builder.ts';
import { newFolder, storeOptions } from '../store/embedded/open-store.ts';
import { fillUp, withSmallDisk } from '../store/embedded/small-disk.ts';

let root = '';
let dir = '';
before(async () => {
  root = await newFolder();
  dir = path.join(root, 'data');
  const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
  for (const index of [1, 2, 3, 4])
    await storeReport(store, { identity: `i${index}` }, [{ name: 'dump', data: someBytes(700_000, index) }]);
  await store.close();
});
after(() => rmSync(root, { recursive: true, force: true }));

async function run(data: string, ...args: readonly string[]) {
  let [out, err] = ['', ''];
  const env = { CRASH_REPORTS_DIR: data, SUBMIT_SERVER_PORT: '0', REPORTS_SERVER_PORT: '0' };
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text) };
  return { code: await main(args, { ...io, env, terminal: false }), out, err };
}

/** Leaves so many bytes free. */
function fillBut(disk: string, free: number): string {
  const ballast = path.join(disk, 'ballast');
  writeFileSync(path.join(disk, 'hole'), Buffer.alloc(free));
  fillUp(ballast);
  rmSync(path.join(disk, 'hole'));
  return ballast;
}

test('a backup for which there is no room leaves the one before, and the next goes on', async (t) => {
  const skipped = await withSmallDisk(async (disk) => {
    const target = path.join(disk, 'backups');
    assert.equal((await run(dir, 'backup', '--quiet', target)).code, 0);
    const before = readdirSync(target).filter((name) => name.endsWith('Z'));
    const ballast = fillBut(disk, 1_200_000);
    const full = await run(dir, 'backup', '--quiet', '--full', target);
    assert.equal(full.code, 1);
    assert.match(
      full.err,
      /^mayday backup: There is no room left on the disk of \S+: there is no new backup.*\n$/,
    );
    assert.deepEqual(
      readdirSync(target).filter((name) => name.endsWith('Z')),
      before,
    );
    assert.equal((await run(dir, 'verify', '--quiet', target)).code, 0);
    rmSync(ballast);
    assert.equal((await run(dir, 'backup', '--quiet', target)).code, 0);
    assert.equal((await run(dir, 'verify', '--quiet', target)).code, 0);
  });
  if (skipped !== null) t.skip(skipped);
});

test('an archive for which there is no room does not touch the one before', async (t) => {
  const skipped = await withSmallDisk(async (disk) => {
    const file = path.join(disk, 'all.tar.zst');
    assert.equal((await run(dir, 'backup', '--quiet', file)).code, 0);
    const before = readFileSync(file);
    const ballast = fillBut(disk, 1_200_000);
    const full = await run(dir, 'backup', '--quiet', file);
    assert.deepEqual([full.code, /There is no room left on the disk of/.test(full.err)], [1, true], full.err);
    assert.deepEqual(readFileSync(file), before);
    rmSync(ballast);
    assert.equal((await run(dir, 'backup', '--quiet', file)).code, 0);
    assert.deepEqual(
      readdirSync(disk).filter((name) => name.startsWith('all')),
      ['all.tar.zst'],
    );
  });
  if (skipped !== null) t.skip(skipped);
});

test('a restore for which there is no room leaves nothing', async (t) => {
  const folder = path.join(root, 'backups');
  const file = path.join(root, 'all.tar.zst');
  for (const target of [folder, file]) assert.equal((await run(dir, 'backup', '--quiet', target)).code, 0);
  const skipped = await withSmallDisk(async (disk, data) => {
    for (const from of [folder, file]) {
      const ballast = fillBut(disk, 1_200_000);
      const full = await run(data, 'restore', '--quiet', from);
      assert.equal(full.code, 1);
      assert.match(
        full.err,
        /^mayday restore: There is no room left on the disk of \S+: nothing was restored\.[^\n]*\n$/,
      );
      assert.deepEqual(existsSync(data) ? readdirSync(data) : [], []);
      rmSync(ballast);
      assert.equal((await run(data, 'restore', '--quiet', from)).code, 0);
      rmSync(data, { recursive: true });
    }
  });
  if (skipped !== null) t.skip(skipped);
});
