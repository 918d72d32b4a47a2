// Users of a version: a flood of made-up releases keeps honest ones out for a while and not for good, and costs the writer little.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { migrate } from '../../../src/store/embedded/database/migrate.ts';
import type { Connection } from '../../../src/store/embedded/database/query.ts';
import {
  addReleaseUser,
  forgetReleaseUsers,
  MAX_FORGOTTEN,
  MAX_VERSIONS_OF_PRODUCT,
  OTHERS,
} from '../../../src/store/embedded/sessions/release-users.ts';
import { layoutOf } from '../../../src/store/embedded/disk/folder-layout.ts';
import type { SessionUpdate } from '../../../src/report/session-update.ts';
import { withStore } from './open-store.ts';

const TODAY = 20_000;

/** Runs a test with a database of one product; `said` is what SQLite was asked so far. */
function withDatabase(run: (connection: Connection, said: string[]) => void): void {
  const said: string[] = [];
  const connection = new Database(':memory:', { verbose: (sql) => said.push(String(sql)) });
  migrate(connection);
  connection.exec(`
    INSERT OR REPLACE INTO settings (name, value) VALUES ('address_salt', x'0102');
    INSERT INTO accounts (id, name, created_at) VALUES (7, 'a', 0);
    INSERT INTO products (id, account_id, name, created_at, automatic) VALUES (7, 7, 'one', 0, 0), (8, 7, 'two', 0, 0);`);
  try {
    run(connection, said);
  } finally {
    connection.close();
  }
}

function use(connection: Connection, release: string, day: number, user = 'marta', productId = 7): void {
  addReleaseUser(connection, { productId, release, day, user, crashed: false });
}

function usersOf(connection: Connection, productId = 7): ReadonlyMap<string, number> {
  const rows = connection
    .prepare<[number], { version: string; users: number }>(
      `SELECT version, count(*) AS users FROM release_users WHERE product_id = ? GROUP BY version`,
    )
    .all(productId);
  return new Map(rows.map(({ version, users }) => [version, users]));
}

/** As many versions as a product may have: `old` of long ago, the others of yesterday and the more used the higher. */
function fill(connection: Connection): void {
  use(connection, 'old', TODAY - 30);
  for (let at = 1; at < MAX_VERSIONS_OF_PRODUCT; at += 1) {
    use(connection, `1.${at}`, TODAY - 1);
    if (at > 3) use(connection, `1.${at}`, TODAY - 1, 'paul');
  }
}

test('where a product has as many versions as it may, the one that nobody began to use for longest makes room', () => {
  withDatabase((connection) => {
    fill(connection);
    use(connection, '2.0', TODAY);
    use(connection, '2.0', TODAY, 'paul');
    const users = usersOf(connection);
    assert.deepEqual([users.get('2.0'), users.has('old')], [2, false]);
    assert.equal(users.size, MAX_VERSIONS_OF_PRODUCT);
    // Of those that were used on the same day the one with the fewest users goes.
    for (const made of ['x', 'y', 'z']) use(connection, made, TODAY);
    const after = usersOf(connection);
    assert.deepEqual(
      ['1.1', '1.2', '1.3', '1.4', 'x', 'y', 'z', '2.0'].map((version) => after.get(version) ?? 0),
      [0, 0, 0, 2, 1, 1, 1, 2],
    );
    assert.equal(after.size, MAX_VERSIONS_OF_PRODUCT);
  });
});

test('a flood of made-up releases leaves a release that is used today where it is, and a new one finds its place', () => {
  withDatabase((connection) => {
    fill(connection);
    for (const user of ['marta', 'paul', 'yuki']) use(connection, '2.0', TODAY, user);
    for (let at = 0; at < 3 * MAX_VERSIONS_OF_PRODUCT; at += 1) use(connection, `made up ${at}`, TODAY);
    use(connection, '2.1', TODAY);
    const users = usersOf(connection);
    assert.deepEqual([users.get('2.0'), users.get('2.1')], [3, 1]);
    assert.equal(users.size, MAX_VERSIONS_OF_PRODUCT);
  });
});

test('a version with many users makes room in steps, and another product keeps its own', () => {
  withDatabase((connection) => {
    fill(connection);
    for (let at = 0; at < MAX_FORGOTTEN; at += 1) use(connection, 'old', TODAY - 30, `user ${at}`);
    use(connection, 'old', TODAY - 40, 'marta', 8);
    use(connection, '2.0', TODAY);
    assert.deepEqual([usersOf(connection).get('old'), usersOf(connection).has('2.0')], [1, false]);
    use(connection, '2.0', TODAY);
    assert.deepEqual([usersOf(connection).has('old'), usersOf(connection).get('2.0')], [false, 1]);
    assert.equal(usersOf(connection, 8).get('old'), 1);
  });
});

const countsVersions = (sql: string): boolean => /count\(version\)|DISTINCT version/.test(sql);
const ranks = (sql: string): boolean => sql.includes('max(first_day)');

test('versions are counted once, not with each session, and never by reading all users', () => {
  withDatabase((connection, said) => {
    fill(connection);
    assert.equal(said.filter(countsVersions).length, 1);
    for (let at = 0; at < 5 * MAX_FORGOTTEN; at += 1) use(connection, 'old', TODAY - 30, `user ${at}`);
    const before = said.length;
    for (let at = 0; at < 5; at += 1) use(connection, '2.0', TODAY, `user ${at}`);
    const asked = said.slice(before);
    assert.deepEqual([asked.filter(countsVersions).length, asked.filter(ranks).length], [0, 1]);
    const counting = said.find(countsVersions) ?? '';
    const plan = connection.prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${counting}`).all();
    const reads = plan.map(({ detail }) => detail).filter((detail) => detail.includes('release_users'));
    assert.deepEqual(
      [...new Set(reads)],
      [
        'SEARCH release_users USING PRIMARY KEY (product_id=?)',
        'SEARCH release_users USING PRIMARY KEY (product_id=? AND version>?)',
      ],
    );
  });
});

test('what is known of sizes stays where nothing was old enough to be forgotten, and goes where something was', () => {
  withDatabase((connection, said) => {
    fill(connection);
    const counts = (): number => said.filter((sql) => /count\(/.test(sql)).length;
    const before = counts();
    forgetReleaseUsers(connection, TODAY - 31);
    use(connection, '1.5', TODAY, 'yuki');
    assert.equal(counts(), before);
    forgetReleaseUsers(connection, TODAY - 29);
    assert.equal(usersOf(connection).has('old'), false);
    use(connection, '2.0', TODAY);
    assert.equal(usersOf(connection).size, MAX_VERSIONS_OF_PRODUCT);
    assert.equal(usersOf(connection).get('1.1'), 1);
  });
});

test('sessions beyond the bound of a day count their user, and the crash, under the version that they name', async () => {
  await withStore({}, async (store, dir) => {
    await store.people.createProductByHand('default', 'Piano');
    const update = (more: Partial<SessionUpdate>): SessionUpdate => ({
      sid: 'of nobody',
      outcome: 'healthy',
      final: false,
      rank: 1,
      startedAt: Date.now(),
      user: null,
      release: 'piano@1.0',
      environment: 'production',
      ...more,
    });
    const places = Array.from({ length: 500 }, (_, at) =>
      update({ sid: `place ${at}`, environment: `environment ${at}` }),
    );
    const late = update({ sid: 'late', user: 'marta', release: 'piano@2.0' });
    const put = (...updates: readonly SessionUpdate[]) =>
      store.intake.putSessions('default', 'Piano', { updates, buckets: [] });
    await put(...places, late);
    await put({ ...late, outcome: 'crashed', rank: 2 });
    const database = new Database(layoutOf(dir).database, { readonly: true });
    try {
      assert.deepEqual(
        database
          .prepare(`SELECT release, sessions, crashed FROM session_counts WHERE release = ?`)
          .all(OTHERS),
        [{ release: OTHERS, sessions: 1, crashed: 1 }],
      );
      assert.deepEqual(
        database.prepare(`SELECT version, crashed_day IS NOT NULL AS crashed FROM release_users`).all(),
        [{ version: '2.0', crashed: 1 }],
      );
    } finally {
      database.close();
    }
  });
});

test('a release that calls itself as those beyond the bound are called is no version', () => {
  withDatabase((connection) => {
    use(connection, OTHERS, TODAY);
    assert.equal(usersOf(connection).size, 0);
  });
});
