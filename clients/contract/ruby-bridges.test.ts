// What Ruby's frameworks tell the client library by the code on docs/bridges/ruby.md, with the packages of Debian.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { firstThatWorks, innermost, only, runProgram } from './programs.ts';
import type { ProgramRun } from './programs.ts';
import { startRecordingServer } from './recording-server.ts';
import type { RecordingServer } from './recording-server.ts';
import { languageNamed, missingRuntime } from './run-sample.ts';
import { snippetFolder } from './snippets.ts';

const lacks = (...names: readonly string[]): string | false =>
  firstThatWorks([['ruby', '-e', names.map((name) => `require "${name}"`).join(';')]]) === null
    ? `${names.join(', ')}: not installed`
    : false;

describe('bridges: Ruby', { skip: missingRuntime(languageNamed('ruby')) ?? false }, () => {
  let server: RecordingServer;
  const snippets = snippetFolder('ruby');
  before(async () => {
    server = await startRecordingServer();
  });
  after(() => server.close());
  const run = (name: string): Promise<ProgramRun> =>
    runProgram(server, ['ruby', 'bridges.rb', name, snippets]);

  const rails = lacks('action_controller/railtie');
  it('Rails: what a request dies of, with its parameters; no 404', { skip: rails }, async () => {
    const done = await run('rails');
    assert.equal(done.result.stdout, 'answer 500\nanswer 404\n', done.result.stderr);
    assert.equal(only(done).stacktrace[0]?.message, 'in a request');
    assert.equal(only(done).request?.['G_amount'], '3');
    assert.equal(innermost(only(done))['method'], 'fail_deep');
  });

  it(
    "Rails' error reporter: its subscriber, called as documented (Debian's Rails has none)",
    { skip: rails },
    async () => {
      const done = await run('rails_error');
      const { data, stacktrace } = only(done);
      assert.equal(stacktrace[0]?.message, 'handled by Rails.error', done.result.stderr);
      assert.deepEqual(data, { handled: true, severity: 'warning', source: 'application', order: 17 });
    },
  );

  it(
    'ActiveJob: what a job raises, with its name and queue; it is raised on',
    { skip: lacks('active_job') },
    async () => {
      const done = await run('active_job');
      assert.equal(done.result.stdout, 'raised on in job 17\n', done.result.stderr);
      assert.equal(only(done).data['job'], 'OrderJob');
      assert.equal(only(done).data['queue'], 'orders');
    },
  );

  it(
    'Sidekiq: what its processor hands to error handlers, with the job',
    { skip: lacks('sidekiq') },
    async () => {
      const done = await run('sidekiq');
      assert.equal(done.result.stdout, 'goes on\n', done.result.stderr);
      assert.deepEqual(only(done).data, { job: 'OrderJob', id: '7a', queue: 'orders' });
    },
  );

  it(
    'Rake: what a task dies of, with its name; what rake prints and its exit code stay',
    { skip: lacks('rake') },
    async () => {
      const done = await runProgram(server, [
        'env',
        `SNIPPETS=${snippets}`,
        'rake',
        '-f',
        'Rakefile',
        'import',
      ]);
      assert.equal(done.result.code, 1);
      assert.match(done.result.stderr, /rake aborted!\nIndexError: in a task/);
      assert.equal(only(done).stacktrace[0]?.message, 'in a task');
      assert.equal(only(done).data['tasks'], 'import');
    },
  );
});
