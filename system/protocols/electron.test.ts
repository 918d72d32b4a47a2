// Black box: what Electron's crashReporter sends, from the form to the page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { crashIdOf, dump, form, post } from '../requests.ts';
import { api, getReport, startServer, type TestServer } from '../server.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.remove());

/** A renderer's crash of an app with `extra` and `globalExtra`. */
const SENT = {
  _companyName: 'Example',
  _productName: 'Editor',
  _version: '3.4.5',
  channel: 'beta',
  guid: '2f6c6a4e-6d6b-4f1c-9a51-0c5d4c1f1b11',
  'lsb-release': 'Debian GNU/Linux 12',
  osarch: 'x86_64',
  platform: 'linux',
  process_type: 'renderer',
  prod: 'Electron',
  ver: '31.3.1',
  window: 'main',
};

function upload(path: string): ReturnType<typeof post> {
  const { body, type } = form([
    ...Object.entries(SENT).map(([name, value]) => ({ name, value })),
    dump(Buffer.concat([Buffer.from('MDMP'), Buffer.alloc(2000, path.length)])),
  ]);
  return post(`${server.submitUrl}${path}`, gzipSync(body), {
    'content-type': type,
    'content-encoding': 'gzip',
    'user-agent': 'Crashpad/0.8.0 Electron',
  });
}

test("the app's own name and version count, and all parameters are annotations", async () => {
  const answer = await upload('/submit');
  assert.equal(answer.status, 200, answer.text);
  const report = await getReport(server, crashIdOf(answer));
  assert.deepEqual([report.product, report.version, report.platform], ['Editor', '3.4.5', 'linux']);
  assert.deepEqual(Object.fromEntries(report.annotations.map(({ key, value }) => [key, value])), SENT);
});

test('the old endpoints take the same form', async () => {
  for (const path of ['/post', '/crashreports']) {
    const answer = await upload(path);
    assert.equal(answer.status, 200, answer.text);
    assert.equal((await getReport(server, crashIdOf(answer))).product, 'Editor');
  }
});

test('the type of the process is told, and parameters of the app can be searched for', async () => {
  const crashId = crashIdOf(await upload('/submit?x=1'));
  const end = Date.now() + 20_000;
  for (;;) {
    const answer = await api(server, `/api/reports/${crashId}/processed`);
    const { processed } = (await answer.json()) as { processed: { processType: string | null } | null };
    if (processed !== null) {
      assert.equal(processed.processType, 'renderer');
      break;
    }
    assert.ok(Date.now() < end, 'the report was never processed');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const found = await api(server, `/api/search?q=${encodeURIComponent('channel:beta window:main')}`);
  assert.equal(found.status, 200);
  const { crashes, list } = (await found.json()) as { crashes: number; list: { crash_id: string }[] };
  assert.ok(crashes > 0 && list.some(({ crash_id }) => crash_id === crashId));
});
