// The endpoints of Sentry's clients: keys, encodings, answers, damaged envelopes, what is stored.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import zlib from 'node:zlib';
import { DEFAULT_CLIENT_RULES } from '../../src/report/client-rules.ts';
import { DSN_ID, envelopeOf, KEY, postSentry, startSentry, type SentryServer } from './sentry-server.ts';

const ID = 'aaaabbbbccccddddeeeeffff00001111';
let number = 0;

/** A fresh event id. */
function freshId(): string {
  number += 1;
  return number.toString(16).padStart(32, 'a');
}

function eventOf(id: string, fields: object = {}): object {
  return { event_id: id, platform: 'python', exception: { values: [{ type: 'E', value: 'v' }] }, ...fields };
}

describe('the endpoints of Sentry’s clients', () => {
  let server: SentryServer;
  before(async () => {
    server = await startSentry();
  });
  after(() => server.close());

  const send = async (headers: Readonly<Record<string, string>>, query = '', id = freshId()) => {
    const body = envelopeOf({ event_id: id }, [{ type: 'event' }, eventOf(id)]);
    const answer = await postSentry(server, `envelope/${query}`, body, headers);
    return { ...answer, stored: (await server.ofEvent(id)) !== null };
  };

  it('the key may stand in the query, in either header, as the user of Basic, or in the envelope', async () => {
    const ways: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
      [{}, `?sentry_key=${KEY}&sentry_version=7`],
      [{ 'X-Sentry-Auth': `Sentry sentry_version=7, sentry_client=x/1,sentry_key=${KEY}` }, ''],
      [{ Authorization: `Sentry sentry_key=${KEY.toUpperCase()}` }, ''],
      [{ Authorization: `Basic ${Buffer.from(`${KEY}:secret`).toString('base64')}` }, ''],
    ];
    for (const [headers, query] of ways) {
      const { status, stored, text } = await send(headers, query);
      assert.equal(status, 200, text);
      assert.ok(stored);
    }
    const id = freshId();
    const dsn = `https://${KEY}@sentry.example/prefix/${DSN_ID}`;
    const body = envelopeOf({ event_id: id, dsn }, [{ type: 'event' }, eventOf(id)]);
    assert.equal((await postSentry(server, 'envelope/', body, {})).status, 200);
    assert.ok((await server.ofEvent(id)) !== null);
  });

  it('no key is 401, one that is none 400, an unknown or other one 403; each is named in a header', async () => {
    const other = 'f'.repeat(32);
    const cases: readonly (readonly [Readonly<Record<string, string>>, string, number, string])[] = [
      [{}, '', 401, 'no_key'],
      [{}, '?sentry_key=xyz', 400, 'bad_key'],
      [{}, `?sentry_key=${other}`, 403, 'key_rejected'],
      [{ 'X-Sentry-Auth': `Sentry sentry_key=${other}` }, `?sentry_key=${KEY}`, 403, 'key_rejected'],
    ];
    for (const [headers, query, status, code] of cases) {
      const answer = await send(headers, query);
      assert.equal(answer.status, status);
      assert.equal(answer.headers.get('x-sentry-error'), code);
      assert.equal(answer.headers.get('access-control-allow-origin'), '*');
      assert.equal(typeof (JSON.parse(answer.text) as { readonly detail: unknown }).detail, 'string');
      assert.ok(!answer.stored);
    }
    const wrongPath = await fetch(`${server.url}/api/43/envelope/?sentry_key=${KEY}`, {
      method: 'POST',
      body: '{}',
    });
    assert.equal(wrongPath.status, 403);
  });

  it('the DSN of the envelope counts where the request names no key; what an app kept for its last server is taken', async () => {
    const other = 'f'.repeat(32);
    const sent = async (dsn: string, headers: Readonly<Record<string, string>>): Promise<number> => {
      const id = freshId();
      const body = envelopeOf({ event_id: id, dsn }, [{ type: 'event' }, eventOf(id)]);
      const { status } = await postSentry(server, 'envelope/', body, headers);
      assert.equal((await server.ofEvent(id)) !== null, status === 200);
      return status;
    };
    assert.equal(await sent(`https://${KEY}@sentry.example/${DSN_ID}`, {}), 200);
    assert.equal(await sent(`https://${other}@sentry.example/${DSN_ID}`, {}), 403);
    assert.equal(await sent(`https://${KEY}@sentry.example/43`, {}), 403);
    assert.equal(await sent('no address', {}), 400);
    const auth = { 'X-Sentry-Auth': `Sentry sentry_key=${KEY}` };
    assert.equal(await sent(`https://${other}@sentry.example/7`, auth), 200);
  });

  it('a path in the DSN stands before every endpoint', async () => {
    const id = freshId();
    const body = envelopeOf({ event_id: id }, [{ type: 'event' }, eventOf(id)]);
    const answer = await fetch(`${server.url}/crashes/api/${DSN_ID}/envelope/?sentry_key=${KEY}`, {
      method: 'POST',
      body,
    });
    assert.equal(answer.status, 200);
    assert.ok((await server.ofEvent(id)) !== null);
  });

  it('what a client lost is counted for the client that the request names, where the envelope names none', async () => {
    const lost = [
      { type: 'client_report' },
      { discarded_events: [{ reason: 'sample_rate', category: 'error', quantity: 3 }] },
    ] as const;
    const key = `sentry_key=${KEY}`;
    const ways: readonly (readonly [object, string, Readonly<Record<string, string>>])[] = [
      [{ sdk: { name: 'of.header', version: '1' } }, '', { 'X-Sentry-Auth': `Sentry ${key}` }],
      [{}, '', { 'X-Sentry-Auth': `Sentry ${key}, sentry_client=of.auth/2, sentry_version=7` }],
      [{}, `?${key}&sentry_client=of.query%2F3`, { 'User-Agent': 'Mozilla/5.0 x' }],
      [{}, `?${key}`, { 'User-Agent': 'of-agent/4' }],
      [{}, `?${key}`, { 'User-Agent': 'Mozilla/5.0 x' }],
    ];
    for (const [header, query, headers] of ways) {
      const answer = await postSentry(server, `envelope/${query}`, envelopeOf(header, lost), headers);
      assert.equal(answer.status, 200);
    }
    const counts = await server.store.clientKeys.counts({ since: '2000-01-01', limit: 200 });
    assert.deepEqual(
      counts
        .filter(({ fate, reason }) => fate === 'lost' && reason === 'sample_rate')
        .map(({ sdk, count }) => `${sdk} ${count}`)
        .toSorted((a, b) => (a < b ? -1 : 1)),
      [' 6', 'of.auth/2 3', 'of.header/1 3', 'of.query/3 3'],
    );
  });

  it('events of the first clients have other names for their parts, and levels that are numbers', async () => {
    const id = freshId();
    const event = {
      event_id: id,
      platform: 'python',
      level: 30,
      culprit: 'shop.cart in pay',
      'sentry.interfaces.Message': { message: 'stock of %s is low', params: ['A-1'] },
      'sentry.interfaces.Http': { url: 'http://shop.example/', headers: { Cookie: 'a=needle' } },
      'sentry.interfaces.User': { id: 7 },
    };
    const packed = zlib.deflateSync(Buffer.from(JSON.stringify(event))).toString('base64');
    const auth = `Sentry sentry_timestamp=1, sentry_client=raven-python/6.10.0, sentry_version=6, sentry_key=${KEY}, sentry_secret=x`;
    assert.equal((await postSentry(server, 'store/', packed, { 'X-Sentry-Auth': auth })).status, 200);
    const report = await server.ofEvent(id);
    assert.ok(report !== null);
    const values = new Map(report.annotations.map(({ key, value }) => [key, value]));
    assert.deepEqual([values.get('level'), values.get('transaction')], ['warning', 'shop.cart in pay']);
    assert.ok(!((await server.part(report, 'payload.json'))?.toString() ?? 'needle').includes('needle'));
    const [crash] = (await server.process(report)).crashes;
    assert.equal(crash?.signature, 'stock of A-1 is low');
    assert.ok(crash.sections.some(({ name }) => name === 'user'));
  });

  it('a key that is switched off takes nothing, until it is on again', async () => {
    const settings = await server.store.clientKeys.settings('default', 'shop');
    const key = settings?.keys.find((one) => one.key === KEY);
    assert.ok(key !== undefined);
    await server.store.clientKeys.changeKey('default', 'shop', key.id, { enabled: false });
    assert.equal((await send({}, `?sentry_key=${KEY}`)).status, 403);
    await server.store.clientKeys.changeKey('default', 'shop', key.id, { enabled: true });
    assert.equal((await send({}, `?sentry_key=${KEY}`)).status, 200);
  });

  it('beyond the limit of its key an event is answered 429 with the kinds that wait, and counted', async () => {
    const settings = await server.store.clientKeys.settings('default', 'shop');
    const key = settings?.keys.find((one) => one.key === KEY);
    assert.ok(key !== undefined);
    await server.store.clientKeys.changeKey('default', 'shop', key.id, { perMinute: 1 });
    const answers = [
      await send({}, `?sentry_key=${KEY}`),
      await send({}, `?sentry_key=${KEY}`),
      await send({}, `?sentry_key=${KEY}`),
    ];
    await server.store.clientKeys.changeKey('default', 'shop', key.id, { perMinute: null });
    const limited = answers.filter(({ status }) => status === 429);
    assert.ok(limited.length >= 1);
    for (const { headers, stored } of limited) {
      assert.match(headers.get('x-sentry-rate-limits') ?? '', /^\d+:error;default;attachment:key:/);
      assert.ok(!stored);
    }
    const counts = await server.store.clientKeys.counts({ since: '2000-01-01', limit: 100 });
    assert.equal(counts.find(({ fate }) => fate === 'limited')?.count, limited.length);
  });

  it('bodies are decoded, whatever their coding; an empty one is none', async () => {
    const codings: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
      gzip: zlib.gzipSync,
      br: zlib.brotliCompressSync,
      zstd: zlib.zstdCompressSync,
      deflate: zlib.deflateSync,
      'deflate ': zlib.deflateRawSync,
      '': (bytes) => bytes,
    };
    for (const [name, encode] of Object.entries(codings)) {
      const id = freshId();
      const body = Buffer.from(envelopeOf({ event_id: id }, [{ type: 'event' }, eventOf(id)]));
      const headers = { 'Content-Encoding': name.trim(), 'X-Sentry-Auth': `Sentry sentry_key=${KEY}` };
      const { status, text } = await postSentry(server, 'envelope', encode(body), headers);
      assert.equal(status, 200, `${name}: ${text}`);
      assert.ok((await server.ofEvent(id)) !== null, name);
    }
  });

  it('the old endpoint takes JSON, zlib, and base64 of zlib', async () => {
    for (const pack of [
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => zlib.deflateSync(bytes),
      (bytes: Buffer) => Buffer.from(zlib.deflateSync(bytes).toString('base64')),
    ]) {
      const id = freshId();
      const { status, text } = await postSentry(
        server,
        'store/',
        pack(Buffer.from(JSON.stringify(eventOf(id)))),
      );
      assert.equal(status, 200, text);
      assert.deepEqual(JSON.parse(text), { id });
      assert.ok((await server.ofEvent(id)) !== null);
    }
    assert.equal((await postSentry(server, 'store/', 'no event')).status, 400);
  });

  it('a preflight is answered, and says which headers may come', async () => {
    const answer = await fetch(`${server.url}/api/${DSN_ID}/envelope/`, {
      method: 'OPTIONS',
      headers: { Origin: 'https://shop.example', 'Access-Control-Request-Headers': 'x-sentry-auth' },
    });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('access-control-allow-methods'), 'POST');
    assert.match(
      answer.headers.get('access-control-allow-headers') ?? '',
      /x-sentry-auth.*sentry-trace, baggage/,
    );
    assert.match(answer.headers.get('access-control-expose-headers') ?? '', /x-sentry-rate-limits/);
  });

  it('an event that comes twice is one report', async () => {
    const id = freshId();
    const body = envelopeOf({ event_id: id }, [{ type: 'event' }, eventOf(id)]);
    const before_ = (await server.reports()).length;
    for (let time = 0; time < 3; time += 1)
      assert.equal((await postSentry(server, 'envelope/', body)).status, 200);
    assert.equal((await server.reports()).length, before_ + 1);
  });

  it('several events of one envelope are several reports; attachments belong to the first', async () => {
    const [first, second] = [freshId(), freshId()];
    const body = envelopeOf(
      { event_id: first },
      [{ type: 'attachment', filename: '../a/лог.txt', content_type: 'text/plain' }, 'hello\n'],
      [{ type: 'event' }, eventOf(first)],
      [{ type: 'event' }, eventOf(second)],
      [{ type: 'attachment', filename: 'payload.json' }, '{}'],
    );
    assert.equal((await postSentry(server, 'envelope/', body)).status, 200);
    const report = await server.ofEvent(first);
    assert.deepEqual(report?.attachments.map(({ filename, size }) => [filename, size]).slice(0, 2), [
      ['../a/лог.txt', 6],
      ['payload.json', 2],
    ]);
    assert.equal(new Set(report?.attachments.map(({ name }) => name)).size, 3);
    assert.equal((await server.ofEvent(second))?.attachments.length, 1);
  });

  it('an envelope that is cut off is kept up to the break where it holds an event, else refused', async () => {
    const id = freshId();
    const whole = envelopeOf(
      { event_id: id },
      [{ type: 'event' }, eventOf(id)],
      [{ type: 'attachment' }, 'x'.repeat(100)],
    );
    const kept = await postSentry(server, 'envelope/', whole.slice(0, -50));
    assert.equal(kept.status, 200);
    const report = await server.ofEvent(id);
    assert.ok(report?.notes.some((note) => note.includes('damaged')));
    const other = freshId();
    const cut = envelopeOf({ event_id: other }, [{ type: 'event' }, eventOf(other)]).slice(0, -20);
    const refused = await postSentry(server, 'envelope/', cut);
    assert.equal(refused.status, 400);
    assert.equal(refused.headers.get('x-sentry-error'), 'invalid_envelope');
    assert.equal(await server.ofEvent(other), null);
    assert.equal((await postSentry(server, 'envelope/', '')).status, 400);
    assert.equal((await postSentry(server, 'envelope/', 'no json\n')).status, 400);
    assert.equal((await postSentry(server, 'envelope/', '{}')).text, '{}');
  });

  it('an item over its limit is left out, and what stands behind it is read', async () => {
    const id = freshId();
    const body = envelopeOf(
      { event_id: id },
      [{ type: 'client_report' }, 'x'.repeat(400_000)],
      [{ type: 'event' }, eventOf(id)],
    );
    assert.equal((await postSentry(server, 'envelope/', body)).status, 200);
    assert.ok((await server.ofEvent(id)) !== null);
  });

  it('kinds that are not kept are counted, told to the inbox once, and named in a header', async () => {
    const items = Array.from({ length: 3 }, () => [{ type: 'transaction' }, '{}'] as const);
    for (let time = 0; time < 2; time += 1) {
      const answer = await postSentry(server, 'envelope/', envelopeOf({ event_id: ID }, ...items));
      assert.equal(answer.status, 200);
      assert.match(
        answer.headers.get('x-sentry-rate-limits') ?? '',
        /^86400:transaction;.*:project:not_kept$/,
      );
      assert.doesNotMatch(
        answer.headers.get('x-sentry-rate-limits') ?? '',
        /error|default|attachment|session|feedback|security/,
      );
    }
    const counts = await server.store.clientKeys.counts({ since: '2000-01-01', limit: 100 });
    assert.equal(counts.find(({ kind }) => kind === 'transaction')?.count, 6);
  });

  it('browsers’ reports of policies become events', async () => {
    const csp = {
      'csp-report': {
        'document-uri': 'https://shop.example/pay?token=tok_123',
        'effective-directive': 'script-src-elem',
        'blocked-uri': 'https://evil.example/x.js',
      },
    };
    const before_ = (await server.reports()).length;
    const query = `?sentry_key=${KEY}&sentry_release=shop@1.2&sentry_environment=production`;
    for (const endpoint of ['security/', 'csp-report/', 'nel/']) {
      const headers = { 'Content-Type': 'application/csp-report' };
      const answer = await postSentry(server, `${endpoint}${query}`, JSON.stringify(csp), headers);
      assert.deepEqual([answer.status, answer.text], [200, '']);
    }
    const list = [
      {
        type: 'csp-violation',
        url: 'https://shop.example/',
        user_agent: 'x',
        body: { effectiveDirective: 'img-src', blockedURL: 'inline' },
      },
      { type: 'unknown', body: {} },
    ];
    assert.equal((await postSentry(server, `security/${query}`, JSON.stringify(list), {})).status, 200);
    const reports = (await server.reports()).slice(0, (await server.reports()).length - before_);
    assert.equal(reports.length, 4);
    const titles = await Promise.all(
      reports.map(async (report) => (await server.process(report)).crashes[0]?.signature),
    );
    assert.deepEqual(
      titles.toSorted((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1)),
      [
        'Blocked img-src from inline',
        'Blocked script-src-elem from https://evil.example',
        'Blocked script-src-elem from https://evil.example',
        'Blocked script-src-elem from https://evil.example',
      ],
    );
    assert.equal(reports[0]?.version, '1.2');
  });

  it('pages of other origins than those allowed are turned away, and counted', async () => {
    await server.setRules({ ...DEFAULT_CLIENT_RULES, origins: ['https://shop.example', '*.good.example'] });
    const from = (Origin: string) => send({ Origin }, `?sentry_key=${KEY}`);
    assert.equal((await from('https://shop.example')).status, 200);
    assert.equal((await from('https://a.good.example:8080')).status, 200);
    const refused = await from('https://evil.example');
    assert.deepEqual([refused.status, refused.headers.get('x-sentry-error')], [403, 'origin_rejected']);
    assert.equal((await send({}, `?sentry_key=${KEY}`)).status, 200, 'programs send no origin');
    await server.setRules(DEFAULT_CLIENT_RULES);
  });

  it('inbound filters leave events out, answer 200, and count by name', async () => {
    await server.setRules({
      ...DEFAULT_CLIENT_RULES,
      filters: { browserExtensions: true, crawlers: true, oldBrowsers: true, localhost: true },
      releases: ['shop@0.*'],
      messages: ['*ResizeObserver loop*'],
    });
    const agent = (value: string) => ({ request: { headers: { 'User-Agent': value } } });
    const wanted: readonly (readonly [string, object])[] = [
      [
        'browserExtensions',
        {
          exception: {
            values: [{ type: 'E', stacktrace: { frames: [{ filename: 'chrome-extension://x/y.js' }] } }],
          },
        },
      ],
      ['crawlers', agent('Mozilla/5.0 (compatible; Googlebot/2.1)')],
      ['oldBrowsers', agent('Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1)')],
      ['localhost', { request: { url: 'http://localhost:3000/x' } }],
      ['releases', { release: 'shop@0.9' }],
      [
        'messages',
        { exception: { values: [{ type: 'Error', value: 'ResizeObserver loop limit exceeded' }] } },
      ],
    ];
    for (const [name, fields] of wanted) {
      const id = freshId();
      const body = envelopeOf({ event_id: id }, [{ type: 'event' }, eventOf(id, fields)]);
      assert.equal((await postSentry(server, 'envelope/', body)).status, 200);
      assert.equal(await server.ofEvent(id), null, name);
    }
    const id = freshId();
    const modern = agent(
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
    );
    await postSentry(
      server,
      'envelope/',
      envelopeOf({ event_id: id }, [{ type: 'event' }, eventOf(id, modern)]),
    );
    assert.ok((await server.ofEvent(id)) !== null, 'a browser of today is kept');
    const counts = await server.store.clientKeys.counts({ since: '2000-01-01', limit: 100 });
    for (const [name] of wanted) {
      assert.equal(counts.find(({ fate, reason }) => fate === 'filtered' && reason === name)?.count, 1, name);
    }
    await server.setRules(DEFAULT_CLIENT_RULES);
  });
});
