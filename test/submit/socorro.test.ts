// docs/protocols/socorro.md, and the Socorro specification: reasons, notes, throttling, ids.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { ThrottleRule } from '../../src/submit/throttle-rule.ts';
import { BOUNDARY, dump, form, FORM_TYPE, post, postForm, raw, withServer } from './harness.ts';

const extra = (value: unknown) => ({ name: 'extra', value: JSON.stringify(value), type: 'application/json' });
const GOOD = form([{ name: 'ProductName', value: 'Firefox' }, dump()]);

// Holds: extra-name
test('annotations as one JSON value are a socorro report, and so is a ProductName', () =>
  withServer({}, async (server) => {
    const answer = await postForm(server, [
      extra({ ProductName: 'Firefox', Version: '1.0', BuildID: '2016' }),
      dump(),
    ]);
    assert.match(answer.text, /^CrashID=bp-[0-9a-f-]{28}0\d{6}\n$|^CrashID=bp-\S{36}\n$/);
    assert.deepEqual(
      [server.store.last.protocol, server.store.last.payloadKind, server.store.last.version],
      ['socorro', 'json', '1.0'],
    );
    await postForm(server, [{ name: 'ProductName', value: 'Firefox' }]);
    assert.deepEqual([server.store.last.protocol, server.store.last.payloadKind], ['socorro', 'multipart']);
  }));

// Holds: example-kv, example-json
test('requests as the specification writes them, with pairs and with the JSON value, are taken', () =>
  withServer({}, async (server) => {
    // A browser's add-ons, percent-encoded; a dump without a file type of its own.
    const pairs = form([
      { name: 'Add-ons', value: 'fonts%40example.com:3.2,%7B0f2c3c4e-0000-4474-a285-3208198ce6fd%7D:48.0' },
      { name: 'DOMFissionEnabled', value: '1' },
      { name: 'BuildID', value: '20160728203720' },
      dump(),
    ]);
    const json = form([extra({ ProductName: 'Firefox', Version: '1.0', BuildID: '20160728203720' }), dump()]);
    for (const body of [pairs, json]) {
      const head = `POST /submit HTTP/1.1\r\nHost: xyz.example.com\r\nUser-Agent: Breakpad/1.0 (Linux)\r\nAccept: */*\r\nContent-Length: ${body.length}\r\nContent-Type: ${FORM_TYPE}\r\n\r\n`;
      const { text } = await raw(server.port, [Buffer.concat([Buffer.from(head), body])], {
        until: /CrashID/,
      });
      assert.match(text, /^HTTP\/1\.1 200 [\s\S]*CrashID=bp-/);
      assert.equal(
        server.store.last.annotations.find(({ key }) => key === 'BuildID')?.value,
        '20160728203720',
      );
    }
  }));

test('the crash id ends in the throttle digit and the UTC date', () =>
  withServer({ now: () => Date.parse('2016-09-18T23:59:59Z') }, async (server) => {
    const { text } = await postForm(server, [{ name: 'a', value: 'b' }]);
    assert.match(text, /^CrashID=bp-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{5}0160918\n$/);
  }));

// Holds: two-ways, extra-once, no-content-type, wrong-content-type, no-boundary, bad-gzip
// Holds: no-annotations, has-json-and-kv
test('every malformed report is told its reason with 400', () =>
  withServer({}, async (server) => {
    const cases: readonly (readonly [string, Buffer | string, Record<string, string>])[] = [
      ['no_content_type', GOOD, { 'Content-Type': '' }],
      ['wrong_content_type', GOOD, { 'Content-Type': 'application/x-www-form-urlencoded' }],
      ['no_boundary', GOOD, { 'Content-Type': 'multipart/form-data' }],
      ['no_boundary', GOOD, { 'Content-Type': 'multipart/form-data; boundary=""' }],
      ['no_content_length', '', { 'Content-Type': FORM_TYPE }],
      ['bad_gzip', GOOD, { 'Content-Type': FORM_TYPE, 'Content-Encoding': 'gzip' }],
      ['bad_gzip', gzipSync(GOOD).subarray(0, -4), { 'Content-Type': FORM_TYPE, 'Content-Encoding': 'gzip' }],
      ['unknown_encoding', GOOD, { 'Content-Type': FORM_TYPE, 'Content-Encoding': 'compress' }],
      ['invalid_payload_structure', GOOD.subarray(0, -10), { 'Content-Type': FORM_TYPE }],
      ['invalid_payload_structure', 'nothing of the kind', { 'Content-Type': FORM_TYPE }],
      ['no_annotations', form([dump()]), { 'Content-Type': FORM_TYPE }],
      [
        'has_json_and_kv',
        form([extra({ a: 'b' }), { name: 'c', value: 'd' }]),
        { 'Content-Type': FORM_TYPE },
      ],
      ['duplicate_extra', form([extra({ a: 'b' }), extra({ a: 'b' })]), { 'Content-Type': FORM_TYPE }],
      ['invalid_json_value', form([extra(['a'])]), { 'Content-Type': FORM_TYPE }],
      [
        'invalid_json',
        form([{ name: 'extra', value: '{', type: 'application/json' }]),
        { 'Content-Type': FORM_TYPE },
      ],
      [
        'invalid_dump_name',
        form([{ name: 'a', value: 'b' }, dump('x', '--')]),
        { 'Content-Type': FORM_TYPE },
      ],
    ];
    for (const [reason, body, headers] of cases) {
      const answer = await post(server, '/submit', body, headers);
      assert.deepEqual([answer.status, answer.text], [400, `Discarded=${reason}`]);
      const line = server.store.inbox.at(-1);
      assert.deepEqual([line?.outcome, line?.reason, line?.status], ['refused', reason, 400]);
    }
    assert.equal(server.store.reports.length, 0);
    assert.equal(server.store.openDrafts, 0);
    const { values } = await server.metrics.refused.get();
    assert.equal(values.find(({ labels }) => labels.reason === 'bad_gzip')?.value, 2);
  }));

// Holds: content-length
test('neither a length nor chunks is no_content_length', () =>
  withServer({}, async (server) => {
    const { text } = await raw(server.port, [`POST /submit HTTP/1.1\r\nContent-Type: ${FORM_TYPE}\r\n\r\n`], {
      until: /Discarded/,
    });
    assert.match(text, /^HTTP\/1\.1 400 /);
    assert.match(text, /Discarded=no_content_length$/);
  }));

test('multipart/mixed is taken, with the boundary anywhere', () =>
  withServer({}, async (server) => {
    for (const type of [
      `multipart/mixed; boundary=${BOUNDARY}`,
      `multipart/form-data; charset=utf-8; boundary="${BOUNDARY}"`,
      `Multipart/Form-Data;BOUNDARY=${BOUNDARY};charset=utf-8`,
    ]) {
      assert.equal((await post(server, '/submit', GOOD, { 'Content-Type': type })).status, 200, type);
    }
  }));

test('gzip, deflate, br and zstd bodies are decoded, once or twice', () =>
  withServer({}, async (server) => {
    const large = form([
      { name: 'a', value: 'b' },
      dump(Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251))),
    ]);
    for (const body of [GOOD, large]) {
      const codings: readonly (readonly [string, Buffer])[] = [
        ['gzip', gzipSync(body)],
        ['x-gzip', gzipSync(body)],
        ['GZIP', gzipSync(body)],
        ['deflate', deflateSync(body)],
        ['deflate', deflateRawSync(body)],
        ['br', brotliCompressSync(body)],
        ['zstd', zstdCompressSync(body)],
        ['gzip, br', brotliCompressSync(gzipSync(body))],
        ['identity', body],
        ['gzip', Buffer.concat([gzipSync(body.subarray(0, 50)), gzipSync(body.subarray(50))])],
      ];
      for (const [encoding, bytes] of codings) {
        const headers = { 'Content-Type': FORM_TYPE, 'Content-Encoding': encoding };
        const answer = await post(server, '/submit', bytes, headers);
        assert.equal(answer.status, 200, `${encoding}: ${answer.text}`);
      }
    }
    assert.equal(server.store.reports.length, 2, 'the rest are retries');
  }));

test('removed annotations are not stored, and a note says so', () =>
  withServer({ removedAnnotations: ['Email', 'TelemetryClientId'] }, async (server) => {
    await postForm(server, [extra({ ProductName: 'F', Email: 'a@example.com', TelemetryClientId: 'id' })]);
    assert.deepEqual(server.store.annotations, { ProductName: 'F' });
    assert.equal(server.store.last.notes.length, 2);
    assert.ok(!JSON.stringify(server.store.reports).includes('a@example.com'));
    assert.equal(server.store.inbox.length, 0, 'that is not odd');
  }));

// Holds: accepted-odd
test('null and other values are accepted with a note', () =>
  withServer({}, async (server) => {
    await postForm(server, [extra({ ProductName: 'F', Notes: null, Count: 3 })]);
    assert.deepEqual(server.store.annotations, { ProductName: 'F', Notes: '', Count: '3' });
    assert.deepEqual(server.store.last.notes, [
      'The value of "Notes" is null; it is kept as an empty text.',
      'The value of "Count" is not a string; it is kept as JSON text.',
    ]);
    assert.equal(server.store.inbox.at(-1)?.outcome, 'accepted_with_notes');
  }));

// Holds: accepted-odd
test('null is no product', () =>
  withServer({}, async (server) => {
    const answer = await postForm(server, [extra({ ProductName: null, Version: null })]);
    assert.equal(answer.status, 200);
    assert.deepEqual([server.store.last.product, server.store.last.version], ['default', null]);
  }));

test('a report with its own crash id needs the bearer token', () =>
  withServer({ uuidToken: 'a-secret-of-some-length' }, async (server) => {
    const uuid = 'de1bb258-cbbf-4589-a673-34f801160918';
    const parts = [{ name: 'uuid', value: uuid }, { name: 'a', value: 'b' }, dump()];
    for (const authorization of [undefined, 'Bearer wrong', 'a-secret-of-some-length']) {
      const headers = authorization === undefined ? {} : { Authorization: authorization };
      const answer = await postForm(server, parts, { headers });
      assert.deepEqual([answer.status, answer.text], [401, 'Discarded=unauthorized_uuid']);
    }
    assert.ok(!JSON.stringify(server.store.inbox).includes('a-secret'));
    const headers = { Authorization: 'Bearer a-secret-of-some-length' };
    const answer = await postForm(server, parts, { headers });
    assert.deepEqual([answer.status, answer.text], [200, `CrashID=bp-${uuid}\n`]);
    assert.equal(server.store.last.state, 'deferred', 'the digit 1 in the id');
    assert.equal((await postForm(server, parts, { headers })).text, answer.text);
    assert.equal(server.store.reports.length, 1);
  }));

test('without a configured token no report carries its own crash id; a uuid that is none is an annotation', () =>
  withServer({}, async (server) => {
    const own = [{ name: 'uuid', value: 'de1bb258-cbbf-4589-a673-34f802160918' }];
    assert.equal((await postForm(server, own, { headers: { Authorization: 'Bearer x' } })).status, 401);
    assert.equal((await postForm(server, [{ name: 'uuid', value: 'device 7' }])).status, 200);
    assert.deepEqual(server.store.annotations, { uuid: 'device 7' });
  }));

const RULES: readonly ThrottleRule[] = [
  { name: 'rejected', if: { field: 'do', equals: 'reject' }, then: 'reject' },
  { name: 'faked', if: { field: 'do', equals: 'fake' }, then: 'fake_accept' },
  { name: 'later', if: { field: 'do', equals: 'defer' }, then: 'defer' },
];

// Holds: throttles
test('the throttle rejects, defers and fakes, and tells the rule', () =>
  withServer({ throttleRules: RULES }, async (server) => {
    const send = (value: string) => postForm(server, [{ name: 'do', value }, dump()]);
    const rejected = await send('reject');
    assert.deepEqual([rejected.status, rejected.text], [200, 'Discarded=rule_rejected']);
    assert.match((await send('fake')).text, /^CrashID=bp-/);
    assert.equal(server.store.reports.length, 0);
    assert.deepEqual(
      server.store.inbox.map(({ outcome, reason }) => [outcome, reason]),
      [
        ['throttled', 'rejected'],
        ['throttled', 'faked'],
      ],
    );
    assert.match((await send('defer')).text, /^CrashID=bp-\S{29}1\d{6}\n$/);
    assert.equal(server.store.last.state, 'deferred');
    assert.deepEqual(server.store.last.throttle, { rule: 'later', action: 'defer' });
    assert.match((await send('nothing')).text, /^CrashID=bp-\S{29}0\d{6}\n$/);
    assert.equal(server.store.openDrafts, 0);
  }));

test('a bomb is cut off while it grows', () =>
  withServer({ limits: { maxUploadBytes: 64 * 1024 * 1024, maxDecompressionRatio: 100 } }, async (server) => {
    const bomb = form([{ name: 'a', value: 'b' }, dump(Buffer.alloc(30 * 1024 * 1024))]);
    const coded: readonly (readonly [string, Buffer])[] = [
      ['gzip', gzipSync(bomb)],
      ['br', brotliCompressSync(bomb, { params: {} })],
      ['zstd', zstdCompressSync(bomb)],
      ['gzip, gzip', gzipSync(gzipSync(bomb))],
    ];
    for (const [encoding, bytes] of coded) {
      const answer = await post(server, '/submit', bytes, {
        'Content-Type': FORM_TYPE,
        'Content-Encoding': encoding,
      });
      assert.deepEqual([answer.status, answer.text], [413, 'Discarded=decompression_ratio'], encoding);
    }
    assert.equal(server.store.openDrafts, 0);
  }));

// Holds: too-large
test('the limit counts decoded bytes', () =>
  withServer({ limits: { maxUploadBytes: 100_000, maxDecompressionRatio: 100_000 } }, async (server) => {
    const body = gzipSync(form([{ name: 'a', value: 'b' }, dump(Buffer.alloc(200_000))]));
    const answer = await post(server, '/submit', body, {
      'Content-Type': FORM_TYPE,
      'Content-Encoding': 'gzip',
    });
    assert.deepEqual([answer.status, answer.text], [413, 'Discarded=too_large']);
  }));

test('parts, headers, texts and annotations have their limits', () =>
  withServer(
    { limits: { maxParts: 3, maxAnnotations: 2, maxTextPartBytes: 100, maxPartHeaderBytes: 150 } },
    async (server) => {
      const cases: readonly (readonly [number, string, Parameters<typeof form>[0]])[] = [
        [400, 'too_many_parts', ['a', 'b', 'c', 'd'].map((name) => dump(name, name))],
        [400, 'too_many_annotations', ['a', 'b', 'c'].map((name) => ({ name, value: '1' }))],
        [413, 'text_part_too_large', [{ name: 'a', value: 'x'.repeat(101) }]],
        [400, 'part_header_too_large', [{ name: 'a', value: '1', type: `text/plain; x=${'y'.repeat(150)}` }]],
      ];
      for (const [status, reason, parts] of cases) {
        const answer = await postForm(server, parts);
        assert.deepEqual([answer.status, answer.text], [status, `Discarded=${reason}`]);
      }
    },
  ));
