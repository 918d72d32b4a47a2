// What Python's frameworks and loggers tell the client library, by itself or by the code on docs/bridges/python.md, with the real packages.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { innermost, only, runProgram } from './programs.ts';
import type { ProgramRun, Report } from './programs.ts';
import { startRecordingServer } from './recording-server.ts';
import type { RecordingServer } from './recording-server.ts';
import { PYTHONS } from './runtimes.ts';
import { snippetFolder } from './snippets.ts';

const messages = ({ reports }: ProgramRun): readonly string[] =>
  reports.map(({ stacktrace }) => String(stacktrace.at(-1)?.message)).sort();

for (const python of PYTHONS) {
  describe(`bridges: ${python.name}`, { skip: python.missing }, () => {
    let server: RecordingServer;
    const snippets = snippetFolder('python');
    before(async () => {
      server = await startRecordingServer();
    });
    after(() => server.close());
    const run = (name: string): Promise<ProgramRun> =>
      runProgram(server, [python.command, 'bridges.py', name, snippets]);

    it('logging: an error is a report once, with logger, level and extra fields; less is a breadcrumb', async () => {
      const done = await run('log');
      assert.deepEqual(messages(done), ['no stock for tea', 'raised and logged'], done.result.stderr);
      const logged = done.reports.find(({ stacktrace }) => stacktrace[0]?.kind === 'logging.ERROR');
      assert.ok(logged);
      assert.deepEqual(logged.data, { warehouse: 3, logger: 'shop.orders', level: 'ERROR' });
      assert.equal(innermost(logged)['method'], 'log');
      const crumbs = (logged as Report & { breadcrumbs: { message: string; category: string }[] })
        .breadcrumbs;
      assert.deepEqual(
        crumbs.map(({ message, category }) => [message, category]),
        [['took order 17', 'shop.orders']],
      );
      const raised = done.reports.find((one) => one !== logged);
      assert.equal(raised?.data['message'], 'could not place it');
      assert.equal(innermost(raised)['method'], 'fail');
    });

    it('logging: a record that comes through a queue names the place that logged it', async () => {
      const done = await run('log_queue');
      assert.equal(innermost(only(done))['method'], 'log_queue');
    });

    it('Celery: what a task of a worker dies of, with its name; a retry is no failure', async () => {
      const done = await run('celery');
      assert.match(done.result.stdout, /worker ended 0/, done.result.stderr);
      assert.deepEqual(messages(done), ['in a task', "'tried twice'"].sort(), done.result.stdout);
      assert.deepEqual(done.reports.map(({ data }) => String(data['task'])).sort(), [
        'tasks.again',
        'tasks.place',
      ]);
    });

    it('uvloop: tasks and callbacks, and its loop is left as it is', async () => {
      const done = await run('uvloop');
      assert.equal(done.result.stdout, 'loop goes on True\n', done.result.stderr);
      assert.deepEqual(messages(done), ['in a callback', 'in a task of uvloop']);
    });

    it('asyncio: tasks that a factory has made, eager ones among them', async () => {
      const done = await run('task_factory');
      const hasEager = done.result.stdout === 'loop goes on True\n';
      const total = done.reports.reduce((sum, { count }) => sum + (count ?? 1), 0);
      assert.equal(total, hasEager ? 2 : 1, done.result.stderr);
    });

    it('futures of a pool that nobody asks, and none that somebody asks', async () => {
      const done = await run('futures');
      assert.match(done.result.stdout, /asked\n/);
      assert.match(done.result.stdout, /awaited\n/);
      assert.deepEqual(
        messages({ ...done, reports: done.reports }).filter((text) => /nobody/.test(text)),
        messages(done),
      );
      assert.equal(
        done.reports.reduce((sum, { count }) => sum + (count ?? 1), 0),
        2,
        JSON.stringify(messages(done)),
      );
    });

    it('a future that is watched is reported once', async () => {
      assert.deepEqual(messages(await run('watch')), ['watched']);
    });

    it('multiprocessing: what ends a child, forked or spawned; its exit code and its words stay', async () => {
      const done = await run('processes');
      assert.equal(done.result.stdout, 'fork 1\nspawn 1\n');
      assert.deepEqual(messages(done), ['in a child of fork', 'in a child of spawn'], done.result.stderr);
      assert.doesNotMatch(done.result.stderr, /mayday\.py/);
      assert.match(done.result.stderr, /Process child:/);
    });

    it('multiprocessing: a task of a pool whose result nobody asks for', async () => {
      assert.deepEqual(messages(await run('pool')), ['in a pool']);
    });

    it('gunicorn: where a worker is that takes too long', async () => {
      const done = await run('gunicorn');
      assert.equal(done.result.stdout, 'server ended 0\n', done.result.stderr);
      assert.equal(innermost(only(done))['method'], 'wait_for_stock');
      assert.equal(only(done).stacktrace[0]?.kind, 'TimeoutError');
    });

    it('an error that derives from BaseException alone is a crash, a cancellation is none', async () => {
      const done = await run('base_exception');
      assert.equal(only(done).severity, 'major');
      assert.equal(done.result.code, 1);
      const cancelled = await run('cancelled');
      assert.equal(cancelled.result.stdout, 'cancelled\n');
      assert.equal(cancelled.reports.length, 0);
    });

    it('a group of exceptions is a tree: each item names its parent and what it is of that', async () => {
      const done = await run('group');
      if (done.result.stdout === 'no groups\n') return;
      const items = only(done).stacktrace as unknown as readonly { kind: string; data: object }[];
      assert.deepEqual(
        items.map(({ kind, data }) => [kind, data]),
        [
          ['OSError', { id: 0, parent: 1, relation: 'cause' }],
          ['ValueError', { id: 1, parent: 5, relation: 'member' }],
          ['KeyError', { id: 2, parent: 4, relation: 'member' }],
          ['TypeError', { id: 3, parent: 4, relation: 'member' }],
          ['ExceptionGroup', { id: 4, parent: 5, relation: 'member' }],
          ['ExceptionGroup', { id: 5 }],
        ],
      );
    });
  });
}
