// docs/protocols/crashkit.md: CrashKit's current API and its oldest paths.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SHARED_ABSENT, sharedData } from '../shared-data.ts';
import { post, raw, request, withServer } from './harness.ts';

const PAYLOAD = JSON.stringify([
  {
    language: 'python',
    client_version: '1.0.3',
    role: 'customer',
    env: { os_kernel_name: 'Darwin', os_kernel_version: '9.8.0' },
    exceptions: [
      {
        name: 'ZeroDivisionError',
        message: 'integer division by zero',
        locations: [{ package: 'polls.views', method: 'vote', line: 21, claimed: true }],
      },
    ],
  },
]);
const POST = '/test/products/py/post-report/0/0';

test('a client id is handed out and then known, for its own product only', () =>
  withServer({}, async (server) => {
    for (const method of ['GET', 'POST']) {
      const answer = await request(server, '/test/products/py/obtain-client-id', { method });
      assert.equal(answer.status, 200);
      const { text } = answer;
      assert.match(text, /^response=ok&client_id=\d+&client_cookie=[A-Za-z0-9]{12}$/);
      const reply = new URLSearchParams(text);
      const id = `${reply.get('client_id')}/${reply.get('client_cookie')}`;
      assert.equal((await post(server, `/test/products/py/post-report/${id}`, PAYLOAD)).status, 200);
      assert.equal(server.store.last.installation, reply.get('client_id'));
      for (const path of [
        `/test/products/other/post-report/${id}`,
        `/test/products/py/post-report/${id}x`,
        `/test/products/py/post-report/9${id}`,
        '/test/products/py/post-report/0/abc',
        '/test/products/py/post-report/x/0',
        `/default/products/py/post-report/${id}`,
      ]) {
        const refused = await post(server, path, PAYLOAD);
        assert.deepEqual([refused.status, refused.text], [403, 'response=invalid-client-id'], path);
      }
    }
  }));

test('a report is stored as sent, with what can be searched for', () =>
  withServer({}, async (server) => {
    const answer = await post(server, POST, PAYLOAD, { 'Content-Type': 'application/x-www-form-urlencoded' });
    assert.deepEqual([answer.status, answer.text], [200, 'response=ok&status=0&error=none&blobs=']);
    const { last, annotations } = server.store;
    assert.deepEqual(
      [
        last.account,
        last.product,
        last.version,
        last.platform,
        last.installation,
        last.payloadKind,
        last.identity,
      ],
      ['test', 'py', '1.0.3', 'Darwin 9.8.0', null, 'json', null],
    );
    assert.equal(annotations['language'], 'python');
    assert.equal(annotations['exception.name'], 'ZeroDivisionError');
    assert.equal(annotations['exception.message'], 'integer division by zero');
    assert.equal(annotations['exception.location'], 'polls.views.vote:21');
    assert.deepEqual(
      last.attachments.map(({ name, kind, bytes }) => [name, kind, bytes.toString()]),
      [['payload.json', 'payload', PAYLOAD]],
    );
    await post(server, POST, PAYLOAD);
    assert.equal(server.store.reports.length, 2, 'nothing tells two occurrences apart');
  }));

test('a GET with a body posts as well', () =>
  withServer({}, async (server) => {
    const { text } = await raw(
      server.port,
      [`GET ${POST} HTTP/1.1\r\nHost: x\r\nContent-Length: ${PAYLOAD.length}\r\n\r\n${PAYLOAD}`],
      { until: /blobs=/ },
    );
    assert.match(text, /response=ok&status=0/);
  }));

test('an empty or blank body is json-payload-required', () =>
  withServer({}, async (server) => {
    for (const body of ['', ' \r\n\t', '\n'.repeat(100_000)]) {
      for (const path of [
        POST,
        '/py/post-report/0/0',
        '/api/1/test/products/py/reports',
        '/api/1/test/products/py/reports?debug=1',
      ]) {
        const answer = await post(server, path, body);
        assert.deepEqual([answer.status, answer.text], [400, 'response=json-payload-required'], path);
      }
    }
    assert.equal((await request(server, POST)).status, 400);
    assert.equal(server.store.reports.length, 0);
    assert.equal(server.store.openDrafts, 0);
  }));

test('a payload that is not JSON is stored and answered ok', () =>
  withServer({}, async (server) => {
    for (const payload of [
      '{"a":',
      'a=b&c=d',
      '[]',
      '42',
      '"\\ud800"',
      Buffer.from([0xff, 0xfe]),
      '['.repeat(50_000),
    ]) {
      const answer = await post(server, POST, payload);
      assert.deepEqual([answer.status, answer.text], [200, 'response=ok&status=0&error=none&blobs=']);
      assert.ok(server.store.last.attachments[0]?.bytes.equals(Buffer.from(payload)));
      assert.ok(server.store.last.notes.length > 0);
    }
  }));

test('an account or product that does not exist is not-found', () =>
  withServer({}, async (server) => {
    const paths = (account: string, product: string) => [
      `/${account}/products/${product}/obtain-client-id`,
      `/${account}/products/${product}/post-report/0/0`,
      `/${account}/products/${product}/post-blob/0/0/abc`,
      `/api/1/${account}/products/${product}/reports`,
    ];
    const refused = [
      ...paths('nobody', 'p'),
      ...paths('default', 'a%20b'),
      ...paths('default', 'x'.repeat(101)),
    ];
    for (const path of refused) {
      const answer = await post(server, path, PAYLOAD);
      assert.deepEqual([answer.status, answer.text], [404, 'response=not-found'], path);
    }
    server.store.state.autoProducts = false;
    for (const path of paths('default', 'new'))
      assert.equal((await post(server, path, PAYLOAD)).status, 404, path);
    assert.equal(server.store.reports.length, 0);
  }));

test('blobs that the product lacks are asked for, then posted, and not overwritten', () =>
  withServer({}, async (server) => {
    const payload = '[{"data":{"a":"blob:AB12","b":["blob:cd34","blob:AB12"]}}]';
    assert.equal((await post(server, POST, payload)).text, 'response=ok&status=0&error=none&blobs=AB12,cd34');
    const blob = '/test/products/py/post-blob/0/0/AB12';
    const sent = await post(server, blob, Buffer.from([0, 1, 2]));
    assert.deepEqual([sent.status, sent.text], [200, 'response=ok']);
    assert.equal((await post(server, blob, 'other')).text, 'response=ok');
    assert.deepEqual([...(server.store.blobs.get('test/py/AB12') ?? [])], [0, 1, 2]);
    assert.equal((await post(server, POST, payload)).text, 'response=ok&status=0&error=none&blobs=cd34');
    assert.equal((await post(server, '/test/products/py/post-blob/0/0/a-b', 'x')).status, 404);
    assert.equal((await post(server, '/test/products/py/post-blob/7/x/ab', 'x')).status, 403);
  }));

test('the test account tells its last report byte for byte, no other account does', () =>
  withServer({}, async (server) => {
    const last = '/test/products/py/last-posted-report';
    assert.deepEqual([(await request(server, last)).status, (await request(server, last)).text], [200, '[]']);
    await post(server, POST, '[{"n": 1}]');
    await post(server, POST, ' [{"n": 2}] ');
    assert.equal((await request(server, last)).text, ' [{"n": 2}] ');
    const other = await request(server, '/default/products/py/last-posted-report');
    assert.deepEqual([other.status, other.text], [404, 'response=not-found']);
  }));

test('the oldest paths file under the default account and tell a real status, without blobs', () =>
  withServer({}, async (server) => {
    const id = await request(server, '/py/obtain-client-id');
    assert.match(id.text, /^response=ok&client_id=\d+&client_cookie=\w+$/);
    const reply = new URLSearchParams(id.text);
    const path = `/py/post-report/${reply.get('client_id')}/${reply.get('client_cookie')}`;
    assert.equal((await post(server, path, PAYLOAD)).text, 'response=ok&status=1&error=none');
    assert.equal(server.store.last.account, 'default');
    for (const payload of ['{"no":"array"}', '[]', '[1]', '[{}]', '{"a":', '[{"exceptions":[]}]']) {
      const answer = await post(server, path, payload);
      assert.equal(answer.status, 200);
      const failed = new URLSearchParams(answer.text);
      assert.equal(failed.get('status'), '2', payload);
      assert.notEqual(failed.get('error'), 'none');
      assert.equal(failed.get('blobs'), null);
      assert.equal(server.store.last.attachments[0]?.bytes.toString(), payload, 'kept all the same');
    }
  }));

test('where a processor runs, the oldest paths tell what it says', async () => {
  let ok = true;
  const processNow = () => Promise.resolve({ ok, error: ok ? '' : 'no & stack', bug: null });
  await withServer({ processNow }, async (server) => {
    assert.equal((await post(server, '/py/post-report/0/0', '{}')).text, 'response=ok&status=1&error=none');
    ok = false;
    const failed = await post(server, '/py/post-report/0/0', PAYLOAD);
    assert.equal(failed.text, 'response=ok&status=2&error=no%20%26%20stack');
  });
});

test('a segment of dots names no product: no page about it could be reached', () =>
  withServer({}, async (server) => {
    for (const dots of ['.', '..', '%2e', '%2E.']) {
      const target = `/default/products/${dots}/post-report/0/0`;
      const head = `POST ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\n[]`;
      const { text } = await raw(server.port, [Buffer.from(head)]);
      assert.match(text, /^HTTP\/1\.1 404 [^]*response=not-found$/, dots);
    }
    assert.equal(server.store.reports.length, 0);
    assert.equal((await post(server, '/default/products/...a/post-report/0/0', PAYLOAD)).status, 200);
  }));

test('browsers of any origin get CORS answers everywhere, refusals and preflights included', () =>
  withServer({}, async (server) => {
    const paths = [
      '/test/products/js/obtain-client-id',
      '/test/products/js/post-report/0/0',
      '/test/products/js/post-blob/0/0/ab',
      '/test/products/js/last-posted-report',
      '/js/obtain-client-id',
      '/js/post-report/0/0',
      '/api/1/test/products/js/reports',
      '/api/1/test/products/js/post-report',
      '/api/1/test/products/js/latest-report',
    ];
    for (const path of paths) {
      const preflight = await request(server, path, {
        method: 'OPTIONS',
        headers: {
          Origin: 'https://example.com',
          'Access-Control-Request-Method': 'POST',
          'Access-Control-Request-Headers': 'content-type, x-one',
        },
      });
      assert.equal(preflight.status, 200, path);
      assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
      assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /GET|POST/);
      assert.equal(preflight.headers.get('access-control-allow-headers'), 'content-type, x-one');
      for (const method of ['POST', 'GET', 'DELETE']) {
        const answer = await request(server, path, { method });
        assert.equal(answer.headers.get('access-control-allow-origin'), '*', `${method} ${path}`);
      }
    }
  }));

test('a throttled report is answered ok: the client must not think that it failed', () =>
  withServer({ throttleRules: [{ name: 'none', if: { always: true }, then: 'reject' }] }, async (server) => {
    assert.equal((await post(server, POST, PAYLOAD)).text, 'response=ok&status=0&error=none&blobs=');
    assert.equal(server.store.reports.length, 0);
  }));

interface Capture {
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: string;
  }[];
}

const folder = sharedData('crashkit');
const files = folder === null ? [] : readdirSync(folder).filter((name) => name.endsWith('.json'));
for (const name of folder === null ? ['captured requests'] : files) {
  test(`replayed byte for byte: ${name}`, { skip: folder === null ? SHARED_ABSENT : false }, () =>
    withServer({}, async (server) => {
      const capture = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as Capture;
      let cookie = '0/0';
      let replayed = 0;
      for (const { method, path, headers, body } of capture.requests) {
        if (!/post-report|obtain-client-id|last-posted/.test(path)) continue;
        // The recorded server handed out other ids than this one.
        const target = path.replace(/post-report\/\d+\/\w+/, `post-report/${cookie}`);
        const bytes = Buffer.from(body);
        const kept = headers.filter(([field]) => !/^(content-length|connection)$/i.test(field));
        const head = kept.map(([field, value]) => `${field}: ${value}\r\n`).join('');
        const length = bytes.length > 0 || method === 'POST' ? `Content-Length: ${bytes.length}\r\n` : '';
        const { text } = await raw(server.port, [
          Buffer.concat([
            Buffer.from(`${method} ${target} HTTP/1.1\r\n${head}${length}Connection: close\r\n\r\n`),
            bytes,
          ]),
        ]);
        replayed += 1;
        assert.match(text, /^HTTP\/1\.1 200 /, `${method} ${path}: ${text}`);
        if (path.includes('obtain')) {
          const reply = new URLSearchParams(text.slice(text.indexOf('response=')));
          cookie = `${reply.get('client_id')}/${reply.get('client_cookie')}`;
        }
        if (path.includes('post-report') && method === 'POST') {
          assert.match(text, /response=ok&status=0&error=none&blobs=\w*$/);
          const { last } = server.store;
          assert.equal(last.attachments[0]?.bytes.toString(), body);
          assert.deepEqual(last.notes, []);
          assert.ok(last.annotations.some(({ key, value }) => key === 'exception.name' && value !== ''));
        }
      }
      assert.ok(replayed > 0, 'the capture has requests of the protocol');
    }),
  );
}
