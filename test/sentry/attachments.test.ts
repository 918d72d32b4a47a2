// Attachments and minidumps in envelopes without an event: they find the report of their event in any order of arrival.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { envelopeOf, KEY, postSentry, startSentry, type SentryServer } from './sentry-server.ts';

const LOG = [{ type: 'attachment', filename: 'game.log', content_type: 'text/plain' }, 'line\n'] as const;
const EVENT = [{ type: 'event' }, { message: 'it broke' }] as const;

describe('attachments without an event', () => {
  let server: SentryServer;
  let id: string;
  let number = 0;
  before(async () => {
    server = await startSentry();
  });
  beforeEach(() => {
    number += 1;
    id = number.toString(16).padStart(32, '0');
  });
  after(() => server.close());

  const send = async (
    ...items: Parameters<typeof envelopeOf> extends [object, ...infer Rest] ? Rest : never
  ) => postSentry(server, 'envelope/', envelopeOf({ event_id: id }, ...items));
  const files = async () => {
    const report = await server.ofEvent(id);
    return report?.attachments.map(({ filename, kind }) => filename ?? kind);
  };

  it('are shown with the report of their event, which came before', async () => {
    await send(EVENT);
    assert.equal((await send(LOG)).status, 200);
    assert.deepEqual(await files(), ['payload', 'game.log']);
    const report = await server.ofEvent(id);
    assert.ok(report !== null);
    assert.equal((await server.part(report, 'game.log'))?.toString(), 'line\n');
  });

  it('are shown with the report of their event, which comes after, and once however often they are sent', async () => {
    for (let time = 0; time < 3; time += 1) assert.equal((await send(LOG)).status, 200);
    assert.equal(await files(), undefined);
    await send(EVENT);
    assert.deepEqual(await files(), ['payload', 'game.log']);
  });

  it('are refused where nothing says whose they are', async () => {
    const answer = await postSentry(server, 'envelope/', envelopeOf({}, LOG));
    assert.equal(answer.status, 400);
    assert.equal(answer.headers.get('x-sentry-error'), 'no_event');
    assert.match(answer.text, /event_id/);
  });

  it('count for the limit of the key', async () => {
    const limited = await startSentry();
    try {
      const settings = await limited.store.clientKeys.settings('default', 'shop');
      const key = settings?.keys.find((one) => one.key === KEY);
      assert.ok(key !== undefined);
      await limited.store.clientKeys.changeKey('default', 'shop', key.id, { perMinute: 1 });
      const post = () => postSentry(limited, 'envelope/', envelopeOf({ event_id: id }, LOG));
      assert.equal((await post()).status, 200);
      const answer = await post();
      assert.equal(answer.status, 429);
      assert.match(answer.headers.get('x-sentry-rate-limits') ?? '', /attachment/);
    } finally {
      await limited.close();
    }
  });

  it('a minidump is a report, which its event joins later', async () => {
    const dump = [{ type: 'attachment', attachment_type: 'event.minidump' }, 'MDMP is damaged'] as const;
    await send(dump);
    assert.deepEqual(await files(), ['minidump']);
    await send(EVENT, LOG);
    assert.deepEqual(await files(), ['minidump', 'game.log', 'payload']);
    const report = await server.ofEvent(id);
    assert.ok(report !== null);
    const processed = await server.process(report);
    assert.equal(processed.crashes[0]?.message, 'it broke');
  });

  it('a minidump joins the report of its event, which came before', async () => {
    await send(EVENT);
    await send([{ type: 'attachment', attachment_type: 'event.minidump' }, 'MDMP is damaged']);
    assert.deepEqual(await files(), ['payload', 'minidump']);
  });
});
