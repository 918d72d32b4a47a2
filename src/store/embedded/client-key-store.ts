// Keys, rules and counts of clients of the contract, put together.
import type { ClientKeyStore } from '../client-keys.ts';
import type { StoreParts } from './store-parts.ts';
import { clientCounts } from './clients/client-counts.ts';
import { clientSettings } from './clients/read-keys.ts';

/** The client keys of an open store; `flush` writes counts that wait. */
export function createClientKeyStore(parts: StoreParts, flush: () => Promise<void>): ClientKeyStore {
  const { connection, writer, keys, products } = parts;
  const changed = async (write: Promise<boolean>): Promise<boolean> => {
    const done = await write;
    keys.clear();
    products.clear();
    return done;
  };
  return {
    async settings(account, product) {
      return clientSettings(connection, account, product);
    },
    addKey: (account, product, key) => changed(writer.write('addProductKey', [account, product, key])),
    changeKey: (account, product, id, change) =>
      changed(writer.write('changeProductKey', [account, product, id, change])),
    deleteKey: (account, product, id) => changed(writer.write('deleteProductKey', [account, product, id])),
    setDsnId: (account, product, dsnId) => changed(writer.write('setDsnId', [account, product, dsnId])),
    setRules: (account, product, rules) => changed(writer.write('setClientRules', [account, product, rules])),
    async counts(options) {
      await flush();
      return clientCounts(connection, options);
    },
  };
}
