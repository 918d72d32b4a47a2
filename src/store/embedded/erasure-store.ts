// Erasures of the contract, put together: reports are found by reading connections, and deleted by the writer.
import type { ErasureStore } from '../erasures.ts';
import { getErasure, listErasures } from './erasures/erasure-steps.ts';
import type { StoreParts } from './store-parts.ts';

/** `settled`: lines of the inbox that are still in memory are in the database, where the erasure finds them. */
export function createErasureStore(
  { connection, reader, writer, now }: StoreParts,
  settled: () => Promise<void>,
): ErasureStore {
  return {
    async prepare(wish, { person, found }) {
      const { id } = await writer.write('beginErasure', [wish, person, now()]);
      try {
        let after: number | null = 0;
        while (after !== null) {
          const page: Awaited<ReturnType<typeof reader.read<'findErasable'>>> = await reader.read(
            'findErasable',
            wish,
            after,
          );
          if (page.crashIds.length > 0) await writer.write('addErasable', [id, page.crashIds]);
          after = page.next;
        }
        for await (const crashIds of found ?? []) await writer.write('addErasable', [id, crashIds]);
      } catch (error) {
        await writer.write('withdrawErasure', [id, now()]);
        throw error;
      }
      const ready = await writer.write('erasureReady', [id]);
      if (ready === null) throw new Error(`erasure ${id} is gone`);
      return ready;
    },
    async confirm(id) {
      await settled();
      return writer.write('confirmErasure', [id, now()]);
    },
    withdraw: (id) => writer.write('withdrawErasure', [id, now()]),
    step: () => writer.write('stepErasure', [now()]),
    async get(id) {
      return getErasure(connection, id);
    },
    async list() {
      return listErasures(connection);
    },
  };
}
