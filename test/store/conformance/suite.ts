// What every store must do, whatever it is made of: the topics, each run on fresh stores that the factory opens.
import { after, describe } from 'node:test';
import type { Store } from '../../../src/store/store.ts';
import { bugHistoriesTopic } from './bug-histories.ts';
import { bugIdentityTopic } from './bug-identity.ts';
import { bugListTopic } from './bug-list.ts';
import { bugTopic } from './bugs.ts';
import { draftTopic } from './drafts.ts';
import { inboxTopic } from './inbox.ts';
import { installationTopic } from './installations-and-blobs.ts';
import { listTopic } from './list.ts';
import { notificationTopic } from './notifications.ts';
import { peopleTopic } from './people.ts';
import { productTopic } from './products.ts';
import { queueTopic } from './queue.ts';
import { reportTopic } from './reports.ts';
import { symbolTopic } from './symbols.ts';

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
    queue: queueTopic,
    bugs: bugTopic,
    'identity of bugs': bugIdentityTopic,
    'list of bugs': bugListTopic,
    symbols: symbolTopic,
    notifications: notificationTopic,
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
