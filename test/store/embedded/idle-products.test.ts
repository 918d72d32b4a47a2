// Products that first reports made: a flood of made-up names goes again, and what a person has touched stays.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { migrate } from '../../../src/store/embedded/database/migrate.ts';
import { OF_PRODUCT, untouched } from '../../../src/store/embedded/write/idle-products.ts';
import type { Store } from '../../../src/store/store.ts';
import { crash, fileReport } from '../conformance/processed-builder.ts';
import { recount } from '../faults/recount.ts';
import { newFolder, storeOptions } from './open-store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Opens a store, lets its products be `days` old in between, and opens it again. */
async function withAgedProducts(
  days: number,
  fill: (store: Store) => Promise<void>,
  look: (store: Store) => Promise<void>,
): Promise<void> {
  const dir = await newFolder();
  const options = storeOptions(dir, { maxAutoProducts: 6, housekeeping: false });
  try {
    const first = await openEmbeddedStore(options);
    try {
      await fill(first);
    } finally {
      await first.close();
    }
    const database = new Database(path.join(dir, 'mayday.db'));
    database.prepare('UPDATE products SET created_at = created_at - ?').run(days * DAY_MS);
    database.close();
    const second = await openEmbeddedStore(options);
    try {
      await look(second);
    } finally {
      await second.close();
    }
    assert.deepEqual(recount(dir), []);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function report(
  store: Store,
  product: string,
  daysAgo: number,
): Promise<{ crashId: string; bugId: number }> {
  const receivedAt = Date.now() - daysAgo * DAY_MS;
  const day = new Date(receivedAt).toISOString().slice(0, 10);
  await store.intake.createProduct('default', product);
  return fileReport(store, [crash(`a of ${product}`, { day })], { report: { product, receivedAt } });
}

const namesOf = async (store: Store): Promise<readonly string[]> =>
  (await store.people.listProducts()).map(({ name }) => name).sort();

test('an automatic product that holds nothing goes after a time; one that a person has touched stays', async () => {
  await withAgedProducts(
    40,
    async (store) => {
      for (const product of ['Empty', 'Keyed', 'Silent', 'Worked on']) {
        const { crashId, bugId } = await report(store, product, 35);
        if (product === 'Keyed') await store.people.updateProduct('default', product, { keepDays: 20 });
        if (product === 'Worked on') await store.bugs.closeBug(bugId, 'Ada', { inVersion: null });
        if (product !== 'Silent') await store.reports.deleteReport(crashId);
      }
      await report(store, 'Last', 1);
    },
    async (store) => {
      await store.maintenance.prune();
      assert.deepEqual(await namesOf(store), ['Keyed', 'Last', 'Silent', 'Worked on']);
      // Its name is free again, and nothing of it is left.
      const { bugId } = await report(store, 'Empty', 0);
      assert.equal((await store.bugs.getBug(bugId))?.count, 1);
    },
  );
});

test('a flood of made-up products does not keep out for good what comes later', async () => {
  await withAgedProducts(
    40,
    async (store) => {
      for (let index = 0; index < 5; index += 1) await report(store, `made up ${index}`, 35);
      await report(store, 'honest', 1);
      assert.equal(await store.intake.createProduct('default', 'late and honest'), false);
    },
    async (store) => {
      assert.equal(await store.intake.createProduct('default', 'late and honest'), false);
      await store.maintenance.prune();
      assert.equal(await store.intake.createProduct('default', 'late and honest'), true);
      assert.ok((await namesOf(store)).includes('honest'));
      assert.ok((await store.reports.status()).pruned >= 1);
    },
  );
});

test('where there is room, products with reports stay however old they are', async () => {
  await withAgedProducts(
    4000,
    async (store) => {
      for (const product of ['one', 'two', 'three']) await report(store, product, 3900);
    },
    async (store) => {
      await store.maintenance.prune();
      assert.deepEqual(await namesOf(store), ['one', 'three', 'two']);
    },
  );
});

test('idle products are looked for by age and counts first, and no rows of many products are read for one', () => {
  const connection = new Database(':memory:');
  migrate(connection);
  const { source } = untouched(connection);
  const plan = connection
    .prepare<[object], { detail: string }>(`EXPLAIN QUERY PLAN ${source}`)
    .all({ before: 0, emptyBefore: 0, reports: 0, limit: 1 })
    .map(({ detail }) => detail);
  for (const table of ['installations', 'symbols', 'reports', 'bug_events', 'session_counts']) {
    const steps = plan.filter((detail) => new RegExp(`^(SCAN|SEARCH) ${table}\\b`).test(detail));
    assert.ok(steps.length > 0, `${table} is asked`);
    assert.deepEqual(
      steps.filter((detail) => detail.startsWith('SCAN')),
      [],
    );
  }
  const inner = plan.slice(plan.findIndex((detail) => detail.startsWith('CORRELATED')));
  assert.match(inner[1] ?? '', /^SEARCH kinds /);
  connection.close();
});

test('every table with the number of a product is emptied with it', () => {
  const schema = readFileSync('src/store/embedded/schema.sql', 'utf8');
  const tables = [...schema.matchAll(/^CREATE TABLE (\w+) \(\n([^;]*)/gm)];
  const withProduct = tables.filter(([, , columns = '']) => /^\s+product_id\s/m.test(columns));
  assert.ok(withProduct.length > 15);
  const goes = new Set<string>([...OF_PRODUCT, 'segments']);
  /** Idle products have none, or those of a bug, which go with it. */
  const others = new Set([
    'blobs',
    'bugs',
    'bug_frames',
    'bug_stacks',
    'joined_attachments',
    'product_rules',
  ]);
  for (const [, name = '', columns = ''] of withProduct) {
    const cascades = /^\s+product_id .*ON DELETE CASCADE/m.test(columns);
    assert.ok(goes.has(name) || others.has(name) || cascades, `${name} keeps rows of a product that is gone`);
  }
});
