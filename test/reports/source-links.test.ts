// Links of frames to their source, on pages and over the API: for whom, where to, and who may say so.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addPerson, addToken, PASSWORD, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { crash, fileReport, frame, processed } from './support/seed-bugs.ts';
import { Visitor } from './support/visitor.ts';

const COMMIT = '4dd0ee1a3a2b6c2a5c7ba2a6dd0cf9eb1e5b7a10';
const OTHER = 'b3aa61c0de0000000000000000000000000000ff';
const PAGE = '/products/default/shop/source';

let running: Running;
let reader: Visitor;
let trusted: Visitor;
let admin: Visitor;
let token = '';
const made = { crashId: '', bugId: 0 };

before(async () => {
  running = await startRunning();
  const { store, url } = running;
  await addPerson(store, { email: 'reader@example.org', role: 'read' });
  await addPerson(store, { email: 'trusted@example.org', role: 'read', seesProtected: true });
  token = await addToken(store, await addPerson(store, { email: 'admin@example.org', role: 'admin' }));
  [reader, trusted, admin] = [new Visitor(url), new Visitor(url), new Visitor(url)];
  await reader.signIn('reader@example.org', PASSWORD);
  await trusted.signIn('trusted@example.org', PASSWORD);
  await admin.signIn('admin@example.org', PASSWORD);
  const frames = [
    frame({ function: 'total', file: '/srv/shop/cart "x".py', line: 21, inApp: true }),
    frame({ function: 'get', file: '/srv/shop/vendor/base.py', line: 3, inApp: false }),
    frame({ function: 'main', file: 'hg:hg.mozilla.org/mozilla-central:xpcom/a.cpp:4dd0ee1a3a2b', line: 7 }),
  ];
  const { crashId, filed } = await fileReport(
    store,
    { annotations: [{ key: 'revision', value: OTHER }] },
    processed([
      crash({
        exceptions: [{ kind: 'ZeroDivisionError', message: 'zero', frames, omittedFrames: 0, data: [] }],
      }),
    ]),
  );
  Object.assign(made, { crashId, bugId: filed[0]?.bugId ?? 0 });
});

after(() => running.stop());

function linksIn(text: string): readonly string[] {
  return [...text.matchAll(/class="place"><a href="([^"]+)"/g)].map(([, address = '']) => address);
}

const HG = 'https://hg.mozilla.org/mozilla-central/file/4dd0ee1a3a2b/xpcom/a.cpp#l7';
const shop = (commit: string): string =>
  `https://github.com/example/shop/blob/${commit}/cart%20%22x%22.py#L21`;

test('a product that says nothing has links of file names that say it themselves', async () => {
  assert.deepEqual(linksIn((await reader.get(`/bugs/${made.bugId}`)).text), [HG]);
});

test('administrators say where the source lies; others see it and may not', async () => {
  assert.equal((await reader.act(PAGE, 'save', { repository: 'https://github.com/evil/shop' })).status, 403);
  const wrong = await admin.act(PAGE, 'save', { repository: 'https://git.example/shop', owners: '* @shop' });
  assert.equal(wrong.status, 400);
  assert.match(wrong.text, /&quot;kind&quot; is missing/);
  // What was typed is still there.
  assert.match(wrong.text, /\* @shop/);
  const saved = await admin.act(PAGE, 'save', {
    repository: 'https://github.com/example/shop.git',
    paths: '/srv/shop/ =>',
    commitAnnotations: 'revision',
  });
  assert.equal(saved.status, 303);
  assert.match((await reader.get(PAGE)).text, /https:\/\/github\.com\/example\/shop/);
  const { source } = await running.store.bugs.productRules('default', 'shop');
  assert.deepEqual(source.paths, [{ from: '/srv/shop/', to: '' }]);
});

test('frames lead to their line at the commit that a tool named of the release, foreign ones nowhere', async () => {
  assert.deepEqual(linksIn((await reader.get(`/bugs/${made.bugId}`)).text), [HG]);
  const named = await fetch(`${running.url}/api/products/default/shop/releases`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ version: '1.0.3', ref: COMMIT }),
  });
  assert.equal(named.status, 201);
  for (const path of [`/bugs/${made.bugId}`, `/reports/${made.crashId}`, `/reports/${made.crashId}/stack`]) {
    assert.deepEqual(linksIn((await reader.get(path)).text), [shop(COMMIT), HG], path);
  }
  const answer = await fetch(`${running.url}/api/reports/${made.crashId}/processed`, {
    headers: { authorization: `Bearer ${token}` },
  });
  // oxlint-disable-next-line typescript/no-explicit-any -- the test looks into the answer
  const json = (await answer.json()) as any;
  assert.deepEqual(
    json.processed.crashes[0].exceptions[0].frames.map((one: { sourceUrl?: string }) => one.sourceUrl),
    [shop(COMMIT), undefined, HG],
  );
});

test('a protected annotation names the commit only for people who may see it', async () => {
  const path = `/bugs/${made.bugId}`;
  assert.deepEqual(linksIn((await trusted.get(path)).text), [shop(OTHER), HG]);
  const others = await reader.get(path);
  assert.deepEqual(linksIn(others.text), [shop(COMMIT), HG]);
  assert.ok(!others.text.includes(OTHER));
  await running.store.people.updateProduct('default', 'shop', { publicAnnotations: ['revision'] });
  assert.deepEqual(linksIn((await reader.get(path)).text), [shop(OTHER), HG]);
});

test('what cannot be is refused with a sentence', async () => {
  const cases: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
    [{ repository: 'javascript:alert(1)' }, /must be the address of its page/],
    [{ repository: 'https://u:p@github.com/a/b' }, /without a password/],
    [{ repository: 5 }, /must be a text/],
    [{ kind: 'cvs' }, /is none of github/],
    [{ kind: 'template', template: null }, /"template" is missing/],
    [{ template: 'https://{path}.example/' }, /before the first slash/],
    [{ template: 'https://code.example/{file}' }, /no other braces/],
    [{ template: 'javascript:{path}' }, /must begin with http/],
    [{ paths: [{ from: '/a/', to: '../b' }] }, /must be a folder/],
    [{ paths: [{ from: '/a/', into: '' }] }, /"into" is none of/],
    [{ paths: Array.from({ length: 101 }, () => ({ from: '/a/' })) }, /at most 100/],
    [{ tag: 'v {version}' }, /must be the name of a tag/],
    [{ owners: ['a\nb'] }, /in one line/],
    [{ branch: 'main' }, /is none of repository/],
  ];
  for (const [source, fault] of cases) {
    const answer = await fetch(`${running.url}/api/products/default/shop/rules`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ source }),
    });
    assert.equal(answer.status, 400, JSON.stringify(source));
    const { error } = (await answer.json()) as { readonly error: { readonly message: string } };
    assert.match(error.message, fault);
  }
});
