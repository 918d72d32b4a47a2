// Symbols out of a browser: a form with the token of its page, by people who may, and what became of each file.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD, addPerson, startRunning, type Running } from '../support/running.ts';
import { Visitor } from '../support/visitor.ts';
import { formBody, symbolText } from './support.ts';

let running: Running;

before(async () => {
  running = await startRunning();
  for (const role of ['read', 'triage'] as const) {
    await addPerson(running.store, { email: `${role}@example.org`, role });
  }
});
after(() => running.stop());

async function visitorOf(role: 'read' | 'triage'): Promise<Visitor> {
  const visitor = new Visitor(running.url);
  await visitor.signIn(`${role}@example.org`, PASSWORD);
  return visitor;
}

/** Posts files as the form of the page does. */
async function post(
  visitor: Visitor,
  files: Readonly<Record<string, string>>,
  options: { readonly csrf?: string; readonly origin?: string } = {},
): Promise<{ readonly status: number; readonly text: string }> {
  const page = await visitor.get('/symbols');
  const csrf = options.csrf ?? /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const { body, contentType } = formBody([
    { name: 'csrf', content: csrf },
    ...Object.entries(files).map(([filename, content]) => ({ name: 'symbol_file', filename, content })),
  ]);
  const answer = await fetch(`${running.url}/symbols/upload`, {
    method: 'POST',
    body: new Uint8Array(body),
    redirect: 'manual',
    headers: {
      'content-type': contentType,
      origin: options.origin ?? running.url,
      cookie: [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    },
  });
  return { status: answer.status, text: (await answer.text()).replaceAll(/\s+/g, ' ') };
}

test('several files at once are taken, and each is told of', async () => {
  const answer = await post(await visitorOf('triage'), {
    'libapp.so.sym': symbolText(),
    'notes.sym': 'no symbols at all',
  });
  assert.equal(answer.status, 200);
  assert.match(answer.text, /1 new file\. No stored report waited for them\./);
  assert.match(answer.text, /libapp\.so\.sym<\/td>.*uploaded/);
  assert.match(answer.text, /notes\.sym<\/td>.*refused/);
  assert.equal((await running.store.symbols.totals()).files, 1);
});

test('without the token of the page, from another page, and without the right nothing is taken', async () => {
  const sym = { 'x.sym': symbolText({ debugFile: 'x.so', debugId: `${'2'.repeat(32)}0` }) };
  const visitor = await visitorOf('triage');
  assert.equal((await post(visitor, sym, { csrf: 'made-up' })).status, 403);
  assert.equal((await post(visitor, sym, { origin: 'https://elsewhere.example' })).status, 403);
  assert.equal((await post(await visitorOf('read'), sym)).status, 403);
  assert.equal((await post(new Visitor(running.url), sym)).status, 303);
  assert.equal((await running.store.symbols.totals()).files, 1);
});

test('a form without a file says what to do', async () => {
  const answer = await post(await visitorOf('triage'), { '': '' });
  assert.equal(answer.status, 400);
  assert.match(answer.text, /No file was chosen/);
});

test('people who may not upload see no form', async () => {
  assert.doesNotMatch((await (await visitorOf('read')).get('/symbols')).text, /type="file"/);
  assert.match((await (await visitorOf('triage')).get('/symbols')).text, /type="file"/);
});
