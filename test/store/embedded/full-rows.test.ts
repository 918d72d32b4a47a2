// Tables that are full to their bound: what is new is refused or the oldest is left out, and what is there goes on.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { MAX_HAPPENINGS } from '../../../src/store/alerts.ts';
import { crash, fileReport } from '../conformance/processed-builder.ts';
import { NOON } from '../conformance/report-builder.ts';
import { withStore } from './open-store.ts';

const PIANO = { account: 'default', product: 'Piano' };

/** Runs statements on the database of an open store. */
function onDatabase(dir: string, run: (database: Database.Database) => void): void {
  const database = new Database(path.join(dir, 'mayday.db'));
  try {
    run(database);
  } finally {
    database.close();
  }
}

/** Copies the one bug that is there; the times of its copies are theirs in the database's order of numbers. */
function copyBugs(database: Database.Database, copies: number): void {
  const names = database
    .prepare<[], { readonly name: string }>(`SELECT name FROM pragma_table_info('bugs')`)
    .all()
    .map(({ name }) => name)
    .filter((name) => !['id', 'key', 'created_at'].includes(name));
  database
    .prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${copies})
       INSERT INTO bugs (key, created_at, ${names.join(', ')})
       SELECT key || i, created_at + i, ${names.join(', ')} FROM bugs, n`,
    )
    .run();
}

test('of a time with more new or regressed bugs than are looked at the newest are, so that rules do not miss the present', () =>
  withStore({ now: () => NOON }, async (store, dir) => {
    await fileReport(store, [crash('a')]);
    onDatabase(dir, (database) => {
      copyBugs(database, MAX_HAPPENINGS + 5);
      database.exec(
        `INSERT INTO bug_events (bug_id, at, by, what, detail) SELECT id, created_at, NULL, 'reopened', '' FROM bugs`,
      );
    });
    const times = async (until: number) =>
      (await store.alerts.bugHappenings([PIANO], { from: 0, to: until })).map(({ at, event }) => [at, event]);
    const all = await times(NOON * 2);
    assert.equal(all.length, MAX_HAPPENINGS);
    const last = NOON + MAX_HAPPENINGS + 5;
    assert.deepEqual(all.slice(-3), [
      [last - 1, 'regressed'],
      [last, 'new'],
      [last, 'regressed'],
    ]);
    assert.deepEqual(
      all,
      all.toSorted(([one], [other]) => Number(one) - Number(other)),
      'oldest first',
    );
    // Where all fit, none is left out.
    assert.equal((await times(NOON + 100)).length, 200);
  }));

test('a product with as many tickets as are asked for goes on asking for them, and takes no more', () =>
  withStore({ now: () => NOON }, async (store, dir) => {
    await fileReport(store, [crash('a')]);
    const ticket = { ticket: '#7', key: '7', url: 'https://tracker.example/7' };
    await store.tickets.watch(PIANO, ticket, { state: 'open', isClosed: false });
    onDatabase(dir, (database) => {
      database.exec(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 19999)
         INSERT INTO tickets (product_id, ticket, key, url, due_at)
         SELECT product_id, 'T' || i, i, url, due_at + 1e9 FROM tickets, n`,
      );
    });
    await store.tickets.watch(PIANO, ticket, { state: 'closed', isClosed: true });
    assert.equal((await store.tickets.ticketOf(PIANO, '#7'))?.state, 'closed');
    await store.tickets.watch(PIANO, ticket, { fault: 'no answer' });
    assert.equal((await store.tickets.ticketOf(PIANO, '#7'))?.fault, 'no answer');
    await store.tickets.watch(PIANO, { ...ticket, ticket: '#8' }, null);
    assert.equal(await store.tickets.ticketOf(PIANO, '#8'), null);
  }));
