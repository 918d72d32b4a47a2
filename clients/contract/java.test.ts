// The contract of the client library for java, and what only Java has: servlet filters, odd exceptions, floods.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { reportIn, variablesFor } from './bench.ts';
import { contractTests } from './contract-tests.ts';
import { QueueFolder } from './queue-folder.ts';
import { startRecordingServer } from './recording-server.ts';
import type { Recorded } from './recording-server.ts';
import { languageNamed, missingRuntime, startProcess } from './run-sample.ts';
import type { SampleResult } from './run-sample.ts';

contractTests('java');

const FOLDER = path.resolve(import.meta.dirname, '..', 'java');

describe('client library: java, edges', { skip: missingRuntime(languageNamed('java')) ?? false }, () => {
  const build = mkdtempSync(path.join(tmpdir(), 'mayday-java-'));

  before(() => {
    const files = ['Mayday.java', 'sample/Sample.java', 'test/Edges.java'];
    const compiled = spawnSync('javac', ['--release', '8', '-Xlint:-options', '-g', '-d', build, ...files], {
      cwd: FOLDER,
      encoding: 'utf8',
    });
    assert.equal(compiled.status, 0, compiled.stderr);
  });

  const run = async (
    t: TestContext,
    program: 'Sample' | 'Edges',
    scenario: string,
  ): Promise<{ result: SampleResult; sent: readonly Recorded[] }> => {
    const server = await startRecordingServer();
    t.after(() => server.close());
    const words = ['java', '-cp', build, program, scenario];
    const result = await startProcess(words, FOLDER, variablesFor(server.url, new QueueFolder())).finished;
    return { result, sent: server.requests };
  };

  it('reports what leaves a servlet chain with its request, and throws the same exception on', async (t) => {
    const { result, sent } = await run(t, 'Edges', 'servlet');
    assert.equal(result.stdout, 'same exception\n');
    assert.equal(sent.length, 1);
    const report = reportIn(sent[0]);
    assert.deepEqual(report['user'], { id: 'u-2' });
    assert.deepEqual(report['request'], {
      G_page: '2',
      G_token: '[filtered]',
      P_quantity: '3',
      P_password: '[filtered]',
      C_JSESSIONID: '[filtered]',
    });
    const { variables } = report['environment'] as { variables: Record<string, string> };
    assert.equal(variables['REQUEST_URI'], '/cart/checkout');
    assert.equal(variables['QUERY_STRING'], 'page=2&token=[filtered]');
    assert.equal(variables['HTTP_AUTHORIZATION'], '[filtered]');
    assert.doesNotMatch(String(sent[0]?.body), /hunter2/);
  });

  it('survives circular causes, circular data and a toString that throws', async (t) => {
    const { result, sent } = await run(t, 'Edges', 'hostile');
    assert.equal(result.stdout, 'still running\n');
    assert.equal(sent.length, 1);
    const report = reportIn(sent[0]);
    assert.deepEqual(
      (report['stacktrace'] as { message: string }[]).map(({ message }) => message),
      ['second', 'first'],
    );
    assert.deepEqual(report['user'], { id: '17' });
    assert.match(String((report['data'] as Record<string, unknown>)['broken']), /IllegalStateException/);
    assert.ok(String(sent[0]?.body).length < 256 * 1024);
  });

  it('sends at most 100 frames of a stack overflow', async (t) => {
    const { sent } = await run(t, 'Edges', 'overflow');
    const [only] = reportIn(sent[0])['stacktrace'] as { locations: unknown[] }[];
    assert.equal(only?.locations.length, 100);
  });

  it('counts every occurrence of a flood without slowing the program down', async (t) => {
    const { result, sent } = await run(t, 'Edges', 'flood');
    assert.equal(result.stdout, 'quick enough\n');
    const counts = sent.map((request) => Number(reportIn(request)['count'] ?? 1));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      5001,
    );
    assert.ok(counts.length < 10, `${counts.length} requests`);
  });

  it('sends what was reported just before System.exit, and keeps the exit code', async (t) => {
    const { result, sent } = await run(t, 'Edges', 'exit');
    assert.equal(result.code, 3);
    assert.equal(sent.length, 1);
  });

  it('reports what a thread dies of, and prints what Java prints', async (t) => {
    const { result, sent } = await run(t, 'Sample', 'thread');
    assert.match(result.stderr, /^Exception in thread "worker" java\.lang\.IllegalStateException/);
    assert.equal((reportIn(sent[0])['env'] as Record<string, unknown>)['thread'], 'worker');
  });

  it('reports what tasks and futures would keep to themselves', async (t) => {
    const { result, sent } = await run(t, 'Sample', 'task');
    assert.match(
      result.stdout,
      /task: cannot place the order\nfuture: For input string: "many"\nstill running/,
    );
    assert.equal(sent.length, 2);
  });

  it('still runs the handler that was there before', async (t) => {
    const { result, sent } = await run(t, 'Sample', 'previous');
    assert.match(result.stdout, /previous handler: cannot place the order/);
    assert.equal(result.stderr, '');
    assert.equal(sent.length, 1);
  });
});
