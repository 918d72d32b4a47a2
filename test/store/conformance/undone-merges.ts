// A merge that is undone: everything goes back, and what came since goes where its key leads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crash, fileReport } from './processed-builder.ts';
import { NOON } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

const HOUR_MS = 60 * 60 * 1000;

export function undoneMergeTopic(open: StoreFactory): void {
  test('undoing a merge gives reports, counts, keys, state and history back as they were', async () => {
    const store = await open();
    const one = await fileReport(store, [crash('a', { count: 2, message: 'short', role: 'admin' })], {
      processed: { installation: 'i1', version: '1.0' },
    });
    await fileReport(store, [crash('a', { grouping: { caseKey: 'second' } })], {
      processed: { installation: 'i2', version: '2.0' },
      report: { receivedAt: NOON + 2 * HOUR_MS },
    });
    const two = await fileReport(store, [crash('b', { message: 'a longer message' })], {
      processed: { installation: 'i1' },
      report: { receivedAt: NOON + HOUR_MS },
    });
    await store.bugs.commentBug(one.bugId, 'Ada', 'first');
    await store.bugs.closeBug(one.bugId, 'Ada', { inVersion: '3.0' });
    const everything = async (id: number) => ({
      bug: await store.bugs.getBug(id),
      cases: await store.bugs.casesOf(id, 10),
      series: await store.bugs.seriesOf(id, 4000),
      values: await store.bugs.valuesOf(id, 10),
      versions: await store.bugs.versionsOf(id),
      reports: (await store.bugs.reportsOf(id, { limit: 10 })).rows.map(({ crashId }) => crashId),
      events: (await store.bugs.eventsOf(id, 50)).filter(({ what }) => !/merged/.test(what)),
    });
    const before = [await everything(one.bugId), await everything(two.bugId)];
    assert.ok(await store.bugs.mergeBugs(one.bugId, two.bugId, 'Ada'));
    assert.equal((await store.bugs.getBug(two.bugId))?.message, 'short');
    const [merge] = await store.bugs.mergesOf(two.bugId, 5);
    assert.deepEqual([merge?.id, merge?.by, merge?.canBeUndone], [one.bugId, 'Ada', true]);
    assert.deepEqual(await store.bugs.unmergeBug(one.bugId, 'Ben'), {
      from: one.bugId,
      into: two.bugId,
      cameAlong: 0,
      stayed: 0,
    });
    assert.deepEqual([await everything(one.bugId), await everything(two.bugId)], before);
    assert.deepEqual(await store.bugs.mergesOf(two.bugId, 5), []);
    assert.equal(await store.bugs.unmergeBug(one.bugId, 'Ben'), null, 'only once');
    assert.equal((await store.bugs.eventsOf(two.bugId, 1))[0]?.what, 'unmerged');
    assert.equal(await store.bugs.resolveBug(one.bugId), one.bugId);
  });

  test('what came since a merge goes where its key leads, and how much that is is said', async () => {
    const store = await open();
    const one = await fileReport(store, [crash('a')]);
    const two = await fileReport(store, [crash('b')]);
    await store.bugs.mergeBugs(one.bugId, two.bugId, 'Ada');
    await fileReport(store, [crash('a')]);
    const fresh = await fileReport(store, [crash('a', { grouping: { caseKey: 'never seen' } })]);
    await fileReport(store, [crash('b')]);
    await fileReport(store, [crash('b', { grouping: { caseKey: 'neither' } })]);
    assert.equal(fresh.bugId, two.bugId);
    const undone = await store.bugs.unmergeBug(one.bugId, 'Ada');
    assert.deepEqual([undone?.cameAlong, undone?.stayed], [2, 2]);
    const [back, left] = [await store.bugs.getBug(one.bugId), await store.bugs.getBug(two.bugId)];
    assert.deepEqual([back?.count, left?.count], [3, 3]);
    assert.deepEqual([back?.keys, left?.keys], [['a'], ['b']]);
    assert.match(
      (await store.bugs.eventsOf(one.bugId, 1))[0]?.detail ?? '',
      /out of #2 b\(\), with 3 crashes, 2 of them since the merge/,
    );
    assert.equal((await fileReport(store, [crash('a')])).bugId, one.bugId);
    assert.equal((await fileReport(store, [crash('b')])).bugId, two.bugId);
  });

  test('merges one upon the other are undone in turn', async () => {
    const store = await open();
    const [a, b, c] = [
      await fileReport(store, [crash('a')]),
      await fileReport(store, [crash('b')]),
      await fileReport(store, [crash('c')]),
    ];
    await store.bugs.mergeBugs(a.bugId, b.bugId, 'Ada');
    await store.bugs.mergeBugs(b.bugId, c.bugId, 'Ada');
    assert.deepEqual(
      (await store.bugs.mergesOf(c.bugId, 5)).map(({ id, canBeUndone }) => [id, canBeUndone]),
      [
        [b.bugId, true],
        [a.bugId, false],
      ],
    );
    assert.equal(await store.bugs.unmergeBug(a.bugId, 'Ada'), null, 'b went into c since');
    assert.ok((await store.bugs.unmergeBug(b.bugId, 'Ada')) !== null);
    assert.equal(await store.bugs.resolveBug(a.bugId), b.bugId);
    assert.equal((await store.bugs.getBug(b.bugId))?.count, 2);
    assert.ok((await store.bugs.unmergeBug(a.bugId, 'Ada')) !== null);
    for (const { bugId } of [a, b, c]) assert.equal((await store.bugs.getBug(bugId))?.count, 1);
  });

  test('a case that was split off since stays split, and what was never merged cannot be taken apart', async () => {
    const store = await open();
    const one = await fileReport(store, [crash('a', { grouping: { caseKey: 'x' } })]);
    await fileReport(store, [crash('a', { grouping: { caseKey: 'y' } })]);
    const two = await fileReport(store, [crash('b')]);
    await store.bugs.mergeBugs(one.bugId, two.bugId, 'Ada');
    const chosen = (await store.bugs.casesOf(two.bugId, 10)).find(({ caseKey }) => caseKey === 'y');
    const split = await store.bugs.splitCase(two.bugId, chosen?.id ?? 0, 'Ada');
    assert.ok(split !== null);
    assert.ok((await store.bugs.unmergeBug(one.bugId, 'Ada')) !== null);
    assert.deepEqual(
      [(await store.bugs.getBug(one.bugId))?.count, (await store.bugs.getBug(split))?.count],
      [1, 1],
    );
    assert.equal((await fileReport(store, [crash('a', { grouping: { caseKey: 'x' } })])).bugId, one.bugId);
    assert.equal(await store.bugs.unmergeBug(two.bugId, 'Ada'), null);
    assert.equal(await store.bugs.unmergeBug(999, 'Ada'), null);
  });
}
