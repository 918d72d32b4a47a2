// The bug list: orders, filters and pages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUG_ORDERS, TEXT_ORDERS } from '../../../src/store/bugs.ts';
import type { BugFilter, BugOrder, BugRow } from '../../../src/store/bugs.ts';
import { parseQuery } from '../../../src/search/query/parse-query.ts';
import type { Store } from '../../../src/store/store.ts';
import { crash, fileReport } from './processed-builder.ts';
import { NOON } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const WEEK_MS = 7 * DAY_MS;

async function keysOf(store: Store, filter: BugFilter): Promise<readonly string[]> {
  const { rows } = await store.bugs.listBugs(filter, { limit: 100 });
  return rows.map(({ title }) => title.replace('()', ''));
}

async function occur(store: Store, key: string, weeks: number, count = 1): Promise<number> {
  const receivedAt = NOON + weeks * WEEK_MS;
  const day = new Date(receivedAt).toISOString().slice(0, 10);
  return (await fileReport(store, [crash(key, { count, day })], { report: { receivedAt } })).bugId;
}

const VERSIONS = ['1.2', '1.9', '1.10', '2.0-beta', '2.0'];

/** Some dozen bugs that differ in every column. */
async function fileDifferent(store: Store): Promise<void> {
  const now = Date.now();
  const pick = <T>(from: readonly T[], at: number): T | null => from[at % (from.length + 1)] ?? null;
  for (let at = 0; at < 40; at += 1) {
    // The numbers have no factor in common, so that no two columns go together.
    const key = `bug ${(at * 7) % 13}`;
    const kinds = ['go', 'java', 'native', 'python'] as const;
    const day = new Date(now - ((at * 11) % 45) * DAY_MS).toISOString().slice(0, 10);
    const user = pick(['Pat', 'Kim', 'Lou', 'Sam', 'Max'], at * 11);
    const { bugId } = await fileReport(
      store,
      [
        crash(key, {
          count: 1 + ((at * 5) % 9),
          day,
          kind: pick(kinds, ((at * 7) % 13) * 3) ?? 'php',
          sections: user === null ? [] : [{ name: 'user', protected: true, values: [['id', user]] }],
        }),
      ],
      {
        report: { receivedAt: now - at * 1000, product: ['Piano', 'Organ'][((at * 7) % 13) % 2] ?? '' },
        processed: {
          version: (at * 7) % 13 === 5 ? null : pick(VERSIONS, at),
          platform: pick(['windows', 'linux', 'macos'], at * 3),
          installation: pick(['one', 'two', 'three', 'four', 'five', 'six'], at * 5),
        },
      },
    );
    const assignee = pick(['Ada', 'Grace', 'Edsger'], ((at * 7) % 13) * 5);
    if (assignee !== null) await store.bugs.assignBug(bugId, 'Ada', assignee);
  }
}

/** What a row shows in the column that an order goes by, as it is to be compared; null: nothing. */
function shownIn(
  order: BugOrder,
  row: BugRow,
  days: (row: BugRow) => readonly number[],
): number | string | null {
  switch (order) {
    case 'week':
      return Date.parse(row.lastWeek);
    case 'count':
      return row.count;
    case 'installations':
      return row.installations;
    case 'first_seen':
      return row.firstSeenAt;
    case 'last_seen':
      return row.lastSeenAt;
    case 'days':
      return days(row).reduce((sum, count) => sum + count, 0);
    case 'versions':
      return row.lastVersion === null ? null : VERSIONS.indexOf(row.lastVersion);
    case 'platforms':
      return row.platforms.length === 0 ? null : row.platforms.join(', ');
    case 'users':
      return row.users ?? null;
    default:
      return row[order];
  }
}

function assertSorted(
  rows: readonly BugRow[],
  { order, reversed }: { readonly order: BugOrder; readonly reversed: boolean },
  days: (row: BugRow) => readonly number[],
): void {
  const shown = rows.map((row) => shownIn(order, row, days));
  const descends = TEXT_ORDERS.has(order) === reversed;
  const expected = shown.toSorted((a, b) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return (a < b ? -1 : a > b ? 1 : 0) * (descends ? -1 : 1);
  });
  assert.deepEqual(shown, expected, `${order}${reversed ? ' reversed' : ''}`);
  assert.ok(new Set(shown).size > 1, `${order} tells bugs apart`);
}

export function bugListTopic(open: StoreFactory): void {
  test('goes by what rows show in any column, both ways, page by page', async () => {
    const store = await open();
    await fileDifferent(store);
    for (const order of BUG_ORDERS) {
      for (const reversed of [false, true]) {
        const rows: BugRow[] = [];
        let cursor: string | null = null;
        do {
          const page = await store.bugs.listBugs(
            { order, reversed },
            { limit: 4, ...(cursor !== null && { cursor }) },
          );
          rows.push(...page.rows);
          cursor = page.next;
        } while (cursor !== null);
        assert.equal(new Set(rows.map(({ id }) => id)).size, 13, order);
        assert.equal(rows.length, 13, order);
        assertSorted(rows, { order, reversed }, ({ last28Days }) => last28Days);
      }
    }
  });

  test('goes by what rows show of the crashes that a search selects, both ways, page by page', async () => {
    const store = await open();
    await fileDifferent(store);
    const parsed = parseQuery('-version:1.10 -platform:macos');
    assert.ok('query' in parsed);
    const products = ['Piano', 'Organ'].map((product) => ({
      account: 'default',
      product,
      publicNames: null,
      messages: true,
    }));
    const bars = { first: Math.floor(Date.now() / DAY_MS) - 9, days: 10 };
    for (const order of BUG_ORDERS) {
      for (const reversed of [false, true]) {
        const rows: BugRow[] = [];
        let cursor: string | null = null;
        do {
          const page = { limit: 4, ...(cursor !== null && { cursor }) };
          const filter = { order, reversed };
          const answer = await store.search.searchBugs({ products, query: parsed.query, filter, page, bars });
          assert.ok('found' in answer);
          rows.push(...answer.found.rows);
          cursor = answer.found.next;
        } while (cursor !== null);
        assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length, order);
        assertSorted(rows, { order, reversed }, (row) => row.bars ?? []);
      }
    }
  });

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
