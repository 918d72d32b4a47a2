// A process of its own that encrypts a data folder which was not, and seals what is there until it is done, or until it is killed at the call that it
// was told. Arguments: the data folder, the sort of call, its number, how it ends. What happens goes to standard output at once.
import { writeSync } from 'node:fs';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { storeOptions } from '../embedded/open-store.ts';
import { FAULTS, SORTS } from './fault-names.ts';
import { arm, disarm } from './fault-seam.ts';

const [dir = '', sortName = '', call = '0', faultName = ''] = process.argv.slice(2);
const store = await openEmbeddedStore(storeOptions(dir, { encrypt: true, housekeeping: false }));
arm(
  Number(call),
  SORTS.find((each) => each === sortName) ?? 'any',
  FAULTS.find((each) => each === faultName) ?? 'kill',
);
// Where a call went wrong, and the process was not killed, it says so; whoever opens the store next goes on.
await store.maintenance.prune().catch((error: unknown) => writeSync(2, `${String(error)}\n`));
writeSync(1, `${JSON.stringify(disarm().calls)}\n`);
await store.close();
