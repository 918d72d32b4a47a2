// Symbols as other tools read them: the tree, by code id, symbolication; and who may.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ADMIN_TOKEN, addPerson, addToken, startRunning, type Running } from '../support/running.ts';
import { symbolText } from './support.ts';

const ID = 'AABBCCDDEEFF001122334455667788990';
const TEXT = symbolText();
const PDB_ID = '3249D99D0C4049318610F4E4FB0B69361';
const PDB_TEXT = [
  `MODULE windows x86_64 ${PDB_ID} App.pdb`,
  'INFO CODE_ID 5CF2591C6859000 App.exe',
  'FUNC 1000 10 0 main',
  '',
].join('\n');

let running: Running;
let open: Running;
let token = '';

/** As a request through a proxy on this machine: not from this machine itself. */
const REMOTE = { 'x-forwarded-for': '203.0.113.9' };

before(async () => {
  running = await startRunning();
  open = await startRunning({ publicSymbols: true });
  token = await addToken(
    running.store,
    await addPerson(running.store, { email: 'r@example.org', role: 'read' }),
  );
  for (const { url } of [running, open]) {
    for (const text of [TEXT, PDB_TEXT]) {
      const reply = await fetch(`${url}/api/symbols`, {
        method: 'POST',
        body: text,
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      });
      assert.equal(reply.status, 201);
    }
  }
});

after(async () => {
  await running.stop();
  await open.stop();
});

const get = (path: string, headers: Readonly<Record<string, string>> = {}, method: 'GET' | 'HEAD' = 'GET') =>
  fetch(`${running.url}${path}`, { method, headers, redirect: 'manual' });

describe('GET /symbols/<debug file>/<debug id>/<file>', () => {
  test('gives the text, gzip where accepted, with the id in any case', async () => {
    for (const id of [ID, ID.toLowerCase()]) {
      const plain = await get(`/symbols/libapp.so/${id}/libapp.so.sym`, { 'accept-encoding': 'identity' });
      assert.equal(plain.status, 200);
      assert.equal(plain.headers.get('content-encoding'), null);
      assert.equal(plain.headers.get('content-length'), String(Buffer.byteLength(TEXT)));
      assert.match(plain.headers.get('content-type') ?? '', /^text\/plain/);
      assert.equal(await plain.text(), TEXT);
      const zipped = await get(`/symbols/libapp.so/${id}/libapp.so.sym`, { 'accept-encoding': 'gzip' });
      assert.equal(zipped.headers.get('content-encoding'), 'gzip');
      assert.equal(await zipped.text(), TEXT);
    }
  });

  test('answers HEAD, and a tag that still holds with 304', async () => {
    const path = `/symbols/App.pdb/${PDB_ID}/App.sym`;
    const head = await get(path, { 'accept-encoding': 'identity' }, 'HEAD');
    assert.equal(head.status, 200);
    assert.equal(await head.text(), '');
    const tag = head.headers.get('etag') ?? '';
    const again = await get(path, { 'accept-encoding': 'identity', 'if-none-match': tag });
    assert.equal(again.status, 304);
  });

  test('redirects from a code id', async () => {
    const answer = await get('/symbols/App.exe/5CF2591C6859000/App.sym');
    assert.equal(answer.status, 302);
    assert.equal(answer.headers.get('location'), `/symbols/App.pdb/${PDB_ID}/App.sym`);
  });

  test('answers 404 as text for what is not there, and for names that lead elsewhere', async () => {
    for (const path of [
      `/symbols/libapp.so/${'1'.repeat(32)}0/libapp.so.sym`,
      `/symbols/libapp.so/${ID}/other.sym`,
      `/symbols/libapp.so/${ID}/libapp.so.sym.gz`,
      `/symbols/libapp.so/${'0'.repeat(33)}/libapp.so.sym`,
      `/symbols/..%2f..%2fmayday.db/${ID}/mayday.sym`,
      `/symbols/%2e%2e/${ID}/libapp.so.sym`,
      '/symbols/libapp.so/not-an-id/libapp.so.sym',
    ]) {
      const answer = await get(path, { authorization: `Bearer ${token}` });
      assert.equal(answer.status, 404, path);
    }
    const answer = await get(`/symbols/libapp.so/${ID}/other.sym`);
    assert.equal(await answer.text(), 'Symbol Not Found');
  });

  test('is for this machine, and for tokens as a bearer or a password', async () => {
    const path = `/symbols/libapp.so/${ID}/libapp.so.sym`;
    assert.equal((await get(path)).headers.get('access-control-allow-origin'), null);
    const closed = await get(path, REMOTE);
    assert.equal(closed.status, 401);
    assert.match(closed.headers.get('www-authenticate') ?? '', /^Basic/);
    const basic = `Basic ${Buffer.from(`x:${token}`).toString('base64')}`;
    for (const authorization of [`Bearer ${token}`, basic]) {
      const answer = await get(path, { ...REMOTE, authorization });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    }
    assert.equal((await get(path, { ...REMOTE, authorization: 'Bearer wrong' })).status, 401);
  });

  test('is for anyone, from any page, where symbols are public', async () => {
    const answer = await fetch(`${open.url}/symbols/libapp.so/${ID}/libapp.so.sym`, { headers: REMOTE });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  });
});

describe('POST /symbolicate', () => {
  const job = {
    memoryMap: [
      ['libapp.so', ID],
      ['gone.so', `${'2'.repeat(32)}0`],
    ],
    stacks: [
      [
        [0, 0x1024],
        [1, 0x10],
        [-1, 0x99],
      ],
    ],
  };
  const post = (url: string, path: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${url}${path}`, { method: 'POST', body, headers });

  test('v5 names what it knows', async () => {
    const answer = await post(running.url, '/symbolicate/v5', JSON.stringify({ jobs: [job] }));
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), {
      results: [
        {
          stacks: [
            [
              {
                frame: 0,
                module: 'libapp.so',
                module_offset: '0x1024',
                function: 'app::start()',
                function_offset: '0x24',
                file: 'src/start.cc',
                line: 13,
              },
              { frame: 1, module: 'gone.so', module_offset: '0x10' },
              { frame: 2, module: '<unknown>', module_offset: '0x99' },
            ],
          ],
          found_modules: { [`libapp.so/${ID}`]: true, [`gone.so/${'2'.repeat(32)}0`]: false },
        },
      ],
    });
  });

  test('v4 gives names alone', async () => {
    const answer = await post(running.url, '/symbolicate/v4', JSON.stringify({ ...job, version: 4 }));
    assert.deepEqual(await answer.json(), {
      symbolicatedStacks: [['app::start() (in libapp.so)', '0x10 (in gone.so)', '0x99 (in <unknown>)']],
      knownModules: [true, false],
    });
  });

  test('says what is wrong with a request', async () => {
    for (const [body, title] of [
      ['nonsense', /not valid JSON/],
      [JSON.stringify({ jobs: Array.from({ length: 11 }, () => job) }), /limit number of jobs/],
      [JSON.stringify({ jobs: [{ ...job, stacks: [[[7, 1]]] }] }), /^job 0 has invalid stacks/],
    ] as const) {
      const answer = await post(running.url, '/symbolicate/v5', body);
      assert.equal(answer.status, 400);
      assert.match(((await answer.json()) as { title: string }).title, title);
    }
    const large = await post(running.url, '/symbolicate/v5', 'x'.repeat(17 * 1024 * 1024));
    assert.equal(large.status, 413);
    assert.equal((await fetch(`${running.url}/symbolicate/v5`)).status, 405);
  });

  test('is closed to others, answers the preflight of browsers, and open where symbols are public', async () => {
    const body = JSON.stringify(job);
    assert.equal((await post(running.url, '/symbolicate/v5', body, REMOTE)).status, 401);
    const preflight = await fetch(`${running.url}/symbolicate/v5`, { method: 'OPTIONS', headers: REMOTE });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
    const answer = await post(open.url, '/symbolicate/v5', body, REMOTE);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  });
});

describe('the API of symbols', () => {
  const api = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${running.url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers
    return { status: answer.status, json: (answer.status === 204 ? null : await answer.json()) as any };
  };

  test('lists, finds and shows them', async () => {
    const list = await api('/api/symbols?order=name&text=app.pdb');
    assert.deepEqual(
      list.json.symbols.map(({ debugFile }: { debugFile: string }) => debugFile),
      ['App.pdb'],
    );
    assert.equal((await api(`/api/symbols/App.pdb/${PDB_ID}`)).json.codeFile, 'App.exe');
    assert.equal((await api(`/api/symbols/App.pdb/${ID}`)).status, 404);
    assert.equal((await api('/api/symbols?order=odd')).status, 400);
    assert.deepEqual((await api('/api/symbols/missing')).json, { missing: [] });
  });

  test('tells an uploader what is there', async () => {
    const files = [
      { debugFile: 'App.pdb', debugId: PDB_ID },
      { debugFile: 'App.pdb', debugId: ID },
      'nonsense',
    ];
    const known = await api('/api/symbols/known', { method: 'POST', body: JSON.stringify({ files }) });
    assert.match(known.json.files[0].sha256, /^[0-9a-f]{64}$/);
    assert.deepEqual(known.json.files.slice(1), [null, null]);
  });

  test('describes every endpoint in the OpenAPI document', async () => {
    const { json } = await api('/api/openapi.json');
    for (const path of [
      '/api/symbols',
      '/upload/',
      '/v1/uploads:create',
      '/symbolicate/v5',
      '/symbols/{debugFile}/{debugId}/{file}',
    ])
      assert.ok(path in json.paths, path);
  });

  test('deletes one, and many by age', async () => {
    assert.equal((await api(`/api/symbols/App.pdb/${PDB_ID}`, { method: 'DELETE' })).status, 204);
    assert.equal((await api(`/api/symbols/App.pdb/${PDB_ID}`, { method: 'DELETE' })).status, 404);
    const none = await api('/api/symbols/delete', { method: 'POST', body: '{}' });
    assert.equal(none.status, 400);
    const olderThan = new Date(Date.now() + 60_000).toISOString();
    const all = await api('/api/symbols/delete', { method: 'POST', body: JSON.stringify({ olderThan }) });
    assert.deepEqual(all.json, { deleted: 1 });
  });
});
