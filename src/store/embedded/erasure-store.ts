// Erasures of the contract, put together: reports are found by reading connections, and deleted by the writer.
import type { ErasureStore } from '../erasures.ts';
import { foundOf, getErasure, listErasures } from './erasures/erasure-steps.ts';
import { criteriaLines, isErasedReport, journalSecret, lastCriterion } from './journal/journal-rows.ts';
import { ErasedTest } from '../shared/erased-test.ts';
import type { StoreParts } from './store-parts.ts';

/** `settled`: lines of the inbox that are still in memory are in the database, where the erasure finds them. */
export function createErasureStore(
  { connection, reader, writer, now }: StoreParts,
  settled: () => Promise<void>,
): ErasureStore {
  let known: { readonly last: number; readonly test: ErasedTest } | null = null;
  /** What was erased by what it is; crash ids are looked up one by one. */
  function erased(): ErasedTest {
    const last = lastCriterion(connection);
    if (known?.last !== last)
      known = { last, test: new ErasedTest(journalSecret(connection), criteriaLines(connection)) };
    return known.test;
  }
  return {
    find: (wish, after) => reader.read('findErasable', wish, after),
    async foundOf(id, after, limit) {
      return foundOf(connection, id, after, limit);
    },
    async wasReportErased({ crashId, installation, annotations, ...place }) {
      if (isErasedReport(connection, crashId)) return true;
      return erased().report({
        ...place,
        crashId,
        installations: installation === null ? [] : [installation],
        marks: [],
        said: () => annotations.map(({ key, value }) => ['', key, value] as const),
      });
    },
    async wereWordsErased({ email, ...place }) {
      return erased().place(place) || erased().mail(place, email);
    },
    async wasPersonErased(email, createdAt) {
      return erased().member(email, createdAt);
    },
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
