// What PHP's loggers and frameworks tell the client library by the code on docs/bridges/php.md, with the packages of Debian.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { firstThatWorks, innermost, only, runProgram } from './programs.ts';
import type { ProgramRun, Report } from './programs.ts';
import { startRecordingServer } from './recording-server.ts';
import type { RecordingServer } from './recording-server.ts';
import { languageNamed, missingRuntime } from './run-sample.ts';
import { snippetFolder } from './snippets.ts';

const messages = ({ reports }: ProgramRun): readonly string[] =>
  reports.map(({ stacktrace }) => String(stacktrace.at(-1)?.message)).sort();

const lacks = (name: string, file: string): string | false =>
  firstThatWorks([['php', '-r', `require '${file}';`]]) === null ? `${name} is not installed` : false;

describe('bridges: PHP', { skip: missingRuntime(languageNamed('php')) ?? false }, () => {
  let server: RecordingServer;
  const snippets = snippetFolder('php');
  before(async () => {
    server = await startRecordingServer();
  });
  after(() => server.close());
  const run = (name: string): Promise<ProgramRun> =>
    runProgram(server, ['php', '-d', 'error_reporting=8191', 'bridges.php', name, snippets]);

  const monolog = lacks('Monolog', 'Monolog/autoload.php');
  it(
    'Monolog: an error is a report once, with logger, level and context; less is a breadcrumb',
    { skip: monolog },
    async () => {
      const done = await run('monolog');
      assert.deepEqual(messages(done), ['no stock for tea', 'raised and logged'], done.result.stdout);
      const logged = done.reports.find(({ stacktrace }) => stacktrace[0]?.kind === 'logging.ERROR');
      assert.ok(logged);
      assert.deepEqual(logged.data, { warehouse: 3, logger: 'shop.orders', level: 'ERROR' });
      assert.equal(innermost(logged)['method'], 'work');
      const crumbs = (logged as Report & { breadcrumbs: { message: string; category: string }[] })
        .breadcrumbs;
      assert.deepEqual(
        crumbs.map(({ message, category }) => [message, category]),
        [['took order 17', 'shop.orders']],
      );
      const raised = done.reports.find((one) => one !== logged);
      assert.equal(raised?.severity, 'major', 'it ended the script, after it was logged');
    },
  );

  const symfony = lacks('Symfony', 'Symfony/Component/HttpKernel/autoload.php');
  it('Symfony: what a controller and a command throw; no 404', { skip: symfony }, async () => {
    const done = await run('symfony');
    assert.match(done.result.stdout, /left the kernel: not theirs\nexit 1\n$/);
    assert.deepEqual(messages(done), ['in a command', 'in a controller'], done.result.stdout);
    const command = done.reports.find(({ stacktrace }) => stacktrace[0]?.message === 'in a command');
    assert.equal(command?.data['command'], 'shop:import');
  });

  it(
    'Laravel: what its handler reports; no 404',
    { skip: lacks('Laravel', 'Illuminate/autoload.php') },
    async () => {
      const done = await run('laravel');
      assert.match(done.result.stdout, /goes on\n$/, done.result.stdout);
      assert.deepEqual(messages(done), ['in a controller'], done.result.stdout);
    },
  );

  for (const [scenario, message] of [
    ['shutdown', 'in a shutdown function'],
    ['destructor', 'in a destructor'],
  ] as const) {
    it(`reports and sends at once what is thrown ${message}`, async () => {
      const done = await run(scenario);
      assert.equal(only(done).stacktrace[0]?.message, message);
      assert.equal(only(done).severity, 'major');
      assert.match(done.result.stdout + done.result.stderr, /Uncaught DomainException/);
      assert.equal(done.result.code, 255);
    });
  }
});
