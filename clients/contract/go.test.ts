// The contract of the client library for Go, and its own handlers: goroutines, HTTP, slog, what ended the last run.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { contractTests } from './contract-tests.ts';
import { innermost, livingProgramTests, only, runProgram } from './programs.ts';
import type { ProgramRun, Report } from './programs.ts';
import { QueueFolder } from './queue-folder.ts';
import { startRecordingServer } from './recording-server.ts';
import type { RecordingServer } from './recording-server.ts';
import { languageNamed, missingRuntime } from './run-sample.ts';

contractTests('go');

const FOLDER = path.resolve(import.meta.dirname, '..', 'go');
/** The oldest Go that the library promises to work with; the module proxy has it as a toolchain. */
const OLDEST = 'go1.23.12';

function go(words: readonly string[], variables: Readonly<Record<string, string>> = {}): string {
  const done = spawnSync('go', words, {
    cwd: FOLDER,
    encoding: 'utf8',
    timeout: 300_000,
    env: { ...process.env, ...variables },
  });
  assert.equal(done.status, 0, done.stdout + done.stderr);
  return done.stdout;
}

/** The kinds and messages of a report, root cause first. */
const chain = (report: Report): readonly string[] =>
  report.stacktrace.map(({ kind, message }) => `${kind}: ${message}`);

const missing = missingRuntime(languageNamed('go')) ?? false;

describe('go: handlers', { skip: missing }, () => {
  const program = path.join(mkdtempSync(path.join(tmpdir(), 'mayday-go-')), 'handlers');
  let server: RecordingServer;
  before(async () => {
    server = await startRecordingServer();
    go(['build', '-buildvcs=false', '-o', program, './test/handlers']);
  });
  after(() => server.close());
  livingProgramTests(() => server, [program, 'stay']);
  const run = (name: string, queue?: QueueFolder): Promise<ProgramRun> =>
    runProgram(server, [program, name], queue);

  it('passes its own tests and go vet, formatted', () => {
    go(['vet', './...']);
    go(['test', '.']);
    const { stdout } = spawnSync('gofmt', ['-l', '.'], { cwd: FOLDER, encoding: 'utf8' });
    assert.equal(stdout, '');
  });

  it('compiles for Windows and macOS', () => {
    for (const GOOS of ['windows', 'darwin'])
      go(['build', '-buildvcs=false', '-o', path.join(tmpdir(), 'mayday-go-elsewhere'), './sample'], {
        GOOS,
        CGO_ENABLED: '0',
      });
  });

  it('reports a panic in a goroutine of Go, which still ends the program', async () => {
    const done = await run('goroutine');
    assert.equal(done.result.code, 2);
    assert.match(done.result.stderr, /^panic: in a goroutine \[recovered/);
    assert.deepEqual(chain(only(done)), ['panic: in a goroutine']);
    assert.equal(innermost(only(done))['method'], 'fail');
    assert.equal(only(done).severity, 'major');
  });

  it('reports a panic that Recover ends, and the program goes on', async () => {
    const done = await run('recover');
    assert.equal(done.result.stdout, 'goes on\n');
    assert.equal(done.result.code, 0);
    assert.equal(only(done).severity, 'normal');
    assert.deepEqual(
      only(done).stacktrace[0]?.locations.map((place) => place['method']),
      ['fail', 'main.func4', 'recovered', 'main'],
    );
  });

  it('reports a panic once that passes two handlers', async () => {
    const report = only(await run('nested'));
    assert.deepEqual(chain(report), ['panic: runtime error: slice bounds out of range [5:0]']);
    assert.deepEqual([innermost(report)['class'], innermost(report)['method']], ['shop', 'deliver']);
    assert.equal(report.count, undefined);
  });

  it('leaves the panic to a handler of the application further out', async () => {
    const done = await run('recovered_outside');
    assert.equal(done.result.stdout, 'theirs: on its way out\n');
    assert.equal(done.result.code, 0);
    assert.deepEqual(chain(only(done)), ['panic: on its way out']);
  });

  it('reports what a deferred function panics with while another panic is on its way', async () => {
    const report = only(await run('cleanup'));
    assert.deepEqual(chain(report), [
      'errors.errorString: the shop is closed',
      'fmt.wrapError: cleaning up: the shop is closed',
    ]);
  });

  it('tells all that an error wraps, joined ones as well', async () => {
    assert.deepEqual(chain(only(await run('joined'))), [
      'errors.errorString: file does not exist',
      'errors.errorString: the shop is closed',
      'errors.joinError: the shop is closed\nfile does not exist',
      'fmt.wrapError: order: the shop is closed\nfile does not exist',
    ]);
  });

  it('takes an error that was reported and is wrapped on its way out for one occurrence, and another one for another', async () => {
    const { reports } = await run('wrapped');
    assert.deepEqual(reports.map((report) => String(innermost(report)['method'])).sort(), [
      'main.func8',
      'main.func9',
    ]);
  });

  it('reports what leaves a handler of net/http, with its request, and lets the server end it', async () => {
    const done = await run('http');
    assert.equal(done.result.stdout, 'no answer\nanswer 200 closed\nno answer\nanswer 200 \n');
    assert.equal(done.reports.length, 2);
    const [panicked, reported] = ['major', 'normal'].map((severity) =>
      done.reports.find((report) => report.severity === severity),
    );
    assert.ok(panicked && reported);
    assert.equal(panicked.request?.['method'], 'POST');
    assert.equal(panicked.request['route'], '/orders/{what}');
    assert.match(String(panicked.request['url']), /\/orders\/panic\?amount=3&api_key=\[filtered\]$/);
    assert.equal(panicked.request['G_amount'], '3');
    assert.equal(panicked.request['P_amount'], '3');
    assert.equal(panicked.request['P_password'], '[filtered]');
    assert.equal(panicked.request['C_theme'], '[filtered]');
    const variables = panicked.environment?.variables ?? {};
    assert.equal(variables['PATH_INFO'], '/orders/panic');
    assert.equal(variables['QUERY_STRING'], 'amount=3&api_key=[filtered]');
    assert.equal(variables['HTTP_AUTHORIZATION'], '[filtered]');
    assert.ok(
      panicked.stacktrace[0]?.locations.every(
        (place) => !String(place['absolute_file']).endsWith('mayday.go'),
      ),
      'none of the frames is the library',
    );
    assert.match(String(reported.request?.['url']), /\/orders\/report$/);
  });

  it('makes breadcrumbs and reports of what log/slog is told, and gives it on', async () => {
    const done = await run('slog');
    assert.equal(
      done.result.stdout,
      'level=ERROR msg="cannot deliver" shop=north order.id=17 order.err="deliver: the shop is closed"\n' +
        'level=ERROR msg="only words" shop=north\n',
    );
    const [failed, words] = ['the shop is closed', 'only words'].map((message) =>
      done.reports.find((report) => report.stacktrace[0]?.message === message),
    );
    assert.ok(failed && words);
    assert.deepEqual(failed.data, {
      shop: 'north',
      message: 'cannot deliver',
      'order.id': 17,
      'order.err': 'deliver: the shop is closed',
    });
    assert.deepEqual(failed.user, { id: '17' });
    assert.equal(innermost(failed)['method'], 'main', 'the stack begins where the logger was called');
    const { breadcrumbs } = words as unknown as { readonly breadcrumbs: readonly Record<string, unknown>[] };
    assert.deepEqual(
      breadcrumbs.map(({ time, ...crumb }) => [typeof time, crumb]),
      [
        [
          'string',
          {
            message: 'opened',
            category: 'log',
            data: { shop: 'north', 'order.id': 17, 'order.password': '[filtered]' },
          },
        ],
      ],
    );
  });

  it('drops what before_send drops and what is ignored by errors.Is, and sends what it returns', async () => {
    assert.deepEqual(only(await run('before_send')).data, { changed: true });
  });

  it('survives everything that a report can be made of, within its bounds', async () => {
    const from = server.requests.length;
    const done = await run('hostile');
    assert.equal(done.result.stdout, 'goes on\n', done.result.stderr);
    assert.equal(done.result.stderr, '');
    assert.equal(done.reports.length, 5);
    for (const request of server.requests.slice(from))
      assert.ok(Buffer.byteLength(request.body) <= 256 * 1024);
    const messages = done.reports.map((report) => report.stacktrace.at(-1)?.message ?? '');
    assert.ok(messages.includes('<unprintable main.unprintable>'));
    const deep = done.reports.find((report) => report.stacktrace[0]?.message === 'deep down');
    assert.equal(deep?.stacktrace[0]?.locations.length, 100);
  });

  describe('what no handler sees is reported by the next run', () => {
    const nextRun = async (
      name: string,
    ): Promise<{ died: ProgramRun; report: Report; queue: QueueFolder }> => {
      const queue = new QueueFolder();
      const died = await run(name, queue);
      assert.equal(died.result.code, 2);
      assert.equal(died.reports.length, 0);
      const next = await run('recover', queue);
      const [report, ...others] = next.reports.filter(({ severity }) => severity === 'major');
      assert.ok(report, next.result.stderr);
      assert.equal(others.length, 0);
      assert.equal(
        (await run('recover', queue)).reports.filter(({ severity }) => severity === 'major').length,
        0,
        'once',
      );
      return { died, report, queue };
    };

    it('a panic in a goroutine of somebody else, with the context of its own run', async () => {
      const { died, report } = await nextRun('fatal');
      assert.match(died.result.stderr, /^panic: runtime error: slice bounds out of range \[5:0\]\n/);
      assert.deepEqual(chain(report), ['panic: runtime error: slice bounds out of range [5:0]']);
      assert.deepEqual([innermost(report)['class'], innermost(report)['method']], ['shop', 'deliver']);
      assert.deepEqual(report.user, { id: 'u-18' });
      assert.match(String(report.data['created by']), /^main\.main/);
      const { breadcrumbs } = report as unknown as { readonly breadcrumbs: readonly { message: string }[] };
      assert.deepEqual(
        breadcrumbs.map(({ message }) => message),
        ['about to fail'],
      );
    });

    it('an error of the run-time itself', async () => {
      const { report } = await nextRun('map_writes');
      assert.deepEqual(chain(report), ['fatal error: concurrent use of a map']);
      assert.match(String(innermost(report)['method']), /^main\.func/);
    });

    it('a full stack', async () => {
      const { report } = await nextRun('overflow');
      assert.deepEqual(chain(report), ['fatal error: stack overflow']);
      assert.equal(innermost(report)['method'], 'endlessly');
    });
  });

  it(`works with ${OLDEST}`, (t) => {
    const env = { GOTOOLCHAIN: OLDEST };
    const probe = spawnSync('go', ['version'], {
      cwd: FOLDER,
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    if (probe.status !== 0) return t.skip(`${OLDEST} could not be had: ${probe.stderr}`);
    assert.match(probe.stdout, new RegExp(OLDEST));
    go(['vet', './...'], env);
    assert.match(go(['test', '.'], env), /^ok/);
  });
});
