// The queue: leases, retries, pausing, putting back, finding reports to process again.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import { complete, crash, fileReport, processedReport, queueReport } from './processed-builder.ts';
import { NOON, storeReport } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

const LEASE = { worker: 'test', limit: 10, leaseMs: 60_000 };

export function queueTopic(open: StoreFactory): void {
  test('a lease is bounded by what its reports hold, and never empty for it', async () => {
    const store = await open();
    const annotations = [{ key: 'long', value: 'x'.repeat(1000) }];
    for (let at = 0; at < 5; at += 1) await storeReport(store, { annotations });
    const lease = async (maxBytes: number): Promise<number> =>
      (await store.queue.lease({ worker: 'w', limit: 10, leaseMs: 60_000, maxBytes })).length;
    assert.equal(await lease(1), 1);
    assert.equal(await lease(1500), 2);
    assert.equal(await lease(1_000_000), 2);
  });

  test('due reports are leased oldest first, each to one worker', async () => {
    const store = await open();
    const late = await queueReport(store, { receivedAt: NOON + 2000 });
    const early = await queueReport(store, { receivedAt: NOON });
    const middle = await queueReport(store, { receivedAt: NOON + 1000 });
    await queueReport(store, { state: 'deferred' });
    const first = await store.queue.lease({ ...LEASE, limit: 2 });
    const second = await store.queue.lease({ ...LEASE, worker: 'other' });
    assert.deepEqual(
      [...first, ...second].map(({ crashId }) => crashId),
      [early, middle, late],
    );
    assert.deepEqual(await store.queue.lease(LEASE), []);
    assert.deepEqual(first[0]?.report, await store.reports.getReport(early));
    assert.equal(first[0]?.attempt, 1);
  });

  test('workers that ask at the same time never get the same report', async () => {
    const store = await open();
    await Promise.all(Array.from({ length: 40 }, () => queueReport(store)));
    const leases = await Promise.all(
      Array.from({ length: 8 }, (_, worker) => store.queue.lease({ ...LEASE, worker: `w${worker}` })),
    );
    const crashIds = leases.flat().map(({ crashId }) => crashId);
    assert.equal(crashIds.length, 40);
    assert.equal(new Set(crashIds).size, 40);
  });

  test('a lease that runs out is taken again, and then the first one changes nothing', async () => {
    const store = await open();
    const crashId = await queueReport(store);
    const [lost] = await store.queue.lease({ ...LEASE, leaseMs: 1 });
    assert.ok(lost !== undefined);
    await pause(5);
    const [taken] = await store.queue.lease(LEASE);
    assert.ok(taken !== undefined);
    assert.deepEqual([taken.crashId, taken.attempt], [crashId, 2]);
    const processed = processedReport([crash('a')]);
    assert.equal(await store.queue.complete(crashId, lost.leaseId, processed), null);
    assert.equal(await store.queue.extend(crashId, lost.leaseId, 1000), false);
    assert.equal(await store.queue.fail(crashId, lost.leaseId, { reason: 'late', retryAt: null }), false);
    assert.equal(await store.queue.getProcessed(crashId), null);
    assert.equal((await store.queue.complete(crashId, taken.leaseId, processed))?.[0]?.event, 'new');
  });

  test('who never heard the answer of complete asks again and gets it, and nothing counts twice', async () => {
    const store = await open();
    const crashId = await queueReport(store);
    const [lease] = await store.queue.lease(LEASE);
    const leaseId = lease?.leaseId ?? '';
    const processed = processedReport([crash('a'), crash('b')]);
    const first = await store.queue.complete(crashId, leaseId, processed);
    assert.deepEqual(
      first?.map(({ event }) => event),
      ['new', 'new'],
    );
    assert.deepEqual(await store.queue.complete(crashId, leaseId, processed), first);
    const together = await Promise.all(
      [1, 2, 3].map(() => store.queue.complete(crashId, leaseId, processed)),
    );
    assert.deepEqual(together, [first, first, first]);
    assert.equal((await store.bugs.getBug(first?.[0]?.bugId ?? 0))?.count, 1);
    await store.queue.requeue([crashId]);
    assert.equal(await store.queue.complete(crashId, leaseId, processed), null, 'it is to be processed anew');
    await complete(store, crashId, processed);
    assert.equal(
      await store.queue.complete(crashId, leaseId, processed),
      null,
      'another lease filed it last',
    );
  });

  test('two answers to one lease at the same moment file the report once', async () => {
    const store = await open();
    const crashId = await queueReport(store);
    const [lease] = await store.queue.lease(LEASE);
    const processed = processedReport([crash('a', { count: 3 })]);
    const complete = () => store.queue.complete(crashId, lease?.leaseId ?? '', processed);
    const [one, two] = await Promise.all([complete(), complete()]);
    assert.deepEqual(one, two);
    assert.equal((await store.bugs.getBug(one?.[0]?.bugId ?? 0))?.count, 3);
    assert.equal((await store.queue.counts()).queued, 0);
  });

  test('a lease that ran out still counts while nobody else has taken the report', async () => {
    const store = await open();
    const crashId = await queueReport(store);
    const [lease] = await store.queue.lease({ ...LEASE, leaseMs: 1 });
    await pause(5);
    const filed = await store.queue.complete(crashId, lease?.leaseId ?? '', processedReport([crash('a')]));
    assert.equal(filed?.length, 1);
  });

  test('an extended lease is not taken', async () => {
    const store = await open();
    const crashId = await queueReport(store);
    const [lease] = await store.queue.lease({ ...LEASE, leaseMs: 50 });
    assert.equal(await store.queue.extend(crashId, lease?.leaseId ?? '', 60_000), true);
    await pause(60);
    assert.deepEqual(await store.queue.lease(LEASE), []);
  });

  test('a failure is tried again when it is due, with the next attempt', async () => {
    let now = Date.now();
    const store = await open({ now: () => now });
    const crashId = await queueReport(store);
    const [first] = await store.queue.lease(LEASE);
    const retryAt = now + 40;
    assert.ok(await store.queue.fail(crashId, first?.leaseId ?? '', { reason: 'no memory', retryAt }));
    assert.deepEqual(await store.queue.lease(LEASE), []);
    assert.equal((await store.queue.counts()).queued, 1);
    now = retryAt;
    assert.equal((await store.queue.lease(LEASE))[0]?.attempt, 2);
  });

  test('the last failure leaves a failed report with its reason; put back, it starts anew', async () => {
    const store = await open();
    const crashId = await queueReport(store);
    const [lease] = await store.queue.lease(LEASE);
    assert.ok(
      await store.queue.fail(crashId, lease?.leaseId ?? '', { reason: 'it exploded', retryAt: null }),
    );
    assert.equal((await store.reports.getReport(crashId))?.state, 'failed');
    assert.deepEqual(await store.queue.failure(crashId), { reason: 'it exploded', attempts: 1 });
    assert.equal((await store.queue.counts()).failed, 1);
    assert.deepEqual(await store.queue.lease(LEASE), []);
    assert.equal(await store.queue.requeue([crashId, 'unknown']), 1);
    assert.equal(await store.queue.failure(crashId), null);
    assert.equal((await store.queue.lease(LEASE))[0]?.attempt, 1);
  });

  test('a report put back while it is leased is lost to its worker', async () => {
    const store = await open();
    const crashId = await queueReport(store);
    const [lease] = await store.queue.lease(LEASE);
    await store.queue.requeue([crashId]);
    const processed = processedReport([crash('a')]);
    assert.equal(await store.queue.complete(crashId, lease?.leaseId ?? '', processed), null);
    assert.equal((await complete(store, crashId, processed)).length, 1);
  });

  test('reports that are put back wait behind those that arrived before', async () => {
    const store = await open();
    const { crashId: old } = await fileReport(store, [crash('a')]);
    const fresh = await queueReport(store, { receivedAt: NOON + 1000 });
    await store.queue.requeue([old]);
    const leased = await store.queue.lease(LEASE);
    assert.deepEqual(
      leased.map(({ crashId }) => crashId),
      [fresh, old],
    );
  });

  test('nothing is leased while the queue is paused', async () => {
    const store = await open();
    await queueReport(store);
    await store.queue.setPaused(true);
    assert.deepEqual(await store.queue.lease(LEASE), []);
    assert.equal((await store.queue.counts()).paused, true);
    await store.queue.setPaused(false);
    assert.equal((await store.queue.lease(LEASE)).length, 1);
  });

  test('the counts tell what waits, what is leased and how old the oldest is', async () => {
    const store = await open();
    assert.equal((await store.queue.counts()).oldestMs, null);
    const receivedAt = Date.now() - 5000;
    await queueReport(store, { receivedAt });
    await queueReport(store, { receivedAt: receivedAt + 2000 });
    await queueReport(store, { state: 'deferred' });
    const before = await store.queue.counts();
    assert.ok(before.oldestMs !== null && before.oldestMs >= 5000 && before.oldestMs < 30_000);
    await store.queue.lease({ ...LEASE, limit: 1 });
    const { queued, leased, deferred, failed } = await store.queue.counts();
    assert.deepEqual({ queued, leased, deferred, failed }, { queued: 1, leased: 1, deferred: 1, failed: 0 });
  });

  test('a processed report comes back as it was given, large or small', async () => {
    const store = await open();
    const small = processedReport([crash('a'), crash('b', { message: 'odd \u{1F600} \0 text' })]);
    const large = processedReport([crash('c')], {
      minidumps: { upload_file_minidump: { modules: Array.from({ length: 20_000 }, (_, at) => ({ at })) } },
    });
    for (const processed of [small, large]) {
      const crashId = await queueReport(store);
      const filed = await complete(store, crashId, processed);
      assert.deepEqual(await store.queue.getProcessed(crashId), {
        processed,
        bugIds: filed.map(({ bugId }) => bugId),
      });
      assert.equal((await store.reports.getReport(crashId))?.state, 'processed');
    }
  });

  test('a report that was deleted meanwhile cannot be completed', async () => {
    const store = await open();
    const crashId = await queueReport(store);
    const [lease] = await store.queue.lease(LEASE);
    await store.reports.deleteReport(crashId);
    const processed = processedReport([crash('a')]);
    assert.equal(await store.queue.complete(crashId, lease?.leaseId ?? '', processed), null);
    assert.deepEqual(await store.bugs.countBugs({}), { open: 0, closed: 0, ignored: 0 });
  });

  test('reports to process again are found by any filter, oldest first, page by page', async () => {
    const store = await open();
    const missingSymbols = [{ debugFile: 'app.pdb', debugId: 'ABC1' }];
    const one = await fileReport(store, [crash('a')], { report: { receivedAt: NOON } });
    const two = await fileReport(store, [crash('a'), crash('b')], {
      report: { receivedAt: NOON + 5000, protocol: 'socorro' },
      processed: { missingSymbols },
    });
    const three = await queueReport(store, { receivedAt: NOON + 9000, product: 'Organ' });
    const find = async (filter: Parameters<typeof store.queue.findForReprocess>[0]) =>
      (await store.queue.findForReprocess(filter, { limit: 10, cursor: null })).crashIds;
    assert.deepEqual(await find({}), [one.crashId, two.crashId, three]);
    assert.deepEqual(await find({ product: 'Organ' }), [three]);
    assert.deepEqual(await find({ account: 'default', product: 'Piano' }), [one.crashId, two.crashId]);
    assert.deepEqual(await find({ account: 'test' }), []);
    assert.deepEqual(await find({ protocol: 'socorro' }), [two.crashId]);
    assert.deepEqual(await find({ state: 'queued' }), [three]);
    assert.deepEqual(await find({ bugId: one.bugId }), [one.crashId, two.crashId]);
    assert.deepEqual(await find({ signature: 'b()' }), [two.crashId]);
    assert.deepEqual(await find({ missingDebugId: 'abc1' }), [two.crashId]);
    assert.deepEqual(await find({ receivedFrom: NOON + 1, receivedTo: NOON + 9000 }), [two.crashId]);
    const first = await store.queue.findForReprocess({}, { limit: 2, cursor: null });
    assert.deepEqual([first.crashIds, first.total], [[one.crashId, two.crashId], 3]);
    const second = await store.queue.findForReprocess({}, { limit: 2, cursor: first.next });
    assert.deepEqual([second.crashIds, second.next], [[three], null]);
  });
}
