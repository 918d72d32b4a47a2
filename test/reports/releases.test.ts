// Releases on pages and over the API: the list, one of them, two side by side, top crashers, what goes with a bug, and the order of versions.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SCHEMAS } from '../../src/reports/operations/schemas.ts';
import { schemaFaults } from './support/json-schema.ts';
import { PASSWORD, addPerson, addToken, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { crash, processed } from './support/seed-bugs.ts';
import { storeReport } from './support/seed.ts';
import { Visitor } from './support/visitor.ts';

const now = Date.now();
const DAY_MS = 86_400_000;
const SHOP = '/api/products/default/shop';
const PAGES = '/products/default/shop';

let running: Running;
let reader: Visitor;
let admin: Visitor;
let trusted: Visitor;
const tokens = { read: '', write: '' };
const bugs = new Map<string, number>();

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers that the schema check has seen
type Json = any;

async function call(
  path: string,
  { token = tokens.write, body }: { readonly token?: string; readonly body?: unknown } = {},
): Promise<{ readonly status: number; readonly json: Json }> {
  const response = await fetch(`${running.url}${path}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: response.status, json: await response.json() };
}

interface Made {
  readonly key: string;
  readonly version: string;
  readonly installation: string;
  readonly daysAgo: number;
  readonly driver?: string;
}

/** Files crashes together: queued, leased and completed in one go each. */
async function file(crashes: readonly Made[]): Promise<void> {
  const { store } = running;
  const made = new Map<string, Made>();
  for (const one of crashes) {
    made.set(
      await storeReport(store, { product: 'shop', receivedAt: now - one.daysAgo * DAY_MS - 60_000 }),
      one,
    );
  }
  const leases = await store.queue.lease({ worker: 'test', limit: 1000, leaseMs: 600_000 });
  await Promise.all(
    leases.map(async ({ crashId, leaseId }) => {
      const one = made.get(crashId);
      assert.ok(one);
      const report = processed(
        [
          crash({
            key: one.key,
            signature: `shop.${one.key}`,
            day: new Date(now - one.daysAgo * DAY_MS - 60_000).toISOString().slice(0, 10),
            sections: [
              { name: 'environment', protected: false, values: [['driver', one.driver ?? '8']] },
              { name: 'request', protected: true, values: [['user', one.driver === '9' ? 'marta' : 'olaf']] },
            ],
          }),
        ],
        { version: one.version, installation: one.installation },
      );
      const filed = await store.queue.complete(crashId, leaseId, report);
      bugs.set(one.key, filed?.[0]?.bugId ?? 0);
    }),
  );
}

function many(count: number, made: Omit<Made, 'installation'>): readonly Made[] {
  return Array.from({ length: count }, (_, at) => ({
    ...made,
    installation: `${made.version} ${made.key} ${made.daysAgo} ${at}`,
  }));
}

before(async () => {
  running = await startRunning();
  const { store, url } = running;
  tokens.read = await addToken(store, await addPerson(store, { email: 'reader@example.org', role: 'read' }));
  tokens.write = await addToken(
    store,
    await addPerson(store, { email: 'writer@example.org', role: 'triage', seesProtected: true }),
  );
  await addPerson(store, { email: 'admin@example.org', role: 'admin' });
  reader = new Visitor(url);
  await reader.signIn('reader@example.org', PASSWORD);
  trusted = new Visitor(url);
  await trusted.signIn('writer@example.org', PASSWORD);
  admin = new Visitor(url);
  await admin.signIn('admin@example.org', PASSWORD);
  await file([
    ...many(20, { key: 'gone', version: '1.9', daysAgo: 12 }),
    ...many(30, { key: 'total', version: '1.9', daysAgo: 12 }),
    ...many(14, { key: 'cart', version: '1.10', daysAgo: 3, driver: '9' }),
    ...many(36, { key: 'total', version: '1.10', daysAgo: 2 }),
    ...many(1, { key: 'rare', version: '1.10', daysAgo: 1 }),
  ]);
  await store.intake.putSessions('default', 'shop', {
    updates: Array.from({ length: 80 }, (_, at) => ({
      sid: `s${at}`,
      outcome: at < 4 ? ('crashed' as const) : ('healthy' as const),
      final: true,
      rank: 1,
      startedAt: now - DAY_MS,
      user: `user ${at}`,
      release: 'shop@1.10',
      environment: 'production',
    })),
    buckets: [],
  });
});

after(() => running.stop());

function fits(json: Json, schema: string): void {
  assert.deepEqual(schemaFaults(json, SCHEMAS[schema as 'Release'] ?? {}, SCHEMAS), []);
}

describe('releases', () => {
  test('are listed in the order of versions, with rates where sessions give them', async () => {
    const { status, json } = await call(`${SHOP}/releases`, { token: tokens.read });
    assert.equal(status, 200);
    fits(json, 'ReleaseList');
    assert.deepEqual(
      json.releases.map(({ version, crashes, installations, sessions }: Json) => [
        version,
        crashes,
        installations,
        sessions?.crashFreeUsers?.rate ?? null,
      ]),
      [
        ['1.10', 51, 51, 0.95],
        ['1.9', 50, 50, null],
      ],
    );
    assert.deepEqual(
      [json.releases[0].crashesPerThousand.of, json.releases[1].crashesPerThousand.of],
      ['active', 'crashed'],
    );
    const first = await call(`${SHOP}/releases?limit=1`);
    assert.deepEqual([first.json.releases.length, first.json.next, first.json.total], [1, '1', 2]);
    assert.equal((await reader.get('/releases')).status, 303, 'the only product');
    const page = await reader.get(`${PAGES}/releases`);
    assert.equal(page.status, 200);
    assert.match(page.text, /1\.10<\/a>/);
    assert.match(page.text, /95\.00 %/);
    assert.match(page.text, /aria-label="Compare 1\.10 with 1\.9"/);
  });

  test('have a page with who ran them, what changed, and what tools said', async () => {
    const body = {
      version: '1.10',
      releasedAt: new Date(now - 3 * DAY_MS).toISOString(),
      ref: 'main',
      commits: [
        { id: 'c0ffee123456789', author: 'Ada', message: 'Weigh the cart\n\nlonger', at: '2026-11-20' },
      ],
      deploy: { environment: 'production' },
    };
    assert.equal((await call(`${SHOP}/releases`, { token: tokens.read, body })).status, 403);
    const made = await call(`${SHOP}/releases`, { body });
    assert.equal(made.status, 201);
    fits(made.json, 'Release');
    const bad = await call(`${SHOP}/releases`, { body: { version: '1', url: 'javascript:alert(1)' } });
    assert.deepEqual([bad.status, bad.json.error.code], [400, 'bad_release']);
    const { json } = await call(`${SHOP}/releases/1.10`);
    fits(json, 'Release');
    assert.deepEqual(json.commitList[0].message, 'Weigh the cart');
    assert.deepEqual([json.previous, json.next, json.made.deploys], ['1.9', null, 1]);
    assert.equal((await call(`${SHOP}/releases/7`)).status, 404);
    const { text, status } = await reader.get(`${PAGES}/releases/1.10`);
    assert.equal(status, 200);
    for (const words of [
      /crash-free users, 87\.\d\d % to 98\.\d\d %/,
      /Adoption: users by day/,
      /Weigh the cart/,
      /production/,
      /id="verdict-new"/,
      /shop\.cart/,
      /rel="prev">‹ 1\.9/,
    ])
      assert.match(text, words);
    assert.equal((await reader.get(`${PAGES}/releases/7`)).status, 404);
    assert.match(
      (await reader.get(`${PAGES}/releases/1.9`)).text,
      /of those that crashed<\/span><\/strong> <span>per 1 000 installations/,
    );
  });

  test('an old one of many is compared with the one before it', async () => {
    const many = { account: 'default', product: 'many' };
    await running.store.people.createProductByHand(many.account, many.product);
    const note = { releasedAt: null, url: null, ref: null, commits: [] };
    for (let minor = 0; minor < 210; minor += 1)
      assert.ok(await running.store.releases.note(many, { ...note, version: `1.${minor}` }));
    const { text } = await reader.get('/products/default/many/compare?new=1.3');
    assert.match(text, /<h1>many 1\.3 against 1\.2<\/h1>/);
  });

  test('are compared by installations, all bugs or one', async () => {
    const { json } = await call(`${SHOP}/compare?base=1.9&new=1.10`);
    fits(json, 'ReleaseComparison');
    assert.deepEqual([json.basis, json.days], ['crashed', 4]);
    assert.deepEqual(Object.fromEntries(json.bugs.map(({ title, verdict }: Json) => [title, verdict])), {
      'shop.cart': 'new',
      'shop.gone': 'gone',
      'shop.total': 'too_few',
      'shop.rare': 'new',
    });
    const rare = json.bugs.find(({ title }: Json) => title === 'shop.rare');
    assert.equal(rare.sure, false);
    const one = await call(`${SHOP}/compare?base=1.9&new=1.10&bug=${bugs.get('total')}`);
    assert.deepEqual(
      one.json.bugs.map(({ bugId }: Json) => bugId),
      [bugs.get('total')],
    );
    for (const [query, status] of [
      ['base=1.9', 400],
      ['base=1.9&new=7', 404],
      ['base=1.9&new=1.10&days=0', 400],
      ['base=1.9&new=1.10&bug=x', 400],
    ] as const) {
      assert.equal((await call(`${SHOP}/compare?${query}`)).status, status, query);
    }
    const page = await reader.get(`${PAGES}/compare?base=1.9&new=1.10`);
    assert.match(page.text, /shares of those that crashed, not rates/);
    assert.match(page.text, /Too few to tell/);
    assert.match(page.text, /too few to tell whether this release brought it/);
    const total = bugs.get('total');
    const days = await reader.get(`${PAGES}/compare?base=1.9&new=1.10&days=2`);
    const ofBug = `compare\\?base=1\\.9&amp;new=1\\.10&amp;days=2&amp;bug=${total}"`;
    assert.match(days.text, new RegExp(ofBug), 'links keep the days');
    const ofOne = await reader.get(`${PAGES}/compare?base=1.9&new=1.10&days=2&bug=${total}`);
    assert.match(ofOne.text, /compare\?base=1\.9&amp;new=1\.10&amp;days=2">All bugs of the two</);
    const newest = await reader.get(`${PAGES}/compare`);
    assert.match(newest.text, /<h1>shop 1\.10 against 1\.9<\/h1>/);
    assert.equal((await reader.get(`${PAGES}/compare?base=1.9&new=1.10&days=x`)).status, 400);
    assert.equal((await reader.get(`${PAGES}/compare?base=1.9&new=7`)).status, 404);
  });

  test('have top crashers by version and period, with how their places moved', async () => {
    const { json } = await call('/api/top?product=shop&period=7d');
    assert.equal(json.complete, true);
    assert.ok(json.counted > 0 && json.counted === json.existing);
    fits(json, 'TopCrashers');
    assert.deepEqual(
      json.rows.map(({ rank, rankBefore, bug }: Json) => [rank, rankBefore, bug.title, bug.count]),
      [
        [1, 1, 'shop.total', 36],
        [2, null, 'shop.cart', 14],
        [3, null, 'shop.rare', 1],
      ],
    );
    assert.deepEqual([json.crashes, json.crashesBefore, json.bugs], [51, 50, 3]);
    assert.equal((await call('/api/top?period=3d')).status, 400);
    assert.equal((await call('/api/top?by=luck')).status, 400);
    assert.equal((await call('/api/top?q=colour:red')).status, 400);
    const page = await reader.get('/top?product=shop&version=1.9&period=28d');
    assert.match(page.text, /<h1>Top crashers of shop 1\.9<\/h1>/);
    assert.match(page.text, /<strong>50<\/strong> crashes of 2 bugs/);
    assert.match((await reader.get('/top?version=0.1')).text, /Nothing crashed under this filter/);
  });

  test('know what goes with a bug, for whom may see it, and which release brought it', async () => {
    const bug = bugs.get('cart') ?? 0;
    const found = async (token: string): Promise<readonly string[]> => {
      const { json, status } = await call(`/api/bugs/${bug}/correlations`, { token });
      assert.equal(status, 200);
      fits(json, 'Correlations');
      return json.values.map(({ key, value, beside }: Json) => `${key}=${value} ${beside}`);
    };
    assert.deepEqual(await found(tokens.write), [
      'environment.driver=9 strongest',
      // No other installation has the strongest value, so that nobody can tell whether these only follow from it.
      'request.user=marta unknown',
      'version=1.10 unknown',
    ]);
    assert.ok((await found(tokens.read)).every((one) => !one.includes('marta')));
    const [theirs, ours] = await Promise.all([reader.get(`/bugs/${bug}`), trusted.get(`/bugs/${bug}`)]);
    for (const { text } of [theirs, ours]) {
      assert.match(text, /id="correlations"/);
      assert.match(text, /environment\.driver: <strong>9<\/strong>/);
      assert.match(text, /href="\/search\?product=shop&amp;q=bug/);
    }
    assert.match(ours.text, /request\.user: <strong>marta<\/strong>/);
    assert.doesNotMatch(theirs.text, /marta/);
    assert.match(theirs.text, /<dt>Brought by<\/dt>/);
    const filtered = await reader.get(`/bugs/${bug}?period=28d&q=${encodeURIComponent('cart OR total')}`);
    assert.match(filtered.text, /values, correlations and reports are those of this filter/);
    const link = /href="([^"]+)">environment\.driver: <strong>9</.exec(filtered.text)?.[1] ?? '';
    const to = new URL(link.replaceAll('&amp;', '&'), 'http://x');
    assert.deepEqual(Object.fromEntries(to.searchParams), {
      period: '28d',
      product: 'shop',
      q: `bug:#${bug} environment.driver:9 (cart OR total)`,
    });
    assert.match((await reader.get(`${to.pathname}${to.search}`)).text, /<strong>14<\/strong> crashes/);
    assert.equal((await call('/api/bugs/99999/correlations')).status, 404);
    assert.equal(
      (await call(`/api/bugs/${bug}/correlations?q=user:marta`, { token: tokens.read })).status,
      400,
    );
    const origin = await call(`/api/bugs/${bug}/origin`);
    fits(origin.json, 'Origin');
    assert.deepEqual([origin.json.origin.version, origin.json.origin.before], ['1.10', '1.9']);
  });

  test('are on the rise where the API says so, and the bug list marks them', async () => {
    const { json } = await call(`${SHOP}/trends`);
    fits(json, 'Trends');
    assert.deepEqual(
      json.trends.map(({ bug }: Json) => bug.title),
      ['shop.total', 'shop.cart'].filter((title) => json.trends.some(({ bug }: Json) => bug.title === title)),
    );
    assert.ok(json.trends.some(({ bug }: Json) => bug.title === 'shop.cart'));
    assert.match((await reader.get('/top?product=shop')).text, />rising</);
  });

  test('reopen what was fixed in one of them only by crashes that are not older', async () => {
    await file(many(2, { key: 'fixed', version: '2025.44', daysAgo: 3 }));
    const bug = bugs.get('fixed') ?? 0;
    const closed = await call(`/api/bugs/${bug}/close`, { body: { inVersion: '2025.49' } });
    assert.equal(closed.json.state, 'closed');
    const filedNow = async (version: string): Promise<Json> => {
      // After the closing: what waited in the queue before is no news.
      const at = Date.now() + 60_000;
      const crashId = await storeReport(running.store, { product: 'shop', receivedAt: at });
      const [lease] = await running.store.queue.lease({ worker: 'test', limit: 1, leaseMs: 60_000, crashId });
      const report = processed([crash({ key: 'fixed', signature: 'shop.fixed' })], {
        version,
        installation: `late ${version}`,
      });
      await running.store.queue.complete(crashId, lease?.leaseId ?? '', report);
      return (await call(`/api/bugs/${bug}`)).json;
    };
    assert.equal((await filedNow('2025.44')).state, 'closed');
    assert.equal((await filedNow('2025.9')).state, 'closed', 'nor does an older one that is greater as text');
    const page = await reader.get(`/bugs/${bug}`);
    assert.match(page.text, /in 2025\.49/);
    const opened = await filedNow('2025.100');
    assert.equal(opened.state, 'open');
    assert.match(opened.events[0].detail, /it occurred in version 2025\.100; it was closed in 2025\.49/);
    assert.deepEqual([opened.firstVersion, opened.lastVersion], ['2025.9', '2025.100']);
  });

  test('stand in an order that administrators choose and correct, and nobody else', async () => {
    const to = `${PAGES}/versions`;
    assert.doesNotMatch((await reader.get(to)).text, /<select/);
    const page = await admin.get(to);
    assert.match(page.text, /by the scheme/);
    const corrected = await admin.act(to, 'place', { version: '1.10', after: '' });
    assert.equal(corrected.status, 303);
    assert.match((await reader.get(to)).text, /before all, by hand/);
    const list = await call(`${SHOP}/releases`);
    assert.deepEqual(
      list.json.releases.map(({ version }: Json) => version).filter((one: string) => one.startsWith('1.')),
      ['1.9', '1.10'],
    );
    // Searches go by it, too.
    const old = (q: string): string => `/api/search?limit=1&q=${encodeURIComponent(`version:1.9,1.10 ${q}`)}`;
    assert.equal((await call(old('version:>=1.9'))).json.rows, 50);
    assert.equal((await call(old('version:<1.9'))).json.rows, 51);
    const sorted = await call(
      '/api/search?sort=-version&columns=version&limit=1&product=shop&q=version:1.9,1.10',
    );
    assert.equal(sorted.json.list[0].version, '1.9');
    const fault = await admin.act(to, 'place', { version: '1.9', after: '1.9' });
    assert.equal(fault.status, 400);
    assert.match(fault.text, /would stand behind itself/);
    await admin.act(to, 'release', { version: '1.10' });
    await admin.act(to, 'scheme', { scheme: 'semver' });
    const rules = await running.store.bugs.productRules('default', 'shop');
    assert.deepEqual([rules.versionScheme, rules.versionCorrections], ['semver', []]);
    const refused = await reader.act(to, 'scheme', { scheme: 'debian' });
    assert.equal(refused.status, 403);
  });
});
