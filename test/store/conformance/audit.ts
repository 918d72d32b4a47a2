// The audit log: lines are added, chained, listed under filters, and never lost at an orderly end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEntry } from '../../../src/store/audit.ts';
import { verifyAudit } from '../../../src/store/shared/audit-chain.ts';
import { NOON } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

function entry(more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    who: { person: 3, way: 'session', token: null },
    what: 'report.delete',
    object: 'report 1',
    network: '192.0.2.7',
    outcome: 'done',
    detail: { why: 'asked', many: 2 },
    ...more,
  };
}

const NOBODY = { person: null, way: 'nobody', token: null } as const;

export function auditTopic(open: StoreFactory): void {
  test('a line says who did what to what, when and from where, and is there when it was recorded', async () => {
    const store = await open({ now: () => NOON });
    await store.audit.record(entry());
    const { rows, next } = await store.audit.list({}, { limit: 10 });
    assert.equal(next, null);
    assert.deepEqual(rows, [{ ...entry(), id: 1, at: NOON, hash: rows[0]?.hash }]);
    assert.match(rows[0]?.hash ?? '', /^[0-9a-f]{64}$/);
  });

  test('every filter narrows the list, and a cursor goes on where a page ends', async () => {
    let now = NOON;
    const store = await open({ now: () => now });
    await store.audit.record(entry());
    now += 60_000;
    await store.audit.record(entry({ what: 'report.pin', object: 'report 2' }));
    now += 60_000;
    await store.audit.record(
      entry({ what: 'sign-in', who: NOBODY, outcome: 'refused', object: '', network: '' }),
    );
    const found = async (filter: Parameters<typeof store.audit.list>[0]) =>
      (await store.audit.list(filter, { limit: 10 })).rows.map(({ id }) => id);
    assert.deepEqual(await found({}), [3, 2, 1]);
    assert.deepEqual(await found({ person: 3 }), [2, 1]);
    assert.deepEqual(await found({ what: 'report.pin' }), [2]);
    assert.deepEqual(await found({ what: 'report.*' }), [2, 1]);
    assert.deepEqual(await found({ object: 'report 1' }), [1]);
    assert.deepEqual(await found({ outcome: 'refused' }), [3]);
    assert.deepEqual(await found({ from: NOON + 60_000, to: NOON + 120_000 }), [2]);
    const first = await store.audit.list({}, { limit: 2 });
    assert.deepEqual(
      first.rows.map(({ id }) => id),
      [3, 2],
    );
    const rest = await store.audit.list({}, { limit: 2, cursor: first.next ?? '' });
    assert.deepEqual([rest.rows.map(({ id }) => id), rest.next], [[1], null]);
  });

  test('what is noted again within a minute is one line, and in the next minute another one', async () => {
    let now = NOON;
    const store = await open({ now: () => now });
    for (let n = 0; n < 5; n += 1) store.audit.note(entry({ what: 'report.look' }));
    store.audit.note(entry({ what: 'report.look', object: 'report 2' }));
    now += 60_000;
    store.audit.note(entry({ what: 'report.look' }));
    const { rows } = await store.audit.list({}, { limit: 10 });
    assert.deepEqual(
      rows.map(({ object, at }) => [object, at]),
      [
        ['report 1', NOON + 60_000],
        ['report 2', NOON],
        ['report 1', NOON],
      ],
    );
  });

  test('what was noted is not lost when the store is closed at once', async () => {
    const store = await open();
    store.audit.note(entry({ what: 'report.look' }));
    const again = await open.reopen(store);
    assert.equal((await again.audit.list({}, { limit: 10 })).rows.length, 1);
  });

  test('people who are not signed in write a bounded number of lines a minute, and one line counts the others', async () => {
    const store = await open({ now: () => NOON });
    for (let n = 0; n < 1000; n += 1)
      store.audit.note(entry({ what: 'sign-in', who: NOBODY, outcome: 'refused', network: `192.0.2.${n}` }));
    const again = await open.reopen(store, { now: () => NOON });
    const { rows } = await again.audit.list({}, { limit: 5000 });
    assert.equal(rows.length, 301);
    assert.deepEqual(rows[0]?.detail, { more: 700 });
  });

  test('two processes write one chain', async () => {
    const store = await open();
    const beside = await open.beside(store);
    for (let n = 0; n < 5; n += 1) {
      await Promise.all([
        store.audit.record(entry({ object: `a ${n}` })),
        beside.audit.record(entry({ object: `b ${n}` })),
      ]);
    }
    const { lines, fault, last } = await verifyAudit(store.audit);
    assert.deepEqual([lines, fault, last?.id], [10, null, 10]);
    assert.deepEqual((await verifyAudit(beside.audit, last)).fault, null);
  });

  test('texts of any length and any characters are cut and still fit their hashes', async () => {
    const store = await open();
    const long = `\ud800${'x'.repeat(10_000)}\0`;
    await store.audit.record(
      entry({ what: long, object: long, network: long, detail: { [long]: long, n: 1.5, no: null } }),
    );
    await store.audit.record(
      entry({ detail: Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${n}`, long])) }),
    );
    assert.equal((await verifyAudit(store.audit)).fault, null);
    const { rows } = await store.audit.list({}, { limit: 10 });
    assert.deepEqual(rows[0]?.detail, { cut: true });
    assert.equal(rows[1]?.object.length, 400);
  });

  test('a line that was noted elsewhere and is another one now is told', async () => {
    const store = await open();
    await store.audit.record(entry());
    await store.audit.record(entry());
    const { last } = await verifyAudit(store.audit);
    assert.ok(last !== null);
    const fault = async (id: number, hash: string) => (await verifyAudit(store.audit, { id, hash })).fault;
    assert.equal(await fault(2, last.hash), null);
    assert.equal(await fault(1, last.hash), 'line 1 is not the one that was noted');
    assert.equal(await fault(3, last.hash), 'line 3, which was noted, is not there');
  });
}
