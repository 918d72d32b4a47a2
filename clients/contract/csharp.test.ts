// The contract of the client library for csharp, and what only C# has: web contexts, tasks, aggregated exceptions.
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
import { languageNamed, missingRuntime, startProcess } from './run-sample.ts';
import type { SampleResult } from './run-sample.ts';

contractTests('csharp');

const FOLDER = path.resolve(import.meta.dirname, '..', 'csharp');

interface Sent {
  readonly severity: string;
  readonly count?: number;
  readonly user?: unknown;
  readonly request?: unknown;
  readonly data: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, unknown>>;
  readonly environment: { readonly variables: Readonly<Record<string, string>> };
  readonly stacktrace: readonly {
    readonly kind: string;
    readonly message: string;
    readonly data?: Readonly<Record<string, unknown>>;
  }[];
  readonly raw: string;
}

describe('client library: csharp, edges', { skip: missingRuntime(languageNamed('csharp')) ?? false }, () => {
  const build = mkdtempSync(path.join(tmpdir(), 'mayday-csharp-'));

  before(() => {
    for (const program of ['sample/Sample', 'test/Edges']) {
      const out = path.join(build, `${path.basename(program)}.exe`);
      const words = ['-debug', '-warn:4', '-warnaserror', '-langversion:7', `-out:${out}`];
      const compiled = spawnSync('mcs', [...words, 'Mayday.cs', `${program}.cs`], {
        cwd: FOLDER,
        encoding: 'utf8',
      });
      assert.equal(compiled.status, 0, compiled.stdout + compiled.stderr);
    }
  });

  const run = async (
    t: TestContext,
    program: 'Sample' | 'Edges',
    scenario: string,
  ): Promise<{ result: SampleResult; sent: readonly Sent[] }> => {
    const server = await startRecordingServer();
    t.after(() => server.close());
    const words = ['mono', '--debug', path.join(build, `${program}.exe`), scenario];
    const result = await startProcess(words, FOLDER, variablesFor(server.url, new QueueFolder())).finished;
    const sent = server.requests.map((request) =>
      Object.assign(reportIn(request) as unknown as Sent, { raw: request.body }),
    );
    return { result, sent };
  };

  it('reports what leaves an ASP.NET Core pipeline with its request, and throws the same exception on', async (t) => {
    const { result, sent } = await run(t, 'Edges', 'core');
    assert.equal(result.stdout, 'same exception\n');
    assert.equal(sent.length, 1);
    assert.deepEqual(sent[0]?.user, { id: 'u-2' });
    assert.deepEqual(sent[0].request, {
      G_page: '2',
      G_token: '[filtered]',
      C_sid: '[filtered]',
      P_quantity: '3',
      P_password: '[filtered]',
    });
    const { variables } = sent[0].environment;
    assert.equal(variables['REQUEST_METHOD'], 'POST');
    assert.equal(variables['QUERY_STRING'], 'page=2&token=[filtered]');
    assert.equal(variables['HTTP_AUTHORIZATION'], '[filtered]');
    assert.equal(variables['HTTP_COOKIE'], '[filtered]');
    assert.equal(variables['REMOTE_ADDR'], '192.0.2.7');
    assert.doesNotMatch(sent[0].raw, /hunter2/);
  });

  it('reports what leaves an OWIN application with its request', async (t) => {
    const { result, sent } = await run(t, 'Edges', 'owin');
    assert.equal(result.stdout, 'same exception\n');
    assert.equal(sent.length, 1);
    assert.deepEqual(sent[0]?.request, { G_page: '2', G_token: '[filtered]' });
    assert.equal(sent[0].environment.variables['PATH_INFO'], '/cart');
    assert.doesNotMatch(sent[0].raw, /hunter2/);
  });

  it('reports the Error event of System.Web, without the wrapping exception', async (t) => {
    const { sent } = await run(t, 'Edges', 'web');
    assert.equal(sent.length, 1);
    assert.deepEqual(
      sent[0]?.stacktrace.map(({ message }) => message),
      ['no stock'],
    );
    assert.equal(sent[0].environment.variables['HTTP_COOKIE'], '[filtered]');
    assert.equal(sent[0].environment.variables['ALL_RAW'], undefined);
    assert.doesNotMatch(sent[0].raw, /hunter2/);
  });

  it('survives hostile data, and keeps the root and the outermost of many causes', async (t) => {
    const { result, sent } = await run(t, 'Edges', 'hostile');
    assert.equal(result.stdout, 'still running\n');
    assert.equal(sent.length, 1);
    assert.equal(sent[0]?.data['broken'], '(reading it threw System.InvalidOperationException)');
    assert.deepEqual(sent[0].user, { id: '17' });
    assert.equal(sent[0].stacktrace.length, 10);
    assert.deepEqual(sent[0].stacktrace[0]?.data, { reason: 'a broken key' });
    assert.deepEqual(sent[0].stacktrace[9]?.data, {
      other_exceptions: ['System.TimeoutException: the other one'],
    });
    assert.ok(sent[0].raw.length < 256 * 1024);
  });

  it('counts every occurrence of a flood without slowing the program down', async (t) => {
    const { result, sent } = await run(t, 'Edges', 'flood');
    assert.equal(result.stdout, 'quick enough\n');
    const counts = sent.map(({ count }) => count ?? 1);
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      5001,
    );
    assert.ok(counts.length < 10, `${counts.length} requests`);
  });

  it('reports a failed task that nobody looks at', async (t) => {
    const { sent } = await run(t, 'Edges', 'unobserved');
    assert.deepEqual(
      sent.map(({ stacktrace }) => stacktrace[0]?.message),
      ['nobody looks'],
    );
  });

  it('sends what was reported just before Environment.Exit, and keeps the exit code', async (t) => {
    const { result, sent } = await run(t, 'Edges', 'exit');
    assert.equal(result.code, 3);
    assert.equal(sent.length, 1);
  });

  it('reports what another thread dies of', async (t) => {
    const { result, sent } = await run(t, 'Sample', 'thread');
    assert.notEqual(result.code, 0);
    assert.equal(sent[0]?.env['thread'], 'worker');
    assert.equal(sent[0].severity, 'major');
  });

  it('reports watched and wrapped work, which fails as before', async (t) => {
    const { result, sent } = await run(t, 'Sample', 'task');
    assert.equal(result.stdout, 'task: InvalidOperationException\ntask: FormatException\nstill running\n');
    assert.equal(sent.length, 2);
  });

  it('still runs the handler that was there before', async (t) => {
    const { result, sent } = await run(t, 'Sample', 'previous');
    assert.match(result.stdout, /previous handler: cannot place the order/);
    assert.equal(sent.length, 1);
  });
});
