// Reads of many rows are made by threads of their own: one that never ends is ended, and what cannot be done is refused.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { ReadRefused } from '../../../src/store/reports.ts';
import { openDatabase } from '../../../src/store/embedded/database/open-database.ts';
import type { Connection } from '../../../src/store/embedded/database/query.ts';
import { statements } from '../../../src/store/embedded/database/statements.ts';
import { ReaderPool } from '../../../src/store/embedded/reading/reader-pool.ts';
import { withStore } from './open-store.ts';

/** Stands for a reader: for 0 it never ends, for 1 it dies, else it answers what it was asked. */
const ODD_READER = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ args: [number] }) => {
      if (number === 0) for (;;);
      if (number === 1) process.exit(3);
      parentPort.postMessage({ ok: true, value: number });
    });`)}`,
);

const refused = (reason: ReadRefused['reason']) => (error: unknown) =>
  error instanceof ReadRefused && error.reason === reason;

/** On a busy machine a new thread may itself need longer than the limit: it is asked until it answers. */
async function answered(pool: ReaderPool, number: number): Promise<unknown> {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    try {
      return await pool.read('facets', number);
    } catch (error) {
      if (!(error instanceof ReadRefused)) throw error;
    }
  }
  return null;
}

async function withPool(
  options: { readonly threads: number; readonly maxWaiting?: number; readonly limitMs: number },
  run: (pool: ReaderPool) => Promise<void>,
): Promise<void> {
  const pool = new ReaderPool({ database: 'none' }, { ...options, thread: ODD_READER });
  try {
    await run(pool);
  } finally {
    await pool.close();
  }
}

test('a read that never ends is ended at its limit, and those after it are answered', async () => {
  await withPool({ threads: 1, limitMs: 1000 }, async (pool) => {
    const [endless] = await Promise.allSettled([pool.read('facets', 0)]);
    assert.ok(endless.status === 'rejected' && refused('took_too_long')(endless.reason));
    assert.equal(await answered(pool, 7), 7);
  });
});

test('a read that never ends does not hold up another thread', async () => {
  await withPool({ threads: 2, limitMs: 600_000 }, async (pool) => {
    const endless = pool.read('facets', 0);
    endless.catch(() => undefined);
    assert.equal(await pool.read('facets', 7), 7);
    assert.equal(await pool.read('facets', 8), 8);
    await pool.close();
    await assert.rejects(endless);
    await assert.rejects(pool.read('facets', 9), /closed/);
  });
});

test('more reads than may wait are refused at once, and one that waits too long later', async () => {
  await withPool({ threads: 1, maxWaiting: 1, limitMs: 1000 }, async (pool) => {
    const endless = assert.rejects(pool.read('facets', 0), refused('took_too_long'));
    const waits = pool.read('facets', 0).catch((error: unknown) => error);
    await assert.rejects(pool.read('facets', 7), refused('too_many'));
    await endless;
    assert.ok((await waits) instanceof ReadRefused);
  });
});

test('a thread that dies fails what it had, and the next read starts another', async () => {
  await withPool({ threads: 1, limitMs: 600_000 }, async (pool) => {
    await assert.rejects(pool.read('facets', 1), /ended before it answered/);
    assert.equal(await pool.read('facets', 7), 7);
  });
});

test('an error of SQLite reaches the caller with its code', async () => {
  await withStore({ housekeeping: false }, async (store, dir) => {
    await store.people.createProductByHand('default', 'Piano');
    const writer = openDatabase(path.join(dir, 'mayday.db'), {
      readonly: false,
      cacheBytes: 1024 * 1024,
      walBytes: 1024 * 1024,
    });
    statements.exec(writer, `ALTER TABLE report_words RENAME TO elsewhere`);
    writer.close();
    await assert.rejects(store.reports.listReports({ text: 'word' }, { limit: 10 }), {
      code: 'SQLITE_ERROR',
    });
  });
});

test('no list, search or overview is prepared on the connection of the thread that takes uploads', async () => {
  const real = { ...statements };
  const asked: string[] = [];
  await withStore({ housekeeping: false }, async (store) => {
    await store.people.createProductByHand('default', 'Piano');
    // Only this thread sees the change: the readers load modules of their own.
    Object.assign(statements, {
      prepare: (connection: Connection, sql: string) => {
        asked.push(sql);
        return real.prepare(connection, sql);
      },
    });
    try {
      await store.reports.listReports({ text: '!' }, { limit: 10 });
      await store.reports.listReports({ text: 'word', textIn: ['key'] }, { limit: 10 });
      await store.reports.facets(10);
      await store.bugs.listBugs({ text: 'word' }, { limit: 10 });
      await store.bugs.countBugs({ text: 'word' });
      await store.bugs.reportsOf(1, { limit: 10 });
      await store.bugs.overview('default', 'Piano', 28);
      assert.deepEqual(asked, []);
      // The same watch does see a point lookup.
      await store.bugs.getBug(1);
      assert.notDeepEqual(asked, []);
    } finally {
      Object.assign(statements, real);
    }
  });
});
