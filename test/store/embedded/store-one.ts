// Stores one report in a data folder, with a word at every place, and prints its crash id: node store-one.ts DIR [KEYS]
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import { storeOptions } from './open-store.ts';
import { keep } from './words-everywhere.ts';

const [dir = '', keys = ''] = process.argv.slice(2);
const store = await openEmbeddedStore(
  storeOptions(dir, { encrypt: true, ...(keys === '' ? {} : { secretKeys: () => keys }) }),
);
const { crashId } = await keep(store, 'other');
await store.close();
process.stdout.write(`${crashId}\n`);
