// The audit log in SQLite: what is changed behind its back is found, and only age and number make it shorter.
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import type { AuditEntry } from '../../../src/store/audit.ts';
import { verifyAudit } from '../../../src/store/shared/audit-chain.ts';
import { keptAuditLines } from '../../../src/store/embedded/audit/audit-rows.ts';
import type { Store } from '../../../src/store/store.ts';
import { withStore } from './open-store.ts';

const ENTRY: AuditEntry = {
  who: { person: 1, way: 'session', token: null },
  what: 'report.delete',
  object: 'report 1',
  network: '',
  outcome: 'done',
  detail: {},
};
const DAY_MS = 86_400_000;

async function withLines(store: Store, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await store.audit.record({ ...ENTRY, object: `report ${n}` });
}

/** Somebody with access to the file, who knows how to take a trigger away. */
function behindItsBack(dir: string, sql: string): void {
  const database = new Database(path.join(dir, 'mayday.db'));
  database.exec(sql);
  database.close();
}

const NO_TRIGGERS = `DROP TRIGGER audit_stays; DROP TRIGGER audit_goes_by_age; DROP TRIGGER audit_start_rises;`;

describe('the audit log', () => {
  test('refuses changes and deletions in the database itself', async () => {
    await withStore({ housekeeping: false }, async (store, dir) => {
      await withLines(store, 3);
      for (const sql of [
        `UPDATE audit SET person = 2 WHERE id = 2`,
        `DELETE FROM audit WHERE id = 1`,
        `DELETE FROM audit`,
        `UPDATE audit_start SET id = 0`,
      ])
        assert.throws(() => behindItsBack(dir, sql), /audit log/, sql);
      assert.equal((await verifyAudit(store.audit)).fault, null);
    });
  });

  for (const [what, sql, fault] of [
    ['a changed line', `UPDATE audit SET object = 'report 9' WHERE id = 2`, /line 2 does not fit/],
    ['another detail', `UPDATE audit SET detail = '{"a":1}' WHERE id = 2`, /line 2 does not fit/],
    ['another time', `UPDATE audit SET at = at + 1 WHERE id = 3`, /line 3 does not fit/],
    ['a missing line', `DELETE FROM audit WHERE id = 2`, /line 2 is missing/],
    ['a missing end', `DELETE FROM audit WHERE id = 3`, /ends with line 2, but line 3 was written/],
    [
      'a missing beginning',
      `DELETE FROM audit WHERE id = 1; UPDATE audit_start SET id = 1`,
      /line 2 does not fit/,
    ],
  ] as const)
    test(`tells of ${what}`, async () => {
      await withStore({ housekeeping: false }, async (store, dir) => {
        await withLines(store, 3);
        behindItsBack(dir, `${NO_TRIGGERS} ${sql}`);
        assert.match((await verifyAudit(store.audit)).fault ?? '', fault);
      });
    });

  test('forgets lines by age, and its chain goes on from there', async () => {
    let now = Date.now() - 20 * DAY_MS;
    await withStore({ keepAuditDays: 10, now: () => now }, async (store) => {
      await withLines(store, 5);
      now = Date.now();
      await withLines(store, 2);
      await store.maintenance.prune();
      const verified = await verifyAudit(store.audit);
      assert.deepEqual([verified.lines, verified.start.id, verified.fault], [2, 5, null]);
      await withLines(store, 1);
      assert.deepEqual((await verifyAudit(store.audit)).last?.id, 8);
    });
  });

  test('forgets nothing because of a line that was written under a wrong clock', async () => {
    let now = Date.now();
    await withStore({ keepAuditDays: 10, now: () => now, housekeeping: false }, async (store) => {
      await withLines(store, 3);
      now = 0;
      await withLines(store, 1);
      now = Date.now();
      await withLines(store, 1);
      await store.maintenance.prune();
      const verified = await verifyAudit(store.audit);
      assert.deepEqual([verified.lines, verified.start.id, verified.fault], [5, 0, null]);
    });
  });

  test('keeps its last line number when all lines went by age', async () => {
    let now = Date.now() - 20 * DAY_MS;
    await withStore({ keepAuditDays: 10, now: () => now }, async (store) => {
      await withLines(store, 3);
      await store.maintenance.prune();
      assert.deepEqual((await verifyAudit(store.audit)).lines, 0);
      now = Date.now();
      await withLines(store, 1);
      const verified = await verifyAudit(store.audit);
      assert.deepEqual([verified.last?.id, verified.fault], [4, null]);
    });
  });

  test('takes a part of the store at most', async () => {
    assert.equal(keptAuditLines(1024 ** 3), 268_435);
    await withStore({ maxBytes: 4 * 1024 * 1024, housekeeping: true }, async (store) => {
      const kept = keptAuditLines(4 * 1024 * 1024);
      for (let n = 0; n < kept + 60; n += 100)
        await Promise.all(Array.from({ length: 100 }, () => store.audit.record(ENTRY)));
      await store.maintenance.prune();
      assert.equal((await verifyAudit(store.audit)).lines, kept);
    });
  });
});
