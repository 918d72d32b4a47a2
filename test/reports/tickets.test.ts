// Tickets on pages and over the API: who may, what is shown before it is sent, what never leaves, and secrets that nobody sees again.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { SCHEMAS } from '../../src/reports/operations/schemas.ts';
import { startLocalTracker } from '../process/tickets/local-tracker.ts';
import type { LocalTracker } from '../process/tickets/local-tracker.ts';
import { schemaFaults } from './support/json-schema.ts';
import { addPerson, addToken, PASSWORD, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { crash, fileReport, processed, SHOP_STACK } from './support/seed-bugs.ts';
import { Visitor } from './support/visitor.ts';

const SETTINGS = '/products/default/shop/tickets';
const API = '/api/products/default/shop/tracker';
const SECRET = 'ghp_0123456789secret';
const CANARY = 'canary-of-protected-data';

let tracker: LocalTracker;
let running: Running;
let reader: Visitor;
let writer: Visitor;
let admin: Visitor;
const tokens = { read: '', write: '', admin: '' };
let bugId = 0;

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers that the schema check has seen
type Json = any;

before(async () => {
  tracker = await startLocalTracker();
  running = await startRunning({
    trackerPrivateHosts: [tracker.host],
    trackerTimeoutMs: 2000,
    reportsUrl: 'https://mayday.example',
  });
  const { store, url } = running;
  tokens.read = await addToken(store, await addPerson(store, { email: 'reader@example.org', role: 'read' }));
  tokens.write = await addToken(
    store,
    await addPerson(store, { email: 'writer@example.org', role: 'triage', seesProtected: true }),
  );
  tokens.admin = await addToken(store, await addPerson(store, { email: 'admin@example.org', role: 'admin' }));
  [reader, writer, admin] = [new Visitor(url), new Visitor(url), new Visitor(url)];
  await reader.signIn('reader@example.org', PASSWORD);
  await writer.signIn('writer@example.org', PASSWORD);
  await admin.signIn('admin@example.org', PASSWORD);
  bugId = await file('total');
});

after(async () => {
  await running.stop();
  await tracker.close();
});
afterEach(() => {
  tracker.misbehave = null;
  tracker.seen.length = 0;
});

/** A bug with the canary at every protected place. */
async function file(key: string): Promise<number> {
  const { filed } = await fileReport(
    running.store,
    { annotations: [{ key: 'Email', value: CANARY }], installation: CANARY },
    processed([
      crash({
        key,
        signature: `shop.${key} \`@everyone\``,
        exceptions: [
          {
            kind: 'ZeroDivisionError',
            message: 'division ``` by zero',
            frames: SHOP_STACK.map((frame) => ({ ...frame, locals: [['card', CANARY] as const] })),
            omittedFrames: 0,
            data: [['cookie', CANARY]],
          },
        ],
        sections: [{ name: 'request', protected: true, values: [['user', CANARY]] }],
      }),
    ]),
  );
  return filed[0]?.bugId ?? 0;
}

async function call(
  path: string,
  { token = tokens.write, method, body }: { token?: string; method?: string; body?: unknown } = {},
): Promise<{ readonly status: number; readonly json: Json }> {
  const answer = await fetch(`${running.url}${path}`, {
    headers: { authorization: `Bearer ${token}` },
    ...(method !== undefined && { method }),
    ...(body !== undefined && { method: method ?? 'POST', body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, json: text === '' ? null : JSON.parse(text) };
}

function fits(json: Json, schema: 'BugTicket' | 'Tracker' | 'TrackerMessages'): void {
  assert.deepEqual(schemaFaults(json, SCHEMAS[schema], SCHEMAS), []);
}

const change = (body: unknown, token = tokens.admin) => call(API, { token, method: 'PATCH', body });
const github = () => ({
  kind: 'github',
  url: `${tracker.url}/example/shop`,
  token: SECRET,
  labels: ['crash'],
});

describe('without a token', () => {
  test('a product without a tracker says who can name one', async () => {
    const page = await writer.get(`/bugs/${bugId}/ticket`);
    assert.equal(page.status, 200);
    assert.match(page.text, /has no tracker/);
    assert.equal((await call(API)).status, 404);
    const { json } = await call(`/api/bugs/${bugId}/ticket`);
    fits(json, 'BugTicket');
    assert.deepEqual([json.tracker, json.canCreate, json.draft], [null, false, null]);
  });

  test('the form of the tracker that the rules name opens filled, with nothing protected in it', async () => {
    const rules = { ticketTracker: 'github', ticketUrl: 'https://github.com/example/shop' };
    const saved = await call('/api/products/default/shop/rules', {
      token: tokens.admin,
      method: 'PATCH',
      body: rules,
    });
    assert.equal(saved.status, 200);
    const page = await writer.get(`/bugs/${bugId}/ticket`);
    const link =
      /href="(https:\/\/github\.com\/example\/shop\/issues\/new\?[^"]+)"/.exec(page.text)?.[1] ?? '';
    const form = new URL(link.replaceAll('&amp;', '&'));
    assert.equal(form.searchParams.get('title'), 'shop.total `@everyone`');
    const body = form.searchParams.get('body') ?? '';
    assert.match(body, /^1 crash of `shop`, version `1\.0\.3`/);
    // The message of the crash ends no block: its own run of ticks is shorter than the fence.
    assert.match(body, /\n````\nshop\.total[^]*division ``` by zero[^]*\/srv\/shop\/cart\.py:21[^]*\n````\n/);
    assert.match(body, new RegExp(`https://mayday\\.example/bugs/${bugId}$`));
    assert.ok(
      !page.text.includes(CANARY),
      'the writer may see protected data, and it is in no ticket all the same',
    );
    assert.match((await writer.get(`/bugs/${bugId}`)).text, /Create a ticket…/);
    assert.doesNotMatch((await reader.get(`/bugs/${bugId}`)).text, /Create a ticket…/);
  });

  test('a message that the product protects is in no ticket', async () => {
    const rules = (messages: string) =>
      call('/api/products/default/shop/rules', { token: tokens.admin, method: 'PATCH', body: { messages } });
    await rules('protected');
    const { json } = await call(`/api/bugs/${bugId}/ticket`);
    assert.doesNotMatch(json.draft.body, /by zero/);
    await running.store.bugs.setProductRules('default', 'shop', {
      ...(await running.store.bugs.productRules('default', 'shop')),
      messages: 'public',
    });
  });

  test('a long stack is cut until the address is one that browsers take', async () => {
    const frames = Array.from({ length: 200 }, (_, at) => ({
      ...SHOP_STACK[0],
      function: `f${at}_${'x'.repeat(200)}`,
    }));
    const { filed } = await fileReport(
      running.store,
      {},
      processed([
        crash({
          key: 'deep',
          exceptions: [
            { kind: 'E', message: '', frames: frames as typeof SHOP_STACK, omittedFrames: 0, data: [] },
          ],
        }),
      ]),
    );
    const { json } = await call(`/api/bugs/${filed[0]?.bugId}/ticket`);
    assert.ok(json.draft.form.length <= 7000, String(json.draft.form.length));
    assert.ok(json.draft.body.length > 7000);
    assert.match(json.draft.form, /f0_xxx/);
  });

  test('any tracker has a form by its template', async () => {
    const form = 'https://tracker.example/new?t={title}&b={body}&s={signature}&u={url}';
    assert.equal((await change({ kind: 'link', form })).status, 200);
    const { json } = await call(`/api/bugs/${bugId}/ticket`);
    const address = new URL(json.draft.form);
    assert.equal(address.searchParams.get('s'), 'shop.total `@everyone`');
    assert.equal(address.searchParams.get('u'), `https://mayday.example/bugs/${bugId}`);
    const page = await writer.get(`/bugs/${bugId}/ticket`);
    assert.match(page.text, /href="https:\/\/tracker\.example\/new\?t=/);
    assert.doesNotMatch(page.text, /value="create"/);
    assert.equal(
      (await call(`/api/bugs/${bugId}/ticket/create`, { body: {} })).json.error.code,
      'no_tracker',
    );
  });
});

describe('the settings of a tracker', () => {
  test('are for administrators, and the token is never shown again', async () => {
    assert.equal((await change(github(), tokens.write)).status, 403);
    assert.equal((await writer.act(SETTINGS, 'save', { kind: 'github' })).status, 403);
    const saved = await change(github());
    assert.equal(saved.status, 200);
    fits(saved.json, 'Tracker');
    assert.equal(saved.json.hasToken, true);
    for (const visitor of [reader, writer, admin]) {
      const page = await visitor.get(SETTINGS);
      assert.equal(page.status, 200);
      assert.ok(!page.text.includes(SECRET));
    }
    const { status, json } = await call(API, { token: tokens.read });
    assert.equal(status, 200);
    assert.ok(!JSON.stringify(json).includes(SECRET));
    // The page saves without the token, and it stays.
    const page = await admin.act(SETTINGS, 'save', {
      kind: 'github',
      url: `${tracker.url}/example/shop`,
      labels: 'crash',
      comments: 'yes',
      closes: 'yes',
    });
    assert.equal(page.status, 303);
    const kept = await running.store.tickets.tracker({ account: 'default', product: 'shop' });
    assert.deepEqual([kept?.token, kept?.settings.closes, kept?.settings.labels], [SECRET, true, ['crash']]);
  });

  test('send a token nowhere but where it was given for', async () => {
    const moved = await change({ url: 'https://elsewhere.example/example/shop' });
    assert.equal(moved.status, 400);
    assert.match(moved.json.error.message, /given for another address/);
    const typed = await admin.act(SETTINGS, 'save', { kind: 'gitlab', url: `${tracker.url}/group/sub/shop` });
    assert.equal(typed.status, 400);
    // Another project of the same server is no other address.
    assert.equal((await change({ url: `${tracker.url}/example/other` })).status, 200);
    assert.equal((await change({ url: `${tracker.url}/example/shop` })).status, 200);
  });

  test('are refused with a sentence where they cannot be', async () => {
    const cases: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
      [{ kind: 'trac' }, /is none of github/],
      [{ ...github(), url: 'javascript:alert(1)' }, /must begin with http/],
      [{ ...github(), url: 'https://github.com/example' }, /the page of the project/],
      [
        { ...github(), url: 'https://10.0.0.1/example/shop' },
        /10\.0\.0\.1 is a private address; TRACKER_PRIVATE_HOSTS=10\.0\.0\.1 allows it/,
      ],
      [{ ...github(), url: 'https://localhost/example/shop' }, /private address/],
      [{ ...github(), url: 'http://github.com/example/shop' }, /by http/],
      [{ ...github(), api: 'http://169.254.169.254' }, /"api": /],
      [{ kind: 'jira', url: tracker.url, project: 'shop', token: 'x' }, /the key of the Jira project/],
      [{ kind: 'bugzilla', url: tracker.url, project: 'Shop', token: 'x' }, /the component/],
      [
        { kind: 'bugzilla', url: tracker.url, project: 'a', component: 'b', signatureField: 'summary' },
        /begins with cf_/,
      ],
      [{ kind: 'link', form: 'https://{title}.example/' }, /and a host/],
      [{ kind: 'link', form: 'https://a.example/{x}' }, /no other braces/],
      [{ kind: 'link', form: null }, /"form" is missing/],
      [{ token: 'a b' }, /without spaces/],
      [{ token: 'a\nb' }, /without spaces/],
      [{ comments: 'yes' }, /true or false/],
      [{ labels: 'a' }, /at most 20/],
      [{ password: 'x' }, /is none of kind/],
    ];
    for (const [body, fault] of cases) {
      const answer = await change(body);
      assert.deepEqual([answer.status, answer.json.error?.code], [400, 'bad_tracker'], JSON.stringify(body));
      assert.match(answer.json.error.message, fault);
    }
    assert.equal(
      (await running.store.tickets.tracker({ account: 'default', product: 'shop' }))?.token,
      SECRET,
    );
  });
});

describe('with a token', () => {
  test('a ticket is shown before it is sent, made once by two clicks, and its state is on the bug', async () => {
    const at = `/bugs/${bugId}/ticket`;
    assert.equal((await reader.get(at)).status, 403);
    const page = await writer.get(at);
    assert.match(page.text, /Create it in GitHub/);
    assert.match(page.text, /<textarea[^>]+name="body"/);
    assert.ok(!page.text.includes(CANARY));
    const fields = { title: 'Cart divides by zero', body: 'Look:\r\nhere' };
    const clicks = await Promise.all([writer.act(at, 'create', fields), writer.act(at, 'create', fields)]);
    const made = tracker.seen.filter(({ method }) => method === 'POST');
    assert.equal(made.length, 1);
    assert.deepEqual(made[0]?.body, {
      title: 'Cart divides by zero',
      body: 'Look:\nhere',
      labels: ['crash'],
    });
    assert.ok(clicks.some(({ status }) => status === 303));
    const bug = await reader.get(`/bugs/${bugId}`);
    assert.match(
      bug.text,
      /Ticket <a href="http:\/\/127\.0\.0\.1:\d+\/example\/shop\/issues\/1" rel="noreferrer">#1<\/a>: <strong class="broken">open<\/strong>/,
    );
    assert.doesNotMatch(bug.text, /Ask the tracker now/);
    const { json } = await call(`/api/bugs/${bugId}/ticket`, { token: tokens.read });
    fits(json, 'BugTicket');
    assert.deepEqual(
      [json.known.key, json.known.state, json.canCreate, json.draft],
      ['1', 'open', false, null],
    );
    const again = await call(`/api/bugs/${bugId}/ticket/create`, { body: {} });
    assert.deepEqual([again.status, again.json.error.code], [409, 'has_ticket']);
  });

  test('its state is asked for by a click, and what the tracker says beside it is not shown', async () => {
    const kept = tracker.tickets.get(1);
    assert.ok(kept);
    kept.isClosed = true;
    assert.equal((await reader.act(`/bugs/${bugId}/ticket`, 'refresh')).status, 403);
    // The button stands on the page of the bug.
    const csrf = /name="csrf" value="([^"]+)"/.exec((await writer.get(`/bugs/${bugId}`)).text)?.[1] ?? '';
    const asked = await writer.post(`/bugs/${bugId}/ticket`, { csrf, action: 'refresh' });
    assert.equal(asked.status, 303);
    const bug = await writer.get(`/bugs/${bugId}`);
    assert.match(bug.text, /<strong class="">closed<\/strong>/);
    assert.ok(!bug.text.includes('secret title'));
    tracker.misbehave = (_, response) => {
      response.writeHead(500).end('<script>alert(1)</script>');
      return true;
    };
    const { status, json } = await call(`/api/bugs/${bugId}/ticket/refresh`, { method: 'POST' });
    assert.equal(status, 200);
    assert.deepEqual([json.known.state, json.known.fault], ['closed', 'it answered 500']);
    assert.match((await reader.get(`/bugs/${bugId}`)).text, /gave no answer since: it answered 500\./);
  });

  test('a fault of the tracker is told, and what was typed stays', async () => {
    const id = await file('typed');
    tracker.misbehave = (_, response) => {
      response.writeHead(403).end(JSON.stringify({ message: `<b>Resource not accessible</b> by ${SECRET}` }));
      return true;
    };
    const page = await writer.act(`/bugs/${id}/ticket`, 'create', { title: 'Mine', body: 'my own words' });
    assert.equal(page.status, 400);
    assert.match(
      page.text,
      /made no ticket: it answered 403: &lt;b&gt;Resource not accessible&lt;\/b&gt; by …/,
    );
    assert.match(page.text, /value="Mine"/);
    assert.match(page.text, /my own words/);
    assert.ok(!page.text.includes(SECRET));
    const empty = await writer.act(`/bugs/${id}/ticket`, 'create', { title: ' ', body: '' });
    assert.equal(empty.status, 400);
  });

  test('where nobody knows whether one was made, somebody has to look first', async () => {
    const id = await file('unknown');
    tracker.misbehave = (_, response) => {
      response.destroy();
      return true;
    };
    const lost = await call(`/api/bugs/${id}/ticket/create`, { body: {} });
    assert.deepEqual([lost.status, lost.json.error.code], [409, 'ticket_unknown']);
    tracker.misbehave = null;
    tracker.seen.length = 0;
    const page = await writer.get(`/bugs/${id}/ticket`);
    assert.match(page.text, /nobody knows whether it made one: socket hang up\. Look there first/);
    assert.match(page.text, /I looked in GitHub: there is none/);
    assert.equal((await call(`/api/bugs/${id}/ticket/create`, { body: {} })).status, 409);
    assert.deepEqual(tracker.seen, []);
    const made = await call(`/api/bugs/${id}/ticket/create`, { body: { again: true } });
    assert.equal(made.status, 201);
    fits(made.json, 'BugTicket');
    assert.ok(!JSON.stringify(tracker.seen).includes(CANARY));
  });

  test('one that exists is linked by its address, and its state asked for', async () => {
    const id = await file('linked');
    const linked = await writer.act(`/bugs/${id}/ticket`, 'link', {
      ticket: `${tracker.url}/example/shop/issues/7`,
    });
    assert.equal(linked.status, 303);
    const { json } = await call(`/api/bugs/${id}/ticket`);
    assert.deepEqual([json.known.key, json.known.state], ['7', null]);
    assert.match((await reader.get(`/bugs/${id}`)).text, /its tracker was not asked yet/);
    const foreign = await call(`/api/bugs/${id}/ticket`, { body: { ticket: 'https://elsewhere.example/1' } });
    assert.equal(foreign.status, 200);
    assert.equal((await call(`/api/bugs/${id}/ticket`)).json.known, null);
    assert.equal(
      (await call(`/api/bugs/${id}/ticket/refresh`, { method: 'POST' })).json.error.code,
      'no_ticket',
    );
  });

  test('what the tracker was told is on the page of settings, and goes with it', async () => {
    await running.store.bugs.closeBug(bugId, 'ann', { inVersion: '2.0' });
    await running.store.tickets.gatherMessages();
    const { json } = await call(`${API}/messages`, { token: tokens.admin });
    fits(json, 'TrackerMessages');
    assert.deepEqual(
      json.messages.map(({ bug, part, state }: Json) => [bug, part, state]),
      [
        [bugId, 'close', 'due'],
        [bugId, 'comment', 'due'],
      ],
    );
    assert.match((await admin.get(SETTINGS)).text, /What it was told/);
    assert.equal((await call(API, { method: 'DELETE' })).status, 403);
    assert.equal((await call(API, { token: tokens.admin, method: 'DELETE' })).status, 204);
    assert.equal((await call(API)).status, 404);
    assert.match((await admin.get(SETTINGS)).text, /given up/);
  });
});
