// The inbox: a bounded ring that never gets in the way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InboxEntry } from '../../../src/store/intake.ts';
import { NOON, eventually } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

function entry(fields: Partial<InboxEntry> = {}): InboxEntry {
  return {
    at: NOON,
    protocol: 'crashpad',
    method: 'POST',
    path: '/submit',
    product: null,
    outcome: 'refused',
    reason: 'no_annotations',
    detail: '',
    status: 400,
    bodyBytes: 10,
    clientHash: null,
    crashId: null,
    headers: { 'user-agent': 'test' },
    ...fields,
  };
}

export function inboxTopic(open: StoreFactory): void {
  test('entries appear soon, newest first, as they were given', async () => {
    const store = await open();
    const entries = [1, 2, 3].map((at) => entry({ at, headers: { host: `h${at}` } }));
    for (const each of entries) store.intake.addInbox(each);
    const page = await eventually(
      () => store.reports.listInbox({ limit: 10 }),
      ({ rows }) => rows.length === 3,
    );
    assert.deepEqual(page, { rows: entries.toReversed(), next: null });
  });

  test('the ring keeps the last entries alone, also in a flood', async () => {
    const store = await open({ inboxSize: 20 });
    for (let at = 1; at <= 5000; at += 1) store.intake.addInbox(entry({ at }));
    await eventually(
      () => store.reports.listInbox({ limit: 1 }),
      ({ rows }) => rows[0]?.at === 5000,
    );
    const { rows } = await store.reports.listInbox({ limit: 100 });
    assert.equal(rows.length, 20);
    assert.deepEqual([rows[0]?.at, rows.at(-1)?.at], [5000, 4981]);
  });

  test('the inbox pages by key and filters by outcome and protocol', async () => {
    const store = await open();
    for (let at = 1; at <= 30; at += 1) {
      store.intake.addInbox(
        entry({
          at,
          outcome: at % 2 === 0 ? 'refused' : 'throttled',
          protocol: at % 3 === 0 ? null : 'socorro',
        }),
      );
    }
    await eventually(
      () => store.reports.listInbox({ limit: 100 }),
      ({ rows }) => rows.length === 30,
    );
    const first = await store.reports.listInbox({ limit: 10, outcome: 'refused' });
    assert.deepEqual([first.rows.length, first.rows[0]?.at], [10, 30]);
    assert.ok(first.next !== null);
    const second = await store.reports.listInbox({ limit: 10, outcome: 'refused', cursor: first.next });
    assert.deepEqual([second.rows.length, second.next], [5, null]);
    const both = await store.reports.listInbox({ limit: 50, outcome: 'throttled', protocol: 'socorro' });
    assert.equal(both.rows.length, 10);
  });

  test('lines of no account that there is are told apart from those of accounts', async () => {
    const store = await open();
    await store.accounts.create('acme');
    for (const [at, account] of [undefined, 'nobody', 'acme', 'default'].entries()) {
      store.intake.addInbox(entry({ at, ...(account !== undefined && { account, product: 'p' }) }));
    }
    await eventually(
      () => store.reports.listInbox({ limit: 10 }),
      ({ rows }) => rows.length === 4,
    );
    const within = { accounts: ['acme'], products: [] };
    const of = async (unknown: boolean) =>
      (await store.reports.listInbox({ limit: 10, within, unknown })).rows.map(({ at }) => at);
    assert.deepEqual(await of(false), [2]);
    assert.deepEqual(await of(true), [2, 1, 0]);
  });

  test('enormous texts of a hostile request are cut', async () => {
    const store = await open();
    store.intake.addInbox(entry({ path: '/'.repeat(1_000_000), headers: { x: 'y'.repeat(1_000_000) } }));
    const page = await eventually(
      () => store.reports.listInbox({ limit: 10 }),
      ({ rows }) => rows.length === 1,
    );
    assert.ok(JSON.stringify(page.rows[0]).length < 10_000);
  });
}
