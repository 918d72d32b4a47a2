// Somebody with an account of this server is erased: no file of the data folder has their name or address any more; what they did stays counted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import path from 'node:path';
import { complete, crash, processedReport } from '../conformance/processed-builder.ts';
import { storeReport } from '../conformance/report-builder.ts';
import { wordsIn } from './gone.ts';
import { withStore } from './open-store.ts';
import type { Store } from '../../../src/store/store.ts';

const [NAME, EMAIL] = ['Zqada Lovelace', 'zqada@example.org'];

async function member(store: Store, email: string, name: string): Promise<number> {
  const user = { email, name, isAdmin: true, passwordHash: 'x' };
  return (await store.people.createUser(user))?.id ?? 0;
}

test('an erased person is in no file any more, and a number stands in histories', () =>
  withStore({ housekeeping: false }, async (store, dir) => {
    await member(store, 'root@example.org', 'Root');
    const id = await member(store, EMAIL, NAME);
    const bugs: number[] = [];
    for (const key of ['a', 'b']) {
      const { crashId } = await storeReport(store);
      const filed = await complete(store, crashId, processedReport([crash(key)]));
      bugs.push(filed[0]?.bugId ?? 0);
    }
    const [bug = 0, other = 0] = bugs;
    await store.bugs.commentBug(bug, NAME, `ask ${EMAIL} about it`);
    await store.bugs.assignBug(bug, 'Root', EMAIL);
    await store.bugs.closeBug(bug, NAME, { inVersion: null });
    await store.bugs.mergeBugs(other, bug, NAME);
    await store.people.createSession({
      ...{ idHash: 'a'.repeat(64), userId: id, csrf: 'c', createdAt: 1, provenAt: 1, expiresAt: 8e15 },
      ...{ network: '192.0.2.1', agent: 'Zqbrowser' },
    });
    const scope = { scopes: ['read'], products: null, expiresAt: null } as const;
    const hash = 'b'.repeat(64);
    await store.people.createToken({ userId: id, account: null, label: 'Zqlabel', ...scope, hash });
    const reset = { hash: 'c'.repeat(64), purpose: 'reset', data: String(id), expiresAt: 8e15 };
    await store.people.createOneTime(reset);
    const invited = JSON.stringify({ email: EMAIL, role: 'read' });
    await store.people.createOneTime({
      ...reset,
      hash: 'd'.repeat(64),
      purpose: 'invitation',
      data: invited,
    });
    await store.people.addIdentity(id, 'https://issuer.example', 'Zqsubject');
    for (const shared of [true, false]) {
      const saved = {
        owner: EMAIL,
        name: `search ${shared}`,
        page: 'bugs',
        query: `assignee=${EMAIL}`,
      } as const;
      await store.search.saveSearch({ ...saved, shared, changedAt: 1 });
    }
    const message = {
      channel: 'mail',
      target: EMAIL,
      notice: 'new',
      bugId: bug,
      payload: '{}',
      dueAt: 8e15,
    } as const;
    await store.notifications.enqueue([{ ...message, onceKey: 'x' }], []);
    assert.ok(wordsIn(dir, [NAME, EMAIL, 'Zqbrowser']).length > 2);

    assert.equal(await store.people.eraseUser(id), 'erased');
    await store.maintenance.prune();
    assert.deepEqual(wordsIn(dir, ['Zqada', 'Zqbrowser', 'Zqlabel', 'Zqsubject']), []);
    assert.equal(await store.people.userById(id), null);
    assert.equal(await store.people.tokenByHash('b'.repeat(64), 0), null);
    const found = await store.bugs.getBug(bug);
    assert.deepEqual([found?.assignee, found?.count], [null, 2]);
    const lines = (await store.bugs.eventsOf(bug, 20)).map(({ by, what, detail }) => [by, what, detail]);
    const by = `person ${id}`;
    const comment = lines.find(([, what]) => what === 'comment');
    assert.deepEqual([comment?.[0], comment?.[2]], [by, `ask ${by} about it`]);
    assert.ok(lines.every((line) => !line.includes(NAME)));
    const database = new Database(path.join(dir, 'mayday.db'), { readonly: true });
    try {
      const left = database.prepare(`SELECT owner, query FROM saved_searches`).all();
      assert.deepEqual(left, [{ owner: by, query: `assignee=${by}` }]);
      for (const table of ['sessions', 'tokens', 'identities', 'one_time_secrets', 'deliveries'])
        assert.equal(database.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), 0, table);
    } finally {
      database.close();
    }
  }));

test('addresses that contain that of an erased person stay those of others, and every spelling of it goes', () =>
  withStore({ housekeeping: false }, async (store) => {
    await member(store, 'root@example.org', 'Root');
    const id = await member(store, 'al@x.org', 'Al');
    const { crashId } = await storeReport(store);
    const [filed] = (await complete(store, crashId, processedReport([crash('a')]))) ?? [];
    const bugId = filed?.bugId ?? 0;
    await store.bugs.commentBug(
      bugId,
      'Root',
      'sal@x.org, a.al@x.org, al@x.org.uk: ask AL@X.org, or al@x.org.',
    );
    const search = {
      owner: 'root@example.org',
      name: 's',
      page: 'bugs',
      shared: true,
      changedAt: 1,
    } as const;
    await store.search.saveSearch({ ...search, query: 'assignee=al%40x.org&q=%22al@x.org%22+sal%40x.org' });
    assert.equal(await store.people.eraseUser(id), 'erased');
    const by = `person ${id}`;
    const [line] = await store.bugs.eventsOf(bugId, 1);
    assert.equal(line?.detail, `sal@x.org, a.al@x.org, al@x.org.uk: ask ${by}, or ${by}.`);
    const [saved] = await store.search.savedSearches('root@example.org');
    assert.equal(saved?.query, `assignee=${by}&q=%22${by}%22+sal%40x.org`);
  }));

test('of two people of one name it is not said which of them did something', () =>
  withStore({ housekeeping: false }, async (store) => {
    await member(store, 'root@example.org', NAME);
    const id = await member(store, EMAIL, NAME);
    const { crashId } = await storeReport(store);
    const [filed] = (await complete(store, crashId, processedReport([crash('a')]))) ?? [];
    await store.bugs.commentBug(filed?.bugId ?? 0, NAME, 'seen');
    assert.equal(await store.people.eraseUser(id), 'erased');
    const [line] = await store.bugs.eventsOf(filed?.bugId ?? 0, 1);
    assert.equal(line?.by, 'somebody');
  }));

test('the last administrator is not erased, and nobody is nobody', () =>
  withStore({ housekeeping: false }, async (store) => {
    const id = await member(store, EMAIL, NAME);
    assert.equal(await store.people.eraseUser(id), 'last-admin');
    assert.equal((await store.people.userById(id))?.email, EMAIL);
    assert.equal(await store.people.eraseUser(id + 1), 'nobody');
  }));
