// Keys that take callers along, and packages that a product is found to live in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProcessedCrash } from '../../../src/report/processed-report.ts';
import type { SearchAnswer } from '../../../src/store/crash-search.ts';
import type { Store } from '../../../src/store/store.ts';
import { crash, fileReport, processAgain } from './processed-builder.ts';
import type { StoreFactory } from './suite.ts';

/** A crash of the frame `check`, reached from a caller. */
function from(caller: string): ProcessedCrash {
  return crash('check', {
    grouping: { caseKey: `case ${caller}`, caller: { key: `check from ${caller}`, frame: caller } },
  });
}

/** The crashes with a signature, by their bugs. */
async function searched(store: Store, signature: string): Promise<{ readonly answer: SearchAnswer }> {
  const found = await store.search.search({
    products: [{ account: 'default', product: 'Piano', publicNames: null, messages: true }],
    query: { is: 'clause', key: 'signature', conditions: [{ op: 'equals', text: signature }], at: 0 },
    facets: [{ key: 'bug', top: 10, distinct: null, days: false }],
    histogram: null,
    distinct: [],
    numbers: [],
    list: null,
  });
  assert.ok('answer' in found);
  return found;
}

const OLD_CALLERS = Array.from({ length: 10 }, (_, at) => `old${at}`);

export function callerTopic(open: StoreFactory): void {
  test('a frame that is reached from many callers takes a further one into the key of a new bug, and nothing filed moves', async () => {
    const store = await open();
    const filed = [];
    for (const caller of OLD_CALLERS) filed.push(await fileReport(store, [from(caller)]));
    const [first] = filed;
    assert.ok(first !== undefined);
    assert.deepEqual(new Set(filed.map(({ bugId }) => bugId)), new Set([first.bugId]));
    const further = await fileReport(store, [from('new one')]);
    assert.equal(further.event, 'new');
    assert.notEqual(further.bugId, first.bugId);
    const bug = await store.bugs.getBug(further.bugId);
    assert.deepEqual([bug?.title, bug?.key], ['check() (from new one)', 'check from new one']);
    assert.match(
      bug?.titleSteps.at(-1) ?? '',
      /"new one" joins the key, because its frame is reached from many/,
    );
    assert.match(
      (await store.bugs.whyHere(further.crashId)).join(' '),
      /reached from many places.*"new one"/,
    );
    // Searches know it by the title that it was filed with.
    const { answer } = await searched(store, 'check() (from new one)');
    assert.deepEqual(
      answer.facets[0]?.values.map(({ value, crashes }) => [value, crashes]),
      [[further.bugId, 1]],
    );
    // The same caller, and the callers that were there before, keep their bugs.
    assert.equal((await fileReport(store, [from('new one')])).bugId, further.bugId);
    for (const caller of OLD_CALLERS)
      assert.equal((await fileReport(store, [from(caller)])).bugId, first.bugId);
    assert.deepEqual((await store.bugs.getBug(first.bugId))?.callers, { count: 10, areTakenAlong: true });
    // Processing again moves nothing either.
    for (const { crashId } of filed)
      assert.equal((await processAgain(store, crashId, [from('new one')]))[0]?.bugId, first.bugId);
    assert.equal((await processAgain(store, further.crashId, [from('new one')]))[0]?.bugId, further.bugId);
    assert.equal((await store.bugs.getBug(further.bugId))?.title, 'check() (from new one)');
  });

  test('a caller that stands out keeps all others in its bug', async () => {
    const store = await open();
    let bugId = 0;
    for (let at = 0; at < 12; at += 1) bugId = (await fileReport(store, [from('main')])).bugId;
    for (const caller of [...OLD_CALLERS, 'new one'])
      assert.equal((await fileReport(store, [from(caller)])).bugId, bugId);
    assert.deepEqual((await store.bugs.getBug(bugId))?.callers, { count: 12, areTakenAlong: false });
  });

  test('a bug that is older than the counting of callers stays one, also by its older key', async () => {
    const store = await open();
    const before = await fileReport(store, [crash('old key')]);
    const grouping = (caller: string) => ({ ...from(caller).grouping, aliases: ['old key'] });
    for (const caller of [...OLD_CALLERS, 'new one', 'newer one']) {
      const { bugId } = await fileReport(store, [crash('check', { grouping: grouping(caller) })]);
      assert.equal(bugId, before.bugId);
    }
    assert.equal((await store.bugs.getBug(before.bugId))?.callers, null);
  });

  test('callers are known to every handle and after a new start', async () => {
    const store = await open();
    for (const caller of OLD_CALLERS) await fileReport(store, [from(caller)]);
    const beside = await open.beside(store);
    const further = await fileReport(beside, [from('new one')]);
    assert.equal(further.event, 'new');
    assert.equal((await fileReport(store, [from('new one')])).bugId, further.bugId);
    const later = await open.reopen(beside);
    assert.equal((await fileReport(later, [from('new one')])).bugId, further.bugId);
    assert.equal((await fileReport(later, [from('newest')])).event, 'new');
  });

  test('a package in which most crashes without own frames begin is learned, and stays learned', async () => {
    const store = await open();
    const file = async (home: string, times: number) => {
      for (let at = 0; at < times; at += 1) await fileReport(store, [crash('a', { grouping: { home } })]);
    };
    await file('java:org.apache.shop', 19);
    await file('java:com.squareup', 2);
    assert.deepEqual((await store.bugs.productRules('default', 'Piano')).learnedPackages, []);
    await file('java:org.apache.shop', 1);
    const learned = ['java:org.apache.shop'];
    assert.deepEqual((await store.bugs.productRules('default', 'Piano')).learnedPackages, learned);
    await file('', 40);
    const rules = await store.bugs.productRules('default', 'Piano');
    assert.deepEqual(rules.learnedPackages, learned);
    assert.ok(
      await store.bugs.setProductRules('default', 'Piano', { ...rules, learnedPackages: ['java:other'] }),
    );
    assert.deepEqual((await store.bugs.productRules('default', 'Piano')).learnedPackages, learned);
    assert.deepEqual(
      (await store.bugs.packagesOf('default', 'Piano')).map(({ name, count, learnedAt }) => [
        name,
        count,
        learnedAt !== null,
      ]),
      [
        ['', 40, false],
        ['java:org.apache.shop', 20, true],
        ['java:com.squareup', 2, false],
      ],
    );
    assert.deepEqual(await store.bugs.packagesOf('default', 'Nowhere'), []);
  });

  test('a product that has frames of its own learns no library', async () => {
    const store = await open();
    for (let at = 0; at < 30; at += 1) {
      await fileReport(store, [crash('a', { grouping: { home: '' } })]);
      await fileReport(store, [crash('b', { grouping: { home: 'java:com.squareup' } })]);
    }
    assert.deepEqual((await store.bugs.productRules('default', 'Piano')).learnedPackages, []);
  });
}
