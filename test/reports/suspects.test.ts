// Suspect commits and owners by path on the page of a bug and over the API: who changed a file of the stack, and honest words where nobody did.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SCHEMAS } from '../../src/reports/operations/schemas.ts';
import { schemaFaults } from './support/json-schema.ts';
import { addPerson, addToken, PASSWORD, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { crash, fileReport, processed } from './support/seed-bugs.ts';
import { Visitor } from './support/visitor.ts';

const SHOP = '/api/products/default/shop';
let running: Running;
let reader: Visitor;
let writer: Visitor;
let token = '';
let bugId = 0;

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers that the schema check has seen
type Json = any;

before(async () => {
  running = await startRunning();
  const { store, url } = running;
  await addPerson(store, { email: 'reader@example.org', role: 'read' });
  await addPerson(store, { email: 'ann@example.org', role: 'triage' });
  token = await addToken(store, await addPerson(store, { email: 'admin@example.org', role: 'admin' }));
  [reader, writer] = [new Visitor(url), new Visitor(url)];
  await reader.signIn('reader@example.org', PASSWORD);
  await writer.signIn('ann@example.org', PASSWORD);
  const { filed } = await fileReport(store, {}, processed([crash()]));
  bugId = filed[0]?.bugId ?? 0;
});

after(() => running.stop());

async function call(path: string, body?: unknown, method = 'POST'): Promise<{ status: number; json: Json }> {
  const answer = await fetch(`${running.url}${path}`, {
    headers: { authorization: `Bearer ${token}` },
    ...(body !== undefined && { method, body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: await answer.json() };
}

async function suspects(): Promise<Json> {
  const { status, json } = await call(`/api/bugs/${bugId}/suspects`);
  assert.equal(status, 200);
  assert.deepEqual(schemaFaults(json, SCHEMAS.Suspects, SCHEMAS), []);
  return json;
}

test('where no tool named commits and nobody owns paths, nothing is said', async () => {
  const found = await suspects();
  assert.deepEqual([found.version, found.commits, found.suspects, found.owners], ['1.0.3', null, [], null]);
  assert.doesNotMatch((await reader.get(`/bugs/${bugId}`)).text, /Suspect commits/);
});

test('commits without paths, and commits elsewhere, are said to be no suspects', async () => {
  const commits = [{ id: 'aaaaaaa', message: 'Polish' }];
  await call(`${SHOP}/releases`, { version: '1.0.3', commits });
  assert.match(
    (await reader.get(`/bugs/${bugId}`)).text,
    /None of the 1 commit of <a [^>]+>1\.0\.3<\/a>.* comes with the paths that it changed/,
  );
  await call(`${SHOP}/releases`, {
    version: '1.0.3',
    commits: [{ ...commits[0], paths: ['src/basket.py'] }],
  });
  assert.match((await reader.get(`/bugs/${bugId}`)).text, /changed a file of the stack\./);
});

test('commits that changed a file of the stack are named with author, message and frame', async () => {
  await call(
    `${SHOP}/rules`,
    { source: { repository: 'https://github.com/example/shop', paths: [{ from: '/srv/' }] } },
    'PATCH',
  );
  const commits = [
    {
      id: '0123456789abcdef',
      author: 'Ann <b>',
      message: 'Divide <i>carefully</i>',
      at: '2026-11-19',
      paths: ['shop/cart.py'],
    },
    { id: 'fedcba9876543210', author: 'Ben', message: 'Serve', paths: ['shop/server.py'] },
    { id: '5555555555', message: 'Vendor', paths: ['django/core/handlers/base.py', 'base.py'] },
  ];
  const made = await call(`${SHOP}/releases`, { version: '1.0.3', commits });
  assert.equal(made.status, 201);
  assert.deepEqual(made.json.commitList[0].paths, ['shop/cart.py']);
  const found = await suspects();
  assert.deepEqual(
    found.suspects.map(({ commit, url, matches }: Json) => [
      commit.author,
      url,
      matches[0].frame,
      matches[0].by,
    ]),
    [
      ['Ann <b>', 'https://github.com/example/shop/commit/0123456789abcdef', 0, 'path'],
      ['Ben', 'https://github.com/example/shop/commit/fedcba9876543210', 6, 'path'],
    ],
  );
  assert.equal(found.sure, false);
  const { text } = await reader.get(`/bugs/${bugId}`);
  assert.match(text, /id="suspects"/);
  assert.match(text, /Divide &lt;i&gt;carefully&lt;\/i&gt;/);
  assert.match(text, /a suspicion, no proof/);
});

test('owners by path are shown, and offered as assignee to who may assign', async () => {
  const owners = ['* @all', 'shop/cart.py ann@example.org @carts'];
  const saved = await call(`${SHOP}/rules`, { source: { owners } }, 'PATCH');
  assert.equal(saved.status, 200);
  assert.deepEqual((await suspects()).owners, {
    owners: ['ann@example.org', '@carts'],
    pattern: 'shop/cart.py',
    path: 'shop/cart.py',
  });
  const read = await reader.get(`/bugs/${bugId}`);
  assert.match(read.text, /Owned by ann@example\.org, @carts/);
  assert.doesNotMatch(read.text, /Assign to ann/);
  assert.match((await writer.get(`/bugs/${bugId}`)).text, /<button>Assign to ann<\/button>/);
  const assigned = await writer.act(`/bugs/${bugId}`, 'assign', { assignee: 'ann@example.org' });
  assert.equal(assigned.status, 303);
  assert.doesNotMatch((await writer.get(`/bugs/${bugId}`)).text, /<button>Assign to ann<\/button>/);
});

test('what is too much is cut or refused, and a large body is taken', async () => {
  const paths = Array.from({ length: 600 }, (_, at) => `src/${at}.c`);
  const { json } = await call(`${SHOP}/releases`, { version: '3.0', commits: [{ id: 'ab12', paths }] });
  assert.deepEqual([json.commitList[0].paths.length, json.commitList[0].pathsLeft], [500, 100]);
  const many = Array.from({ length: 30 }, (_, at) => ({ id: `c${at}`, paths }));
  const bounded = await call(`${SHOP}/releases`, { version: '3.1', commits: many });
  const kept = bounded.json.commitList.reduce((sum: number, one: Json) => sum + one.paths.length, 0);
  assert.equal(kept, 10_000);
  const wrong = await call(`${SHOP}/releases`, { version: '3.1', commits: [{ id: 'a', paths: [1] }] });
  assert.deepEqual([wrong.status, wrong.json.error.code], [400, 'bad_release']);
  const tooLarge = await call(`${SHOP}/releases`, { version: '3.1', url: 'x'.repeat(4 * 1024 * 1024) });
  assert.equal(tooLarge.status, 413);
  // Every other operation has the smaller limit.
  assert.equal((await call(`/api/bugs/${bugId}/comment`, { text: 'x'.repeat(70_000) })).status, 413);
});
