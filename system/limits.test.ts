// Black box: every limit is a named setting, and passing it is answered with its refusal, told in the inbox under the same
// name, and leaves no file behind. Idle and total time, and the limit of a whole body without a coding: raw-sockets.test.ts.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { dump, form, post, raw, sha256, submit, type Part } from './requests.ts';
import { api, leftovers, listReports, startServer, type TestServer } from './server.ts';

let server: TestServer;
before(async () => {
  server = await startServer({
    env: {
      MAX_UPLOAD_SIZE_MB: '3',
      MAX_PARTS: '6',
      MAX_PART_HEADER_BYTES: '600',
      MAX_TEXT_PART_KB: '2',
      MAX_ANNOTATIONS: '4',
      MAX_NAME_LENGTH: '40',
      MAX_DECOMPRESSION_RATIO: '20',
      MAX_UPLOADS_PER_CLIENT: '3',
      SYNCTHING_MAX_KB: '3',
      MAX_AUTO_PRODUCTS: '2',
      DEFAULT_PRODUCT: 'Unsorted',
      INBOX_SIZE: '30',
    },
  });
});
after(() => server.remove());

const text = (name: string, value = '1'): Part => ({ name, value });
const texts = (count: number): Part[] => Array.from({ length: count }, (_, at) => text(`key${at}`));

/** The inbox is written a moment after the answer. */
async function refusedLast(reason: string, status: number): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await api(server, '/api/inbox?limit=1');
    const { entries } = (await answer.json()) as {
      readonly entries: readonly { readonly reason: string; readonly status: number }[];
    };
    const [entry] = entries;
    if (entry?.reason === reason && entry.status === status) return;
    assert.ok(attempt < 50, `${reason} is not in the inbox, but ${JSON.stringify(entry)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const beyond: readonly (readonly [string, number, string, readonly Part[]])[] = [
  [
    'MAX_PARTS',
    400,
    'too_many_parts',
    [text('prod', 'Limits'), ...Array.from({ length: 6 }, (_, at) => dump(Buffer.from('x'), `d${at}`))],
  ],
  ['MAX_ANNOTATIONS', 400, 'too_many_annotations', texts(5)],
  [
    'MAX_PART_HEADER_BYTES',
    400,
    'part_header_too_large',
    [{ ...text('a'), type: `text/plain; x=${'y'.repeat(600)}` }],
  ],
  ['MAX_TEXT_PART_KB', 413, 'text_part_too_large', [text('a', 'x'.repeat(2049))]],
  ['MAX_NAME_LENGTH', 400, 'invalid_annotation_name', [text('n'.repeat(41))]],
  ['MAX_UPLOAD_SIZE_MB', 413, 'too_large', [text('prod', 'Limits'), dump(randomBytes(3_200_000))]],
];
for (const [setting, status, reason, parts] of beyond) {
  test(`beyond ${setting}: ${reason}`, async () => {
    const answer = await submit(server.submitUrl, parts);
    assert.deepEqual([answer.status, answer.text], [status, `Discarded=${reason}`]);
    await refusedLast(reason, status);
    assert.deepEqual(leftovers(server.dir), []);
  });
}

test('a form that meets every limit exactly is taken', async () => {
  const parts = [
    text('prod', 'Limits'),
    text('n'.repeat(40)),
    text('long', 'x'.repeat(2048)),
    { ...text('typed'), type: `text/plain; x=${'y'.repeat(500)}` },
    dump(randomBytes(900_000)),
    dump(Buffer.from('MDMP'), 'upload_file_minidump_browser'),
  ];
  const answer = await submit(server.submitUrl, parts);
  assert.equal(answer.status, 200, answer.text);
});

// Holds: too-large, debug-413
test('beyond MAX_UPLOAD_SIZE_MB decoded bytes count, not those on the wire', async () => {
  const { body, type } = form([
    text('prod', 'Limits'),
    dump(randomBytes(200_000)),
    dump(Buffer.alloc(3_000_000), 'b'),
  ]);
  const packed = gzipSync(body);
  assert.ok(packed.length < 250_000 && body.length / packed.length < 20);
  const answer = await post(`${server.submitUrl}/submit`, packed, {
    'content-type': type,
    'content-encoding': 'gzip',
  });
  assert.deepEqual([answer.status, answer.text], [413, 'Discarded=too_large']);
});

test('beyond MAX_DECOMPRESSION_RATIO: decompression_ratio, before the limit of the body is met', async () => {
  const { body, type } = form([text('prod', 'Limits'), dump(Buffer.alloc(2_900_000))]);
  const answer = await post(`${server.submitUrl}/submit`, gzipSync(body), {
    'content-type': type,
    'content-encoding': 'gzip',
  });
  assert.deepEqual([answer.status, answer.text], [413, 'Discarded=decompression_ratio']);
  await refusedLast('decompression_ratio', 413);
  assert.deepEqual(leftovers(server.dir), []);
});

test('beyond MAX_NAME_LENGTH a CrashKit product does not exist', async () => {
  const answer = await post(`${server.submitUrl}/default/products/${'p'.repeat(41)}/post-report/0/0`, '[]');
  assert.deepEqual([answer.status, answer.text], [404, 'response=not-found']);
});

test('beyond SYNCTHING_MAX_KB: 413', async () => {
  const put = (report: string) => post(`${server.submitUrl}/newcrash/${sha256(report)}`, report, {}, 'PUT');
  assert.equal((await put('x'.repeat(3072))).status, 200);
  const answer = await put('x'.repeat(3073));
  assert.deepEqual([answer.status, answer.text], [413, 'too_large\n']);
});

test('beyond MAX_UPLOADS_PER_CLIENT: 503 with Retry-After, and room again when one ends', async () => {
  const { body, type } = form([text('prod', 'Limits'), dump(Buffer.from('held'))]);
  const head = `POST /submit HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`;
  const held = Array.from({ length: 3 }, () =>
    raw(server.submitPort, [head, body.subarray(0, 50), { pauseMs: 1500 }, body.subarray(50)], {
      waitMs: 8000,
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  const refused = await submit(server.submitUrl, [text('prod', 'Limits'), dump(Buffer.from('fourth'))]);
  assert.deepEqual([refused.status, refused.text], [503, 'Discarded=too_many_uploads']);
  assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/);
  assert.deepEqual(
    (await Promise.all(held)).map(({ status }) => status),
    [200, 200, 200],
  );
  assert.equal(
    (await submit(server.submitUrl, [text('prod', 'Limits'), dump(Buffer.from('fifth'))])).status,
    200,
  );
});

test('beyond MAX_AUTO_PRODUCTS reports go to DEFAULT_PRODUCT', async () => {
  for (const product of ['Second', 'Third', 'Fourth']) {
    assert.equal(
      (await submit(server.submitUrl, [text('prod', product), dump(Buffer.from(product))])).status,
      200,
    );
  }
  assert.equal((await listReports(server, 'product=Fourth')).length, 0);
  assert.ok((await listReports(server, 'product=Unsorted')).length >= 1);
});

test('the inbox remembers INBOX_SIZE submissions', async () => {
  for (let count = 0; count < 40; count += 1)
    await post(`${server.submitUrl}/submit`, 'x', { 'content-type': 'text/x' });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const answer = await api(server, '/api/inbox?limit=200');
  const { entries } = (await answer.json()) as { readonly entries: readonly unknown[] };
  assert.ok(entries.length >= 10 && entries.length <= 30, `${entries.length} entries`);
});
