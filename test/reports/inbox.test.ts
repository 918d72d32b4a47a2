// The inbox as people use it: causes of refusals with what to change, and filters that find nothing that the asker may not see.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { REFUSALS } from '../../src/base/refusal.ts';
import type { InboxEntry } from '../../src/store/intake.ts';
import { eventually } from './support/eventually.ts';
import { ADMIN_TOKEN, PASSWORD, addPerson, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { Visitor } from './support/visitor.ts';

const NOW = Date.now();
let running: Running;
let writer: Visitor;
let reader: Visitor;

const entry = (fields: Partial<InboxEntry>): InboxEntry => ({
  at: NOW,
  protocol: 'crashpad',
  method: 'POST',
  path: '/submit',
  product: null,
  outcome: 'refused',
  reason: 'wrong_content_type',
  detail: '',
  status: 400,
  bodyBytes: 10,
  clientHash: null,
  crashId: null,
  headers: {},
  ...fields,
});

before(async () => {
  running = await startRunning();
  await addPerson(running.store, { email: 'ada@example.org', role: 'admin', seesProtected: true });
  await addPerson(running.store, { email: 'bob@example.org', role: 'read' });
  for (let at = 0; at < 60; at += 1) {
    running.store.intake.addInbox(entry({ product: 'Shop', headers: { 'user-agent': 'curl/8.9.1' } }));
  }
  for (let at = 0; at < 3; at += 1) {
    running.store.intake.addInbox(
      entry({
        product: 'Editor',
        protocol: 'sentry',
        reason: 'key_rejected',
        status: 403,
        detail: 'the key ends in c41f',
        headers: { 'user-agent': 'sentry.python/2.19.0 (Linux)' },
      }),
    );
  }
  running.store.intake.addInbox(
    entry({ product: 'Editor', outcome: 'accepted_with_notes', reason: 'The clock was wrong.', status: 200 }),
  );
  [writer, reader] = [new Visitor(running.url), new Visitor(running.url)];
  await writer.signIn('ada@example.org', PASSWORD);
  await reader.signIn('bob@example.org', PASSWORD);
  await eventually(async () => (await writer.get('/inbox')).text.includes('The clock was wrong'));
});
after(() => running.stop());

/** What a page says, without its markup. */
const words = (text: string): string => text.replaceAll(/<[^>]+>/g, '').replaceAll(/\s+/g, ' ');
const rowsOf = (text: string): number => text.split('<tr data-row').length - 1;

test('the causes of refusals stand first, the most frequent before the others, each with what to change', async () => {
  const page = words((await writer.get('/inbox')).text);
  const [first, second, list] = [
    page.indexOf(REFUSALS.wrong_content_type.meaning),
    page.indexOf(REFUSALS.key_rejected.meaning),
    page.indexOf('Requests, newest first'),
  ];
  assert.ok(0 < first && first < second && second < list, `${first} ${second} ${list}`);
  assert.match(
    page,
    /60 requests, last just now · Shop · by curl What to change: Send the report as multipart/,
  );
  assert.match(page, /3 requests, last just now · Editor · by sentry\.python What to change: Use a DSN/);
});

test('outcomes are tabs that count what the other filters leave', async () => {
  const all = words((await writer.get('/inbox')).text);
  assert.match(all, /Everything 64 Refused 63 Turned away by a rule 0 Taken with a note 1/);
  const editor = words((await writer.get('/inbox?product=Editor')).text);
  assert.match(editor, /Everything 4 Refused 3 Turned away by a rule 0 Taken with a note 1/);
});

test('product, client, code and text narrow the list, and paging keeps them', async () => {
  for (const [query, rows] of [
    ['product=Editor', 4],
    ['client=sentry.python', 3],
    ['code=key_rejected', 3],
    ['text=CLOCK', 1],
    ['text=c41f', 3],
    ['product=Editor&outcome=refused&text=python', 3],
    ['product=Nowhere', 0],
  ] as const) {
    assert.equal(rowsOf((await writer.get(`/inbox?${query}`)).text), rows, query);
  }
  const first = (await writer.get('/inbox?product=Shop')).text;
  const [, older = ''] = /href="(\/inbox\?[^"]*cursor=[^"]*)"/.exec(first) ?? [];
  assert.match(older, /product=Shop/);
  const second = (await writer.get(older.replaceAll('&amp;', '&'))).text;
  assert.deepEqual([rowsOf(first), rowsOf(second)], [40, 20]);
});

test('a filter finds nothing in headers and details for who may not see them', async () => {
  assert.equal(rowsOf((await reader.get('/inbox?code=key_rejected')).text), 3);
  for (const query of ['client=sentry.python', 'text=c41f', 'text=python']) {
    const { text } = await reader.get(`/inbox?${query}`);
    assert.match(text, /Nothing here matches/, query);
    assert.equal(text.includes('sentry.python/2'), false);
  }
});

test('the API takes the same filters and says what to change', async () => {
  const ask = async (query: string) => {
    const answer = await fetch(`${running.url}/api/inbox?${query}`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    return (await answer.json()) as {
      readonly entries: readonly { readonly reason: string; readonly remedy: string | null }[];
      readonly next: string | null;
    };
  };
  const { entries } = await ask('product=Editor&code=key_rejected');
  assert.deepEqual(
    entries.map(({ reason, remedy }) => [reason, remedy]),
    Array.from({ length: 3 }, () => ['key_rejected', REFUSALS.key_rejected.remedy]),
  );
  let [pages, found] = [0, 0];
  for (let next: string | null = ''; next !== null; pages += 1) {
    const page = await ask(`product=Shop&limit=7&cursor=${encodeURIComponent(next)}`);
    found += page.entries.length;
    next = page.next;
  }
  assert.equal(found, 60);
});
