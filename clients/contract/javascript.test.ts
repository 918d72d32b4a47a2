// The contract of the client library for JavaScript under Node, and its own handlers: rejections, threads, requests.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { contractTests } from './contract-tests.ts';
import { innermost, livingProgramTests, only, runProgram } from './programs.ts';
import type { ProgramRun } from './programs.ts';
import { startRecordingServer } from './recording-server.ts';
import type { RecordingServer } from './recording-server.ts';

contractTests('javascript');

describe('javascript: handlers under Node', () => {
  let server: RecordingServer;
  before(async () => {
    server = await startRecordingServer();
  });
  after(() => server.close());
  livingProgramTests(() => server, ['node', 'handlers.cjs', 'stay']);
  const run = (name: string, ...flags: string[]): Promise<ProgramRun> =>
    runProgram(server, ['node', ...flags, 'handlers.cjs', name]);

  it('reports a rejection that nobody handles; the process ends as it does without the library', async () => {
    const done = await run('rejection');
    assert.equal(done.result.code, 1);
    assert.match(done.result.stderr, /RangeError: nobody cares/);
    const report = only(done);
    assert.equal(report.stacktrace[0]?.message, 'nobody cares');
    assert.equal(report.severity, 'major');
  });

  it('reports a rejection with something that is no error', async () => {
    const done = await run('rejection_of_text');
    assert.equal(done.result.code, 1);
    assert.equal(only(done).stacktrace.at(-1)?.message.includes('only a text'), true);
  });

  it('reports a rejection that another listener takes; that listener decides about the process', async () => {
    const done = await run('rejection_heard');
    assert.equal(done.result.stdout, 'heard somebody cares\ngoes on\n');
    assert.equal(done.result.code, 0);
    assert.equal(only(done).stacktrace[0]?.message, 'somebody cares');
  });

  it('lets the process end again when the other listener has gone', async () => {
    const done = await run('rejection_no_longer_heard');
    assert.equal(done.result.code, 1);
    assert.equal(only(done).stacktrace[0]?.message, 'nobody cares');
  });

  it('reports rejections that Node is told to warn of', async () => {
    const done = await run('rejection', '--unhandled-rejections=warn');
    assert.equal(done.result.code, 0);
    assert.match(done.result.stderr, /UnhandledPromiseRejectionWarning/);
    only(done);
  });

  it('does not hold up a process that survives an uncaught exception', async () => {
    const done = await run('survives');
    assert.equal(done.result.stdout, 'handled deep inside\ngoes on\n');
    assert.equal(innermost(only(done))['method'], 'fail');
  });

  it('sends what was reported just before process.exit, and keeps the exit code', async () => {
    const done = await run('exit');
    assert.equal(done.result.code, 4);
    assert.equal(only(done).stacktrace[0]?.message, 'just before the end');
    assert.equal((await run('exit_code')).result.code, 5);
  });

  it('reports what ends a worker thread', async () => {
    const done = await run('thread');
    assert.equal(done.result.stdout, 'worker failed: in a worker\n');
    assert.equal(only(done).stacktrace[0]?.message, 'in a worker');
  });

  it('reports an error once that was reported by hand and then goes uncaught', async () => {
    const done = await run('twice');
    assert.notEqual(done.result.code, 0);
    assert.equal(only(done).severity, 'major');
  });

  it('reports a thrown text', async () => {
    const report = only(await run('throws_text'));
    assert.equal(report.stacktrace[0]?.kind, 'string');
    assert.equal(report.stacktrace[0].message, 'only a text');
  });

  it('reports the parts of an AggregateError as causes, and the details of system errors', async () => {
    const kinds = only(await run('aggregate')).stacktrace.map((item) => item.kind);
    assert.deepEqual(kinds, ['RangeError', 'TypeError', 'AggregateError']);
    const [item] = only(await run('details')).stacktrace as unknown as [{ data: Record<string, unknown> }];
    assert.equal(item.data['code'], 'ENOENT');
    assert.equal(item.data['path'], '/no/such/file');
  });

  it('reports errors of a Connect-like server with the request, and not its 404', async () => {
    const done = await run('chain');
    assert.equal(done.result.stdout, 'answer 500\nanswer 500\n');
    const report = only(done);
    assert.match(String(report.request?.['url']), /\/orders\/7\?amount=3&api_key=\[filtered\]$/);
    assert.equal(report.request?.['G_amount'], '3');
    assert.equal(report.request['C_sid'], '[filtered]');
    assert.equal(report.environment?.variables['HTTP_AUTHORIZATION'], '[filtered]');
    assert.equal(report.environment.variables['REQUEST_METHOD'], 'GET');
    assert.deepEqual(report.version, { number: '7', edition: 'pro' });
  });

  it('keeps a context across awaits, and to itself', async () => {
    const done = await run('context');
    const users = new Map(done.reports.map((report) => [report.stacktrace[0]?.message, report.user]));
    assert.deepEqual(users.get('inside'), { id: '42' });
    assert.equal(users.get('outside'), undefined);
  });

  it('survives everything that a report can be made of, within its bounds', async () => {
    const from = server.requests.length;
    const done = await run('hostile');
    assert.equal(done.result.stdout, 'goes on\n');
    assert.equal(done.result.stderr, '');
    assert.ok(done.reports.length >= 4, `${done.reports.length} reports`);
    for (const request of server.requests.slice(from))
      assert.ok(Buffer.byteLength(request.body) <= 256 * 1024);
    assert.ok(done.reports.some((report) => report.stacktrace[0]?.message === 'only a text'));
    assert.ok(done.reports.some((report) => report.stacktrace[0]?.message === 'strange'));
    assert.ok(done.reports.every((report) => report.stacktrace[0]?.message !== 'dropped'));
  });

  it('reads the stacks of Chrome, Firefox and Safari', async () => {
    const done = await run('foreign_stacks');
    const text = (value: unknown): string => (typeof value === 'string' ? value : '');
    const places = new Map(
      done.reports.map(({ stacktrace: [item] }) => [
        item?.message,
        item?.locations.map((at) =>
          [text(at['class']), text(at['method']), text(at['absolute_url']), Number(at['line'])].join('|'),
        ),
      ]),
    );
    assert.deepEqual(places.get('firefox'), [
      '|read|http://host/app.js|10',
      'Desk.prototype|take|http://host/app.js|20',
      '|<anonymous>|http://host/app.js|3',
    ]);
    assert.deepEqual(places.get('safari'), [
      '|read|http://host/app.js|10',
      '|global code|http://host/app.js|30',
    ]);
    assert.deepEqual(places.get('chrome'), [
      '|new Desk|http://host/app.js|10',
      'Desk|take|http://host/app.js|20',
      '|eval|http://host/app.js|3',
      'Array|map||0',
      '|<anonymous>|http://host/app.js|40',
      '|run|http://host/a(1).js|1',
    ]);
    assert.ok(places.has('nonsense'));
  });

  it('reports an endless recursion, within its bounds', async () => {
    const report = only(await run('recursion'));
    assert.equal(report.stacktrace[0]?.kind, 'RangeError');
    assert.equal(report.stacktrace[0].locations.length, 100);
  });

  it('works from an ES module', async () => {
    const done = await runProgram(server, ['node', 'module.mjs']);
    const report = only(done);
    assert.equal(report.stacktrace[0]?.message, 'in a module');
    assert.match(String(innermost(report)['absolute_file']), /^\/.*module\.mjs$/);
    assert.ok(Array.isArray(innermost(report)['source']));
  });

  for (const [file, program] of [
    [
      'main.mjs',
      "import mayday from './mayday.mjs';\nmayday.install();\nthrow new Error('in its own form');\n",
    ],
    [
      'named.mjs',
      "import { install } from './mayday.mjs';\ninstall();\nthrow new Error('in its own form');\n",
    ],
    [
      'named-cjs.mjs',
      "import { install } from './mayday.cjs';\ninstall();\nthrow new Error('in its own form');\n",
    ],
    ['main.cjs', "require('./mayday.cjs').install();\nthrow new Error('in its own form');\n"],
  ] as const) {
    it(`has a file of its own for ${file}`, async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'mayday-forms-'));
      for (const name of ['mayday.mjs', 'mayday.cjs'])
        copyFileSync(path.resolve(import.meta.dirname, '../javascript', name), path.join(folder, name));
      writeFileSync(path.join(folder, file), program);
      const report = only(await runProgram(server, ['node', path.join(folder, file)]));
      assert.equal(report.stacktrace[0]?.message, 'in its own form');
      assert.equal(innermost(report)['absolute_file'], path.join(folder, file));
    });
  }

  it('reports once, and prints nothing, where the module is evaluated several times', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'mayday-twice-'));
    copyFileSync(
      path.resolve(import.meta.dirname, '../javascript/mayday.js'),
      path.join(folder, 'mayday.js'),
    );
    const main = `for (let turn = 0; turn < 15; turn++) {
  delete require.cache[require.resolve('./mayday.js')];
  require('./mayday.js').install();
}
setTimeout(() => { throw new Error('after hot reloads'); }, 10);
`;
    writeFileSync(path.join(folder, 'main.cjs'), main);
    const done = await runProgram(server, ['node', path.join(folder, 'main.cjs')]);
    assert.equal(only(done).stacktrace[0]?.message, 'after hot reloads');
    assert.doesNotMatch(done.result.stderr, /Warning/);
  });

  it('works where Node takes the file itself for an ES module', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'mayday-esm-'));
    copyFileSync(
      path.resolve(import.meta.dirname, '../javascript/mayday.js'),
      path.join(folder, 'mayday.js'),
    );
    writeFileSync(path.join(folder, 'package.json'), '{"type": "module"}');
    writeFileSync(
      path.join(folder, 'main.js'),
      "import './mayday.js';\nMayday.install();\nthrow new Error('in a package of modules');\n",
    );
    const report = only(await runProgram(server, ['node', path.join(folder, 'main.js')]));
    assert.equal(report.stacktrace[0]?.message, 'in a package of modules');
  });
});

describe('javascript: its files', () => {
  const root = path.resolve(import.meta.dirname, '../..');

  it('the ES module, the CommonJS module and their types are what mayday.js and mayday.d.ts say', () => {
    const done = spawnSync(process.execPath, ['scripts/client-files.ts', '--check'], { cwd: root });
    assert.equal(done.status, 0, String(done.stderr));
  });

  for (const [file, line] of [
    ['app.cts', "import mayday from './mayday.cjs';"],
    ['app.mts', "import mayday from './mayday.mjs';"],
    ['app.ts', "import mayday from './mayday.js';"],
    [
      'named.mts',
      "import { install, report } from './mayday.mjs'; void [install, report]; import mayday from './mayday.mjs';",
    ],
  ] as const) {
    it(`has types for ${line.split(';')[0] ?? ''} in ${file}`, () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'mayday-types-'));
      for (const name of ['mayday.d.ts', 'mayday.d.cts', 'mayday.d.mts'])
        copyFileSync(path.join(root, 'clients/javascript', name), path.join(folder, name));
      writeFileSync(path.join(folder, 'package.json'), '{"type": "commonjs"}');
      const program = `${line}
mayday.install({ url: 'http://x', product: 'p', version: '1', beforeSend: (report) => report });
const id: string | null = mayday.report(new Error('x'), { a: 1 });
const five: number = mayday.withContext({ user: { id: 'a' } }, () => 5);
void mayday.flush().then((ok: boolean) => [ok, id, five]);
// @ts-expect-error There is no such option, and the types know.
mayday.install({ uri: 'http://x' });
`;
      writeFileSync(path.join(folder, file), program);
      const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--types', '', file];
      const done = spawnSync(path.join(root, 'node_modules/.bin/tsc'), flags, {
        cwd: folder,
        encoding: 'utf8',
      });
      assert.equal(done.status, 0, done.stdout);
    });
  }
});
