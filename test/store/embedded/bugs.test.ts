// What is the embedded store's own about bugs and the queue: query plans, what pruning keeps, bounds, several processes' leases.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { BUG_STATES } from '../../../src/store/bugs.ts';
import { forgetBugs } from '../../../src/store/filing/forget-bugs.ts';
import { walkQuery } from '../../../src/store/embedded/bugs/list-bugs.ts';
import { KeptLedger } from '../../../src/store/embedded/filing/kept-ledger.ts';
import { layoutOf } from '../../../src/store/embedded/disk/folder-layout.ts';
import { migrate } from '../../../src/store/embedded/database/migrate.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { COUNT_QUERIES } from '../../../src/store/embedded/queue/counts.ts';
import { LEASE_QUERIES } from '../../../src/store/embedded/queue/lease.ts';
import { newNames } from '../../../src/store/embedded/transaction/write-context.ts';
import { inTransaction } from '../../../src/store/embedded/write/in-transaction.ts';
import {
  complete,
  crash,
  fileReport,
  processedReport,
  queueReport,
} from '../conformance/processed-builder.ts';
import { NOON, storeReport } from '../conformance/report-builder.ts';
import { storeOptions, withStore } from './open-store.ts';

/** How SQLite would answer a statement. */
function planOf(connection: Database.Database, sql: string, parameters: object = {}): string {
  const bound = Object.fromEntries(
    [...sql.matchAll(/@(\w+)/g)].map(([, name]) => [
      name,
      (parameters as Record<string, unknown>)[name ?? ''] ?? null,
    ]),
  );
  const positional = [...sql.matchAll(/\?/g)].map(() => 1);
  const rows = connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...positional, bound);
  return rows.map((row) => (row as { detail: string }).detail).join('; ');
}

test('no list of bugs scans or sorts: every order walks an index from the place of its cursor', () => {
  const connection = new Database(':memory:');
  migrate(connection);
  let checked = 0;
  for (const order of ['week', 'count', 'installations', 'last_seen', 'first_seen', 'title'] as const) {
    for (const state of BUG_STATES) {
      for (const productId of [null, 1]) {
        const place = order === 'title' ? ['a title', 9] : [5, 1, 7, 9].slice(order === 'week' ? 0 : 2);
        for (const [after, reversed] of [null, place].flatMap((one) => [
          [one, false] as const,
          [one, true] as const,
        ])) {
          const walk = {
            order,
            reversed,
            state,
            productId,
            products: productId === null ? null : [productId],
          };
          const { sql, parameters } = walkQuery(walk, after, 50);
          const plan = planOf(connection, sql, parameters);
          assert.match(plan, /^SEARCH bugs USING (?:COVERING )?INDEX bugs_(?:of_product_)?by_/);
          assert.doesNotMatch(plan, /TEMP B-TREE|SCAN/, `${order}: ${plan}`);
          checked += 1;
        }
      }
    }
  }
  assert.equal(checked, 144);
  connection.close();
});

test('what a person was given is found by its own index', () => {
  const connection = new Database(':memory:');
  migrate(connection);
  const walk = { order: 'week', state: 'open', productId: null, products: null, assignee: 'Ada' } as const;
  const { sql, parameters } = walkQuery(walk, null, 50);
  assert.match(planOf(connection, sql, parameters), /SEARCH bugs USING INDEX bugs_of_assignee/);
  connection.close();
});

test('leasing and counting the queue look at no report that is not in it', () => {
  const connection = new Database(':memory:');
  migrate(connection);
  for (const statement of [...LEASE_QUERIES, ...COUNT_QUERIES]) {
    const plan = planOf(connection, statement(connection).source);
    assert.match(plan, /reports_queue_(?:fresh|later)/, plan);
    assert.doesNotMatch(plan, /TEMP B-TREE/, plan);
  }
  connection.close();
});

test('reports of bugs with few outlive newer ones of a bug with many; counts outlive all', async () => {
  await withStore({ maxBytes: 8 * 1024 * 1024 }, async (store) => {
    const file = async (key: string, at: number) => {
      const report = { receivedAt: NOON + at * 1000 };
      const { crashId } = await storeReport(store, report, [{ name: 'dump', data: randomBytes(90_000) }]);
      const filed = await complete(store, crashId, processedReport([crash(key)]));
      return { crashId, bugId: filed[0]?.bugId ?? 0 };
    };
    const rare = await file('rare', 0);
    const closed = await file('closed', 1);
    await store.bugs.closeBug(closed.bugId, 'Ada', { inVersion: null });
    let frequent = 0;
    for (let at = 2; at < 150; at++) frequent = (await file('frequent', at)).bugId;
    assert.ok((await store.reports.status()).pruned > 20);
    assert.ok((await store.reports.getReport(rare.crashId)) !== null, 'the newest of an open bug');
    assert.ok((await store.reports.getReport(closed.crashId)) !== null, 'the only one of a closed bug');
    assert.equal((await store.bugs.getBug(closed.bugId))?.count, 1);
    assert.equal((await store.bugs.getBug(frequent))?.count, 148);
    const series = await store.bugs.overview('default', 'Piano', 400);
    assert.equal(series.crashes, 150);
  });
});

test('bugs without reports are forgotten beyond a number, the longest unseen first, untouched ones only', async () => {
  await withStore({}, async (store, dir) => {
    const bugs: number[] = [];
    for (let at = 0; at < 6; at++) {
      const filed = await fileReport(store, [crash(`key ${at}`, { count: 2 })], {
        report: { receivedAt: NOON + at * 1000 },
        processed: { installation: `i${at}` },
      });
      bugs.push(filed.bugId);
      if (at !== 1) await store.reports.deleteReport(filed.crashId);
    }
    await store.bugs.commentBug(bugs[0] ?? 0, 'Ada', 'remember this');
    const connection = new Database(path.join(dir, 'mayday.db'));
    try {
      const names = newNames();
      const writer = { connection, layout: layoutOf(dir), names, kept: new KeptLedger() };
      const forget = (): Promise<number> => inTransaction(writer, ({ ledger }) => forgetBugs(ledger, 3));
      assert.deepEqual([await forget(), await forget()], [2, 0]);
      for (const table of ['cases', 'bug_series', 'bug_days', 'bug_keys', 'bug_installations', 'untold']) {
        assert.equal(connection.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), 4, table);
      }
    } finally {
      connection.close();
    }
    const there = await Promise.all(bugs.map(async (id) => (await store.bugs.getBug(id)) !== null));
    assert.deepEqual(there, [true, true, false, false, true, true]);
    assert.equal((await store.bugs.overview('default', 'Piano', 400)).crashes, 12);
    assert.equal((await fileReport(store, [crash('key 2')])).event, 'new');
  });
});

test('two processes that share a store never lease the same report, and see one pause', async () => {
  await withStore({}, async (one, dir) => {
    const two = await openEmbeddedStore(storeOptions(dir));
    try {
      await Promise.all(Array.from({ length: 30 }, () => queueReport(one)));
      const lease = { worker: 'w', limit: 5, leaseMs: 60_000 };
      const askers = [one, two, one, two, one, two, one];
      const leases = await Promise.all(askers.map((store) => store.queue.lease(lease)));
      const crashIds = leases.flat().map(({ crashId }) => crashId);
      assert.deepEqual([crashIds.length, new Set(crashIds).size], [30, 30]);
      await one.queue.setPaused(true);
      assert.equal((await two.queue.counts()).paused, true);
    } finally {
      await two.close();
    }
  });
});

test('a day far from the arrival of its report counts on the day of that', async () => {
  await withStore({}, async (store) => {
    const receivedAt = Date.now();
    const today = new Date(receivedAt).toISOString().slice(0, 10);
    let bugId = 0;
    for (const day of ['1971-01-01', '9999-12-31', 'tomorrow', today]) {
      ({ bugId } = await fileReport(store, [crash('a', { day })], { report: { receivedAt } }));
    }
    const series = await store.bugs.seriesOf(bugId, 100_000);
    assert.deepEqual(
      series.map(({ day, count }) => [day, count]),
      [[today, 4]],
    );
  });
});
