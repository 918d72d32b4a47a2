// A bug keeps its identity when its reports get better keys; merges, splits and moves hold for later reports too.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crash, fileReport, processAgain } from './processed-builder.ts';
import { NOON } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

export function bugIdentityTopic(open: StoreFactory): void {
  test('when symbols arrive, a bug keeps its id and history under its better key and title', async () => {
    const store = await open();
    const reports = [];
    for (let at = 0; at < 3; at++) reports.push(await fileReport(store, [crash('app@0x12')]));
    const bugId = reports[0]?.bugId ?? 0;
    await store.bugs.commentBug(bugId, 'Ada', 'seen at work');
    const interim = [];
    for (const { crashId } of reports) {
      interim.push((await processAgain(store, crashId, [crash('App::run')]))[0]?.bugId);
    }
    assert.equal(interim.at(-1), bugId);
    for (const id of interim) assert.equal(await store.bugs.resolveBug(id ?? 0), bugId);
    const bug = await store.bugs.getBug(bugId);
    assert.deepEqual([bug?.title, bug?.key, bug?.count], ['App::run()', 'App::run', 3]);
    assert.deepEqual(bug?.keys, ['App::run', 'app@0x12']);
    assert.ok((await store.bugs.eventsOf(bugId, 20)).some(({ detail }) => detail === 'seen at work'));
    assert.equal((await fileReport(store, [crash('app@0x12')])).bugId, bugId, 'a report without symbols');
    assert.equal((await fileReport(store, [crash('App::run')])).bugId, bugId);
  });

  test('the only report of a bug takes its bug along without another one in between', async () => {
    const store = await open();
    const { bugId, crashId } = await fileReport(store, [crash('app@0x12')]);
    assert.deepEqual(await processAgain(store, crashId, [crash('App::run')]), [
      { bugId, event: 'unchanged', state: 'open' },
    ]);
    assert.equal((await store.bugs.getBug(bugId))?.title, 'App::run()');
    assert.deepEqual((await store.bugs.eventsOf(bugId, 1))[0]?.detail, 'app@0x12() → App::run()');
    assert.equal((await store.bugs.listBugs({}, { limit: 10 })).rows.length, 1);
  });

  test('a bug whose reports all went to one that was there becomes its duplicate', async () => {
    const store = await open();
    const known = await fileReport(store, [crash('App::run')]);
    const one = await fileReport(store, [crash('app@0x12')]);
    const two = await fileReport(store, [crash('app@0x12')]);
    await processAgain(store, one.crashId, [crash('App::run')]);
    assert.equal(await store.bugs.resolveBug(one.bugId), one.bugId, 'one report is still there');
    await processAgain(store, two.crashId, [crash('App::run')]);
    assert.equal(await store.bugs.resolveBug(one.bugId), known.bugId);
    assert.equal((await store.bugs.getBug(one.bugId))?.duplicateOf, known.bugId);
    assert.equal((await store.bugs.getBug(known.bugId))?.count, 3);
    assert.equal((await fileReport(store, [crash('app@0x12')])).bugId, known.bugId);
  });

  test('a bug whose reports went different ways stays what it was, and is not listed while it is empty', async () => {
    const store = await open();
    const first = await fileReport(store, [crash('first')]);
    const second = await fileReport(store, [crash('second')]);
    const one = await fileReport(store, [crash('app@0x12')]);
    const two = await fileReport(store, [crash('app@0x12')]);
    await processAgain(store, one.crashId, [crash('first')]);
    await processAgain(store, two.crashId, [crash('second')]);
    assert.equal(await store.bugs.resolveBug(one.bugId), one.bugId);
    const listed = (await store.bugs.listBugs({}, { limit: 10 })).rows.map(({ id }) => id);
    assert.deepEqual(new Set(listed), new Set([first.bugId, second.bugId]));
    assert.equal((await fileReport(store, [crash('app@0x12')])).bugId, one.bugId);
  });

  test('reports of a closed bug that get a new key make no open bug', async () => {
    const store = await open();
    const one = await fileReport(store, [crash('a')]);
    await fileReport(store, [crash('a')]);
    await store.bugs.closeBug(one.bugId, 'Ada', { inVersion: null });
    const [moved] = await processAgain(store, one.crashId, [crash('b')]);
    assert.notEqual(moved?.bugId, one.bugId);
    assert.equal(moved?.state, 'closed');
  });

  test('a report that is understood at last is filed as if it were new', async () => {
    const store = await open();
    const grouping = { source: 'unprocessable' } as const;
    const bad = crash('could not be processed: truncated', { grouping });
    const one = await fileReport(store, [bad]);
    await store.bugs.ignoreBug(one.bugId, 'Ada', { until: null, untilCount: null });
    const [filed] = await processAgain(store, one.crashId, [crash('a')]);
    assert.deepEqual([filed?.event, filed?.state], ['new', 'open']);
    assert.notEqual(filed?.bugId, one.bugId);
    assert.equal((await fileReport(store, [bad])).bugId, one.bugId);
  });

  test('a key of an earlier version leads a crash to the bug that it has always had', async () => {
    const store = await open();
    const before = await fileReport(store, [crash('old')]);
    const after = await fileReport(store, [crash('new', { grouping: { aliases: ['unknown', 'old'] } })]);
    assert.deepEqual([after.bugId, after.event], [before.bugId, 'recurring']);
    assert.deepEqual((await store.bugs.getBug(before.bugId))?.keys, ['new', 'old']);
    assert.equal((await fileReport(store, [crash('new')])).bugId, before.bugId, 'without the alias');
    const bug = await store.bugs.getBug(before.bugId);
    assert.deepEqual([bug?.count, bug?.title], [3, 'old()']);
  });

  test('bugs that a new version would bring together stay apart until their reports are processed again', async () => {
    const store = await open();
    const one = await fileReport(store, [crash('line 1')]);
    const two = await fileReport(store, [crash('line 2')]);
    await store.bugs.closeBug(one.bugId, 'Ada', { inVersion: null });
    const again = (line: string) => [crash('new', { grouping: { aliases: [line] } })];
    const first = await fileReport(store, again('line 2'));
    assert.deepEqual([first.bugId, first.event], [two.bugId, 'recurring']);
    assert.equal((await store.bugs.getBug(one.bugId))?.state, 'closed', 'nothing reopens by itself');
    await processAgain(store, one.crashId, again('line 1'));
    assert.equal(await store.bugs.resolveBug(one.bugId), two.bugId);
    assert.equal((await store.bugs.getBug(two.bugId))?.count, 3);
  });

  test('processing again under a new version never takes a bug apart', async () => {
    const store = await open();
    const one = await fileReport(store, [crash('old')]);
    const two = await fileReport(store, [crash('old')]);
    const aliases = { grouping: { aliases: ['old'] } };
    const [first] = await processAgain(store, one.crashId, [crash('a', aliases)]);
    const [second] = await processAgain(store, two.crashId, [crash('b', aliases)]);
    assert.deepEqual([first?.bugId, second?.bugId], [one.bugId, one.bugId]);
    assert.deepEqual((await store.bugs.getBug(one.bugId))?.keys, ['a', 'b', 'old']);
  });

  test('a case that was split off keeps its reports under a new version', async () => {
    const store = await open();
    const one = await fileReport(store, [crash('old', { grouping: { caseKey: 'x' } })]);
    await fileReport(store, [crash('old', { grouping: { caseKey: 'y' } })]);
    const cases = await store.bugs.casesOf(one.bugId, 10);
    const split = await store.bugs.splitCase(
      one.bugId,
      cases.find(({ caseKey }) => caseKey === 'y')?.id ?? 0,
      'Ada',
    );
    const filed = async (caseKey: string) =>
      (await fileReport(store, [crash('new', { grouping: { caseKey, aliases: ['old'] } })])).bugId;
    assert.equal(await filed('y'), split);
    assert.equal(await filed('x'), one.bugId);
    assert.equal(await filed('y'), split);
  });

  test('bugs with similar stacks are found, the most similar first, and those of other products are not', async () => {
    const store = await open();
    const bugs: number[] = [];
    for (const [key, frames, product] of [
      ['a', [1, 2, 3, 4], 'Piano'],
      ['b', [1, 2, 3, 9], 'Piano'],
      ['c', [7, 2, 8, 9], 'Piano'],
      ['d', [20, 21], 'Piano'],
      ['e', [1, 2, 3, 4], 'Violin'],
    ] as const) {
      const { bugId } = await fileReport(store, [crash(key)], {
        report: { product },
        processed: { product },
      });
      bugs.push(bugId);
      await store.bugs.noteStack(bugId, frames);
      await store.bugs.noteStack(bugId, [99]);
    }
    const [a = 0, b = 0, c = 0] = bugs;
    const found = await store.bugs.similarBugs(a, 5);
    assert.equal(found[0]?.bugId, b);
    assert.ok(
      found.every(({ bugId, similarity }) => [b, c].includes(bugId) && similarity > 0 && similarity < 1),
    );
    assert.deepEqual(await store.bugs.similarBugs(a, 0), []);
    await store.bugs.mergeBugs(b, c, 'Ada');
    assert.ok(
      (await store.bugs.similarBugs(a, 5)).every(({ bugId }) => bugId !== b),
      'what was merged is gone',
    );
    assert.deepEqual(await store.bugs.similarBugs(12_345, 5), []);
  });

  test('a better signature of the same key renames the bug, one of another report does not', async () => {
    const store = await open();
    const { bugId, crashId } = await fileReport(store, [crash('a', { signature: 'poor' })]);
    const other = await fileReport(store, [crash('a', { signature: 'odd' })]);
    const title = async () => (await store.bugs.getBug(bugId))?.title;
    assert.equal(await title(), 'poor');
    await processAgain(store, other.crashId, [crash('a', { signature: 'odder' })]);
    assert.equal(await title(), 'poor');
    await processAgain(store, crashId, [crash('a', { signature: 'better' })]);
    assert.equal(await title(), 'better');
    assert.equal((await store.bugs.eventsOf(bugId, 1))[0]?.what, 'renamed');
  });

  test('after a merge both keys lead to one bug, which has everything of both', async () => {
    const store = await open();
    const one = await fileReport(store, [crash('a', { count: 2 })], { processed: { installation: 'i1' } });
    const two = await fileReport(store, [crash('b')], { processed: { installation: 'i1' } });
    await store.bugs.commentBug(one.bugId, 'Ada', 'first');
    assert.ok(await store.bugs.mergeBugs(one.bugId, two.bugId, 'Ada'));
    const bug = await store.bugs.getBug(two.bugId);
    assert.deepEqual([bug?.count, bug?.installations, bug?.keys], [3, 1, ['a', 'b']]);
    const gone = await store.bugs.getBug(one.bugId);
    assert.deepEqual([gone?.duplicateOf, gone?.count], [two.bugId, 0]);
    assert.equal(await store.bugs.resolveBug(one.bugId), two.bugId);
    assert.equal(await store.bugs.closeBug(one.bugId, 'Ada', { inVersion: null }), false);
    assert.ok((await store.bugs.eventsOf(two.bugId, 20)).some(({ detail }) => detail === 'first'));
    const later = await fileReport(store, [crash('a')]);
    assert.equal(later.bugId, two.bugId);
    assert.equal((await store.bugs.reportsOf(two.bugId, { limit: 10 })).rows.length, 3);
    assert.match((await store.bugs.whyHere(later.crashId)).join(' '), /in a\..*Ada merged into #2/);
  });

  test('bugs of different products, and a bug with itself, cannot be merged', async () => {
    const store = await open();
    const one = await fileReport(store, [crash('a')]);
    const two = await fileReport(store, [crash('a')], { report: { product: 'Organ' } });
    assert.notEqual(one.bugId, two.bugId);
    assert.equal(await store.bugs.mergeBugs(one.bugId, two.bugId, 'Ada'), false);
    assert.equal(await store.bugs.mergeBugs(one.bugId, one.bugId, 'Ada'), false);
    assert.equal(await store.bugs.mergeBugs(one.bugId, 999, 'Ada'), false);
  });

  test('a case that is split off takes its counts along, also of reports that are gone', async () => {
    const store = await open();
    const inCase = (caseKey: string) => crash('a', { grouping: { caseKey } });
    const one = await fileReport(store, [inCase('x')], { processed: { installation: 'i1' } });
    const two = await fileReport(store, [inCase('y')], { processed: { installation: 'i1' } });
    const three = await fileReport(store, [inCase('y')], { processed: { installation: 'i2' } });
    await store.reports.deleteReport(two.crashId);
    const cases = await store.bugs.casesOf(one.bugId, 10);
    const chosen = cases.find(({ caseKey }) => caseKey === 'y');
    const made = await store.bugs.splitCase(one.bugId, chosen?.id ?? 0, 'Ada');
    assert.ok(made !== null);
    const [from, into] = [await store.bugs.getBug(one.bugId), await store.bugs.getBug(made)];
    assert.deepEqual([from?.count, from?.installations], [1, 1]);
    assert.deepEqual([into?.count, into?.installations], [2, 2]);
    assert.equal((await fileReport(store, [inCase('y')])).bugId, made, 'later reports follow');
    assert.equal((await fileReport(store, [inCase('z')])).bugId, one.bugId);
    const again = await processAgain(store, three.crashId, [crash('b', { grouping: { caseKey: 'new y' } })]);
    assert.equal(again[0]?.bugId, made, 'a better key does not undo the split');
    const only = await store.bugs.casesOf(made, 10);
    assert.equal(await store.bugs.splitCase(one.bugId, only[0]?.id ?? 0, 'Ada'), null);
  });

  test('a report that was moved stays where it was put', async () => {
    const store = await open();
    const one = await fileReport(store, [crash('a')]);
    const two = await fileReport(store, [crash('b')]);
    const foreign = await fileReport(store, [crash('c')], { report: { product: 'Organ' } });
    assert.ok(await store.bugs.moveReport(one.crashId, two.bugId, 'Ada'));
    assert.equal(await store.bugs.moveReport(one.crashId, foreign.bugId, 'Ada'), false);
    assert.equal(await store.bugs.moveReport('unknown', two.bugId, 'Ada'), false);
    assert.equal((await store.bugs.getBug(two.bugId))?.count, 2);
    assert.equal((await store.bugs.getBug(one.bugId))?.count, 0);
    assert.equal((await processAgain(store, one.crashId, [crash('a')]))[0]?.bugId, two.bugId);
    assert.equal((await fileReport(store, [crash('a')])).bugId, one.bugId);
    assert.match((await store.bugs.whyHere(one.crashId)).join(' '), /Ada moved the report to #2/);
  });

  test('counts and the newest report survive deletion as they should', async () => {
    const store = await open();
    const one = await fileReport(store, [crash('a')]);
    const two = await fileReport(store, [crash('a')], { report: { receivedAt: NOON + 5000 } });
    assert.equal((await store.bugs.getBug(one.bugId))?.newestReport, two.crashId);
    await store.reports.deleteReport(two.crashId);
    const bug = await store.bugs.getBug(one.bugId);
    assert.deepEqual([bug?.newestReport, bug?.count], [one.crashId, 2]);
    await store.reports.deleteReport(one.crashId);
    const empty = await store.bugs.getBug(one.bugId);
    assert.deepEqual([empty?.newestReport, empty?.count, empty?.state], [null, 2, 'open']);
    assert.deepEqual(await store.bugs.whyHere(one.crashId), []);
  });
}
