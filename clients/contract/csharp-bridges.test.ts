// What C#'s frameworks and loggers tell the client library, by itself or by the code on docs/bridges/csharp.md, on Mono and .NET.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { csharpProgram } from './dotnet.ts';
import { innermost, only, runProgram } from './programs.ts';
import type { ProgramRun, Report } from './programs.ts';
import { startRecordingServer } from './recording-server.ts';
import type { RecordingServer } from './recording-server.ts';
import { languageNamed, missingRuntime } from './run-sample.ts';
import { DOTNET } from './runtimes.ts';
import { snippetFolder, snippetsOf } from './snippets.ts';

const CSHARP = path.resolve(import.meta.dirname, '../csharp');
const missing = missingRuntime(languageNamed('csharp')) ?? false;

const messages = ({ reports }: ProgramRun): readonly string[] =>
  reports.map(({ stacktrace }) => String(stacktrace.at(-1)?.message)).sort();

for (const runtime of ['Mono', '.NET'] as const) {
  describe(`bridges: C# on ${runtime}`, { skip: missing || (runtime === '.NET' && DOTNET.missing) }, () => {
    let server: RecordingServer;
    let words: readonly string[];
    before(async () => {
      server = await startRecordingServer();
      const snippets = snippetFolder('csharp');
      words = csharpProgram(runtime, [
        path.join(CSHARP, 'Mayday.cs'),
        ...['Bridges.cs', 'StandIns.cs'].map((name) => path.join(CSHARP, 'test', name)),
        ...[...snippetsOf('csharp').keys()].map((name) => path.join(snippets, name)),
      ]);
    });
    after(() => server.close());
    const run = (name: string): Promise<ProgramRun> => runProgram(server, [...words, name]);

    it('an exception in an async void method, which ends the program', async () => {
      const done = await run('async_void');
      assert.equal(only(done).stacktrace[0]?.message, 'in async void', done.result.stderr);
      assert.equal(only(done).severity, 'major');
      assert.notEqual(done.result.code, 0);
    });

    it('ASP.NET Core: what leaves the pipeline, once; it is thrown on', async () => {
      const done = await run('middleware');
      assert.equal(done.result.stdout, 'raised on in a request\n', done.result.stderr);
      assert.equal(only(done).stacktrace[0]?.message, 'in a request');
    });

    it('ILogger: an error is a report once, with category and level; less is a breadcrumb', async () => {
      const done = await run('logger');
      assert.deepEqual(messages(done), ['no stock for tea', 'raised and logged'], done.result.stderr);
      const logged = done.reports.find(({ stacktrace }) => stacktrace[0]?.kind === 'logging.Error');
      assert.ok(logged);
      assert.deepEqual(logged.data, { logger: 'shop.orders', level: 'Error' });
      assert.equal(innermost(logged)['method'], 'Work');
      const crumbs = (logged as Report & { breadcrumbs: { message: string; category: string }[] })
        .breadcrumbs;
      assert.deepEqual(
        crumbs.map(({ message, category }) => [message, category]),
        [['took order 17', 'shop.orders']],
      );
      assert.equal(
        done.reports.find((one) => one !== logged)?.severity,
        'major',
        'it ended the program, after it was logged',
      );
    });

    it('WPF and Windows Forms: what a handler keeps from ending the program', async () => {
      const done = await run('dispatchers');
      assert.equal(done.result.stdout, 'goes on\n', done.result.stderr);
      assert.deepEqual(messages(done), ['in a dispatcher', 'in a window']);
    });
  });
}
