// Black box over raw sockets: what no HTTP library sends, but clients and networks do.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { dump, form, raw } from './requests.ts';
import { ADMIN_TOKEN, leftovers, listReports, startServer, type TestServer } from './server.ts';

let server: TestServer;
before(async () => {
  server = await startServer({
    env: { IDLE_TIMEOUT_SECONDS: '1', REQUEST_TIMEOUT_SECONDS: '4', MAX_UPLOAD_SIZE_MB: '2' },
  });
});
after(() => server.remove());

const parts = (product: string, size = 100) => [
  { name: 'prod', value: product },
  dump(Buffer.alloc(size, 3)),
];
const chunked = (body: Buffer, size = 1000): Buffer => {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
};
const head = (type: string, ...lines: readonly string[]): string =>
  `${['POST /submit HTTP/1.1', 'Host: a', `Content-Type: ${type}`, ...lines].join('\r\n')}\r\n\r\n`;

test('HTTP/1.0 with a chunked gzip body, as Crashpad on Linux speaks it, gets a whole answer with a length', async () => {
  const { body, type } = form(parts('Http10'));
  const answer = await raw(server.submitPort, [
    `POST /submit?product=Http10&version=1&guid=g HTTP/1.0\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n`,
    chunked(gzipSync(body), 70),
  ]);
  assert.equal(answer.status, 200, answer.raw);
  assert.match(answer.raw, /content-length: \d+/i);
  assert.doesNotMatch(answer.raw, /transfer-encoding/i);
  assert.match(answer.raw, /\r\n\r\nCrashID=bp-[0-9a-f-]{36}\n$/);
  assert.equal((await listReports(server, 'product=Http10')).length, 1);
});

test('a client that stops sending gets 408 and leaves no file behind', async () => {
  const { body, type } = form(parts('Slow', 300_000));
  const answer = await raw(
    server.submitPort,
    [head(type, `Content-Length: ${body.length}`), body.subarray(0, 200_000)],
    { waitMs: 8000 },
  );
  assert.equal(answer.status, 408, answer.raw);
  assert.ok(answer.closed);
  assert.deepEqual(leftovers(server.dir), []);
});

test('a client that sends a byte now and then is ended by the total time', async () => {
  const { body, type } = form(parts('Drip'));
  const drip = Array.from({ length: 40 }, (_, at) => [body.subarray(at, at + 1), { pauseMs: 250 }]).flat();
  const answer = await raw(server.submitPort, [head(type, `Content-Length: ${body.length}`), ...drip], {
    waitMs: 15_000,
  });
  assert.equal(answer.status, 408, answer.raw);
});

test('a client that sends no whole head is ended', async () => {
  const answer = await raw(server.submitPort, ['POST /submit HTTP/1.1\r\nHost: a\r\n'], { waitMs: 15_000 });
  assert.ok(answer.closed);
});

test('a cut connection stores nothing and leaves no file', async () => {
  const { body, type } = form(parts('Cut', 500_000));
  await raw(
    server.submitPort,
    [
      head(type, `Content-Length: ${body.length}`),
      body.subarray(0, 400_000),
      { pauseMs: 200 },
      { end: true },
    ],
    { waitMs: 1500 },
  );
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal((await listReports(server, 'product=Cut')).length, 0);
  assert.deepEqual(leftovers(server.dir), []);
});

test('pipelined uploads are all stored and answered in order', async () => {
  const requests = [1, 2, 3].map((number) => {
    const { body, type } = form([
      { name: 'prod', value: 'Pipelined' },
      { name: 'n', value: String(number) },
      dump(Buffer.from(`MDMP ${number}`)),
    ]);
    return Buffer.concat([Buffer.from(head(type, `Content-Length: ${body.length}`)), body]);
  });
  const answer = await raw(server.submitPort, [Buffer.concat(requests)], {
    waitMs: 3000,
    until: /(CrashID[\s\S]*){3}/,
  });
  assert.deepEqual(answer.statuses, [200, 200, 200]);
  assert.equal((await listReports(server, 'product=Pipelined')).length, 3);
});

test('a body above the limit is 413 at once, announced or not, and the connection closes', async () => {
  const { type } = form([]);
  const announced = await raw(server.submitPort, [head(type, 'Content-Length: 3000000')]);
  assert.equal(announced.status, 413, announced.raw);
  assert.ok(announced.closed);
  const { body } = form(parts('TooLarge', 3_000_000));
  const unannounced = await raw(server.submitPort, [
    head(type, 'Transfer-Encoding: chunked'),
    chunked(body, 60_000),
  ]);
  assert.equal(unannounced.status, 413, unannounced.raw.slice(0, 200));
  assert.equal((await listReports(server, 'product=TooLarge')).length, 0);
  assert.deepEqual(leftovers(server.dir), []);
});

test('a gzip bomb is cut off with 413', async () => {
  const { body, type } = form(parts('Bomb', 50_000_000));
  const bomb = gzipSync(body);
  assert.ok(bomb.length < 100_000);
  const answer = await raw(server.submitPort, [
    head(type, 'Content-Encoding: gzip', `Content-Length: ${bomb.length}`),
    bomb,
  ]);
  assert.equal(answer.status, 413, answer.raw);
});

test('a length that is shorter than the body takes what it announces', async () => {
  const { body, type } = form(parts('Short'));
  const answer = await raw(server.submitPort, [head(type, `Content-Length: ${body.length - 30}`), body], {
    waitMs: 2000,
  });
  assert.equal(answer.status, 400, answer.raw);
  assert.match(answer.raw, /Discarded=invalid_payload_structure/);
});

test('Expect: 100-continue is answered', async () => {
  const { body, type } = form(parts('Continue'));
  const answer = await raw(
    server.submitPort,
    [head(type, `Content-Length: ${body.length}`, 'Expect: 100-continue'), { pauseMs: 200 }, body],
    { until: /CrashID/ },
  );
  assert.deepEqual(answer.statuses, [100, 200]);
});

test('what is not HTTP gets one line and a closed connection', async () => {
  for (const bytes of [
    'hello\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    Buffer.from([0, 1, 2, 255, 13, 10, 13, 10]),
  ]) {
    const answer = await raw(server.submitPort, [bytes]);
    assert.ok(answer.status === 400 || answer.status === 505, answer.raw);
    assert.ok(answer.closed);
  }
});

test('both a length and chunks, or two lengths, are refused (request smuggling)', async () => {
  const { body, type } = form(parts('Smuggle'));
  for (const lines of [
    [`Content-Length: ${body.length}`, 'Transfer-Encoding: chunked'],
    [`Content-Length: ${body.length}`, 'Content-Length: 5'],
  ]) {
    const answer = await raw(server.submitPort, [head(type, ...lines), body], { waitMs: 3000 });
    assert.equal(answer.status, 400, answer.raw);
  }
});

test('a header block that never ends is refused', async () => {
  const answer = await raw(server.submitPort, [
    `POST /submit HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`,
  ]);
  assert.ok(answer.status === 400 || answer.status === 431, answer.raw.slice(0, 100));
});

/** Sends everything and the end of its own side at once, then waits for the server's. */
function halfClosing(port: number, ...pieces: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
    socket.end(Buffer.concat(pieces.map((piece) => Buffer.from(piece))));
  });
}

test('a client that half-closes after its request gets its answer, however it frames the body, from both servers', async () => {
  // Equal uploads would be one report.
  let size = 100;
  const whole = (by = 1, ...lines: readonly string[]) => {
    const { body, type } = form(parts('Half', (size += by)));
    return [head(type, `Content-Length: ${body.length}`, ...lines), body];
  };
  const large = form(parts('Half', 600_000));
  const ways: readonly (readonly (string | Buffer)[])[] = [
    whole(),
    whole(500_000),
    [head(large.type, 'Transfer-Encoding: chunked'), chunked(large.body, 60_000)],
    [...whole(), ...whole()],
    whole(1, 'Connection: close'),
  ];
  for (const [index, pieces] of ways.entries()) {
    const text = await halfClosing(server.submitPort, ...pieces);
    const answers = text.match(/CrashID=bp-[0-9a-f-]{36}/g) ?? [];
    assert.equal(answers.length, index === 3 ? 2 : 1, `way ${index}: ${text}`);
  }
  assert.equal((await listReports(server, 'product=Half')).length, ways.length + 1);
  const reportsPort = Number(new URL(server.reportsUrl).port);
  for (const path of ['/healthz', '/api/reports', '/bugs']) {
    const text = await halfClosing(
      reportsPort,
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n\r\n`,
    );
    assert.match(text, /^HTTP\/1\.1 (200|302|303) /, path);
  }
});

test('a client that half-closes in the middle of its body is told, and nothing of it is stored', async () => {
  const { body, type } = form(parts('Quarter', 300_000));
  const text = await halfClosing(
    server.submitPort,
    head(type, `Content-Length: ${body.length}`),
    body.subarray(0, 100_000),
  );
  assert.match(text, /^(HTTP\/1\.1 4\d\d |$)/);
  assert.deepEqual(await listReports(server, 'product=Quarter'), []);
  assert.deepEqual(leftovers(server.dir), []);
});
