// Keys of searches: what reports can name is bounded, and what no crash uses any more goes.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { MAX_KEYS } from '../../../src/store/filing/add-facts.ts';
import { fileReport, crash } from '../conformance/processed-builder.ts';
import { withStore } from './open-store.ts';

test('keys of searches that no crash uses any more make room for others, and those in use stay', async () => {
  await withStore({ housekeeping: false }, async (store, dir) => {
    const sections = [{ name: 'annotations', protected: false, values: [['kept', 'x']] as const }];
    await fileReport(store, [crash('a', { sections })]);
    const database = new Database(path.join(dir, 'mayday.db'));
    const names = database.prepare<[], string>('SELECT name FROM fact_keys').pluck();
    try {
      const used = names.all();
      assert.ok(used.includes('kept'));
      const insert = database.prepare('INSERT INTO fact_keys (section, name, protected) VALUES (?, ?, 0)');
      database.transaction(() => {
        for (let index = 0; index < MAX_KEYS; index += 1) insert.run('annotations', `made up ${index}`);
      })();
      await store.maintenance.prune();
      assert.deepEqual(names.all(), used);
    } finally {
      database.close();
    }
  });
});
