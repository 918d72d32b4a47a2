// Nothing that the privacy step filters lies on the disk: the data folder is searched, in files and in what is packed.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import zlib from 'node:zlib';
import { DEFAULT_CLIENT_RULES } from '../../src/report/client-rules.ts';
import { filterEvent } from '../../src/report/privacy/filter-event.ts';
import { SecretNames } from '../../src/report/privacy/secret-names.ts';
import { filesIn } from '../files-in.ts';
import { envelopeOf, KEY, postSentry, startSentry } from './sentry-server.ts';

const NEEDLE = 'Zq7needleZq7';
const EVENT = 'ef'.repeat(16);

function eventWithSecrets(): object {
  return {
    event_id: EVENT,
    platform: 'python',
    user: { id: '1', ip_address: '203.0.113.77' },
    request: {
      url: `https://shop.example/pay?token=${NEEDLE}`,
      query_string: [['token', NEEDLE]],
      headers: [['Authorization', `Bearer ${NEEDLE}`]],
      cookies: { sid: NEEDLE },
      data: { password: NEEDLE, inner: JSON.stringify({ card: NEEDLE }) },
      env: { DB_PASSWORD: NEEDLE },
    },
    extra: { environ: { API_TOKEN: NEEDLE }, argv: ['--password', NEEDLE], filler: 'x'.repeat(100_000) },
    tags: { session_token: NEEDLE },
    breadcrumbs: [{ message: `GET https://ada:${NEEDLE}@shop.example/`, data: { auth: NEEDLE } }],
    exception: {
      values: [
        {
          type: 'E',
          value: `password=${NEEDLE}`,
          stacktrace: { frames: [{ function: 'f', vars: { secret: NEEDLE } }] },
        },
      ],
    },
  };
}

/** Whether any file holds the text, plain or in a zstd frame. */
function onDisk(dir: string, text: string): readonly string[] {
  const found: string[] = [];
  for (const [file, bytes] of filesIn(dir)) {
    const texts = [bytes, ...framesIn(bytes)];
    if (texts.some((one) => one.includes(text))) found.push(path.basename(file));
  }
  return found;
}

function framesIn(bytes: Buffer): readonly Buffer[] {
  const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
  const frames: Buffer[] = [];
  for (let at = bytes.indexOf(magic); at !== -1; at = bytes.indexOf(magic, at + 1)) {
    try {
      frames.push(zlib.zstdDecompressSync(bytes.subarray(at)));
    } catch {
      // Four bytes that only look like the beginning of a frame, or a frame that goes on in another page of the database.
    }
  }
  return frames;
}

test('nothing filtered is on the disk, and the report says how much was filtered', async () => {
  const server = await startSentry();
  try {
    const body = envelopeOf({ event_id: EVENT }, [{ type: 'event' }, eventWithSecrets()]);
    assert.equal((await postSentry(server, 'envelope/', body)).status, 200);
    const old = { ...eventWithSecrets(), event_id: 'aa'.repeat(16) };
    assert.equal((await postSentry(server, 'store/', JSON.stringify(old))).status, 200);
    const report = await server.ofEvent(EVENT);
    assert.ok(report !== null);
    assert.ok(
      report.notes.some((note) => /^1\d values were filtered before storing\.$/.test(note)),
      report.notes.join(),
    );
    const payload = (await server.part(report, 'payload.json'))?.toString('utf8') ?? '';
    assert.ok(
      payload.includes('[Filtered]') && !payload.includes(NEEDLE) && !payload.includes('203.0.113.77'),
    );
    const processed = await server.process(report);
    assert.ok(!JSON.stringify(processed).includes(NEEDLE));
    assert.deepEqual(onDisk(server.dir, NEEDLE), []);
    assert.deepEqual(onDisk(server.dir, '203.0.113.77'), []);
  } finally {
    await server.close();
  }
});

test('the search would find it: with privacy off the event is kept as it came', async () => {
  const server = await startSentry();
  try {
    await server.setRules({ ...DEFAULT_CLIENT_RULES, privacy: 'off' });
    const text = JSON.stringify({ event_id: EVENT, extra: { password: NEEDLE } });
    await postSentry(server, 'store/', text, { 'X-Sentry-Auth': `Sentry sentry_key=${KEY}` });
    const report = await server.ofEvent(EVENT);
    assert.ok(report !== null);
    assert.equal((await server.part(report, 'payload.json'))?.toString('utf8'), text);
    assert.notDeepEqual(onDisk(server.dir, NEEDLE), []);
  } finally {
    await server.close();
  }
});

test('names of a product’s own are filtered, and an event that differs only in secrets is the same retry', async () => {
  const server = await startSentry();
  try {
    await server.setRules({ ...DEFAULT_CLIENT_RULES, privateKeys: ['customer_no'] });
    await postSentry(server, 'store/', JSON.stringify({ event_id: EVENT, extra: { customer_no: NEEDLE } }));
    assert.deepEqual(onDisk(server.dir, NEEDLE), []);
    // Without an id the bytes as received tell two events apart, although they are stored alike.
    for (const secret of ['one', 'two', 'two']) {
      await postSentry(server, 'store/', JSON.stringify({ message: 'm', extra: { password: secret } }));
    }
    assert.equal((await server.reports()).length, 3);
  } finally {
    await server.close();
  }
});

test('a secret in an address or query goes as a whole: odd characters, long values, addresses inside of values', () => {
  const inner = encodeURIComponent(`https://ada:${NEEDLE}@shop.example/?token=${NEEDLE}`);
  const event = {
    request: {
      url: `https://ada:p@${NEEDLE}@shop.example/pay?next=${inner}#access_token=${NEEDLE}`,
      query_string: `page=2&token=a'b "${NEEDLE}${'x'.repeat(5000)}${NEEDLE}&next=${inner}`,
    },
    breadcrumbs: [
      {
        data: {
          url: `https://shop.example/?next=${encodeURIComponent(`/in?next=${inner}`)}`,
          to: `/back#id_token=${NEEDLE}`,
        },
      },
    ],
  };
  const privacy = { names: new SecretNames(), keepAddress: false, address: null };
  const text = JSON.stringify(filterEvent(event, privacy).event);
  assert.ok(!text.includes(NEEDLE), text.slice(0, 600));
  assert.ok(text.includes('page=2&token=[Filtered]&next=https%3A%2F%2Fada%3A[Filtered]%40shop.example'));
});
