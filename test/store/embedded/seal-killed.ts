// Encrypts a data folder that was not, and dies after so many steps of sealing what is there: node seal-killed.ts DIR STEPS
import { layoutOf } from '../../../src/store/embedded/disk/folder-layout.ts';
import { openDatabase } from '../../../src/store/embedded/database/open-database.ts';
import { KeptLedger } from '../../../src/store/embedded/filing/kept-ledger.ts';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { newNames } from '../../../src/store/embedded/transaction/write-context.ts';
import { SealingBehind } from '../../../src/store/embedded/write/seal-behind.ts';
import { storeOptions } from './open-store.ts';

const [dir = '', steps = ''] = process.argv.slice(2);
await openEmbeddedStore(storeOptions(dir, { encrypt: true, housekeeping: false }));
const layout = layoutOf(dir);
const connection = openDatabase(layout.database, {
  readonly: false,
  cacheBytes: 1024 * 1024,
  walBytes: 1024 * 1024,
});
const sealing = new SealingBehind(1024 * 1024, () => undefined);
for (let step = 0; step < Number(steps); step += 1)
  await sealing.step({ connection, layout, names: newNames(), kept: new KeptLedger() });
process.kill(process.pid, 'SIGKILL');
