// Acts on many bugs of the contract, put together.
import type { BulkStore } from '../bulk-acts.ts';
import { getBulkAct, listBulkActs, productsOfAct } from './bugs/bulk-steps.ts';
import type { StoreParts } from './store-parts.ts';

export function createBulkStore({ connection, writer, now }: StoreParts): BulkStore {
  return {
    begin: (change, bugs, by) => writer.write('beginBulk', [change, bugs, { by, at: now() }]),
    step: (id) => writer.write('stepBulk', [id, now()]),
    undo: (id, by) => writer.write('undoBulk', [id, { by, at: now() }]),
    async get(id) {
      return getBulkAct(connection, id);
    },
    async productsOf(id) {
      return productsOfAct(connection, id);
    },
    async list(limit) {
      return listBulkActs(connection, limit);
    },
  };
}
