// An entry that its pack no longer holds keeps those beside it from nothing.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openDatabase } from '../../../src/store/embedded/database/open-database.ts';
import { layoutOf } from '../../../src/store/embedded/disk/folder-layout.ts';
import { KeptLedger } from '../../../src/store/embedded/filing/kept-ledger.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { newNames } from '../../../src/store/embedded/transaction/write-context.ts';
import { SealingBehind } from '../../../src/store/embedded/write/seal-behind.ts';
import { storeReport } from '../conformance/report-builder.ts';
import { newFolder, storeOptions } from './open-store.ts';

test('entries beside one that is cut off are sealed, and the one is told of', async () => {
  const dir = await newFolder();
  const options = storeOptions(dir, { housekeeping: false });
  const inClear = await openEmbeddedStore({ ...options, encrypt: false });
  for (let count = 0; count < 3; count += 1)
    await storeReport(inClear, {}, [{ name: 'packed', data: randomBytes(150_000) }]);
  await inClear.close();
  const layout = layoutOf(dir);
  const names = readdirSync(layout.packs);
  assert.equal(names.length, 1);
  const pack = path.join(layout.packs, names[0] ?? '');
  truncateSync(pack, statSync(pack).size - 10);
  const store = await openEmbeddedStore({ ...options, encrypt: true });
  const connection = openDatabase(layout.database, {
    readonly: false,
    cacheBytes: 1024 * 1024,
    walBytes: 1024 * 1024,
  });
  const writer = { connection, layout, names: newNames(), kept: new KeptLedger() };
  const troubles: string[] = [];
  const sealing = new SealingBehind(1024 * 1024, (message) => troubles.push(message));
  for (let step = 0; step < 300 && (await sealing.step(writer)) === 'more'; step += 1);
  const left = connection.prepare<[string], number>(`
    SELECT count(*) FROM report_packs JOIN packs ON packs.id = pack_id WHERE name = ?`);
  assert.equal(left.pluck().get(names[0] ?? ''), 1);
  assert.match(troubles[0] ?? '', /a pack ends before byte \d+$/);
  connection.close();
  await store.close();
});
