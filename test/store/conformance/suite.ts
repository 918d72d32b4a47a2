// What every store must do, whatever it is made of: the topics, each run on fresh stores that the factory opens.
import { after, describe } from 'node:test';
import type { Store } from '../../../src/store/store.ts';
import { bugHistoriesTopic } from './bug-histories.ts';
import { draftTopic } from './drafts.ts';
import { inboxTopic } from './inbox.ts';
import { installationTopic } from './installations-and-blobs.ts';
import { listTopic } from './list.ts';
import { peopleTopic } from './people.ts';
import { productTopic } from './products.ts';
import { reportTopic } from './reports.ts';

/** Settings that the suite asks for. */
export interface StoreSettings {
  readonly autoProducts?: boolean;
  readonly maxAutoProducts?: number;
  readonly inboxSize?: number;
}

/** Opens an empty store. */
export type StoreFactory = (settings?: StoreSettings) => Promise<Store>;

/** Registers the whole suite for one kind of store. `cleanUp` runs after each topic. */
export function storeConformance(
  name: string,
  open: (settings: StoreSettings) => Promise<Store>,
  cleanUp: () => Promise<void>,
): void {
  const topics = {
    drafts: draftTopic,
    reports: reportTopic,
    list: listTopic,
    products: productTopic,
    'installations and blobs': installationTopic,
    inbox: inboxTopic,
    people: peopleTopic,
    'histories of bugs': bugHistoriesTopic,
  };
  for (const [topic, register] of Object.entries(topics)) {
    describe(`${name}: ${topic}`, () => {
      const opened: Store[] = [];
      after(async () => {
        await Promise.all(opened.map((store) => store.close()));
        await cleanUp();
      });
      register(async (settings = {}) => {
        const store = await open(settings);
        opened.push(store);
        return store;
      });
    });
  }
}
