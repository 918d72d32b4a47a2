// Black box: Syncthing (wire contract, section 5).
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { SHARED_ABSENT, sharedData } from '../../test/shared-data.ts';
import { post, sha256 } from '../requests.ts';
import { getAttachment, listReports, startServer, type TestServer } from '../server.ts';

let server: TestServer;
before(async () => {
  server = await startServer({
    env: { SYNCTHING_GET: 'true', SYNCTHING_IGNORE: 'please ignore this' },
  });
});
after(() => server.remove());

const LOG = `07:48:24 INFO: syncthing v1.1.4 "Erbium Earthworm" (go1.12.5 darwin-amd64) me@host 2019-05-21 20:36:38 UTC
Panic at 2019-05-22T07:48:25+02:00
panic: made for the test

goroutine 106 [running]:
example.com/thing.Run(0xc000158000)
\t/build/thing.go:74 +0x41b
`;
const urlOf = (text: string): string => `${server.submitUrl}/newcrash/${sha256(text)}`;

// Holds: report-url, head, put
test('HEAD is 404 before and 200 after the PUT, in either case of the digits', async () => {
  assert.equal((await post(urlOf(LOG), null, {}, 'HEAD')).status, 404);
  assert.equal((await post(urlOf(LOG), LOG, {}, 'PUT')).status, 200);
  assert.equal((await post(urlOf(LOG), null, {}, 'HEAD')).status, 200);
  const upper = `${server.submitUrl}/newcrash/${sha256(LOG).toUpperCase()}`;
  assert.equal((await post(upper, null, {}, 'HEAD')).status, 200);
  assert.equal((await post(urlOf(LOG), LOG, {}, 'PUT')).status, 200);
  const reports = await listReports(server, 'product=syncthing');
  assert.equal(reports.length, 1);
  const [report] = reports;
  assert.equal(report?.version, 'v1.1.4');
  assert.equal((await getAttachment(server, report.crashId, 'report.txt')).toString(), LOG);
});

test('GET gives the text when it is enabled', async () => {
  const text = LOG.replace('made for the test', 'made for GET');
  await post(urlOf(text), text, {}, 'PUT');
  const answer = await post(urlOf(text), null, {}, 'GET');
  assert.deepEqual([answer.status, answer.text], [200, text]);
});

test('GET is refused when it is not enabled', async () => {
  const closed = await startServer();
  try {
    const url = `${closed.submitUrl}/newcrash/${sha256(LOG)}`;
    await post(url, LOG, {}, 'PUT');
    const answer = await post(url, null, {}, 'GET');
    assert.ok([404, 405].includes(answer.status), String(answer.status));
  } finally {
    await closed.remove();
  }
});

// Holds: report-url
test('an id that is not 64 hexadecimal digits is 400', async () => {
  for (const id of ['abc', 'g'.repeat(64), '0'.repeat(65)]) {
    assert.equal((await post(`${server.submitUrl}/newcrash/${id}`, LOG, {}, 'PUT')).status, 400);
    assert.equal((await post(`${server.submitUrl}/newcrash/${id}`, null, {}, 'HEAD')).status, 400);
  }
});

// Holds: report-id, three-things
test('a body whose hash is not the id is 400 and takes nothing', async () => {
  const url = `${server.submitUrl}/newcrash/${sha256('something else')}`;
  assert.equal((await post(url, LOG, {}, 'PUT')).status, 400);
  assert.equal((await post(url, null, {}, 'HEAD')).status, 404);
});

test('a report above 1 MiB is 413', async () => {
  const text = 'x'.repeat(1024 * 1024 + 1);
  assert.equal((await post(urlOf(text), text, {}, 'PUT')).status, 413);
});

test('a report that matches an ignore pattern is answered 200 and not stored', async () => {
  const text = LOG.replace('made for the test', 'please ignore this');
  assert.equal((await post(urlOf(text), text, {}, 'PUT')).status, 200);
  assert.equal((await post(urlOf(text), null, {}, 'HEAD')).status, 404);
});

test('any program names the product', async () => {
  const text = LOG.replace('INFO: syncthing v1.1.4', 'INFO: stdiscosrv v1.2.0');
  await post(urlOf(text), text, {}, 'PUT');
  assert.equal((await listReports(server, 'product=stdiscosrv')).length, 1);
});

test('failure reports are answered 200', async () => {
  const failures = [
    {
      description: 'd',
      goroutines: 'g',
      extra: { a: 'b' },
      count: 1,
      version: 'syncthing v1.1.4 "x" (go1.12.5 darwin-amd64) me@host 2019-05-21 20:36:38 UTC',
    },
  ];
  const answer = await post(`${server.submitUrl}/newcrash/failure`, JSON.stringify(failures), {
    'content-type': 'application/json',
  });
  assert.equal(answer.status, 200);
});

const logs = sharedData('syncthing');
// Holds: report-id
test(
  'real panic logs are stored byte for byte',
  { skip: logs === null ? SHARED_ABSENT : false },
  async () => {
    assert.ok(logs !== null);
    const files = readdirSync(logs).filter((file) => file.endsWith('.log'));
    assert.ok(files.length > 0);
    for (const file of files) {
      const content: Buffer = readFileSync(path.join(logs, file));
      const url = `${server.submitUrl}/newcrash/${sha256(content)}`;
      assert.equal((await post(url, content, {}, 'PUT')).status, 200, file);
      assert.equal((await post(url, null, {}, 'GET')).text, content.toString('utf8'), file);
    }
  },
);
