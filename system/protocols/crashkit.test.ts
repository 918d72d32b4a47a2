// Black box: the CrashKit current API and its oldest paths (wire contract, section 3).
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { SHARED_ABSENT, sharedData } from '../../test/shared-data.ts';
import { post, type Answer } from '../requests.ts';
import { getAttachment, getReport, listReports, startServer, type TestServer } from '../server.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.remove());

const OCCURRENCE = [
  {
    client_version: '1.0.3',
    data: { G_foo: 'bar' },
    env: { os_kernel_name: 'Linux', product_version: '2.1' },
    exceptions: [
      {
        name: 'ZeroDivisionError',
        message: 'division by zero',
        locations: [
          { claimed: true, file: '/srv/views.py', line: 21, method: 'vote', package: 'polls.views' },
        ],
      },
    ],
    language: 'python',
    role: 'customer',
  },
];
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const url = (rest: string): string => `${server.submitUrl}${rest}`;
const values = (answer: Answer): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(answer.text));

async function obtain(product: string): Promise<{ readonly id: string; readonly cookie: string }> {
  const { client_id: id, client_cookie: cookie } = values(
    await post(url(`/test/products/${product}/obtain-client-id`), null, {}, 'GET'),
  );
  assert.ok(id !== undefined && cookie !== undefined);
  return { id, cookie };
}

// Holds: ck-client-id
test('obtain-client-id gives a number and a cookie of twelve letters or digits, by GET and POST', async () => {
  for (const method of ['GET', 'POST']) {
    const answer = await post(
      url('/test/products/py/obtain-client-id'),
      method === 'POST' ? '' : null,
      {},
      method,
    );
    assert.equal(answer.status, 200);
    assert.match(answer.text, /^response=ok&client_id=\d+&client_cookie=[A-Za-z0-9]{12}$/);
  }
});

// Holds: ck-hosted, ck-urlencoded, ck-post
test('a report of the anonymous client is stored and answered as documented', async () => {
  const body = JSON.stringify(OCCURRENCE);
  const answer = await post(url('/test/products/anonymous/post-report/0/0'), body, FORM);
  assert.deepEqual([answer.status, answer.text], [200, 'response=ok&status=0&error=none&blobs=']);
  const [report] = await listReports(server, 'account=test&product=anonymous');
  assert.ok(report !== undefined);
  assert.equal((await getAttachment(server, report.crashId, 'payload.json')).toString(), body);
  const last = await post(url('/test/products/anonymous/last-posted-report'), null, {}, 'GET');
  assert.equal(last.text, body);
});

// Holds: ck-last-report
test('last-posted-report is [] where there is none, and 404 for any other account', async () => {
  const none = await post(url('/test/products/empty-product/last-posted-report'), null, {}, 'GET');
  assert.deepEqual([none.status, none.text], [200, '[]']);
  const other = await post(url('/default/products/py/last-posted-report'), null, {}, 'GET');
  assert.equal(other.status, 404);
});

// Holds: ck-post-id
test('a known client posts under its id, which names the installation', async () => {
  const { id, cookie } = await obtain('known');
  const answer = await post(
    url(`/test/products/known/post-report/${id}/${cookie}`),
    JSON.stringify(OCCURRENCE),
    FORM,
  );
  assert.equal(values(answer)['response'], 'ok');
  const [row] = await listReports(server, 'account=test&product=known');
  const report = await getReport(server, row?.crashId ?? '');
  assert.ok(report.installation?.includes(id));
});

// Holds: ck-post-id
test('an unknown id, a wrong cookie, and a client of another product are 403', async () => {
  const { id, cookie } = await obtain('owner');
  for (const target of [
    `/test/products/owner/post-report/99999999/${cookie}`,
    `/test/products/owner/post-report/${id}/wrongcookie1`,
    `/test/products/stranger/post-report/${id}/${cookie}`,
  ]) {
    const answer = await post(url(target), JSON.stringify(OCCURRENCE), FORM);
    assert.deepEqual([answer.status, values(answer)['response']], [403, 'invalid-client-id'], target);
  }
});

test('an empty or blank body is 400', async () => {
  for (const body of ['', ' \n\t ']) {
    const answer = await post(url('/test/products/py/post-report/0/0'), body, FORM);
    assert.deepEqual([answer.status, values(answer)['response']], [400, 'json-payload-required']);
  }
});

test('an unknown account is 404, and an unknown product too where automatic products are off', async () => {
  const account = await post(url('/nobody/products/py/post-report/0/0'), JSON.stringify(OCCURRENCE), FORM);
  assert.deepEqual([account.status, values(account)['response']], [404, 'not-found']);
  const strict = await startServer({ env: { AUTO_PRODUCTS: 'false' } });
  try {
    const answer = await post(
      `${strict.submitUrl}/test/products/py/post-report/0/0`,
      JSON.stringify(OCCURRENCE),
      FORM,
    );
    assert.deepEqual([answer.status, values(answer)['response']], [404, 'not-found']);
  } finally {
    await strict.remove();
  }
});

test('blobs that the product lacks are asked for once, posted, and not overwritten', async () => {
  const content = 'the content of a blob';
  const hash = createHash('sha1').update(content).digest('hex');
  const body = JSON.stringify([{ ...OCCURRENCE[0], data: { screenshot: `blob:${hash}` } }]);
  const first = await post(url('/test/products/blobs/post-report/0/0'), body, FORM);
  assert.equal(values(first)['blobs'], hash);
  const stored = await post(url(`/test/products/blobs/post-blob/0/0/${hash}`), content, FORM);
  assert.deepEqual([stored.status, stored.text], [200, 'response=ok']);
  const again = await post(url(`/test/products/blobs/post-blob/0/0/${hash}`), 'other content', FORM);
  assert.equal(again.text, 'response=ok');
  const second = await post(url('/test/products/blobs/post-report/0/0'), body, FORM);
  assert.equal(values(second)['blobs'], '');
});

test('a payload that is not JSON is stored and answered ok', async () => {
  const answer = await post(url('/test/products/garbage/post-report/0/0'), '{not json', FORM);
  assert.equal(values(answer)['response'], 'ok');
  assert.equal((await listReports(server, 'account=test&product=garbage')).length, 1);
});

test('the body is never parsed by its content type', async () => {
  const body = JSON.stringify(OCCURRENCE);
  for (const type of [
    'application/x-www-form-urlencoded',
    'text/plain',
    'application/json',
    'multipart/form-data',
    'nonsense',
  ]) {
    const answer = await post(url('/test/products/types/post-report/0/0'), body, { 'content-type': type });
    assert.equal(answer.text, 'response=ok&status=0&error=none&blobs=', type);
  }
});

test('the oldest paths belong to the default account and are processed before the answer', async () => {
  const id = await post(url('/oldest/obtain-client-id'), null, {}, 'GET');
  assert.match(id.text, /^response=ok&client_id=\d+&client_cookie=[A-Za-z0-9]{12}$/);
  const good = values(await post(url('/oldest/post-report/0/0'), JSON.stringify(OCCURRENCE), FORM));
  assert.deepEqual([good['response'], good['status']], ['ok', '1']);
  assert.ok(!('blobs' in good));
  const broken = values(await post(url('/oldest/post-report/0/0'), '{not json', FORM));
  assert.deepEqual([broken['response'], broken['status']], ['ok', '2']);
  assert.notEqual(broken['error'], 'none');
});

test('every endpoint answers browsers, preflight and refusals included', async () => {
  const target = url('/test/products/js/post-report/0/0');
  const preflight = await fetch(target, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://shop.example.com',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    },
  });
  assert.ok(preflight.status === 200 || preflight.status === 204);
  assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
  assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /POST/);
  const refused = await post(target, '', { ...FORM, origin: 'https://shop.example.com' });
  assert.equal(refused.status, 400);
  assert.equal(refused.headers.get('access-control-allow-origin'), '*');
});

interface Capture {
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly body?: string;
    readonly bodyBase64?: string;
  }[];
}

const captures = sharedData('crashkit');
// Holds: ck-languages
test(
  'the captured requests of the real clients are taken byte for byte',
  { skip: captures === null ? SHARED_ABSENT : false },
  async (t) => {
    assert.ok(captures !== null);
    const files = readdirSync(captures).filter((file) => file.endsWith('.json'));
    assert.ok(files.length > 5);
    for (const file of files) {
      await t.test(file, async () => {
        const capture = JSON.parse(readFileSync(path.join(captures, file), 'utf8')) as Capture;
        for (const request of capture.requests) {
          const body =
            request.bodyBase64 === undefined
              ? Buffer.from(request.body ?? '')
              : Buffer.from(request.bodyBase64, 'base64');
          const anonymous = request.path.replace(/\/post-report\/\d+\/[A-Za-z0-9]+/, '/post-report/0/0');
          const headers = Object.fromEntries(
            request.headers.filter(
              ([name]) =>
                !/^(host|connection|content-length|transfer-encoding|accept-encoding|expect|keep-alive|upgrade)$/i.test(
                  name,
                ),
            ),
          );
          const answer = await post(
            url(anonymous),
            request.method === 'GET' ? null : body,
            headers,
            request.method,
          );
          if (request.method === 'OPTIONS') assert.ok(answer.status < 300);
          else if (anonymous.includes('/post-report/') && body.length > 0) {
            assert.equal(
              values(answer)['response'],
              'ok',
              `${request.method} ${request.path}: ${answer.status} ${answer.text}`,
            );
            const last = await post(
              url(anonymous.replace(/post-report.*/, 'last-posted-report')),
              null,
              {},
              'GET',
            );
            assert.equal(last.text, body.toString('utf8'));
          }
        }
      });
    }
  },
);
