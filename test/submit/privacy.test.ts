// The privacy step on endpoints other than Sentry's: off unless the product asks for it, and then by the same filter.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DEFAULT_CLIENT_RULES } from '../../src/report/client-rules.ts';
import { filesIn } from '../files-in.ts';
import { startSentry, type SentryServer } from '../sentry/sentry-server.ts';

const SECRET = 'hunter2-never-stored';
const PAYLOAD = [
  {
    language: 'php',
    exceptions: [{ name: 'LogicException', message: 'no cart', locations: [] }],
    env: { HTTP_AUTHORIZATION: `Bearer ${SECRET}`, PATH: '/usr/bin' },
    data: { password: SECRET, url: `https://shop.example/?token=${SECRET}&plan=pro` },
    user: { id: 'ada' },
  },
];

describe('privacy on other endpoints', () => {
  let server: SentryServer;
  before(async () => {
    server = await startSentry();
  });
  after(() => server.close());

  const postPayload = (text: string) =>
    fetch(`${server.url}/api/1/default/products/shop/reports`, { method: 'POST', body: text });
  const postForm = async () => {
    const form = new FormData();
    form.set('prod', 'shop');
    form.set('ver', '1.0');
    form.set('db_password', SECRET);
    form.set('url', `https://shop.example/?token=${SECRET}`);
    form.set('upload_file_minidump', new Blob(['MDMP nothing']), 'x.dmp');
    const answer = await fetch(`${server.url}/submit`, { method: 'POST', body: form });
    assert.equal(answer.status, 200);
  };
  const stored = async (): Promise<string> => {
    const all = await server.reports();
    const texts = await Promise.all(
      all.map(async (report) => {
        const parts = await Promise.all(report.attachments.map(({ name }) => server.part(report, name)));
        return `${JSON.stringify(report)}${parts.map((part) => part?.toString() ?? '').join('')}`;
      }),
    );
    return texts.join('\n');
  };

  it('is off: reports are kept exactly as they came', async () => {
    const text = JSON.stringify(PAYLOAD);
    assert.equal((await postPayload(text)).status, 200);
    const [report] = await server.reports();
    assert.ok(report !== undefined);
    assert.equal((await server.part(report, 'payload.json'))?.toString(), text);
    await server.store.reports.deleteReport(report.crashId);
  });

  it('where a product asks for it, secrets of payloads and annotations are filtered and counted', async () => {
    await server.setRules({ ...DEFAULT_CLIENT_RULES, privacy: 'everywhere' });
    const text = `${JSON.stringify(PAYLOAD)} `;
    assert.equal((await postPayload(text)).status, 200);
    await postForm();
    const all = await stored();
    assert.ok(!all.includes(SECRET));
    assert.ok(all.includes('plan=pro') && all.includes('/usr/bin') && all.includes('"id":"ada"'));
    assert.equal((await server.reports()).length, 2);
    const notes = (await server.reports()).flatMap((report) => report.notes);
    assert.deepEqual(
      notes.map((note) => /^\d values were filtered before storing\.$/.test(note)),
      [true, true],
      notes.join(),
    );
    for (const [file, bytes] of filesIn(server.dir)) {
      // The report of the other test was deleted; its bytes may stay in free pages.
      if (!path.basename(file).startsWith('mayday.db')) assert.ok(!bytes.includes(SECRET), file);
    }
  });

  it('text that is no JSON is filtered as text', async () => {
    const before = (await server.reports()).length;
    await postPayload(`[{"language": password=${SECRET} `);
    assert.ok(!(await stored()).includes(SECRET));
    assert.ok((await server.reports()).length >= before);
  });
});
