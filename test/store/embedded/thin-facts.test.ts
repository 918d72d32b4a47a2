// Crashes stay counted when their reports are pruned for want of room, by public fields alone; they go with age and by hand.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { openDatabase } from '../../../src/store/embedded/database/open-database.ts';
import { layoutOf } from '../../../src/store/embedded/disk/folder-layout.ts';
import { KeptLedger } from '../../../src/store/embedded/filing/kept-ledger.ts';
import { draftSegment } from '../../../src/store/embedded/search/draft-segment.ts';
import { dropExpired, expiredFacts } from '../../../src/store/embedded/search/expired-facts.ts';
import { putSegment } from '../../../src/store/embedded/search/put-segment.ts';
import { newNames } from '../../../src/store/embedded/transaction/write-context.ts';
import { inTransaction } from '../../../src/store/embedded/write/in-transaction.ts';
import { parseQuery } from '../../../src/search/query/parse-query.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import type { SearchAnswer } from '../../../src/store/crash-search.ts';
import type { Store } from '../../../src/store/store.ts';
import { complete, crash, processedReport } from '../conformance/processed-builder.ts';
import { storeReport } from '../conformance/report-builder.ts';
import { newFolder, storeOptions } from './open-store.ts';

const LIMIT = 8 * 1024 * 1024;
const DAY_MS = 86_400_000;

async function ask(store: Store, q: string): Promise<SearchAnswer | null> {
  const parsed = parseQuery(q);
  assert.ok('query' in parsed);
  const found = await store.search.search({
    products: [{ account: 'default', product: 'Piano', publicNames: null, messages: true }],
    query: parsed.query,
    facets: [{ key: 'version', top: 100, distinct: null, days: false }],
    histogram: null,
    distinct: [],
    numbers: [],
    list: null,
  });
  return 'answer' in found ? found.answer : null;
}

const crashesOf = async (store: Store, q: string): Promise<number> => (await ask(store, q))?.crashes ?? 0;

interface Filed {
  readonly crashId: string;
  readonly version: string;
  readonly count: number;
  deleted: boolean;
}

async function file(
  store: Store,
  filed: Filed[],
  bytes: number,
  receivedAt = Date.now(),
  product = 'Piano',
): Promise<void> {
  const version = `1.${filed.length % 3}`;
  const count = 1 + (filed.length % 2);
  const { crashId } = await storeReport(
    store,
    { receivedAt, version, product, identity: String(filed.length) },
    [{ name: 'dump', data: randomBytes(bytes) }],
  );
  const made = crash(`key ${filed.length % 5}`, {
    count,
    message: 'it broke',
    day: new Date(receivedAt).toISOString().slice(0, 10),
    sections: [{ name: 'user', protected: true, values: [['login', 'marta']] }],
  });
  await complete(store, crashId, processedReport([made], { version }));
  filed.push({ crashId, version, count, deleted: false });
}

async function compare(store: Store, filed: readonly Filed[]): Promise<void> {
  const living = filed.filter(({ deleted }) => !deleted);
  const sum = (some: readonly Filed[]): number => some.reduce((total, { count }) => total + count, 0);
  const answer = await ask(store, '');
  assert.equal(answer?.crashes, sum(living), 'every crash but those that were deleted');
  for (const { value, crashes } of answer?.facets[0]?.values ?? [])
    assert.equal(crashes, sum(living.filter(({ version }) => version === value)), `version ${value}`);
  const questions = ['-has:pruned', 'pruned:1', 'login:marta', 'message:"it broke"', 'has:crash_id'];
  // Housekeeping prunes beside the questions: they are asked again where it did.
  for (;;) {
    const before = sum(await storedOf(store, living));
    const found: number[] = [];
    for (const question of questions) found.push(await crashesOf(store, question));
    if (sum(await storedOf(store, living)) !== before) continue;
    const [whole, pruned, ...gone] = found;
    assert.equal(whole, before);
    assert.equal(pruned, sum(living) - before);
    assert.deepEqual(gone, [before, before, before], 'what a report says goes with the report');
    return;
  }
}

async function storedOf(store: Store, living: readonly Filed[]): Promise<readonly Filed[]> {
  const found = await Promise.all(living.map(({ crashId }) => store.reports.getReport(crashId)));
  return living.filter((_, at) => found[at] !== null);
}

/** A step of a history: what is done, and to which report. */
type Step = 'file' | 'delete' | 'seal' | 'reopen';

/** Steps in an order that a seed decides. */
function stepsOf(seed: number, count: number): readonly Step[] {
  let state = seed;
  const steps: Step[] = [];
  for (let at = 0; at < count; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const draw = (state >>> 16) % 20;
    steps.push(draw < 15 ? 'file' : draw < 17 ? 'delete' : draw < 19 ? 'seal' : 'reopen');
  }
  return steps;
}

for (const seed of [1, 2, 3]) {
  test(`whatever is filed, pruned for room, deleted, sealed and opened anew stays counted but for what was deleted (${seed})`, async () => {
    const dir = await newFolder();
    const open = () =>
      openEmbeddedStore(storeOptions(dir, { maxBytes: LIMIT, segmentRows: 4, keepOfCase: 1 }));
    let store = await open();
    const filed: Filed[] = [];
    try {
      for (const step of stepsOf(seed, 90)) {
        if (step === 'file') await file(store, filed, 180_000);
        if (step === 'seal') await store.maintenance.prune();
        if (step === 'reopen') {
          await store.close();
          store = await open();
        }
        const { rows } = await store.reports.listReports({}, { limit: 1 });
        const [newest] = rows;
        if (step === 'delete' && newest !== undefined) {
          await store.reports.deleteReport(newest.crashId);
          for (const one of filed) if (one.crashId === newest.crashId) one.deleted = true;
        }
        if (step !== 'file') await compare(store, filed);
      }
      assert.ok((await store.reports.status()).pruned > 5, 'the limit was reached');
      await compare(store, filed);
      await store.maintenance.prune();
      await compare(store, filed);
    } finally {
      await store.close();
      await rm(dir, { recursive: true, force: true });
    }
  });
}

test('a row that readers have in memory, or are bringing into a segment, is thin from the moment that its report is pruned', async () => {
  const dir = await newFolder();
  const options = storeOptions(dir, { maxBytes: LIMIT, segmentRows: 100, housekeeping: false });
  const store = await openEmbeddedStore(options);
  const other = openDatabase(layoutOf(dir).database, {
    readonly: true,
    cacheBytes: 1024 * 1024,
    walBytes: 1024 * 1024,
  });
  const filed: Filed[] = [];
  try {
    for (let at = 0; at < 30; at += 1) await file(store, filed, 180_000);
    await compare(store, filed);
    const draft = draftSegment(other, { rows: 30, dead: false });
    assert.ok(draft !== null && draft.rows === 30);
    // Reports of another product that nothing is filed for: Piano pays.
    for (let at = 0; at < 20; at += 1)
      await storeReport(store, { product: 'Organ', identity: `organ ${at}` }, [
        { name: 'dump', data: randomBytes(180_000) },
      ]);
    assert.ok((await crashesOf(store, 'pruned:1')) > 5);
    await compare(store, filed);
    const writer = openDatabase(layoutOf(dir).database, {
      readonly: false,
      cacheBytes: 1024 * 1024,
      walBytes: 1024 * 1024,
    });
    try {
      const write = { connection: writer, layout: layoutOf(dir), names: newNames(), kept: new KeptLedger() };
      assert.equal(await inTransaction(write, (context) => putSegment(context, draft)), false);
      const again = draftSegment(other, { rows: 30, dead: false });
      assert.ok(again !== null);
      assert.equal(await inTransaction(write, (context) => putSegment(context, again)), true);
    } finally {
      writer.close();
    }
    await compare(store, filed);
  } finally {
    other.close();
    await store.close();
    await rm(dir, { recursive: true, force: true });
  }
});

for (const segmentRows of [4, 1000]) {
  test(`what is too old goes from searches, too, whether its report was pruned for room or for its age, and leaves no note (segments of ${segmentRows})`, async () => {
    const dir = await newFolder();
    const store = await openEmbeddedStore(storeOptions(dir, { maxBytes: LIMIT, segmentRows }));
    const filed: Filed[] = [];
    try {
      const now = Date.now();
      for (let at = 0; at < 60; at += 1) await file(store, filed, 180_000, now - (61 - at) * DAY_MS);
      await store.maintenance.prune();
      const pruned = await crashesOf(store, 'pruned:1');
      assert.ok(pruned > 5, `${pruned} were pruned`);
      await compare(store, filed);
      await store.people.updateProduct('default', 'Piano', { keepDays: 30 });
      await store.maintenance.prune();
      assert.equal(
        await crashesOf(store, '-received:-30d'),
        await crashesOf(store, '-received:-30d -has:pruned'),
      );
      assert.equal(await crashesOf(store, 'pruned:1 -received:-31d'), 0);
      await store.people.updateProduct('default', 'Piano', { keepDays: 1 });
      await store.maintenance.prune();
      assert.equal(await crashesOf(store, 'pruned:1'), 0);
      const database = new Database(layoutOf(dir).database, { readonly: true });
      try {
        assert.deepEqual(database.prepare('SELECT * FROM facts_thin').all(), []);
      } finally {
        database.close();
      }
    } finally {
      await store.close();
      await rm(dir, { recursive: true, force: true });
    }
  });
}

test('where segments take more than their share, pruned crashes of the oldest segment that has some go, product after product', async () => {
  const dir = await newFolder();
  const options = storeOptions(dir, { maxBytes: LIMIT, segmentRows: 4, housekeeping: false });
  const store = await openEmbeddedStore(options);
  const now = Date.now();
  /** Rows are numbered as they are filed. */
  const pruned: { readonly name: string; readonly seq: number }[] = [];
  const nameOf = (at: number): string => (at % 2 === 0 ? 'Organ' : 'Piano');
  try {
    const filed: Filed[] = [];
    for (let at = 0; at < 56; at += 1)
      await file(store, filed, 180_000, now - (57 - at) * 60_000, nameOf(at));
    await store.maintenance.prune();
    for (const [at, { crashId }] of filed.entries())
      if ((await store.reports.getReport(crashId)) === null) pruned.push({ name: nameOf(at), seq: at + 1 });
  } finally {
    await store.close();
  }
  const connection = openDatabase(layoutOf(dir).database, {
    readonly: false,
    cacheBytes: 1024 * 1024,
    walBytes: 1024 * 1024,
  });
  try {
    const segments = connection
      .prepare<[], { name: string; productId: number; first: number; last: number }>(
        `SELECT name, product_id AS productId, first_seq AS first, last_seq AS last
        FROM segments JOIN products ON products.id = product_id ORDER BY last_seq`,
      )
      .all();
    const thin = segments
      .map(({ name, productId, first, last }) => ({
        name,
        rows: pruned
          .filter((row) => row.name === name && row.seq >= first && row.seq <= last)
          .map(({ seq }) => ({ productId, seq })),
      }))
      .filter(({ rows }) => rows.length > 0);
    const names = thin.map(({ name }) => name);
    // Rows of both arrived in the time of each segment: no other reason keeps the other product's.
    assert.deepEqual(names.slice(0, 2), ['Organ', 'Piano']);
    const expired = (maxBytes: number) => expiredFacts(connection, { keepDays: null, maxBytes, now });
    assert.deepEqual(expired(LIMIT), [], 'while there is room nothing goes');
    const write = { connection, layout: layoutOf(dir), names: newNames(), kept: new KeptLedger() };
    for (const { name, rows } of thin) {
      assert.deepEqual(expired(1), rows, `of ${name} alone`);
      await inTransaction(write, (context) => dropExpired(context, rows));
      assert.deepEqual(expired(1), [], 'what was dropped is not named again');
      const draft = draftSegment(connection, { rows: 1000, dead: true });
      assert.ok(draft !== null);
      assert.equal(await inTransaction(write, (context) => putSegment(context, draft)), true);
    }
    assert.deepEqual(expired(1), [], 'crashes whose reports are stored stay');
    const left = connection.prepare(`SELECT sum(rows) FROM segments`).pluck().get();
    assert.equal(left, 56 - pruned.length);
  } finally {
    connection.close();
    await rm(dir, { recursive: true, force: true });
  }
});
