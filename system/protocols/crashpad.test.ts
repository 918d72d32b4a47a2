// Black box: Crashpad and Breakpad form uploads (wire contract, section 1).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { crashIdOf, dump, form, post, sha256, submit } from '../requests.ts';
import { unzip } from '../unzip.ts';
import { api, getAttachment, getReport, listReports, startServer, type TestServer } from '../server.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.remove());

const DUMP = Buffer.concat([Buffer.from('MDMP'), Buffer.alloc(3000, 7)]);
const JAMI = {
  build_id: '202410021437',
  client_sha: '77149ebd62',
  guid: '50c4218a-bcb9-48a9-8093-a06e6435cd61',
  jamicore_sha: 'cbf8f0af6',
  platform: 'Ubuntu 22.04.4 LTS_x86_64',
};
const jamiParts = Object.entries(JAMI).map(([name, value]) => ({ name, value }));

// Holds: jami-submit, breakpad-tool, body, dump-disposition, dump-value, breakpad-lacks
test('a form with a minidump is stored: text parts are annotations, the dump comes back byte for byte', async () => {
  const answer = await submit(server.submitUrl, [
    { name: 'prod', value: 'Electron App' },
    { name: 'ver', value: '3.2.1' },
    dump(DUMP),
  ]);
  assert.equal(answer.status, 200);
  const report = await getReport(server, crashIdOf(answer));
  assert.deepEqual([report.product, report.version], ['Electron App', '3.2.1']);
  assert.deepEqual(
    report.annotations.map(({ key, value }) => [key, value]),
    [
      ['prod', 'Electron App'],
      ['ver', '3.2.1'],
    ],
  );
  const [attachment] = report.attachments;
  assert.equal(attachment?.name, 'upload_file_minidump');
  assert.equal(attachment.sha256, sha256(DUMP));
  assert.deepEqual(await getAttachment(server, report.crashId, 'upload_file_minidump'), DUMP);
});

test('the answer has a Content-Length and is never chunked', async () => {
  const answer = await submit(server.submitUrl, [{ name: 'prod', value: 'Length' }, dump(DUMP)]);
  assert.equal(answer.headers.get('content-length'), String(answer.text.length));
  assert.equal(answer.headers.get('transfer-encoding'), null);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/);
});

for (const [encoding, compress] of [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
] as const) {
  // Holds: content-encoding, body
  test(`a body compressed with ${compress.name} (${encoding}) is decoded`, async () => {
    const { body, type } = form([
      { name: 'prod', value: 'Encodings' },
      { name: 'how', value: compress.name },
      dump(DUMP),
    ]);
    const answer = await post(`${server.submitUrl}/submit`, compress(body), {
      'content-type': type,
      'content-encoding': encoding,
    });
    assert.equal(answer.status, 200, answer.text);
    const report = await getReport(server, crashIdOf(answer));
    assert.equal(report.attachments[0]?.sha256, sha256(DUMP));
  });
}

test('a chunked gzip body without a length is taken, as Crashpad sends it', async () => {
  const { body, type } = form([{ name: 'prod', value: 'Chunked' }, dump(DUMP)]);
  const stream = new ReadableStream({
    start(controller) {
      const compressed = gzipSync(body);
      for (let at = 0; at < compressed.length; at += 100)
        controller.enqueue(compressed.subarray(at, at + 100));
      controller.close();
    },
  });
  const answer = await fetch(`${server.submitUrl}/submit`, {
    method: 'POST',
    headers: { 'content-type': type, 'content-encoding': 'gzip' },
    body: stream,
    duplex: 'half',
  });
  assert.equal(answer.status, 200);
  crashIdOf({ text: await answer.text() });
});

test('product and version come from the query where no annotation names them', async () => {
  const answer = await submit(
    server.submitUrl,
    [{ name: 'ptype', value: 'gpu' }, dump(DUMP)],
    '/submit?product=FromQuery&version=9.9&guid=50c4218a-bcb9-48a9-8093-a06e6435cd61',
  );
  const report = await getReport(server, crashIdOf(answer));
  assert.deepEqual([report.product, report.version], ['FromQuery', '9.9']);
});

test('an annotation wins over the query, and ProductName over prod', async () => {
  const answer = await submit(
    server.submitUrl,
    [
      { name: 'prod', value: 'Electron' },
      { name: '_productName', value: 'Second' },
      { name: 'ver', value: '1' },
      { name: '_version', value: '2' },
      dump(DUMP),
    ],
    '/submit?product=FromQuery&version=9.9',
  );
  const report = await getReport(server, crashIdOf(answer));
  assert.deepEqual([report.product, report.version], ['Second', '2']);
});

test('a report that names no product is filed under the default one', async () => {
  const answer = await submit(server.submitUrl, [{ name: 'ptype', value: 'renderer' }, dump(DUMP)]);
  assert.equal((await getReport(server, crashIdOf(answer))).product, 'default');
});

// Holds: jami-metadata, docker-metadata
test('the Jami metadata may be text parts or one JSON object part', async () => {
  const asText = await submit(server.submitUrl, [{ name: 'prod', value: 'Jami1' }, ...jamiParts, dump(DUMP)]);
  const asJson = await submit(server.submitUrl, [
    { name: 'prod', value: 'Jami2' },
    { name: 'metadata', value: JSON.stringify(JAMI), type: 'application/json' },
    dump(DUMP),
  ]);
  for (const answer of [asText, asJson]) {
    const report = await getReport(server, crashIdOf(answer));
    const annotations = Object.fromEntries(report.annotations.map(({ key, value }) => [key, value]));
    for (const [key, value] of Object.entries(JAMI)) assert.equal(annotations[key], value);
    assert.equal(report.platform, JAMI.platform);
  }
});

test('a clash between a JSON object part and a text part is a collector note', async () => {
  const answer = await submit(server.submitUrl, [
    { name: 'platform', value: 'mine' },
    { name: 'metadata', value: JSON.stringify({ platform: 'other' }), type: 'application/json' },
    dump(DUMP),
  ]);
  const report = await getReport(server, crashIdOf(answer));
  assert.ok(
    report.notes.some((note) => note.includes('platform')),
    report.notes.join(),
  );
});

// Holds: jami-fields
test('the bundle holds the dump and its metadata and is named after the Jami fields', async () => {
  const answer = await submit(server.submitUrl, [
    { name: 'prod', value: 'JamiZip' },
    ...jamiParts,
    dump(DUMP),
  ]);
  const bundle = await api(server, `/api/reports/${crashIdOf(answer)}/bundle`);
  assert.equal(bundle.status, 200);
  assert.match(
    bundle.headers.get('content-disposition') ?? '',
    /filename="77149ebd62-cbf8f0af6-Ubuntu_22\.04\.4_LTS_x86_64\.zip"/,
  );
  const files = await unzip(Buffer.from(await bundle.arrayBuffer()));
  const named = (ending: string): Buffer | undefined =>
    [...files].find(([name]) => name.endsWith(ending))?.[1];
  assert.deepEqual(named('.dmp'), DUMP);
  assert.match(named('.info')?.toString() ?? '', /"77149ebd62"/);
});

test('the same report sent twice is stored once, and the second answer has the same id', async () => {
  const parts = [{ name: 'prod', value: 'Retry' }, { name: 'guid', value: 'g' }, dump(DUMP)];
  const first = await submit(server.submitUrl, parts);
  const second = await submit(server.submitUrl, parts);
  assert.equal(second.text, first.text);
  assert.equal((await listReports(server, 'product=Retry')).length, 1);
});

test('two crashes of one installation stay two', async () => {
  const send = (content: string): Promise<unknown> =>
    submit(server.submitUrl, [
      { name: 'prod', value: 'TwoCrashes' },
      { name: 'guid', value: 'same-installation' },
      dump(Buffer.from(content)),
    ]);
  await send('MDMP first');
  await send('MDMP second');
  assert.equal((await listReports(server, 'product=TwoCrashes')).length, 2);
});

test('a report without a binary part is never taken for a retry', async () => {
  const parts = [{ name: 'prod', value: 'TextOnly' }];
  await submit(server.submitUrl, parts);
  await submit(server.submitUrl, parts);
  assert.equal((await listReports(server, 'product=TextOnly')).length, 2);
});

test('an upload key files the report under its product; a required key is enforced', async () => {
  await submit(server.submitUrl, [{ name: 'prod', value: 'Keyed' }, dump(DUMP)]);
  const changed = await api(server, '/api/products/default/Keyed', {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ requireKey: true }),
  });
  assert.equal(changed.status, 200, await changed.clone().text());
  const { uploadKey } = (await changed.json()) as { readonly uploadKey: string };
  assert.ok(uploadKey.length >= 16);
  await new Promise((resolve) => setTimeout(resolve, 2500));

  const refused = await submit(server.submitUrl, [
    { name: 'prod', value: 'Keyed' },
    dump(Buffer.from('MDMP 1')),
  ]);
  assert.deepEqual([refused.status, refused.text.trim()], [401, 'Discarded=unknown_key']);
  for (const [index, target] of [`/submit/${uploadKey}`, `/submit?key=${uploadKey}`].entries()) {
    const answer = await submit(
      server.submitUrl,
      [dump(Buffer.from(`MDMP keyed ${index}`)), { name: 'a', value: 'b' }],
      target,
    );
    assert.equal((await getReport(server, crashIdOf(answer))).product, 'Keyed');
  }
  const wrong = await submit(server.submitUrl, [dump(DUMP), { name: 'a', value: 'b' }], '/submit/not-a-key');
  assert.deepEqual([wrong.status, wrong.text.trim()], [401, 'Discarded=unknown_key']);
});

// Holds: post, debug-404
test('a wrong method gets 405 with Allow, an unknown path 404, both with one line of text', async () => {
  const wrongMethod = await post(`${server.submitUrl}/submit`, null, {}, 'GET');
  assert.equal(wrongMethod.status, 405);
  assert.match(wrongMethod.headers.get('allow') ?? '', /POST/);
  const unknown = await post(`${server.submitUrl}/nowhere`, 'x');
  assert.equal(unknown.status, 404);
  for (const answer of [wrongMethod, unknown]) assert.match(answer.text, /^[^\n]+\n?$/);
});
