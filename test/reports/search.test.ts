// Searches on pages and over the API: every number answers the filter, for whom may see what it is about.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SCHEMAS } from '../../src/reports/operations/schemas.ts';
import { SEARCH_EXAMPLES } from '../../src/reports/web/components/search-examples.ts';
import { schemaFaults } from './support/json-schema.ts';
import { PASSWORD, addPerson, addToken, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { crash, fileReport, processed } from './support/seed-bugs.ts';
import { Visitor } from './support/visitor.ts';

const now = Date.now();
const today = new Date(now).toISOString().slice(0, 10);

let running: Running;
let reader: Visitor;
const tokens = { read: '', write: '' };
let total = 0;

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers that the schema check has seen
type Json = any;

async function call(
  path: string,
  token = tokens.write,
): Promise<{ readonly status: number; readonly json: Json }> {
  const response = await fetch(`${running.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, json: await response.json() };
}

async function file(
  key: string,
  version: string,
  count: number,
  installation: string,
  user: string,
): Promise<number> {
  const { filed } = await fileReport(
    running.store,
    { receivedAt: now - 60_000 },
    processed(
      [
        crash({
          key,
          signature: `shop.${key}`,
          day: today,
          count,
          sections: [
            { name: 'environment', protected: false, values: [['python_version', '3.12.4']] },
            { name: 'request', protected: true, values: [['REMOTE_USER', user]] },
          ],
        }),
      ],
      { version, installation, uptimeSeconds: count * 10 },
    ),
  );
  return filed[0]?.bugId ?? 0;
}

let total15 = 0;
before(async () => {
  running = await startRunning();
  const { store, url } = running;
  const read = await addPerson(store, { email: 'reader@example.org', role: 'read' });
  const write = await addPerson(store, { email: 'writer@example.org', role: 'triage', seesProtected: true });
  tokens.read = await addToken(store, read);
  tokens.write = await addToken(store, write);
  reader = new Visitor(url);
  await reader.signIn('reader@example.org', PASSWORD);
  total = await file('total', '1.5.0', 200, 'a', 'marta');
  await file('total', '1.5.1', 50, 'a', 'marta');
  total15 = await file('total', '1.5.1', 3, 'b', 'olaf');
  await file('cart', '1.5.1', 70, 'c', 'olaf');
  await file('cart', '1.4.0', 1, 'c', 'olaf');
});

after(() => running.stop());

describe('searches', () => {
  test('the bugs of a version count its crashes, not those of all time', async () => {
    assert.equal(total, total15);
    const all = await call('/api/bugs?order=count');
    assert.deepEqual(
      all.json.bugs.map(({ id, count }: Json) => [id === total, count]),
      [
        [true, 253],
        [false, 71],
      ],
    );
    const { json } = await call('/api/bugs?version=1.5.1');
    assert.deepEqual(
      json.bugs.map(({ id, count, installations, last28Days }: Json) => [
        id === total,
        count,
        installations,
        last28Days.at(-1),
      ]),
      [
        [false, 70, 1, 70],
        [true, 53, 2, 53],
      ],
      'the top crasher of the version comes first',
    );
    assert.deepEqual(schemaFaults(json, SCHEMAS['BugPage'] ?? {}, SCHEMAS), []);
    const page = await reader.get('/bugs?version=1.5.1');
    assert.match(page.text, /123\s+crashes under this filter/);
    assert.match(page.text, /data-unit="crashes">53</);
    assert.doesNotMatch(page.text, />253</);
  });

  test('tabs count the bugs that the filter leaves, and pages of them follow each other', async () => {
    const page = await reader.get('/bugs?version=1.4.0');
    assert.match(page.text, /Open <span class="quiet">1</);
    const [bug] = (await call('/api/bugs?version=1.4.0')).json.bugs;
    await running.store.bugs.assignBug(bug.id, 'Ada', 'reader@example.org');
    for (const assignee of ['', '&assignee=me']) {
      const { text } = await reader.get(`/bugs?version=1.5.1${assignee}`);
      assert.match(text, /Open <span class="quiet">2</, `all bugs of the version${assignee}`);
      assert.match(text, /Mine <span class="quiet">1</, `those of the reader${assignee}`);
    }
    const unknown = await reader.get('/bugs?q=colour:red');
    assert.equal(unknown.status, 400);
    assert.match(unknown.text, /No report has a &quot;colour&quot;/);
    const first = await call('/api/bugs?version=1.5.1&limit=1');
    const second = await call(`/api/bugs?version=1.5.1&limit=1&cursor=${first.json.next}`);
    assert.deepEqual([first.json.bugs.length, second.json.bugs.length, second.json.next], [1, 1, null]);
    assert.notEqual(first.json.bugs[0].id, second.json.bugs[0].id);
  });

  test('the report list, overviews and the page of a bug answer the same filter, and carry it on', async () => {
    const reports = await call('/api/reports?version=1.5.1&q=signature:~cart');
    assert.equal(reports.json.reports.length, 1);
    assert.deepEqual(reports.json.reports[0].crash.signature, 'shop.cart');
    assert.deepEqual(schemaFaults(reports.json, SCHEMAS['ReportPage'] ?? {}, SCHEMAS), []);
    const list = await reader.get('/reports?version=1.5.1&period=7d');
    assert.match(list.text, /123\s+crashes under this filter/);
    assert.match(list.text, />shop\.total</);
    assert.match(list.text, new RegExp(`href="/bugs/${total}\\?version=1\\.5\\.1&amp;period=7d">#${total}<`));

    const overview = await call('/api/products/default/shop/overview?days=7&version=1.5.1');
    assert.deepEqual(schemaFaults(overview.json, SCHEMAS['Overview'] ?? {}, SCHEMAS), []);
    assert.deepEqual([overview.json.crashes, overview.json.installations], [123, 3]);
    const ofSeries = overview.json.series.map(({ count }: Json) => count);
    const ofBugs = overview.json.topBugs.map(({ count }: Json) => count);
    assert.deepEqual([sumOf(ofSeries), sumOf(ofBugs)], [123, 123], 'parts add up to the total');
    const page = await reader.get('/overview/default/shop?version=1.5.1');
    assert.match(page.text, /123<\/strong> <span>crashes/);
    assert.match(page.text, new RegExp(`href="/bugs/${total}\\?version=1\\.5\\.1&amp;period=28d"`));
    assert.match((await reader.get('/?version=1.5.1')).text, /data-unit="crashes">123</);

    const bug = await reader.get(`/bugs/${total}?version=1.5.1`);
    assert.match(bug.text, /<strong>53<\/strong> <span>crashes/);
    assert.match(bug.text, /<strong>2<\/strong> <span>installations/);
    assert.match(bug.text, /By day and version <span class="quiet">53 in 56 days/);
    assert.doesNotMatch(bug.text, /<strong>253</);
    for (const path of ['/', '/bugs', '/reports', '/overview/default/shop', `/bugs/${total}`]) {
      const wrong = await reader.get(`${path}?q=version:`);
      assert.equal(wrong.status, 400, path);
      assert.match(wrong.text, /A value for &quot;version&quot; is missing here\. \(at character 9\)/, path);
      const unknown = await reader.get(`${path}?q=REMOTE_USER:marta`);
      assert.equal(unknown.status, 400, path);
      assert.match(unknown.text, /No report has a &quot;REMOTE_USER&quot;/, path);
    }
  });

  test('a page shows the first values of a group, however many its address asks for', async () => {
    const rows = async (top: number) =>
      (await reader.get(`/search?group=version,signature&top=${top}&facets=version&limit=1`)).text.match(
        /<tr><td><\/td>/g,
      )?.length ?? 0;
    assert.ok((await rows(8)) > 0);
    assert.equal(await rows(1000), await rows(1));
  });

  test('two keys make groups, and every value adds up to its group', async () => {
    const { json } = await call('/api/search?group=signature,version&limit=1');
    assert.deepEqual(schemaFaults(json, SCHEMAS['Search'] ?? {}, SCHEMAS), []);
    assert.equal(json.facets[0].within, 'version');
    assert.deepEqual(
      json.facets[0].values.map(({ value, crashes, within }: Json) => [value, crashes, within]),
      [
        [
          'shop.total',
          253,
          [
            { value: '1.5.0', crashes: 200 },
            { value: '1.5.1', crashes: 53 },
          ],
        ],
        [
          'shop.cart',
          71,
          [
            { value: '1.5.1', crashes: 70 },
            { value: '1.4.0', crashes: 1 },
          ],
        ],
      ],
    );
    assert.equal((await call('/api/search?group=version')).status, 400);
    const page = await reader.get('/search?group=signature,version&numbers=uptime&histogram=hour');
    assert.match(page.text, /Crashes by signature and version/);
    assert.match(page.text, /Crashes by hour of arrival/);
    assert.match(page.text, /Crashes with it/);
  });

  test('the beginning of a crash id finds its report, and words that hold it, too', async () => {
    const ids: readonly string[] = (await call('/api/search?limit=200')).json.list.map(
      ({ crash_id }: Json) => crash_id,
    );
    const [id = ''] = ids;
    for (const digits of [6, 7, 8, 12]) {
      const beginning = id.slice(0, digits);
      const expected = ids.filter((one) => one.startsWith(beginning));
      const found = (await call(`/api/search?q=${beginning}&limit=200`)).json;
      assert.deepEqual(found.list.map(({ crash_id }: Json) => crash_id).toSorted(), expected.toSorted());
      assert.equal((await call(`/api/search?q=-${beginning}`)).json.rows, ids.length - expected.length);
    }
    assert.equal((await call('/api/search?q=ffffff')).json.rows, 0);
  });

  test('what a search selects can be had as CSV and as JSON lines, without what the reader may not see', async () => {
    const get = async (path: string, token = tokens.write) => {
      const response = await fetch(`${running.url}${path}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      return {
        status: response.status,
        text: await response.text(),
        type: response.headers.get('content-type'),
        headers: response.headers,
      };
    };
    const csv = await get('/api/search/export?q=version:1.5.1&columns=version,uptime&sort=-uptime');
    assert.equal(csv.type, 'text/csv; charset=utf-8');
    const [head, ...lines] = csv.text.split('\r\n');
    assert.equal(head, 'crash_id,bug,version,uptime');
    assert.deepEqual(
      lines.map((line) => line.split(',').slice(2).join(',')),
      ['1.5.1,700', '1.5.1,500', '1.5.1,30', ''],
    );
    const told = (name: string) => Number(csv.headers.get(`mayday-${name}`));
    assert.deepEqual([told('rows'), told('waiting')], [lines.length - 1, 0]);
    assert.equal(told('counted'), told('existing'));
    assert.ok(told('existing') > told('rows') && told('crashes') >= told('rows'));
    const columns = 'columns=signature,environment.python_version';
    const json = await get(`/api/search/export?q=version:1.4.0&format=ndjson&${columns}`);
    assert.deepEqual(Object.keys(JSON.parse(json.text)), [
      'crash_id',
      'bug',
      'signature',
      'environment.python_version',
    ]);
    assert.match((await get('/api/search/export?columns=REMOTE_USER')).text, /marta/);
    const closed = await get('/api/search/export?columns=REMOTE_USER', tokens.read);
    assert.deepEqual([closed.status, closed.text.includes('marta')], [400, false]);
    assert.equal((await get('/api/search/export?format=xml')).status, 400);
    const page = await reader.get('/search?q=version:1.5.1');
    assert.match(page.text, /href="\/search\/export\?q=version%3A1\.5\.1&amp;format=csv"/);
    assert.match((await reader.get('/search/export?q=version:1.5.1')).text, /^crash_id,bug,received/);
  });

  test('a search is kept by whom it is, shared with all who know its keys, and run with the rights of the reader', async () => {
    const send = async (method: string, path: string, token: string, body?: unknown) => {
      const response = await fetch(`${running.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const json: Json = response.status === 204 ? null : await response.json();
      return { status: response.status, json };
    };
    const save = (name: string, query: string, shared: boolean) =>
      send('POST', '/api/searches', tokens.write, { name, query, shared });
    assert.equal((await save('of 1.5.1', 'q=version:1.5.1&cursor=x', true)).status, 201);
    assert.equal((await save('of marta', 'q=REMOTE_USER:marta', true)).status, 201);
    const naming = [
      'facets=version,X',
      'columns=X',
      'group=version,X',
      'distinct=X',
      'numbers=X',
      'sort=-X',
    ].map((query) => query.replace('X', 'request.REMOTE_USER'));
    for (const query of naming) assert.equal((await save(`of marta ${query}`, query, true)).status, 201);
    assert.equal((await save('mine', 'q=uptime:<60', false)).status, 201);
    assert.equal((await save('wrong', 'q=version:', false)).status, 400);
    const seenBy = async (token: string) => {
      const { json } = await send('GET', '/api/searches', token);
      assert.deepEqual(schemaFaults(json, SCHEMAS['SavedSearchList'] ?? {}, SCHEMAS), []);
      return json.searches.map(({ name, own }: Json) => [name, own]);
    };
    assert.deepEqual(await seenBy(tokens.write), [
      ['mine', true],
      ['of 1.5.1', true],
      ['of marta', true],
      ...naming.toSorted().map((query) => [`of marta ${query}`, true]),
    ]);
    assert.deepEqual(
      await seenBy(tokens.read),
      [['of 1.5.1', false]],
      'the text of one names what is protected',
    );
    assert.match((await reader.get('/search')).text, /href="\/search\?q=version%3A1\.5\.1">of 1\.5\.1</);
    const { json } = await send('GET', '/api/searches', tokens.write);
    const id = json.searches.find(({ name }: Json) => name === 'of 1.5.1')?.id;
    assert.equal((await send('DELETE', `/api/searches/${id}`, tokens.read)).status, 404);
    assert.equal((await send('DELETE', `/api/searches/${id}`, tokens.write)).status, 204);
    assert.deepEqual(await seenBy(tokens.read), []);
  });

  test('facets, numbers and the list are those of the query', async () => {
    const { status, json } = await call(
      '/api/search?q=version:>=1.5.1&facets=signature,version&distinct=installation&numbers=uptime&histogram=day&columns=signature,uptime&sort=-uptime&limit=2',
    );
    assert.equal(status, 200);
    assert.deepEqual(schemaFaults(json, SCHEMAS['Search'] ?? {}, SCHEMAS), []);
    assert.deepEqual([json.crashes, json.rows, json.complete, json.waiting], [123, 3, true, 0]);
    assert.deepEqual(json.facets, [
      {
        key: 'signature',
        values: [
          { value: 'shop.cart', crashes: 70, installations: 1 },
          { value: 'shop.total', crashes: 53, installations: 2 },
        ],
        different: 2,
        absent: 0,
      },
      {
        key: 'version',
        values: [{ value: '1.5.1', crashes: 123, installations: 3 }],
        different: 1,
        absent: 0,
      },
    ]);
    assert.deepEqual(json.distinct, { installation: 3 });
    assert.deepEqual([json.numbers.uptime.least, json.numbers.uptime.greatest], [30, 700]);
    assert.deepEqual(json.histogram, [{ time: `${today}T00:00:00.000Z`, crashes: 123 }]);
    assert.deepEqual(
      json.list.map(({ signature, uptime }: Json) => [signature, uptime]),
      [
        ['shop.cart', 700],
        ['shop.total', 500],
      ],
    );
    assert.match(json.list[0].crash_id, /^[0-9a-f-]{36}$/);
    const next = await call(
      `/api/search?q=version:>=1.5.1&columns=signature,uptime&sort=-uptime&limit=2&cursor=${json.next}`,
    );
    assert.deepEqual([next.json.list.length, next.json.list[0].uptime, next.json.next], [1, 30, null]);
  });

  test('a key that the reader may not see is a key that nobody sent', async () => {
    const asked = '/api/search?q=request.REMOTE_USER:marta&facets=request.REMOTE_USER';
    assert.equal((await call(asked)).json.crashes, 250);
    const hidden = await call(asked, tokens.read);
    const unsent = await call('/api/search?q=request.NO_SUCH:marta', tokens.read);
    assert.deepEqual([hidden.status, unsent.status], [400, 400]);
    assert.equal(hidden.json.error.message, 'No report has a "request.REMOTE_USER". (at character 1)');
    assert.equal(unsent.json.error.message, 'No report has a "request.NO_SUCH". (at character 1)');
    const names = async (token: string): Promise<readonly string[]> =>
      (await call('/api/search/fields', token)).json.fields.map(({ name }: Json) => name);
    assert.ok((await names(tokens.write)).includes('request.REMOTE_USER'));
    assert.ok(!(await names(tokens.read)).includes('request.REMOTE_USER'));
    assert.ok((await names(tokens.read)).includes('environment.python_version'));
  });

  const faults: readonly (readonly [string, RegExp])[] = [
    ['q=(version:1', /not closed. \(at character 1\)/],
    ['q=uptime:<soon', /no number/],
    ['period=3d', /"period" is none of/],
    ['histogram=week', /none of day, hour/],
    ['facets=nothing', /No report has a "nothing"/],
    ['sort=nothing', /No report has a "nothing"/],
    [`facets=${Array.from({ length: 21 }, () => 'version').join(',')}`, /At most 20 facets/],
  ];
  for (const [query, message] of faults) {
    test(`?${query.slice(0, 40)} is answered with what is wrong`, async () => {
      const { status, json } = await call(`/api/search?${query}`);
      assert.equal(status, 400);
      assert.match(json.error.message, message);
      const page = await reader.get(`/search?${query}`);
      assert.equal(page.status, 400);
      assert.match(page.text, /role="alert"/);
    });
  }

  test('the page shows total, facets that refine, and a row for each crash', async () => {
    const page = await reader.get('/search?q=version:1.5.1');
    assert.equal(page.status, 200);
    assert.match(page.text, /<strong>123<\/strong> crashes\s+on <strong>3<\/strong> installations/);
    assert.match(page.text, /href="\/search\?q=version%3A1\.5\.1\+signature%3Ashop\.cart"/);
    assert.equal(page.text.match(/<tr data-row>/g)?.length, 3);
    const empty = await reader.get('/search?q=version:9');
    assert.match(empty.text, /Nothing matches/);
  });
});

test('a refusal leads to where its reader may go', async () => {
  for (const path of ['/people', '/webhooks']) {
    const refused = await reader.get(path);
    assert.equal(refused.status, 403);
    assert.match(refused.text, /<a href="\/">Go to overview<\/a>/);
  }
});

test('the search page teaches its language by examples, each of which is a link that the server understands', async () => {
  const page = await reader.get('/search');
  assert.ok(SEARCH_EXAMPLES.length >= 10);
  for (const [, search] of SEARCH_EXAMPLES) {
    const link = `/search?${new URLSearchParams({ q: search }).toString()}`;
    assert.ok(page.text.includes(`href="${link}"`), search);
    assert.equal((await reader.get(link)).status, 200, search);
  }
});

describe('the box that finds anything', () => {
  const placeOf = async (text: string): Promise<string> => {
    const found = await reader.get(`/find?${new URLSearchParams({ q: text }).toString()}`);
    assert.equal(found.status, 303, text);
    return found.headers.get('location') ?? '';
  };

  test('an id or a bug leads to its page, a word to the search that finds it, all else to the words of reports', async () => {
    // Ids of one moment share six digits, so that two of them may share eight.
    const { rows } = await running.store.reports.listReports({}, { limit: 50 });
    const ids = rows.map((row) => row.crashId);
    const shares = (id: string) => ids.filter((one) => one.startsWith(id.slice(0, 8))).length;
    const crashId = ids.find((id) => shares(id) === 1) ?? '';
    assert.equal(await placeOf(crashId), `/reports/${crashId}`);
    assert.equal(await placeOf(` bp-${crashId.toUpperCase()} `), `/reports/${crashId}`);
    assert.equal(await placeOf(crashId.slice(0, 8)), `/reports/${crashId}`);
    assert.equal(await placeOf(`#${total}`), `/bugs/${total}`);
    assert.equal(await placeOf('#999999'), '/reports?text=%23999999');
    assert.equal(await placeOf('shop.cart'), '/search?q=shop.cart');
    assert.equal(await placeOf('version:1.5.1 cart'), '/search?q=version%3A1.5.1+cart');
    assert.equal(await placeOf(''), '/search?q=');
    assert.equal(await placeOf('nobody says this'), '/reports?text=nobody+says+this');
    assert.equal(
      await placeOf('std::vector<int>::at(int) ('),
      '/reports?text=std%3A%3Avector%3Cint%3E%3A%3Aat%28int%29+%28',
    );
  });

  test('it is on every page, and a key goes to it', async () => {
    for (const path of ['/', '/bugs', '/reports', `/bugs/${total}`, '/inbox', '/status']) {
      assert.match((await reader.get(path)).text, /<form class="find"[^>]*action="\/find"/, path);
    }
  });
});

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
