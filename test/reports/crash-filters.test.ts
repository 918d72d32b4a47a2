// The filter of crashes on pages: every number answers it, links carry it on, and one that is not understood is answered with none.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { axisDays, onAxis } from '../../src/reports/query/axis-days.ts';
import { leastCounted } from '../../src/search/engine/counted.ts';
import { countedSentence, countedWords } from '../../src/reports/view/counted-words.ts';
import { PASSWORD, addPerson, addToken, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { crash, fileReport, processed } from './support/seed-bugs.ts';
import { Visitor } from './support/visitor.ts';

const now = Date.now();
const DAY_MS = 86_400_000;

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers whose schemas others check
type Json = any;

let running: Running;
let reader: Visitor;
let token = '';
let total = 0;

/** A report that arrived a minute ago, of crashes of one bug that happened so many days ago. */
async function file(made: {
  readonly product?: string;
  readonly key: string;
  readonly version: string;
  readonly count: number;
  readonly daysAgo?: number;
  readonly caseKey?: string;
}): Promise<number> {
  const { product = 'shop', key, version, count, daysAgo = 0, caseKey = 'case' } = made;
  const day = new Date(now - daysAgo * DAY_MS).toISOString().slice(0, 10);
  const { filed } = await fileReport(
    running.store,
    { receivedAt: now - 60_000 },
    processed([crash({ key, signature: `${product}.${key}`, day, count, caseKey })], { product, version }),
  );
  return filed[0]?.bugId ?? 0;
}

before(async () => {
  running = await startRunning();
  const id = await addPerson(running.store, { email: 'reader@example.org', role: 'triage' });
  token = await addToken(running.store, id);
  reader = new Visitor(running.url);
  await reader.signIn('reader@example.org', PASSWORD);
  total = await file({ key: 'total', version: '1.5.0', count: 200 });
  await file({ key: 'total', version: '1.5.1', count: 53 });
  await file({ key: 'cart', version: '1.5.1', count: 71 });
});

after(() => running.stop());

async function call(path: string): Promise<{ readonly status: number; readonly json: Json }> {
  const response = await fetch(`${running.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, json: await response.json() };
}

describe('a filter of crashes that is not understood', () => {
  const wrongs: readonly (readonly [query: string, said: RegExp])[] = [
    ['q=(', /Something to look for is missing here\. \(at character 2\)/],
    ['period=3d', /&quot;period&quot; is none of 24h/],
    [`version=${'9'.repeat(501)}`, /&quot;version&quot; is longer than 500 characters\./],
    ['q=colour:red', /No report has a &quot;colour&quot;\. \(at character 1\)/],
  ];
  for (const [query, said] of wrongs) {
    test(`?${query.slice(0, 20)} is 400 on lists and the page of a bug, which then show no crash`, async () => {
      for (const path of ['/bugs', '/reports', `/bugs/${total}`]) {
        const { status, text } = await reader.get(`${path}?${query}`);
        assert.equal(status, 400, path);
        assert.match(text, said, path);
        assert.match(text, /<form method="get"/, path);
        assert.doesNotMatch(text, /Left out/, path);
        assert.doesNotMatch(text, /data-row|id="counts"|<strong>\d+<\/strong>|No (bug|report) matches/, path);
        if (path !== `/bugs/${total}`) assert.equal((await call(`/api${path}?${query}`)).status, 400, path);
      }
    });
  }

  test('a period that is the name of something else is 400 on every page', async () => {
    for (const path of ['/', '/bugs', '/reports', '/top', '/overview/default/shop', `/bugs/${total}`]) {
      assert.equal((await reader.get(`${path}?period=constructor`)).status, 400, path);
    }
  });

  test('a parameter of a list alone is left out with a word, and the rest is listed', async () => {
    for (const path of ['/bugs?severity=huge', '/reports?from=nonsense']) {
      const { status, text } = await reader.get(path);
      assert.equal(status, 200, path);
      assert.match(text, /Left out: /, path);
      assert.match(text, /data-row/, path);
    }
  });
});

describe('a filter of crashes', () => {
  const escaped = (text: string): RegExp =>
    new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`));

  test('is carried on to bugs by the top crashers, with the period that they count', async () => {
    const { text } = await reader.get('/top?version=1.5.1&q=total&by=installations');
    assert.match(text, />53</);
    assert.match(text, escaped(`href="/bugs/${total}?version=1.5.1&amp;q=total&amp;period=7d">`));
    const bug = await reader.get(`/bugs/${total}?version=1.5.1&q=total&period=7d`);
    assert.match(bug.text, /<strong>53<\/strong> <span>crashes/);
  });

  test('is carried on to bugs by the report list', async () => {
    const { text } = await reader.get('/reports?q=uptime:>0&text=cart&product=shop');
    assert.match(text, /<a class="signature" href="\/bugs\/\d+\?q=uptime%3A%3E0">shop\.cart</);
    assert.match(text, /href="\/bugs\/\d+\?q=uptime%3A%3E0">#/);
  });

  test('has the same fields above the top crashers as anywhere', async () => {
    const fields = (page: string): readonly string[] =>
      ['version', 'platform', 'period', 'q', 'channel', 'environment', 'process_type'].map((name) => {
        const [found = `no field "${name}"`] =
          new RegExp(`<(?:input|select) id="field-${name}"[^>]*>`).exec(page) ?? [];
        return found;
      });
    const long = `version:1.5.1 ${'uptime:>0 '.repeat(45)}`.trim();
    assert.ok(long.length < 500);
    const query = `q=${encodeURIComponent(long)}&channel=nightly`;
    const [top, bugs] = await Promise.all([reader.get(`/top?${query}`), reader.get(`/bugs?${query}`)]);
    assert.deepEqual(fields(top.text), fields(bugs.text));
    assert.match(top.text, /name="q" type="search" value="[^"]+" maxlength="4000"/);
    const plain = await reader.get('/top');
    assert.match(plain.text, /<option value="" selected>last 7 days</);
  });

  test('says where its fault is, above the top crashers and the bug list', async () => {
    for (const path of ['/top', '/bugs']) {
      const unknown = await reader.get(`${path}?q=total+colour:red`);
      assert.equal(unknown.status, 400, path);
      assert.match(unknown.text, /No report has a &quot;colour&quot;\. \(at character 7\)/, path);
      const open = await reader.get(`${path}?q=(`);
      assert.match(open.text, /missing here\. \(at character 2\)<\/p>/, path);
    }
    assert.match((await reader.get('/top?period=3d')).text, /is none of 24h, 7d, 28d, 90d, 400d\.<\/p>/);
  });
});

describe('a period', () => {
  before(async () => {
    await file({ product: 'late', key: 'early', version: '1', count: 1, daysAgo: 12 });
    await file({ product: 'late', key: 'fresh', version: '1', count: 40 });
    await file({ product: 'late', key: 'fresh', version: '2', count: 50, daysAgo: -2 });
  });

  test('counts what arrived in it, on the first page, the overview and in the list that they lead to', async () => {
    const home = await reader.get('/?period=7d');
    const row = home.text.split('<tr data-row>').find((one) => one.includes('>late</a>')) ?? '';
    assert.match(row, /data-unit="crashes">91</);
    assert.match(row, /href="\/bugs\?period=7d&amp;account=default&amp;product=late">2</);
    const list = await reader.get('/bugs?period=7d&account=default&product=late');
    assert.match(list.text, /91 crashes under this filter/);
    const overview = await reader.get('/overview/default/late?period=7d');
    assert.match(overview.text, /<strong>91<\/strong> <span>crashes/);
  });

  test('has bars that add up to its crashes: what happened before it stands in the first, what has not yet in the last', async () => {
    const { text } = await reader.get('/overview/default/late?period=7d');
    assert.match(text, /Crashes by day and version <span class="quiet">91 in 7 days/);
    const { json } = await call('/api/products/default/late/overview?days=7');
    const dayText = (daysAgo: number) => new Date(now - daysAgo * DAY_MS).toISOString().slice(0, 10);
    assert.equal(json.crashes, 91);
    assert.deepEqual(
      json.series.map(({ day, version, count }: Json) => [day, version, count]),
      [
        [dayText(0), '2', 50],
        [dayText(6), '1', 1],
        [dayText(0), '1', 40],
      ],
    );
  });

  test('and days that are asked for beside it hold both', async () => {
    await fileReport(
      running.store,
      { receivedAt: now - 40 * DAY_MS },
      processed([crash({ key: 'old', signature: 'old.old', count: 7 })], { product: 'old', version: '1' }),
    );
    const crashes = async (query: string) =>
      (await call(`/api/products/default/old/overview?${query}`)).json.crashes;
    assert.equal(await crashes('days=90&period=90d'), 7);
    assert.equal(await crashes('days=90&period=28d'), 0);
    assert.equal(await crashes('days=7&period=90d'), 0);
  });

  test('that nobody set is no filter of an overview, and can be taken away where somebody did', async () => {
    const plain = await reader.get('/overview/default/shop');
    assert.doesNotMatch(plain.text, /Remove the filter/);
    assert.match(plain.text, /<option value="" selected>last 28 days</);
    const set = await reader.get('/overview/default/shop?period=7d&version=1.5.1');
    assert.match(set.text, /Arrived within: <strong>7d<\/strong>/);
    assert.match(
      set.text,
      /href="\/overview\/default\/shop\?version=1\.5\.1" aria-label="Remove the filter Arrived within"/,
    );
  });

  test('is where older links of an overview lead to, which name days', async () => {
    for (const [asked, to] of [
      ['days=14&version=1.5.1', 'version=1.5.1&period=28d'],
      ['days=1', 'period=24h'],
      ['days=7', 'period=7d'],
      ['days=999', 'period=400d'],
      ['days=14&period=7d', 'period=7d'],
      ['days=soon&version=1.5.1', 'version=1.5.1'],
      ['days=soon', ''],
    ] as const) {
      const { status, headers } = await reader.get(`/overview/default/shop?${asked}`);
      const place = `/overview/default/shop${to === '' ? '' : `?${to}`}`;
      assert.deepEqual([status, headers.get('location')], [303, place], asked);
    }
  });
});

describe('the cases of a bug under a filter', () => {
  /** What the table of cases says, with the crashes of each. */
  async function casesUnder(
    path: string,
  ): Promise<{ readonly all: number; readonly crashes: readonly number[] }> {
    const { text } = await reader.get(path);
    const [section = ''] = /<h2 id="cases">[^]*?<\/table>/.exec(text) ?? [];
    return {
      all: Number(/<h2 id="cases">Cases <span class="quiet">(\d+)</.exec(section)?.[1] ?? 0),
      crashes: [...section.matchAll(/data-unit="crash(?:es)?">(\d+)</g)].map(([, crashes]) =>
        Number(crashes),
      ),
    };
  }

  test('count the crashes of every bug that was merged into it', async () => {
    const one = await file({ key: 'one', version: '3.0', count: 3, caseKey: 'same' });
    await file({ key: 'one', version: '3.0', count: 5, caseKey: 'other' });
    await file({ key: 'one', version: '3.1', count: 7, caseKey: 'same' });
    const two = await file({ key: 'two', version: '3.0', count: 10, caseKey: 'same' });
    assert.notEqual(one, two);
    await running.store.bugs.mergeBugs(two, one, 'Anna');
    assert.deepEqual(await casesUnder(`/bugs/${one}?version=3.0`), { all: 2, crashes: [13, 5] });
    assert.deepEqual(await casesUnder(`/bugs/${one}`), { all: 2, crashes: [20, 5] });
  });

  test('are there where many others are more frequent without the filter', async () => {
    let bug = 0;
    for (let at = 0; at < 55; at += 1)
      bug = await file({ key: 'many', version: '4.0', count: 2, caseKey: `case ${at}` });
    await file({ key: 'many', version: '4.1', count: 1, caseKey: 'rare' });
    await file({ key: 'many', version: '4.1', count: 1, caseKey: 'case 1' });
    assert.deepEqual(await casesUnder(`/bugs/${bug}?version=4.1`), { all: 2, crashes: [1, 1] });
  });
});

describe('users', () => {
  let bug = 0;

  before(async () => {
    const named = (values: readonly (readonly [string, string])[], version: string, installation: string) =>
      fileReport(
        running.store,
        { receivedAt: now - 60_000 },
        processed(
          [
            crash({
              key: 'people',
              signature: 'people.people',
              sections: [{ name: 'user', protected: true, values }],
            }),
          ],
          { product: 'people', version, installation },
        ),
      );
    const { filed } = await named([['id', 'marta-1']], '1', 'laptop');
    bug = filed[0]?.bugId ?? 0;
    await named([['id', 'marta-1']], '2', 'desk');
    await named([['email', 'kim@example.org']], '2', 'desk');
    await named([['ip_address', '192.0.2.7']], '2', 'phone');
  });

  test('are counted by what names them, on the page of a bug, in lists and by the API, and are numbers to everybody', async () => {
    const page = await reader.get(`/bugs/${bug}`);
    assert.match(page.text, /<strong>2<\/strong> <span>users<\/span>/);
    assert.match(page.text, /2 users \(1 crash names none\) on 3 installations/);
    assert.doesNotMatch(page.text, /marta-1|kim@example/);
    assert.match((await reader.get(`/bugs/${bug}?version=1`)).text, /<strong>1<\/strong> <span>user<\/span>/);
    for (const query of ['product=people', 'product=people&version=2', 'product=people&order=users']) {
      assert.equal((await call(`/api/bugs?${query}`)).json.bugs[0].users, 2, query);
    }
    assert.equal((await call('/api/bugs?product=people&version=1')).json.bugs[0].users, 1);
    assert.equal((await call(`/api/bugs/${bug}`)).json.users, 2);
    const list = await reader.get('/bugs?product=people&columns=users&order=-users');
    assert.match(list.text, /aria-sort="ascending"/);
    assert.match(list.text, /<td class="number wide">2<\/td>/);
  });

  test('are asked for by number', async () => {
    const { json } = await call('/api/search?product=people&facets=user&distinct=user');
    assert.equal(json.distinct.user, 2);
    const [{ value, crashes }] = json.facets[0].values;
    assert.equal(crashes, 2);
    assert.equal(typeof value, 'number');
    assert.equal((await call(`/api/search?product=people&q=user:%23${value}`)).json.crashes, 2);
    assert.equal((await call('/api/search?product=people&q=-has:user')).json.crashes, 1);
  });

  test('are asked for by name where names are seen, and else as if nobody had one', async () => {
    const owner = await addPerson(running.store, {
      email: 'owner@example.org',
      role: 'triage',
      seesProtected: true,
    });
    const all = await addToken(running.store, owner);
    const ask = async (q: string, bearer: string) => {
      const response = await fetch(`${running.url}/api/search?product=people&q=${q}`, {
        headers: { authorization: `Bearer ${bearer}` },
      });
      return { status: response.status, json: (await response.json()) as Json };
    };
    assert.equal((await ask('user:marta-1', all)).json.crashes, 2);
    assert.equal((await ask('user:~example', all)).json.crashes, 1);
    const unseen = await ask('user:marta-1', token);
    assert.equal(unseen.status, 400);
    assert.equal(
      unseen.json.error.message.replace('marta-1', 'nobody'),
      (await ask('user:nobody', token)).json.error.message,
    );
  });
});

describe('users of a product that names an annotation for them', () => {
  const product = 'kiosk';
  const path = `/api/products/default/${product}/rules`;

  test('are told apart by it, and by the usual names where a report lacks it', async () => {
    const { store } = running;
    await store.people.createProductByHand('default', product);
    const named = (operator: string | null, values: readonly (readonly [string, string])[]) =>
      fileReport(
        store,
        { receivedAt: now - 60_000, product },
        processed(
          [
            crash({
              key: 'kiosk',
              signature: 'kiosk.kiosk',
              sections: [
                { name: 'user', protected: true, values },
                { name: 'till', protected: false, values: operator === null ? [] : [['operator', operator]] },
              ],
            }),
          ],
          { product, version: '1', installation: 'till 1' },
        ),
      );
    const users = async () =>
      (await call(`/api/search?product=${product}&distinct=user`)).json.distinct.user as number;
    await named('ann', [['id', 'the shop']]);
    await named('ben', [['id', 'the shop']]);
    assert.equal(await users(), 1);
    const rules = await store.bugs.productRules('default', product);
    assert.ok(await store.bugs.setProductRules('default', product, { ...rules, userAnnotation: 'operator' }));
    for (const operator of ['ann', 'ben', 'ben', null, null]) await named(operator, [['id', 'the shop']]);
    assert.equal(await users(), 3, 'the shop, ann and ben');
    const qualified = { ...rules, userAnnotation: 'till.operator' };
    assert.ok(await store.bugs.setProductRules('default', product, qualified));
    await named('cleo', []);
    assert.equal(await users(), 4);
    // A name is looked for in the annotation as well; whoever sees it finds it.
    const owner = await addPerson(store, { email: 'boss@example.org', role: 'triage', seesProtected: true });
    const response = await fetch(`${running.url}/api/search?product=${product}&q=user:ben`, {
      headers: { authorization: `Bearer ${await addToken(store, owner)}` },
    });
    assert.equal(((await response.json()) as Json).crashes, 3);
  });

  test('may be one that is protected only for those who see protected data', async () => {
    const admin = async (name: string, seesProtected: boolean) => {
      const person = { email: `${name}@example.org`, role: 'admin', seesProtected } as const;
      return addToken(running.store, await addPerson(running.store, person));
    };
    const change = async (bearer: string, userAnnotation: unknown) => {
      const response = await fetch(`${running.url}${path}`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
        body: JSON.stringify({ userAnnotation }),
      });
      return { status: response.status, json: (await response.json()) as Json };
    };
    const [blind, seeing] = [await admin('blind', false), await admin('seeing', true)];
    const refused = await change(blind, 'secret_name');
    assert.deepEqual(
      [refused.status >= 400, /protected data/.test(refused.json.error.message)],
      [true, true],
    );
    assert.equal((await change(seeing, 'secret_name')).json.userAnnotation, 'secret_name');
    assert.equal((await change(blind, null)).json.userAnnotation, null);
    assert.match((await change(seeing, 7)).json.error.message, /"userAnnotation" must be a text/);
  });
});

test('lists of the API say what their filter counted', async () => {
  const { filtered } = (await call('/api/bugs?product=shop&version=1.5.1')).json;
  assert.deepEqual([filtered.crashes, filtered.complete], [124, true]);
  assert.ok(filtered.counted >= 3);
  assert.equal(filtered.counted, filtered.existing);
  assert.equal((await call('/api/bugs?product=shop')).json.filtered, null);
  const reports = await call('/api/reports?product=shop&q=version:1.5.1');
  assert.deepEqual(reports.json.filtered, filtered);
});

test('the chart of a bug has the days that the filter names', () => {
  const now = Date.parse('2026-11-30T12:00:00Z');
  const axis = (given: Parameters<typeof axisDays>[0], first?: string) => {
    const days = axisDays(given, { now, usual: 56, first });
    return [days.length, days[0], days.at(-1)];
  };
  assert.deepEqual(axis({}), [56, '2026-10-06', '2026-11-30']);
  assert.deepEqual(axis({ period: '28d' }, '2026-10-01'), [28, '2026-11-03', '2026-11-30']);
  assert.deepEqual(axis({ period: '24h' }), [1, '2026-11-30', '2026-11-30']);
  assert.deepEqual(axis({ period: '90d' }), [90, '2026-09-02', '2026-11-30']);
  const spring = { happened_from: '2026-03-28', happened_to: '2026-04-02' };
  assert.deepEqual(axis(spring), [6, '2026-03-28', '2026-04-02']);
  assert.deepEqual(axis({ ...spring, period: '400d' }), [6, '2026-03-28', '2026-04-02']);
  assert.deepEqual(axis({ happened_to: '2026-01-31', period: '7d' }), [1, '2026-01-31', '2026-01-31']);
  assert.deepEqual(axis({ happened_from: '2020-01-01' }), [400, '2025-10-27', '2026-11-30']);
  assert.deepEqual(axis({ version: '1.4' }, '2026-08-01'), [122, '2026-08-01', '2026-11-30']);
  assert.deepEqual(axis({ version: '1.4' }, '2026-11-29'), [56, '2026-10-06', '2026-11-30']);
});

test('what arrived in the period and happened outside of it counts with the first and the last day', () => {
  const point = (day: string) => ({ day, version: null, platform: null, count: 1 });
  const days = axisDays(
    { period: '7d' },
    { now: Date.parse('2026-11-30T12:00:00Z'), usual: 56, first: undefined },
  );
  assert.deepEqual(
    onAxis([point('2026-11-20'), point('2026-11-27'), point('2026-12-01')], days).map(({ day }) => day),
    ['2026-11-24', '2026-11-27', '2026-11-30'],
  );
});

test('of an answer that is made of several the smallest part that was counted is said', () => {
  const whole = { complete: true, counted: 90, existing: 90 };
  const half = { complete: false, counted: 50, existing: 100 };
  const less = { complete: false, counted: 300, existing: 1000 };
  assert.deepEqual(leastCounted([whole, half, less, whole]), less);
  assert.deepEqual(leastCounted([less, half]), less);
  assert.deepEqual(leastCounted([{ complete: true, counted: 3, existing: 3 }, whole]), whole);
  assert.deepEqual(leastCounted([]), { complete: true, counted: 0, existing: 0 });
});

test('what could not be counted in time is said with how much was', () => {
  assert.equal(countedSentence({ complete: true, counted: 5, existing: 5 }), '');
  assert.equal(
    countedSentence({ complete: false, counted: 8192, existing: 90_000 }),
    'Counted in the newest 8,192 of 90,000 crashes.',
  );
  assert.equal(countedWords({ complete: true, counted: 5, existing: 5 }), '');
  assert.equal(
    countedWords({ complete: false, counted: 6_290_000, existing: 10_000_000 }),
    ', counted in the newest 6.2 of 10 million crashes',
  );
  assert.equal(
    countedWords({ complete: false, counted: 8192, existing: 90_000 }),
    ', counted in the newest 8,192 of 90,000 crashes',
  );
});
