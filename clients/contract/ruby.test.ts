// The contract of the client library for Ruby, and its own handlers: threads, Rack, forks.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { contractTests } from './contract-tests.ts';
import { firstThatWorks, innermost, livingProgramTests, only, runProgram } from './programs.ts';
import type { ProgramRun } from './programs.ts';
import { startRecordingServer } from './recording-server.ts';
import type { RecordingServer } from './recording-server.ts';
import { languageNamed, missingRuntime } from './run-sample.ts';

contractTests('ruby');

describe('ruby: handlers', { skip: missingRuntime(languageNamed('ruby')) ?? false }, () => {
  let server: RecordingServer;
  before(async () => {
    server = await startRecordingServer();
  });
  after(() => server.close());
  livingProgramTests(() => server, ['ruby', 'handlers.rb', 'stay']);
  const run = (name: string): Promise<ProgramRun> => runProgram(server, ['ruby', '-w', 'handlers.rb', name]);

  it('reports an error in a thread; the program and the printed backtrace stay', async () => {
    const done = await run('thread');
    assert.equal(done.result.stdout, 'joined in a thread\nmain goes on\n');
    assert.equal(done.result.code, 0);
    assert.match(done.result.stderr, /terminated with exception/);
    assert.doesNotMatch(done.result.stderr, /mayday\.rb/, 'the library is in no backtrace');
    assert.equal(innermost(only(done))['method'], 'fail_deep');
    assert.equal(only(done).severity, 'major');
  });

  it('reports an error in a thread that nobody joins', async () => {
    const done = await run('thread_unjoined');
    assert.equal(done.result.stdout, 'main goes on\n');
    assert.equal(only(done).stacktrace[0]?.message, 'in a thread');
  });

  it('reports an error once that ends its thread and then the program', async () => {
    const done = await run('thread_aborts');
    assert.equal(done.result.code, 1);
    assert.equal(only(done).stacktrace[0]?.message, 'in a thread');
  });

  it('leaves the other at_exit handlers their error', async () => {
    const done = await run('at_exit_order');
    assert.equal(done.result.stdout, 'theirs: deep inside\n');
    assert.equal(done.result.code, 1);
    only(done);
  });

  const rack = firstThatWorks([['ruby', '-e', 'require "rack"']]) === null ? 'rack is not installed' : false;
  it('reports what leaves a Rack application, with request and user', { skip: rack }, async () => {
    const done = await run('rack');
    assert.equal(done.result.stdout, 'raised on in a request\n', done.result.stderr);
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
    assert.deepEqual(report.version, { number: '7', edition: 'pro' });
  });

  it('reports what a Rack application raises while its body is read', { skip: rack }, async () => {
    const done = await run('rack_body');
    assert.equal(only(done).stacktrace.at(-1)?.message, 'in the body', done.result.stderr);
    assert.equal(only(done).request?.['method'], 'GET');
  });

  it('reports what a framework hides behind an error page', { skip: rack }, async () => {
    const done = await run('rack_hidden');
    assert.equal(done.result.stdout, 'answer 500\n', done.result.stderr);
    assert.equal(only(done).stacktrace[0]?.message, 'behind an error page');
    assert.equal(only(done).request?.['G_amount'], '3');
  });

  it('passes a Rack answer on as it is', async () => {
    const done = await run('rack_fine');
    assert.match(done.result.stdout, /^\[200, \{"A" ?=> ?"b"\}, \["fine"\]\]\n$/);
    assert.equal(done.reports.length, 0);
  });

  it('sends local variables only when they are switched on', async () => {
    assert.equal(innermost(only(await run('twice')))['locals'], undefined);
    assert.deepEqual(innermost(only(await run('locals')))['locals'], {
      message: '"deep inside"',
      secret_word: '[filtered]',
      amount: '12',
    });
  });

  it('survives everything that a report can be made of, within its bounds', async () => {
    const from = server.requests.length;
    const done = await run('hostile');
    assert.equal(done.result.stdout, 'goes on\n', done.result.stderr);
    assert.doesNotMatch(done.result.stderr, /mayday\.rb/);
    assert.equal(done.reports.length, 3);
    for (const request of server.requests.slice(from))
      assert.ok(Buffer.byteLength(request.body) <= 256 * 1024);
    assert.ok(done.reports.some((report) => report.stacktrace[0]?.message === 'only a text'));
    assert.ok(done.reports.every((report) => report.stacktrace[0]?.message !== 'dropped'));
  });

  it('reports an endless recursion, within its bounds', async () => {
    const report = only(await run('recursion'));
    assert.equal(report.stacktrace[0]?.kind, 'SystemStackError');
    assert.equal(report.stacktrace[0].locations.length, 100);
  });

  it('works in a forked child', async () => {
    const done = await run('fork');
    assert.deepEqual(done.reports.map((report) => String(report.stacktrace[0]?.kind)).sort(), [
      'IndexError',
      'KeyError',
    ]);
  });

  it('does not report exit, abort or Control-C', async () => {
    const left = await run('leave');
    assert.equal(left.result.code, 3);
    const aborted = await run('aborted');
    assert.equal(aborted.result.stderr, 'aborted\n');
    const interrupted = await run('interrupted');
    assert.equal(left.reports.length + aborted.reports.length + interrupted.reports.length, 0);
  });

  it('reports an error once that was reported by hand and then goes uncaught', async () => {
    const done = await run('twice');
    assert.equal(done.result.code, 1);
    assert.equal(only(done).severity, 'major');
  });
});
