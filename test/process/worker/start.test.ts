// The processor over the real store: reports in, bugs out, whatever happens in between.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unprocessable } from '../../../src/process/pipeline.ts';
import { NO_RULES } from '../../../src/process/product-settings.ts';
import { MAX_ATTEMPTS } from '../../../src/process/worker/queue-worker.ts';
import type { Store } from '../../../src/store/store.ts';
import { eventually, NOON, storeReport } from '../../store/conformance/report-builder.ts';
import { occurrence } from '../report-of.ts';
import { withProcessor } from './processing.ts';

async function storePayload(store: Store, payload: unknown): Promise<string> {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const { crashId } = await storeReport(store, { protocol: 'crashkit', payloadKind: 'json' }, [
    { name: 'payload.json', kind: 'payload', data: Buffer.from(body) },
  ]);
  return crashId;
}

async function bugs(store: Store): Promise<readonly (readonly [title: string, count: number])[]> {
  const { rows } = await store.bugs.listBugs({}, { limit: 50 });
  return rows.map(({ title, count }) => [title, count] as const).toSorted((a, b) => (a[0] < b[0] ? -1 : 1));
}

test('a CrashKit report becomes a bug', async () => {
  await withProcessor({}, async ({ store, filed, metrics, idle }) => {
    const crashId = await storePayload(store, [occurrence({ severity: 'major', count: 2 })]);
    await idle();
    const stored = await store.queue.getProcessed(crashId);
    assert.equal(stored?.processed.status, 'processed');
    assert.equal(stored.processed.processor, 'test');
    const [bug] = (await store.bugs.listBugs({ product: 'Piano' }, { limit: 10 })).rows;
    assert.equal(bug?.title, 'IllegalState: shop.Cart.total');
    assert.equal(bug.count, 2);
    assert.equal(bug.severity, 'major');
    assert.deepEqual(
      filed.map(({ crashes }) => crashes.map(({ event }) => event)),
      [['new']],
    );
    assert.equal((await store.reports.getReport(crashId))?.state, 'processed');
    const counted = await metrics.processed.get();
    assert.deepEqual(
      counted.values.map(({ labels, value }) => [labels.status, labels.kind, value]),
      [['processed', 'java', 1]],
    );
  });
});

test('several hundred reports are all processed, each once', async () => {
  await withProcessor({ concurrency: 2 }, async ({ store, filed, idle }) => {
    await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        storePayload(store, [
          occurrence({ exceptions: [{ name: `E${index % 3}`, message: '', locations: [] }] }),
        ]),
      ),
    );
    await idle();
    assert.deepEqual(await bugs(store), [
      ['E0', 100],
      ['E1', 100],
      ['E2', 100],
    ]);
    assert.equal(filed.length, 300);
  });
});

test('nothing is taken while processing is paused, and everything after it', async () => {
  await withProcessor({}, async ({ store, processor, idle }) => {
    await store.queue.setPaused(true);
    const crashId = await storePayload(store, [occurrence()]);
    processor.nudge();
    assert.equal(await processor.processNow(crashId), null);
    assert.equal((await store.queue.counts()).queued, 1);
    await store.queue.setPaused(false);
    await idle();
    assert.deepEqual(await bugs(store), [['IllegalState: shop.Cart.total', 1]]);
  });
});

test('a report is found without a nudge, by asking now and then', async () => {
  await withProcessor({}, async ({ store }) => {
    const crashId = await storePayload(store, [occurrence()]);
    const state = await eventually(
      async () => (await store.reports.getReport(crashId))?.state,
      (answer) => answer === 'processed',
    );
    assert.equal(state, 'processed');
  });
});

test('a report that is processed before its answer passes all others', async () => {
  await withProcessor({}, async ({ store, processor }) => {
    await store.queue.setPaused(true);
    await Promise.all(Array.from({ length: 100 }, () => storePayload(store, [occurrence()])));
    const wanted = await storePayload(store, [occurrence({ language: 'php' })]);
    await store.queue.setPaused(false);
    const answer = await processor.processNow(wanted);
    assert.equal(answer?.ok, true);
    assert.equal(answer.error, '');
    const bug = await store.bugs.getBug(Number(answer.bug));
    assert.equal(bug?.language, 'php');
    // Asking again tells what is stored.
    assert.deepEqual(await processor.processNow(wanted), answer);
  });
});

test('a report that cannot be understood is a bug with the reason, and is told so at once', async () => {
  await withProcessor({}, async ({ store, processor }) => {
    const crashId = await storePayload(store, '{"exceptions"');
    const answer = await processor.processNow(crashId);
    assert.equal(answer?.ok, false);
    assert.match(answer.error, /^the payload is not JSON: /);
    assert.deepEqual(await bugs(store), [['could not be processed: the payload is not JSON', 1]]);
    assert.equal((await store.reports.getReport(crashId))?.state, 'processed');
  });
});

test('what an older processor did not understand is filed anew when it is processed again', async () => {
  let crashId = '';
  const prepare = async (store: Store): Promise<void> => {
    crashId = await storePayload(store, [occurrence()]);
    const [leased] = await store.queue.lease({ worker: 'old', limit: 1, leaseMs: 60_000 });
    assert.ok(leased !== undefined);
    const problem = { reason: 'the payload is from the future', detail: '' };
    const processed = unprocessable(leased.report, problem, { processor: 'old', now: () => NOON });
    await store.queue.complete(crashId, leased.leaseId, processed);
  };
  await withProcessor({ prepare }, async ({ store, idle }) => {
    assert.deepEqual(await bugs(store), [['could not be processed: the payload is from the future', 1]]);
    await store.queue.requeue([crashId]);
    await idle();
    assert.deepEqual(await bugs(store), [['IllegalState: shop.Cart.total', 1]]);
  });
});

test('a lease that was lost changes nothing, and the report is processed all the same', async () => {
  await withProcessor({}, async ({ store, metrics, processor, idle }) => {
    const complete = store.queue.complete.bind(store.queue);
    let lost = false;
    store.queue.complete = async (crashId, leaseId, processed) => {
      // Somebody puts the report back while it is being worked on.
      if (!lost) await store.queue.requeue([crashId]);
      lost = true;
      return complete(crashId, leaseId, processed);
    };
    await storePayload(store, [occurrence()]);
    await idle();
    assert.deepEqual(await bugs(store), [['IllegalState: shop.Cart.total', 1]]);
    // The queue is empty a moment before the last report is counted.
    await processor.close();
    const counted = (await metrics.processed.get()).values.map(({ labels, value }) => [labels.status, value]);
    assert.deepEqual(counted, [
      ['lost', 1],
      ['processed', 1],
    ]);
  });
});

test('a report whose attachment cannot be read is tried three times and then shown as failed', async () => {
  const clock = { now: NOON };
  await withProcessor({ now: () => clock.now }, async ({ store, processor, idle }) => {
    const openAttachment = store.reports.openAttachment.bind(store.reports);
    store.reports.openAttachment = () => Promise.reject(new Error('the disk is sick'));
    const crashId = await storePayload(store, [occurrence()]);
    const dueTimes: number[] = [];
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const started = clock.now;
      const answer = await processor.processNow(crashId);
      assert.deepEqual(answer, { ok: false, error: 'the disk is sick', bug: null });
      // Not a moment before it is due again.
      if (attempt < MAX_ATTEMPTS) {
        clock.now += 9999 * 4 ** (attempt - 1);
        assert.equal(await processor.processNow(crashId), null);
        clock.now = started + 10_000 * 4 ** (attempt - 1);
        dueTimes.push(clock.now - started);
      }
    }
    assert.deepEqual(dueTimes, [10_000, 40_000]);
    assert.equal((await store.reports.getReport(crashId))?.state, 'failed');
    assert.deepEqual(await store.queue.failure(crashId), { reason: 'the disk is sick', attempts: 3 });
    assert.equal((await store.queue.counts()).failed, 1);

    store.reports.openAttachment = openAttachment;
    await store.queue.requeue([crashId]);
    await idle();
    assert.deepEqual(await bugs(store), [['IllegalState: shop.Cart.total', 1]]);
  });
});

test('rules that a product sets work for the next report', async () => {
  await withProcessor({}, async ({ store, idle }) => {
    await storePayload(store, [occurrence()]);
    await idle();
    const groupingRules = [{ name: 'all carts', when: { frame: 'Cart' }, key: 'carts' }];
    await store.bugs.setProductRules('default', 'Piano', { ...NO_RULES, groupingRules });
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const crashId = await storePayload(store, [occurrence({ language: 'php' })]);
    await idle();
    const stored = await store.queue.getProcessed(crashId);
    assert.equal(stored?.processed.crashes[0]?.grouping.key, 'rule:carts');
    assert.match((await store.bugs.whyHere(crashId)).join('\n'), /rule "all carts" gives it the key "carts"/);
  });
});
