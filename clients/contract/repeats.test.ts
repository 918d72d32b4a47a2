// In every language what a report says beyond its stack, and: the same error again is another crash, an error that is reported and then ends the program is one fatal crash, and
// nothing that is dropped is dropped silently.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { reportIn, variablesFor } from './bench.ts';
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
      more: Readonly<Record<string, string>> = {},
    ): Promise<{ result: SampleResult; sent: readonly Recorded[]; reports: readonly Report[] }> => {
      const from = server.requests.length;
      const process = startProcess([...command, scenario], CLIENTS, variablesFor(url, queue, more));
      const result = await process.finished;
      const sent = server.requests.slice(from);
      // On a machine that is busy the end of the program may not wait long enough: what is in the queue then counts as well.
      const made = new Map<unknown, Record<string, unknown>>();
      for (const name of url === server.url ? queue.reports() : []) {
        const report = queue.read(name);
        made.set(report['occurrence_id'], report);
      }
      for (const report of sent.map(reportIn)) made.set(report['occurrence_id'], report);
      return { result, sent, reports: [...made.values()] as unknown as readonly Report[] };
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
      assert.ok(!queue.names().includes('dropped'), 'what was told is forgotten');
    });

    it('says when, where, in which release and after what it happened', async () => {
      const more = { MAYDAY_ENVIRONMENT: 'staging', MAYDAY_VERSION: '7.1' };
      const { reports } = await run('notes', server.url, new QueueFolder(), more);
      const report = reports[0] as unknown as Record<string, unknown>;
      assert.match(String(report['time']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.ok(Math.abs(Date.parse(String(report['time'])) - Date.now()) < 3_600_000);
      assert.equal((report['environment'] as { name: string }).name, 'staging');
      assert.deepEqual(report['version'], { number: '7.1' });
      assert.deepEqual(report['tags'], { shop: 'north' });
      const crumbs = report['breadcrumbs'] as readonly Record<string, unknown>[];
      assert.equal(crumbs.length, 50);
      const { time, ...last } = crumbs.at(-1) ?? {};
      assert.equal(typeof time, 'string');
      assert.deepEqual(last, { message: 'step 59', category: 'desk', data: { password: '[filtered]' } });
    });

    it('reports nothing that is ignored, and nothing where none is to be sampled', async () => {
      assert.equal((await run('ignored')).reports.length, 0);
      const none = { MAYDAY_SAMPLE_RATE: '0' };
      assert.equal((await run('again', server.url, new QueueFolder(), none)).reports.length, 0);
    });

    it('ends at once where it may not wait; the report stays for the next run', async () => {
      const queue = new QueueFolder();
      const { sent, reports } = await run('no_wait', server.url, queue);
      assert.equal(reports.length, 1);
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
