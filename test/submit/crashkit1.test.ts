// docs/protocols/crashkit1.md: the CrashKit 1.0 API.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { post, request, withServer } from './harness.ts';

const BASE = '/api/1/default/products/web';
const REPORT = {
  'host.id': 'host-1',
  version: { number: '1.0rc2' },
  stacktrace: [
    {
      kind: 'ValueError',
      message: 'no value',
      locations: [{ module: 'app.views', method: 'vote', line: 3, absolute_file: '/srv/app/views.py' }],
    },
  ],
};

// Holds: ck1-host
test('a report is stored without being understood, and answered with its crash id', () =>
  withServer({}, async (server) => {
    for (const payload of [JSON.stringify(REPORT), `[${JSON.stringify(REPORT)}]`, 'not JSON at all', '{}']) {
      const answer = await post(server, `${BASE}/reports`, payload);
      assert.deepEqual(
        [answer.status, answer.text],
        [200, `response=ok&report=${server.store.last.crashId}`],
      );
      assert.equal(server.store.last.attachments[0]?.bytes.toString(), payload);
    }
    const [first] = server.store.reports;
    assert.deepEqual(
      [first?.protocol, first?.version, first?.installation, first?.identity],
      ['crashkit1', '1.0rc2', 'host-1', null],
    );
  }));

test('debug=1 takes a sound report and tells report and bug', () =>
  withServer({}, async (server) => {
    const answer = await post(server, `${BASE}/reports?debug=1`, JSON.stringify(REPORT));
    assert.equal(answer.status, 200, answer.text);
    const reply = new URLSearchParams(answer.text);
    assert.equal(reply.get('response'), 'ok');
    assert.equal(reply.get('report'), server.store.last.crashId);
    assert.match(reply.get('bug') ?? '', /^L[0-9a-f]{40}$/);
    const again = new URLSearchParams(
      (await post(server, `${BASE}/reports?debug=1`, JSON.stringify(REPORT))).text,
    );
    assert.equal(again.get('bug'), reply.get('bug'));
  }));

test('debug=1 refuses every fault by its path, and stores nothing', () =>
  withServer({}, async (server) => {
    const faulty = { ...REPORT, user: { tags: 'x' }, severity: 'huge & more' };
    const answer = await post(server, `${BASE}/reports?debug=1`, JSON.stringify(faulty));
    assert.equal(answer.status, 400);
    const reply = new URLSearchParams(answer.text);
    assert.equal(reply.get('response'), 'invalid-report');
    const problems = reply.getAll('problem');
    assert.ok(problems.length >= 2);
    assert.ok(problems.some((problem) => problem.startsWith('user.tags: ')));
    assert.ok(problems.some((problem) => problem.startsWith('severity: ')));
    for (const payload of ['{"a":', '"text"', '[]', '[1]', Buffer.from('{"a":"\xff"}', 'latin1')]) {
      const refused = await post(server, `${BASE}/reports?debug=1`, payload);
      assert.equal(refused.status, 400);
      assert.match(refused.text, /^response=invalid-report&problem=[^&]*%3A%20/);
    }
    assert.equal(server.store.reports.length, 0);
    assert.equal(server.store.openDrafts, 0);
    assert.equal(server.store.inbox.at(-1)?.reason, 'invalid-report');
  }));

// Holds: ck1-strict
test('debug=1 takes a report with keys that it does not know, and warns of each', () =>
  withServer({}, async (server) => {
    const answer = await post(
      server,
      `${BASE}/reports?debug=1`,
      JSON.stringify({ ...REPORT, verion: 1, 'user.plan': 2 }),
    );
    const reply = new URLSearchParams(answer.text);
    assert.equal(reply.get('response'), 'ok');
    assert.deepEqual(reply.getAll('warning'), ['verion: is not a key of the 1.0 API']);
    assert.equal(server.store.reports.length, 1);
  }));

test('debug=1 tells the bug of the processor where one runs', () =>
  withServer({ processNow: () => Promise.resolve({ ok: true, error: '', bug: 'bug-7' }) }, async (server) => {
    const answer = await post(server, `${BASE}/reports?debug=1`, JSON.stringify(REPORT));
    assert.equal(new URLSearchParams(answer.text).get('bug'), 'bug-7');
  }));

test('reports with a token come back as an array, newest first, each as posted', () =>
  withServer({}, async (server) => {
    const latest = `${BASE}/latest-report?token=t%201`;
    const none = await request(server, latest);
    assert.deepEqual([none.status, none.text], [404, 'response=not-found']);
    await post(server, `${BASE}/reports?token=t+1`, '{ "n" : 1 }');
    await post(server, `${BASE}/post-report?token=t%201`, '{"n":2}\n');
    await post(server, `${BASE}/reports?token=other`, '{"n":3}');
    await post(server, `${BASE}/reports`, '{"n":4}');
    const answer = await request(server, latest);
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '[{"n":2}\n,{ "n" : 1 }]');
    assert.match(answer.headers.get('content-type') ?? '', /json/);
    await post(server, `${BASE}/reports?token=t+1`, 'not JSON');
    assert.deepEqual(JSON.parse((await request(server, latest)).text), ['not JSON', { n: 2 }, { n: 1 }]);
    assert.equal(
      (await request(server, `/api/1/default/products/other/latest-report?token=t+1`)).status,
      404,
    );
    assert.equal((await request(server, `${BASE}/latest-report`)).status, 404);
  }));

test('a very long token works like a short one', () =>
  withServer({}, async (server) => {
    const token = 'x'.repeat(3000);
    await post(server, `${BASE}/reports?token=${token}`, '{"n":1}');
    assert.equal((await request(server, `${BASE}/latest-report?token=${token}`)).text, '[{"n":1}]');
    assert.ok((server.store.last.token ?? '').length < 100);
  }));

test('an occurrence id makes a retry of the same occurrence one report', () =>
  withServer({}, async (server) => {
    const payload = JSON.stringify({ ...REPORT, occurrence_id: 'o-1' });
    const first = await post(server, `${BASE}/reports`, payload);
    assert.equal((await post(server, `${BASE}/reports`, payload)).text, first.text);
    assert.equal(server.store.reports.length, 1);
    await post(server, '/api/1/default/products/other/reports', payload);
    assert.equal(server.store.reports.length, 2, 'an id means something within its product only');
    for (const odd of [`[${payload}]`, JSON.stringify({ ...REPORT, occurrence_id: 7 })]) {
      await post(server, `${BASE}/reports`, odd);
      await post(server, `${BASE}/reports`, odd);
    }
    assert.equal(server.store.reports.length, 6);
  }));

test('what a client dropped before its report is noted on the report and counted as lost, once', () =>
  withServer({}, async (server) => {
    const path = `${BASE}/reports?dropped=queue_full:450,expired:2,Bad:1,x:0`;
    const report = JSON.stringify({ ...REPORT, occurrence_id: '0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a' });
    await post(server, path, report);
    await post(server, path, report);
    assert.ok(
      server.store.reports[0]?.notes.includes(
        'The client dropped reports since its last one that arrived: queue_full 450, expired 2.',
      ),
      JSON.stringify(server.store.reports[0]?.notes),
    );
    const counted = server.store.counts.map(({ fate, reason, count }) => [fate, reason, count]);
    assert.deepEqual(counted, [
      ['lost', 'queue_full', 450],
      ['lost', 'expired', 2],
    ]);
  }));
