// Brings made crashes into a store the way a server does: stored, leased, completed. Some hundred microseconds a report.
import { newCrashId } from '../../src/report/crash-id.ts';
import type { NewReport } from '../../src/store/intake.ts';
import type { Store } from '../../src/store/store.ts';
import { PRODUCTS, makeCrashes } from './crash-maker.ts';
import type { Filling, MadeCrash } from './crash-maker.ts';

const BATCH = 200;

/** Files them all; `told` hears now and then how many there are. */
export async function fileCrashes(
  store: Store,
  filling: Filling,
  told: (reports: number) => void = () => {},
): Promise<void> {
  let batch: MadeCrash[] = [];
  let filed = 0;
  for (const made of makeCrashes(filling)) {
    batch.push(made);
    if (batch.length < BATCH) continue;
    await fileBatch(store, batch);
    filed += batch.length;
    told(filed);
    batch = [];
  }
  await fileBatch(store, batch);
}

async function fileBatch(store: Store, batch: readonly MadeCrash[]): Promise<void> {
  const byId = new Map<string, MadeCrash>();
  await Promise.all(
    batch.map(async (made) => {
      const report = reportOf(made);
      byId.set(report.crashId, made);
      await store.intake.draft().commit(report);
    }),
  );
  while (byId.size > 0) {
    const leased = await store.queue.lease({ worker: 'filler', limit: BATCH, leaseMs: 600_000 });
    if (leased.length === 0) throw new Error(`${byId.size} reports are not in the queue`);
    await Promise.all(
      leased.map(async ({ crashId, leaseId }) => {
        const made = byId.get(crashId);
        if (made === undefined) throw new Error('the folder has reports of somebody else in its queue');
        await store.queue.complete(crashId, leaseId, made.processed);
        byId.delete(crashId);
      }),
    );
  }
}

/** The report that the crash came with. */
function reportOf({ product, receivedAt, processed }: MadeCrash): NewReport {
  const [crash] = processed.crashes;
  return {
    crashId: newCrashId(0, receivedAt),
    identity: null,
    protocol: PRODUCTS[product]?.protocol ?? 'crashpad',
    account: 'default',
    product: processed.product,
    version: processed.version,
    platform: processed.platform,
    receivedAt,
    state: 'queued',
    installation: processed.installation,
    token: null,
    payloadKind: 'multipart',
    encoding: 'identity',
    bodyBytes: 0,
    userAgent: null,
    clientHash: null,
    throttle: { rule: 'accept_everything', action: 'accept' },
    notes: [],
    annotations: (crash?.sections ?? []).flatMap(({ values }) =>
      values.map(([key, value]) => ({ key, value })),
    ),
  };
}
