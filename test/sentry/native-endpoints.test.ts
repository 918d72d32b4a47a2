// Native crashes: a crash handler's form with parts of MessagePack, fields, bare dumps, dumps in envelopes, Unreal's archive.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { decodeMsgpack } from '../../src/wire/sentry/msgpack.ts';
import { dumpOf } from '../formats/minidump/parsed.ts';
import { msgpack, unrealArchive } from './native-bodies.ts';
import { DSN_ID, envelopeOf, KEY, postSentry, startSentry, type SentryServer } from './sentry-server.ts';

function dump(): Buffer {
  const builder = dumpOf();
  const context = builder.amd64({ rip: 0x40_1000n });
  return Buffer.from(
    builder
      .modules({ base: 0x40_0000n, size: 0x10000, name: '/opt/shop/till' })
      .threads({ id: 77, context })
      .exception({ threadId: 77, code: 11, flags: 1, context })
      .build(),
  );
}

const AUTH = { 'X-Sentry-Auth': `Sentry sentry_key=${KEY}` };

describe('native crashes through Sentry’s endpoints', () => {
  let server: SentryServer;
  before(async () => {
    server = await startSentry();
  });
  after(() => server.close());

  const postForm = (parts: readonly (readonly [string, Buffer | string, string?])[]) => {
    const form = new FormData();
    for (const [name, value, filename] of parts) {
      if (filename === undefined) form.append(name, String(value));
      else form.append(name, new Blob([new Uint8Array(Buffer.from(value))]), filename);
    }
    return fetch(`${server.url}/api/${DSN_ID}/minidump/?sentry_key=${KEY}`, { method: 'POST', body: form });
  };

  it('a form with parts of MessagePack is an event with its dump, breadcrumbs in order, secrets filtered', async () => {
    const id = 'a1'.repeat(16);
    const crumb = (timestamp: string, message: string) => msgpack({ timestamp, message });
    const answer = await postForm([
      [
        '__sentry-event',
        msgpack({
          event_id: id,
          release: 'shop@5.0',
          tags: { region: 'eu' },
          extra: { api_token: 'needle' },
        }),
        'e',
      ],
      [
        '__sentry-breadcrumb1',
        Buffer.concat([crumb('2026-01-01T00:00:02Z', 'second'), crumb('2026-01-01T00:00:01Z', 'first')]),
        'b1',
      ],
      ['__sentry-breadcrumb2', '', 'b2'],
      ['upload_file_minidump', dump(), 'x.dmp'],
      ['till.log', 'a line', 'till.log'],
    ]);
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /^a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1$/);
    const report = await server.ofEvent(id);
    assert.ok(report !== null);
    assert.deepEqual(
      report.attachments.map(({ name, kind }) => [name, kind]),
      [
        ['upload_file_minidump', 'minidump'],
        ['till.log', 'file'],
        ['payload.json', 'payload'],
      ],
    );
    assert.equal(report.version, '5.0');
    const processed = await server.process(report);
    const [crash] = processed.crashes;
    assert.equal(crash?.kind, 'native');
    assert.match(crash.signature, /^till/);
    assert.deepEqual(
      crash.sections.find(({ name }) => name === 'breadcrumbs')?.values.map(([, said]) => said),
      ['first', 'second'],
    );
    assert.ok(!JSON.stringify(processed).includes('needle'));
  });

  it('fields make the event, too: JSON, brackets, numbered pieces', async () => {
    const ids = ['b1', 'b2', 'b3'].map((pair) => pair.repeat(16));
    const forms: readonly (readonly (readonly [string, string])[])[] = [
      [['sentry', JSON.stringify({ event_id: ids[0], release: 'shop@1' })]],
      [
        ['sentry[event_id]', ids[1] ?? ''],
        ['sentry[release]', 'shop@1'],
        ['sentry[tags][a]', 'b'],
      ],
      [
        ['sentry__2', `${ids[2]}","release":"shop@1"}`],
        ['sentry__1', '{"event_id":"'],
      ],
    ];
    for (const [index, fields] of forms.entries()) {
      const answer = await postForm([
        ...fields,
        ['guid', 'installation'],
        ['upload_file_minidump', dump(), 'x.dmp'],
      ]);
      assert.equal(answer.status, 200, await answer.text());
      assert.equal((await server.ofEvent(ids[index] ?? ''))?.version, '1');
    }
  });

  it('the version is that of the handler’s own annotations where the form holds no event', async () => {
    const before_ = new Set((await server.reports()).map(({ crashId }) => crashId));
    const answer = await postForm([
      ['ver', '31.2 of the framework'],
      ['_version', '4.2.0'],
      ['ptype', 'renderer'],
      // The same bytes would be the same report as those of other tests.
      ['upload_file_minidump', Buffer.concat([dump(), Buffer.from([0])]), 'x.dmp'],
    ]);
    assert.equal(answer.status, 200);
    const report = (await server.reports()).find(({ crashId }) => !before_.has(crashId));
    assert.equal(report?.version, '4.2.0');
  });

  it('a bare dump is a report; a form without one is refused', async () => {
    const count = (await server.reports()).length;
    const bare = await postSentry(server, 'minidump/', zlib.gzipSync(dump()), {
      ...AUTH,
      'Content-Encoding': 'gzip',
    });
    assert.equal(bare.status, 200);
    assert.equal((await server.reports()).length, count + 1);
    const none = await postForm([['sentry', '{}']]);
    assert.deepEqual([none.status, none.headers.get('x-sentry-error')], [400, 'no_minidump']);
  });

  it('a dump in an envelope belongs to its event, or is a report of its own', async () => {
    const id = 'c1'.repeat(16);
    const bytes = dump();
    const header = Buffer.from(
      `{"event_id":"${id}"}\n{"type":"attachment","attachment_type":"event.minidump","length":${bytes.length}}\n`,
    );
    const alone = await postSentry(server, 'envelope/', Buffer.concat([header, bytes]));
    assert.equal(alone.status, 200);
    const report = await server.ofEvent(id);
    assert.equal((await server.process(report ?? assert.fail('no report'))).crashes[0]?.kind, 'native');
    const waiting = envelopeOf({ event_id: 'd1'.repeat(16) }, [
      { type: 'attachment', filename: 'a.txt' },
      'x',
    ]);
    assert.equal((await postSentry(server, 'envelope/', waiting)).status, 200);
  });

  it('a crash of the Unreal Engine is an event with its dump, logs and context', async () => {
    const xml = `<FGenericCrashContext><RuntimeProperties><GameName>Shooter</GameName><BuildVersion>++UE5+1</BuildVersion>
      <ErrorMessage>Assertion failed: a &lt; b</ErrorMessage><LoginId>player-1</LoginId><SessionToken>needle</SessionToken></RuntimeProperties></FGenericCrashContext>`;
    const archive = unrealArchive([
      ['CrashContext.runtime-xml', Buffer.from(xml)],
      ['UE4Minidump.dmp', dump()],
      ['Shooter.log', Buffer.from('LogInit: hello')],
    ]);
    const post = (bytes: Buffer) => postSentry(server, `unreal/${KEY}/?AppVersion=1`, bytes, {});
    const answer = await post(zlib.deflateSync(archive));
    assert.equal(answer.status, 200, answer.text);
    const [report] = await server.reports();
    assert.ok(report !== undefined);
    assert.deepEqual(
      report.attachments.map(({ kind }) => kind),
      ['minidump', 'file', 'payload'],
    );
    assert.equal(report.installation, 'player-1');
    const text = (await server.part(report, 'payload.json'))?.toString('utf8') ?? '';
    assert.ok(text.includes('a < b') && !text.includes('needle'));
    assert.equal((await post(Buffer.from('no zlib'))).status, 400);
    assert.equal((await post(zlib.deflateSync(Buffer.from('CR2')))).status, 400);
  });

  it('the XML of the Unreal Engine names no files and grows by nothing', async () => {
    const entity = (name: string, text: string): string => `<!ENTITY ${name} ${text}>`;
    const laughs = Array.from({ length: 9 }, (_, at) =>
      entity(`l${at + 1}`, `"${`&l${at};`.repeat(10)}"`),
    ).join('');
    const xml = `<?xml version="1.0"?><!DOCTYPE r [${entity('l0', '"ha"')}${laughs}${entity('file', 'SYSTEM "file:///etc/passwd"')}]>
      <FGenericCrashContext><GameName>Shooter</GameName><ErrorMessage>a &file; b &l9; c</ErrorMessage></FGenericCrashContext>`;
    const archive = unrealArchive([['CrashContext.runtime-xml', Buffer.from(xml)]]);
    const before = (await server.reports()).length;
    const answer = await postSentry(server, `unreal/${KEY}/`, zlib.deflateSync(archive), {});
    assert.equal(answer.status, 200, answer.text);
    const reports = await server.reports();
    assert.equal(reports.length, before + 1);
    const texts = await Promise.all(
      reports.map(async (report) => (await server.part(report, 'payload.json'))?.toString('utf8') ?? ''),
    );
    const text = texts.find((one) => one.includes('&file;')) ?? '';
    assert.match(text, /a &file; b &l9; c/);
    assert.ok(text.length < 20_000 && !text.includes('root:'));
  });

  it('any bytes in place of MessagePack and of archives give values, a refusal, or nothing', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        assert.ok(Array.isArray(decodeMsgpack(bytes).values));
      }),
    ));
});
