// The database's schema: migrations, the checked-in dump, and versions that do not fit.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { migrate, readMigrations } from '../../../src/store/embedded/database/migrate.ts';
import { dumpSchema } from './schema-dump.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { newFolder, storeOptions } from './open-store.ts';

test('the checked-in schema is that of a freshly migrated database', () => {
  const connection = new Database(':memory:');
  migrate(connection);
  const checkedIn = readFileSync('src/store/embedded/schema.sql', 'utf8');
  assert.equal(dumpSchema(connection), checkedIn);
  connection.close();
});

test('migrations are numbered without gaps', () => {
  const numbers = readMigrations().map(({ number }) => number);
  assert.ok(numbers.length > 0);
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
  );
});

test('each migration is applied once, and a later one is added to an older database', () => {
  const connection = new Database(':memory:');
  const first = { number: 1, name: '0001-a.sql', sql: 'CREATE TABLE a (x INTEGER)' };
  const second = { number: 2, name: '0002-b.sql', sql: 'CREATE TABLE b (x INTEGER)' };
  assert.equal(migrate(connection, [first]), 1);
  assert.equal(migrate(connection, [first]), 1);
  assert.equal(migrate(connection, [first, second]), 2);
  assert.equal(connection.prepare('SELECT count(*) FROM migrations').pluck().get(), 2);
  connection.close();
});

test('reports that were stored before installations had numbers get them', () => {
  const connection = new Database(':memory:');
  migrate(
    connection,
    readMigrations().filter(({ number }) => number < 8),
  );
  connection.exec(`
    INSERT INTO accounts (id, name, created_at) VALUES (7, 'a', 0);
    INSERT INTO products (id, account_id, name, created_at, automatic) VALUES (7, 7, 'one', 0, 0), (8, 7, 'two', 0, 0);
    INSERT INTO kinds (id, product_id, protocol) VALUES (1, 7, 'crashpad'), (2, 8, 'crashpad');`);
  const insert = connection.prepare(`
    INSERT INTO reports (
      id, crash_id, kind_id, state, loose, schema, received_at, payload_kind, encoding, body_bytes, throttle_rule,
      throttle_action, folder_bytes, attachment_bytes, attachment_count, note_count, notes, attachments, annotations,
      installation
    ) VALUES (?, ?, ?, 'queued', 0, 1, 0, '', '', 0, '', '', 0, 0, 0, 0, '[]', '[]', '[]', ?)`);
  insert.run(1, 'a', 1, 'guid');
  insert.run(2, 'b', 1, 'guid');
  insert.run(3, 'c', 2, 'guid');
  insert.run(4, 'd', 1, null);
  migrate(connection);
  const [first, second, other, none] = connection
    .prepare<[], number | null>('SELECT installation_number FROM reports ORDER BY id')
    .pluck()
    .all();
  assert.ok(typeof first === 'number');
  assert.deepEqual([second, none], [first, null]);
  assert.notEqual(other, first);
  connection.close();
});

test('whom groups of a provider made administrators administer neither the installation nor other accounts, where somebody with a password does', () => {
  for (const hasOther of [true, false]) {
    const connection = new Database(':memory:');
    migrate(
      connection,
      readMigrations().filter(({ number }) => number < 38),
    );
    connection.exec(`INSERT INTO accounts (name, created_at) VALUES ('acme', 0)`);
    const insert = connection.prepare(`
      INSERT INTO users (id, email, name, role, sees_protected, password_hash, created_at, disabled)
      VALUES (?, ?, '', 'admin', 0, ?, 0, ?)`);
    // By groups; by an invitation, linked later; without any way in; with a password.
    insert.run(1, 'groups@example.org', '', 0);
    insert.run(2, 'linked@example.org', hasOther ? 'x' : '', 0);
    insert.run(3, 'nothing@example.org', '', 0);
    insert.run(4, 'off@example.org', 'x', 1);
    const link = connection.prepare(`INSERT INTO identities VALUES ('https://issuer.example', ?, ?, 0)`);
    link.run('one', 1);
    link.run('two', 2);
    migrate(connection);
    const admins = connection.prepare<[], number>(`SELECT id FROM users WHERE is_admin = 1 ORDER BY id`);
    assert.deepEqual(admins.pluck().all(), hasOther ? [2, 3, 4] : [1, 2, 3, 4]);
    const places = connection.prepare<[], string>(`
      SELECT name FROM members JOIN accounts ON accounts.id = account_id
      WHERE user_id = 1 AND is_admin = 1 ORDER BY name`);
    const everywhere = ['acme', 'default', 'test'];
    assert.deepEqual(places.pluck().all(), hasOther ? ['default'] : everywhere);
    connection.close();
  }
});

test('symbols that every account got are those of one from now on, as far as it is clear of which', () => {
  const connection = new Database(':memory:');
  migrate(
    connection,
    readMigrations().filter(({ number }) => number < 42),
  );
  connection.exec(`
    INSERT INTO accounts (id, name, created_at) VALUES (11, 'acme', 0), (12, 'apex', 0), (13, 'empty', 0);
    INSERT INTO products (account_id, name, created_at, automatic) VALUES
      (11, 'Shop', 0, 0), (11, 'App', 0, 0), (12, 'Till', 0, 0), (12, 'App', 0, 0),
      ((SELECT id FROM accounts WHERE name = 'test'), 'Probe', 0, 0),
      ((SELECT id FROM accounts WHERE name = 'test'), 'App', 0, 0)`);
  const insert = connection.prepare(`
    INSERT INTO symbols (
      debug_file, debug_id, revision, os, cpu, product, uploaded_at, uploaded_by, text_bytes, stored_bytes, index_bytes, sha256,
      damaged_lines, has_cfi, source
    ) VALUES (?, 'A', '', '', '', ?, 0, '', 0, 0, 0, '', 0, 0, 'upload')`);
  for (const [name, product] of [
    ['a', 'Shop'],
    ['b', 'Till'],
    ['c', 'App'],
    ['d', 'Probe'],
    ['e', 'Unknown'],
    ['f', null],
  ])
    insert.run(name, product);
  connection.exec(`
    INSERT INTO symbol_accounts (symbol_id, account_id) SELECT symbols.id, accounts.id FROM symbols, accounts`);
  insert.run('g', null);
  connection.exec(`
    INSERT INTO symbol_accounts (symbol_id, account_id)
    SELECT symbols.id, accounts.id FROM symbols, accounts WHERE debug_file = 'g' AND name IN ('default', 'test')`);
  // Uploaded by acme and by apex, each for itself; and by one person who is a member of both.
  insert.run('h', 'Shop');
  insert.run('i', 'Shop');
  connection.exec(`
    INSERT INTO users (id, email, name, password_hash, created_at) VALUES (71, 'both@example.org', 'Both', '', 0);
    INSERT INTO members (account_id, user_id, is_admin) VALUES (11, 71, 0), (12, 71, 0);
    UPDATE symbols SET uploaded_by = 'both@example.org' WHERE debug_file = 'i';
    INSERT INTO symbol_accounts (symbol_id, account_id)
    SELECT symbols.id, accounts.id FROM symbols, accounts WHERE debug_file IN ('h', 'i') AND name IN ('acme', 'apex')`);
  migrate(connection);
  const owners = connection.prepare<[], string>(`
    SELECT symbols.debug_file || ' ' || group_concat(accounts.name, ' ' ORDER BY accounts.name)
    FROM symbols JOIN symbol_accounts ON symbol_id = symbols.id JOIN accounts ON accounts.id = account_id
    GROUP BY symbols.id ORDER BY symbols.debug_file`);
  const product = connection.prepare<[string], string | null>(
    `SELECT product FROM symbols WHERE debug_file = ?`,
  );
  // Nobody is told of a product that may be another account's.
  assert.deepEqual([product.pluck().get('a'), product.pluck().get('c')], ['Shop', null]);
  assert.deepEqual(owners.pluck().all(), [
    'a acme',
    'b apex',
    'c acme apex',
    'd test',
    'e acme apex',
    'f acme apex',
    'g default',
    'h acme apex',
    'i acme',
  ]);
  connection.close();
});

test('a migration that fails leaves the database as it was', () => {
  const connection = new Database(':memory:');
  const broken = {
    number: 1,
    name: '0001-a.sql',
    sql: 'CREATE TABLE a (x INTEGER); CREATE TABLE a (y TEXT)',
  };
  assert.throws(() => migrate(connection, [broken]));
  assert.equal(connection.prepare(`SELECT count(*) FROM sqlite_schema`).pluck().get(), 0);
  connection.close();
});

test('a database of a newer version is refused with a sentence, and left alone', async () => {
  const dir = await newFolder();
  try {
    await (await openEmbeddedStore(storeOptions(dir))).close();
    const connection = new Database(path.join(dir, 'mayday.db'));
    connection.exec(`INSERT INTO migrations VALUES (9999, '9999-future.sql', 0)`);
    connection.close();
    await assert.rejects(openEmbeddedStore(storeOptions(dir)), /made by a newer version of Mayday/);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test('many stores that open one new folder at once all succeed', async () => {
  const dir = await newFolder();
  try {
    const stores = await Promise.all(Array.from({ length: 4 }, () => openEmbeddedStore(storeOptions(dir))));
    await Promise.all(stores.map((store) => store.intake.check()));
    const salts = await Promise.all(stores.map((store) => store.intake.addressSalt()));
    assert.equal(new Set(salts.map((salt) => Buffer.from(salt).toString('hex'))).size, 1);
    await Promise.all(stores.map((store) => store.close()));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
