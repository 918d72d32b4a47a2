// Several handles on the same data, one after the other and at the same time, as processes have them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  complete,
  crash,
  fileReport,
  processAgain,
  processedReport,
  queueReport,
} from './processed-builder.ts';
import { storeReport } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

const LEASE = { worker: 'test', limit: 100, leaseMs: 60_000 };

export function handleTopic(open: StoreFactory): void {
  test('what one handle has stored, every other finds', async () => {
    const one = await open();
    const two = await open.beside(one);
    const identity = 'client report 1';
    const { crashId } = await storeReport(one, { identity });
    assert.equal((await two.reports.getReport(crashId))?.crashId, crashId);
    assert.deepEqual(await storeReport(two, { identity }), { kind: 'duplicate', crashId });
    assert.equal(await two.reports.deleteReport(crashId), true);
    assert.equal(await one.reports.getReport(crashId), null);
  });

  test('a report is leased by one handle only, and completed by whoever has its lease', async () => {
    const one = await open();
    const two = await open.beside(one);
    await Promise.all(Array.from({ length: 30 }, () => queueReport(one)));
    const leases = (await Promise.all([one, two, one, two].map((store) => store.queue.lease(LEASE)))).flat();
    assert.equal(new Set(leases.map(({ crashId }) => crashId)).size, 30);
    assert.equal(leases.length, 30);
    for (const { crashId, leaseId } of leases) {
      assert.ok((await two.queue.complete(crashId, leaseId, processedReport([crash('a')]))) !== null);
    }
    assert.equal((await one.queue.counts()).leased, 0);
  });

  test('two handles that file and change the same bugs in turn count exactly', async () => {
    const one = await open();
    const two = await open.beside(one);
    const values = [
      { name: 'environment', protected: false, values: [['os', 'linux']] as [string, string][] },
    ];
    const filed = [];
    for (let index = 0; index < 24; index += 1) {
      const store = index % 2 === 0 ? one : two;
      const installation = `i${index % 5}`;
      filed.push(
        await fileReport(store, [crash(`key ${index % 3}`, { count: 2, sections: values })], {
          processed: { installation },
        }),
      );
    }
    const bugs = [...new Set(filed.map(({ bugId }) => bugId))];
    assert.equal(bugs.length, 3);
    const [a = 0, b = 0, c = 0] = bugs;
    assert.equal(await one.bugs.mergeBugs(b, a, 'Ada'), true);
    assert.equal((await fileReport(two, [crash('key 1', { sections: values })])).bugId, a);
    const moved = filed.find(({ bugId }) => bugId === c);
    assert.equal(await two.bugs.moveReport(moved?.crashId ?? '', a, 'Ada'), true);
    await processAgain(one, moved?.crashId ?? '', [crash('key 2', { sections: values })]);
    await two.bugs.closeBug(a, 'Ada', { inVersion: null });
    const late = await queueReport(one, { receivedAt: Date.now() + 1000 });
    assert.equal((await complete(one, late, processedReport([crash('key 0')])))[0]?.event, 'reopened');
    for (const store of [one, two]) {
      const bug = await store.bugs.getBug(a);
      assert.deepEqual([bug?.state, bug?.count, bug?.installations], ['open', 35, 5]);
      assert.equal((await store.bugs.getBug(c))?.count, 14);
      const counted = await store.bugs.valuesOf(a, 10);
      assert.deepEqual(
        counted.map(({ value, count }) => [value, count]),
        [['linux', 34]],
      );
    }
  });

  test('everything is there when the data is opened again, and no id is given twice', async () => {
    const first = await open();
    const { crashId, bugId } = await fileReport(first, [crash('a', { count: 3 })]);
    const queued = await queueReport(first);
    const [lease] = await first.queue.lease(LEASE);
    await first.bugs.commentBug(bugId, 'Ada', 'remember this');
    const second = await open.reopen(first);
    assert.equal((await second.reports.getReport(crashId))?.state, 'processed');
    assert.ok((await second.queue.getProcessed(crashId)) !== null);
    assert.equal((await second.bugs.getBug(bugId))?.count, 3);
    assert.equal((await second.bugs.eventsOf(bugId, 1))[0]?.detail, 'remember this');
    assert.deepEqual(
      (await second.notifications.listPendingNotices(10)).map((notice) => [notice.bugId, notice.event]),
      [[bugId, 'new']],
    );
    const again = await second.queue.complete(queued, lease?.leaseId ?? '', processedReport([crash('a')]));
    assert.equal(again?.[0]?.event, 'recurring', 'a lease outlives the process that gave it');
    const other = await fileReport(second, [crash('b')]);
    assert.ok(other.bugId > bugId);
    await second.close();
    await second.close();
  });

  test('an id that is none is nobody: not found, no error', async () => {
    const store = await open();
    await fileReport(store, [crash('a')]);
    for (const id of [0, -1, 1.5, Number.MAX_SAFE_INTEGER, 2 ** 60, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.equal(await store.bugs.getBug(id), null, `${id}`);
      assert.equal(await store.bugs.resolveBug(id), null);
      assert.equal(await store.bugs.commentBug(id, 'Ada', 'hello'), false);
      assert.equal(await store.bugs.splitCase(1, id, 'Ada'), null);
      assert.equal(await store.people.userById(id), null);
    }
  });
}
