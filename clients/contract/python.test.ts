// The contract of the client library for Python, and its own handlers: threads, tasks, web frameworks.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { contractTests } from './contract-tests.ts';
import { firstThatWorks, innermost, livingProgramTests, only, runProgram } from './programs.ts';
import type { ProgramRun } from './programs.ts';
import { startRecordingServer } from './recording-server.ts';
import type { RecordingServer } from './recording-server.ts';
import { languageNamed, missingRuntime } from './run-sample.ts';

contractTests('python');

const pythonWith = (module: string): string | null =>
  firstThatWorks(['python3', '/usr/bin/python3'].map((python) => [python, '-c', `import ${module}`]));

describe('python: handlers', { skip: missingRuntime(languageNamed('python')) ?? false }, () => {
  let server: RecordingServer;
  before(async () => {
    server = await startRecordingServer();
  });
  after(() => server.close());
  livingProgramTests(() => server, ['python3', 'handlers.py', 'stay']);
  const run = (name: string, python = 'python3'): Promise<ProgramRun> =>
    runProgram(server, [python, 'handlers.py', name]);

  it('reports an error in a thread; the program and the printed traceback stay', async () => {
    const done = await run('thread');
    assert.equal(done.result.stdout, 'main goes on\n');
    assert.equal(done.result.code, 0);
    assert.match(done.result.stderr, /Exception in thread worker/);
    assert.equal(innermost(only(done))['method'], 'fail');
    assert.equal(only(done).severity, 'major');
  });

  it('runs the hooks that were there before', async () => {
    const done = await run('previous_hooks');
    assert.equal(done.result.stdout, "['LookupError']\nprevious LookupError\n");
    assert.equal(done.result.stderr, '');
    assert.equal(done.reports.length, 2);
  });

  it('reports an error in an asyncio task that nobody awaits; the loop handler still runs', async () => {
    const done = await run('task');
    assert.equal(done.result.stdout, 'handled by Task exception was never retrieved\nloop goes on\n');
    assert.equal(only(done).stacktrace[0]?.message, 'in a task');
  });

  it('reports an error that Python can only print', async () => {
    const done = await run('unraisable');
    assert.match(done.result.stderr, /Exception ignored in/);
    assert.equal(only(done).severity, 'normal');
  });

  it('reports what leaves a WSGI application, with request and user', async () => {
    const done = await run('wsgi');
    assert.equal(done.result.stdout, 'answer 500\n');
    const report = only(done);
    assert.equal(report.request?.['method'], 'GET');
    assert.match(String(report.request['url']), /\/orders\/7\?amount=3&api_key=\[filtered\]$/);
    assert.equal(report.request['G_amount'], '3');
    assert.equal(report.request['G_api_key'], '[filtered]');
    assert.equal(report.request['C_theme'], '[filtered]');
    const variables = report.environment?.variables ?? {};
    assert.equal(variables['PATH_INFO'], '/orders/7');
    assert.equal(variables['HTTP_COOKIE'], '[filtered]');
    assert.equal(variables['HTTP_AUTHORIZATION'], '[filtered]');
    assert.equal(variables['QUERY_STRING'], 'amount=3&api_key=[filtered]');
    assert.equal(innermost(report)['method'], 'fail');
    assert.deepEqual(report.version, { number: '7', edition: 'pro' });
  });

  it('reports what a WSGI application raises while its body is read', async () => {
    assert.equal(only(await run('wsgi_body')).stacktrace[0]?.message, 'in the body');
  });

  it('reports what leaves an ASGI application, and raises it on', async () => {
    const done = await run('asgi');
    assert.equal(done.result.stdout, 'raised on in a request\n');
    assert.equal(only(done).request?.['G_token'], '[filtered]');
  });

  for (const framework of ['django', 'flask'] as const) {
    const python = pythonWith(framework);
    const skip = python === null ? `${framework} is not installed` : false;
    it(`reports what ${framework} answers with 500, and not its 404`, { skip }, async () => {
      const done = await run(framework, python ?? '');
      assert.equal(done.result.stdout, 'answer 404\nanswer 500\n', done.result.stderr);
      const report = only(done);
      assert.equal(report.stacktrace[0]?.message, 'in a view');
      assert.match(String(report.request?.['route']), /orders\/<int:number>/);
      assert.equal(report.request?.['G_amount'], '3');
      assert.equal(report.request['C_sid'], '[filtered]');
      assert.equal(report.environment?.variables['REQUEST_METHOD'], 'GET');
    });
  }

  const django = pythonWith('django');
  it('reports what an asynchronous Django view raises', { skip: django === null }, async () => {
    const done = await run('django_async', django ?? '');
    assert.equal(done.result.stdout, 'answer 500\n', done.result.stderr);
    assert.equal(only(done).stacktrace.at(-1)?.message, 'in an asynchronous view');
    assert.equal(only(done).request?.['G_amount'], '3');
  });

  it('sends local variables only when they are switched on', async () => {
    assert.equal(innermost(only(await run('twice')))['locals'], undefined);
    assert.deepEqual(innermost(only(await run('locals_on')))['locals'], {
      message: "'deep inside'",
      secret_word: '[filtered]',
      amount: '12',
    });
  });

  it('survives everything that a report can be made of, within its bounds', async () => {
    const from = server.requests.length;
    const done = await run('hostile');
    assert.equal(done.result.stdout, 'goes on\n');
    assert.equal(done.result.stderr, '');
    assert.equal(done.reports.length, 3);
    for (const request of server.requests.slice(from)) {
      assert.ok(request.body.length <= 256 * 1024);
    }
    const [first] = done.reports;
    assert.equal(first?.stacktrace[0]?.message, '<unprintable Unprintable>');
    assert.equal(first.stacktrace[0].locations.length, 100);
    assert.equal(done.reports[1]?.stacktrace[0]?.message, 'only a text');
  });

  it('reports an endless recursion', async () => {
    const report = only(await run('recursion'));
    assert.equal(report.stacktrace[0]?.kind, 'RecursionError');
    assert.equal(report.stacktrace[0].locations.length, 100);
  });

  it('reports the parts of an exception group as causes', async () => {
    const done = await run('group');
    if (done.result.stdout === 'no groups\n') return;
    assert.deepEqual(
      only(done)
        .stacktrace.map((item) => item.kind)
        .sort(),
      ['ExceptionGroup', 'KeyError', 'ValueError'],
    );
  });

  it('works in a forked child', async () => {
    const done = await run('fork');
    assert.deepEqual(done.reports.map((report) => String(report.stacktrace[0]?.kind)).sort(), [
      'KeyError',
      'ValueError',
    ]);
  });

  it('does not report Control-C or sys.exit', async () => {
    assert.equal((await run('interrupted')).reports.length, 0);
    const left = await run('leave');
    assert.equal(left.result.code, 3);
    assert.equal(left.reports.length, 0);
  });

  it('reports an error once that was reported by hand and then goes uncaught', async () => {
    const done = await run('twice');
    assert.equal(done.result.code, 1);
    assert.equal(only(done).severity, 'major');
  });
});
