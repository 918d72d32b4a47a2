// A process of its own that goes on with a confirmed erasure until it is done, or until it is killed at the call that it was told. Arguments: the
// data folder, the erasure, the sort of call, its number, how it ends. What happens goes to standard output at once.
import { writeSync } from 'node:fs';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { storeOptions } from '../embedded/open-store.ts';
import { FAULTS, SORTS } from './fault-names.ts';
import { arm, disarm } from './fault-seam.ts';

const [dir = '', id = '0', sortName = '', call = '0', faultName = ''] = process.argv.slice(2);
const store = await openEmbeddedStore(storeOptions(dir, { segmentRows: 4, housekeeping: false }));
arm(
  Number(call),
  SORTS.find((each) => each === sortName) ?? 'any',
  FAULTS.find((each) => each === faultName) ?? 'kill',
);
if (await store.erasures.confirm(Number(id))) writeSync(1, 'confirmed\n');
// It comes to its end within this, the purge included.
await store.maintenance.prune();
writeSync(1, `${JSON.stringify(disarm().calls)}\n`);
await store.close();
