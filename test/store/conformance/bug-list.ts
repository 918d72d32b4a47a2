// The bug list: orders, filters and pages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BugFilter } from '../../../src/store/bugs.ts';
import type { Store } from '../../../src/store/store.ts';
import { crash, fileReport } from './processed-builder.ts';
import { NOON } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

async function keysOf(store: Store, filter: BugFilter): Promise<readonly string[]> {
  const { rows } = await store.bugs.listBugs(filter, { limit: 100 });
  return rows.map(({ title }) => title.replace('()', ''));
}

async function occur(store: Store, key: string, weeks: number, count = 1): Promise<number> {
  const receivedAt = NOON + weeks * WEEK_MS;
  const day = new Date(receivedAt).toISOString().slice(0, 10);
  return (await fileReport(store, [crash(key, { count, day })], { report: { receivedAt } })).bugId;
}

export function bugListTopic(open: StoreFactory): void {
  test('by week of the last occurrence: new bugs first, then by count', async () => {
    const store = await open();
    await occur(store, 'old', 0, 100);
    await occur(store, 'returning', 0, 5);
    await occur(store, 'returning', 1, 50);
    await occur(store, 'fresh', 1, 2);
    await occur(store, 'fresh and frequent', 1, 7);
    const order = ['fresh and frequent', 'fresh', 'returning', 'old'];
    assert.deepEqual(await keysOf(store, { order: 'week' }), order);
    assert.deepEqual(await keysOf(store, {}), order);
    const { rows } = await store.bugs.listBugs({}, { limit: 10 });
    assert.deepEqual(
      rows.map(({ lastWeek }) => lastWeek),
      ['2026-03-16', '2026-03-16', '2026-03-16', '2026-03-09'],
    );
  });

  test('by count, by last and by first occurrence', async () => {
    const store = await open();
    await occur(store, 'a', 0, 3);
    await occur(store, 'b', 1, 9);
    await occur(store, 'c', 2, 1);
    await occur(store, 'a', 3, 1);
    assert.deepEqual(await keysOf(store, { order: 'count' }), ['b', 'a', 'c']);
    assert.deepEqual(await keysOf(store, { order: 'last_seen' }), ['a', 'c', 'b']);
    assert.deepEqual(await keysOf(store, { order: 'first_seen' }), ['c', 'b', 'a']);
  });

  test('every filter narrows the list and the counts', async () => {
    const store = await open();
    const a = await occur(store, 'a', 0);
    const b = await occur(store, 'b', 1);
    const c = await occur(store, 'c', 2);
    await fileReport(store, [crash('d', { severity: 'major', kind: 'go', message: 'Änderung 50%_' })], {
      report: { product: 'Organ' },
      processed: { version: '3.0' },
    });
    await store.bugs.closeBug(a, 'Ada', { inVersion: null });
    await store.bugs.ignoreBug(b, 'Ada', { until: null, untilCount: null });
    await store.bugs.assignBug(c, 'Ada', 'Grace');
    assert.deepEqual(await keysOf(store, { state: 'closed' }), ['a']);
    assert.deepEqual(await keysOf(store, { state: 'ignored' }), ['b']);
    assert.deepEqual(await keysOf(store, { assignee: 'Grace' }), ['c']);
    assert.deepEqual(await keysOf(store, { assignee: 'Grace', state: 'closed' }), []);
    assert.deepEqual(await keysOf(store, { account: 'default', product: 'Organ' }), ['d']);
    assert.deepEqual(await keysOf(store, { product: 'Organ' }), ['d']);
    assert.deepEqual(await keysOf(store, { account: 'test' }), []);
    assert.equal((await keysOf(store, { account: 'default' })).length, 4);
    assert.deepEqual(await keysOf(store, { severity: 'major' }), ['d']);
    assert.deepEqual(await keysOf(store, { kind: 'go' }), ['d']);
    assert.deepEqual(await keysOf(store, { version: '3.0' }), ['d']);
    assert.deepEqual(await keysOf(store, { seenFrom: NOON + WEEK_MS }), ['c', 'b']);
    assert.deepEqual(await keysOf(store, { newSince: NOON + 2 * WEEK_MS }), ['c']);
    assert.deepEqual(await keysOf(store, { text: 'ÄNDERUNG 50%_' }), ['d']);
    assert.deepEqual(await keysOf(store, { text: 'änderung nowhere' }), []);
    assert.deepEqual(await store.bugs.countBugs({}), { open: 2, closed: 1, ignored: 1 });
    assert.deepEqual(await store.bugs.countBugs({ product: 'Organ' }), { open: 1, closed: 0, ignored: 0 });
    assert.deepEqual(await store.bugs.countBugs({ text: 'c()' }), { open: 1, closed: 0, ignored: 0 });
    await store.bugs.reopenBug(a, 'Ada');
    assert.ok(
      (await keysOf(store, { newSince: Date.now() - 60_000 })).includes('a'),
      'reopened counts as new',
    );
  });

  test('pages by key show every bug once, in any order and filter', async () => {
    const store = await open();
    const wanted = [];
    for (let at = 0; at < 23; at++) wanted.push(await occur(store, `bug ${at}`, at % 3, 1 + (at % 4)));
    await store.bugs.closeBug(wanted[5] ?? 0, 'Ada', { inVersion: null });
    for (const order of ['week', 'count', 'last_seen', 'first_seen'] as const) {
      const whole = (await store.bugs.listBugs({ order }, { limit: 100 })).rows.map(({ id }) => id);
      const paged: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.bugs.listBugs(
          { order },
          cursor === undefined ? { limit: 4 } : { limit: 4, cursor },
        );
        paged.push(...page.rows.map(({ id }) => id));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      assert.equal(paged.length, 23);
      assert.deepEqual(paged, whole);
    }
    const first = await store.bugs.listBugs({}, { limit: 4 });
    assert.deepEqual(await store.bugs.listBugs({}, { limit: 4, cursor: 'damaged' }), first);
  });

  test('the reports of a bug are paged newest first across its cases', async () => {
    const store = await open();
    const crashIds: string[] = [];
    let bugId = 0;
    for (let at = 0; at < 11; at++) {
      const filed = await fileReport(store, [crash('a', { grouping: { caseKey: `case ${at % 3}` } })], {
        report: { receivedAt: NOON + at * 1000 },
      });
      crashIds.unshift(filed.crashId);
      ({ bugId } = filed);
    }
    const first = await store.bugs.reportsOf(bugId, { limit: 7 });
    const second = await store.bugs.reportsOf(bugId, { limit: 7, cursor: first.next ?? '' });
    assert.deepEqual(
      [...first.rows, ...second.rows].map(({ crashId }) => crashId),
      crashIds,
    );
    assert.equal(second.next, null);
  });
}
