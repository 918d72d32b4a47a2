// Black box: the Socorro specification (wire contract, section 2).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { crashIdOf, dump, form, post, sha256, submit } from '../requests.ts';
import { getReport, listReports, startServer, type TestServer } from '../server.ts';

const UUID_TOKEN = 'token-for-own-crash-ids';
const RULES = [
  { name: 'no_hangs', if: { field: 'Hang', present: true }, then: 'reject' },
  { name: 'old_channel', if: { field: 'ReleaseChannel', equals: 'old' }, then: 'defer' },
  { name: 'pretend', if: { field: 'ReleaseChannel', equals: 'pretend' }, then: 'fake_accept' },
];

let server: TestServer;
before(async () => {
  server = await startServer({ env: { UUID_TOKEN, THROTTLE_RULES: JSON.stringify(RULES) } });
});
after(() => server.remove());

const DUMP = Buffer.from('MDMP socorro');
const extra = (value: unknown, name = 'extra') => ({
  name,
  value: typeof value === 'string' ? value : JSON.stringify(value),
  type: 'application/json',
});

// Holds: post, accepted
test('success is 200, text/plain, and a crash id with the throttle digit and the UTC date', async () => {
  const answer = await submit(server.submitUrl, [extra({ ProductName: 'Fx', Version: '1.0' }), dump(DUMP)]);
  assert.equal(answer.status, 200);
  const day = new Date().toISOString().slice(2, 10).replaceAll('-', '');
  assert.match(
    answer.text,
    new RegExp(`^CrashID=bp-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{5}0${day}\n$`),
  );
  const report = await getReport(server, crashIdOf(answer));
  assert.deepEqual([report.product, report.version, report.protocol], ['Fx', '1.0', 'socorro']);
});

// Holds: two-ways, malformed, no-content-type, wrong-content-type, no-boundary, bad-gzip
// Holds: no-annotations, has-json-and-kv
test('every malformed report has its reason of the closed vocabulary', async (t) => {
  const good = form([{ name: 'ProductName', value: 'Fx' }, dump(DUMP)]);
  const send = (body: Buffer | string | null, headers: Record<string, string>) =>
    post(`${server.submitUrl}/submit`, body, headers);
  const ofParts = (...parts: Parameters<typeof form>[0]) => {
    const { body, type } = form(parts);
    return send(body, { 'content-type': type });
  };
  const cases = {
    wrong_content_type: () => send(good.body, { 'content-type': 'application/json' }),
    no_boundary: () => send(good.body, { 'content-type': 'multipart/form-data' }),
    no_content_length: () => send('', { 'content-type': good.type }),
    bad_gzip: () => send(good.body, { 'content-type': good.type, 'content-encoding': 'gzip' }),
    no_annotations: () => ofParts(dump(DUMP)),
    has_json_and_kv: () => ofParts(extra({ ProductName: 'Fx' }), { name: 'Version', value: '1' }),
    invalid_payload_structure: () =>
      send(good.body.subarray(0, good.body.length - 10), { 'content-type': good.type }),
    invalid_json: () => ofParts(extra('{"ProductName":'), dump(DUMP)),
    invalid_json_value: () => ofParts(extra('["ProductName"]'), dump(DUMP)),
    duplicate_extra: () => ofParts(extra({ ProductName: 'Fx' }), extra({ Version: '1' })),
    invalid_dump_name: () => ofParts({ name: 'ProductName', value: 'Fx' }, dump(DUMP, '???')),
  };
  for (const [reason, request] of Object.entries(cases)) {
    await t.test(reason, async () => {
      const answer = await request();
      assert.deepEqual([answer.status, answer.text.trim()], [400, `Discarded=${reason}`]);
    });
  }
});

// Holds: bad-gzip
test('a truncated gzip body is bad_gzip and leaves nothing', async () => {
  const { body, type } = form([{ name: 'ProductName', value: 'Truncated' }, dump(Buffer.alloc(200_000, 1))]);
  const compressed = gzipSync(body);
  const answer = await post(`${server.submitUrl}/submit`, compressed.subarray(0, compressed.length - 20), {
    'content-type': type,
    'content-encoding': 'gzip',
  });
  assert.deepEqual([answer.status, answer.text.trim()], [400, 'Discarded=bad_gzip']);
  assert.equal((await listReports(server, 'product=Truncated')).length, 0);
});

// Holds: content-type
test('multipart/mixed is taken, and the boundary is found wherever it stands, quoted or not', async () => {
  const { body } = form([{ name: 'ProductName', value: 'Mixed' }, dump(DUMP)]);
  for (const type of [
    'multipart/mixed; boundary=---MultipartBoundary-4cdd7ec1',
    'multipart/form-data; charset=utf-8; boundary="---MultipartBoundary-4cdd7ec1"',
    'Multipart/Form-Data; BOUNDARY=---MultipartBoundary-4cdd7ec1; charset=utf-8',
  ]) {
    const answer = await post(`${server.submitUrl}/submit`, body, { 'content-type': type });
    assert.equal(answer.status, 200, `${type}: ${answer.text}`);
  }
});

// Holds: kv-value
test('bytes that are not UTF-8 are kept with U+FFFD and a note', async () => {
  const { body, type } = form([
    { name: 'ProductName', value: 'Bytes' },
    { name: 'Odd', value: Buffer.from([0x61, 0xff, 0x62]) },
  ]);
  const answer = await post(`${server.submitUrl}/submit`, body, { 'content-type': type });
  const report = await getReport(server, crashIdOf(answer));
  assert.equal(report.annotations.find(({ key }) => key === 'Odd')?.value, 'a\uFFFDb');
  assert.ok(report.notes.length > 0);
});

// Holds: extra-object
test('values in the JSON annotations that are not texts are kept as JSON text with a note', async () => {
  const answer = await submit(server.submitUrl, [
    extra({ ProductName: 'Values', Count: 7, List: [1, null] }),
    dump(DUMP),
  ]);
  const report = await getReport(server, crashIdOf(answer));
  const value = (key: string) => report.annotations.find((annotation) => annotation.key === key)?.value;
  assert.deepEqual([value('Count'), value('List')], ['7', '[1,null]']);
  assert.ok(report.notes.length > 0);
});

// Holds: dump-name
test('several dumps are kept, each with its hash', async () => {
  const browser = Buffer.from('MDMP browser');
  const answer = await submit(server.submitUrl, [
    { name: 'ProductName', value: 'Dumps' },
    dump(DUMP),
    dump(browser, 'upload_file_minidump_browser'),
  ]);
  const report = await getReport(server, crashIdOf(answer));
  assert.deepEqual(
    report.attachments.map(({ name, sha256: hash }) => [name, hash]),
    [
      ['upload_file_minidump', sha256(DUMP)],
      ['upload_file_minidump_browser', sha256(browser)],
    ],
  );
});

test('a report may carry its own crash id only with the bearer token', async () => {
  const uuid = 'de1bb258-cbbf-4589-a673-34f800160918';
  const { body, type } = form([
    { name: 'ProductName', value: 'Own' },
    { name: 'uuid', value: uuid },
    dump(DUMP),
  ]);
  const refused = await post(`${server.submitUrl}/submit`, body, { 'content-type': type });
  assert.deepEqual([refused.status, refused.text.trim()], [401, 'Discarded=unauthorized_uuid']);
  const taken = await post(`${server.submitUrl}/submit`, body, {
    'content-type': type,
    authorization: `Bearer ${UUID_TOKEN}`,
  });
  assert.equal(taken.text, `CrashID=bp-${uuid}\n`);
});

// Holds: rejected, debug-rejection
test('a rule that rejects answers its name with 200 and stores nothing', async () => {
  const answer = await submit(server.submitUrl, [
    { name: 'ProductName', value: 'Rejected' },
    { name: 'Hang', value: '1' },
    dump(DUMP),
  ]);
  assert.deepEqual([answer.status, answer.text.trim()], [200, 'Discarded=rule_no_hangs']);
  assert.equal((await listReports(server, 'product=Rejected')).length, 0);
});

test('a deferred report is stored with throttle digit 1', async () => {
  const answer = await submit(server.submitUrl, [
    { name: 'ProductName', value: 'Deferred' },
    { name: 'ReleaseChannel', value: 'old' },
    dump(DUMP),
  ]);
  const crashId = crashIdOf(answer);
  assert.equal(crashId.at(-7), '1');
  const report = await getReport(server, crashId);
  assert.deepEqual([report.state, report.throttle.rule], ['deferred', 'old_channel']);
});

test('a fake-accepted report is answered with a crash id and stored nowhere', async () => {
  const answer = await submit(server.submitUrl, [
    { name: 'ProductName', value: 'Pretended' },
    { name: 'ReleaseChannel', value: 'pretend' },
    dump(DUMP),
  ]);
  crashIdOf(answer);
  assert.equal((await listReports(server, 'product=Pretended')).length, 0);
});

test('annotations on the removal list are dropped with a note', async () => {
  const answer = await submit(server.submitUrl, [
    { name: 'ProductName', value: 'Removed' },
    { name: 'Email', value: 'person@example.com' },
    dump(DUMP),
  ]);
  const report = await getReport(server, crashIdOf(answer));
  assert.ok(!report.annotations.some(({ key }) => key === 'Email'));
  assert.ok(report.notes.some((note) => note.includes('Email')));
});

test('the health endpoints answer', async () => {
  const version = await fetch(`${server.submitUrl}/__version__`);
  const keys = Object.keys((await version.json()) as object);
  for (const key of ['source', 'version', 'commit', 'build']) assert.ok(keys.includes(key), key);
  for (const path of ['/__heartbeat__', '/__lbheartbeat__']) {
    const answer = await fetch(`${server.submitUrl}${path}`);
    await answer.arrayBuffer();
    assert.equal(answer.status, 200, path);
  }
});
