// What is taken from a report, and keys that are forgotten, while copies of them exist or are being made.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { openDatabase } from '../../../src/store/embedded/database/open-database.ts';
import { readSealingBehind, FILES } from '../../../src/store/embedded/database/sealing-behind.ts';
import { layoutOf } from '../../../src/store/embedded/disk/folder-layout.ts';
import { eraseRecord, readRecord } from '../../../src/store/embedded/disk/record-frame.ts';
import { KeptLedger } from '../../../src/store/embedded/filing/kept-ledger.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { forgetKeys, keyUses, rotateKeys } from '../../../src/store/embedded/secrets/rotate-keys.ts';
import { newNames } from '../../../src/store/embedded/transaction/write-context.ts';
import { workOffRemovals } from '../../../src/store/embedded/write/removals.ts';
import { SealingBehind } from '../../../src/store/embedded/write/seal-behind.ts';
import { storeReport } from '../conformance/report-builder.ts';
import { newFolder, storeOptions } from './open-store.ts';

const WORD = 'taken-meanwhile';

/** The files of reports, and what their records say. */
function records(dir: string): readonly { readonly file: string; readonly says: string }[] {
  const files = readdirSync(path.join(dir, 'reports'), { recursive: true, encoding: 'utf8' });
  return files
    .filter((name) => name.endsWith('.zst'))
    .map((name) => {
      const file = path.join(dir, 'reports', name);
      const bytes = readFileSync(file);
      return { file, says: JSON.stringify(readRecord(bytes)) };
    });
}

describe('what is forgotten while it is copied', () => {
  test('annotations that are taken from a report while its files are being sealed are in no sealed file', async () => {
    const dir = await newFolder();
    const options = storeOptions(dir, { housekeeping: false, maxBytes: 4 * 1024 ** 3 });
    const inClear = await openEmbeddedStore({ ...options, encrypt: false });
    await storeReport(inClear, { annotations: [{ key: 'k', value: WORD }] }, [
      { name: 'large', data: randomBytes(11_000_000) },
    ]);
    await inClear.close();
    assert.ok(records(dir).some(({ says }) => says.includes(WORD)));
    const store = await openEmbeddedStore({ ...options, encrypt: true });
    const layout = layoutOf(dir);
    const connection = openDatabase(layout.database, {
      readonly: false,
      cacheBytes: 1024 * 1024,
      walBytes: 1024 * 1024,
    });
    const writer = { connection, layout, names: newNames(), kept: new KeptLedger() };
    const sealing = new SealingBehind(1024 * 1024, (message) => assert.fail(message));
    let ofFiles = 0;
    for (let step = 0; step < 300 && (await sealing.step(writer)) === 'more'; step += 1) {
      await workOffRemovals(writer, Date.now() + 1);
      if (readSealingBehind(connection)?.table !== FILES) continue;
      ofFiles += 1;
      if (ofFiles !== 3) continue;
      assert.ok(readdirSync(layout.incoming).some((name) => name.startsWith('sealed-')));
      for (const { file } of records(dir)) eraseRecord(file);
      connection.exec("UPDATE reports SET annotations = '[]'");
    }
    assert.ok(ofFiles >= 3);
    const after = records(dir);
    assert.ok(after.length > 0);
    assert.deepEqual(
      after.filter(({ says }) => says.includes(WORD)),
      [],
    );
    connection.close();
    await store.close();
  });

  test('the copy of the data keys is of now before a key is forgotten', async () => {
    const dir = await newFolder();
    await (await openEmbeddedStore(storeOptions(dir, { encrypt: true }))).close();
    const source = { layout: layoutOf(dir) };
    const { dataKeys } = source.layout;
    rotateKeys(source);
    const now = readFileSync(dataKeys, 'utf8');
    // As where the change was killed before it kept the copy.
    rmSync(dataKeys);
    const old = keyUses(source).filter(({ state }) => state === 'retired');
    assert.equal(old.length, 1);
    forgetKeys(
      source,
      old.map(({ id }) => id),
    );
    assert.equal(readFileSync(dataKeys, 'utf8'), now);
  });
});
