// Two accounts on one server: everybody looks everywhere, and sees nothing of an account that they do not belong to; what is there is
// answered as what is not.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { NOTICES } from '../../src/store/notifications.ts';
import type { User } from '../../src/store/people.ts';
import { Crawler } from '../canary/support/crawler.ts';
import type { Seen } from '../canary/support/crawler.ts';
import { addPerson, addToken, PASSWORD, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { crash, fileReport, processed } from './support/seed-bugs.ts';
import { symbolText } from './symbols/support.ts';
import { Visitor } from './support/visitor.ts';

/** Words that nothing else says: everything that belongs to an account holds its own. */
const ACCOUNTS = ['quokka', 'wombat'] as const;
type Word = (typeof ACCOUNTS)[number];

interface Filled {
  readonly crashId: string;
  readonly bugId: number;
  readonly ruleId: number;
  readonly webhookId: number;
  readonly actId: number;
}

let running: Running;
const filled = new Map<Word, Filled>();
const people = new Map<string, User>();

const PEOPLE = [
  ['admin', { role: 'admin', isAdmin: false }],
  ['triager', { role: 'triage' }],
  ['reader', { role: 'read' }],
  ['trusted', { role: 'read', seesProtected: true }],
] as const;

before(async () => {
  running = await startRunning();
  for (const word of ACCOUNTS) await running.store.accounts.create(word);
  for (const word of ACCOUNTS) {
    for (const [name, rights] of PEOPLE) {
      const email = `${name}@${word}.example`;
      people.set(email, await addPerson(running.store, { email, ...rights, accounts: [word] }));
    }
    filled.set(word, await fill(word));
  }
  const operator = { email: 'operator@example.org', role: 'read', isAdmin: true, accounts: [] } as const;
  people.set(operator.email, await addPerson(running.store, operator));
});

after(() => running.stop());

/** One of everything that an account can have. */
async function fill(word: Word): Promise<Filled> {
  const { store } = running;
  const [account, product] = [word, `${word}-shop`];
  await store.people.createProductByHand(account, product);
  const report = {
    account,
    annotations: { Field: `${word} value` },
    parts: [{ name: `${word}-file`, kind: 'file' as const, bytes: Buffer.from(`${word} bytes`) }],
  };
  const one = crash({
    ...{ key: word, signature: `${word}Error | ${word}.total`, message: `${word} failed` },
    sections: [
      { name: 'environment', protected: false, values: [[`${word}key`, 'x']] },
      { name: 'request', protected: true, values: [[`${word}tag`, 'x']] },
    ],
  });
  const made = processed([one], {
    product,
    version: `1.0-${word}`,
    platform: `${word}-os`,
    missingSymbols: [
      {
        debugFile: `${word}.pdb`,
        debugId: (word === 'quokka' ? 'A' : 'B').repeat(33),
        codeFile: null,
        codeId: null,
      },
    ],
  });
  const { crashId, filed } = await fileReport(store, report, made);
  const bugId = filed[0]?.bugId ?? 0;
  await store.bugs.commentBug(bugId, `${word} person`, `${word} comment`);
  const webhook = await store.notifications.saveWebhook({
    ...{ account, product: null, url: `https://${word}.example/hook`, secret: 's', format: 'mayday' },
    ...{ notices: NOTICES, enabled: true },
  });
  const rule = await store.alerts.createRule({
    ...{
      name: `${word} rule`,
      account,
      product: null,
      condition: { kind: 'crashes', atLeast: 1, minutes: 5 },
    },
    ...{ search: '', bugId: null, everyMinutes: 60, tellsEnd: false, quiet: null, targets: [] },
    ...{ enabled: true, mutedUntil: null, ownerId: null, isProtected: false },
  });
  const saved = {
    owner: `admin@${word}.example`,
    name: `${word} search`,
    page: 'search',
    query: '',
  } as const;
  await store.search.saveSearch({ ...saved, shared: true, changedAt: Date.now() });
  await store.accounts.createTeam(account, `${word} team`);
  const actId = await store.bulk.begin({ do: 'close', inVersion: null }, [bugId], `${word} person`);
  await store.bulk.step(actId);
  store.intake.addInbox({
    ...{ at: Date.now(), protocol: 'crashpad', method: 'POST', path: `/${word}`, account, product },
    ...{ outcome: 'refused', reason: 'no_annotations', detail: word, status: 400, bodyBytes: 0 },
    ...{ clientHash: null, crashId: null, headers: {} },
  });
  return { crashId, bugId, ruleId: rule?.id ?? 0, webhookId: webhook.id, actId };
}

function of(word: Word): Filled {
  const found = filled.get(word);
  assert.ok(found !== undefined);
  return found;
}

function userOf(email: string): User {
  const user = people.get(email);
  assert.ok(user !== undefined, email);
  return user;
}

async function asToken(email: string): Promise<Crawler> {
  const token = await addToken(running.store, userOf(email));
  return new Crawler(running.url, { name: email, headers: { authorization: `Bearer ${token}` } });
}

async function asSession(email: string): Promise<Crawler> {
  const visitor = new Visitor(running.url);
  await visitor.signIn(email, PASSWORD);
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return new Crawler(running.url, { name: email, headers: { cookie } });
}

const STARTS = [
  ...['/', '/bugs?state=all', '/reports', '/inbox', '/products', '/releases', '/search', '/symbols', '/top'],
  ...[
    '/symbols/missing',
    '/bugs/acts',
    '/accounts',
    '/people',
    '/alerts',
    '/webhooks',
    '/account',
    '/status',
  ],
];

/** Everything that somebody finds by looking: all links from all first pages, and all operations. */
async function look(email: string): Promise<readonly Seen[]> {
  const pages = await asSession(email);
  await pages.pages(STARTS);
  const api = await asToken(email);
  await api.operations({
    ...{ crashIds: ACCOUNTS.map((word) => of(word).crashId), bugs: ACCOUNTS.map((word) => of(word).bugId) },
    ...{ versions: [], products: [], attachments: new Map() },
  });
  await api.get('/api/search?facets=product,version,platform,signature&limit=50');
  await api.get('/api/bugs?state=all');
  return [...pages.seen, ...api.seen];
}

/** Without what differs from one answer to the next: times, and secrets of forms. */
function untimed(text: string): string {
  return text
    .replace(/^(?:date|content-length): .*$/gm, 'HEAD')
    .replace(/<time[^>]*>[^<]*<\/time>/g, 'TIME')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/name="csrf" value="[^"]*"/g, 'CSRF');
}

/** Where a word was said that the one who asked did not say first. */
function told(seen: readonly Seen[], word: Word): readonly string[] {
  return seen
    .filter(({ address, text }) => !address.includes(word) && text.includes(word))
    .map(({ address }) => address);
}

describe('of two accounts', () => {
  for (const [name] of PEOPLE) {
    test(`the ${name} of one finds everything of it, and nothing of the other`, async () => {
      const seen = await look(`${name}@quokka.example`);
      assert.deepEqual(told(seen, 'wombat'), []);
      const found = told(seen, 'quokka');
      for (const address of ['/', '/bugs?state=all', '/reports', '/inbox', '/products', '/api/reports'])
        assert.ok(found.includes(address), address);
    });
  }

  test('who administers the installation alone finds their names and their people, and nothing of what they have', async () => {
    const seen = await look('operator@example.org');
    // What they are there for: accounts with their people, and who did what to what.
    const theirs = /^\/(?:accounts|people|audit)|^\/api\/(?:accounts|audit)/;
    for (const word of ACCOUNTS) {
      assert.deepEqual(
        told(seen, word).filter((address) => !theirs.test(address)),
        [],
      );
      const ofAccounts = seen.filter(({ address }) => /^(?:\/api)?\/(?:accounts|people)/.test(address));
      assert.ok(!ofAccounts.some(({ text }) => text.includes(`${word}-shop`)));
    }
    assert.ok(seen.some(({ address, status }) => address === '/status' && status === 200));
  });

  test('what is there is answered to the other as what is not', async () => {
    const { crashId, bugId, ruleId, webhookId, actId } = of('wombat');
    const absent = {
      crashId: `${crashId.slice(0, 8)}-0000-4000-8000-000000${crashId.slice(-6)}`,
      id: 999_999,
    };
    const pairs: readonly (readonly [string, string])[] = [
      [`/reports/${crashId}`, `/reports/${absent.crashId}`],
      [`/reports/${crashId}/attachments/wombat-file`, `/reports/${absent.crashId}/attachments/wombat-file`],
      [`/bugs/${bugId}`, `/bugs/${absent.id}`],
      [`/products/wombat/wombat-shop`, `/products/wombat/nothing`],
      [`/overview/wombat/wombat-shop`, `/overview/nobody/nothing`],
      [`/products/wombat/wombat-shop/integration`, `/products/nobody/wombat-shop/integration`],
      [`/accounts/wombat`, `/accounts/nobody`],
      [`/alerts/${ruleId}`, `/alerts/${absent.id}`],
      [`/webhooks/${webhookId}`, `/webhooks/${absent.id}`],
      [`/api/reports/${crashId}`, `/api/reports/${absent.crashId}`],
      [`/api/bugs/${bugId}`, `/api/bugs/${absent.id}`],
      [
        `/api/bugs/${of('quokka').bugId}/compare/${bugId}`,
        `/api/bugs/${of('quokka').bugId}/compare/${absent.id}`,
      ],
      [`/api/products/wombat/wombat-shop`, `/api/products/nobody/wombat-shop`],
      [`/api/alerts/${ruleId}`, `/api/alerts/${absent.id}`],
      [`/api/webhooks/${webhookId}`, `/api/webhooks/${absent.id}`],
    ];
    const [session, token] = [await asSession('admin@quokka.example'), await asToken('admin@quokka.example')];
    for (const [there, nowhere] of pairs) {
      const crawler = there.startsWith('/api/') ? token : session;
      const [one, other] = [await crawler.get(there), await crawler.get(nowhere)];
      assert.equal(one.status, other.status, there);
      // Who may see dumps nowhere is told so before anything is looked for.
      assert.equal(one.status, there.includes('/attachments/') ? 403 : 404, there);
    }
    for (const [address, body] of [
      [`/api/bugs/${bugId}/comment`, { text: 'x' }],
      [`/api/bugs/${bugId}/close`, {}],
      [`/api/reports/${crashId}/reprocess`, {}],
      [`/api/bug-acts/${actId}/undo`, {}],
    ] as const) {
      assert.equal((await token.post(address, body)).status, 404, address);
    }
    // Named among many as alone.
    for (const there of [bugId, 999_999]) {
      const answer = await token.post('/api/bug-acts', { do: 'reopen', bugs: [there] });
      assert.deepEqual([answer.status, /None of these bugs is there/.test(answer.text)], [400, true]);
    }
    const bug = await running.store.bugs.getBug(bugId);
    assert.deepEqual(
      [bug?.state, (await running.store.bugs.eventsOf(bugId, 50)).some(({ detail }) => detail === 'x')],
      ['closed', false],
    );
  });

  test('a name that only the other’s reports have is answered as a word that nobody has, wherever a name is taken', async () => {
    const mine = 'quokkakey';
    const rows = (name: string) => `columns=crash_id,${name}&sort=${name}`;
    const asked = (name: string): readonly string[] => [
      ...[`/search?q=has:${name}`, `/search?q=${name}:x`, `/search?facets=${name}`, `/search?${rows(name)}`],
      ...[`/bugs?q=has:${name}`, `/top?q=has:${name}`, `/reports?q=has:${name}`],
      ...[
        `/api/search?q=has:${name}`,
        `/api/search?q=${name}:x`,
        `/api/search?q=environment.${name}:x`,
        `/api/search?q=request.${name}:x`,
      ],
      ...[`/api/search?facets=${name}`, `/api/search?${rows(name)}`, `/api/search?distinct=${name}`],
      ...[
        `/api/bugs?q=has:${name}`,
        `/api/search/export?q=has:${name}`,
        `/api/search/export?columns=${name}`,
      ],
      ...[
        `/search/export?q=has:${name}`,
        `/search/export?columns=${name}`,
        `/search?product=quokka-shop&q=has:${name}`,
      ],
    ];
    // Who sees protected data, and who does not: what sections say is public of every product.
    for (const person of ['admin', 'trusted', 'reader']) {
      const email = `${person}@quokka.example`;
      const [session, token] = [await asSession(email), await asToken(email)];
      for (const [foreign, nonsense] of [
        ['wombatkey', 'nonsenses'],
        ['wombattag', 'gibberish'],
      ] as const) {
        for (const [n, address] of asked(foreign).entries()) {
          const crawler = address.startsWith('/api/') ? token : session;
          const one = await crawler.get(address);
          const other = await crawler.get(asked(nonsense)[n] ?? '');
          const text = other.text.replaceAll(nonsense, foreign);
          assert.deepEqual(
            [one.status, untimed(one.text)],
            [other.status, untimed(text)],
            `${person}: ${address}`,
          );
        }
        assert.equal((await token.get(`/api/search?q=has:${foreign}`)).status, 400);
      }
    }
    const trusted = await asToken('trusted@quokka.example');
    assert.equal((await trusted.get(`/api/search?q=has:${mine}`)).status, 200);
    assert.equal((await trusted.get(`/api/search?${rows(mine)}`)).status, 200);
    const theirs = await asToken('trusted@wombat.example');
    assert.equal((await theirs.get(`/api/search?q=has:wombatkey`)).status, 200);
  });

  test('an act on many bugs, a merge, a webhook and a rule reach no further than their maker', async () => {
    const { bugId } = of('wombat');
    const mine = of('quokka').bugId;
    const token = await asToken('admin@quokka.example');
    await token.post('/api/bug-acts', { do: 'reopen', bugs: [bugId] });
    assert.equal((await running.store.bugs.getBug(bugId))?.state, 'closed');
    const merged = await token.post(`/api/bugs/${mine}/merge`, { into: bugId });
    assert.equal(merged.status, (await token.post(`/api/bugs/${mine}/merge`, { into: 999_999 })).status);
    const hook = { account: 'wombat', url: 'https://spy.example/hook' };
    assert.equal((await token.post('/api/webhooks', hook)).status, 400);
    const rule = {
      name: 'spy',
      account: 'wombat',
      condition: { kind: 'crashes', atLeast: 1, minutes: 5 },
      targets: [],
    };
    assert.equal((await token.post('/api/alerts', rule)).status, 400);
    assert.equal((await token.post('/api/products', { account: 'wombat', name: 'spy' })).status, 409);
    assert.equal((await running.store.notifications.listWebhooks()).length, 2);
  });

  test('symbols of one account are not replaced by another’s, and tell it of no reports', async () => {
    const upload = async (word: Word, name: string) => {
      const user = people.get(`triager@${word}.example`);
      assert.ok(user !== undefined);
      const token = await addToken(running.store, user, { scope: 'symbols' });
      const response = await fetch(`${running.url}/api/symbols`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
        body: symbolText({ debugFile: 'quokka.pdb', debugId: 'A'.repeat(33), name }),
      });
      // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers
      return { status: response.status, json: (await response.json()) as any };
    };
    const first = await upload('quokka', 'right()');
    assert.deepEqual([first.status, first.json.files[0].reportsToProcess], [201, 1]);
    const refused = await upload('wombat', 'wrong()');
    assert.deepEqual([refused.status, refused.json.error.code], [409, 'of_others']);
    const same = await upload('wombat', 'right()');
    assert.deepEqual([same.status, same.json.files[0].reportsToProcess], [200, 0]);
  });

  test('whoever belongs to both sees both', async () => {
    await addPerson(running.store, { email: 'both@example.org', role: 'read', accounts: ACCOUNTS });
    people.set(
      'both@example.org',
      (await running.store.people.userByEmail('both@example.org')) ?? userOf(''),
    );
    const seen = await look('both@example.org');
    for (const word of ACCOUNTS) assert.ok(told(seen, word).includes('/api/reports'));
  });

  test('what somebody set up in an account that they leave is switched off or gone, and says why', async () => {
    const { store } = running;
    const email = 'leaver@quokka.example';
    const user = await addPerson(store, { email, role: 'admin', isAdmin: false, accounts: ACCOUNTS });
    people.set(email, user);
    const ruleIn = (account: Word, ownerId: number | null) =>
      store.alerts.createRule({
        ...{ name: `left ${account}`, account, product: null, search: '', bugId: null, everyMinutes: 60 },
        ...{ condition: { kind: 'crashes', atLeast: 1, minutes: 5 }, tellsEnd: false, quiet: null },
        ...{ targets: [], enabled: true, mutedUntil: null, ownerId, isProtected: false },
      });
    const [left, stays, anothers] = [
      await ruleIn('quokka', user.id),
      await ruleIn('wombat', user.id),
      await ruleIn('quokka', userOf('admin@quokka.example').id),
    ];
    assert.ok(left && stays && anothers);
    const wish = { userId: user.id, product: null, bugId: null, notices: NOTICES, quietHours: null } as const;
    for (const account of ACCOUNTS) await store.notifications.saveSubscription({ ...wish, account });
    const saved = { owner: email, name: 'of the leaver', page: 'search', query: '' } as const;
    await store.search.saveSearch({ ...saved, shared: true, changedAt: Date.now() });
    const [admin, page] = [await asToken('admin@quokka.example'), await asSession('admin@quokka.example')];
    assert.ok((await page.get('/search')).text.includes('of the leaver'));
    const hooks = (await store.notifications.listWebhooks()).length;

    const answer = await fetch(`${running.url}/api/accounts/quokka/members/${user.id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${await addToken(store, userOf('admin@quokka.example'))}` },
    });
    assert.equal(answer.status, 204);
    const state = async (id: number) => {
      const rule = await store.alerts.getRule(id);
      return [rule?.enabled, rule?.ownerId, rule?.state.problem !== null];
    };
    assert.deepEqual(await state(left.id), [false, null, true]);
    assert.deepEqual(await state(stays.id), [true, user.id, false]);
    assert.deepEqual(await state(anothers.id), [true, userOf('admin@quokka.example').id, false]);
    assert.match((await page.get(`/alerts/${left.id}`)).text, /has left the account, so it was switched off/);
    assert.match((await admin.get(`/api/alerts/${left.id}`)).text, /has left the account/);
    const wishes = await store.notifications.listSubscriptions(user.id);
    assert.deepEqual(
      wishes.map(({ account }) => account),
      ['wombat'],
    );
    assert.ok(!(await page.get('/search')).text.includes('of the leaver'));
    assert.equal((await store.notifications.listWebhooks()).length, hooks);
    // A rule follows its account to another name.
    await store.accounts.rename('quokka', 'quokka-two');
    assert.equal((await store.alerts.getRule(left.id))?.account, 'quokka-two');
    await store.accounts.rename('quokka-two', 'quokka');
  });

  test('a closed account is nobody’s, and its reports are refused', async () => {
    await running.store.accounts.close('wombat');
    try {
      // Searches that they keep are their own.
      const seen = await look('admin@wombat.example');
      for (const word of ['wombat-shop', 'wombat.total', 'wombat failed', 'wombat rule', 'wombat team'])
        assert.ok(!seen.some(({ text }) => text.includes(word)), word);
      assert.equal((await running.store.intake.product('wombat', 'wombat-shop'))?.closed, true);
    } finally {
      await running.store.accounts.reopen('wombat');
    }
  });
});
