// HTTP as clients in the field speak it: HTTP/1.0 with chunks, cut and slow connections, wrong lengths, pipelining.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BOUNDARY, dump, FIN, form, FORM_TYPE, post, postForm, raw, request, withServer } from './harness.ts';

const BODY = form([{ name: 'prod', value: 'P' }, dump()]);
const TYPE = `Content-Type: ${FORM_TYPE}\r\n`;

/** A whole upload as bytes. */
function upload(body: Buffer = BODY, extra = '', version = '1.1'): Buffer {
  const head = `POST /submit HTTP/${version}\r\n${TYPE}${extra}Content-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

function chunked(body: Buffer, version: string): Buffer {
  const half = body.length >> 1;
  const chunk = (bytes: Buffer) =>
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
  return Buffer.concat([
    Buffer.from(`POST /submit HTTP/${version}\r\n${TYPE}Transfer-Encoding: chunked\r\n\r\n`),
    chunk(body.subarray(0, half)),
    chunk(body.subarray(half)),
    Buffer.from('0\r\n\r\n'),
  ]);
}

test('HTTP/1.0 with a chunked body gets a plain answer with a length and a closed connection', () =>
  withServer({}, async (server) => {
    const { text, closed } = await raw(server.port, [chunked(BODY, '1.0')]);
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(text, /content-length: \d+/i);
    assert.doesNotMatch(text, /transfer-encoding/i);
    assert.match(text, /CrashID=bp-/);
    assert.ok(closed);
    assert.equal(server.store.reports.length, 1);
  }));

test('HTTP/1.1 without a Host header, with chunks and no length, is taken', () =>
  withServer({}, async (server) => {
    const { text } = await raw(server.port, [chunked(BODY, '1.1')], { until: /CrashID/ });
    assert.match(text, /CrashID=bp-/);
  }));

test('a body that ends before its length is answered 400 incomplete_body and leaves nothing', () =>
  withServer({}, async (server) => {
    const short = upload().subarray(0, -20);
    const { text, closed } = await raw(server.port, [short, 20, FIN]);
    assert.match(text, /^HTTP\/1\.1 400 /);
    assert.match(text, /Discarded=incomplete_body$/);
    assert.ok(closed);
    assert.equal(server.store.reports.length, 0);
    assert.equal(server.store.openDrafts, 0);
    assert.equal(server.store.inbox.at(-1)?.reason, 'incomplete_body');
  }));

test('a connection that breaks in the middle of a body leaves nothing', () =>
  withServer({}, async (server) => {
    await raw(server.port, [upload().subarray(0, -20)], { untilMs: 100 });
    await sleep(100);
    assert.equal(server.store.reports.length, 0);
    assert.equal(server.store.openDrafts, 0);
    assert.equal(server.store.inbox.at(-1)?.reason, 'incomplete_body');
  }));

test('bytes behind the announced length do not spoil the report before them', () =>
  withServer({}, async (server) => {
    const { text, closed } = await raw(server.port, [
      Buffer.concat([upload(), Buffer.from('garbage garbage\r\n\r\n')]),
    ]);
    assert.match(text, /^HTTP\/1\.1 200 OK/);
    assert.match(text, /CrashID=bp-/);
    assert.ok(closed);
    assert.equal(server.store.reports.length, 1);
  }));

test('broken chunk framing in a body is answered 400 and leaves nothing', () =>
  withServer({}, async (server) => {
    const bytes = `POST /submit HTTP/1.1\r\n${TYPE}Transfer-Encoding: chunked\r\n\r\n5\r\n--abc\r\nnot a size\r\n`;
    const { text, closed } = await raw(server.port, [bytes]);
    assert.match(text, /^HTTP\/1\.1 400 /);
    assert.match(text, /Discarded=bad_request$/);
    assert.ok(closed);
    assert.equal(server.store.openDrafts, 0);
  }));

test('what is not HTTP is answered with one line', () =>
  withServer({}, async (server) => {
    for (const bytes of [
      '\x16\x03\x01\x02\x00\x01',
      'GARBAGE\r\n\r\n',
      'POST /submit HTTP/1.1\r\nContent-Length: x\r\n\r\n',
    ]) {
      const { text, closed } = await raw(server.port, [bytes]);
      assert.match(text, /^HTTP\/1\.1 400 Bad Request\r\n/);
      assert.match(text, /\r\n\r\nbad_request\n$/);
      assert.ok(closed);
    }
    const smuggling = `POST /submit HTTP/1.1\r\n${TYPE}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
    assert.match((await raw(server.port, [smuggling])).text, /^HTTP\/1\.1 400 /);
  }));

test('pipelined uploads are all stored and answered in order', () =>
  withServer({}, async (server) => {
    const uploads = [1, 2, 3].map((n) => upload(form([{ name: 'prod', value: `P${n}` }, dump(`d${n}`)])));
    const { text } = await raw(server.port, [Buffer.concat(uploads)], { until: /(CrashID[^]*){3}/ });
    const ids = [...text.matchAll(/CrashID=bp-(\S+)/g)].map(([, id]) => id);
    assert.equal(ids.length, 3);
    const byProduct = server.store.reports.toSorted((a, b) => (a.product < b.product ? -1 : 1));
    assert.deepEqual(
      ids,
      byProduct.map(({ crashId }) => crashId),
    );
  }));

test('a kept-alive connection takes one upload after another', () =>
  withServer({}, async (server) => {
    const { text, closed } = await raw(server.port, [upload(), 60, upload()], { until: /(CrashID[^]*){2}/ });
    assert.equal(text.match(/CrashID=/g)?.length, 2);
    assert.equal(closed, false);
    assert.equal(server.store.reports.length, 1, 'the second is a retry of the first');
  }));

test('Expect: 100-continue is told to go on only when the body is wanted', () =>
  withServer({}, async (server) => {
    const head = `POST /submit HTTP/1.1\r\n${TYPE}Expect: 100-continue\r\nContent-Length: ${BODY.length}\r\n\r\n`;
    const good = await raw(server.port, [head, 50, BODY], { until: /CrashID/ });
    assert.match(good.text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);

    const large = `POST /submit HTTP/1.1\r\n${TYPE}Expect: 100-continue\r\nContent-Length: 999999999\r\n\r\n`;
    const refused = await raw(server.port, [large, 50, FIN]);
    assert.match(refused.text, /^HTTP\/1\.1 413 /);
    assert.doesNotMatch(refused.text, /100 Continue/);
    assert.ok(refused.closed);
  }));

test('a body above the limit is answered 413 while the client is still sending', () =>
  withServer({ limits: { maxUploadBytes: 100_000 } }, async (server) => {
    const head = `POST /submit HTTP/1.1\r\n${TYPE}Transfer-Encoding: chunked\r\n\r\n`;
    const start = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="d"; filename="d"\r\n\r\n`;
    const first = `${start.length.toString(16)}\r\n${start}\r\n`;
    const block = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const { text, closed, reset } = await raw(server.port, [
      head,
      first,
      ...Array.from({ length: 40 }, () => block),
    ]);
    assert.match(text, /^HTTP\/1\.1 413 /);
    assert.match(text, /connection: close/i);
    assert.match(text, /Discarded=too_large$/);
    assert.ok(closed && !reset);
    assert.equal(server.store.openDrafts, 0);
  }));

test('an announced body above the limit is answered 413 and the client can read it', () =>
  withServer({ limits: { maxUploadBytes: 100_000 } }, async (server) => {
    const answer = await postForm(server, [{ name: 'a', value: 'b' }, dump(Buffer.alloc(3_000_000))]);
    assert.equal(answer.status, 413);
    assert.equal(answer.text, 'Discarded=too_large');
  }));

test('a client that stops sending gets 408 and leaves nothing', () =>
  withServer({ limits: { idleTimeoutMs: 200 } }, async (server) => {
    const { text, closed } = await raw(server.port, [upload().subarray(0, -20)]);
    assert.match(text, /^HTTP\/1\.1 408 /);
    assert.match(text, /Discarded=too_slow$/);
    assert.ok(closed);
    assert.equal(server.store.openDrafts, 0);
  }));

test('a client that sends a byte now and then is ended after the total time', () =>
  withServer({ limits: { idleTimeoutMs: 1000, requestTimeoutMs: 400 } }, async (server) => {
    const bytes = upload();
    const drip = Array.from({ length: 30 }, (_, i) => [bytes.subarray(200 + i, 201 + i), 50]).flat();
    const { text } = await raw(server.port, [bytes.subarray(0, 200), ...drip]);
    assert.match(text, /^HTTP\/1\.1 408 /);
  }));

test('a client that does not finish its headers gets 408', () =>
  withServer({ limits: { idleTimeoutMs: 200 } }, async (server) => {
    const { text, closed } = await raw(server.port, ['POST /submit HTTP/1.1\r\nContent-']);
    assert.match(text, /^HTTP\/1\.1 408 Request Timeout\r\n/);
    assert.ok(closed);
  }));

test('a slow store is not the fault of the client', () =>
  withServer({ limits: { idleTimeoutMs: 200 } }, async (server) => {
    server.store.state.writeDelayMs = 400;
    const answer = await postForm(server, [{ name: 'a', value: 'b' }, dump(Buffer.alloc(300_000))]);
    assert.equal(answer.status, 200);
  }));

test('a wrong method gets 405 with Allow, an unknown path 404, both with one line', () =>
  withServer({}, async (server) => {
    for (const [path, allow] of [
      ['/submit', 'POST, OPTIONS'],
      ['/default/products/p/post-report/0/0', 'GET, POST, OPTIONS'],
      ['/api/1/default/products/p/reports', 'POST, OPTIONS'],
      [`/newcrash/${'a'.repeat(64)}`, 'HEAD, GET, PUT, OPTIONS'],
      ['/__version__', 'GET, HEAD, OPTIONS'],
    ] as const) {
      const answer = await post(server, path, 'x', {}, 'DELETE');
      assert.equal(answer.status, 405, path);
      assert.equal(answer.headers.get('allow'), allow);
      assert.match(answer.text, /method_not_allowed/);
    }
    for (const path of ['/', '/nothing', '/api/1/other/', '/submit/a/b', '/newcrash/a/b']) {
      const answer = await request(server, path);
      assert.equal(answer.status, 404, path);
      assert.equal(answer.text, 'unknown_path\n');
      assert.ok(answer.headers.get('content-length'));
    }
    assert.equal((await request(server, '/submit/%ff')).status, 400);
  }));

test('an unknown path with a large body is answered, and the connection closed', () =>
  withServer({}, async (server) => {
    const { text, closed } = await raw(server.port, [
      'POST /nothing HTTP/1.1\r\nContent-Length: 10000000\r\n\r\n',
      Buffer.alloc(100_000),
    ]);
    assert.match(text, /^HTTP\/1\.1 404 /);
    assert.match(text, /connection: close/i);
    assert.ok(closed);
  }));

test('doubled and trailing slashes and absolute targets find their path', () =>
  withServer({}, async (server) => {
    for (const path of ['/submit/', '//submit', '/submit?product=Q&guid=g']) {
      assert.equal((await postForm(server, [{ name: 'a', value: path }], { path })).status, 200, path);
    }
    const absolute = upload().toString('latin1').replace('/submit', 'http://crashes.example.com/submit');
    const { text } = await raw(server.port, [absolute], { until: /CrashID/ });
    assert.match(text, /CrashID/);
  }));

test('HEAD answers the length without a body, and OPTIONS the methods', () =>
  withServer({}, async (server) => {
    const head = await request(server, '/__lbheartbeat__', { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(head.headers.get('content-length'), '3');
    const options = await request(server, '/submit', { method: 'OPTIONS' });
    assert.equal(options.status, 200);
    assert.equal(options.headers.get('allow'), 'POST, OPTIONS');
    assert.equal(options.headers.get('access-control-allow-origin'), null);
  }));

// Holds: 503
test('a full store refuses before the body and says when to come back', () =>
  withServer({}, async (server) => {
    server.store.state.full = 'no space left';
    const head = `POST /submit HTTP/1.1\r\n${TYPE}Expect: 100-continue\r\nContent-Length: ${BODY.length}\r\n\r\n`;
    const { text } = await raw(server.port, [head, 30, FIN]);
    assert.match(text, /^HTTP\/1\.1 503 /);
    assert.match(text, /retry-after: \d+/i);
    assert.match(text, /Discarded=disk_full$/);
    const crashkit = await post(server, '/default/products/p/post-report/0/0', '[]');
    assert.equal(crashkit.status, 503);
    assert.equal(crashkit.text, 'response=disk_full');
    assert.equal((await request(server, '/__lbheartbeat__')).status, 200);
    assert.equal((await request(server, '/__heartbeat__')).status, 503);
  }));

// Holds: 500
test('storage that fails is answered 503 and leaves nothing', () =>
  withServer({}, async (server) => {
    server.store.state.failWrite = 'failed';
    const written = await postForm(server, [{ name: 'a', value: 'b' }, dump()]);
    assert.deepEqual([written.status, written.text], [503, 'Discarded=storage_failed']);
    server.store.state.failWrite = null;
    server.store.state.failCommit = 'full';
    const committed = await postForm(server, [{ name: 'a', value: 'b' }, dump()]);
    assert.deepEqual([committed.status, committed.text], [503, 'Discarded=disk_full']);
    assert.ok(committed.headers.get('retry-after'));
    assert.equal(server.store.reports.length, 0);
    assert.equal(server.store.openDrafts, 0);
  }));

test('closing finishes what is in flight and answers it with a closed connection', async () => {
  await withServer({}, async (server) => {
    const bytes = upload();
    const slow = raw(server.port, [bytes.subarray(0, -30), 300, bytes.subarray(-30)]);
    const idle = raw(server.port, [], { untilMs: 2000 });
    await sleep(100);
    const started = performance.now();
    await server.close();
    assert.ok(performance.now() - started > 150, 'waits for the upload');
    const { text, closed } = await slow;
    assert.match(text, /^HTTP\/1\.1 200 OK/);
    assert.match(text, /connection: close/i);
    assert.ok(closed);
    assert.equal((await idle).closed, true);
    assert.equal(server.store.reports.length, 1);
    await assert.rejects(request(server, '/__lbheartbeat__'));
  });
});

test('a client address has a bounded number of uploads under way', () =>
  withServer({ limits: { maxUploadsPerClient: 2 } }, async (server) => {
    const bytes = upload();
    const slow = [1, 2].map(() =>
      raw(server.port, [bytes.subarray(0, -30), 200, bytes.subarray(-30)], { until: /Crash/ }),
    );
    await sleep(80);
    const refused = await postForm(server, [{ name: 'a', value: 'b' }, dump()]);
    assert.deepEqual([refused.status, refused.text], [503, 'Discarded=too_many_uploads']);
    assert.ok(refused.headers.get('retry-after'));
    for (const { text } of await Promise.all(slow)) assert.match(text, /CrashID/);
    assert.equal((await postForm(server, [{ name: 'a', value: 'b' }, dump()])).status, 200);
  }));

test('a client that says it has sent everything before it reads gets its answer', () =>
  withServer({}, async (server) => {
    // The store takes its time, so that the end of the sending side comes long before the answer.
    server.store.state.writeDelayMs = 50;
    const { text, closed } = await raw(server.port, [upload(), FIN]);
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(text, /CrashID=bp-/);
    assert.ok(closed);
    assert.equal(server.store.reports.length, 1);
  }));

test('closing gives up an upload that does not end, and its client hears that the server stops', async () => {
  await withServer({ limits: { idleTimeoutMs: 60_000, requestTimeoutMs: 60_000 } }, async (server) => {
    const endless = raw(server.port, [upload().subarray(0, -20)], { untilMs: 30_000 });
    await sleep(100);
    await server.close();
    const { text, closed } = await endless;
    assert.match(text, /^HTTP\/1\.1 503 /);
    assert.match(text, /Discarded=shutting_down$/);
    assert.ok(closed);
    assert.equal(server.store.openDrafts, 0);
  });
});

test('a body in chunks of one byte is refused when its pieces cost more than its bytes', () =>
  withServer({}, async (server) => {
    const head = `POST /submit HTTP/1.1\r\n${TYPE}Transfer-Encoding: chunked\r\n\r\n`;
    const start = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n`;
    const first = `${start.length.toString(16)}\r\n${start}\r\n`;
    const { text } = await raw(server.port, [head, first, '1\r\nx\r\n'.repeat(40_000)], {
      until: /Discarded/,
    });
    assert.match(text, /Discarded=too_costly/);
    assert.equal(server.store.openDrafts, 0);
  }));

test('no answer is taken for a page by a browser that is led here', () =>
  withServer({}, async (server) => {
    for (const bytes of [
      upload(),
      Buffer.from('GET /<b>x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
    ]) {
      const { text } = await raw(server.port, [bytes, FIN]);
      assert.match(text, /\r\nX-Content-Type-Options: nosniff\r\n/);
      assert.match(
        text,
        /\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'; sandbox\r\n/,
      );
    }
  }));
