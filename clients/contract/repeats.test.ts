// In every language: the same error again is another crash, an error that is reported and then ends the program is one fatal crash, and
// nothing that is dropped is dropped silently.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { variablesFor } from './bench.ts';
import { CLIENTS, languageProgram } from './language-programs.ts';
import { LANGUAGES } from './languages.ts';
import type { Report } from './programs.ts';
import { QueueFolder } from './queue-folder.ts';
import { startRecordingServer } from './recording-server.ts';
import type { Recorded, RecordingServer } from './recording-server.ts';
import { missingRuntime, startProcess } from './run-sample.ts';
import type { SampleResult } from './run-sample.ts';

for (const language of LANGUAGES) {
  describe(`errors that come again: ${language.name}`, { skip: missingRuntime(language) ?? false }, () => {
    let command: readonly string[] = [];
    let server: RecordingServer;
    before(async () => {
      command = languageProgram(language.name, 'repeats');
      server = await startRecordingServer();
    });
    after(() => server.close());

    const run = async (
      scenario: string,
      url = server.url,
      queue = new QueueFolder(),
    ): Promise<{ result: SampleResult; sent: readonly Recorded[]; reports: readonly Report[] }> => {
      const from = server.requests.length;
      const process = startProcess([...command, scenario], CLIENTS, variablesFor(url, queue));
      const result = await process.finished;
      const sent = server.requests.slice(from);
      return { result, sent, reports: sent.map(({ body }) => JSON.parse(body) as Report) };
    };
    const occurrences = (reports: readonly Report[]): number =>
      reports.reduce((sum, { count }) => sum + (count ?? 1), 0);

    it('an error that is reported and then ends the program is one crash, and fatal', async () => {
      const { reports, result } = await run('fatal');
      assert.notEqual(result.code, 0);
      assert.equal(occurrences(reports), 1);
      assert.equal(reports[0]?.severity, 'major');
    });

    it('an error that is reported twice on its way out is one crash', async () => {
      const { reports } = await run('outward');
      assert.equal(occurrences(reports), 1);
      assert.equal(reports[0]?.severity, 'normal');
    });

    it('the same error that is thrown again is another crash', async () => {
      assert.equal(occurrences((await run('again')).reports), 5);
    });

    it('keeps the first of many different errors, counts the rest, and tells so', async () => {
      const queue = new QueueFolder();
      await run('burst', await deadUrl(), queue);
      const kept = queue
        .reports()
        .map((name) => queue.read(name)['data'] as { readonly turn: number })
        .map(({ turn }) => turn);
      assert.equal(kept.length, 50);
      // One may have been under way when the next came.
      assert.ok(Math.max(...kept) <= 52, `${Math.max(...kept)} is not among the first`);
      const { sent } = await run('again', server.url, queueWithoutPause(queue));
      const told = sent.map(({ query }) => query.get('dropped'));
      assert.match(String(told[0]), /^queue_full:(30|[23]\d)$/);
      assert.deepEqual(queue.names(), [], 'what was told is forgotten');
    });

    it('ends at once where it may not wait; the report stays for the next run', async () => {
      const queue = new QueueFolder();
      const { sent } = await run('no_wait', server.url, queue);
      assert.equal(sent.length + queue.reports().length >= 1, true);
      assert.ok(sent.length <= 1);
    });
  });
}

/** The pause after the failures is over. */
function queueWithoutPause(queue: QueueFolder): QueueFolder {
  if (queue.state() !== null) queue.addFile('state.json', JSON.stringify({ failures: 1, not_before: 0 }));
  return queue;
}

async function deadUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return `http://127.0.0.1:${port}`;
}
