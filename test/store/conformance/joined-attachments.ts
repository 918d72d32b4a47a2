// Attachments that come apart from their report: before it, after it, or without it.
import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import type { Store } from '../../../src/store/store.ts';
import { someBytes, storeReport, type TestAttachment } from './report-builder.ts';
import type { StoreFactory } from './suite.ts';

const IDENTITY = 'default/Piano:event:1';

async function join(
  store: Store,
  attachments: readonly TestAttachment[],
  identity = IDENTITY,
): Promise<void> {
  const draft = store.intake.draft();
  for (const { data, ...start } of attachments) {
    const sink = draft.attachment({ kind: 'file', filename: null, contentType: null, ...start });
    for (let at = 0; at < data.length; at += 40_000) await sink.write(data.subarray(at, at + 40_000));
    await sink.end();
  }
  await draft.join({ account: 'default', product: 'Piano', identity });
}

async function shown(store: Store, crashId: string): Promise<readonly (readonly [string, Buffer | null])[]> {
  const report = await store.reports.getReport(crashId);
  return Promise.all(
    (report?.attachments ?? []).map(async ({ name }) => {
      const opened = await store.reports.openAttachment(crashId, name);
      return [name, opened === null ? null : await buffer(opened.stream)] as const;
    }),
  );
}

export function joinedTopic(open: StoreFactory): void {
  for (const size of [3, 5000, 300_000]) {
    test(`an attachment of ${size} bytes joins its report, whether it comes before or after`, async () => {
      const store = await open();
      await store.people.createProductByHand('default', 'Piano');
      const [early, own, late] = [someBytes(size, 1), someBytes(size, 2), someBytes(size, 3)];
      await join(store, [{ name: 'log.txt', data: early }]);
      const { crashId } = await storeReport(store, { identity: IDENTITY }, [{ name: 'log.txt', data: own }]);
      await join(store, [{ name: 'shot.png', data: late }]);
      assert.deepEqual(await shown(store, crashId), [
        ['log.txt', own],
        ['2-log.txt', early],
        ['shot.png', late],
      ]);
      const again = await open.reopen(store);
      assert.deepEqual(await shown(again, crashId), [
        ['log.txt', own],
        ['2-log.txt', early],
        ['shot.png', late],
      ]);
    });
  }

  test('the same attachment is joined once, and those of another report are none of its own', async () => {
    const store = await open();
    await store.people.createProductByHand('default', 'Piano');
    const { crashId } = await storeReport(store, { identity: IDENTITY }, [
      { name: 'a', data: someBytes(10) },
    ]);
    for (let time = 0; time < 3; time += 1)
      await join(store, [
        { name: 'a', data: someBytes(10) },
        { name: 'b', data: someBytes(100_000) },
      ]);
    await join(store, [{ name: 'c', data: someBytes(10) }], 'default/Piano:event:2');
    assert.deepEqual(
      (await shown(store, crashId)).map(([name]) => name),
      ['a', 'b'],
    );
  });

  test('a minidump that joins puts its report back into the queue, a file does not', async () => {
    const store = await open();
    await store.people.createProductByHand('default', 'Piano');
    const { crashId } = await storeReport(store, { identity: IDENTITY });
    const [leased] = await store.queue.lease({ worker: 'w', limit: 1, leaseMs: 60_000 });
    await store.queue.fail(crashId, leased?.leaseId ?? '', { reason: 'x', retryAt: null });
    const state = async () => (await store.reports.getReport(crashId))?.state;
    assert.equal(await state(), 'failed');
    await join(store, [{ name: 'log.txt', data: someBytes(10) }]);
    assert.equal(await state(), 'failed');
    await join(store, [{ name: 'dump', kind: 'minidump', data: someBytes(10) }]);
    assert.equal(await state(), 'queued');
  });

  test('a report that comes twice in parts is one: its second event is left out, its dump is joined', async () => {
    const store = await open();
    await store.people.createProductByHand('default', 'Piano');
    const event = { name: 'payload.json', kind: 'payload', data: someBytes(100_000) } as const;
    const first = await storeReport(store, { identity: IDENTITY, joins: true }, [event]);
    const second = await storeReport(store, { identity: IDENTITY, joins: true }, [
      { ...event, data: someBytes(100_001, 2) },
      { name: 'dump', kind: 'minidump', data: someBytes(200_000) },
    ]);
    assert.deepEqual(second, { kind: 'duplicate', crashId: first.crashId });
    assert.deepEqual(await shown(store, first.crashId), [
      ['payload.json', event.data],
      ['dump', someBytes(200_000)],
    ]);
  });

  test('what was joined goes with the report', async () => {
    const store = await open();
    await store.people.createProductByHand('default', 'Piano');
    await join(store, [{ name: 'log.txt', data: someBytes(300_000) }]);
    const first = await storeReport(store, { identity: IDENTITY });
    assert.equal((await shown(store, first.crashId)).length, 1);
    assert.equal(await store.reports.deleteReport(first.crashId), true);
    const second = await storeReport(store, { identity: IDENTITY });
    assert.deepEqual(await shown(store, second.crashId), []);
  });
}
