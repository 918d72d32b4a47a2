// A data key that another process makes is known to servers that run before anything is sealed with it, and seals in all of them without a restart.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { layoutOf } from '../../../src/store/embedded/disk/folder-layout.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { rotateKeys } from '../../../src/store/embedded/secrets/rotate-keys.ts';
import { newKey } from '../../../src/store/shared/secret-box.ts';
import type { Store } from '../../../src/store/store.ts';
import { newFolder, storeOptions } from './open-store.ts';
import { keep, wordOf } from './words-everywhere.ts';

const STORE_ONE = path.join(import.meta.dirname, 'store-one.ts');

/** Ids of the data keys of a folder, oldest first. */
function dataKeys(dir: string): readonly string[] {
  const database = new Database(layoutOf(dir).database, { readonly: true });
  const ids = database.prepare<[], string>('SELECT id FROM data_keys ORDER BY number').pluck().all();
  database.close();
  return ids;
}

/** Which data key sealed the annotations of a report. */
function keyOf(dir: string, crashId: string): string {
  const database = new Database(layoutOf(dir).database, { readonly: true });
  const sealed = database
    .prepare<[string], string>('SELECT annotations FROM reports WHERE crash_id = ?')
    .pluck()
    .get(crashId);
  database.close();
  assert.match(sealed ?? '', /^sealed:2:/);
  return Buffer.from((sealed ?? '').slice('sealed:2:'.length), 'base64url')
    .subarray(0, 4)
    .toString('hex');
}

/** The minute after which the keys that are there seal has passed. */
function letPass(dir: string): void {
  const database = new Database(layoutOf(dir).database);
  database.exec('UPDATE data_keys SET created_at = created_at - 120000');
  database.close();
}

async function readsBack(store: Store, crashId: string, of: string): Promise<void> {
  const report = await store.reports.getReport(crashId);
  assert.equal(report?.annotations[0]?.value, `words ${wordOf(of, 'annotation')}`);
  // By the threads that read, too.
  const page = await store.reports.listReports({ text: wordOf(of, 'annotation') }, { limit: 5 });
  assert.deepEqual(
    page.rows.map((row) => row.crashId),
    [crashId],
  );
  for (const name of ['small', 'packed', 'filed']) {
    const opened = await store.reports.openAttachment(crashId, name);
    assert.ok(opened !== null);
    const hash = createHash('sha256')
      .update(await buffer(opened.stream))
      .digest('hex');
    assert.equal(hash, opened.info.sha256);
  }
}

describe('a data key that another process makes', () => {
  test('seals nowhere before a minute has passed, then also in a server that runs', async () => {
    const dir = await newFolder();
    const store = await openEmbeddedStore(storeOptions(dir, { encrypt: true }));
    try {
      await keep(store, 'before');
      rotateKeys({ layout: layoutOf(dir) }, undefined, { data: true });
      const [first, second] = dataKeys(dir);
      assert.ok(first !== undefined && second !== undefined);
      const other = spawnSync(process.execPath, [STORE_ONE, dir], { encoding: 'utf8' }).stdout.trim();
      assert.equal(keyOf(dir, other), first);
      letPass(dir);
      // The server that runs looks again by itself.
      let kept = '';
      for (let n = 0; kept === '' || keyOf(dir, kept) !== second; n += 1) {
        kept = (await keep(store, `r${n}`)).crashId;
        await readsBack(store, kept, `r${n}`);
        await pause(100);
      }
    } finally {
      await store.close();
      await rm(dir, { recursive: true, force: true });
    }
  });

  test('opens in a server whose keys come from a command that prints another one in front since', async () => {
    const dir = await newFolder();
    const keys = [newKey()];
    let fails = true;
    const asked: boolean[] = [];
    const text = () => keys.map(({ bytes }) => bytes.toString('base64')).join('\n');
    const store = await openEmbeddedStore(
      storeOptions(dir, {
        ...{ encrypt: true, secretKeys: text },
        async secretKeysLater() {
          asked.push(fails);
          if (fails) throw new Error('the vault is shut');
          return text();
        },
      }),
    );
    try {
      const { crashId } = await keep(store, 'before');
      keys.unshift(newKey());
      rotateKeys({ layout: layoutOf(dir), command: text }, undefined, { data: true });
      while (asked.length === 0) await pause(50);
      // While the keys cannot be had everything goes on under the key before.
      letPass(dir);
      const [first, second] = dataKeys(dir);
      const meanwhile = await keep(store, 'meanwhile');
      assert.equal(keyOf(dir, meanwhile.crashId), first);
      await readsBack(store, crashId, 'before');
      fails = false;
      while (asked.at(-1) !== false) await pause(50);
      await pause(50);
      const other = spawnSync(process.execPath, [STORE_ONE, dir, text()], { encoding: 'utf8' }).stdout.trim();
      assert.equal(keyOf(dir, other), second);
      await readsBack(store, other, 'other');
    } finally {
      await store.close();
      await rm(dir, { recursive: true, force: true });
    }
  });
});
