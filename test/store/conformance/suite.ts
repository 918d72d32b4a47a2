// What every store must do, whatever it is made of: the topics, each run on fresh stores that the factory opens.
import { after, describe } from 'node:test';
import type { Store } from '../../../src/store/store.ts';
import { accountTopic } from './accounts.ts';
import { admissionTopic } from './admission.ts';
import { auditTopic } from './audit.ts';
import { bugHistoriesTopic } from './bug-histories.ts';
import { bugIdentityTopic } from './bug-identity.ts';
import { bugListTopic } from './bug-list.ts';
import { bugTopic } from './bugs.ts';
import { bulkTopic } from './bulk-acts.ts';
import { callerTopic } from './callers-and-packages.ts';
import { clockTopic } from './clock.ts';
import { draftTopic } from './drafts.ts';
import { handleTopic } from './handles.ts';
import { inboxTopic } from './inbox.ts';
import { joinedTopic } from './joined-attachments.ts';
import { installationTopic } from './installations-and-blobs.ts';
import { keptPartsTopic } from './kept-parts.ts';
import { listTopic } from './list.ts';
import { notificationTopic } from './notifications.ts';
import { peopleTopic } from './people.ts';
import { productTopic } from './products.ts';
import { queueTopic } from './queue.ts';
import { releaseTopic } from './releases.ts';
import { retentionTopic } from './retention.ts';
import { reportTopic } from './reports.ts';
import { symbolTopic } from './symbols.ts';
import { ticketTopic } from './tickets.ts';
import { undoneMergeTopic } from './undone-merges.ts';

/** Settings that the suite asks for. */
export interface StoreSettings {
  readonly autoProducts?: boolean;
  readonly maxAutoProducts?: number;
  readonly inboxSize?: number;
  readonly maxBytes?: number;
  readonly keepDays?: number | null;
  /** Annotations that everybody may see. */
  readonly publicAnnotations?: readonly string[];
  /** The store's clock; default the machine's. */
  readonly now?: () => number;
  /** What the disk says that is free, and how much of it is to stay free. */
  readonly freeBytes?: () => number;
  readonly minFreeBytes?: number;
  /** While it is set, large attachments cannot be kept: the store's operations on them fail with it. */
  readonly fault?: { error: Error | null };
}

/** Opens an empty store. */
export interface StoreFactory {
  (settings?: StoreSettings): Promise<Store>;
  /** Another handle on the data of an open store, as another process has it. */
  beside(store: Store, settings?: StoreSettings): Promise<Store>;
  /** Closes a store and opens its data anew. */
  reopen(store: Store, settings?: StoreSettings): Promise<Store>;
}

/** One kind of store; `Data` names where a store lies. */
export interface StoreKind<Data> {
  readonly makeData: () => Promise<Data>;
  readonly open: (data: Data, settings: StoreSettings) => Promise<Store>;
  /** Runs after each topic, when every store is closed. */
  readonly cleanUp: () => Promise<void>;
}

/** Registers the whole suite for one kind of store. */
export function storeConformance<Data>(name: string, kind: StoreKind<Data>): void {
  const topics = {
    drafts: draftTopic,
    'joined attachments': joinedTopic,
    reports: reportTopic,
    list: listTopic,
    products: productTopic,
    'installations and blobs': installationTopic,
    inbox: inboxTopic,
    people: peopleTopic,
    accounts: accountTopic,
    queue: queueTopic,
    'audit log': auditTopic,
    bugs: bugTopic,
    'identity of bugs': bugIdentityTopic,
    'callers and packages': callerTopic,
    'undone merges': undoneMergeTopic,
    'acts on many bugs': bulkTopic,
    'list of bugs': bugListTopic,
    symbols: symbolTopic,
    notifications: notificationTopic,
    tickets: ticketTopic,
    admission: admissionTopic,
    retention: retentionTopic,
    'parts that go early': keptPartsTopic,
    'several handles': handleTopic,
    clock: clockTopic,
    releases: releaseTopic,
    'histories of bugs': bugHistoriesTopic,
  };
  for (const [topic, register] of Object.entries(topics)) {
    describe(`${name}: ${topic}`, () => {
      const opened = new Map<Store, Data>();
      const openAt = async (data: Data, settings: StoreSettings): Promise<Store> => {
        const store = await kind.open(data, settings);
        opened.set(store, data);
        return store;
      };
      const dataOf = (store: Store): Data => {
        const data = opened.get(store);
        if (data === undefined) throw new Error('the store was not opened by this topic');
        return data;
      };
      after(async () => {
        await Promise.all([...opened.keys()].map((store) => store.close()));
        await kind.cleanUp();
      });
      const factory = async (settings: StoreSettings = {}) => openAt(await kind.makeData(), settings);
      register(
        Object.assign(factory, {
          beside: async (store: Store, settings: StoreSettings = {}) => openAt(dataOf(store), settings),
          async reopen(store: Store, settings: StoreSettings = {}) {
            await store.close();
            return openAt(dataOf(store), settings);
          },
        }),
      );
    });
  }
}
