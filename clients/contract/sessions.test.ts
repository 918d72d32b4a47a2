// Sessions in every language: a run tells how it ended, where the program asks for it, and says who used it only where the program does.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { variablesFor } from './bench.ts';
import { CLIENTS, languageProgram } from './language-programs.ts';
import { LANGUAGES } from './languages.ts';
import { PRODUCT, QueueFolder } from './queue-folder.ts';
import { startRecordingServer } from './recording-server.ts';
import type { Recorded, RecordingServer } from './recording-server.ts';
import { missingRuntime, prepareLanguage, startProcess } from './run-sample.ts';
import type { ReadyLanguage } from './run-sample.ts';

for (const language of LANGUAGES) {
  describe(`sessions: ${language.name}`, { skip: missingRuntime(language) ?? false }, () => {
    let sample: ReadyLanguage;
    let server: RecordingServer;
    before(async () => {
      sample = prepareLanguage(language);
      server = await startRecordingServer();
    });
    after(() => server.close());

    const run = async (
      scenario: string,
      more: Readonly<Record<string, string>> = {},
      queue = new QueueFolder(),
    ): Promise<{
      readonly pings: readonly Record<string, unknown>[];
      readonly requests: readonly Recorded[];
      readonly queue: QueueFolder;
    }> => {
      const from = server.requests.length;
      await sample.run(scenario, variablesFor(server.url, queue, more));
      const requests = server.requests.slice(from);
      const pings = requests.filter(({ path }) => path === `/api/1/default/products/${PRODUCT}/session`);
      return { pings: pings.map(({ body }) => JSON.parse(body) as Record<string, unknown>), requests, queue };
    };
    const on = { MAYDAY_SESSIONS: '1', MAYDAY_ENVIRONMENT: 'staging' };

    it('are not told unless the program asks for it', async () => {
      const { requests } = await run('idle');
      assert.equal(requests.length, 0);
    });

    it('tell a run that ends well, its release and environment, and no user that the program has not set', async () => {
      const queue = new QueueFolder();
      const from = server.requests.length;
      const words = [...languageProgram(language.name, 'repeats'), 'ignored'];
      await startProcess(words, CLIENTS, variablesFor(server.url, queue, { ...on, MAYDAY_VERSION: '1.2.3' }))
        .finished;
      const requests = server.requests.slice(from);
      const pings = requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
      const last = pings.at(-1);
      assert.ok(last, `${requests.length} requests`);
      const { sid, started, seq, user, ...rest } = last;
      assert.match(String(sid), /^[0-9a-f-]{36}$/);
      assert.ok(Math.abs(Date.parse(String(started)) - Date.now()) < 3_600_000);
      assert.deepEqual(rest, { status: 'exited', errors: 0, release: '1.2.3', environment: 'staging' });
      assert.equal(user, undefined);
      assert.equal(new Set(pings.map((ping) => ping['sid'])).size, 1);
      if (seq !== undefined) assert.equal(seq, pings.length);
      assert.deepEqual(queue.reports(), []);
    });

    it('tell how many errors were reported', async () => {
      const { pings } = await run('report', on);
      const last = pings.at(-1);
      assert.equal(last?.['status'], 'exited');
      assert.equal(last['errors'], 1);
    });

    it('tell a run that dies, beside its report, and the user that the program has set', async () => {
      const { pings, requests } = await run('crash', on);
      const last = pings.at(-1);
      assert.equal(last?.['status'], 'crashed');
      assert.equal(last['errors'], 1);
      assert.equal(last['user'], 'u-17');
      assert.equal(requests.length, pings.length + 1);
    });

    it('wait for no server that was down a moment ago, and keep nothing for later', async () => {
      const queue = new QueueFolder();
      queue.addFile('state.json', JSON.stringify({ failures: 1, not_before: Date.now() + 600_000 }));
      assert.equal((await run('idle', on, queue)).requests.length, 0);
      assert.deepEqual(queue.names(), ['state.json']);
    });
  });
}
