// Whatever goes together in one batch of the writer thread, filed in memory and written behind: every count is what a recount of the rows
// says, and every answer that of one order.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { inTransaction } from '../../../src/store/embedded/write/in-transaction.ts';
import { KeptLedger } from '../../../src/store/embedded/filing/kept-ledger.ts';
import { layoutOf } from '../../../src/store/embedded/disk/folder-layout.ts';
import { openDatabase } from '../../../src/store/embedded/database/open-database.ts';
import { newNames } from '../../../src/store/embedded/transaction/write-context.ts';
import { Turns } from '../../../src/store/embedded/thread/turns.ts';
import type { Store } from '../../../src/store/store.ts';
import { crash, fileReport, processedReport } from '../conformance/processed-builder.ts';
import { storeReport } from '../conformance/report-builder.ts';
import { recount } from '../faults/recount.ts';
import { newFolder, storeOptions, withStore } from './open-store.ts';

const REPORTS = 16;

const outcome = fc.record({
  keys: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 3 }),
  caseKey: fc.constantFrom('x', 'y'),
  installation: fc.constantFrom('i1', 'i2', 'i3', null),
  value: fc.constantFrom('1', '2', '3'),
  lacks: fc.constantFrom('one.so', 'two.so', null),
});
type Outcome = typeof outcome extends fc.Arbitrary<infer T> ? T : never;

/** Done to the report beside its filing, in the same moment. */
const beside = fc.constantFrom(
  'nothing',
  'nothing',
  'requeue',
  'delete',
  'move',
  'merge',
  'comment',
  'twice',
);

function processed({ keys, caseKey, installation, value, lacks }: Outcome) {
  const sections = [{ name: 'environment', protected: false, values: [['os', value]] as [string, string][] }];
  return processedReport(
    keys.map((key) => crash(key, { sections, grouping: { caseKey } })),
    {
      installation,
      missingSymbols:
        lacks === null ? [] : [{ debugFile: lacks, debugId: 'A'.repeat(33), codeFile: null, codeId: null }],
    },
  );
}

async function fileTogether(
  store: Store,
  outcomes: readonly (readonly [Outcome, string])[],
  bugs: readonly number[],
): Promise<void> {
  const leases = await store.queue.lease({ worker: 'test', limit: 1000, leaseMs: 60_000 });
  const [first = 0, second = 0] = bugs;
  const work: Promise<unknown>[] = [];
  for (const [at, { crashId, leaseId }] of leases.entries()) {
    const [result, other] = outcomes[at % outcomes.length] ?? [];
    if (result === undefined) continue;
    const complete = () => store.queue.complete(crashId, leaseId, processed(result));
    work.push(complete());
    if (other === 'twice') work.push(complete());
    if (other === 'requeue') work.push(store.queue.requeue([crashId]));
    if (other === 'delete') work.push(store.reports.deleteReport(crashId));
    if (other === 'move') work.push(store.bugs.moveReport(crashId, first, 'Ada'));
    if (other === 'merge') work.push(store.bugs.mergeBugs(first, second, 'Ada'));
    if (other === 'comment') work.push(store.bugs.commentBug(second, 'Ada', 'hello'));
  }
  await Promise.all(work);
}

test('whatever goes together in one batch, every count is what a recount says', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(outcome, beside), { minLength: 4, maxLength: REPORTS }),
      fc.array(fc.tuple(outcome, beside), { minLength: 4, maxLength: REPORTS }),
      async (once, again) => {
        const dir = await newFolder();
        try {
          const store = await openEmbeddedStore(storeOptions(dir));
          try {
            const bugs = [
              (await fileReport(store, [crash('first')])).bugId,
              (await fileReport(store, [crash('second')])).bugId,
            ];
            await Promise.all(Array.from({ length: REPORTS }, () => storeReport(store)));
            await fileTogether(store, once, bugs);
            const { rows } = await store.reports.listReports({}, { limit: 200 });
            await store.queue.requeue(rows.map(({ crashId }) => crashId));
            await fileTogether(store, again, bugs);
          } finally {
            await store.close();
          }
          assert.deepEqual(recount(dir), []);
        } finally {
          await rm(dir, { recursive: true, force: true });
        }
      },
    ),
    { numRuns: Number(process.env['MAYDAY_HISTORIES'] ?? 4), endOnFailure: true },
  );
});

test('what a transaction that failed had in memory is forgotten with it', async () => {
  await withStore({}, async (store, dir) => {
    const { bugId } = await fileReport(store, [crash('a')]);
    await store.close();
    const layout = layoutOf(dir);
    const connection = openDatabase(layout.database, {
      readonly: false,
      cacheBytes: 1024 * 1024,
      walBytes: 1024 * 1024,
    });
    try {
      const writer = { connection, layout, names: newNames(), kept: new KeptLedger() };
      const { ledger } = writer.kept;
      await inTransaction(writer, async () => void (await ledger.bugs.require(bugId)), {
        keepsLedger: true,
      });
      await assert.rejects(
        inTransaction(writer, async () => {
          await ledger.bugs.change(bugId, { title: 'never written' });
          throw new Error('the work fails');
        }),
        /the work fails/,
      );
      const title = await inTransaction(writer, async () => (await ledger.bugs.require(bugId)).title);
      assert.equal(title, 'a()', 'what was rolled back is forgotten');
    } finally {
      connection.close();
    }
  });
});

test('who asks for a turn waits for all that asked before, also for those that fail', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take(async () => {
    await gate.promise;
    order.push('first');
    throw new Error('first fails');
  });
  const second = turns.take(() => order.push('second'));
  gate.resolve();
  await assert.rejects(first, /first fails/);
  await second;
  assert.deepEqual(order, ['first', 'second']);
});
