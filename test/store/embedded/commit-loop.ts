// A process of its own for tests: stores reports as fast as it can and prints the crash id of each once it is acknowledged.
// Arguments: the data folder, and which role it plays (`commit` for ever, or `commit` a number of reports and exit).
import { createHash } from 'node:crypto';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { newCrashId } from '../../../src/report/crash-id.ts';
import { someBytes, storeReport } from '../conformance/report-builder.ts';
import { storeOptions } from './open-store.ts';

const [dir = '', count = 'Infinity', seed = '1'] = process.argv.slice(2);
const store = await openEmbeddedStore(storeOptions(dir));
process.stdout.write('ready\n');
let done = 0;

async function client(number: number): Promise<void> {
  while (done < Number(count)) {
    done += 1;
    const crashId = newCrashId(0, Date.now());
    // The content follows from the crash id, so that a reader can tell whether a report is whole.
    const data = contentOf(crashId, number % 2 === 0 ? 100_000 : 900);
    const note = [{ key: 'sha256', value: createHash('sha256').update(data).digest('hex') }];
    const fields = { crashId, receivedAt: Date.now(), identity: `${seed} ${crashId}`, annotations: note };
    const { kind } = await storeReport(store, fields, [{ name: 'dump', data }]);
    process.stdout.write(`${kind} ${crashId}\n`);
  }
}

function contentOf(crashId: string, size: number): Buffer {
  return Buffer.concat([Buffer.from(crashId), someBytes(size, Number.parseInt(crashId.slice(0, 6), 16))]);
}

await Promise.all(Array.from({ length: 8 }, (_, number) => client(number)));
await store.close();
