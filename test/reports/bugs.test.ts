// Bugs on pages and over the API, on a real store: what is listed, what people can do, and what each may see.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SCHEMAS } from '../../src/reports/operations/schemas.ts';
import { schemaFaults } from './support/json-schema.ts';
import { PASSWORD, addPerson, addToken, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { completeReport, crash, fileReport, frame, processed, SHOP_STACK } from './support/seed-bugs.ts';
import { storeReport } from './support/seed.ts';
import { Visitor } from './support/visitor.ts';

const LIMIT_BYTES = 60_000;
const DAY_MS = 86_400_000;
const now = Date.now();
const today = new Date(now).toISOString().slice(0, 10);

let running: Running;
let reader: Visitor;
let writer: Visitor;
const tokens = { read: '', write: '', admin: '' };

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers that the schema check has seen
type Json = any;

async function call(
  path: string,
  options: { readonly token?: string; readonly method?: string; readonly body?: unknown } = {},
): Promise<{ readonly status: number; readonly json: Json }> {
  const { token = tokens.write, method = 'GET', body } = options;
  const response = await fetch(`${running.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: response.status, json: isJson ? JSON.parse(text) : text };
}

const post = (path: string, body: unknown = {}, token = tokens.write) =>
  call(path, { method: 'POST', body, token });

function assertFits(json: Json, name: keyof typeof SCHEMAS): void {
  assert.deepEqual(schemaFaults(json, SCHEMAS[name], SCHEMAS), []);
}

/** Files one crash of the shop under a key of its own; gives its bug. */
async function newBug(
  key: string,
  given: Parameters<typeof crash>[0] = {},
  report: Parameters<typeof processed>[1] & { readonly receivedAt?: number } = {},
): Promise<{ readonly bug: number; readonly crashId: string }> {
  const { receivedAt = now - 60_000, ...facts } = report;
  const { crashId, filed } = await fileReport(
    running.store,
    { receivedAt },
    processed([crash({ key, signature: `shop.${key}`, day: today, ...given })], facts),
  );
  return { bug: filed[0]?.bugId ?? 0, crashId };
}

before(async () => {
  running = await startRunning();
  const { store, url } = running;
  const read = await addPerson(store, { email: 'reader@example.org', role: 'read' });
  const write = await addPerson(store, { email: 'writer@example.org', role: 'triage', seesProtected: true });
  const admin = await addPerson(store, { email: 'admin@example.org', role: 'admin', seesProtected: true });
  tokens.read = await addToken(store, read);
  tokens.write = await addToken(store, write);
  tokens.admin = await addToken(store, admin);
  reader = new Visitor(url);
  await reader.signIn('reader@example.org', PASSWORD);
  writer = new Visitor(url);
  await writer.signIn('writer@example.org', PASSWORD);
});

after(() => running.stop());

describe('the bug list', () => {
  test('stands in groups by the week of the last occurrence', async () => {
    await newBug('this-week', {}, { product: 'weeks' });
    await newBug(
      'long-ago',
      { day: new Date(now - 30 * DAY_MS).toISOString().slice(0, 10) },
      { product: 'weeks', receivedAt: now - 30 * DAY_MS },
    );
    const { text } = await reader.get('/bugs?product=weeks');
    const headings = [...text.matchAll(/scope="rowgroup"[^>]*>([^<]+)</g)].map(([, name]) => name);
    assert.equal(headings.length, 2);
    assert.equal(headings[0], 'This week');
    assert.match(headings[1] ?? '', /^Week of \d{4}-\d{2}-\d{2}$/);
    assert.ok(text.indexOf('shop.this-week') < text.indexOf('shop.long-ago'));
    assert.match(text, /aria-label="Crashes a day, oldest first: (?:0 ){27}1"/);
  });

  test('holds the open ones; tabs lead to the others with their numbers', async () => {
    const { bug } = await newBug('tabbed', {}, { product: 'tabs' });
    await newBug('tabbed-2', {}, { product: 'tabs' });
    await post(`/api/bugs/${bug}/close`);
    const open = (await reader.get('/bugs?product=tabs')).text;
    assert.doesNotMatch(open, /shop\.tabbed</);
    assert.match(
      open,
      /Open <span class="quiet">1<.*Closed <span class="quiet">1<.*Mine <span class="quiet">0</,
    );
    assert.match((await reader.get('/bugs?product=tabs&state=closed')).text, /shop\.tabbed</);
  });

  test('narrows by text, severity, kind and assignee, and keeps the filters in the address', async () => {
    const { bug } = await newBug('narrow', { message: 'no such table', severity: 'major', kind: 'php' });
    await newBug('narrow-other');
    await post(`/api/bugs/${bug}/assign`, { assignee: 'me' });
    for (const query of [
      'text=such+table',
      'severity=major',
      'kind=php',
      'assignee=me',
      'assignee=writer%40example.org',
    ]) {
      const { json } = await call(`/api/bugs?product=shop&${query}`);
      assertFits(json, 'BugPage');
      assert.deepEqual(
        json.bugs.map(({ id }: { id: number }) => id),
        [bug],
        query,
      );
    }
    const page = await writer.get('/bugs?assignee=me&kind=php');
    assert.match(page.text, /name="assignee" value="me"/);
    assert.match(page.text, /href="\/bugs\?assignee=me" aria-label="Remove the filter Kind"/);
  });

  test('says which filters it did not understand', async () => {
    assert.match((await reader.get('/bugs?severity=huge')).text, /Left out: &quot;severity&quot; is none of/);
    assert.equal((await call('/api/bugs?state=lost')).json.error.code, 'bad_filter');
  });

  test('remembers in this browser which columns somebody chose, and never those of a link', async () => {
    const visitor = new Visitor(running.url);
    await visitor.signIn('reader@example.org', PASSWORD);
    const columns = async (path: string) =>
      [...(await visitor.get(path)).text.matchAll(/<input id="column-(\w+)"[^>]*? checked/g)].map(
        ([, name]) => name,
      );
    const usual = await columns('/bugs');
    assert.equal(usual.length, 8);
    assert.deepEqual(await columns('/bugs?columns=kind'), ['kind']);
    assert.deepEqual(await columns('/bugs'), usual, 'a link changes nothing');
    const chosen = await visitor.get(
      '/bugs?product=shop&remember=1&columns=kind&columns=crashes&columns=evil',
    );
    assert.equal(chosen.status, 303);
    assert.equal(chosen.headers.get('location'), '/bugs?product=shop&columns=crashes%2Ckind');
    assert.deepEqual(await columns('/bugs'), ['crashes', 'kind']);
    // What is named in the address goes before, the usual ones, too, and links carry what differs.
    const link = `/bugs?columns=${usual.join(',')}`;
    assert.deepEqual(await columns(link), usual);
    assert.match((await visitor.get(link)).text, /href="\/bugs\?state=closed&amp;columns=product/);
    assert.doesNotMatch((await visitor.get('/bugs')).text, /href="\/bugs\?state=closed&amp;columns/);
    visitor.cookies.set('mayday-columns', '<script>.title');
    assert.deepEqual(await columns('/bugs'), usual);
  });

  test('is walked page by page over the API without losing or repeating a bug', async () => {
    for (let n = 0; n < 7; n += 1) await newBug(`walk-${n}`, {}, { product: 'walk' });
    const seen: number[] = [];
    let next: string | null = '';
    while (next !== null) {
      const { json } = await call(`/api/bugs?product=walk&limit=3&cursor=${encodeURIComponent(next)}`);
      seen.push(...json.bugs.map(({ id }: { id: number }) => id));
      next = json.next;
    }
    assert.equal(new Set(seen).size, 7);
    assert.equal(seen.length, 7);
  });

  test('does something to many at once and keeps its place', async () => {
    const bugs = [
      (await newBug('many-1', {}, { product: 'many' })).bug,
      (await newBug('many-2', {}, { product: 'many' })).bug,
    ];
    const page = await writer.get('/bugs?product=many');
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const fields = new URLSearchParams([
      ['csrf', csrf],
      ...bugs.map((id) => ['bug', String(id)] as [string, string]),
      ['action', 'ignore'],
    ]);
    const answer = await fetch(`${running.url}/bugs?product=many`, {
      method: 'POST',
      body: fields,
      redirect: 'manual',
      headers: {
        origin: running.url,
        cookie: [...writer.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      },
    });
    assert.equal(answer.status, 303);
    const location = answer.headers.get('location') ?? '';
    assert.match(location, /^\/bugs\?product=many&act=\d+$/);
    assert.match((await writer.get(location)).text, /ignored 2 bugs .*?Undo for 2 bugs/);
    const { json } = await call('/api/bugs?product=many&state=ignored');
    assert.equal(json.bugs.length, 2);
    const none = await writer.act('/bugs', 'close');
    assert.equal(none.status, 400);
    assert.match(none.text, /Select bugs first/);
  });

  test('all bugs of a filter are closed after a question with their number, and the undo brings them back', async () => {
    const ids = [];
    for (const name of ['one', 'two', 'three']) ids.push((await newBug(name, {}, { product: 'all' })).bug);
    const list = '/bugs?product=all&order=title&columns=crashes,kind';
    const question = await writer.act(list, 'close', { all: 'yes', in_version: '7.1' });
    assert.equal(question.status, 200);
    assert.match(question.text, /<h1>Close 3 bugs\?<\/h1>/);
    assert.match(question.text, /Product: <strong>all<\/strong>/);
    assert.match(question.text, /name="in_version" type="text" value="7\.1"/);
    const late = await writer.act(list, 'close', { all: 'yes', expected: '2' });
    assert.match(
      late.text,
      /they are 3 now/,
      'the number of the question is not that of the filter any longer',
    );
    const closed = await writer.act(list, 'close', { all: 'yes', expected: '3', in_version: '7.1' });
    assert.equal(closed.status, 303);
    const location = closed.headers.get('location') ?? '';
    assert.match(location, /product=all.*order=title.*columns=.*act=\d+/, 'the list keeps its place');
    const told = await writer.get(location);
    assert.match(told.text, /closed 3 bugs as fixed in 7\.1/);
    const act = /name="act" value="(\d+)"/.exec(told.text)?.[1] ?? '';
    const events = async (id: number) =>
      (await call(`/api/bugs/${id}`)).json.events.map(({ what }: { what: string }) => what);
    assert.deepEqual(await events(ids[0] ?? 0), ['closed', 'created']);
    const undone = await writer.act('/bugs/acts', 'undo', { act, back: '/bugs?product=all&done=saved' });
    assert.equal(undone.headers.get('location'), `/bugs?product=all&act=${act}`);
    assert.match((await writer.get(`/bugs?product=all&act=${act}`)).text, /3 bugs are what they were/);
    for (const id of ids) assert.deepEqual(await events(id), ['created']);
    assert.equal((await writer.act('/bugs/acts', 'undo', { act })).status, 400);
    assert.match((await writer.get('/bugs/acts')).text, /closed 3 bugs as fixed in 7\.1.*?undone by/);
  });

  test('selected bugs are merged after a look at what they would be together', async () => {
    const one = (await newBug('left', {}, { product: 'pair' })).bug;
    const two = (await newBug('right', {}, { product: 'pair' })).bug;
    const other = (await newBug('else', {}, { product: 'solo' })).bug;
    const post = async (fields: readonly (readonly [string, string])[]) => {
      const csrf = /name="csrf" value="([^"]+)"/.exec((await writer.get('/bugs')).text)?.[1] ?? '';
      return fetch(`${running.url}/bugs`, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams([
          ['csrf', csrf],
          ['action', 'merge'],
          ...fields.map(([name, value]) => [name, value] as [string, string]),
        ]),
        headers: {
          origin: running.url,
          cookie: [...writer.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        },
      });
    };
    const bugs = [one, two].map((id) => ['bug', String(id)] as const);
    assert.match(
      await (await post(bugs)).text(),
      /<h1>Merge 2 bugs into one\?<\/h1>[\s\S]*Together: 2 crashes/,
    );
    assert.equal((await post([['bug', String(one)]])).status, 400);
    assert.equal((await post([...bugs, ['bug', String(other)]])).status, 400, 'of another product');
    const merged = await post([...bugs, ['into', String(two)]]);
    assert.match(merged.headers.get('location') ?? '', /^\/bugs\?act=\d+$/);
    assert.equal((await call(`/api/bugs/${one}`)).json.id, two);
    const act = /act=(\d+)/.exec(merged.headers.get('location') ?? '')?.[1] ?? '';
    await writer.act('/bugs/acts', 'undo', { act });
    assert.equal((await call(`/api/bugs/${one}`)).json.id, one);
  });

  test('many bugs are changed over the API, which wants the number of a filter, and undone', async () => {
    for (const name of ['x', 'y']) await newBug(name, {}, { product: 'api-many' });
    const post = (path: string, body: unknown) => call(path, { method: 'POST', body });
    const body = { do: 'ignore', filter: 'product=api-many' };
    const surprised = await post('/api/bug-acts', body);
    assert.deepEqual([surprised.status, surprised.json.error.code], [409, 'not_expected']);
    assert.equal((await post('/api/bug-acts', { do: 'vanish', bugs: [1] })).status, 400);
    assert.equal((await post('/api/bug-acts', { do: 'reopen' })).status, 400);
    const { json: act } = await post('/api/bug-acts', { ...body, expected: 2 });
    assert.deepEqual([act.bugs, act.changed, act.underWay], [2, 2, false]);
    assert.equal((await call('/api/bugs?product=api-many&state=ignored')).json.bugs.length, 2);
    const { json: undone } = await post(`/api/bug-acts/${act.id}/undo`, {});
    assert.deepEqual([undone.restored, undone.kept], [2, 0]);
    assert.equal((await call('/api/bugs?product=api-many&state=open')).json.bugs.length, 2);
    assert.equal((await call('/api/bug-acts')).json.acts[0].id, act.id);
    assert.equal((await post('/api/bug-acts/999999/undo', {})).status, 404);
  });

  test('offers nothing to people who may not change bugs', async () => {
    const { text } = await reader.get('/bugs?product=shop');
    assert.doesNotMatch(text, /name="(?:bug|all)"/);
    assert.doesNotMatch(text, /value="close"/);
  });
});

describe('a bug', () => {
  test('shows its stack with the application’s frames marked and library runs folded', async () => {
    const { bug } = await newBug('stack');
    const { text } = await reader.get(`/bugs/${bug}`);
    assert.match(text, /<li value="0" class="app">.*?total.*?\/srv\/shop\/cart\.py:21/);
    assert.match(text, /<summary class="quiet"> Frames 1 to 5, library code: django\.core\.handlers/);
    assert.match(text, /<mark>21 {2,}return price \/ len\(items\)<\/mark>|<mark>21 return price/);
    assert.match(text, /<title>shop\.stack · shop bug \d+ · Mayday<\/title>/);
  });

  test('shows what happened before its newest crash to people with the right, the last first', async () => {
    const { bug } = await newBug('crumbs', {
      sections: [
        {
          name: 'breadcrumbs',
          protected: true,
          values: [
            ['12:00:01 ui.click', 'first crumb'],
            ['12:00:02 http', 'second crumb'],
          ],
        },
      ],
    });
    const { text } = await writer.get(`/bugs/${bug}`);
    assert.match(text, /Breadcrumbs of the newest report[\s\S]*second crumb[\s\S]*first crumb/);
    assert.doesNotMatch((await reader.get(`/bugs/${bug}`)).text, /Breadcrumbs|first crumb/);
  });

  test('keeps local variables and protected values from people without the right', async () => {
    const { bug, crashId } = await newBug('private');
    for (const address of [
      `/bugs/${bug}`,
      `/reports/${crashId}`,
      `/reports/${crashId}/processed`,
      `/reports/${crashId}/stack`,
    ]) {
      const seen = await writer.get(address);
      const hidden = await reader.get(address);
      assert.equal(hidden.status, 200);
      assert.match(seen.text, /4111111111111111|marta/, address);
      assert.doesNotMatch(hidden.text, /4111111111111111|marta/, address);
    }
    for (const path of [`/api/bugs/${bug}`, `/api/reports/${crashId}/processed`]) {
      assert.match(JSON.stringify((await call(path)).json), /marta/, path);
      assert.doesNotMatch(
        JSON.stringify((await call(path, { token: tokens.read })).json),
        /4111111|marta/,
        path,
      );
    }
  });

  test('tells all of itself over the API', async () => {
    const { bug } = await newBug('whole', {}, { installation: 'one' });
    const { json } = await call(`/api/bugs/${bug}`);
    assertFits(json, 'WholeBug');
    assert.equal(json.count, 1);
    assert.equal(json.versions[0].version, '1.0.3');
    assert.equal(json.events[0].what, 'created');
    assertFits((await call(`/api/bugs/${bug}`, { token: tokens.read })).json, 'WholeBug');
    const reports = (await call(`/api/bugs/${bug}/reports`)).json;
    assertFits(reports, 'ReportPage');
    assert.equal(reports.reports.length, 1);
  });

  test('tells the day of its first crash, also where that was sent later', async () => {
    const { bug } = await newBug('late', {}, { version: '2.0' });
    const day = new Date(now - 20 * DAY_MS).toISOString().slice(0, 10);
    await newBug('late', { day }, { version: '1.9', receivedAt: now - 9 * DAY_MS });
    const { json } = await call(`/api/bugs/${bug}`);
    assert.equal(json.firstSeenAt, `${day}T00:00:00.000Z`);
    assert.equal(json.firstVersion, '1.9');
    const { text } = await reader.get(`/bugs/${bug}`);
    assert.ok(new RegExp(`First seen</dt>\\s*<dd>\\s*<time datetime="${day}T00:00:00`).test(text));
  });

  test('is closed in a version, reopened by a new crash, and says so in its history', async () => {
    const { bug } = await newBug('life');
    const closed = await writer.act(`/bugs/${bug}`, 'close', { in_version: '1.0.4' });
    assert.equal(closed.headers.get('location'), `/bugs/${bug}?done=bug-closed`);
    assert.match((await reader.get(`/bugs/${bug}`)).text, /closed in 1\.0\.4/);
    const again = await fileReport(
      running.store,
      {},
      processed([crash({ key: 'life', day: today })], { version: '1.0.5' }),
    );
    assert.deepEqual(
      again.filed.map(({ event }) => event),
      ['reopened'],
    );
    const { json } = await call(`/api/bugs/${bug}`);
    assert.equal(json.state, 'open');
    assert.deepEqual(
      json.events.map(({ what, by }: { what: string; by: string | null }) => [what, by]),
      [
        ['reopened', null],
        ['closed', 'writer'],
        ['created', null],
      ],
    );
  });

  test('is closed and ignored over the API without a body; what is given must still be JSON', async () => {
    const { bug } = await newBug('bodiless');
    const post = (what: string, body?: string) =>
      fetch(`${running.url}/api/bugs/${bug}/${what}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${tokens.write}` },
        ...(body !== undefined && { body }),
      });
    for (const [what, state] of [
      ['close', 'closed'],
      ['ignore', 'ignored'],
    ] as const) {
      const answer = await post(what);
      assert.equal(answer.status, 200, what);
      assert.equal(((await answer.json()) as { state: string }).state, state);
    }
    assert.equal((await post('close', '{')).status, 400);
    assert.equal((await post('assign')).status, 400);
    const { json } = await call('/api/openapi.json');
    assert.equal(json.paths['/api/bugs/{bug}/close'].post.requestBody.required, false);
    assert.equal(json.paths['/api/bugs/{bug}/assign'].post.requestBody.required, true);
  });

  test('is ignored until a day of the future or a count, and reopened by hand', async () => {
    const { bug } = await newBug('ignore');
    const until = new Date(now + 5 * DAY_MS).toISOString().slice(0, 10);
    const { json } = await post(`/api/bugs/${bug}/ignore`, { until, untilCount: 100 });
    assertFits(json, 'Bug');
    assert.deepEqual(
      [json.state, json.ignoredUntil.slice(0, 10), json.ignoredUntilCount],
      ['ignored', until, 100],
    );
    assert.match(
      (await reader.get(`/bugs/${bug}`)).text,
      new RegExp(`ignored until <span[^>]*>${until}</span>`),
    );
    assert.equal((await post(`/api/bugs/${bug}/reopen`)).json.state, 'open');
    const past = await writer.act(`/bugs/${bug}`, 'ignore', { until: '2020-01-01' });
    assert.equal(past.status, 400);
    assert.match(past.text, /must lie in the future/);
  });

  test('has an assignee who exists, a ticket that leads to the tracker, and comments', async () => {
    const { bug } = await newBug('people');
    await call('/api/products/default/shop/rules', {
      method: 'PATCH',
      token: tokens.admin,
      body: { ticketTracker: 'redmine', ticketUrl: 'https://tracker.example/' },
    });
    await writer.act(`/bugs/${bug}`, 'assign', { assignee: 'reader@example.org' });
    await writer.act(`/bugs/${bug}`, 'ticket', { ticket: '#117' });
    await writer.act(`/bugs/${bug}`, 'comment', { comment: 'Seen <b>again</b>' });
    const { text } = await reader.get(`/bugs/${bug}`);
    assert.match(text, /href="\/bugs\?assignee=reader%40example\.org">reader</);
    assert.match(text, /href="https:\/\/tracker\.example\/issues\/117"/);
    assert.match(text, /Seen &lt;b&gt;again&lt;\/b&gt;/);
    assert.equal(
      (await post(`/api/bugs/${bug}/assign`, { assignee: 'nobody@example.org' })).json.error.code,
      'bad_change',
    );
    assert.equal((await post(`/api/bugs/${bug}/comment`, { text: ' ' })).status, 400);
    assert.equal((await post(`/api/bugs/${bug}/close`, { version: '1' })).status, 400);
  });

  test('that was merged leads to the other, on pages and over the API', async () => {
    const [from, into] = [(await newBug('merge-1')).bug, (await newBug('merge-2')).bug];
    const merged = await writer.act(`/bugs/${from}`, 'merge', { into: `#${into}` });
    assert.equal(merged.headers.get('location'), `/bugs/${into}?done=bug-merged`);
    assert.equal((await reader.get(`/bugs/${from}`)).headers.get('location'), `/bugs/${into}`);
    const { json } = await call(`/api/bugs/${from}`);
    assert.deepEqual([json.id, json.count], [into, 2]);
    const elsewhere = (await newBug('merge-3', {}, { product: 'other' })).bug;
    assert.equal((await post(`/api/bugs/${elsewhere}/merge`, { into })).json.error.code, 'cannot_merge');
  });

  test('gives a case away, and takes a report that was moved', async () => {
    const { bug, crashId } = await newBug('cases', { caseKey: 'a' });
    await newBug('cases', { caseKey: 'b' });
    const cases: readonly { id: number }[] = (await call(`/api/bugs/${bug}`)).json.cases;
    assert.equal(cases.length, 2);
    assert.match((await writer.get(`/bugs/${bug}`)).text, /Make a bug of it/);
    const split = await writer.act(`/bugs/${bug}`, 'split', { case: String(cases[1]?.id) });
    assert.match(split.headers.get('location') ?? '', /^\/bugs\/\d+\?done=bug-split$/);
    const target = (await newBug('target')).bug;
    const moved = await writer.act(`/reports/${crashId}`, 'move', { bug: String(target) });
    assert.equal(moved.headers.get('location'), `/bugs/${target}?done=report-moved`);
    assert.deepEqual((await call(`/api/reports/${crashId}/processed`)).json.bugs, [target]);
    assert.match((await reader.get(`/reports/${crashId}`)).text, /writer moved the report to #/);
    assert.equal(
      (await post(`/api/reports/${crashId}/move`, { bug: 999_999 })).json.error.code,
      'cannot_move',
    );
  });

  test('of hostile texts stays harmless and below 60 KB', async () => {
    const evil = '"><script>alert(1)</script>'.repeat(30);
    const frames = Array.from({ length: 500 }, (_, n) =>
      frame({
        function: `${evil}${n}`,
        file: evil,
        module: evil,
        inApp: n % 7 === 0,
        source: [evil, evil, evil],
        locals: [[evil, evil]],
      }),
    );
    const { bug, crashId } = await newBug('evil', {
      signature: evil.slice(0, 255),
      message: evil,
      role: evil,
      context: evil,
      exceptions: [{ kind: evil, message: evil, frames, omittedFrames: 7, data: [[evil, evil]] }],
      threads: Array.from({ length: 300 }, (_, n) => ({
        name: `${evil}${n}`,
        state: evil,
        crashed: false,
        frames: frames.slice(0, 3),
        omittedFrames: 0,
      })),
      sections: Array.from({ length: 20 }, (_, n) => ({
        name: n === 0 ? 'breadcrumbs' : `${n}${evil}`,
        protected: n % 2 === 0,
        values: Array.from({ length: 50 }, (_, m) => [`${m}${evil}`, evil] as const),
      })),
    });
    await writer.act(`/bugs/${bug}`, 'comment', { comment: evil });
    for (const address of [
      `/bugs/${bug}`,
      '/bugs',
      `/reports/${crashId}`,
      `/reports/${crashId}/stack`,
      `/reports/${crashId}/threads`,
      '/',
      '/overview/default/shop',
    ]) {
      const { text, byteLength, status } = await writer.get(address);
      assert.equal(status, 200, address);
      assert.doesNotMatch(text, /<script>/, address);
      assert.ok(byteLength < LIMIT_BYTES, `${address}: ${byteLength} bytes`);
    }
    const plain = await writer.get(`/reports/${crashId}/stack.txt`);
    assert.match(plain.headers.get('content-type') ?? '', /^text\/plain/);
  });
});

describe('a processed report', () => {
  test('whose processing failed says why, and is processed again on request', async () => {
    const crashId = await storeReport(running.store, { product: 'failing' });
    const [lease] = await running.store.queue.lease({ worker: 'test', limit: 500, leaseMs: 60_000 });
    assert.equal(lease?.crashId, crashId);
    await running.store.queue.fail(crashId, lease?.leaseId ?? '', {
      reason: 'the worker died',
      retryAt: null,
    });
    const { text } = await writer.get(`/reports/${crashId}`);
    assert.match(text, /Processing failed after 1 attempt: <span class="value">the worker died</);
    const { text: toReader } = await reader.get(`/reports/${crashId}`);
    assert.match(
      toReader,
      /Processing failed after 1 attempt: <span class="value">the reason is protected data/,
    );
    assert.equal(
      (await writer.act('/status', 'process-failed')).headers.get('location'),
      '/status?done=queue-requeued',
    );
    assert.match((await reader.get(`/reports/${crashId}`)).text, /waits to be processed/);
    await completeReport(
      running.store,
      crashId,
      processed([crash({ key: 'failing', day: today })], { product: 'failing' }),
    );
    const { json } = await call(`/api/reports/${crashId}/processed`);
    assertFits(json, 'Processed');
    assert.equal(json.processed.crashes[0].grouping.key, 'failing');
  });

  test('that cannot be understood says so and names the reason', async () => {
    const { crashId } = await fileReport(
      running.store,
      {},
      processed([crash({ key: 'unprocessable:empty', kind: 'other', exceptions: [] })], {
        status: 'unprocessable',
        problem: 'the dump is empty',
      }),
    );
    assert.match(
      (await reader.get(`/reports/${crashId}`)).text,
      /could not be understood: the dump is empty/,
    );
  });

  test('with 300 threads and 1,000 modules stays below 60 KB and leads to all of them', async () => {
    const frames = SHOP_STACK.map((one) =>
      frame(Object.assign({}, one, { module: 'libexample.so', trust: 'cfi' })),
    );
    const threads = Array.from({ length: 300 }, (_, n) => ({
      name: `worker ${n}`,
      state: null,
      crashed: n === 0,
      frames,
      omittedFrames: 0,
    }));
    const dump = {
      status: 'OK',
      crash_info: { type: 'SIGSEGV / SEGV_MAPERR', address: '0x0000000000000008', crashing_thread: 0 },
      threads: [],
      crashing_thread: { frames: [{ registers: { rip: '0x0000000000401000', rsp: '0x00007ffd00000000' } }] },
      modules: Array.from({ length: 1000 }, (_, n) => ({
        filename: `libmodule${n}.so`,
        base_addr: `0x${n.toString(16).padStart(16, '0')}`,
        end_addr: '0x00007f0000000000',
        debug_file: `libmodule${n}.so`,
        debug_id: `${n}`.padStart(33, 'A'),
        missing_symbols: n % 3 === 0,
      })),
      mayday: { crashpad: { annotations: { secret: 'hunter2' }, modules: [] } },
    };
    const { crashId } = await fileReport(
      running.store,
      {},
      processed(
        [
          crash({
            key: 'native',
            kind: 'native',
            exceptions: [],
            threads,
            reason: 'SIGSEGV / SEGV_MAPERR',
            address: '0x8',
          }),
        ],
        {
          minidumps: { upload_file_minidump: dump },
        },
      ),
    );
    const page = await writer.get(`/reports/${crashId}`);
    assert.ok(page.byteLength < LIMIT_BYTES, `${page.byteLength} bytes`);
    assert.match(page.text, /used an address at which there is no memory/);
    assert.match(page.text, /close to zero: most likely a null pointer/);
    assert.match(page.text, /hunter2/);
    const hidden = (await reader.get(`/reports/${crashId}`)).text;
    assert.doesNotMatch(hidden, /hunter2|00007ffd00000000/);
    assert.doesNotMatch((await reader.get(`/reports/${crashId}/processed`)).text, /hunter2|00007ffd00000000/);
    const all = await reader.get(`/reports/${crashId}/threads?from=200`);
    assert.match(all.text, /worker 299/);
    assert.match(
      (await reader.get(`/reports/${crashId}/modules?text=libmodule777`)).text,
      /libmodule777\.so/,
    );
    assert.match((await reader.get(`/reports/${crashId}/stack?thread=299`)).text, /total/);
    assert.equal((await reader.get(`/reports/${crashId}/stack?thread=300`)).status, 404);
    assert.match(
      (await reader.get(`/reports/${crashId}/stack.txt`)).text,
      /^ {2}0 \* total {2}\/srv\/shop\/cart\.py:21 {2}\[libexample\.so · cfi\]$/m,
    );
  });
});

describe('overviews', () => {
  test('of a product count crashes, versions, new bugs and installations', async () => {
    await newBug('seen-1', {}, { product: 'seen', version: '2.0', installation: 'a' });
    await newBug('seen-2', {}, { product: 'seen', version: '2.1', installation: 'b' });
    const { json } = await call('/api/products/default/seen/overview?days=7');
    assertFits(json, 'Overview');
    assert.deepEqual([json.crashes, json.installations, json.newBugs.length], [2, 2, 2]);
    const { text } = await reader.get('/overview/default/seen?period=7d');
    assert.match(text, /Crashes by day and version <span class="quiet">2 in 7 days/);
    assert.match(text, /<th scope="row">\s*<a href="[^"]+happened_from=[^"]+">\d{4}-\d{2}-\d{2}<\/a>/);
    assert.equal((await call('/api/products/default/seen/overview?days=0')).json.error.code, 'bad_days');
  });

  test('of everything are the first page, which tells what to do where there is nothing', async () => {
    assert.match((await reader.get('/')).text, /href="\/overview\/default\/shop">shop</);
    const empty = await startRunning();
    try {
      await addPerson(empty.store, { email: 'first@example.org', role: 'admin' });
      const visitor = new Visitor(empty.url);
      await visitor.signIn('first@example.org', PASSWORD);
      assert.match((await visitor.get('/')).text, /No crash yet.*curl/);
      assert.match((await visitor.get('/bugs')).text, /No open bug.*curl/);
    } finally {
      await empty.stop();
    }
  });
});

describe('the queue', () => {
  test('is paused and resumed by administrators, and its counts are told', async () => {
    const { status, json } = await post('/api/queue/pause', {}, tokens.admin);
    assert.deepEqual([status, json.paused], [200, true]);
    assertFits(json, 'Queue');
    assert.match((await reader.get('/status')).text, /Processing is paused/);
    assert.equal((await post('/api/queue/resume', {}, tokens.write)).status, 403);
    assert.equal((await post('/api/queue/resume', {}, tokens.admin)).json.paused, false);
  });

  test('takes deferred reports on request', async () => {
    await storeReport(running.store, { product: 'later', state: 'deferred' });
    const { json } = await post('/api/queue/process-deferred');
    assert.deepEqual(json, { requeued: 1 });
    assert.equal((await call('/api/queue')).json.deferred, 0);
  });
});

describe('rules of a product', () => {
  const path = '/api/products/default/shop/rules';

  test('are changed field by field, and what is wrong is named', async () => {
    const rule = { name: 'timeouts', when: { message: '/time.?out/' }, key: 'timeout {kind}' };
    const changed = await call(path, {
      method: 'PATCH',
      token: tokens.admin,
      body: { groupingRules: [rule] },
    });
    assert.equal(changed.status, 200);
    assertFits(changed.json, 'ProductRules');
    assert.deepEqual(changed.json.groupingRules, [rule]);
    for (const [body, said] of [
      [{ reopenMode: 'never' }, /"reopenMode" is none of/],
      [{ groupingRules: [{ ...rule, when: {} }] }, /Rule 1 has no condition/],
      [{ ticketUrl: 'javascript:alert(1)' }, /must begin with http/],
      [{ ticketTracker: 'other', ticketUrl: 'https://tracker.example' }, /must hold %s/],
      [{ reopen: 'x' }, /"reopen" is none of/],
      [
        { groupingRules: [{ ...rule, when: { message: '/(/' } }] },
        /Rule 1: "message" is no usable expression/,
      ],
      [
        { groupingRules: [{ ...rule, when: { annotation: { A: '/a/g' } } }] },
        /"A" is no usable expression: the flags/,
      ],
      [
        { signatureLists: { prefix: ['# (a remark', 'ok', 'bad('] } },
        /Entry 3 of "prefix" is no usable expression/,
      ],
    ] as const) {
      const { json } = await call(path, { method: 'PATCH', token: tokens.admin, body });
      assert.match(json.error.message, said);
    }
    assert.deepEqual((await call(path)).json.groupingRules, [rule]);
  });

  test('survive the form that shows them', async () => {
    const admin = new Visitor(running.url);
    await admin.signIn('admin@example.org', PASSWORD);
    const before = (await call(path)).json;
    const page = await admin.get('/products/default/shop/rules');
    assert.match(page.text, /value="\/time\.\?out\/"/);
    const saved = await admin.act('/products/default/shop/rules', 'save', {
      reopenMode: before.reopenMode,
      signatureMode: before.signatureMode,
      messages: before.messages,
      ticketTracker: before.ticketTracker ?? '',
      ticketUrl: before.ticketUrl ?? '',
      rule_name: 'timeouts',
      rule_key: 'timeout {kind}',
      rule_message: '/time.?out/',
      rule_annotation: 'channel = beta',
      list_prefix: 'core::.*\r\n\r\npanic_fmt',
    });
    assert.equal(saved.status, 303);
    const after = (await call(path)).json;
    assert.deepEqual(after.groupingRules[0].when, {
      message: '/time.?out/',
      annotation: { channel: 'beta' },
    });
    assert.deepEqual(after.signatureLists.prefix, ['core::.*', 'panic_fmt']);
    for (const action of ['save', 'preview']) {
      const refused = await admin.act('/products/default/shop/rules', action, {
        reopenMode: before.reopenMode,
        signatureMode: before.signatureMode,
        messages: before.messages,
        rule_name: 'carts',
        rule_key: 'cart',
        rule_message: '/cart(/',
      });
      assert.equal(refused.status, 400);
      assert.match(refused.text, /Rule 1: &quot;message&quot; is no usable expression/);
      assert.match(refused.text, /value="\/cart\(\/"/);
    }
    assert.deepEqual((await call(path)).json, after);
  });

  test('bugs with similar stacks stand on the page and in the API, with why they are not one, and merge from there', async () => {
    const ids: number[] = [];
    for (const called of ['total', 'tax']) {
      const frames = [called, 'pay', 'main'].map((name) => frame({ function: name, class: 'Cart' }));
      const exceptions = [{ kind: 'a.E', message: '', frames, omittedFrames: 0, data: [] }];
      const { filed } = await fileReport(
        running.store,
        {},
        processed([
          crash({ key: `alike ${called}`, day: today, kind: 'java', language: 'java', exceptions }),
        ]),
      );
      const bugId = filed[0]?.bugId ?? 0;
      ids.push(bugId);
      await running.store.bugs.noteStack(bugId, called === 'total' ? [1, 50, 51] : [2, 50, 51]);
    }
    const [one = 0, other = 0] = ids;
    const { json } = await call(`/api/bugs/${one}/similar`);
    assertFits(json, 'SimilarBugs');
    assert.equal(json.similar[0].bug.id, other);
    assert.deepEqual(json.similar[0].reasons, [
      'The frames that name them differ: "Cart.total", and "Cart.tax".',
    ]);
    assert.deepEqual(json.similar[0].frames.at(-1), { one: 'Cart.main', other: 'Cart.main' });
    const page = await writer.get(`/bugs/${one}`);
    assert.match(page.text, /Similar bugs/);
    assert.match(page.text, /Why they are not one bug: The frames that name them differ/);
    assert.match(page.text, new RegExp(`/bugs/${one}/compare\\?with=${other}`));

    const compared = await call(`/api/bugs/${one}/compare/${other}`);
    assertFits(compared.json, 'BugComparison');
    assert.deepEqual(compared.json.parts, [
      { part: 'kind', one: ['a.E'], other: ['a.E'], isSame: true },
      { part: 'frames', one: ['Cart.total'], other: ['Cart.tax'], isSame: false },
    ]);
    assert.equal((await call(`/api/bugs/${one}/compare/${one}`)).json.error.code, 'cannot_compare');
    assert.equal((await call(`/api/bugs/${one}/compare/99999`)).status, 404);
    const beside = await writer.get(`/bugs/${one}/compare?with=${other}`);
    assert.match(beside.text, /<strong>Cart\.total<\/strong>/);
    assert.match(beside.text, new RegExp(`Bug ${other} would have 2 crashes`));
    assert.equal((await writer.get(`/bugs/${one}/compare?with=99999`)).status, 404);
    assert.equal((await writer.get(`/bugs/${one}/compare?with=${one}`)).status, 400);

    const merged = await writer.act(`/bugs/${one}`, 'merge', { into: String(other) });
    assert.equal(merged.status, 303);
    assert.equal(await running.store.bugs.resolveBug(one), other);
    const whole = await call(`/api/bugs/${other}`);
    assertFits(whole.json, 'WholeBug');
    assert.deepEqual([whole.json.merges[0].id, whole.json.merges[0].canBeUndone], [one, true]);
    assert.match((await writer.get(`/bugs/${other}`)).text, new RegExp(`Undo the merge of bug ${one}`));
    const undone = await writer.act(`/bugs/${other}`, 'unmerge', { from: String(one) });
    assert.equal(undone.headers.get('location'), `/bugs/${one}?done=bug-unmerged`);
    assert.equal((await writer.act(`/bugs/${other}`, 'unmerge', { from: String(one) })).status, 400);

    await running.store.bugs.mergeBugs(one, other, 'Ada');
    const back = await post(`/api/bugs/${other}/unmerge`, { from: one });
    assertFits(back.json, 'Unmerged');
    assert.deepEqual(back.json, { from: one, into: other, cameAlong: 0, stayed: 0 });
    assert.equal((await post(`/api/bugs/${other}/unmerge`, { from: one })).json.error.code, 'cannot_unmerge');
  });

  test('declare own frames, and the last change can be undone and done again', async () => {
    const change = (body: object) => call(path, { method: 'PATCH', token: tokens.admin, body });
    const before = (await call(path)).json;
    const refused = await change({ frameRules: ['org.shop is ours'] });
    assert.match(refused.json.error.message, /Entry 1 of "frameRules" must be \+package/);
    assert.equal((await change({ frameRules: ['+package:org.apache.shop'] })).status, 200);
    const undo = () => call(`${path}/undo`, { method: 'POST', token: tokens.admin, body: {} });
    assertFits((await undo()).json, 'ProductRules');
    assert.deepEqual((await call(path)).json, before);
    const admin = new Visitor(running.url);
    await admin.signIn('admin@example.org', PASSWORD);
    assert.match((await admin.get('/products/default/shop/rules')).text, /Undo the last change of rules/);
    assert.equal((await admin.act('/products/default/shop/rules', 'undo', {})).status, 303);
    assert.deepEqual((await call(path)).json.frameRules, ['+package:org.apache.shop']);
    await undo();
  });

  test('are tried on stored reports without storing anything', async () => {
    const body = JSON.stringify([
      {
        client_version: '1.0.3',
        language: 'python',
        exceptions: [
          {
            name: 'KeyError',
            message: 'k',
            locations: [{ package: 'tried.cart', method: 'total', file: 'cart.py', line: 3, claimed: true }],
          },
        ],
      },
    ]);
    const { crashId } = await fileReport(
      running.store,
      {
        parts: [{ name: 'payload.json', kind: 'payload', bytes: new TextEncoder().encode(body) }],
        payloadKind: 'json',
      },
      processed([crash({ key: 'tried', day: today })], { product: 'tried' }),
    );
    const rules = { groupingRules: [{ name: 'all', when: { kind: 'python' }, key: 'everything' }] };
    const { status, json } = await post('/api/products/default/tried/rules/preview', { rules, reports: 10 });
    assert.equal(status, 200);
    assertFits(json, 'RulesPreview');
    assert.deepEqual([json.examined, json.regrouped, json.changes[0].crashId], [1, 1, crashId]);
    assert.equal(json.changes[0].becomes.grouping.rule, 'all');
    assert.deepEqual((await call('/api/products/default/tried/rules')).json.groupingRules, []);
    const named = await call(`/api/signature-preview?crash_id=${crashId}`);
    assertFits(named.json, 'SignaturePreview');
    assert.match(named.json.crashes[0].signature, /KeyError/);
    const page = await writer.act('/products/default/tried/rules', 'preview', {
      reopenMode: 'at_once',
      signatureMode: 'mayday',
      messages: 'public',
      rule_name: 'all',
      rule_kind: 'python',
      rule_key: 'everything',
    });
    assert.match(page.text, /Of 1 crash in the last 1 report, 1 would/);
  });

  test('name a typed stack', async () => {
    const text =
      'Traceback (most recent call last):\n  File "cart.py", line 3, in total\n    return 1/0\nZeroDivisionError: division by zero\n';
    const { json } = await call(`/api/signature-preview?product=shop&text=${encodeURIComponent(text)}`);
    assertFits(json, 'SignaturePreview');
    assert.match(json.crashes[0].signature, /ZeroDivisionError/);
    assert.equal((await call('/api/signature-preview')).json.error.code, 'bad_preview');
  });
});
