// Users, sessions, API tokens and one-time secrets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_SESSIONS } from '../../../src/store/people.ts';
import type { Store } from '../../../src/store/store.ts';
import { NOON } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

const ADA = {
  email: 'ada@example.org',
  name: 'Ada',
  isAdmin: true,
  passwordHash: 'x',
} as const;
const SESSION = { createdAt: NOON, provenAt: NOON, network: '192.0.2.1', agent: 'Firefox on Linux' };
const TOKEN = { account: null, label: 'ci', scopes: ['read'], products: null } as const;
const LATER = Date.UTC(2100, 0, 1);

async function withAda(store: Store): Promise<number> {
  const user = await store.people.createUser(ADA);
  assert.ok(user !== null);
  return user.id;
}

export function peopleTopic(open: StoreFactory): void {
  test('a user comes back by id and by address, whatever its case', async () => {
    const store = await open();
    const id = await withAda(store);
    const user = await store.people.userById(id);
    assert.deepEqual({ ...user, createdAt: 0 }, { ...ADA, id, createdAt: 0, disabled: false });
    assert.equal((await store.people.userByEmail('ADA@example.org'))?.id, id);
    assert.equal(await store.people.userByEmail('bob@example.org'), null);
    assert.equal(await store.people.userById(id + 1), null);
    assert.equal(await store.people.userCount(), 1);
  });

  test('an address is taken once', async () => {
    const store = await open();
    await withAda(store);
    assert.equal(await store.people.createUser({ ...ADA, email: 'Ada@Example.org' }), null);
  });

  test('of many first users that arrive at once one is made', async () => {
    const store = await open();
    const made = await Promise.all(
      [1, 2, 3, 4].map((n) =>
        store.people.createUser({ ...ADA, email: `u${n}@example.org` }, { onlyFirst: true }),
      ),
    );
    assert.equal(made.filter((user) => user !== null).length, 1);
    assert.equal(await store.people.userCount(), 1);
  });

  test('the last administrator who is not switched off stays one, however many changes come at once', async () => {
    const store = await open();
    const { people } = store;
    const ids = await Promise.all(
      ['a', 'b', 'off'].map(async (name) => {
        const user = await people.createUser({ ...ADA, email: `${name}@example.org`, isAdmin: true });
        return user?.id ?? 0;
      }),
    );
    const [one = 0, two = 0, off = 0] = ids;
    await people.updateUser(off, { disabled: true });
    const keeps = { keepsAdmin: true };
    const outcomes = await Promise.all([
      people.updateUser(one, { isAdmin: false }, keeps),
      people.updateUser(two, { disabled: true }, keeps),
    ]);
    assert.deepEqual(outcomes, ['done', 'last-admin']);
    // Whoever is switched off counts for nothing, and can be changed.
    assert.equal(await people.updateUser(off, { isAdmin: false }, keeps), 'done');
    assert.equal(await people.updateUser(two, { isAdmin: true }, keeps), 'done');
    assert.equal(await people.updateUser(two, { isAdmin: false }), 'done');
  });

  test('a change touches only what it names', async () => {
    const store = await open();
    const id = await withAda(store);
    assert.equal(await store.people.updateUser(id, { isAdmin: false }), 'done');
    const user = await store.people.userById(id);
    assert.deepEqual([user?.isAdmin, user?.name, user?.passwordHash], [false, 'Ada', 'x']);
    assert.equal(await store.people.updateUser(id + 1, { name: 'Bob' }), 'nobody');
    assert.deepEqual(
      (await store.people.listUsers()).map(({ email }) => email),
      ['ada@example.org'],
    );
  });

  test('a session holds until it expires, is signed out, or its user is disabled', async () => {
    const store = await open();
    const userId = await withAda(store);
    const session = (idHash: string, expiresAt: number) =>
      store.people.createSession({ ...SESSION, idHash, userId, csrf: `c-${idHash}`, expiresAt });
    await session('one', LATER);
    await session('two', LATER);
    const found = await store.people.sessionByHash('one', NOON);
    assert.deepEqual(
      [found?.session.csrf, found?.user.id, found?.session.expiresAt],
      ['c-one', userId, LATER],
    );
    assert.equal(await store.people.sessionByHash('one', LATER), null);
    await store.people.extendSession('one', { expiresAt: LATER + 1000, seenAt: NOON });
    assert.notEqual(await store.people.sessionByHash('one', LATER), null);
    await store.people.deleteSession('one');
    assert.equal(await store.people.sessionByHash('one', NOON), null);
    await store.people.updateUser(userId, { disabled: true });
    assert.equal(await store.people.sessionByHash('two', NOON), null);
    await store.people.updateUser(userId, { disabled: false });
    assert.notEqual(await store.people.sessionByHash('two', NOON), null);
    await store.people.deleteSessionsOf(userId);
    assert.equal(await store.people.sessionByHash('two', NOON), null);
  });

  test('sessions of a person are listed, ended one by one by the person alone, and beyond a number the one used longest ago goes', async () => {
    const store = await open();
    const userId = await withAda(store);
    const other = await store.people.createUser({ ...ADA, email: 'bob@example.org' });
    const start = (idHash: string, createdAt: number) =>
      store.people.createSession({ ...SESSION, idHash, userId, csrf: 'c', createdAt, expiresAt: LATER });
    await start('one', NOON - 2);
    await start('two', NOON - 1);
    const listed = async () => (await store.people.listSessions(userId, NOON)).map(({ idHash }) => idHash);
    assert.deepEqual(await listed(), ['two', 'one']);
    await store.people.extendSession('one', { expiresAt: LATER, seenAt: NOON });
    assert.deepEqual(await listed(), ['one', 'two']);
    assert.deepEqual(await store.people.listSessions(userId, LATER), []);
    assert.equal(await store.people.deleteSessionOf(other?.id ?? 0, 'one'), false);
    assert.equal(await store.people.renewSession('one', { idHash: 'three', provenAt: NOON }), true);
    assert.equal(await store.people.renewSession('one', { idHash: 'four', provenAt: NOON }), false);
    const renewed = await store.people.sessionByHash('three', NOON);
    assert.deepEqual([renewed?.session.provenAt, renewed?.session.createdAt], [NOON, NOON - 2]);
    for (let n = 0; n < MAX_SESSIONS - 1; n += 1) await start(`later-${n}`, NOON + 1);
    const kept = await listed();
    assert.deepEqual(
      [kept.length, kept.includes('three'), kept.includes('two')],
      [MAX_SESSIONS, true, false],
    );
    assert.equal(await store.people.deleteSessionOf(userId, 'three'), true);
  });

  test('another password ends sessions, tokens and links of its person, and of nobody else', async () => {
    const store = await open();
    const userId = await withAda(store);
    const other = (await store.people.createUser({ ...ADA, email: 'bob@example.org' }))?.id ?? 0;
    for (const [id, name] of [
      [userId, 'ada'],
      [other, 'bob'],
    ] as const) {
      await store.people.createSession({ ...SESSION, idHash: name, userId: id, csrf: 'c', expiresAt: LATER });
      await store.people.createToken({
        ...{ ...TOKEN, userId: id, hash: name, expiresAt: null },
      });
      await store.people.createOneTime({ hash: name, purpose: 'reset', data: String(id), expiresAt: LATER });
    }
    assert.equal(await store.people.setPassword(userId, 'new'), true);
    assert.equal(await store.people.setPassword(4711, 'new'), false);
    assert.equal((await store.people.userById(userId))?.passwordHash, 'new');
    const left = async (name: string) => [
      (await store.people.sessionByHash(name, NOON)) !== null,
      (await store.people.tokenByHash(name, NOON)) !== null,
      (await store.people.peekOneTime(name, 'reset', NOON)) !== null,
    ];
    assert.deepEqual(await left('ada'), [false, false, false]);
    assert.deepEqual(await left('bob'), [true, true, true]);
  });

  test('a token is found by its hash until it expires, and its use is noted', async () => {
    const store = await open();
    const userId = await withAda(store);
    const shape = { ...TOKEN, userId };
    const token = await store.people.createToken({ ...shape, hash: 'h1', expiresAt: NOON + 10 });
    assert.equal(token.lastUsedAt, null);
    assert.equal((await store.people.tokenByHash('h1', NOON))?.user?.id, userId);
    assert.equal(await store.people.tokenByHash('h1', NOON + 10), null);
    assert.equal(await store.people.tokenByHash('h2', NOON), null);
    // The note is written behind the answer; another write through the same queue waits for it.
    await store.accounts.create('after');
    assert.equal((await store.people.listTokens({ userId }))[0]?.lastUsedAt, NOON);
    await store.people.tokenByHash('h1', NOON + 5);
    await store.accounts.create('later');
    assert.equal((await store.people.listTokens({ userId }))[0]?.lastUsedAt, NOON);
  });

  test('a token is deleted by its owner alone, and is void while the owner is disabled', async () => {
    const store = await open();
    const userId = await withAda(store);
    const other = await store.people.createUser({ ...ADA, email: 'bob@example.org' });
    const shape = { ...TOKEN, userId, expiresAt: null };
    const token = await store.people.createToken({ ...shape, hash: 'h' });
    assert.equal(await store.people.deleteToken({ userId: other?.id ?? 0 }, token.id), false);
    await store.people.updateUser(userId, { disabled: true });
    assert.equal(await store.people.tokenByHash('h', NOON), null);
    await store.people.updateUser(userId, { disabled: false });
    assert.equal(await store.people.deleteToken({ userId }, token.id), true);
    assert.equal(await store.people.tokenByHash('h', NOON), null);
  });

  test('a one-time secret gives its data once, to one of many', async () => {
    const store = await open();
    await store.people.createOneTime({ hash: 'h', purpose: 'invite', data: 'bob', expiresAt: LATER });
    assert.equal(await store.people.peekOneTime('h', 'invite', NOON), 'bob');
    assert.equal(await store.people.peekOneTime('h', 'reset', NOON), null);
    assert.equal(await store.people.takeOneTime('h', 'reset', NOON), null);
    const taken = await Promise.all([1, 2, 3].map(() => store.people.takeOneTime('h', 'invite', NOON)));
    assert.deepEqual(
      taken.filter((data) => data !== null),
      ['bob'],
    );
    assert.equal(await store.people.peekOneTime('h', 'invite', NOON), null);
  });

  test('one-time secrets of a purpose are listed as long as they can be used', async () => {
    const store = await open();
    for (const [hash, purpose, expiresAt] of [
      ['b', 'invite', LATER + 1],
      ['a', 'invite', LATER],
      ['c', 'reset', LATER],
    ] as const)
      await store.people.createOneTime({ hash, purpose, data: `for ${hash}`, expiresAt });
    const listed = async (now: number) =>
      (await store.people.listOneTime('invite', now)).map(({ hash, data }) => [hash, data]);
    assert.deepEqual(await listed(NOON), [
      ['a', 'for a'],
      ['b', 'for b'],
    ]);
    assert.deepEqual(await listed(LATER), [['b', 'for b']]);
    await store.people.takeOneTime('b', 'invite', NOON);
    assert.deepEqual(await listed(NOON), [['a', 'for a']]);
  });

  test('a one-time secret ends with its time, or with all of its purpose', async () => {
    const store = await open();
    await store.people.createOneTime({ hash: 'a', purpose: 'setup', data: '1', expiresAt: LATER });
    assert.equal(await store.people.peekOneTime('a', 'setup', LATER), null);
    assert.equal(await store.people.takeOneTime('a', 'setup', LATER), null);
    await store.people.createOneTime({ hash: 'b', purpose: 'setup', data: '2', expiresAt: LATER });
    await store.people.createOneTime({ hash: 'c', purpose: 'invite', data: '3', expiresAt: LATER });
    await store.people.clearOneTime('setup');
    assert.equal(await store.people.takeOneTime('b', 'setup', NOON), null);
    assert.equal(await store.people.takeOneTime('c', 'invite', NOON), '3');
  });
}
