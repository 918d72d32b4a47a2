// Acts on many bugs: in steps, and undone so that everything is what it was.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUnderWay, MAX_BULK_BUGS, UNDO_MS } from '../../../src/store/bulk-acts.ts';
import type { BulkAct, BulkChange } from '../../../src/store/bulk-acts.ts';
import type { Store } from '../../../src/store/store.ts';
import { crash, fileReport } from './processed-builder.ts';
import { NOON } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

/** Steps until nothing is left; gives the act and how many steps it took. */
async function finish(store: Store, id: number): Promise<BulkAct & { readonly steps: number }> {
  for (let steps = 1; ; steps += 1) {
    const act = await store.bulk.step(id);
    assert.ok(act !== null, `act ${id} is gone`);
    if (!isUnderWay(act)) return { ...act, steps };
    assert.ok(steps < 100, 'it never ends');
  }
}

async function doIt(store: Store, change: BulkChange, bugs: readonly number[]): Promise<BulkAct> {
  return finish(store, await store.bulk.begin(change, bugs, 'Ada'));
}

async function undoIt(store: Store, id: number): Promise<BulkAct> {
  assert.equal(await store.bulk.undo(id, 'Ben'), true);
  return finish(store, id);
}

async function everything(store: Store, id: number) {
  return {
    bug: await store.bugs.getBug(id),
    cases: await store.bugs.casesOf(id, 10),
    series: await store.bugs.seriesOf(id, 4000),
    values: await store.bugs.valuesOf(id, 10),
    reports: (await store.bugs.reportsOf(id, { limit: 10 })).rows.map(({ crashId }) => crashId),
    events: await store.bugs.eventsOf(id, 50),
    merges: await store.bugs.mergesOf(id, 10),
  };
}

export function bulkTopic(open: StoreFactory): void {
  test('every act on many bugs is undone: state, people and history are what they were', async () => {
    const store = await open();
    const ids: number[] = [];
    for (const key of ['a', 'b', 'c', 'd']) ids.push((await fileReport(store, [crash(key)])).bugId);
    const [a = 0, b = 0, c = 0] = ids;
    await store.bugs.closeBug(a, 'Cid', { inVersion: '1.0' });
    await store.bugs.ignoreBug(b, 'Cid', { until: NOON + 1e12, untilCount: 500 });
    await store.bugs.assignBug(c, 'Cid', 'cid@example.org');
    await store.bugs.commentBug(c, 'Cid', 'Mine.');
    const before = await Promise.all(ids.map((id) => everything(store, id)));
    const changes: readonly (readonly [BulkChange, changed: number])[] = [
      [{ do: 'close', inVersion: '2.0' }, 4],
      [{ do: 'reopen' }, 2],
      [{ do: 'ignore', until: null, untilCount: 9 }, 4],
      [{ do: 'assign', assignee: 'cid@example.org' }, 3],
      [{ do: 'assign', assignee: null }, 1],
      [{ do: 'merge', into: a }, 3],
    ];
    for (const [change, changed] of changes) {
      const act = await doIt(store, change, ids);
      assert.deepEqual([act.bugs, act.done, act.changed], [4, 4, changed], change.do);
      const undone = await undoIt(store, act.id);
      assert.deepEqual([undone.restored, undone.kept, undone.undoneBy], [changed, 0, 'Ben'], change.do);
      assert.deepEqual(await Promise.all(ids.map((id) => everything(store, id))), before, change.do);
      assert.equal(await store.bulk.undo(act.id, 'Ben'), false, 'only once');
    }
  });

  test('what was changed since stays as it is, and the others go back', async () => {
    const store = await open();
    const one = (await fileReport(store, [crash('a')])).bugId;
    const two = (await fileReport(store, [crash('b')])).bugId;
    const act = await doIt(store, { do: 'close', inVersion: null }, [one, two]);
    await store.bugs.reopenBug(two, 'Cid');
    await store.bugs.assignBug(one, 'Cid', 'cid@example.org');
    const undone = await undoIt(store, act.id);
    assert.deepEqual([undone.restored, undone.kept], [1, 1]);
    const [first, second] = [await store.bugs.getBug(one), await store.bugs.getBug(two)];
    assert.deepEqual([first?.state, first?.closedAt, first?.assignee], ['open', null, 'cid@example.org']);
    assert.equal(second?.state, 'open');
    assert.deepEqual(
      (await store.bugs.eventsOf(two, 10)).map(({ what }) => what),
      ['reopened', 'closed', 'created'],
      'its history still tells why',
    );
  });

  test('a merge of many is undone in the other order; crashes that came since go where their key leads', async () => {
    const store = await open();
    const bugs = [];
    for (const key of ['a', 'b', 'c']) bugs.push((await fileReport(store, [crash(key)])).bugId);
    const [a = 0, b = 0, c = 0] = bugs;
    const act = await doIt(store, { do: 'merge', into: c }, [a, b, c]);
    assert.equal(act.changed, 2);
    assert.equal(await store.bugs.resolveBug(a), c);
    await fileReport(store, [crash('a')]);
    assert.equal((await store.bugs.getBug(c))?.count, 4);
    const undone = await undoIt(store, act.id);
    assert.deepEqual([undone.restored, undone.kept], [2, 0]);
    const counts = await Promise.all(bugs.map(async (id) => (await store.bugs.getBug(id))?.count));
    assert.deepEqual(counts, [2, 1, 1]);
  });

  test('many bugs take many steps; one that is undone half way does no more', async () => {
    const store = await open();
    const { bugId } = await fileReport(store, [crash('a')]);
    const many = Array.from({ length: 1000 }, (_, at) => 1_000_000 + at);
    const whole = await finish(store, await store.bulk.begin({ do: 'reopen' }, many, 'Ada'));
    assert.ok(whole.steps > 3, `${whole.steps} steps`);
    assert.deepEqual([whole.done, whole.changed], [1000, 0]);
    const half = await store.bulk.begin({ do: 'close', inVersion: null }, [bugId, ...many], 'Ada');
    const first = await store.bulk.step(half);
    assert.ok(first !== null && first.changed === 1 && isUnderWay(first));
    await undoIt(store, half);
    assert.equal((await store.bugs.getBug(bugId))?.state, 'open');
    const later = await store.bulk.step(half);
    assert.equal(later?.done, first.done);
    assert.equal((await store.bugs.getBug(bugId))?.state, 'open');
  });

  test('an act is bounded, listed, found by its number, and forgotten when it is too old to be undone', async () => {
    let now = NOON;
    const store = await open({ now: () => now });
    const beyond = Array.from({ length: MAX_BULK_BUGS + 5 }, (_, at) => at + 1);
    const first = await store.bulk.begin({ do: 'reopen' }, beyond, 'Ada');
    assert.equal((await store.bulk.get(first))?.bugs, MAX_BULK_BUGS);
    assert.equal(await store.bulk.get(999), null);
    assert.equal(await store.bulk.step(999), null);
    assert.equal(await store.bulk.undo(999, 'Ada'), false);
    now += UNDO_MS + 1;
    assert.equal(await store.bulk.undo(first, 'Ada'), false, 'too old');
    const second = await store.bulk.begin({ do: 'reopen' }, [1, 1, 2], 'Ben');
    assert.deepEqual(
      (await store.bulk.list(10)).map(({ id, by, bugs }) => [id, by, bugs]),
      [[second, 'Ben', 2]],
    );
  });

  test('the numbers of all bugs of a list are those of its pages', async () => {
    const store = await open();
    for (const key of ['a', 'b', 'c']) await fileReport(store, [crash(key)]);
    const closed = (await fileReport(store, [crash('d')])).bugId;
    await store.bugs.closeBug(closed, 'Ada', { inVersion: null });
    const { rows } = await store.bugs.listBugs({ state: 'open' }, { limit: 10 });
    const sorted = rows.map(({ id }) => id).toSorted((x, y) => x - y);
    assert.deepEqual(
      (await store.bugs.bugIds({ state: 'open' }, 10)).toSorted((x, y) => x - y),
      sorted,
    );
    assert.equal((await store.bugs.bugIds({ state: 'open' }, 2)).length, 2);
    assert.deepEqual(await store.bugs.bugIds({ state: 'closed' }, 10), [closed]);
  });

  test('a list goes by title and by installations, from either end, page by page', async () => {
    const store = await open();
    for (const [key, installations] of [
      ['beta', ['i1', 'i2']],
      ['Alpha', ['i1', 'i2', 'i3']],
      ['gamma', ['i1']],
    ] as const) {
      for (const installation of installations)
        await fileReport(store, [crash(key)], {
          processed: { installation, version: '1.10', platform: 'linux' },
        });
    }
    await fileReport(store, [crash('gamma')], {
      processed: { installation: 'i1', version: '1.9', platform: 'windows' },
    });
    const titles = async (filter: Parameters<Store['bugs']['listBugs']>[0]): Promise<string[]> => {
      const found: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page = await store.bugs.listBugs(filter, { limit: 1, ...(cursor !== '' && { cursor }) });
        found.push(...page.rows.map(({ title }) => title.replace('()', '')));
        cursor = page.next;
        assert.ok(found.length < 9);
      }
      return found;
    };
    assert.deepEqual(await titles({ order: 'title' }), ['Alpha', 'beta', 'gamma']);
    assert.deepEqual(await titles({ order: 'title', reversed: true }), ['gamma', 'beta', 'Alpha']);
    assert.deepEqual(await titles({ order: 'installations' }), ['Alpha', 'beta', 'gamma']);
    assert.deepEqual(await titles({ order: 'installations', reversed: true }), ['gamma', 'beta', 'Alpha']);
    assert.deepEqual(await titles({ order: 'count', reversed: true }), ['beta', 'gamma', 'Alpha']);
    const gamma = (await store.bugs.listBugs({ order: 'title' }, { limit: 10 })).rows.at(-1);
    assert.deepEqual(
      [gamma?.firstVersion, gamma?.lastVersion, gamma?.platforms],
      ['1.9', '1.10', ['linux', 'windows']],
    );
  });
}
