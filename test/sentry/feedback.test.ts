// What people say of crashes: three forms, before or after the event, and the dialog that asks for it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import vm from 'node:vm';
import { DSN_ID, envelopeOf, KEY, postSentry, startSentry, type SentryServer } from './sentry-server.ts';

const EVENT = 'ab'.repeat(16);

describe('feedback', () => {
  let server: SentryServer;
  before(async () => {
    server = await startSentry();
  });
  after(() => server.close());

  const words = async (eventId: string) => {
    const report = await server.ofEvent(eventId);
    const found = report === null ? [] : await server.store.feedback.ofReport(report.crashId);
    return found.map(({ name, email, message }) => [name, email, message]);
  };

  it('finds its report, whether it comes before or after the event, and counts once', async () => {
    const item = {
      contexts: {
        feedback: {
          name: 'Ada',
          contact_email: 'ada@example.org',
          message: 'It broke 💥',
          associated_event_id: EVENT,
        },
      },
    };
    const early = envelopeOf({ event_id: 'cd'.repeat(16) }, [{ type: 'feedback' }, item]);
    for (let time = 0; time < 2; time += 1)
      assert.equal((await postSentry(server, 'envelope/', early)).status, 200);
    assert.equal((await server.store.feedback.ofProduct('default', 'shop', 10))[0]?.crashId, null);
    await postSentry(
      server,
      'envelope/',
      envelopeOf({ event_id: EVENT }, [{ type: 'event' }, { message: 'x' }]),
    );
    const old = { event_id: EVENT, name: 'Bo', email: 'bo@example.org', comments: 'old style' };
    await postSentry(server, 'envelope/', envelopeOf({}, [{ type: 'user_report' }, old]));
    assert.deepEqual(await words(EVENT), [
      ['Bo', 'bo@example.org', 'old style'],
      ['Ada', 'ada@example.org', 'It broke 💥'],
    ]);
  });

  it('a file that comes with it belongs to the event that it is about; without one it has no place', async () => {
    const file = [{ type: 'attachment', filename: 'screen.png', content_type: 'image/png' }, 'PNG'] as const;
    const post = (about: object) =>
      postSentry(
        server,
        'envelope/',
        envelopeOf(
          { event_id: 'e1'.repeat(16) },
          [{ type: 'feedback' }, { contexts: { feedback: { message: 'look', ...about } } }],
          file,
        ),
      );
    const event = 'e2'.repeat(16);
    assert.equal((await post({ associated_event_id: event })).status, 200);
    assert.equal((await post({})).status, 200);
    await postSentry(
      server,
      'envelope/',
      envelopeOf({ event_id: event }, [{ type: 'event' }, { message: 'x' }]),
    );
    const report = await server.ofEvent(event);
    assert.deepEqual(
      report?.attachments.map(({ filename }) => filename).filter((name) => name !== null),
      ['screen.png'],
    );
    const counts = await server.store.clientKeys.counts({ since: '2000-01-01', limit: 100 });
    assert.equal(counts.find(({ fate, kind }) => fate === 'refused' && kind === 'attachment')?.count, 1);
  });

  it('the dialog is a script that holds no text as markup, and posts back to where it came from', async () => {
    const dsn = `${server.url.replace('http://', `http://${KEY}@`)}/${DSN_ID}`;
    const query = new URLSearchParams({ dsn, eventId: EVENT, title: '</script><b>"\u2028', name: 'Ada' });
    const answer = await fetch(`${server.url}/api/embed/error-page/?${query.toString()}`);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/javascript/);
    const script = await answer.text();
    assert.ok(!script.includes('</script>') && !script.includes('\u2028'));
    assert.doesNotThrow(() => new vm.Script(script));
    const posted = await fetch(`${server.url}/api/embed/error-page/?${query.toString()}`, {
      method: 'POST',
      body: new URLSearchParams({ name: 'Cy', email: 'cy@example.org', comments: 'from the dialog' }),
    });
    assert.equal(posted.status, 200);
    assert.equal(posted.headers.get('access-control-allow-origin'), '*');
    assert.deepEqual((await words(EVENT))[0], ['Cy', 'cy@example.org', 'from the dialog']);
  });

  it('the dialog of an unknown DSN, and words without a text, are refused', async () => {
    const address = `${server.url}/api/embed/error-page/`;
    assert.equal((await fetch(address)).status, 400);
    const other = `http://${'f'.repeat(32)}@h/${DSN_ID}`;
    assert.equal((await fetch(`${address}?dsn=${encodeURIComponent(other)}`)).status, 403);
    const dsn = encodeURIComponent(`http://${KEY}@h/${DSN_ID}`);
    const empty = await fetch(`${address}?dsn=${dsn}&eventId=${EVENT}`, {
      method: 'POST',
      body: 'comments=',
    });
    assert.equal(empty.status, 400);
  });
});
