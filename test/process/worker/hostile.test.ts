// Reports that end the thread that works on them: they fail alone, and the others do not notice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_RULES } from '../../../src/process/product-settings.ts';
import type { Store } from '../../../src/store/store.ts';
import { storeReport } from '../../store/conformance/report-builder.ts';
import { occurrence } from '../report-of.ts';
import { withProcessor } from './processing.ts';

function storePayload(store: Store, payload: string, product = 'Piano') {
  return storeReport(store, { protocol: 'crashkit', payloadKind: 'json', product }, [
    { name: 'payload.json', kind: 'payload', data: Buffer.from(payload) },
  ]);
}

/** A payload of about this size: a head, one item over and over, a tail. */
function filled(bytes: number, head: string, item: string, tail: string): string {
  const count = Math.floor((bytes - head.length - tail.length) / (item.length + 1));
  return head + Array.from({ length: count }, () => item).join(',') + tail;
}

const SIZE = 2 * 1024 * 1024 - 100;
const BOMBS: Readonly<Record<string, string>> = {
  'an array of nothing': filled(SIZE, '[', '[{}]', ']'),
  'one stack of empty locations': filled(SIZE, '[{"exceptions":[{"name":"a","locations":[', '{}', ']}]}]'),
  'exceptions without end': filled(SIZE, '[{"exceptions":[', '{"name":"a"}', ']}]'),
  'occurrences without end': filled(SIZE, '[', '{"exceptions":[{}]}', ']'),
  'values without end': filled(SIZE, '[{"exceptions":[{"name":"a"}],"env":{', '"key":1', '}}]'),
  'arrays in arrays': '['.repeat(SIZE),
  'objects in objects': `[{"exceptions":[{"name":"a"}],"data":${'{"a":'.repeat(250_000)}1${'}'.repeat(250_000)}}]`,
  'a name without end': `[{"exceptions":[{"name":"${'x'.repeat(SIZE - 100)}"}]}]`,
};

test('payloads that are much larger in memory than on the wire end no thread', async () => {
  await withProcessor({ maxHeapMb: 128 }, async ({ store, metrics, idle }) => {
    const stored: (readonly [name: string, crashId: string])[] = [];
    for (const [name, payload] of Object.entries(BOMBS))
      stored.push([name, (await storePayload(store, payload)).crashId]);
    await idle();
    for (const [name, crashId] of stored) {
      const found = await store.queue.getProcessed(crashId);
      assert.ok(found !== null && found.processed.crashes.length > 0, name);
      assert.ok(JSON.stringify(found.processed).length < 500_000, name);
    }
    assert.equal((await metrics.processThreadsEnded.get()).values[0]?.value, 0);
  });
});

test('a payload too large for the memory of a thread is shown as such', async () => {
  await withProcessor({ maxHeapMb: 64 }, async ({ store, idle }) => {
    const { crashId } = await storePayload(store, filled(SIZE, '[', '{}', ']'));
    await idle();
    const stored = await store.queue.getProcessed(crashId);
    assert.equal(stored?.processed.problem, 'the payload could not be read');
    assert.match(stored.processed.notes.join(), /^payload.json: \d+ bytes are more than are processed/);
  });
});

test('a report that takes too long is tried once more and then shown with the reason', async () => {
  await withProcessor({ timeoutMs: 500 }, async ({ store, metrics, idle }) => {
    const before = await storePayload(store, JSON.stringify([occurrence()]));
    const slow = filled(7_000_000, '[{"exceptions":[{"name":"a","locations":[', '{}', ']}]}]');
    const bomb = await storePayload(store, slow);
    const after = await storePayload(store, JSON.stringify([occurrence()]));
    await idle();
    const stored = await store.queue.getProcessed(bomb.crashId);
    assert.equal(stored?.processed.status, 'unprocessable');
    assert.equal(stored.processed.problem, 'processing it took longer than 0.5 seconds');
    assert.equal(stored.processed.crashes[0]?.grouping.source, 'unprocessable');
    for (const { crashId } of [before, after])
      assert.equal((await store.queue.getProcessed(crashId))?.processed.status, 'processed');
    // On a busy machine another report may have taken so long, too, and been tried again.
    const ended = (await metrics.processThreadsEnded.get()).values[0]?.value ?? 0;
    assert.ok(ended >= 2, String(ended));
  });
});

/** Matches nothing, and takes ages to find that out. */
const SLOW = '(a+)+$';
const SLOW_TEXT = `${'a'.repeat(60)}!`;

test('a report that takes too long because of a rule of its product is processed without that rule', async () => {
  await withProcessor({ timeoutMs: 1500 }, async ({ store, idle }) => {
    await storePayload(store, JSON.stringify([occurrence()]));
    await idle();
    const groupingRules = [{ name: 'slow', when: { message: `/${SLOW}/` }, key: 'x' }];
    await store.bugs.setProductRules('default', 'Piano', { ...NO_RULES, groupingRules });
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const exceptions = [{ name: 'Slow', message: SLOW_TEXT, locations: [] }];
    const slow = await storePayload(store, JSON.stringify([occurrence({ exceptions })]));
    const others = await Promise.all(
      Array.from({ length: 5 }, () => storePayload(store, JSON.stringify([occurrence()]))),
    );
    await idle();
    const stored = await store.queue.getProcessed(slow.crashId);
    assert.equal(stored?.processed.status, 'processed');
    assert.equal(stored.processed.crashes[0]?.signature, `Slow: ${SLOW_TEXT}`);
    assert.match(
      stored.processed.notes.join('\n'),
      /^The first try failed because processing it took longer than 1.5 seconds; this one left out/,
    );
    for (const { crashId } of others)
      assert.equal((await store.queue.getProcessed(crashId))?.processed.status, 'processed');
  });
});

test('closing while a report is worked on gives it back to the queue', async () => {
  const prepare = async (store: Store): Promise<void> => {
    await storePayload(store, JSON.stringify([occurrence()]));
    const [leased] = await store.queue.lease({ worker: 'other', limit: 1, leaseMs: 1 });
    assert.ok(leased !== undefined);
    const groupingRules = [{ name: 'slow', when: { message: `/${SLOW}/` }, key: 'x' }];
    await store.bugs.setProductRules('default', 'Piano', { ...NO_RULES, groupingRules });
  };
  await withProcessor({ prepare }, async ({ store, processor }) => {
    const exceptions = [{ name: 'Slow', message: SLOW_TEXT, locations: [] }];
    const { crashId } = await storePayload(store, JSON.stringify([occurrence({ exceptions })]));
    const answer = processor.processNow(crashId);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await processor.close();
    assert.deepEqual(await answer, { ok: false, error: 'the processor is closed', bug: null });
    assert.equal((await store.reports.getReport(crashId))?.state, 'queued');
  });
});
