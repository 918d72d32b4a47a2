// Hostile input through the whole server: whatever comes, an answer of the closed vocabulary, and nothing left behind.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { REFUSALS } from '../../src/base/refusal.ts';
import { dump, form, FORM_TYPE, post, raw, request, start, type Running } from './harness.ts';

let server: Running;
before(async () => {
  server = await start({ limits: { idleTimeoutMs: 1000, maxUploadsPerClient: 1000 } });
});
after(() => server.close());

const PAYLOAD = JSON.stringify([
  {
    language: 'java',
    env: { a: 'b' },
    exceptions: [{ name: 'E', message: 'm', locations: [{ class: 'C', line: 1 }] }],
  },
]);
const REPORT = JSON.stringify({
  'host.id': 'h',
  stacktrace: [{ kind: 'K', locations: [{ line: 1, source: ['a'] }] }],
  ownership: {},
});
const PANIC =
  'syncthing v1.1.4 "E" (go1.12.5 darwin-amd64) a@b 2019\nPanic at 2019-05-22T07:48:25Z\npanic: x\n';
const FORM = form([
  { name: 'prod', value: 'P' },
  { name: 'meta', value: '{"client_sha":"a"}', type: 'application/json' },
  dump(Buffer.from(Array.from({ length: 300 }, (_, i) => i % 256))),
]);
const EXTRA = form([
  { name: 'extra', value: '{"ProductName":"F","a":{"b":[1]}}', type: 'application/json' },
  dump(),
]);

const TARGETS: readonly {
  readonly name: string;
  readonly path: string;
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly method?: string;
}[] = [
  { name: 'crashpad form', path: '/submit', bytes: FORM, headers: { 'Content-Type': FORM_TYPE } },
  { name: 'socorro extra', path: '/submit', bytes: EXTRA, headers: { 'Content-Type': FORM_TYPE } },
  {
    name: 'gzip form',
    path: '/submit?product=x',
    bytes: gzipSync(FORM),
    headers: { 'Content-Type': FORM_TYPE, 'Content-Encoding': 'gzip' },
  },
  { name: 'crashkit', path: '/test/products/p/post-report/0/0', bytes: Buffer.from(PAYLOAD), headers: {} },
  { name: 'oldest crashkit', path: '/p/post-report/0/0', bytes: Buffer.from(PAYLOAD), headers: {} },
  {
    name: 'crashkit 1.0',
    path: '/api/1/default/products/p/reports?token=t',
    bytes: Buffer.from(REPORT),
    headers: {},
  },
  {
    name: 'crashkit 1.0 strict',
    path: '/api/1/default/products/p/reports?debug=1',
    bytes: Buffer.from(REPORT),
    headers: {},
  },
  {
    name: 'syncthing failure',
    path: '/newcrash/failure',
    bytes: Buffer.from('[{"description":"d","extra":{"a":1}}]'),
    headers: {},
  },
];

/** The word of the closed vocabulary in an answer's body. */
function code(text: string): string {
  return /^(?:Discarded=|response=)?([A-Za-z_-]+)/.exec(text)?.[1] ?? text;
}

function judge(status: number, text: string): void {
  if (status === 200) return;
  const word = code(text);
  assert.ok(Object.hasOwn(REFUSALS, word), `${status} ${text.slice(0, 200)}`);
  assert.equal(status, REFUSALS[word as keyof typeof REFUSALS].status);
  assert.notEqual(word, 'internal_error');
}

const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 });

for (const { name, path, bytes, headers, method = 'POST' } of TARGETS) {
  test(`flipped, cut and doubled bytes are answered from the closed vocabulary: ${name}`, () =>
    fc.assert(
      fc.asyncProperty(flips, fc.nat(), fc.integer({ min: 0, max: 3 }), async (changes, cut, how) => {
        let body = Buffer.from(bytes);
        for (const [at, value] of changes) body[at % body.length] = value;
        if (how === 1) body = body.subarray(0, cut % body.length);
        if (how === 2) body = Buffer.concat([body, body.subarray(cut % body.length)]);
        const { status, text } = await post(server, path, body, headers, method);
        judge(status, text);
        assert.equal(server.store.openDrafts, 0);
      }),
      { numRuns: 120 },
    ));
}

test('flipped Syncthing reports under their true id are stored', () =>
  fc.assert(
    fc.asyncProperty(flips, async (changes) => {
      const body = Buffer.from(PANIC);
      for (const [at, value] of changes) body[at % body.length] = value;
      const path = `/newcrash/${createHash('sha256').update(body).digest('hex')}`;
      assert.equal((await post(server, path, body, {}, 'PUT')).status, 200);
    }),
    { numRuns: 60 },
  ));

const json = fc.jsonValue({ maxDepth: 5 });

test('any JSON is stored by both CrashKit APIs and judged by the strict one', () =>
  fc.assert(
    fc.asyncProperty(json, json, async (value, inner) => {
      for (const shape of [
        value,
        [value],
        { stacktrace: value, version: inner },
        [{ exceptions: value, env: inner, exception: inner }],
      ]) {
        const body = JSON.stringify(shape);
        assert.equal((await post(server, '/test/products/p/post-report/0/0', body)).status, 200, body);
        assert.equal((await post(server, '/p/post-report/0/0', body)).status, 200, body);
        assert.equal((await post(server, '/api/1/default/products/p/reports', body)).status, 200, body);
        const strict = await post(server, '/api/1/default/products/p/reports?debug=1', body);
        judge(strict.status, strict.text);
      }
    }),
    { numRuns: 60 },
  ));

test('any path is answered', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.constantFrom('submit', 'api', '1', 'products', 'newcrash', 'post-report', '..', '%2e', '%', ''),
          fc.webSegment(),
        ),
        { maxLength: 8 },
      ),
      fc.webQueryParameters(),
      fc.constantFrom('GET', 'POST', 'PUT', 'OPTIONS'),
      async (segments, query, method) => {
        const { status, text } = await request(server, `/${segments.join('/')}?${query}`, { method });
        if (status !== 200) assert.ok(status < 500, `${status} ${text}`);
      },
    ),
    { numRuns: 200 },
  ));

test('any bytes on a connection are answered or the connection closed', () =>
  fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
        fc.tuple(fc.nat(), fc.nat(255)).map(([at, value]) => {
          const head = `POST /submit HTTP/1.1\r\nContent-Type: ${FORM_TYPE}\r\nContent-Length: ${FORM.length}\r\nConnection: close\r\n\r\n`;
          const bytes = Buffer.concat([Buffer.from(head), FORM]);
          bytes[at % head.length] = value;
          return bytes;
        }),
      ),
      async (bytes) => {
        const { text, closed } = await raw(server.port, [bytes], { untilMs: 5000, until: /\r\n\r\n[^]/ });
        assert.ok(closed || /^HTTP\/1\.1 \d{3} /.test(text), text);
      },
    ),
    { numRuns: 60 },
  ));

test('after all of that the server is well and nothing is left behind', async () => {
  assert.equal((await request(server, '/__heartbeat__')).status, 200);
  assert.equal(server.store.openDrafts, 0);
  const { values } = await server.metrics.uploadsInFlight.get();
  assert.equal(values[0]?.value, 0);
});
