// What every language must do while the server is well: the report itself, filtering, merging, roles, debug mode.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { assertUnchanged, expectedReport, reportIn, variablesFor } from './bench.ts';
import type { Bench } from './bench.ts';
import { faultTests } from './fault-tests.ts';
import { readableDifferences } from './match.ts';
import { PRODUCT, QueueFolder } from './queue-folder.ts';
import { startRecordingServer } from './recording-server.ts';
import type { Recorded, RecordingServer } from './recording-server.ts';
import type { Language } from './languages.ts';
import { languageNamed, missingRuntime, prepareLanguage } from './run-sample.ts';
import type { SampleResult } from './run-sample.ts';

/** Defines the whole contract for one language; call it once in `<language>.test.ts`. */
export function contractTests(name: string): void {
  const language = languageNamed(name);
  contractTestsOf(language, `client library: ${name}`, missingRuntime(language) ?? false);
}

/** The same for a further version of the runtime. `missing`: why it cannot be used here, or false. */
export function contractTestsOf(language: Language, title: string, missing: string | false): void {
  describe(title, { skip: missing }, () => {
    let bench: Bench | undefined;
    const ready = (): Bench => {
      assert.ok(bench, 'the sample did not start');
      return bench;
    };
    before(async () => {
      const sample = prepareLanguage(language);
      bench = {
        sample,
        plainCrash: await sample.run('crash', { MAYDAY_DISABLED: '1' }),
        plainReport: await sample.run('report', { MAYDAY_DISABLED: '1' }),
      };
      assert.notEqual(bench.plainCrash.code, 0);
      assert.equal(bench.plainReport.stdout.trim(), 'still running');
    });
    healthyTests(language.name, ready);
    faultTests(ready);
  });
}

function healthyTests(name: string, ready: () => Bench): void {
  describe('while the server is well', () => {
    let server: RecordingServer;
    before(async () => {
      server = await startRecordingServer();
    });
    after(() => server.close());

    const run = async (
      scenario: string,
      queue = new QueueFolder(),
      more: Readonly<Record<string, string>> = {},
    ): Promise<{ result: SampleResult; sent: readonly Recorded[]; queue: QueueFolder }> => {
      const from = server.requests.length;
      const result = await ready().sample.run(scenario, variablesFor(server.url, queue, more));
      return { result, sent: server.requests.slice(from), queue };
    };

    it('reports an uncaught error as expected, once, and changes nothing else', async () => {
      const { result, sent, queue } = await run('crash');
      assertUnchanged(result, ready().plainCrash);
      assert.equal(sent.length, 1);
      assert.equal(readableDifferences(expectedReport(name), reportIn(sent[0])), '');
      assert.deepEqual(queue.names(), [], 'nothing stays in the queue');
    });

    it('posts JSON with its length to the 1.0 address, with the test token', async () => {
      const { sent } = await run('crash');
      assert.equal(sent[0]?.method, 'POST');
      assert.equal(sent[0].path, `/api/1/default/products/${PRODUCT}/reports`);
      assert.equal(sent[0].query.toString(), 'token=contract-token');
      assert.equal(sent[0].headers['content-type']?.toString().split(';')[0], 'application/json');
      assert.equal(sent[0].headers['content-length'], String(Buffer.byteLength(sent[0].body)));
      assert.equal(sent[0].headers['cookie'], undefined);
    });

    it('names the upload key where the program has one', async () => {
      const { sent } = await run('report', new QueueFolder(), { MAYDAY_KEY: 'k&1' });
      assert.equal(sent[0]?.query.get('key'), 'k&1');
      assert.equal(sent[0].query.get('token'), 'contract-token');
    });

    it('reports a handled error with its data, secrets filtered, and goes on', async () => {
      const { result, sent } = await run('report');
      assertUnchanged(result, ready().plainReport);
      assert.equal(sent.length, 1);
      const report = reportIn(sent[0]);
      assert.equal(report['severity'], 'normal');
      assert.deepEqual(report['data'], { order: 17, password: '[filtered]' });
    });

    it('sends the variables of a list, no others, and filters secrets in configuration', async () => {
      const report = reportIn((await run('crash')).sent[0]);
      const { variables } = report['environment'] as { variables: Record<string, string> };
      assert.equal(variables['LANG'], 'C.UTF-8');
      const names = Object.keys(variables);
      assert.deepEqual(
        names.filter((name) => /^SAMPLE_|MAYDAY_(TOKEN|URL)|^HOME$/.test(name)),
        [],
      );
      assert.equal((report['configuration'] as Record<string, unknown>)['password'], '[filtered]');
    });

    it('sends further variables that are named, and filters secrets in them', async () => {
      const more = { MAYDAY_VARIABLES: 'SAMPLE_*, MAYDAY_TOKEN' };
      const report = reportIn((await run('crash', new QueueFolder(), more)).sent[0]);
      const { variables } = report['environment'] as { variables: Record<string, string> };
      assert.equal(variables['SAMPLE_PASSWORD'], '[filtered]');
      assert.equal(variables['MAYDAY_TOKEN'], '[filtered]');
      assert.equal(variables['SAMPLE_URL'], 'https://someone:[filtered]@example.com/');
    });

    it('merges repeats into counts', async () => {
      const { result, sent } = await run('repeat');
      assert.equal(result.stdout.trim(), 'still running');
      const counts = sent.map((request) => Number(reportIn(request)['count'] ?? 1));
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        25,
      );
      assert.ok(counts.length <= 3, `${counts.length} requests for 25 repeats`);
    });

    it('keeps its installation id, and gives every occurrence an id of its own', async () => {
      const first = await run('crash');
      const second = await run('crash', first.queue);
      const [a, b] = [reportIn(first.sent[0]), reportIn(second.sent[0])];
      assert.equal((a['host'] as { id: string }).id, first.queue.installationId());
      assert.deepEqual(a['host'], b['host']);
      assert.notEqual(a['occurrence_id'], b['occurrence_id']);
    });

    it('takes the role from the environment, and from the file', async () => {
      const byVariable = await run('crash', new QueueFolder(), { MAYDAY_ROLE: 'tester' });
      assert.equal(reportIn(byVariable.sent[0])['role'], 'tester');
      const queue = new QueueFolder();
      queue.setRole('tester');
      assert.equal(reportIn((await run('crash', queue)).sent[0])['role'], 'tester');
    });

    for (const way of ['MAYDAY_DISABLED', 'MAYDAY_ROLE', 'role file'] as const) {
      it(`is silent when disabled by ${way}: nothing sent, nothing written`, async () => {
        const queue = new QueueFolder();
        if (way === 'role file') queue.setRole('disabled');
        const variables = way === 'role file' ? {} : { [way]: way === 'MAYDAY_ROLE' ? 'disabled' : '1' };
        const { result, sent } = await run('crash', queue, variables);
        assertUnchanged(result, ready().plainCrash);
        assert.equal(sent.length, 0);
        assert.deepEqual(readdirSync(queue.home), way === 'role file' ? ['role'] : []);
      });
    }

    it('sends nothing and stays silent without a URL', async () => {
      const queue = new QueueFolder();
      const result = await ready().sample.run('crash', {
        MAYDAY_PRODUCT: PRODUCT,
        MAYDAY_QUEUE_DIR: queue.home,
      });
      assertUnchanged(result, ready().plainCrash);
      assert.ok(!existsSync(queue.folder));
    });

    it('prints in debug mode what is sent and what the server says', async () => {
      const { result, sent } = await run('report', new QueueFolder(), { MAYDAY_DEBUG: '1' });
      assert.equal(result.code, 0);
      assert.equal(result.stdout, ready().plainReport.stdout);
      assert.equal(sent[0]?.query.get('debug'), '1');
      assert.match(result.stderr, new RegExp(String(reportIn(sent[0])['occurrence_id'])));
      assert.match(result.stderr, /response=ok/);
      assert.doesNotMatch(result.stderr, /hunter2/);
    });
  });
}
