// What every language must do while things go wrong: server, disk, clock, kill.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { assertUnchanged, reportIn, variablesFor } from './bench.ts';
import type { Bench } from './bench.ts';
import { QueueFolder } from './queue-folder.ts';
import { startRecordingServer } from './recording-server.ts';
import type { Behaviour, RecordingServer } from './recording-server.ts';

/** How long a program may wait for its last report, and what a loaded machine may add to it. */
const EXIT_MS = 3000;
const LONGEST_WAIT_MS = EXIT_MS + 2500;
const DAY_MS = 86_400_000;

/** Faults after which the report must still be there. */
const TRANSIENT: readonly Behaviour[] = [
  'error',
  'busy',
  'garbage',
  'not-http',
  'cut',
  'redirect',
  'slow',
  'trickle',
];

async function serverFor(t: TestContext, behaviour: Behaviour): Promise<RecordingServer> {
  const server = await startRecordingServer(behaviour);
  t.after(() => server.close());
  return server;
}

/** A base URL on which nobody listens. */
async function deadUrl(): Promise<string> {
  const server = await startRecordingServer();
  await server.close();
  return server.url;
}

/** Defines the fault cases of one language. */
export function faultTests(ready: () => Bench): void {
  describe('while the server is ill', () => {
    for (const behaviour of TRANSIENT) {
      it(`keeps the report and sends it later, once, when the server is: ${behaviour}`, async (t) => {
        const server = await serverFor(t, behaviour);
        const queue = new QueueFolder();
        const variables = variablesFor(server.url, queue, { MAYDAY_EXIT_MS: String(EXIT_MS) });
        const crash = await ready().sample.run('crash', variables);
        assertUnchanged(crash, ready().plainCrash);
        assertInTime(crash.durationMs, ready());
        assert.equal(server.requests.length, 1);
        assert.equal(queue.reports().length, 1);
        assert.equal(queue.state()?.failures, 1);
        await assertDeliveredOnce(ready(), server, queue);
        assert.equal(
          server.requests[1]?.body,
          server.requests[0]?.body,
          'a retry is the same, byte for byte',
        );
      });
    }

    it('keeps the report and sends it later, once, when the server is: down', async (t) => {
      const queue = new QueueFolder();
      const crash = await ready().sample.run('crash', variablesFor(await deadUrl(), queue));
      assertUnchanged(crash, ready().plainCrash);
      assertInTime(crash.durationMs, ready());
      assert.equal(queue.reports().length, 1);
      await assertDeliveredOnce(ready(), await serverFor(t, 'ok'), queue);
    });

    it('gives up a report that the server calls invalid', async (t) => {
      const server = await serverFor(t, 'invalid');
      const queue = new QueueFolder();
      assertUnchanged(await ready().sample.run('crash', variablesFor(server.url, queue)), ready().plainCrash);
      assert.equal(server.requests.length, 1);
      assert.deepEqual(queue.reports(), []);
    });

    it('obeys Retry-After', async (t) => {
      const server = await serverFor(t, 'busy');
      const queue = new QueueFolder();
      const startedAt = Date.now();
      await ready().sample.run('crash', variablesFor(server.url, queue));
      const pauseMs = (queue.state()?.not_before ?? 0) - startedAt;
      assert.ok(pauseMs > 115_000 && pauseMs < 140_000, `pause of ${pauseMs} ms`);
    });

    it('does not try again before the pause is over, merges meanwhile, and sends all on flush', async (t) => {
      const server = await serverFor(t, 'error');
      const queue = new QueueFolder();
      const variables = variablesFor(server.url, queue);
      for (let run = 0; run < 4; run++) {
        assertUnchanged(await ready().sample.run('crash', variables), ready().plainCrash);
      }
      await ready().sample.run('idle', variables);
      assert.equal(server.requests.length, 1);
      assert.equal(queue.reports().length, 2, 'one that was tried, one for all that came after it');
      server.behaviour = 'ok';
      await ready().sample.run('flush', variables);
      const counts = server.requests.slice(1).map((request) => Number(reportIn(request)['count'] ?? 1));
      assert.deepEqual(
        counts.sort((a, b) => a - b),
        [1, 3],
      );
      assert.deepEqual(queue.names(), []);
    });

    it('does not make a program wait again for a silent server', async (t) => {
      const server = await serverFor(t, 'slow');
      const queue = new QueueFolder();
      const variables = variablesFor(server.url, queue);
      await ready().sample.run('crash', variables);
      const idle = await ready().sample.run('idle', variables);
      assert.ok(idle.durationMs < ready().plainReport.durationMs + 2000, `idle took ${idle.durationMs} ms`);
      assert.equal(server.requests.length, 1);
    });

    it('loses nothing when it is killed in the middle', async (t) => {
      const server = await serverFor(t, 'slow');
      const queue = new QueueFolder();
      const { process, finished } = ready().sample.start('crash', variablesFor(server.url, queue));
      await server.arrived(1, 20_000);
      process.kill('SIGKILL');
      await finished;
      assert.equal(queue.reports().length, 1);
      await assertDeliveredOnce(ready(), server, queue);
      assert.equal(
        reportIn(server.requests[1])['occurrence_id'],
        reportIn(server.requests[0])['occurrence_id'],
      );
    });
  });

  describe('while the disk or the clock is ill', () => {
    it('drops the oldest reports when there are too many', async () => {
      const queue = new QueueFolder();
      const now = Date.now();
      const ids = Array.from({ length: 60 }, (_, index) =>
        queue.add({ at: new Date(now - (60 - index) * 60_000) }),
      );
      await ready().sample.run('crash', variablesFor(await deadUrl(), queue));
      const left = queue.reports();
      assert.ok(left.length <= 50, `${left.length} reports`);
      assert.ok(left.includes(`${String(ids.at(-1))}.json`));
      assert.ok(!left.includes(`${String(ids[0])}.json`));
      assert.ok(holdsTheSamplesReport(queue, ready()));
    });

    it('drops the oldest reports when they are too large', async () => {
      const queue = new QueueFolder();
      for (let index = 0; index < 30; index++) {
        queue.add({ at: new Date(Date.now() - (60 - index) * 60_000), bytes: 190_000 });
      }
      await ready().sample.run('crash', variablesFor(await deadUrl(), queue));
      const bytes = queue.reports().reduce((sum, name) => sum + JSON.stringify(queue.read(name)).length, 0);
      assert.ok(bytes <= 5 * 1024 * 1024, `${bytes} bytes`);
      assert.ok(queue.reports().length > 20, 'it does not drop more than it must');
      assert.ok(holdsTheSamplesReport(queue, ready()));
    });

    it('sends from memory when there is no folder to write to', async (t) => {
      const server = await serverFor(t, 'ok');
      const queue = new QueueFolder();
      const file = path.join(queue.home, 'file');
      writeFileSync(file, '');
      const variables = { ...variablesFor(server.url, queue), MAYDAY_QUEUE_DIR: path.join(file, 'folder') };
      assertUnchanged(await ready().sample.run('crash', variables), ready().plainCrash);
      assert.equal(server.requests.length, 1);
      assert.equal(reportIn(server.requests[0])['language'], ready().sample.language.language);
    });

    it('keeps and sends reports that were written under a wrong clock', async (t) => {
      const server = await serverFor(t, 'ok');
      const queue = new QueueFolder();
      const ids = [
        queue.add({ at: new Date('1980-01-01T00:00:00Z') }),
        queue.add({ at: new Date(Date.now() + 3000 * DAY_MS) }),
      ];
      queue.addFile('state.json', JSON.stringify({ failures: 3, not_before: Date.now() + 3000 * DAY_MS }));
      await ready().sample.run('idle', variablesFor(server.url, queue));
      const sent = server.requests.map((request) => String(reportIn(request)['occurrence_id']));
      assert.deepEqual(sent.sort(), ids.sort());
      assert.deepEqual(queue.names(), []);
    });

    it('drops reports that are too old', async (t) => {
      const server = await serverFor(t, 'ok');
      const queue = new QueueFolder();
      queue.add({ at: new Date(Date.now() - 15 * DAY_MS) });
      const young = queue.add({ at: new Date(Date.now() - 13 * DAY_MS) });
      await ready().sample.run('flush', variablesFor(server.url, queue));
      assert.deepEqual(
        server.requests.map((request) => reportIn(request)['occurrence_id']),
        [young],
      );
      assert.deepEqual(queue.names(), []);
    });

    it('is not disturbed by damaged files', async (t) => {
      const server = await serverFor(t, 'ok');
      const queue = new QueueFolder();
      queue.addFile('0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a.json', '{"occurrence_id": "0a0a');
      queue.addFile('0a0a0a0a-0a0a-4a0a-8a0a-0b0b0b0b0b0b.json', '');
      queue.addFile('00112233aabbccdd.0a0a0a0a-0a0a-4a0a-8a0a-0c0c0c0c0c0c.new', '\u0000\u0000\u0000');
      queue.addFile('half.tmp', '{', new Date(Date.now() - 2 * 3_600_000));
      queue.addFile('somebody-elses.txt', 'not ours');
      queue.addFile('state.json', 'null');
      const crash = await ready().sample.run('crash', variablesFor(server.url, queue));
      assertUnchanged(crash, ready().plainCrash);
      assert.equal(server.requests.length, 1);
      assert.equal(reportIn(server.requests[0])['language'], ready().sample.language.language);
      assert.deepEqual(queue.names(), ['somebody-elses.txt']);
    });
  });
}

function assertInTime(durationMs: number, { plainCrash }: Bench): void {
  const limit = plainCrash.durationMs + LONGEST_WAIT_MS;
  assert.ok(durationMs < limit, `the program took ${durationMs} ms, at most ${limit} were promised`);
}

/** After a failure: a flush sends what waits, once; another one sends nothing. */
async function assertDeliveredOnce(bench: Bench, server: RecordingServer, queue: QueueFolder): Promise<void> {
  server.behaviour = 'ok';
  const before = server.requests.length;
  const flush = await bench.sample.run('flush', variablesFor(server.url, queue));
  assert.equal(flush.stdout.trim(), 'flushed');
  assert.equal(server.requests.length, before + 1);
  assert.equal(reportIn(server.requests[before])['language'], bench.sample.language.language);
  assert.deepEqual(queue.names(), [], 'the queue is empty and the failures are forgotten');
  await bench.sample.run('flush', variablesFor(server.url, queue));
  assert.equal(server.requests.length, before + 1, 'nothing is sent twice');
}

function holdsTheSamplesReport(queue: QueueFolder, bench: Bench): boolean {
  return queue.reports().some((name) => queue.read(name)['language'] === bench.sample.language.language);
}
