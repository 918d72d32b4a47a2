// docs/protocols/syncthing.md: Syncthing's crash reports.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SHARED_ABSENT, sharedData } from '../shared-data.ts';
import { post, request, withServer } from './harness.ts';

const TEXT = `07:48:24 INFO: syncthing v1.1.4 "Erbium Earthworm" (go1.12.5 darwin-amd64) a@b 2019-05-21 20:36:38 UTC [noupgrade]
free text
Panic at 2019-05-22T07:48:25+02:00
panic: interface conversion: missing method Read

goroutine 106 [running]:
main.main()
	/src/main.go:7 +0x41b
`;
const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');
const PATH = `/newcrash/${sha256(TEXT)}`;

test('a report is looked for, put, put again, and found, with the id in either case', () =>
  withServer({}, async (server) => {
    const head = () => request(server, PATH, { method: 'HEAD' });
    assert.equal((await head()).status, 404);
    for (const path of [PATH, PATH.toUpperCase().replace('/NEWCRASH', '/newcrash')]) {
      assert.equal((await post(server, path, TEXT, {}, 'PUT')).status, 200);
      assert.equal((await request(server, path, { method: 'HEAD' })).status, 200);
    }
    assert.equal(server.store.reports.length, 1);
    const { last, annotations } = server.store;
    assert.deepEqual(
      [last.protocol, last.product, last.version, last.platform, last.payloadKind, last.identity],
      ['syncthing', 'syncthing', 'v1.1.4', 'darwin-amd64', 'text', `syncthing:${sha256(TEXT)}`],
    );
    assert.equal(annotations['codename'], 'Erbium Earthworm');
    assert.equal(annotations['tags'], 'noupgrade');
    assert.equal(annotations['panicAt'], '2019-05-22T07:48:25+02:00');
    assert.equal(annotations['panic'], 'panic: interface conversion: missing method Read');
    assert.deepEqual(
      last.attachments.map(({ name, kind }) => [name, kind]),
      [['report.txt', 'payload']],
    );
  }));

test('an id that is not 64 hexadecimal digits is 400', () =>
  withServer({}, async (server) => {
    for (const id of ['abc', `${'a'.repeat(63)}g`, 'a'.repeat(65), '']) {
      for (const method of ['HEAD', 'PUT', 'GET']) {
        const path = `/newcrash/${id}`;
        const answer =
          method === 'PUT'
            ? await post(server, path, TEXT, {}, 'PUT')
            : await request(server, path, { method });
        assert.equal(answer.status, 400, `${method} ${path}`);
      }
    }
    assert.equal(server.store.reports.length, 0);
  }));

test('a body that is not what its id says is 400 and leaves nothing', () =>
  withServer({}, async (server) => {
    const answer = await post(server, PATH, `${TEXT} `, {}, 'PUT');
    assert.deepEqual([answer.status, answer.text], [400, 'report_id_mismatch\n']);
    assert.equal((await request(server, PATH, { method: 'HEAD' })).status, 404);
    assert.equal(server.store.openDrafts, 0);
  }));

test('a report above the limit is 413', () =>
  withServer({ syncthing: { getEnabled: false, ignore: [], maxBytes: 1000 } }, async (server) => {
    const large = 'x'.repeat(1001);
    assert.equal((await post(server, `/newcrash/${sha256(large)}`, large, {}, 'PUT')).status, 413);
    const fits = 'x'.repeat(1000);
    assert.equal((await post(server, `/newcrash/${sha256(fits)}`, fits, {}, 'PUT')).status, 200);
    assert.equal(server.store.last.product, 'default', 'no version line names a program');
    assert.equal((await post(server, '/newcrash/failure', JSON.stringify([large]))).status, 413);
  }));

test('the text is given back only where that is enabled', () =>
  withServer({}, async (server) => {
    await post(server, PATH, TEXT, {}, 'PUT');
    const hidden = await request(server, PATH);
    assert.equal(hidden.status, 405);
    assert.equal(hidden.headers.get('allow'), 'HEAD, PUT, OPTIONS');
  }).then(() =>
    withServer({ syncthing: { getEnabled: true, ignore: [], maxBytes: 10_000 } }, async (server) => {
      assert.equal((await request(server, PATH)).status, 404);
      await post(server, PATH, TEXT, {}, 'PUT');
      assert.deepEqual(
        [(await request(server, PATH)).status, (await request(server, PATH)).text],
        [200, TEXT],
      );
    }),
  ));

test('a report that matches an ignore pattern is answered 200, counted, and not stored', () =>
  withServer(
    { syncthing: { getEnabled: false, ignore: [/nothing/, /missing method \w+$/gm], maxBytes: 10_000 } },
    async (server) => {
      for (let i = 0; i < 2; i += 1) assert.equal((await post(server, PATH, TEXT, {}, 'PUT')).status, 200);
      assert.equal(server.store.reports.length, 0);
      assert.equal(server.store.openDrafts, 0);
      assert.deepEqual([server.store.inbox.length, server.store.inbox[0]?.outcome], [2, 'ignored']);
      const { values } = await server.metrics.submissions.get();
      assert.equal(values.find(({ labels }) => labels.outcome === 'ignored')?.value, 2);
    },
  ));

test('any program may take the place of syncthing and names the product', () =>
  withServer({}, async (server) => {
    const text = TEXT.replace('syncthing v', 'stdiscosrv v');
    await post(server, `/newcrash/${sha256(text)}`, text, {}, 'PUT');
    assert.equal(server.store.last.product, 'stdiscosrv');
  }));

// Holds: backtrace
test('fatal errors and runtime messages are found like panics', () =>
  withServer({}, async (server) => {
    for (const line of [
      'fatal error: all goroutines are asleep',
      'runtime: goroutine stack exceeds 1000000000-byte limit',
    ]) {
      const text = TEXT.replace(/^panic: .*$/m, line);
      await post(server, `/newcrash/${sha256(text)}`, text, {}, 'PUT');
      assert.equal(server.store.annotations['panic'], line);
    }
  }));

test('failures are answered 200 and kept', () =>
  withServer({}, async (server) => {
    const failures = [
      {
        description: 'db closed',
        goroutines: '...',
        extra: { os: 'linux' },
        count: 3,
        version: 'syncthing v1.2.3 "X" (go1.20 linux-amd64) a@b 2023',
      },
    ];
    for (const body of [JSON.stringify(failures), 'not JSON']) {
      assert.equal((await post(server, '/newcrash/failure', body)).status, 200);
      assert.equal(server.store.last.attachments[0]?.bytes.toString(), body);
      assert.equal(server.store.last.product, 'syncthing');
    }
    const [first] = server.store.reports;
    assert.equal(first?.version, 'v1.2.3');
    assert.ok(first?.annotations.some(({ key, value }) => key === 'description' && value === 'db closed'));
  }));

for (const name of ['panic.log', 'gcerror.log']) {
  const file = sharedData('syncthing', name);
  // Holds: free-lines, panic-at
  test(`a real report is understood: ${name}`, { skip: file === null ? SHARED_ABSENT : false }, () =>
    withServer({}, async (server) => {
      const text = readFileSync(file ?? '');
      assert.equal((await post(server, `/newcrash/${sha256(text)}`, text, {}, 'PUT')).status, 200);
      assert.equal(server.store.last.product, 'syncthing');
      assert.match(server.store.last.version ?? '', /^v\d/);
      assert.ok(server.store.annotations['panic']);
      assert.deepEqual(server.store.last.notes, []);
    }),
  );
}
