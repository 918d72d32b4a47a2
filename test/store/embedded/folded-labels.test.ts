// Versions and platforms that are folded: whatever was counted, deleted, merged and processed again before, every count is what a recount says.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { foldLabels, labelsToFold, SELDOM } from '../../../src/store/filing/fold-labels.ts';
import type { Ledger } from '../../../src/store/filing/ledger.ts';
import { MAX_LABELS } from '../../../src/store/filing/labels.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { crash, fileReport, processAgain } from '../conformance/processed-builder.ts';
import { recount } from '../faults/recount.ts';
import { newFolder, storeOptions } from './open-store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** What reports say that they added must be there, place by place, and series must agree with each other. */
const DIFFERENCES = [
  `SELECT report_id FROM report_crashes
   WHERE count > ifnull((
     SELECT count FROM case_series WHERE case_series.case_id = report_crashes.case_id
       AND case_series.day = report_crashes.day AND case_series.version_id = report_crashes.version_id
       AND case_series.platform_id = report_crashes.platform_id), 0)`,
  `SELECT bug_id, day, version_id, platform_id, count FROM bug_series EXCEPT
   SELECT bug_id, day, version_id, platform_id, sum(case_series.count)
   FROM cases JOIN case_series ON case_series.case_id = cases.id GROUP BY 1, 2, 3, 4`,
  `SELECT product_id, day, version_id, platform_id, count FROM product_series EXCEPT
   SELECT product_id, day, version_id, platform_id, sum(bug_series.count)
   FROM bugs JOIN bug_series ON bug_series.bug_id = bugs.id GROUP BY 1, 2, 3, 4`,
  ...['version_id', 'platform_id'].flatMap((column) =>
    ['case_series', 'bug_series', 'product_series', 'report_crashes'].map(
      (table) => `SELECT * FROM ${table} WHERE ${column} <> 0 AND ${column} NOT IN (SELECT id FROM labels)`,
    ),
  ),
];

const filing = fc.record({
  key: fc.constantFrom('a', 'b'),
  caseKey: fc.constantFrom('x', 'y'),
  version: fc.constantFrom('1', '2', '3', '4', null),
  platform: fc.constantFrom('linux', 'beos', null),
  count: fc.integer({ min: 1, max: 6 }),
  daysAgo: fc.constantFrom(0, 5, 380, 390),
});
const step = fc.oneof(
  { weight: 6, arbitrary: filing.map((filed) => ({ do: 'file' as const, ...filed })) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('again' as const), report: fc.nat(50), filing }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), report: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'merge' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'fold' as const }) },
);

type Filed = typeof filing extends fc.Arbitrary<infer T> ? T : never;

describe('folding of versions and platforms', () => {
  test('whatever happened before, every count and series is what a recount says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 24 }), async (steps) => {
        const dir = await newFolder();
        const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
        const crashOf = ({ key, caseKey, count, daysAgo }: Filed) =>
          crash(key, {
            count,
            day: new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10),
            grouping: { caseKey },
          });
        const reports: { readonly crashId: string; readonly bugId: number }[] = [];
        try {
          for (const each of [...steps, { do: 'fold' as const }]) {
            const at = 'report' in each ? reports[each.report % Math.max(reports.length, 1)] : undefined;
            if (each.do === 'file') {
              const { version, platform } = each;
              const report = { receivedAt: Date.now() - each.daysAgo * DAY_MS };
              reports.push(
                await fileReport(store, [crashOf(each)], { report, processed: { version, platform } }),
              );
            } else if (each.do === 'again' && at !== undefined) {
              const { version, platform } = each.filing;
              if ((await store.reports.getReport(at.crashId)) !== null)
                await processAgain(store, at.crashId, [crashOf(each.filing)], { version, platform });
            } else if (each.do === 'delete' && at !== undefined) {
              await store.reports.deleteReport(at.crashId);
            } else if (each.do === 'merge') {
              const [one, other] = [...new Set(reports.map(({ bugId }) => bugId))];
              if (one !== undefined && other !== undefined) await store.bugs.mergeBugs(one, other, 'Ada');
            } else if (each.do === 'fold') {
              await store.maintenance.prune();
            }
          }
          await store.close();
          assert.deepEqual(recount(dir), []);
          const database = new Database(path.join(dir, 'mayday.db'), { readonly: true });
          try {
            for (const sql of DIFFERENCES) assert.deepEqual(database.prepare(sql).all(), [], sql);
            const stale = database
              .prepare(
                `SELECT name FROM labels WHERE what = 'version' AND ${SELDOM} > (
                   SELECT ifnull(sum(count), 0) FROM product_series WHERE version_id = labels.id)
                 AND (SELECT ifnull(max(day), labels.first_seen_at / ${DAY_MS})
                   FROM product_series WHERE version_id = labels.id) < ?`,
              )
              .all(Math.floor(Date.now() / DAY_MS) - 366);
            assert.deepEqual(stale, []);
          } finally {
            database.close();
          }
        } finally {
          await store.close();
          await rm(dir, { recursive: true, force: true });
        }
      }),
      { numRuns: Number(process.env['MAYDAY_HISTORIES'] ?? 8) },
    );
  });

  test('a version whose only crash turned out to be of another one keeps its place in the order of arrival', async () => {
    const dir = await newFolder();
    const store = await openEmbeddedStore(storeOptions(dir, { housekeeping: false }));
    try {
      const { crashId } = await fileReport(store, [crash('a')], { processed: { version: '1' } });
      await processAgain(store, crashId, [crash('a')], { version: '2' });
      await store.maintenance.prune();
      await store.close();
      const database = new Database(path.join(dir, 'mayday.db'), { readonly: true });
      const names = database.prepare(`SELECT name FROM labels WHERE what = 'version' ORDER BY name`);
      assert.deepEqual(names.pluck().all(), ['1', '2']);
      database.close();
    } finally {
      await store.close();
      await rm(dir, { recursive: true, force: true });
    }
  });

  test('the most seldom go first where there are too many, and of these those that were not seen for longest', () => {
    const uses = Array.from({ length: MAX_LABELS.platform }, (_, id) => ({
      id: id + 1,
      count: id < 10 ? 100 : 1,
      lastDay: 20_000 - id,
    }));
    const folded = labelsToFold('platform', uses, { today: 20_000, keepDays: null });
    assert.ok(folded.length > 5 && folded.length < 20);
    assert.deepEqual(folded.slice(0, 3), [50, 49, 48]);
    assert.ok(folded.every((id) => id > 10));
    const few = uses.slice(0, 20);
    assert.deepEqual(labelsToFold('platform', few, { today: 20_000, keepDays: null }), []);
    assert.deepEqual(labelsToFold('platform', few, { today: 20_100, keepDays: 115 }), [20, 19, 18, 17]);
  });

  test('a crowd of versions is brought down far enough that newcomers find places for a while', async () => {
    let uses = Array.from({ length: MAX_LABELS.version }, (_, id) => ({
      id: id + 1,
      count: 1,
      lastDay: 20_000,
    }));
    const ledger = {
      list: () => Promise.resolve(uses),
      bulk: (_how: string, _product: number, _what: string, doomed: readonly number[]) => {
        uses = uses.filter(({ id }) => !doomed.includes(id));
        return Promise.resolve();
      },
      clear: () => undefined,
    } as unknown as Ledger;
    const crowd = { productId: 1, what: 'version', count: uses.length } as const;
    while ((await foldLabels(ledger, crowd, { today: 20_000, keepDays: null })) > 0);
    assert.equal(uses.length, 750);
  });
});
