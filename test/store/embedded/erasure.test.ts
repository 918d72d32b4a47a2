// What was deleted is gone: no file of the data folder holds a word of it, plain or compressed; numbers stay.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import { installationNumber } from '../../../src/store/embedded/database/installation-number.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { NO_WORDS } from '../../../src/store/filing/reword.ts';
import type { ErasureWish } from '../../../src/store/erasures.ts';
import type { Store } from '../../../src/store/store.ts';
import { complete, crash, processedReport } from '../conformance/processed-builder.ts';
import { eventually, storeReport } from '../conformance/report-builder.ts';
import { newFolder, storeOptions } from './open-store.ts';
import { numbersIn, wordsIn } from './gone.ts';
import { keep, wordOf, wordsOf } from './words-everywhere.ts';

/** `housekeeping`: steps are taken in the background, too. */
async function withFolder(
  test: (open: () => Promise<Store>, dir: string) => Promise<void>,
  { housekeeping = false } = {},
): Promise<void> {
  const dir = await newFolder();
  const stores: Store[] = [];
  try {
    await test(async () => {
      const store = await openEmbeddedStore(storeOptions(dir, { segmentRows: 4, housekeeping }));
      stores.push(store);
      return store;
    }, dir);
  } finally {
    for (const store of stores) await store.close();
  }
}

describe('a deleted report', () => {
  test('leaves none of its words in any file, nor a bug that is named after it; counts stay', async () => {
    await withFolder(async (open, dir) => {
      const store = await open();
      const gone = await keep(store, 'gone');
      for (let n = 0; n < 6; n += 1) await keep(store, `kept${n}`);
      await store.maintenance.prune();
      assert.ok(wordsIn(dir, wordsOf('gone')).length > 10);
      await store.reports.deleteReport(gone.crashId);
      await store.maintenance.prune();
      assert.deepEqual(wordsIn(dir, wordsOf('gone')), []);
      const bug = await store.bugs.getBug(gone.bugId);
      assert.deepEqual([bug?.title, bug?.message, bug?.count, bug?.installations], [NO_WORDS, '', 1, 1]);
      assert.ok(wordsIn(dir, wordsOf('kept0')).length > 10);
    });
  });

  test('leaves the words that other reports of its bug have, and none of its own', async () => {
    await withFolder(async (open, dir) => {
      const store = await open();
      const gone = await keep(store, 'gone', { own: false });
      const kept = await keep(store, 'kept', { own: false });
      assert.equal(gone.bugId, kept.bugId);
      await store.reports.deleteReport(gone.crashId);
      await store.maintenance.prune();
      assert.deepEqual(wordsIn(dir, wordsOf('gone')), []);
      const bug = await store.bugs.getBug(kept.bugId);
      assert.deepEqual(
        [bug?.title, bug?.message, bug?.count, bug?.installations],
        [`crash in ${wordOf('kept', 'title')}`, `it says ${wordOf('kept', 'message')}`, 2, 2],
      );
    });
  });

  test('takes the line of the inbox with it that is still in memory', async () => {
    await withFolder(async (open, dir) => {
      const store = await open();
      const { crashId } = await storeReport(store);
      const line = {
        ...{ at: 1, protocol: 'crashpad', method: 'POST', path: '/submit', product: 'Piano' },
        ...{ outcome: 'accepted_with_notes', reason: 'x', status: 200, bodyBytes: 1 },
        ...{ clientHash: null, headers: {} },
      } as const;
      store.intake.addInbox({ ...line, detail: 'Zqgone', crashId });
      store.intake.addInbox({ ...line, detail: 'Zqkept', crashId: null });
      await store.reports.deleteReport(crashId);
      await store.maintenance.prune();
      // The other line is written by then; so would be the one that must not.
      await eventually(
        () => store.reports.listInbox({ limit: 5 }),
        ({ rows }) => rows.some(({ detail }) => detail === 'Zqkept'),
      );
      assert.deepEqual(wordsIn(dir, ['Zqgone']), []);
      assert.ok(wordsIn(dir, ['Zqkept']).length > 0);
    });
  });

  /** The case of a report of `keep` becomes a bug of its own. */
  async function splitOff(store: Store, bugId: number, of: string): Promise<void> {
    const caseKey = `C${createHash('sha1').update(of).digest('hex')}`;
    const chosen = (await store.bugs.casesOf(bugId, 10)).find((one) => one.caseKey === caseKey);
    assert.ok(await store.bugs.splitCase(bugId, chosen?.id ?? 0, 'Ada'));
  }

  /** Ways on which a report and a bug that has its words come apart; each gives the report. */
  const departures: readonly (readonly [way: string, leave: (store: Store) => Promise<string>])[] = [
    [
      'was moved to another bug by hand',
      async (store) => {
        const { crashId } = await keep(store, 'gone');
        const other = await keep(store, 'kept');
        assert.equal(await store.bugs.moveReport(crashId, other.bugId, 'Ada'), true);
        return crashId;
      },
    ],
    [
      'was moved on from there, to a bug that was merged then',
      async (store) => {
        const { crashId } = await keep(store, 'gone');
        const [second, third] = [await keep(store, 'kept'), await keep(store, 'third')];
        await store.bugs.moveReport(crashId, second.bugId, 'Ada');
        await store.bugs.moveReport(crashId, third.bugId, 'Ada');
        await store.bugs.mergeBugs(third.bugId, second.bugId, 'Ada');
        return crashId;
      },
    ],
    [
      'was filed anew under another key',
      async (store) => {
        const { crashId } = await keep(store, 'gone');
        // A second report holds the bug apart from the one that the first goes to.
        await keep(store, 'kept');
        await store.queue.requeue([crashId]);
        await complete(store, crashId, processedReport([crash('shared', { signature: 'crash in another' })]));
        return crashId;
      },
    ],
    [
      'was split off',
      async (store) => {
        const { crashId, bugId } = await keep(store, 'gone', { own: false });
        await keep(store, 'kept', { own: false });
        await splitOff(store, bugId, 'gone');
        return crashId;
      },
    ],
    [
      'stayed where another was split off',
      async (store) => {
        const { crashId, bugId } = await keep(store, 'gone', { own: false });
        await keep(store, 'kept', { own: false });
        await splitOff(store, bugId, 'kept');
        return crashId;
      },
    ],
    [
      'came while bugs were merged, and was given back',
      async (store) => {
        const from = await keep(store, 'third', { own: false });
        const into = await keep(store, 'kept');
        assert.equal(await store.bugs.mergeBugs(from.bugId, into.bugId, 'Ada'), true);
        const { crashId, bugId } = await keep(store, 'gone', { own: false });
        assert.equal(bugId, into.bugId);
        assert.equal((await store.bugs.unmergeBug(from.bugId, 'Ada'))?.cameAlong, 1);
        return crashId;
      },
    ],
    [
      'was filed anew while bugs were merged, and was not given back',
      async (store) => {
        const from = await keep(store, 'gone');
        const into = await keep(store, 'kept', { own: false });
        assert.equal(await store.bugs.mergeBugs(from.bugId, into.bugId, 'Ada'), true);
        await store.queue.requeue([from.crashId]);
        const anew = processedReport([crash('shared', { signature: 'crash in another' })]);
        await complete(store, from.crashId, anew);
        assert.ok(await store.bugs.unmergeBug(from.bugId, 'Ada'));
        return from.crashId;
      },
    ],
  ];
  for (const [way, leave] of departures) {
    test(`that ${way} takes its words from the bug that it is not in, too`, async () => {
      await withFolder(async (open, dir) => {
        const store = await open();
        const crashId = await leave(store);
        await store.maintenance.prune();
        await store.reports.deleteReport(crashId);
        await store.maintenance.prune();
        assert.deepEqual(wordsIn(dir, wordsOf('gone')), []);
        assert.ok(wordsIn(dir, wordsOf('kept')).length > 10);
      });
    });
  }

  test('leaves a bug its title whose report was moved beside it and is still stored', async () => {
    await withFolder(async (open) => {
      const store = await open();
      const [moved, gone] = [await keep(store, 'moved'), await keep(store, 'gone')];
      await store.bugs.moveReport(moved.crashId, gone.bugId, 'Ada');
      await store.reports.deleteReport(gone.crashId);
      await store.maintenance.prune();
      const bug = await store.bugs.getBug(moved.bugId);
      assert.equal(bug?.title, `crash in ${wordOf('moved', 'title')}`);
      await store.reports.deleteReport(moved.crashId);
      await store.maintenance.prune();
      assert.equal((await store.bugs.getBug(moved.bugId))?.title, NO_WORDS);
    });
  });

  test('still leads its crashes to its bug, which gets its words again', async () => {
    await withFolder(async (open) => {
      const store = await open();
      const first = await keep(store, 'same');
      await store.reports.deleteReport(first.crashId);
      await store.maintenance.prune();
      const again = await keep(store, 'same');
      assert.equal(again.bugId, first.bugId);
      const bug = await store.bugs.getBug(again.bugId);
      assert.deepEqual([bug?.title, bug?.count], [`crash in ${wordOf('same', 'title')}`, 2]);
    });
  });
});

/** In every product. */
const ANYWHERE = { account: null, product: null } as const;

describe('an erasure', () => {
  test('of a person or an installation takes only the reports of the product that it names', () =>
    withFolder(async (open) => {
      const store = await open();
      const annotations = [{ key: 'user_id', value: 'u-1' }];
      const ids: string[] = [];
      for (const product of ['Piano', 'Organ'])
        for (const installation of ['i-1', null])
          ids.push((await storeReport(store, { product, annotations, installation })).crashId);
      const left = () => Promise.all(ids.map(async (id) => (await store.reports.getReport(id)) !== null));
      const of = { account: 'default', product: 'Organ' };
      assert.equal(await erase(store, { kind: 'installation', installation: 'i-1', ...of }), 1);
      assert.deepEqual(await left(), [true, true, false, true]);
      assert.equal(await erase(store, { kind: 'person', user: 'u-1', mail: null, mailHash: null, ...of }), 1);
      assert.deepEqual(await left(), [true, true, false, false]);
    }));

  test('of an installation takes reports that name it only in what was understood of them', () =>
    withFolder(async (open, dir) => {
      const store = await open();
      const ids: string[] = [];
      for (const installation of ['Zqgone', 'Zqkept']) {
        const { crashId } = await storeReport(store);
        await complete(store, crashId, processedReport([crash('a')], { installation }));
        ids.push(crashId);
      }
      assert.equal(await erase(store, { kind: 'installation', installation: 'Zqgone', ...ANYWHERE }), 1);
      const [gone, kept] = await Promise.all(ids.map((id) => store.reports.getReport(id)));
      assert.deepEqual([gone === null, kept === null], [true, false]);
      assert.deepEqual(wordsIn(dir, ['Zqgone']), []);
    }));

  test('of an installation counts it under one name in all sums of its product', () =>
    withFolder(async (open, dir) => {
      const store = await open();
      await keep(store, 'gone');
      await erase(store, { kind: 'installation', installation: wordOf('gone', 'guid'), ...ANYWHERE });
      const database = new Database(path.join(dir, 'mayday.db'), { readonly: true });
      try {
        const tables = ['case_installations', 'bug_installations', 'product_installations'];
        const names = database
          .prepare(tables.map((table) => `SELECT hex(installation) FROM ${table}`).join(' UNION ALL '))
          .pluck()
          .all();
        assert.equal(names.length, 3);
        assert.equal(new Set(names).size, 1);
        const real = createHash('sha256').update(wordOf('gone', 'guid')).digest('hex').slice(0, 16);
        assert.notEqual(names[0], real.toUpperCase());
      } finally {
        database.close();
      }
    }));

  test('takes what came between counting and confirming, and says so', () =>
    withFolder(async (open) => {
      const store = await open();
      const annotations = [{ key: 'user_id', value: 'u-1' }];
      await storeReport(store, { annotations });
      const wish = { kind: 'person', user: 'u-1', mail: null, mailHash: null, ...ANYWHERE } as const;
      const { id, found } = await store.erasures.prepare(wish, { person: null });
      assert.equal(found, 1);
      const late: string[] = [];
      for (let n = 0; n < 60; n += 1) late.push((await storeReport(store, { annotations })).crashId);
      const other = await storeReport(store, { annotations: [{ key: 'user_id', value: 'u-2' }] });
      await store.erasures.confirm(id);
      await store.maintenance.prune();
      const done = await store.erasures.get(id);
      assert.deepEqual([done?.state, done?.found, done?.done], ['done', 61, 61]);
      for (const crashId of late) assert.equal(await store.reports.getReport(crashId), null);
      assert.notEqual(await store.reports.getReport(other.crashId), null);
    }));

  test('of a product takes what came while it went in steps, too', () =>
    withFolder(async (open) => {
      const store = await open();
      await store.intake.createProduct('default', 'Piano');
      const wish = { kind: 'product', account: 'default', product: 'Piano' } as const;
      const { id } = await store.erasures.prepare(wish, { person: null });
      await store.erasures.confirm(id);
      // It has looked through all reports once more.
      await store.erasures.step();
      const ids: string[] = [];
      for (let n = 0; n < 30; n += 1) ids.push((await storeReport(store)).crashId);
      const step = await store.erasures.step();
      const left = await Promise.all(ids.map((one) => store.reports.getReport(one)));
      assert.deepEqual([step?.state, left.filter((one) => one !== null).length], ['erasing', 5]);
      await store.maintenance.prune();
      assert.equal((await store.erasures.get(id))?.state, 'done');
      assert.equal(await store.people.getProduct('default', 'Piano'), null);
    }));

  test('of a product leaves lines of the inbox that may be of the same name in another account', () =>
    withFolder(async (open) => {
      const store = await open();
      await store.accounts.create('acme');
      for (const [account, name] of [
        ['default', 'Piano'],
        ['default', 'Organ'],
        ['acme', 'Piano'],
      ] as const)
        await store.intake.createProduct(account, name);
      for (const product of ['Piano', 'Organ'])
        store.intake.addInbox({
          ...{ at: 1, protocol: 'crashpad', method: 'POST', path: '/submit', product, outcome: 'refused' },
          ...{
            reason: 'x',
            detail: '',
            status: 400,
            bodyBytes: 1,
            clientHash: null,
            crashId: null,
            headers: {},
          },
        });
      const lines = async () => (await store.reports.listInbox({ limit: 9 })).rows.map((row) => row.product);
      await eventually(lines, (rows) => rows.length === 2);
      for (const product of ['Piano', 'Organ'])
        await erase(store, { kind: 'product', account: 'default', product });
      assert.deepEqual(await lines(), ['Piano']);
    }));

  async function erase(store: Store, wish: ErasureWish, found?: readonly string[]): Promise<number> {
    const prepared = await store.erasures.prepare(wish, {
      person: 7,
      ...(found !== undefined && { found: pages(found) }),
    });
    assert.equal(prepared.state, 'ready');
    assert.equal(await store.erasures.confirm(prepared.id), true);
    await store.maintenance.prune();
    const done = await store.erasures.get(prepared.id);
    assert.deepEqual([done?.state, done?.done], ['done', prepared.found]);
    const { rows } = await store.audit.list({ what: 'erasure.done' }, { limit: 1 });
    assert.deepEqual(rows[0]?.detail, { kind: wish.kind, reports: prepared.found });
    return prepared.found;
  }

  async function* pages(found: readonly string[]): AsyncGenerator<readonly string[]> {
    yield found;
  }

  /** Two reports; the first is to go. */
  async function withTwo(test: (store: Store, dir: string, gone: string) => Promise<void>): Promise<void> {
    await withFolder(async (open, dir) => {
      const store = await open();
      const gone = await keep(store, 'gone');
      await keep(store, 'kept');
      await test(store, dir, gone.crashId);
      assert.deepEqual(wordsIn(dir, wordsOf('gone')), []);
      assert.ok(wordsIn(dir, wordsOf('kept')).length > 10);
    });
  }

  test('of an installation takes its reports and leaves those of others', () =>
    withTwo(async (store) => {
      assert.equal(
        await erase(store, { kind: 'installation', installation: wordOf('gone', 'guid'), ...ANYWHERE }),
        1,
      );
    }));

  test('of a person takes the reports that name them as their user', () =>
    withTwo(async (store) => {
      const wish = {
        kind: 'person',
        user: wordOf('gone', 'value'),
        mail: null,
        mailHash: null,
        ...ANYWHERE,
      } as const;
      assert.equal(await erase(store, wish), 1);
    }));

  test('of a person takes what names their mail address, also where only its hash is told', () =>
    withFolder(async (open, dir) => {
      const store = await open();
      await storeReport(store, { annotations: [{ key: 'contact', value: 'Ada.Zq@Example.org' }] });
      const words = {
        eventId: null,
        name: '',
        message: 'words Zqfromada',
        email: 'ada.zq@example.org',
        url: '',
      };
      await store.intake.putFeedback('default', 'Piano', words, null);
      const mailHash = createHash('sha256').update('ada.zq@example.org').digest('hex');
      assert.equal(await erase(store, { kind: 'person', user: null, mail: null, mailHash, ...ANYWHERE }), 1);
      assert.deepEqual(wordsIn(dir, ['Ada.Zq@Example.org', 'Zqfromada']), []);
    }));

  test('of a person, by user or address, and of an installation leaves no number of them in any file; users of a release stay counted', () =>
    withFolder(async (open, dir) => {
      const store = await open();
      await store.intake.createProduct('default', 'Piano');
      const rules = await store.bugs.productRules('default', 'Piano');
      await store.bugs.setProductRules('default', 'Piano', { ...rules, userAnnotation: 'user_id' });
      const names = ['Zqgone', 'ada@example.org', 'Zqmachine', 'Zqkept'];
      for (const [n, name] of names.entries()) {
        const { crashId } = await storeReport(store, {
          receivedAt: Date.now(),
          version: '1.0',
          annotations: [{ key: 'user_id', value: name }],
          installation: name === 'ada@example.org' ? null : name,
        });
        const sections = [{ name: 'user', protected: true, values: [['id', name] as const] }];
        await complete(
          store,
          crashId,
          processedReport([crash(`k${n}`, { sections })], { installation: name }),
        );
      }
      for (const release of ['piano@1.0', 'piano@1.1'])
        await store.intake.putSessions('default', 'Piano', {
          updates: names.map((user) => ({
            ...{ sid: `${user} ${release}`, outcome: 'crashed', final: true, rank: 1, startedAt: Date.now() },
            ...{ user, release, environment: 'production' },
          })),
          buckets: [],
        });
      const database = new Database(path.join(dir, 'mayday.db'), { readonly: true });
      const numbersOf = (name: string): readonly number[] =>
        [name, `user\0${name}`].map((text) => installationNumber(database, 1, text));
      const counted = () =>
        database
          .prepare(`SELECT version, count(*), count(crashed_day) FROM release_users GROUP BY 1`)
          .raw()
          .all();
      try {
        await store.maintenance.prune();
        for (const name of names) assert.ok(numbersIn(dir, numbersOf(name)).length > 0, name);
        const before = counted();
        const [user = '', mail = '', installation = '', kept = ''] = names;
        const none = { user: null, mail: null, mailHash: null, ...ANYWHERE };
        await erase(store, { kind: 'person', ...none, user });
        await erase(store, { kind: 'person', ...none, mail: mail.toUpperCase() });
        await erase(store, { kind: 'installation', installation, ...ANYWHERE });
        for (const name of [user, mail, installation])
          assert.deepEqual([name, ...numbersIn(dir, numbersOf(name))], [name]);
        assert.ok(numbersIn(dir, numbersOf(kept)).length > 0);
        assert.deepEqual(counted(), before);
        const releases = await store.releases.list(
          { account: 'default', product: 'Piano' },
          { offset: 0, limit: 9 },
        );
        assert.deepEqual(
          releases.releases.map(({ sessions }) => sessions?.users),
          [4, 4],
        );
      } finally {
        database.close();
      }
    }));

  test('of what a search found takes just that', () =>
    withTwo(async (store, _, gone) => {
      assert.equal(await erase(store, { kind: 'search' }, [gone]), 1);
    }));

  test('of a product takes everything that has its number', () =>
    withFolder(async (open, dir) => {
      const store = await open();
      await keep(store, 'gone');
      assert.equal(await erase(store, { kind: 'product', account: 'default', product: 'Piano' }), 1);
      assert.equal(await store.people.getProduct('default', 'Piano'), null);
      assert.deepEqual(wordsIn(dir, wordsOf('gone')), []);
    }));

  test('of what is older than a moment leaves what is younger', () =>
    withFolder(async (open, dir) => {
      const store = await open();
      await storeReport(store, {
        receivedAt: Date.UTC(2026, 0, 1),
        annotations: [{ key: 'a', value: 'Zqold' }],
      });
      await storeReport(store, {
        receivedAt: Date.UTC(2026, 0, 3),
        annotations: [{ key: 'a', value: 'Zqyoung' }],
      });
      const wish = { kind: 'before', account: null, product: null, before: Date.UTC(2026, 0, 2) } as const;
      assert.equal(await erase(store, wish), 1);
      assert.deepEqual([wordsIn(dir, ['Zqold']).length, wordsIn(dir, ['Zqyoung']).length > 0], [0, true]);
    }));

  test('changes nothing before it is confirmed, nor when it is withdrawn, and its wish is kept no longer than it is needed', () =>
    withFolder(async (open, dir) => {
      const store = await open();
      await keep(store, 'kept');
      const wish = { kind: 'person', user: 'Zqsomebody', mail: null, mailHash: null, ...ANYWHERE } as const;
      const { id, found } = await store.erasures.prepare(wish, { person: null });
      assert.equal(found, 0);
      assert.equal(await store.erasures.withdraw(id), true);
      assert.equal(await store.erasures.confirm(id), false);
      assert.equal(await store.erasures.step(), null);
      await store.reports.deleteReport((await keep(store, 'gone')).crashId);
      await store.maintenance.prune();
      assert.deepEqual(wordsIn(dir, ['Zqsomebody']), []);
      assert.ok(wordsIn(dir, wordsOf('kept')).length > 10);
    }));

  test('that was interrupted is gone on with when the store is opened again', () =>
    withFolder(async (open, dir) => {
      const store = await open();
      for (let n = 0; n < 30; n += 1)
        await storeReport(store, { annotations: [{ key: 'a', value: `Zqmany${n}` }] });
      const wish = { kind: 'product', account: 'default', product: 'Piano' } as const;
      const { id } = await store.erasures.prepare(wish, { person: null });
      await store.erasures.confirm(id);
      const after = await store.erasures.step();
      assert.deepEqual([after?.state, after?.done], ['erasing', 25]);
      await store.close();
      const again = await open();
      await again.maintenance.prune();
      assert.deepEqual([(await again.erasures.get(id))?.state, wordsIn(dir, ['Zqmany'])], ['done', []]);
    }));
});

describe('a purge', () => {
  test(
    'lets reports in while a reader keeps the log, and is owed until the log is folded',
    { timeout: 150_000 },
    () =>
      withFolder(async (open, dir) => {
        const store = await open();
        const gone = await storeReport(store, { annotations: [{ key: 'a', value: 'Zqgone' }] });
        await store.maintenance.prune();
        await storeReport(store);
        const reader = new Database(path.join(dir, 'mayday.db'), { readonly: true });
        const isOwed = () =>
          reader.prepare(`SELECT 1 FROM settings WHERE name = 'erased'`).get() !== undefined;
        try {
          await store.reports.deleteReport(gone.crashId);
          reader.exec('BEGIN');
          reader.prepare('SELECT count(*) FROM reports').get();
          const pruning = store.maintenance.prune();
          for (let n = 0; n < 20; n += 1) await storeReport(store);
          await pruning;
          reader.exec('COMMIT');
          assert.equal(isOwed(), true);
          await store.maintenance.prune();
          assert.equal(isOwed(), false);
        } finally {
          reader.close();
        }
        assert.deepEqual(wordsIn(dir, ['Zqgone']), []);
      }),
  );
});

test('an erasure comes to its end while reports never stop coming', () =>
  withFolder(
    async (open) => {
      const store = await open();
      await storeReport(store, { annotations: [{ key: 'user_id', value: 'u-1' }] });
      const wish = { kind: 'person', user: 'u-1', mail: null, mailHash: null, ...ANYWHERE } as const;
      const { id } = await store.erasures.prepare(wish, { person: null });
      const load = new AbortController();
      let stored = 0;
      const loads = Array.from({ length: 8 }, async () => {
        while (!load.signal.aborted && stored < 40_000) {
          await storeReport(store);
          stored += 1;
          // A batch every few milliseconds: never a quiet moment, and on no machine so many reports that the end is never seen.
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      });
      await store.erasures.confirm(id);
      const all = Promise.all(loads).then(() => 'load' as const);
      const done = eventually(
        () => store.erasures.get(id),
        (erasure) => erasure?.state === 'done',
      ).then(() => 'erasure' as const);
      assert.equal(await Promise.race([all, done]), 'erasure');
      load.abort();
      await all;
    },
    { housekeeping: true },
  ));

test('reports that are pruned for their age leave no more than those that are deleted', () =>
  withFolder(async (open, dir) => {
    const store = await open();
    const { crashId } = await keep(store, 'gone');
    const product = { keepDays: 1 };
    await store.people.updateProduct('default', 'Piano', product);
    assert.notEqual(await store.reports.getReport(crashId), null);
    const old = await storeReport(store, {
      receivedAt: Date.now() - 3 * 86_400_000,
      annotations: [{ key: 'a', value: 'Zqaged' }],
    });
    await store.maintenance.prune();
    assert.equal(await store.reports.getReport(old.crashId), null);
    assert.deepEqual(wordsIn(dir, ['Zqaged']), []);
  }));
