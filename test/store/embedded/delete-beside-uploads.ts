// A process of its own for tests: an ordinary user whose report folders may not be changed deletes reports while others arrive.
// Argument: the data folder. Prints `ready` with the store open, then what became of every report, one a line.
import { createHash } from 'node:crypto';
import { chmodSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { newCrashId } from '../../../src/report/crash-id.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { NOON, someBytes, storeReport } from '../conformance/report-builder.ts';
import { storeOptions } from './open-store.ts';

const REPORTS = 40;
const dir = process.argv[2] ?? '';
const store = await openEmbeddedStore(storeOptions(dir, { packedBytes: 0 }));

async function storeOne(seed: number): Promise<string> {
  const data = someBytes(200_000, seed);
  const annotations = [{ key: 'sha256', value: createHash('sha256').update(data).digest('hex') }];
  const fields = { crashId: newCrashId(0, NOON), identity: `number ${seed}`, annotations };
  const { kind, crashId } = await storeReport(store, fields, [{ name: 'dump', data }]);
  process.stdout.write(`${kind} ${crashId}\n`);
  return crashId;
}

const old = await Promise.all(Array.from({ length: REPORTS }, (_, index) => storeOne(index + 1)));
for (const day of readdirSync(path.join(dir, 'reports'))) {
  for (const name of readdirSync(path.join(dir, 'reports', day))) {
    chmodSync(path.join(dir, 'reports', day, name), 0o555);
  }
}
await Promise.all(
  old.flatMap((crashId, index) => [
    store.reports.deleteReport(crashId).then(
      () => process.stdout.write(`deleted ${crashId}\n`),
      (error: unknown) => process.stdout.write(`refused ${crashId} ${String(error)}\n`),
    ),
    storeOne(REPORTS + index + 1),
  ]),
);
await store.maintenance.prune();
await store.close();
