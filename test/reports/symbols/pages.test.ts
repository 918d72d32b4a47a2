// The pages of symbols: the list, one file, what is missing.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ADMIN_TOKEN, PASSWORD, addPerson, startRunning, type Running } from '../support/running.ts';
import { Visitor } from '../support/visitor.ts';
import { symbolText } from './support.ts';

const ID = 'AABBCCDDEEFF001122334455667788990';

let running: Running;

const visitorOf = async (role: 'read' | 'triage' | 'admin'): Promise<Visitor> => {
  const visitor = new Visitor(running.url);
  await visitor.signIn(`${role}@example.org`, PASSWORD);
  return visitor;
};

async function upload(text: string, product = 'App'): Promise<void> {
  const answer = await fetch(`${running.url}/api/symbols?product=${product}`, {
    method: 'POST',
    body: text,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  assert.ok(answer.ok);
}

before(async () => {
  running = await startRunning();
  for (const role of ['read', 'triage', 'admin'] as const) {
    await addPerson(running.store, { email: `${role}@example.org`, role });
  }
});

after(() => running.stop());

describe('/symbols', () => {
  test('says how symbols get there while there are none', async () => {
    const page = await (await visitorOf('read')).get('/symbols');
    assert.equal(page.status, 200);
    assert.match(page.text, /npm run mayday -- symbols upload path\/to\/symbols --url/);
  });

  test('lists them, finds them by name, id and product, and leads to each', async () => {
    await upload(symbolText());
    await upload(symbolText({ debugFile: 'other<b>.so', debugId: `${'1'.repeat(32)}0` }), 'Second');
    const visitor = await visitorOf('read');
    const all = await visitor.get('/symbols');
    assert.match(all.text, /2 files/);
    assert.match(all.text, new RegExp(`href="/symbols/libapp.so/${ID}"`));
    assert.doesNotMatch(all.text, /<b>/);
    for (const query of ['text=libapp', `text=${ID.slice(0, 12)}`, 'product=App']) {
      const found = await visitor.get(`/symbols?${query}`);
      assert.match(found.text, /libapp\.so/, query);
      assert.doesNotMatch(found.text, /other&lt;b/, query);
    }
    assert.match((await visitor.get('/symbols?text=nothing')).text, /No symbols match/);
    assert.ok(all.byteLength < 60_000);
  });

  test('deletes by product and age, for administrators', async () => {
    const reader = await visitorOf('read');
    assert.doesNotMatch((await reader.get('/symbols')).text, /Delete symbols/);
    assert.equal((await reader.act('/symbols', 'delete-old', { product: 'Second' })).status, 403);
    const admin = await visitorOf('admin');
    assert.equal((await admin.act('/symbols', 'delete-old', {})).status, 400);
    assert.equal((await admin.act('/symbols', 'delete-old', { product: 'Second' })).status, 303);
    assert.equal((await running.store.symbols.totals()).files, 1);
    assert.equal((await admin.act('/symbols', 'delete-old', { days: '30' })).status, 303);
    assert.equal((await running.store.symbols.totals()).files, 1);
  });
});

describe('/symbols/<debug file>/<debug id>', () => {
  test('shows the file, and lets writers delete it', async () => {
    const path = `/symbols/libapp.so/${ID}`;
    const reader = await visitorOf('read');
    const page = await reader.get(path);
    assert.match(page.text, /DDCCBBAAFFEE/);
    assert.match(page.text, new RegExp(`href="${path}/libapp.so.sym"`));
    assert.doesNotMatch(page.text, /Delete these/);
    assert.equal((await reader.act(path, 'delete')).status, 403);
    const writer = await visitorOf('triage');
    assert.equal((await writer.act(path, 'delete')).status, 303);
    assert.equal((await writer.get(path)).status, 404);
    assert.equal((await writer.get('/symbols/%2e%2e/zz')).status, 404);
  });
});

describe('/symbols/missing', () => {
  test('says so where nothing is missing', async () => {
    const page = await (await visitorOf('read')).get('/symbols/missing');
    assert.equal(page.status, 200);
    assert.match(page.text, /Nothing is missing/);
  });
});
