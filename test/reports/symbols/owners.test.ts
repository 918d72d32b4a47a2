// Whose uploaded symbols are, over every way in: one account's, also where the uploader belongs to several.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { storeReport } from '../../store/conformance/report-builder.ts';
import {
  addPerson,
  addToken,
  ADMIN_TOKEN,
  PASSWORD,
  startRunning,
  type Running,
} from '../support/running.ts';
import { Visitor } from '../support/visitor.ts';
import { formBody, symbolText } from './support.ts';

const KEY = { debugFile: 'libapp.so', debugId: 'AABBCCDDEEFF001122334455667788990' };
const TEXT = symbolText(KEY);

let running: Running;
/** Belongs to acme and apex. */
let both = '';
/** Belongs to apex. */
let apex = '';
/** Of an installation as it is after the first upload: to default and test. */
let single = '';

before(async () => {
  running = await startRunning();
  for (const account of ['acme', 'apex']) await running.store.accounts.create(account);
  for (const [account, product] of [
    ['acme', 'Shop'],
    ['apex', 'Till'],
    ['acme', 'App'],
    ['apex', 'App'],
    ['test', 'App'],
  ] as const)
    await running.store.people.createProductByHand(account, product);
  const tokenOf = async (email: string, accounts: readonly string[]): Promise<string> =>
    addToken(running.store, await addPerson(running.store, { email, role: 'triage', accounts }));
  both = await tokenOf('both@example.org', ['acme', 'apex']);
  apex = await tokenOf('apex@example.org', ['apex']);
  single = await tokenOf('single@example.org', ['default', 'test']);
});

after(() => running.stop());

beforeEach(async () => {
  await running.store.symbols.deleteSymbols(KEY);
});

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly code: string | undefined;
}

async function send(
  where: string,
  options: {
    readonly token: string;
    readonly body?: string | Buffer;
    readonly type?: string;
    readonly method?: string;
  },
): Promise<Reply> {
  const { token, body = TEXT, type = 'application/octet-stream', method = 'POST' } = options;
  const response = await fetch(new URL(where, running.url), {
    method,
    body: new Uint8Array(Buffer.from(body)),
    headers: { 'content-type': type, authorization: `Bearer ${token}`, 'auth-token': token },
  });
  const text = await response.text();
  const [, code] = /"code":\s*"([a-z_]+)"/.exec(text) ?? [];
  return { status: response.status, text, code };
}

const owners = () => running.store.symbols.accountsOf(KEY);

describe('an upload of somebody who belongs to two accounts', () => {
  test('is refused with the accounts that may be named, where it names none', async () => {
    const reply = await send('/api/symbols', { token: both });
    assert.deepEqual([reply.status, reply.code], [400, 'whose']);
    assert.match(reply.text, /\(acme, apex\)/);
    assert.equal(await running.store.symbols.getSymbols(KEY), null);
  });

  test('is refused where both have the product that it names, or neither', async () => {
    for (const product of ['App', 'Nothing'])
      assert.equal((await send(`/api/symbols?product=${product}`, { token: both })).code, 'whose');
  });

  test('belongs to the account that it names', async () => {
    assert.equal((await send('/api/symbols?account=apex&product=App', { token: both })).status, 201);
    assert.deepEqual(await owners(), ['apex']);
  });

  test('belongs to the only account that has its product', async () => {
    assert.equal((await send('/api/symbols?product=Shop', { token: both })).status, 201);
    assert.deepEqual(await owners(), ['acme']);
  });

  test('may name the account by a former name', async () => {
    await running.store.accounts.rename('apex', 'summit');
    try {
      assert.equal((await send('/api/symbols?account=apex', { token: both })).status, 201);
      assert.deepEqual(await owners(), ['summit']);
    } finally {
      await running.store.accounts.rename('summit', 'apex');
    }
  });

  test('names no account of others, and learns none', async () => {
    for (const account of ['default', 'nowhere']) {
      const reply = await send(`/api/symbols?account=${account}`, { token: both });
      assert.deepEqual([reply.status, reply.code], [400, 'no_account']);
      assert.match(reply.text, /\(acme, apex\)/);
    }
    const reply = await send('/api/symbols?account=acme', { token: apex });
    assert.equal(reply.code, 'no_account');
    assert.ok(!reply.text.includes('acme'));
  });

  test('is the same in forms, of Tecken’s clients and of sym_upload', async () => {
    const fields = (account: string) =>
      formBody([
        ...(account === '' ? [] : [{ name: 'account', content: account }]),
        { name: 'symbol_file', filename: 'libapp.so.sym', content: TEXT },
      ]);
    for (const where of ['/api/symbols', '/upload/']) {
      const none = fields('');
      const refused = await send(where, { token: both, body: none.body, type: none.contentType });
      assert.equal(refused.status, 400);
      assert.match(refused.text, /acme, apex/);
      const named = fields('acme');
      const taken = await send(where, { token: both, body: named.body, type: named.contentType });
      assert.ok(taken.status < 300, taken.text);
      assert.deepEqual(await owners(), ['acme']);
      await running.store.symbols.deleteSymbols(KEY);
    }
    const complete = async (product: string): Promise<Reply> => {
      const { text } = await send('/v1/uploads:create', { token: both, body: '' });
      const key = /"uploadKey": "([0-9a-f]+)"/.exec(text)?.[1] ?? '';
      await send(`/v1/uploads/${key}`, { token: both, method: 'PUT' });
      const body = `{ symbol_id: {debug_file: "${KEY.debugFile}", debug_id: "${KEY.debugId}" }${product} }`;
      return send(`/v1/uploads/${key}:complete`, { token: both, body });
    };
    assert.equal((await complete('')).code, 'whose');
    assert.equal((await complete(', product_name: "Till"')).status, 200);
    assert.deepEqual(await owners(), ['apex']);
  });

  test('is asked for by an uploader as far as the account has it that it names', async () => {
    await send('/api/symbols', { token: apex });
    const known = async (place: object): Promise<unknown> => {
      const body = JSON.stringify({ files: [KEY], ...place });
      const { text } = await send('/api/symbols/known', { token: both, body, type: 'application/json' });
      return (JSON.parse(text) as { readonly files: readonly unknown[] }).files[0];
    };
    assert.notEqual(await known({ account: 'apex' }), null);
    assert.equal(await known({ account: 'acme' }), null);
    assert.equal(await known({ product: 'Shop' }), null);
    const status = async (account: string): Promise<string> => {
      const path = `/v1/symbols/${KEY.debugFile}/${KEY.debugId}:checkStatus?account=${account}`;
      const headers = { authorization: `Bearer ${both}` };
      return (await fetch(new URL(path, running.url), { headers })).text();
    };
    assert.match(await status('apex'), /FOUND/);
    assert.match(await status('acme'), /MISSING/);
    assert.equal((await send('/api/symbols?account=acme', { token: both })).status, 200);
    assert.deepEqual(await owners(), ['acme', 'apex']);
  });
});

test('whoever has one account beside `test` says nothing, and may change the file later', async () => {
  assert.equal((await send('/api/symbols', { token: single })).status, 201);
  assert.deepEqual(await owners(), ['default']);
  const better = symbolText({ ...KEY, name: 'app::begin()' });
  assert.equal((await send('/api/symbols', { token: single, body: better })).status, 201);
});

test('a token of the installation is asked whose an upload is, too', async () => {
  assert.equal((await send('/api/symbols', { token: ADMIN_TOKEN })).code, 'whose');
  assert.equal((await send('/api/symbols?account=acme', { token: ADMIN_TOKEN })).status, 201);
  assert.deepEqual(await owners(), ['acme']);
});

describe('the page', () => {
  async function upload(visitor: Visitor, fields: Readonly<Record<string, string>>): Promise<Response> {
    const page = await visitor.get('/symbols/upload');
    const csrf = /name="csrf" value="([^"]*)"/.exec(page.text)?.[1] ?? '';
    const { body, contentType } = formBody([
      ...Object.entries({ csrf, ...fields }).map(([name, content]) => ({ name, content })),
      { name: 'symbol_file', filename: 'libapp.so.sym', content: TEXT },
    ]);
    return fetch(new URL('/symbols/upload', running.url), {
      method: 'POST',
      body: new Uint8Array(body),
      headers: {
        'content-type': contentType,
        cookie: [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        origin: new URL(running.url).origin,
      },
    });
  }

  test('asks somebody of two accounts whose the files are, and takes no answer for none', async () => {
    const visitor = new Visitor(running.url);
    await visitor.signIn('both@example.org', PASSWORD);
    for (const address of ['/symbols', '/symbols/upload'])
      assert.match((await visitor.get(address)).text, /They belong to the account/, address);
    const refused = await upload(visitor, { account: '' });
    assert.equal(refused.status, 400);
    assert.match(await refused.text(), /It is not clear whose the symbols are.*acme, apex/);
    assert.equal((await upload(visitor, { account: 'acme' })).status, 200);
    assert.deepEqual(await owners(), ['acme']);
  });

  test('gives what is uploaded from a report to the account of the report', async () => {
    const { crashId } = await storeReport(running.store, { account: 'apex', product: 'Till' });
    const visitor = new Visitor(running.url);
    await visitor.signIn('both@example.org', PASSWORD);
    const answer = await upload(visitor, { report: crashId });
    assert.ok(answer.status < 400, await answer.text());
    assert.deepEqual(await owners(), ['apex']);
  });

  test('asks nothing where it is clear', async () => {
    const visitor = new Visitor(running.url);
    await visitor.signIn('single@example.org', PASSWORD);
    assert.doesNotMatch((await visitor.get('/symbols/upload')).text, /They belong to the account/);
    assert.equal((await upload(visitor, {})).status, 200);
    assert.deepEqual(await owners(), ['default']);
  });
});
