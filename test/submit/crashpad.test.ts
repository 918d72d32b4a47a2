// docs/protocols/crashpad.md: the form upload of Crashpad, Breakpad, Electron and Jami.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import pino from 'pino';
import { dump, form, FORM_TYPE, post, postForm, withServer, type TestPart } from './harness.ts';

const fields = (values: Readonly<Record<string, string>>): readonly TestPart[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

test('the Jami metadata arrives as text parts; guid names the installation', () =>
  withServer({}, async (server) => {
    const metadata = {
      build_id: '202410021437',
      client_sha: '77149ebd62',
      guid: '50c4218a-bcb9-48a9-8093-a06e6435cd61',
      jamicore_sha: 'cbf8f0af6',
      platform: 'Ubuntu 22.04.4 LTS_x86_64',
    };
    assert.equal((await postForm(server, [...fields(metadata), dump()])).status, 200);
    assert.deepEqual(server.store.annotations, metadata);
    assert.equal(server.store.last.installation, metadata.guid);
    assert.equal(server.store.last.platform, metadata.platform);
    assert.equal(server.store.last.product, 'default');
  }));

test('the same metadata as one JSON object part is the same report', () =>
  withServer({}, async (server) => {
    const metadata = { client_sha: '77149ebd62', guid: 'g', platform: 'Ubuntu' };
    await postForm(server, [...fields(metadata), dump()]);
    await postForm(server, [
      { name: 'metadata', value: JSON.stringify(metadata), type: 'application/json' },
      dump(),
    ]);
    assert.equal(server.store.reports.length, 1);
  }));

test('a gzip body without a length is taken, with a query on the URL', () =>
  withServer({}, async (server) => {
    const body = gzipSync(
      form([...fields({ ptype: 'browser', list_annotations: 'a,b' }), dump(Buffer.alloc(200_000, 'ab'))]),
    );
    const response = await fetch(`${server.url}/submit?product=Browser&version=9.1&guid=install-1`, {
      method: 'POST',
      headers: { 'Content-Type': FORM_TYPE, 'Content-Encoding': 'gzip' },
      body: new ReadableStream({
        start(controller) {
          for (let at = 0; at < body.length; at += 100) controller.enqueue(body.subarray(at, at + 100));
          controller.close();
        },
      }),
      duplex: 'half',
    });
    assert.equal(response.status, 200);
    const { last } = server.store;
    assert.deepEqual([last.product, last.version, last.installation], ['Browser', '9.1', 'install-1']);
    assert.equal(last.encoding, 'gzip');
    assert.equal(last.attachments[0]?.size, 200_000);
    assert.deepEqual(server.store.annotations, { ptype: 'browser', list_annotations: 'a,b' });
  }));

test('product and version are found by precedence', () =>
  withServer({}, async (server) => {
    const all = {
      prod: 'Electron',
      _productName: 'Chat',
      product: 'p',
      ver: '30',
      _version: '2',
      version: '3',
    };
    await postForm(server, fields(all), { path: '/submit?product=Query&version=0' });
    assert.deepEqual([server.store.last.product, server.store.last.version], ['Chat', '2']);
    await postForm(server, fields({ ...all, ProductName: 'First', Version: '1' }));
    assert.deepEqual([server.store.last.product, server.store.last.version], ['First', '1']);
    await postForm(server, fields({ prod: '', x: '1' }), { path: '/submit?product=Query&version=0' });
    assert.deepEqual([server.store.last.product, server.store.last.version], ['Query', '0']);
    await postForm(server, fields({ x: '1' }));
    assert.deepEqual([server.store.last.product, server.store.last.version], ['default', null]);
  }));

test('a retry is stored once and answered with the same id; another crash of the same installation is another report', () =>
  withServer({}, async (server) => {
    const parts = [...fields({ prod: 'P', guid: 'same' }), dump('one')];
    const first = await postForm(server, parts);
    assert.equal((await postForm(server, parts)).text, first.text);
    assert.equal(
      (await postForm(server, parts.toReversed())).text,
      first.text,
      'the order of the parts does not count',
    );
    assert.equal(server.store.reports.length, 1);
    assert.equal(server.store.inbox.at(-1)?.outcome, 'duplicate');
    await postForm(server, [...fields({ prod: 'P', guid: 'same' }), dump('two')]);
    await postForm(server, [...fields({ prod: 'P', guid: 'same', x: '1' }), dump('one')]);
    await postForm(server, [...fields({ prod: 'Q', guid: 'same' }), dump('one')]);
    assert.equal(server.store.reports.length, 4);
  }));

test('a report without a binary part is never taken for a retry', () =>
  withServer({}, async (server) => {
    await postForm(server, fields({ prod: 'P' }));
    await postForm(server, fields({ prod: 'P' }));
    assert.equal(server.store.reports.length, 2);
  }));

test('an upload key files the report under its product; an unknown key is refused', () =>
  withServer({}, async (server) => {
    server.store.keys.set('k1', { account: 'acme', product: 'Editor', requireKey: true });
    server.store.products.set('default/Editor', { account: 'default', product: 'Editor', requireKey: true });
    for (const path of ['/submit/k1', '/submit?key=k1']) {
      const answer = await postForm(server, fields({ prod: 'Editor' }), { path });
      assert.equal(answer.status, 200);
      assert.deepEqual([server.store.last.account, server.store.last.product], ['acme', 'Editor']);
    }
    for (const path of ['/submit/wrong', '/submit?key=wrong', '/submit']) {
      const answer = await postForm(server, [...fields({ prod: 'Editor' }), dump()], { path });
      assert.deepEqual([answer.status, answer.text], [401, 'Discarded=unknown_key'], path);
    }
    assert.equal(server.store.reports.length, 2);
    assert.equal(server.store.openDrafts, 0);
    assert.ok(server.store.inbox.every(({ path }) => !path.includes('k1') && !path.includes('wrong')));
  }));

test('a form whose product is no name that a page could have is filed under the default product with a note', () =>
  withServer({}, async (server) => {
    for (const prod of ['.', '..', 'a\nb']) {
      assert.equal((await postForm(server, fields({ prod, once: prod }))).status, 200);
      assert.equal(server.store.last.product, 'default', prod);
      assert.match(server.store.last.notes[0] ?? '', /a name that products cannot have/);
    }
  }));

test('a product that cannot be created is filed under the default product with a note', () =>
  withServer({}, async (server) => {
    server.store.state.autoProducts = false;
    assert.equal((await postForm(server, fields({ prod: 'New' }))).status, 200);
    assert.equal(server.store.last.product, 'default');
    assert.match(server.store.last.notes[0] ?? '', /no product "New"/);
    assert.equal((await postForm(server, fields({ prod: 'x'.repeat(101) }))).status, 200);
    assert.equal(server.store.last.product, 'default');
    assert.equal(server.store.inbox.at(-1)?.outcome, 'accepted_with_notes');
  }));

test('attachments beside the dump are kept under their own names', () =>
  withServer({}, async (server) => {
    await postForm(server, [
      ...fields({ prod: 'P' }),
      dump(),
      { name: 'attachment_log', value: 'lines', filename: 'app.log', type: 'text/plain' },
    ]);
    assert.deepEqual(
      server.store.last.attachments.map(({ name, kind, bytes }) => [name, kind, bytes.toString()]),
      [
        ['upload_file_minidump', 'minidump', 'MDMP dump'],
        ['attachment_log', 'file', 'lines'],
      ],
    );
  }));

test('what is stored says how the report came, and no address', () =>
  withServer({}, async (server) => {
    const body = form([...fields({ prod: 'P' }), dump()]);
    await post(server, '/submit', body, { 'Content-Type': FORM_TYPE, 'User-Agent': 'Crashpad/0.8' });
    const { last } = server.store;
    assert.equal(last.userAgent, 'Crashpad/0.8');
    assert.equal(last.bodyBytes, body.length);
    assert.equal(last.encoding, 'identity');
    assert.equal(last.payloadKind, 'multipart');
    assert.equal(last.state, 'queued');
    assert.deepEqual(last.throttle, { rule: 'accept_everything', action: 'accept' });
    assert.match(last.clientHash ?? '', /^[0-9a-f]{32}$/);
    assert.ok(!JSON.stringify(server.store.reports).includes('127.0.0.1'));
  }));

// Holds: no-annotations
test('a dump without annotations is taken from Crashpad, and where the address names the product; others hear no_annotations', () =>
  withServer({}, async (server) => {
    const parts = [dump()];
    const crashpad = { 'User-Agent': 'Crashpad/0.8.0 libcurl/7.88.1' };
    assert.equal((await postForm(server, parts, { headers: crashpad })).status, 200);
    assert.match(server.store.last.notes.join(' '), /no annotations/);
    assert.equal((await postForm(server, parts, { path: '/submit?product=Editor' })).status, 200);
    assert.equal(server.store.last.product, 'Editor');
    const other = await postForm(server, parts, { headers: { 'User-Agent': 'Breakpad/1.0' } });
    assert.deepEqual([other.status, other.text], [400, 'Discarded=no_annotations']);
  }));

test('the addresses of small servers lead here', () =>
  withServer({}, async (server) => {
    for (const path of ['/post', '/crashreports']) {
      const answer = await postForm(
        server,
        [...fields({ prod: 'Notes', ver: path }), dump(Buffer.from(path))],
        { path },
      );
      assert.match(answer.text, /^CrashID=bp-/);
      assert.deepEqual([server.store.last.product, server.store.last.version], ['Notes', path]);
    }
  }));

// Holds: docker-up
test('each accepted report is one line of the log; its fields stand there at level debug only', async () => {
  for (const level of ['info', 'debug'] as const) {
    const lines: string[] = [];
    const log = pino({ level }, { write: (line: string) => void lines.push(line) });
    await withServer({ log }, async (server) => {
      await postForm(server, [...fields({ prod: 'Notes', ver: '2', word: 'secret-word' }), dump()]);
      await postForm(server, [...fields({ prod: 'Notes', ver: '2', word: 'secret-word' }), dump()]);
    });
    const accepted = lines.filter((line) => line.includes('report accepted'));
    assert.equal(accepted.length, 1, 'the second is a duplicate');
    assert.match(accepted[0] ?? '', /"product":"Notes","version":"2","bytes":\d+/);
    assert.equal(lines.join('').includes('secret-word'), level === 'debug');
  }
});
