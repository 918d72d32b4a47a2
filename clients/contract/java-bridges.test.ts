// What Java's loggers and Spring tell the client library, by itself or by the code on docs/bridges/java.md, with the real packages.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { innermost, runProgram } from './programs.ts';
import type { ProgramRun, Report } from './programs.ts';
import { startRecordingServer } from './recording-server.ts';
import type { RecordingServer } from './recording-server.ts';
import { JARS, JAVAS } from './runtimes.ts';
import { snippetFolder } from './snippets.ts';

const JAVA = path.resolve(import.meta.dirname, '../java');

const messages = ({ reports }: ProgramRun): readonly string[] =>
  reports.map(({ stacktrace }) => String(stacktrace.at(-1)?.message)).sort();

for (const java of JAVAS) {
  describe(`bridges: ${java.name}`, { skip: java.missing }, () => {
    let server: RecordingServer;
    const snippets = snippetFolder('java');
    before(async () => {
      server = await startRecordingServer();
    });
    after(() => server.close());

    /** Compiles the program with pieces of the page; warnings are errors. Returns its class path. */
    function compiled(program: string, pieces: readonly string[], jars: string | null): string {
      const build = mkdtempSync(path.join(tmpdir(), 'mayday-bridges-'));
      const classPath = jars === null ? build : `${build}:${jars}/*`;
      // Annotations of the frameworks are theirs to process.
      const options = [
        '-g',
        '-parameters',
        '-Xlint:all,-processing,-classfile,-path',
        '-Werror',
        '-proc:none',
      ];
      const files = [
        path.join(JAVA, 'Mayday.java'),
        path.join(JAVA, 'test', `${program}.java`),
        ...pieces.map((piece) => path.join(snippets, piece)),
      ];
      const words = [...options, '-cp', classPath, '-d', build, ...files];
      const done = spawnSync(path.join(java.command, 'javac'), words, { encoding: 'utf8', timeout: 120_000 });
      assert.equal(done.status, 0, done.stdout + done.stderr);
      return classPath;
    }
    let spring: string | null = null;
    const springClasses = (): string =>
      (spring ??= compiled('SpringProgram', ['MaydayConfiguration.java'], JARS.spring.command));
    const run = (classPath: string, ...words: readonly string[]): Promise<ProgramRun> =>
      runProgram(server, [
        path.join(java.command, 'java'),
        '-XX:TieredStopAtLevel=1',
        '-cp',
        classPath,
        ...words,
      ]);

    const LOGGERS = [
      { logger: 'jul', pieces: [], jars: null },
      { logger: 'logback', pieces: ['MaydayAppender.java'], jars: JARS.spring },
      { logger: 'log4j2', pieces: ['Log4jBridge.java'], jars: JARS.log4j2 },
    ] as const;
    for (const { logger, pieces, jars } of LOGGERS) {
      it(
        `${logger}: an error is a report once, with logger and level; less is a breadcrumb`,
        { skip: jars?.missing ?? false },
        async () => {
          const classPath = compiled('LogProgram', ['JulBridge.java', ...pieces], jars?.command ?? null);
          // log4j's level where nothing configures it, and logback's configuration, are the application's.
          const done = await run(`${classPath}:${snippets}`, '-Dlog4j2.level=INFO', 'LogProgram', logger);
          assert.deepEqual(messages(done), ['no stock for tea', 'raised and logged'], done.result.stderr);
          assert.equal(done.result.code, 1);
          const logged = done.reports.find(({ stacktrace }) => stacktrace[0]?.message === 'no stock for tea');
          const raised = done.reports.find((one) => one !== logged);
          assert.ok(logged);
          assert.match(String(logged.stacktrace[0]?.kind), /^logging\.(SEVERE|ERROR)$/);
          assert.equal(logged.data['logger'], 'shop.orders');
          assert.doesNotMatch(
            JSON.stringify(innermost(logged)),
            /logback|log4j|java\.util\.logging|mayday\.Mayday/,
          );
          const crumbs = (logged as Report & { breadcrumbs: { message: string; category: string }[] })
            .breadcrumbs;
          assert.deepEqual(
            crumbs.map(({ message, category }) => [message, category]),
            [['took order 17', 'shop.orders']],
          );
          assert.equal(raised?.severity, 'major', 'it ended the program, after it was logged');
        },
      );
    }

    it(
      'Spring MVC, synchronous and asynchronous, @Async and @Scheduled: each once, with the request; no 4xx',
      { skip: JARS.spring.missing },
      async () => {
        const done = await run(springClasses(), 'SpringProgram', 'whole');
        assert.match(done.result.stdout, /answer \/controller\/7\?amount=3 500\n/);
        assert.match(done.result.stdout, /answer \/number\?n=x 400\n/);
        const expected = [
          'answered by advice',
          'handled',
          'in a callable',
          'in a controller',
          'in a future',
          'in a task',
          'in a timer',
        ];
        assert.deepEqual(messages(done), expected, done.result.stdout + done.result.stderr);
        const amount = (message: string): unknown =>
          done.reports.find(({ stacktrace }) => stacktrace.at(-1)?.message === message)?.request?.[
            'G_amount'
          ];
        assert.deepEqual(['in a controller', 'in a callable', 'handled'].map(amount), ['3', '4', '5']);
      },
    );

    it(
      'Spring MVC: the filter alone sees what leaves a controller, asynchronous ones among them',
      { skip: JARS.spring.missing },
      async () => {
        const done = await run(springClasses(), 'SpringProgram', 'plain');
        assert.deepEqual(
          messages(done),
          ['handled', 'in a callable', 'in a controller', 'in a future'],
          done.result.stdout,
        );
      },
    );

    it(
      'WebFlux: what a handler fails with, with its address; no 4xx',
      { skip: JARS.spring.missing },
      async () => {
        const done = await run(
          compiled('FluxProgram', ['MaydayFluxConfiguration.java'], JARS.spring.command),
          'FluxProgram',
        );
        assert.deepEqual(messages(done), ['in a flux'], done.result.stdout + done.result.stderr);
        assert.match(String(done.reports[0]?.data['url']), /\/orders\?amount=3$/);
      },
    );
  });
}
