// Black box: the CrashKit 1.0 API (wire contract, section 4).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { post, type Answer } from '../requests.ts';
import { listReports, startServer, type TestServer } from '../server.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.remove());

const REPORT = {
  host: { id: 'host-1' },
  'version.number': '1.0rc2',
  language: 'python',
  stacktrace: [
    {
      kind: 'ValueError',
      message: 'bad value',
      locations: [
        { absolute_file: '/srv/a.py', module: 'app.a', method: 'run', line: 12, source: ['a', 'b', 'c'] },
      ],
    },
  ],
  ownership: { modules: [{ module_prefix: 'app', kind: 'application' }] },
};
const JSON_TYPE = { 'content-type': 'application/json' };
const url = (product: string, rest = 'reports'): string =>
  `${server.submitUrl}/api/1/default/products/${product}/${rest}`;
const values = (answer: Answer): URLSearchParams => new URLSearchParams(answer.text);

// Holds: ck-urlencoded, ck1-post, ck1-unparsed
test('a report is answered with its crash id, without its payload being parsed', async () => {
  for (const body of [JSON.stringify(REPORT), '{"not": json']) {
    const answer = await post(url('plain'), body, JSON_TYPE);
    assert.equal(answer.status, 200);
    assert.match(answer.text, /^response=ok&report=[0-9a-f-]{36}$/);
  }
  assert.equal((await listReports(server, 'product=plain')).length, 2);
});

// Holds: ck1-unparsed
test('with debug=1 a good report is processed at once and answered with its bug', async () => {
  const answer = await post(url('strict', 'reports?debug=1'), JSON.stringify(REPORT), JSON_TYPE);
  assert.equal(answer.status, 200, answer.text);
  assert.match(values(answer).get('report') ?? '', /^[0-9a-f-]{36}$/);
  const bug = values(answer).get('bug');
  assert.ok(bug !== null && bug !== '');
  const again = await post(
    url('strict', 'reports?debug=1'),
    JSON.stringify({ ...REPORT, user: { id: 'u' } }),
    JSON_TYPE,
  );
  assert.equal(values(again).get('bug'), bug, 'the same place and kind is the same bug');
});

// Holds: ck1-strict
test('with debug=1 a faulty report is 400 with one problem for each fault, and nothing is stored', async () => {
  const faulty = {
    ...REPORT,
    stacktrace: [{ kind: 7, locations: [{ line: 'x', source: ['even', 'length'] }] }],
  };
  const answer = await post(url('faulty', 'reports?debug=1'), JSON.stringify(faulty), JSON_TYPE);
  assert.equal(answer.status, 400);
  assert.equal(values(answer).get('response'), 'invalid-report');
  const problems = values(answer).getAll('problem');
  assert.ok(problems.length >= 3, problems.join(' | '));
  for (const problem of problems) assert.match(problem, /^[^:]+: .+/);
  const notJson = await post(url('faulty', 'reports?debug=1'), '{', JSON_TYPE);
  assert.deepEqual([notJson.status, values(notJson).get('response')], [400, 'invalid-report']);
  assert.equal((await listReports(server, 'product=faulty')).length, 0);
});

// Holds: ck1-token, ck1-latest
test('reports with a test token come back exactly as posted, newest first', async () => {
  const bodies = [JSON.stringify(REPORT, null, 1), JSON.stringify([REPORT])];
  await post(url('tokens', 'reports?token=T1'), bodies[0] ?? '', JSON_TYPE);
  await post(url('tokens', 'post-report?token=T1'), bodies[1] ?? '', JSON_TYPE);
  await post(url('tokens', 'reports?token=T2'), JSON.stringify({ ...REPORT, language: 'other' }), JSON_TYPE);
  const answer = await post(url('tokens', 'latest-report?token=T1'), null, {}, 'GET');
  assert.equal(answer.status, 200);
  assert.deepEqual(JSON.parse(answer.text), [[REPORT], REPORT]);
  for (const body of bodies) assert.ok(answer.text.includes(body), 'exactly as posted');
  const none = await post(url('tokens', 'latest-report?token=T3'), null, {}, 'GET');
  assert.equal(none.status, 404);
});

test('an unknown account is 404', async () => {
  const answer = await post(
    `${server.submitUrl}/api/1/nobody/products/p/reports`,
    JSON.stringify(REPORT),
    JSON_TYPE,
  );
  assert.deepEqual([answer.status, values(answer).get('response')], [404, 'not-found']);
});

test('an empty body is 400', async () => {
  const answer = await post(url('empty'), '', JSON_TYPE);
  assert.deepEqual([answer.status, values(answer).get('response')], [400, 'json-payload-required']);
});

test('browsers are answered', async () => {
  const answer = await fetch(url('cors'), {
    method: 'OPTIONS',
    headers: { origin: 'https://a.example.com', 'access-control-request-method': 'POST' },
  });
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
});
